"""What an event means beyond its own conversation: for its account, and for what else is kept of a person.

Carried out before the event counts as handled, and so perhaps twice: everything here changes nothing the second time.
"""

from datetime import datetime

import structlog

from bot.model.event import AccountRevoked, ContentUnavailable, ErasureRequested, Event, PostPublished, TimeCame
from bot.model.ids import ContactId
from bot.model.outcome import Outcome
from bot.store import Store
from bot.store.keys import Shard
from bot.upkeep import VERIFY

log = structlog.get_logger()


async def carry_out(store: Store, shard: Shard, event: Event, outcome: Outcome, now: datetime) -> None:
    if outcome.forgotten and event.conversation is not None:
        await store.erasure.forget(shard, event.conversation, outcome.forgotten)
    match event:
        case ContentUnavailable(fetch=str(what)):
            await store.accounts.want(event.account, what)
        case TimeCame(purpose="refresh"):
            await store.accounts.want(event.account, f"{VERIFY}{event.ref}")
        case PostPublished():
            await store.accounts.hurry(event.account, "poll")
        case AccountRevoked():
            await store.outbox.pause(event.account, "reconnect")
            await store.accounts.problem(event.account, "revoked", event.why)
            await store.accounts.hurry(event.account, "probe")
            log.error("account.revoked", account=event.account, why=event.why)
        case ErasureRequested(contact=ContactId() as contact):
            erased = await store.erasure.erase(shard, contact)
            await store.accounts.erased(event.confirmation, now)
            log.info("contact.erased", account=event.account, conversations=erased)
        case _:
            return
