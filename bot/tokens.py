"""Credentials: renewed before they end where the platform allows it, probed daily, and missed by nobody when they fail.

An account whose credentials no longer work rests as `reconnect`; what it had to say waits.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.ask import Asker
from bot.model.action import ProbeToken, RefreshToken
from bot.model.health import Health
from bot.model.ids import AccountId
from bot.store import Store
from connectors import CONNECTORS
from connectors.base import Probed, Refreshed, SendError, Unsupported

log = structlog.get_logger()

DAY_S = 86_400.0
TRY_AGAIN_S = 60.0
AT_THE_LATEST = timedelta(minutes=10)
EARLY = timedelta(days=10)
"""Credentials that live for weeks are renewed so long before their end, once a day at most."""
WARN = timedelta(days=7)
PROBLEMS = ("token", "token_ends", "revoked")


class Tokens:
    def __init__(self, store: Store, asker: Asker, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._asker = asker
        self._clock = clock

    def renewable(self, account_id: AccountId) -> bool:
        try:
            account = self._asker.accounts[account_id]
            CONNECTORS[account_id.channel].build(RefreshToken(), account, self._clock())
        except (Unsupported, KeyError):
            return False
        return True

    async def keep(self, account_id: AccountId) -> None:
        """Does what is due for the account's credentials now."""
        health = await self._store.accounts.health(account_id)
        renewable = self.renewable(account_id)
        if renewable and self._due(health) and await self._store.accounts.take(account_id, "refresh", TRY_AGAIN_S):
            await self.renew(account_id)
        if await self._store.accounts.take(account_id, "probe", DAY_S):
            await self.probe(account_id, renewable=renewable)

    def _due(self, health: Health) -> bool:
        if health.expires_at is None:
            return health.renewed_at is None and "token" in health.problems
        left = health.expires_at - self._clock()
        rested = health.renewed_at is None or self._clock() - health.renewed_at > timedelta(days=1)
        return left < AT_THE_LATEST or (left < EARLY and rested)

    async def renew(self, account_id: AccountId) -> bool:
        """Asks for new credentials, and keeps them before anybody uses them."""
        reading = await self._asker.ask(RefreshToken(), account_id)
        if isinstance(reading, Refreshed):
            configured = self._asker.accounts.configured(account_id)
            await self._store.accounts.renew(account_id, configured.secrets, reading.secrets)
            now = self._clock()
            await self._store.accounts.note(account_id, expires_at=reading.expires_at, renewed_at=now)
            await self._asker.accounts.reload(account_id)
            await self.works(account_id)
            log.info("token.renewed", account=account_id, expires_at=str(reading.expires_at))
            return True
        log.warning("token.not_renewed", account=account_id, answer=type(reading).__name__)
        if isinstance(reading, SendError) and reading.fault == "reconnect":
            await self.failed(account_id, f"{reading.code} {reading.detail}".strip())
        return False

    async def probe(self, account_id: AccountId, *, renewable: bool) -> Probed | SendError | None:
        """`None`: nobody answered, or there is nothing to ask."""
        reading = await self._asker.ask(ProbeToken(), account_id)
        if isinstance(reading, Probed):
            now = self._clock()
            await self._store.accounts.note(account_id, probed_at=now)
            if reading.expires_at is not None:
                await self._store.accounts.note(account_id, expires_at=reading.expires_at)
            await self.works(account_id)
            if reading.expires_at is not None and reading.expires_at - now < WARN and not renewable:
                await self._store.accounts.problem(account_id, "token_ends", reading.expires_at.isoformat())
            return reading
        if not isinstance(reading, SendError):
            return None
        if reading.fault == "reconnect" and not (renewable and await self.renew(account_id)):
            await self.failed(account_id, f"{reading.code} {reading.detail}".strip())
        return reading

    async def works(self, account_id: AccountId) -> None:
        """Whatever rested for its credentials goes on."""
        await self._store.accounts.solved(account_id, *PROBLEMS)
        if (await self._store.accounts.health(account_id)).paused == "reconnect":
            await self._store.outbox.unpause(account_id)

    async def failed(self, account_id: AccountId, detail: str) -> None:
        await self._store.outbox.pause(account_id, "reconnect")
        await self._store.accounts.problem(account_id, "token", detail)
        log.error("account.needs_reconnecting", account=account_id, cure=f"python -m bot reconnect {account_id}")
