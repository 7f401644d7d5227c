"""The scheduler: makes events of what is due, carries events between shards, and tells people what waits.

Everything here may be done twice and counts once: events bear ids that the store has seen or not, and a notice is told
again rather than not at all.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.config import Settings
from bot.errors import StoreUnavailable
from bot.http import Http
from bot.ingest import Ingest
from bot.model.ids import ConversationId
from bot.model.notice import Notice
from bot.notify import pursue
from bot.store import Store
from bot.store.desk import Due
from bot.store.keys import HEAD_S, Shard

log = structlog.get_logger()

EVERY_S = 1.0
TRIM_EVERY = timedelta(hours=1)


class Scheduler:
    """`run` until cancelled. Several may run: they do the same work twice, harmlessly."""

    def __init__(
        self, store: Store, ingest: Ingest, http: Http, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._ingest = ingest
        self._http = http
        self._settings = settings
        self._clock = clock
        self._trimmed_at: datetime | None = None

    async def run(self) -> None:
        while True:
            try:
                await self.once()
            except StoreUnavailable as error:
                log.warning("store.unavailable", at="scheduler", error=str(error))
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Does what is due now."""
        for due in await self._store.agenda.due():
            await self._carry(due)
            for conversation, notice in due.notices:
                await self._tell(due.shard, conversation, notice)
        await self._trim()

    async def _carry(self, due: Due) -> None:
        """Appends first and ticks off afterwards: what dies in between is appended again, and seen."""
        await self._ingest.append([event for _, event in (*due.timers, *due.relay)], HEAD_S)
        for raw, _ in due.timers:
            await self._store.agenda.timer_done(due.shard, raw)
        for entry_id, _ in due.relay:
            await self._store.agenda.relayed(due.shard, entry_id)

    async def _tell(self, shard: Shard, conversation: ConversationId, notice: Notice | None) -> None:
        told = await pursue(notice, self._settings, self._http, self._clock()) if notice else None
        if told is None:
            await self._store.agenda.drop_notice(shard, conversation)
            return
        kept, due_at = told
        await self._store.agenda.put_notice(shard, kept, int(due_at.timestamp() * 1000))

    async def _trim(self) -> None:
        now = self._clock()
        if self._trimmed_at is not None and now - self._trimmed_at < TRIM_EVERY:
            return
        oldest = now - timedelta(days=self._settings.retention.archive_days)
        await self._store.events.trim_archive(int(oldest.timestamp() * 1000))
        self._trimmed_at = now
