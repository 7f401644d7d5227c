"""What an operator does from the command line, over the running store. Every function returns what to print."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.app import opened_store
from bot.config import Settings
from bot.console.auth import first_password
from bot.errors import AplombError, ConfigurationError
from bot.model.ids import AccountId, ConversationId
from bot.model.turn import TurnRecord
from bot.model.understanding import Understanding
from bot.store import Store
from policies.reasons import explain


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    async with opened_store(settings, wait_s=2) as store:
        yield store


async def stop(settings: Settings) -> str:
    async with _store(settings) as store:
        await store.outbox.stop()
    return "stopped: nothing is sent until `python -m bot resume`"


async def resume(settings: Settings) -> str:
    async with _store(settings) as store:
        await store.outbox.resume()
    return "resumed"


async def reconnect(settings: Settings, account: str) -> str:
    """Raises `ConfigurationError` for an account that is not configured."""
    if settings.account(AccountId(account)) is None:
        known = ", ".join(a.account_id for a in settings.accounts)
        raise ConfigurationError(f"no account {account}; there are {known}")
    async with _store(settings) as store:
        await store.outbox.unpause(AccountId(account))
        await store.accounts.solved(AccountId(account), "token", "token_ends", "revoked")
    return f"{account} sends again"


async def dead(settings: Settings) -> str:
    async with _store(settings) as store:
        letters = await store.events.dead()
    return "\n".join([f"{len(letters)} dead letters", *(f"  {name}  {why}" for name, why in letters.items())])


async def redrive(settings: Settings, limit: int) -> str:
    async with _store(settings) as store:
        back = await store.events.redrive(limit)
        left = await store.events.dead()
    return "\n".join([f"{len(back)} brought back as late events, {len(left)} left", *(f"  {name}" for name in back)])


async def explain_turns(settings: Settings, conversation: str) -> str:
    async with _store(settings) as store:
        conversation_id = ConversationId(conversation)
        shown = await store.desk.show(store.events.shard(conversation_id.contact), conversation_id)
    if shown is None:
        raise AplombError(f"no conversation {conversation}: its id ends its address in the console")
    return "\n".join(explained(turn) for turn in shown.turns) or "no turn yet"


def explained(turn: TurnRecord) -> str:
    """A turn in two lines: what came of it and why, and what each message was understood as."""
    at = turn.at.astimezone(UTC).isoformat(timespec="seconds")
    understood = [_understood(i.understanding) if i.understanding else "not understood" for i in turn.unanswered]
    reasons = [turn.invariant] if turn.invariant else []
    if turn.decision is not None:
        reasons = [turn.decision.reason, *turn.decision.tightened, *reasons]
    why = "; ".join(f"{explain(reason, 'en')} [{reason.by}: {reason.code}]" for reason in reasons)
    return f"{at}  {turn.outcome}: {why}\n    understood: {', '.join(understood)}"


def _understood(found: Understanding) -> str:
    intents = " + ".join(f"{intent} {sure:.2f}" for intent, sure in ((found.intent, found.confidence), *found.also))
    toxic = "".join(f" {words.kind} at {words.target} {words.score:.2f}" for words in found.toxicity)
    return f"{intents}{toxic} ({found.language})"


async def check_ledger(settings: Settings) -> str:
    """Raises `ConfigurationError` naming the first entry that does not fit."""
    async with _store(settings) as store:
        entries = 0
        for shard in store.events.shards:
            count, fault = await store.state.check_ledger(shard)
            entries += count
            if fault is not None:
                raise ConfigurationError(f"shard {shard.number}: the chain breaks at {fault}")
    return f"{entries} entries in {len(store.events.shards)} shards, checked {datetime.now(UTC):%Y-%m-%d}: unbroken"


async def new_password(settings: Settings) -> str:
    async with _store(settings) as store:
        await store.sessions.forget_password()
        return f"new console password: {await first_password(store.sessions)}"
