"""What is known of each account beside its conversations: renewed secrets, how it fares, what is to be fetched.

Renewed secrets lie here as they are: whoever reads this store can speak in the brand's name, as the docs say.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from pydantic import SecretStr

from bot.model.health import Health
from bot.model.ids import AccountId
from bot.store.keys import Shard, account_key, erased_key
from bot.store.redis import Connection, checked

KNOWN_AT_MOST = 5_000
"""Entries that a poll may remember; a connector that asks for more loses the oldest-named."""
WANTED_AT_MOST = 5_000
ERASURES_S = 90 * 86_400

Secrets = Mapping[str, tuple[SecretStr, ...]]


class AccountStore:
    def __init__(self, connection: Connection, shards: Sequence[Shard]) -> None:
        self._redis = connection
        self._control = shards[0].control

    async def health(self, account: AccountId) -> Health:
        answers = await self._redis.call_many(
            [("HGETALL", account_key(account, "health")), ("HGET", self._control, f"pause:{account}")]
        )
        fields: dict[str, str] = checked(answers[0])
        pause: str | None = checked(answers[1])
        problems = {name.removeprefix("problem:"): text for name, text in fields.items() if name.startswith("problem:")}
        paused = pause if pause == "reconnect" or (pause and int(float(pause)) > _ms(datetime.now(UTC))) else None
        return Health(
            account=account,
            heard_at=_time(fields.get("heard_at")),
            heard=int(fields.get("heard", 0)),
            probed_at=_time(fields.get("probed_at")),
            expires_at=_time(fields.get("expires_at")),
            renewed_at=_time(fields.get("renewed_at")),
            polled_at=_time(fields.get("polled_at")),
            problems=problems,
            rates=tuple(json.loads(fields["rates"])) if "rates" in fields else (),
            counted=int(fields.get("counted", 0)),
            paused=paused if paused == "reconnect" else str(int(float(paused))) if paused else None,
        )

    async def note(self, account: AccountId, **moments: datetime | None) -> None:
        """Keeps `probed_at`, `expires_at`, `renewed_at`, `polled_at`; `None` forgets."""
        kept = {name: str(_ms(at)) for name, at in moments.items() if at is not None}
        gone = [name for name, at in moments.items() if at is None]
        key = account_key(account, "health")
        if kept:
            await self._redis.call("HSET", key, *(part for pair in kept.items() for part in pair))
        if gone:
            await self._redis.call("HDEL", key, *gone)

    async def heard(self, counts: Mapping[AccountId, int], at: datetime) -> None:
        """So many events of each account came in until then."""
        for account, count in counts.items():
            key = account_key(account, "health")
            await self._redis.call_many([("HINCRBY", key, "heard", count), ("HSET", key, "heard_at", _ms(at))])

    async def keep_rates(self, account: AccountId, rates: Sequence[float], counted: int) -> None:
        body = json.dumps([round(rate, 4) for rate in rates])
        await self._redis.call("HSET", account_key(account, "health"), "rates", body, "counted", counted)

    async def problem(self, account: AccountId, code: str, detail: str) -> None:
        await self._redis.call("HSET", account_key(account, "health"), f"problem:{code}", detail[:300])

    async def solved(self, account: AccountId, *codes: str) -> None:
        await self._redis.call("HDEL", account_key(account, "health"), *(f"problem:{code}" for code in codes))

    async def take(self, account: AccountId, what: str, for_s: float) -> bool:
        """Whether nobody did it in that time; then it is ours to do now."""
        key = account_key(account, f"taken:{what}")
        return bool(await self._redis.call("SET", key, 1, "NX", "PX", max(1, int(for_s * 1000))))

    async def hurry(self, account: AccountId, what: str) -> None:
        """It may be done again at once."""
        await self._redis.call("DEL", account_key(account, f"taken:{what}"))

    async def secrets(self, account: AccountId, configured: Secrets) -> dict[str, SecretStr]:
        """Renewed secrets. Those renewed from others than are configured now are forgotten."""
        fields: dict[str, str] = await self._redis.call("HGETALL", account_key(account, "secrets"))
        if fields.pop("from", "") != _digest(configured):
            return {}
        return {name: SecretStr(value) for name, value in fields.items()}

    async def renew(self, account: AccountId, configured: Secrets, renewed: Mapping[str, SecretStr]) -> None:
        key = account_key(account, "secrets")
        fields = {name: secret.get_secret_value() for name, secret in renewed.items()} | {"from": _digest(configured)}
        await self._redis.call_durably("HSET", key, *(part for pair in fields.items() for part in pair))

    async def erased(self, confirmation: str, at: datetime) -> None:
        """The erasure that was asked for under this code has been carried out."""
        if confirmation:
            await self._redis.call("SET", erased_key(confirmation), _ms(at), "EX", ERASURES_S)

    async def erased_at(self, confirmation: str) -> datetime | None:
        return _time(await self._redis.call("GET", erased_key(confirmation)))

    async def known(self, account: AccountId) -> dict[str, str]:
        """What a poll asked to be remembered."""
        found: dict[str, str] = await self._redis.call("HGETALL", account_key(account, "known"))
        return found

    async def remember(self, account: AccountId, facts: Mapping[str, str]) -> None:
        """An empty fact is forgotten."""
        key = account_key(account, "known")
        kept = [part for name, fact in facts.items() if fact for part in (name, fact)]
        gone = [name for name, fact in facts.items() if not fact]
        if kept:
            await self._redis.call("HSET", key, *kept)
        if gone:
            await self._redis.call("HDEL", key, *gone)
        names: list[str] = sorted(await self._redis.call("HKEYS", key))
        if len(names) > KNOWN_AT_MOST:
            await self._redis.call("HDEL", key, *names[: len(names) - KNOWN_AT_MOST])

    async def want(self, account: AccountId, what: str) -> None:
        """`what` of a `ListSince` shall be asked."""
        key = account_key(account, "wanted")
        await self._redis.call_many([("RPUSH", key, what), ("LTRIM", key, -WANTED_AT_MOST, -1)])

    async def wanted(self, account: AccountId, at_most: int) -> list[str]:
        """Takes what is wanted; whoever takes it and dies leaves it to the timers of those who wanted it."""
        found: list[str] | None = await self._redis.call("LPOP", account_key(account, "wanted"), at_most)
        return found or []


def _digest(configured: Secrets) -> str:
    shown = [(name, [one.get_secret_value() for one in values]) for name, values in sorted(configured.items())]
    return sha256(json.dumps(shown).encode()).hexdigest()[:16]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _time(ms: str | None) -> datetime | None:
    return datetime.fromtimestamp(int(ms) / 1000, UTC) if ms else None
