"""The worker: takes shards, reads their events in order, has them understood, and commits what `handle` says.

A shard is one worker's at a time, by lease. Whoever takes it first finds what its predecessor had read and not
committed, one by one, before anything new: so a poison event takes no other with it. What fails three times goes to the
dead letters, and its conversation to a person.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from bot import metrics
from bot.config import Settings
from bot.consequences import carry_out
from bot.errors import StoreUnavailable
from bot.handle import At, Setup, handle
from bot.handle.ledger import entry_of
from bot.model.action import ActionRecord
from bot.model.event import (
    CommentReceived,
    Event,
    HandlingFailed,
    MentionReceived,
    MessageEdited,
    MessageReceived,
    ReviewReceived,
)
from bot.model.ids import AccountId, ConversationId, EventId, StreamId, stream_order
from bot.model.outcome import Outcome, State
from bot.model.understanding import Understanding
from bot.nlu import Nlu
from bot.store import Store
from bot.store.events import Batch, Entry
from bot.store.keys import HEAD_S, Shard
from bot.store.state import Letter, Snapshot

log = structlog.get_logger()

CONFLICTS_AT_MOST = 50
NEWS_BLOCK_S = 5.0
PAUSE_AFTER_FAILURE_S = 0.2
PAUSE_WHILE_AWAY_S = 1.0


class Sending(Protocol):
    """The sender, as the worker sees it."""

    async def adopt(self, shard: Shard) -> None:
        """The shard is ours now: its unfinished actions are the sender's to finish."""
        ...

    def abandon(self, shard: Shard) -> None: ...

    def wake(self, shard: Shard, records: tuple[ActionRecord, ...]) -> None:
        """These records were just committed."""
        ...


class Worker:
    """`run` until cancelled by `stop`; `name` tells workers apart in leases."""

    def __init__(
        self,
        store: Store,
        nlu: Nlu,
        setups: dict[AccountId, Setup],
        settings: Settings,
        sender: Sending,
        clock: Callable[[], datetime],
        name: str | None = None,
    ) -> None:
        self.name = name or f"worker-{secrets.token_hex(6)}"
        self._store = store
        self._nlu = nlu
        self._setups = setups
        self._settings = settings
        self._sender = sender
        self._clock = clock
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._idle: set[int] = set()
        self._stopping = False
        self._away = False

    async def run(self) -> None:
        """Takes its share of the shards, and works each until it is lost or `stop` is called."""
        every_s = self._settings.worker.lease_s / 3
        try:
            while not self._stopping:
                try:
                    await self._take_shards()
                    self._store_is_back()
                except StoreUnavailable as error:
                    self._store_is_away(error)
                await asyncio.sleep(every_s)
        finally:
            await self._finish()

    async def stop(self) -> None:
        """Reads nothing more, and lets what is being handled be committed."""
        self._stopping = True
        for number in list(self._idle):
            self._tasks[number].cancel()
        pending = [task for task in self._tasks.values() if not task.done()]
        if pending:
            await asyncio.wait(pending, timeout=self._settings.worker.drain_s)

    async def _finish(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        with contextlib.suppress(StoreUnavailable):
            await self._store.events.release(self._store.events.shards, self.name)
            await self._store.events.leave(self.name)

    async def _take_shards(self) -> None:
        """Renews what it has, takes what is free up to its share, and gives back what is over it."""
        lease_s = self._settings.worker.lease_s
        now_ms = int(self._clock().timestamp() * 1000)
        alive = await self._store.events.alive(self.name, now_ms, int(lease_s * 1000))
        shards = self._store.events.shards
        share = -(-len(shards) // max(alive, 1))
        mine = [shard for shard in shards if self._works(shard)]
        for shard in mine[share:]:
            if shard.number in self._idle:
                await self._give_up(shard)
        wanted = mine[:share]
        if len(wanted) < share:
            free = await self._store.events.unleased([shard for shard in shards if not self._works(shard)])
            wanted += free[: share - len(wanted)]
        for shard, answer in zip(wanted, await self._store.events.lease(wanted, self.name, lease_s), strict=True):
            if answer != "no" and not self._works(shard):
                self._tasks[shard.number] = asyncio.create_task(self._work(shard), name=f"shard-{shard.number}")

    @property
    def shards(self) -> tuple[int, ...]:
        """The numbers of the shards that it has now."""
        return tuple(number for number, task in self._tasks.items() if not task.done())

    def _works(self, shard: Shard) -> bool:
        task = self._tasks.get(shard.number)
        return task is not None and not task.done()

    async def _give_up(self, shard: Shard) -> None:
        self._tasks[shard.number].cancel()
        await asyncio.gather(self._tasks[shard.number], return_exceptions=True)
        await self._store.events.release([shard], self.name)

    async def _work(self, shard: Shard) -> None:
        """One shard, until its lease is somebody else's.

        After the store was away the shard's actions are looked at again: a commit whose answer was lost may have made
        some.
        """
        last = StreamId("0-0")
        adopted = False
        try:
            while not self._stopping:
                try:
                    if not adopted:
                        await self._sender.adopt(shard)
                        adopted = True
                    batch = await self._store.events.read(shard, self.name, self._settings.worker.batch)
                    if batch.kind == "lost":
                        log.info("shard.lost", shard=shard.number)
                        return
                    all_handled = await self._handle_batch(shard, batch)
                    if batch.entries:
                        last = max(last, batch.entries[-1].stream_id, key=stream_order)
                    if all_handled and batch.kind == "new" and len(batch.entries) < self._settings.worker.batch:
                        await self._wait_for_news(shard, last)
                except StoreUnavailable as error:
                    adopted = False
                    self._store_is_away(error)
                    await asyncio.sleep(PAUSE_WHILE_AWAY_S)
        finally:
            self._sender.abandon(shard)

    def _store_is_away(self, error: StoreUnavailable) -> None:
        """Said once, however many shards notice it."""
        if not self._away:
            log.warning("store.away", error=str(error))
        self._away = True

    def _store_is_back(self) -> None:
        if self._away:
            log.info("store.back")
        self._away = False

    async def _wait_for_news(self, shard: Shard, last: StreamId) -> None:
        self._idle.add(shard.number)
        try:
            await self._store.events.news(shard, last, NEWS_BLOCK_S)
        finally:
            self._idle.discard(shard.number)

    async def _handle_batch(self, shard: Shard, batch: Batch) -> bool:
        """Understands all, then handles one after the other. False: something failed and has to be read again.

        A failure holds up its own conversation only.
        """
        if batch.kind == "again" and batch.times > self._settings.worker.tries:
            await self._bury(shard, batch.entries[0], f"given up after {self._settings.worker.tries} tries")
            return True
        understood = await self._understand(batch)
        held_up: set[ConversationId | None] = set()
        for entry in batch.entries:
            if entry.event is None:
                await self._bury(shard, entry, "not an event")
                continue
            if entry.event.conversation in held_up and entry.event.conversation is not None:
                continue
            try:
                await self._handle(shard, entry.stream_id, entry.event, understood.get(entry.stream_id))
            except StoreUnavailable:
                raise
            except Exception:
                held_up.add(entry.event.conversation)
                log.exception("event.failed", event_kind=entry.event.kind, stream_id=entry.stream_id)
                metrics.events.labels("failed").inc()
                await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
        return not held_up

    async def _understand(self, batch: Batch) -> dict[StreamId, Understanding | None]:
        words = [
            (entry.stream_id, entry.event)
            for entry in batch.entries
            if isinstance(
                entry.event, MessageReceived | CommentReceived | MentionReceived | ReviewReceived | MessageEdited
            )
        ]
        if not words:
            return {}
        parses = await self._nlu.parse([event.text for _, event in words], [event.received_at for _, event in words])
        return {stream_id: parse for (stream_id, _), parse in zip(words, parses, strict=True)}

    async def _handle(
        self, shard: Shard, stream_id: StreamId, event: Event, understanding: Understanding | None
    ) -> None:
        setup = self._setups.get(event.account)
        for _ in range(CONFLICTS_AT_MOST):
            before = await self._store.state.load(shard, event.conversation, event.contact)
            at = At(stream_id, self._clock(), secrets.token_hex(8))
            if setup is None:
                outcome = Outcome(counters={"events.unknown_account": 1})
            else:
                outcome = handle(event, before.state, at, setup, understanding)
            await carry_out(self._store, shard, event, outcome, self._clock())
            written = await self._store.state.commit(
                shard,
                stream_id,
                event,
                before,
                outcome,
                account_name=self._account_name(event.account),
                ledger=entry_of(event, at, outcome, before.tip, self._settings.revision),
            )
            if written != "conflict":
                break
            metrics.events.labels("conflict").inc()
        else:
            raise StoreUnavailable(f"{stream_id}: the conversation changed {CONFLICTS_AT_MOST} times meanwhile")
        if written == "ok":
            metrics.events.labels(event.kind).inc()
            if outcome.turn and outcome.turn.decision:
                metrics.decisions.labels(outcome.turn.decision.kind, outcome.turn.decision.reason.code).inc()
            self._sender.wake(shard, outcome.records)

    def _account_name(self, account: AccountId) -> str:
        settings = self._settings.account(account)
        return settings.name if settings else str(account)

    async def _bury(self, shard: Shard, entry: Entry, why: str) -> None:
        """Puts an event aside and tells a person; in this order, so that nothing is put aside unseen."""
        event = entry.event
        if event is not None and event.conversation is not None and not isinstance(event, HandlingFailed):
            told = HandlingFailed(
                id=EventId(f"failed:{event.id}"),
                account=event.account,
                contact=event.contact,
                conversation=event.conversation,
                occurred_at=self._clock(),
                received_at=self._clock(),
                failed=event.id,
                error=why,
            )
            await self._store.events.append([(told, HEAD_S)])
        letter = Letter(id=event.id if event else entry.stream_id, raw=entry.raw, error=why)
        nothing = Snapshot(State(), "0", "0", "")
        await self._store.state.commit(shard, entry.stream_id, None, nothing, Outcome(), letter=letter)
        metrics.events.labels("buried").inc()
        log.error("event.buried", stream_id=entry.stream_id, why=why)
