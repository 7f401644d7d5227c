"""One question to a platform: its cost taken, its request sent, its answer read."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog

from bot import metrics
from bot.accounts import Accounts
from bot.config import Settings
from bot.errors import NoAnswer, NothingSent
from bot.http import Http
from bot.model.action import Query
from bot.model.ids import AccountId
from bot.store import Store
from bot.store.outbox import Asking
from connectors import CONNECTORS
from connectors.base import Reading, SendError, Unsupported

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why there is no reading. `later`: the allowance is used up, for `wait_s`."""

    why: Literal["unsupported", "later", "no_answer"]
    detail: str = ""
    wait_s: float = 0


class Asker:
    """Asks in the name of any account, within its rates."""

    def __init__(
        self, store: Store, accounts: Accounts, http: Http, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self.accounts = accounts
        self._http = http
        self._settings = settings
        self._clock = clock

    async def ask(self, query: Query, account_id: AccountId) -> Reading | Unanswered:
        """A question refused for its token is asked once more when the token was renewed meanwhile."""
        reading = await self._ask(query, account_id)
        refused = isinstance(reading, SendError) and reading.fault == "reconnect"
        if refused and await self.accounts.reload(account_id):
            reading = await self._ask(query, account_id)
        await self._heed(reading, account_id)
        return reading

    async def _ask(self, query: Query, account_id: AccountId) -> Reading | Unanswered:
        account = self.accounts[account_id]
        connector = CONNECTORS[account_id.channel]
        try:
            request = connector.build(query, account, self._clock())
        except Unsupported as error:
            return Unanswered("unsupported", str(error))
        rates = connector.capabilities(account).rates
        wait_s = await self._store.outbox.take_rates(Asking(query.kind, account_id), rates)
        if wait_s > 0:
            return Unanswered("later", wait_s=wait_s)
        try:
            response = await self._http.send(request, self._settings.worker.send_timeout_s)
        except (NothingSent, NoAnswer) as error:
            metrics.queries.labels(account_id.channel, query.kind, "no_answer").inc()
            return Unanswered("no_answer", str(error))
        reading = connector.interpret(query, response, account, self._clock())
        outcome = reading.fault if isinstance(reading, SendError) else "answered"
        metrics.queries.labels(account_id.channel, query.kind, outcome).inc()
        return reading

    async def _heed(self, reading: Reading | Unanswered, account_id: AccountId) -> None:
        """An account whose allowance is used up, or nearly, rests."""
        rest_s = None
        if isinstance(reading, SendError):
            rest_s = (reading.after_s or 60) if reading.fault == "pause_account" else None
        elif not isinstance(reading, Unanswered):
            rest_s = reading.rest_s
        if rest_s:
            until = self._clock() + timedelta(seconds=rest_s * (1 + 0.1 * random.random()))  # noqa: S311 (jitter)
            await self._store.outbox.rest(account_id, until)
            log.info("account.rests", account=account_id, rest_s=round(rest_s))
