"""Actions on their way out: the claim, its refusals, the rates, and the switches that stop it all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self

from bot.errors import StoreUnavailable
from bot.model.action import Action, ActionRecord, fingerprint, text_of
from bot.model.capability import RateScope
from bot.model.ids import AccountId, ContactId
from bot.store.keys import Shard, rate
from bot.store.redis import Connection, checked
from bot.store.state import record_of

WaitReason = Literal["early", "stopped", "paused", "stale", "after", "busy"]


@dataclass(frozen=True, slots=True)
class Go:
    record: ActionRecord


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now. `until` is known for `early` and for a pause with an end."""

    why: WaitReason
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Never as it was decided; it goes back to be decided."""

    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing to do any more: cancelled, or somebody else has it."""


Claim = Go | Hold | Refused | Gone


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request costs: its kind, whose it is, and which chat it goes to; `None`: to none."""

    kind: str
    account: AccountId
    chat: str | None = None

    @classmethod
    def of(cls, action: Action) -> Self:
        place = action.conversation
        return cls(action.kind, place.account, place.root or place.contact.user)

    def cost(self, scope: RateScope) -> int:
        return scope.cost(self.kind)

    def scopes(self, rates: Sequence[RateScope]) -> list[RateScope]:
        """Those that count it."""
        return [scope for scope in rates if self.cost(scope) and (self.chat is not None or scope.per != "chat")]

    def name(self, scope: RateScope) -> str:
        of = {"app": self.account.channel, "account": str(self.account), "chat": f"{self.account}:{self.chat}"}
        return f"{of[scope.per]}:{scope.count}/{scope.per_s}"


class Outbox:
    def __init__(self, connection: Connection, shards: Sequence[Shard]) -> None:
        self._redis = connection
        self._shards = shards

    async def claim(self, shard: Shard, action: Action, *, live: bool) -> Claim:
        contact = action.conversation.contact
        text = text_of(action)
        keys = [
            shard.actions,
            shard.due,
            shard.conversation(action.conversation),
            shard.contact(contact),
            shard.head(action.conversation),
            shard.head(contact),
            shard.control,
        ]
        print_ = fingerprint(action.conversation, text) if text else ""
        args = [action.id, "on" if live else "off", print_, contact.account, contact]
        match await self._redis.call_durably(*self._redis.script("claim", keys, args)):
            case ["go", record]:
                return Go(record_of(record))
            case ["wait", why]:
                return Hold(why)
            case ["wait", why, until]:
                end = None if until == "reconnect" else datetime.fromtimestamp(int(float(until)) / 1000, UTC)
                return Hold(why, end)
            case ["refused", why]:
                return Refused(why)
            case ["gone"]:
                return Gone()
            case answer:
                raise StoreUnavailable(f"claim.lua answered {answer!r}")

    async def unclaim(self, shard: Shard, record: ActionRecord, earliest: datetime) -> bool:
        """Puts back what was certainly not accepted. False: it has moved on meanwhile."""
        keys = [shard.actions, shard.due, shard.conversation(record.action.conversation)]
        args = [record.action.id, record.attempts, int(earliest.timestamp() * 1000)]
        return bool(await self._redis.call(*self._redis.script("unclaim", keys, args)))

    async def unfinished(self, shard: Shard) -> list[ActionRecord]:
        """Every record of a shard that is pending or on its way."""
        raw = await self._redis.call("HVALS", shard.actions)
        return [record for record in map(record_of, raw) if record.state in ("pending", "inflight")]

    async def take_rates(self, asking: Asking, rates: Sequence[RateScope]) -> float:
        """Takes what it costs of every scope, or nothing. Returns the seconds to wait; 0 when taken."""
        scopes = asking.scopes(rates)
        waits_ms = await self._rates(asking, scopes, give_back=False)
        if any(waits_ms):
            taken = [scope for scope, wait in zip(scopes, waits_ms, strict=True) if wait == 0]
            await self._rates(asking, taken, give_back=True)
        return max(waits_ms, default=0) / 1000

    async def give_back(self, asking: Asking, rates: Sequence[RateScope]) -> None:
        await self._rates(asking, asking.scopes(rates), give_back=True)

    async def _rates(self, asking: Asking, scopes: Sequence[RateScope], *, give_back: bool) -> list[int]:
        commands = [
            self._redis.script(
                "rate",
                [rate(asking.name(scope))],
                [scope.per_s * 1000 / scope.count * asking.cost(scope), scope.per_s * 1000, int(give_back)],
            )
            for scope in scopes
        ]
        answers = await asyncio.gather(*(self._redis.call(*command) for command in commands))
        return [int(answer) for answer in answers]

    async def stop(self) -> None:
        """Nothing is claimed any more, anywhere, from this moment."""
        await self._everywhere("HSET", "stop", "1")

    async def resume(self) -> None:
        await self._everywhere("HDEL", "stop")

    async def stopped(self) -> bool:
        return bool(await self._redis.call("HEXISTS", self._shards[0].control, "stop"))

    async def pause(self, subject: AccountId | ContactId, until: datetime | Literal["reconnect"]) -> None:
        """Nothing goes to that account, or that contact, until then."""
        value = str(int(until.timestamp() * 1000)) if isinstance(until, datetime) else until
        await self._everywhere("HSET", f"pause:{subject}", value)

    async def rest(self, account: AccountId, until: datetime) -> None:
        """A pause that shortens none."""
        now: str | None = await self._redis.call("HGET", self._shards[0].control, f"pause:{account}")
        if now is None or (now != "reconnect" and float(now) < until.timestamp() * 1000):
            await self.pause(account, until)

    async def unpause(self, subject: AccountId | ContactId) -> None:
        await self._everywhere("HDEL", f"pause:{subject}")

    async def _everywhere(self, command: str, *args: str) -> None:
        answers = await self._redis.call_many([(command, shard.control, *args) for shard in self._shards])
        for answer in answers:
            checked(answer)
