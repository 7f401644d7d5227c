"""The door: a delivery comes in as bytes and is answered only when every event in it is on disk.

Order of the door: handshake → signature over the raw bytes → parse all of it → place what has no place → keep → answer.
Thinking happens later, elsewhere. While one round trip to the store is under way the next one gathers, so that many
deliveries share a write to disk.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

import structlog

from bot import metrics
from bot.config import Settings
from bot.errors import NotAuthentic, StoreUnavailable
from bot.model.desk import ActResult
from bot.model.event import (
    Act,
    ActionSent,
    CommentReceived,
    Echoed,
    Event,
    MentionReceived,
    ReviewReceived,
    Unhandled,
)
from bot.model.ids import AccountId, ConversationId, StreamId
from bot.store import Store
from connectors import CONNECTORS
from connectors.base import Endpoint, Request, Response

log = structlog.get_logger()

AT_ONCE = 512
WAITING_AT_MOST = 20_000
"""Events that may wait for the store; beyond them the platform is asked to come again."""
ACT_HORIZON_S = 86400
RESULT_WAIT_S = 2.0
HEARD_EVERY_S = 10.0


@dataclass(slots=True)
class _Waiting:
    event: Event
    horizon_s: int
    kept: "asyncio.Future[StreamId | None]"


class Ingest:
    """`async with Ingest(…) as ingest`: leaving it first keeps what was still waiting or under way."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._heard: Counter[AccountId] = Counter()
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write(), name="ingest")
        self._listener = asyncio.create_task(self._note_heard(), name="heard")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._more.set()
        if self._task is not None:
            await self._task
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    async def deliver(self, channel: str, endpoint_name: str, request: Request) -> Response:
        """What the platform gets back. Raises `NotAuthentic` or `StoreUnavailable`; nothing is kept then."""
        endpoint = self._settings.endpoints.get((channel, endpoint_name))
        if endpoint is None:
            metrics.deliveries.labels("unknown", "no_endpoint").inc()
            return Response(404)
        connector = CONNECTORS[channel]
        now = self._clock()
        try:
            greeting = connector.challenge(request, endpoint, now)
            if greeting is not None:
                metrics.deliveries.labels(channel, "challenge").inc()
                return greeting
            connector.verify(request, endpoint, now)
        except NotAuthentic:
            metrics.deliveries.labels(channel, "not_authentic").inc()
            raise
        parsed = connector.parse(request, endpoint, now)
        events = [event for event in parsed if not isinstance(event, Unhandled)]
        unhandled = [part for part in parsed if isinstance(part, Unhandled)]
        if unhandled:
            await self._note_unhandled(endpoint, unhandled, request.body)
        await self.append(events, connector_horizon(endpoint))
        self._heard.update(event.account for event in events)
        metrics.deliveries.labels(channel, "kept").inc()
        return connector.acknowledge(request)

    async def append(
        self, events: Sequence[Event], horizon_s: Callable[[AccountId], int] | int
    ) -> list[StreamId | None]:
        """Keeps events, in order; `None` for each that was here before. On return they are on disk."""
        if not events:
            return []
        if len(self._waiting) + len(events) > WAITING_AT_MOST:
            raise StoreUnavailable("too many events wait for the store")
        placed = await self._placed([self._aged(event) for event in events])
        if self._closing:
            raise StoreUnavailable("this process is ending")
        loop = asyncio.get_running_loop()
        waiting = [
            _Waiting(event, horizon_s if isinstance(horizon_s, int) else horizon_s(event.account), loop.create_future())
            for event in placed
        ]
        self._waiting.extend(waiting)
        self._more.set()
        kept = list(await asyncio.gather(*(item.kept for item in waiting)))
        for event, stream_id in zip(placed, kept, strict=True):
            if stream_id is not None:
                metrics.kept.labels(event.account.channel, event.kind).inc()
        return kept

    async def act(self, act: Act) -> ActResult:
        """A person's act goes the way of every event. `pending`: kept, but not yet handled after two seconds."""
        await self.append([act], ACT_HORIZON_S)
        shard = self._store.events.shard_for(act)
        result = await self._store.desk.result(shard, act.id, RESULT_WAIT_S)
        return result or ActResult(outcome="pending")

    def _aged(self, event: Event) -> Event:
        if event.late or not self._settings.is_late(event.account, event.occurred_at, event.received_at):
            return event
        return event.model_copy(update={"late": True})

    async def _placed(self, events: list[Event]) -> list[Event]:
        """Gives the events without a conversation the one that their own id, or their `locate`, was seen in."""
        here = {
            (event.account, event.external_id): event.conversation
            for event in events
            if isinstance(event, CommentReceived | MentionReceived | ReviewReceived | ActionSent)
            and event.external_id
            and event.conversation
            and event.conversation.is_public
        }
        if here:
            await self._store.events.remember([(account, ext, conv) for (account, ext), conv in here.items()])
        lost = [place for event in events for place in _places(event) if place not in here]
        found = dict(zip(lost, await self._store.events.locate(lost), strict=True)) if lost else {}
        return [_at(event, {**found, **here}) for event in events]

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            await self._more.wait()
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            if not self._waiting:
                self._more.clear()
            try:
                kept = await self._store.events.append([(item.event, item.horizon_s) for item in batch])
            except StoreUnavailable as error:
                for item in batch:
                    if not item.kept.done():
                        item.kept.set_exception(error)
                continue
            for item, stream_id in zip(batch, kept, strict=True):
                if not item.kept.done():
                    item.kept.set_result(stream_id)

    async def _note_heard(self) -> None:
        """Keeps, now and then, how much of each account came in: upkeep notices by it when one goes silent."""
        while True:
            await asyncio.sleep(HEARD_EVERY_S)
            counts, self._heard = self._heard, Counter()
            try:
                await self._store.accounts.heard(counts, self._clock())
            except StoreUnavailable:
                self._heard.update(counts)

    async def _note_unhandled(self, endpoint: Endpoint, parts: list[Unhandled], body: bytes) -> None:
        for part in parts:
            metrics.count_unhandled(endpoint.channel, part.what)
        counts = Counter(part.what for part in parts)
        await self._store.events.count({f"unhandled.{endpoint.channel}.{what}": n for what, n in counts.items()})
        await self._store.events.archive(endpoint.channel, ",".join(counts), body)


def connector_horizon(endpoint: Endpoint) -> Callable[[AccountId], int]:
    """How long each account's platform may deliver the same again."""
    connector = CONNECTORS[endpoint.channel]
    horizons = {account.id: connector.capabilities(account).redelivery_horizon_s for account in endpoint.accounts}
    longest = max(horizons.values(), default=ACT_HORIZON_S)
    return lambda account: horizons.get(account, longest)


def _places(event: Event) -> list[tuple[AccountId, str]]:
    """Where an event without a conversation may belong, the likeliest first: our own words are known by their id."""
    if event.conversation is not None:
        return []
    own = [event.external_id] if isinstance(event, Echoed) else []
    return [(event.account, external_id) for external_id in (*own, event.locate) if external_id]


def _at(event: Event, known: Mapping[tuple[AccountId, str], ConversationId | None]) -> Event:
    place = next((known[place] for place in _places(event) if known.get(place)), None)
    if place is None:
        return event
    return event.model_copy(update={"conversation": place, "contact": place.contact})
