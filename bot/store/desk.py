"""What the console reads and keeps: who waits, what became of an act, sessions; and what the scheduler owes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.errors import StoreUnavailable
from bot.model.conversation import PRIORITIES, Loaded
from bot.model.desk import ActResult, Shown, Waiting
from bot.model.event import EVENT, Event
from bot.model.ids import ConversationId, EventId
from bot.model.notice import Notice
from bot.model.turn import TurnRecord
from bot.store.keys import FEED, Shard, console
from bot.store.redis import Connection, checked
from bot.store.state import StateStore

_LOGIN_WINDOW_S = 15 * 60


class DeskStore:
    """Reads for people, over all shards."""

    def __init__(self, connection: Connection, shards: Sequence[Shard], state: StateStore) -> None:
        self._redis = connection
        self._shards = shards
        self._state = state

    async def waiting(self) -> list[Waiting]:
        """Most urgent first, then by deadline."""
        answers = await self._redis.call_many([("HVALS", shard.waiting) for shard in self._shards])
        rows = [Waiting.model_validate_json(raw) for answer in answers for raw in checked(answer)]
        return sorted(rows, key=lambda row: (-PRIORITIES.index(row.priority), row.deadline))

    async def show(self, shard: Shard, conversation: ConversationId) -> Shown | None:
        snapshot = await self._state.load(shard, conversation, None)
        found = snapshot.state.conversation
        if found is None or (not found.recent and not found.unanswered):
            return None
        raw_turns = await self._redis.call("LRANGE", shard.turns(conversation), 0, -1)
        turns = tuple(TurnRecord.model_validate_json(raw) for raw in raw_turns)
        return Shown(loaded=Loaded(conversation=found, actions=snapshot.state.records), turns=turns)

    async def result(self, shard: Shard, event: EventId, wait_s: float) -> ActResult | None:
        """What became of an act, or `None` when nobody has handled it in that time."""
        answer = await self._redis.blocking("BLPOP", shard.result(event), wait_s)
        return ActResult.model_validate_json(answer[1]) if answer else None

    async def changes(self) -> AsyncIterator[ConversationId]:
        """Endless. A lost connection is taken up again; what was missed meanwhile is not told."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                async with self._redis.subscribed(FEED) as subscription:
                    while True:
                        subject = await self._redis.next_message(subscription, timeout_s=30)
                        if subject:
                            yield ConversationId(subject)
            await asyncio.sleep(1)

    async def counters(self) -> dict[str, int]:
        """Sums over all shards."""
        sums: dict[str, int] = {}
        for answer in await self._redis.call_many([("HGETALL", shard.counters) for shard in self._shards]):
            for name, n in checked(answer).items():
                sums[name] = sums.get(name, 0) + int(n)
        return sums


class SessionStore:
    """The console's password hash and sessions. Tokens are kept as their SHA-256 only."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection

    async def password_hash(self) -> str | None:
        found: str | None = await self._redis.call("GET", console("password"))
        return found

    async def set_password_hash(self, password_hash: str) -> None:
        await self._redis.call("SET", console("password"), password_hash)

    async def forget_password(self) -> None:
        await self._redis.call("DEL", console("password"))

    async def put_session(self, token_sha256: str, agent: str, ttl_s: int) -> None:
        await self._redis.call("SET", console(f"session:{token_sha256}"), agent, "EX", ttl_s)

    async def session(self, token_sha256: str) -> str | None:
        found: str | None = await self._redis.call("GET", console(f"session:{token_sha256}"))
        return found

    async def drop_session(self, token_sha256: str) -> None:
        await self._redis.call("DEL", console(f"session:{token_sha256}"))

    async def failed_logins(self, source: str) -> int:
        """Counts one more of this source, and says how many there were in the last 15 minutes."""
        key = console(f"failed:{source}")
        answers = await self._redis.call_many([("INCR", key), ("EXPIRE", key, _LOGIN_WINDOW_S, "NX")])
        return int(checked(answers[0]))


@dataclass(frozen=True, slots=True)
class Due:
    """What one shard owes now: (as kept, event) of timers, (entry id, event) of the relay, notices to tell."""

    shard: Shard
    timers: tuple[tuple[str, Event], ...]
    relay: tuple[tuple[str, Event], ...]
    notices: tuple[tuple[ConversationId, Notice | None], ...]


class Agenda:
    """The scheduler's reads and tickings-off."""

    def __init__(self, connection: Connection, shards: Sequence[Shard]) -> None:
        self._redis = connection
        self._shards = shards

    async def due(self, at_most: int = 100) -> list[Due]:
        commands = [
            self._redis.script("due", [s.timers, s.relay, s.notices_due, s.notices], [at_most]) for s in self._shards
        ]
        found: list[Due] = []
        for shard, answer in zip(self._shards, await self._redis.call_many(commands), strict=True):
            timers, relay, notices = checked(answer)
            if timers or relay or notices:
                pairs = zip(notices[::2], notices[1::2], strict=True)
                found.append(
                    Due(
                        shard,
                        tuple((raw, EVENT.validate_json(raw)) for raw in timers),
                        tuple((entry[0], EVENT.validate_json(entry[1][1])) for entry in relay),
                        tuple(
                            (ConversationId(subject), Notice.model_validate_json(raw) if raw else None)
                            for subject, raw in pairs
                        ),
                    )
                )
        return found

    async def timer_done(self, shard: Shard, raw: str) -> None:
        await self._redis.call("ZREM", shard.timers, raw)

    async def relayed(self, shard: Shard, entry_id: str) -> None:
        await self._redis.call("XDEL", shard.relay, entry_id)

    async def put_notice(self, shard: Shard, notice: Notice, due_ms: int) -> None:
        """Keeps how far the telling got, unless somebody acknowledged meanwhile."""
        subject = str(notice.conversation)
        if await self._redis.call("ZADD", shard.notices_due, "XX", "CH", due_ms, subject):
            await self._redis.call("HSET", shard.notices, subject, notice.model_dump_json())

    async def drop_notice(self, shard: Shard, conversation: ConversationId) -> None:
        await self._redis.call_many(
            [("ZREM", shard.notices_due, str(conversation)), ("HDEL", shard.notices, str(conversation))]
        )
