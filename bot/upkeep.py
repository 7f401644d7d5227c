"""Looks after the accounts: polls those that bring nothing, fetches what was not shown, keeps credentials and
subscriptions alive, and notices when an account has gone silent.

Each thing that is due is taken in the store first, so that several of these share the work.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.ask import Asker
from bot.config import Settings
from bot.crawl import Crawler
from bot.errors import StoreUnavailable
from bot.ingest import ACT_HORIZON_S, Ingest
from bot.model.action import ListSince, Subscribe, Subscriptions
from bot.model.event import TimeCame
from bot.model.ids import AccountId, EventId
from bot.store import Store
from bot.tokens import DAY_S, Tokens
from bot.watch import EVERY, learned, silent
from connectors import CONNECTORS
from connectors.base import SendError, Subscribed

log = structlog.get_logger()

EVERY_S = 1.0
LOOK_EVERY = timedelta(seconds=30)
"""How often credentials are looked at, and what other processes renewed is read."""
OVERLAP = timedelta(hours=1)
FIRST_POLL = timedelta(days=1)
FETCH_BACK = timedelta(days=30)
FETCHED_AT_ONCE = 50
VERIFY = "verify:"
SILENCE_S = 3600.0
PROBLEM_AFTER_S = 600.0


class Upkeep:
    """`run` until cancelled."""

    def __init__(
        self,
        store: Store,
        ingest: Ingest,
        asker: Asker,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._ingest, self._asker = store, ingest, asker
        self._settings, self._clock = settings, clock
        self.crawler = Crawler(asker, ingest, clock)
        self.tokens = Tokens(store, asker, clock)
        self._looked_at: dict[AccountId, datetime] = {}

    async def run(self) -> None:
        await self._asker.accounts.reload_all()
        async with asyncio.TaskGroup() as tasks:
            for account in self._settings.accounts:
                if account.live != "off":
                    tasks.create_task(self._look_after(account.account_id), name=f"upkeep-{account.account_id}")

    async def _look_after(self, account: AccountId) -> None:
        while True:
            try:
                await self.once(account)
            except StoreUnavailable as error:
                log.warning("store.unavailable", at="upkeep", account=account, error=str(error))
            await asyncio.sleep(EVERY_S)

    async def once(self, account: AccountId) -> None:
        """Does what is due for an account now."""
        now = self._clock()
        if now - self._looked_at.get(account, now - LOOK_EVERY) >= LOOK_EVERY:
            self._looked_at[account] = now
            await self._asker.accounts.reload(account)
            await self.tokens.keep(account)
            if await self._store.accounts.take(account, "subscriptions", DAY_S):
                await self.subscribed(account)
            if await self._store.accounts.take(account, "watch", EVERY.total_seconds()):
                await self._watch(account)
        await self._fetch(account)
        await self._poll(account)

    async def _poll(self, account: AccountId) -> None:
        every_s = CONNECTORS[account.channel].capabilities(self._asker.accounts[account]).poll_every_s
        if every_s is None or not await self._store.accounts.take(account, "poll", every_s):
            return
        began = self._clock()
        health = await self._store.accounts.health(account)
        if health.paused is not None:
            return
        since = (health.polled_at or began - FIRST_POLL) - OVERLAP
        known = await self._store.accounts.known(account)
        crawled = await self.crawler.crawl(account, ListSince(since=since, known=known))
        await self._store.accounts.remember(account, crawled.remember)
        if crawled.stopped:
            log.warning("poll.stopped", account=account, why=crawled.stopped, requests=crawled.requests)
            if health.polled_at is None or (began - health.polled_at).total_seconds() > PROBLEM_AFTER_S:
                await self._store.accounts.problem(account, "poll", crawled.stopped)
            return
        await self._store.accounts.note(account, polled_at=began)
        await self._store.accounts.solved(account, "poll")

    async def _fetch(self, account: AccountId) -> None:
        wanted = await self._store.accounts.wanted(account, FETCHED_AT_ONCE)
        verified = [what.removeprefix(VERIFY) for what in wanted if what.startswith(VERIFY)]
        whats = [what for what in dict.fromkeys(wanted) if not what.startswith(VERIFY)]
        since = self._clock() - FETCH_BACK
        for what in whats:
            crawled = await self.crawler.crawl(account, ListSince(since=since, what=what))
            log.info("fetched", account=account, listed=crawled.listed, stopped=crawled.stopped)
        if verified:
            ids = list(dict.fromkeys(verified))
            crawled = await self.crawler.crawl(account, ListSince(since=since, what=VERIFY + ",".join(ids)))
            if not crawled.stopped:
                await self._ingest.append([self._refreshed(account, each) for each in ids], ACT_HORIZON_S)

    def _refreshed(self, account: AccountId, external_id: str) -> TimeCame:
        now = self._clock()
        return TimeCame(
            id=EventId(f"t:refreshed:{account}:{external_id}:{now:%Y%m%d%H}"),
            account=account,
            locate=external_id,
            occurred_at=now,
            received_at=now,
            purpose="refreshed",
            ref=external_id,
        )

    async def subscribed(self, account: AccountId) -> Sequence[str] | None:
        """What the platform no longer brings; `None` where it can't be asked."""
        reading = await self._asker.ask(Subscriptions(callback_url=self.callback(account)), account)
        if not isinstance(reading, Subscribed):
            return None
        if reading.missing:
            await self._store.accounts.problem(account, "unsubscribed", ", ".join(reading.missing))
            log.warning("account.unsubscribed", account=account, missing=reading.missing)
        else:
            await self._store.accounts.solved(account, "unsubscribed")
        return reading.missing

    async def subscribe(self, account: AccountId) -> str:
        """Asks for all of it again. Returns why it did not work; `""` when it did."""
        reading = await self._asker.ask(Subscribe(callback_url=self.callback(account)), account)
        if isinstance(reading, SendError):
            return f"{reading.code} {reading.detail}".strip()
        if not isinstance(reading, Subscribed):
            return "the platform did not answer"
        if not reading.missing:
            await self._store.accounts.solved(account, "unsubscribed")
        return ", ".join(reading.missing)

    def callback(self, account: AccountId) -> str:
        """Where the platform shall bring what happens on the account."""
        settings = self._settings.account(account)
        endpoint = settings.endpoint if settings else "main"
        return f"{self._settings.public_url}/webhooks/{account.channel}/{endpoint}"

    async def _watch(self, account: AccountId) -> None:
        """Learns the account's pace. A silence is asked about, and is a gap only when the platform has something."""
        now, health = self._clock(), await self._store.accounts.health(account)
        news = max(0, health.heard - health.counted)
        await self._store.accounts.keep_rates(account, learned(health.rates, news, now), health.heard)
        if news:
            await self._store.accounts.solved(account, "gap", "silent")
        if not silent(health.rates, health.heard_at, now) or health.heard_at is None:
            return
        if not await self._store.accounts.take(account, "silence", SILENCE_S):
            return
        missing = await self.subscribed(account)
        crawled = await self.crawler.crawl(account, ListSince(since=health.heard_at - OVERLAP), late=True)
        if crawled.new:
            found = f"{crawled.new} not delivered since {health.heard_at.isoformat(timespec='minutes')}"
            await self._store.accounts.problem(account, "gap", found)
        elif missing is None and crawled.stopped:
            silence = f"nothing heard since {health.heard_at.isoformat(timespec='minutes')}"
            await self._store.accounts.problem(account, "silent", silence)
        log.warning("account.silent", account=account, new=crawled.new, missing=missing, stopped=crawled.stopped)
