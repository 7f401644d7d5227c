"""The console's desk over the store: reads from there, and acts that go in by the door like every other event."""

from collections.abc import AsyncIterator, Sequence

import structlog

from bot.ingest import Ingest
from bot.model.desk import ActResult, Shown, Waiting
from bot.model.event import Act
from bot.model.health import Health
from bot.model.ids import AccountId, ConversationId
from bot.store import Store

log = structlog.get_logger()


class StoreDesk:
    """Implements `bot.console.desk.Desk`."""

    def __init__(self, store: Store, ingest: Ingest, accounts: Sequence[AccountId]) -> None:
        self._store = store
        self._ingest = ingest
        self._accounts = accounts

    async def waiting(self) -> list[Waiting]:
        return await self._store.desk.waiting()

    async def show(self, conversation: ConversationId) -> Shown | None:
        return await self._store.desk.show(self._store.events.shard(conversation.contact), conversation)

    async def act(self, act: Act) -> ActResult:
        return await self._ingest.act(act)

    def changes(self) -> AsyncIterator[ConversationId]:
        return self._store.desk.changes()

    async def accounts(self) -> list[Health]:
        return [await self._store.accounts.health(account) for account in self._accounts]

    async def stopped(self) -> bool:
        return await self._store.outbox.stopped()

    async def stop(self, agent: str) -> None:
        await self._store.outbox.stop()
        log.warning("sending.stopped", agent=agent)

    async def resume(self, agent: str) -> None:
        await self._store.outbox.resume()
        log.warning("sending.resumed", agent=agent)
