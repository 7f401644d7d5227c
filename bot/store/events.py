"""The streams: events in, in order, once; and the lease that gives a shard to one worker."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.errors import StoreUnavailable
from bot.model.event import EVENT, SUPERSEDING, ContactOptedOut, Event
from bot.model.ids import AccountId, ContactId, ConversationId, EventId, StreamId, shard_of
from bot.store.keys import (
    ARCHIVE,
    CONSUMER,
    DOOR_COUNTERS,
    GROUP,
    HEAD_S,
    WORKERS,
    Shard,
    where,
)
from bot.store.redis import Command, Connection, checked


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it lies in the stream. `event` None: the entry can't be read any more (`raw` says what is there)."""

    stream_id: StreamId
    event: Event | None
    raw: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What `read` found. `again`: one entry, delivered `times` before and now. `lost`: the lease is somebody else's."""

    kind: Literal["new", "again", "lost"]
    entries: tuple[Entry, ...] = ()
    times: int = 1


class Events:
    """Append, read, lease."""

    def __init__(self, connection: Connection, shards: int) -> None:
        self._redis = connection
        self.shards = tuple(Shard(number) for number in range(shards))

    def shard(self, key: ContactId | AccountId) -> Shard:
        return self.shards[shard_of(key, len(self.shards))]

    def shard_for(self, event: Event) -> Shard:
        return self.shard(event.contact or event.account)

    async def create_groups(self) -> None:
        """At id 0, so that what was written before the first worker is read."""
        commands = [("XGROUP", "CREATE", shard.events, GROUP, "0", "MKSTREAM") for shard in self.shards]
        for answer in await self._redis.call_many(commands):
            if isinstance(answer, Exception) and "BUSYGROUP" not in str(answer):
                raise StoreUnavailable(str(answer)) from answer

    async def append(self, events: Sequence[tuple[Event, int]]) -> list[StreamId | None]:
        """Keeps events, each with its redelivery horizon (s). `None`: was here before. All durable on return."""
        answers = await self._redis.call_many([self._append(event, horizon) for event, horizon in events], durable=True)
        return [StreamId(checked(answer)) if checked(answer) else None for answer in answers]

    def _append(self, event: Event, horizon_s: int) -> Command:
        shard = self.shard_for(event)
        supersedes = event.kind in SUPERSEDING and not event.late
        conversation, contact = event.conversation, event.contact
        return self._redis.script(
            "append",
            [
                shard.events,
                shard.seen(event.id),
                shard.head(conversation) if conversation else shard.nothing,
                shard.head(contact) if contact else shard.nothing,
            ],
            [
                horizon_s,
                event.model_dump_json(exclude_none=True),
                int(supersedes and conversation is not None),
                int(isinstance(event, ContactOptedOut) and contact is not None),
                HEAD_S,
            ],
        )

    async def locate(self, wanted: Sequence[tuple[AccountId, str]]) -> list[ConversationId | None]:
        """Whose conversation each external id belongs to, as far as it was ever seen at the door."""
        answers = await self._redis.call_many([("GET", where(*pair)) for pair in wanted])
        return [ConversationId(checked(answer)) if checked(answer) else None for answer in answers]

    async def remember(self, places: Iterable[tuple[AccountId, str, ConversationId]]) -> None:
        commands = [("SET", where(account, external), str(conv), "EX", HEAD_S) for account, external, conv in places]
        for answer in await self._redis.call_many(commands):
            checked(answer)

    async def archive(self, channel: str, what: str, body: bytes) -> None:
        """Keeps a delivery that held something unknown, for the developers: the last 1,000, 20 kB of each."""
        text = body[:20_000].decode("utf-8", "replace")
        await self._redis.call(
            "XADD", ARCHIVE, "MAXLEN", "~", 1000, "*", "channel", channel, "what", what, "body", text
        )

    async def trim_archive(self, before_ms: int) -> None:
        await self._redis.call("XTRIM", ARCHIVE, "MINID", before_ms)

    async def count(self, counts: dict[str, int]) -> None:
        await self._redis.call_many([("HINCRBY", DOOR_COUNTERS, name, n) for name, n in counts.items()])

    async def lease(self, shards: Sequence[Shard], worker: str, lease_s: float) -> list[Literal["had", "new", "no"]]:
        """Takes or renews; `new` when somebody else, or nobody, had it before."""
        ms = int(lease_s * 1000)
        answers = await self._redis.call_many([self._redis.script("lease", [s.lease], [worker, ms]) for s in shards])
        words: dict[int, Literal["had", "new", "no"]] = {0: "no", 1: "had", 2: "new"}
        return [words[int(checked(answer))] for answer in answers]

    async def unleased(self, shards: Sequence[Shard]) -> list[Shard]:
        """Those of these shards that nobody has."""
        answers = await self._redis.call_many([("EXISTS", shard.lease) for shard in shards])
        return [shard for shard, answer in zip(shards, answers, strict=True) if not checked(answer)]

    async def release(self, shards: Sequence[Shard], worker: str) -> None:
        await self._redis.call_many([self._redis.script("release", [s.lease], [worker]) for s in shards])

    async def alive(self, worker: str, now_ms: int, lease_ms: int) -> int:
        """Says that this worker lives, and how many do."""
        answers = await self._redis.call_many(
            [
                ("ZADD", WORKERS, now_ms, worker),
                ("ZREMRANGEBYSCORE", WORKERS, "-inf", now_ms - 2 * lease_ms),
                ("ZCARD", WORKERS),
            ]
        )
        return int(checked(answers[2]))

    async def leave(self, worker: str) -> None:
        await self._redis.call("ZREM", WORKERS, worker)

    async def read(self, shard: Shard, worker: str, count: int) -> Batch:
        answer = await self._redis.call(
            *self._redis.script("read", [shard.lease, shard.events], [worker, GROUP, CONSUMER, count])
        )
        match answer:
            case ["lost"]:
                return Batch("lost")
            case ["again", times, entry]:
                return Batch("again", (_entry(entry),), int(times))
            case ["new", *entries]:
                return Batch("new", tuple(_entry(entry) for entry in entries))
            case _:
                raise StoreUnavailable(f"read.lua answered {answer!r}")

    async def news(self, shard: Shard, after: StreamId, block_s: float) -> None:
        """Waits until the shard has an entry after that one, at most `block_s`."""
        await self._redis.blocking("XREAD", "COUNT", 1, "BLOCK", int(block_s * 1000), "STREAMS", shard.events, after)

    async def backlog(self) -> int:
        """Events not yet committed, over all shards."""
        answers = await self._redis.call_many([("XLEN", shard.events) for shard in self.shards])
        return sum(int(checked(answer)) for answer in answers)

    async def redrive(self, limit: int) -> list[EventId]:
        """Brings dead letters back as late events; nothing is answered automatically to them."""
        back: list[EventId] = []
        for shard in self.shards:
            letters = await self._redis.call("HGETALL", shard.dead)
            for letter_id, letter in letters.items():
                event = _parse(json.loads(letter)["event"])
                if event is None or len(back) >= limit:
                    continue
                late = event.model_copy(update={"id": EventId(f"{event.id}#late"), "late": True})
                await self.append([(late, HEAD_S)])
                await self._redis.call("HDEL", shard.dead, letter_id)
                back.append(event.id)
        return back

    async def dead(self) -> dict[str, str]:
        """Every dead letter, by event id."""
        letters: dict[str, str] = {}
        for answer in await self._redis.call_many([("HGETALL", shard.dead) for shard in self.shards]):
            letters.update(checked(answer))
        return letters


def _entry(raw: Any) -> Entry:
    stream_id, fields = raw
    if not fields:
        return Entry(StreamId(stream_id), None, "")
    body = fields[1] if isinstance(fields, list) else fields["e"]
    return Entry(StreamId(stream_id), _parse(body), body)


def _parse(body: str) -> Event | None:
    try:
        return EVENT.validate_json(body)
    except ValueError:
        return None
