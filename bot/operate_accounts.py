"""What an operator does for accounts from the command line: see how they fare, mend it, and fetch what was missed."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bot.accounts import Accounts
from bot.app import opened_store, utc_now
from bot.ask import Asker
from bot.config import AccountSettings, Settings
from bot.crawl import Crawled
from bot.errors import ConfigurationError
from bot.http import Http
from bot.ingest import Ingest
from bot.model.action import ListSince
from bot.model.ids import AccountId
from bot.store import Store
from bot.upkeep import Upkeep
from connectors.base import Probed, SendError

BACKFILL_REQUESTS = 2_000
UNHEARD = timedelta(days=3)
"""How far back an account is looked at that was never heard of."""
Say = Callable[[str], None]


@asynccontextmanager
async def _upkeep(settings: Settings) -> AsyncIterator[tuple[Store, Upkeep]]:
    async with (
        opened_store(settings, wait_s=2) as store,
        Http(loopback_only=settings.simulated) as http,
        Ingest(store, settings, utc_now) as ingest,
    ):
        accounts = Accounts(store, settings)
        await accounts.reload_all()
        asker = Asker(store, accounts, http, settings, utc_now)
        yield store, Upkeep(store, ingest, asker, settings, utc_now)


def _chosen(settings: Settings, which: str | None) -> list[AccountSettings]:
    """The accounts of a channel, one account, or all. Raises `ConfigurationError` when there is none."""
    awake = [account for account in settings.accounts if account.live != "off"]
    chosen = [account for account in awake if which in (None, account.channel, account.account_id)]
    if not chosen:
        known = ", ".join(sorted({account.channel for account in awake} | {a.account_id for a in awake}))
        raise ConfigurationError(f"no channel or account {which!r}; there are {known}")
    return chosen


async def backfill(settings: Settings, which: str, since: datetime, say: Say) -> None:
    """Fetches what was said since, as late events: it joins the history and is not answered by itself."""
    async with _upkeep(settings) as (_, upkeep):
        for account in _chosen(settings, which):
            say(f"{account.account_id}: asking for everything since {since.isoformat(timespec='minutes')} …")
            say(f"{account.account_id}: {_summary(await _backfilled(upkeep, account.account_id, since, say))}")


async def _backfilled(upkeep: Upkeep, account: AccountId, since: datetime, say: Say) -> Crawled:
    def progress(done: Crawled) -> None:
        if done.requests % 20 == 0:
            say(f"{account}: {done.requests} requests, {done.listed} found, {done.new} of them new …")

    first = ListSince(since=since)
    return await upkeep.crawler.crawl(
        account, first, late=True, patient=True, at_most=BACKFILL_REQUESTS, progress=progress
    )


def _summary(crawled: Crawled) -> str:
    unread = f", {crawled.unhandled.total()} that Aplomb has nothing for" if crawled.unhandled else ""
    stopped = f"; stopped: {crawled.stopped}" if crawled.stopped else ""
    return f"{crawled.listed} found, {crawled.new} new{unread}, in {crawled.requests} requests{stopped}"


async def doctor(settings: Settings, which: str | None, *, mend: bool, say: Say) -> bool:
    """Looks at each account, mends what can be mended, and says the rest. Whether all is well now."""
    well = True
    async with _upkeep(settings) as (store, upkeep):
        for account in _chosen(settings, which):
            say(f"{account.account_id}  {account.name}  ({account.live})")
            lines = [line async for line in _examined(store, upkeep, account.account_id, mend=mend, say=say)]
            for good, text in lines:
                say(f"  {'ok ' if good else '!! '} {text}")
            well = well and all(good for good, _ in lines)
    return well


async def _examined(
    store: Store, upkeep: Upkeep, account: AccountId, *, mend: bool, say: Say
) -> AsyncIterator[tuple[bool, str]]:
    before = await store.accounts.health(account)
    yield await _token(upkeep, account)
    missing = await upkeep.subscribed(account)
    if missing is None:
        yield True, "deliveries: this platform can't be asked what it brings"
    elif not missing:
        yield True, "deliveries: the platform brings everything"
    elif not mend:
        yield False, f"deliveries: not brought: {', '.join(missing)} (run without --no-mend to subscribe again)"
    else:
        why = await upkeep.subscribe(account)
        yield (
            not why,
            f"deliveries: not brought: {', '.join(missing)}; "
            + (f"subscribing again failed: {why}" if why else "subscribed again"),
        )
    if mend and (missing or before.problems.keys() & {"gap", "silent", "poll"}):
        since = (before.heard_at or datetime.now(UTC) - UNHEARD) - timedelta(hours=1)
        crawled = await _backfilled(upkeep, account, since, say)
        fetched = not crawled.stopped or crawled.unlisted
        yield fetched, f"missed since {since.isoformat(timespec='minutes')}: {_summary(crawled)}"
        if not crawled.stopped:
            await store.accounts.solved(account, "gap", "silent", "poll")
    heard = before.heard_at.isoformat(timespec="minutes") if before.heard_at else "never"
    yield True, f"last heard: {heard}"
    after = await store.accounts.health(account)
    for line in _left(after.problems.items(), after.paused):
        yield False, line


async def _token(upkeep: Upkeep, account: AccountId) -> tuple[bool, str]:
    reading = await upkeep.tokens.probe(account, renewable=upkeep.tokens.renewable(account))
    if isinstance(reading, Probed):
        ends = f", until {reading.expires_at.isoformat(timespec='minutes')}" if reading.expires_at else ""
        return True, f"credentials: taken, as {reading.name}{ends}"
    if isinstance(reading, SendError):
        return False, f"credentials: {reading.fault}: {reading.code} {reading.detail}".rstrip()
    return False, "credentials: the platform did not answer"


def _left(problems: Iterable[tuple[str, str]], paused: str | None) -> list[str]:
    lines = [f"{code}: {detail}" for code, detail in problems]
    if paused == "reconnect":
        lines.append("rests until its credentials are renewed, then: python -m bot reconnect <account>")
    elif paused is not None:
        until = datetime.fromtimestamp(int(paused) / 1000, UTC)
        lines.append(f"rests until {until.isoformat(timespec='minutes')}, as its platform asks")
    return lines
