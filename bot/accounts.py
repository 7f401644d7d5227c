"""The accounts as they can be used now: as configured, with secrets that were renewed since."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace

from bot.config import Settings
from bot.errors import StoreUnavailable
from bot.model.ids import AccountId
from bot.store import Store
from connectors.base import Account

RELOAD_EVERY_S = 30.0


class Accounts:
    """`accounts[id]`. Begins as configured; `reload` brings what was renewed, by this process or another."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._configured: Mapping[AccountId, Account] = settings.connected
        self._now = dict(self._configured)

    def __getitem__(self, account: AccountId) -> Account:
        return self._now[account]

    def configured(self, account: AccountId) -> Account:
        return self._configured[account]

    async def reload(self, account: AccountId) -> bool:
        """Whether other secrets are to be used from now on."""
        configured = self._configured[account]
        renewed = await self._store.accounts.secrets(account, configured.secrets)
        secrets = {**configured.secrets, **{name: (secret,) for name, secret in renewed.items()}}
        changed = secrets != self._now[account].secrets
        self._now[account] = replace(configured, secrets=secrets)
        return changed

    async def run(self) -> None:
        """Until cancelled: what another process renewed is used here within half a minute."""
        while True:
            await asyncio.sleep(RELOAD_EVERY_S)
            with contextlib.suppress(StoreUnavailable):
                await self.reload_all()

    async def reload_all(self) -> None:
        for account in self._configured:
            await self.reload(account)
