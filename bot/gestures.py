"""Showing the customer that their words were read and are being answered, while the reply waits for its time.

A gesture says nothing in the brand's name and matters to nobody when it fails: it is shown once, or not.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.accounts import Accounts
from bot.config import Settings
from bot.errors import NoAnswer, NothingSent, StoreUnavailable
from bot.http import Http
from bot.model.action import ActionRecord, MarkSeen, SendMessage
from bot.model.ids import ActionId
from bot.store import Store
from bot.store.outbox import Asking
from connectors import CONNECTORS
from connectors.base import Unsupported

log = structlog.get_logger()

WORTH_IT = timedelta(seconds=1)
"""A reply that goes sooner needs no announcement."""
AT_ONCE = 32
"""More are not shown."""


class Gestures:
    def __init__(
        self, store: Store, http: Http, accounts: Accounts, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._http, self._accounts = store, http, accounts
        self._settings, self._clock = settings, clock
        self._tasks: set[asyncio.Task[None]] = set()

    def announce(self, record: ActionRecord) -> None:
        """The words of this record are on their way, and nobody has said so yet."""
        action = record.action
        if not isinstance(action, SendMessage) or action.seen is None or len(self._tasks) >= AT_ONCE:
            return
        settings = self._settings.account(action.conversation.account)
        if settings is None or settings.live != "on" or settings.settings.get("typing") == "off":
            return
        capabilities = CONNECTORS[settings.channel].capabilities(self._accounts[settings.account_id])
        if capabilities.seen and action.earliest - self._clock() >= WORTH_IT:
            task = asyncio.create_task(self._show(action, action.seen), name=f"seen-{action.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _show(self, action: SendMessage, external_id: str) -> None:
        gesture = MarkSeen(
            id=ActionId(f"{action.id}.seen"),
            conversation=action.conversation,
            decided_upto=action.decided_upto,
            earliest=action.earliest,
            external_id=external_id,
            typing=True,
        )
        account = self._accounts[action.conversation.account]
        connector = CONNECTORS[account.id.channel]
        try:
            if await self._store.outbox.stopped() or (await self._store.accounts.health(account.id)).paused:
                return
            request = connector.build(gesture, account, self._clock())
            if await self._store.outbox.take_rates(Asking.of(gesture), connector.capabilities(account).rates) == 0:
                await self._http.send(request, self._settings.worker.send_timeout_s)
        except (Unsupported, NoAnswer, NothingSent, StoreUnavailable) as error:
            log.info("gesture.not_shown", action=action.id, error=type(error).__name__)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
