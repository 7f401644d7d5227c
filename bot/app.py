"""The composition root: settings → parts → roles. Nothing is built anywhere else."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import structlog

from bot import metrics
from bot.accounts import Accounts
from bot.ask import Asker
from bot.config import Settings
from bot.config_file import reply_texts
from bot.console.auth import first_password
from bot.errors import StoreUnavailable
from bot.handle import Setup
from bot.http import Http
from bot.ingest import Ingest
from bot.model.decision import Decision
from bot.model.ids import AccountId
from bot.model.turn import Opinion, Turn
from bot.nlu import Nlu
from bot.scheduler import Scheduler
from bot.sender import Sender
from bot.store import Store
from bot.store.embedded import url_of
from bot.upkeep import Upkeep
from bot.web.server import create_app, listening
from bot.worker import Worker
from connectors import CONNECTORS
from policies.engine import decide
from policies.replies import Replies
from sandbox.server import serve

log = structlog.get_logger()

STORE_WAIT_S = 60.0


def utc_now() -> datetime:
    return datetime.now(UTC)


def setups(settings: Settings) -> dict[AccountId, Setup]:
    """What each account's events are handled with."""
    replies = Replies.of(reply_texts(settings.replies), settings.brand)

    def decided(turn: Turn) -> tuple[Decision, tuple[Opinion, ...]]:
        return decide(turn, settings.chain, settings.guard_chain, replies)

    return {
        account.account_id: Setup(
            decide=decided,
            replies=replies,
            brand=settings.brand_state,
            capabilities=CONNECTORS[account.channel].capabilities(settings.connected[account.account_id]),
            live=account.live == "on",
            echo_hold_s=settings.worker.echo_hold_s,
            unknown_after_s=settings.worker.unknown_after_s,
        )
        for account in settings.accounts
    }


@asynccontextmanager
async def opened_store(settings: Settings, wait_s: float = STORE_WAIT_S) -> AsyncIterator[Store]:
    """The store, waited for: at start it may still be reading its file. Raises `StoreUnavailable` after `wait_s`."""
    url = settings.redis.url or url_of(settings.var)
    deadline = asyncio.get_running_loop().time() + wait_s
    while True:
        try:
            store = await Store.open(url, settings)
            break
        except StoreUnavailable:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)
    try:
        yield store
    finally:
        await store.close()


def until_told_to_stop() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def run_web(settings: Settings, say: Callable[[str], None]) -> None:
    stop = until_told_to_stop()
    async with opened_store(settings) as store, Ingest(store, settings, utc_now) as ingest:
        password = await first_password(store.sessions)
        if password is not None:
            say(f"console password (shown once): {password}")
        for risk in await store.risks():
            log.warning("store.risk", risk=risk)
        async with listening(create_app(store, ingest, settings, utc_now), settings) as port:
            log.info("web.listening", host=settings.web.host, port=port)
            await stop.wait()


async def run_worker(settings: Settings, name: str | None = None) -> None:
    """The worker with its sender: the sender learns from the worker's commits what is due.

    `name`: a successor with its dead predecessor's name has its shards at once; without one, when their leases end.
    """
    stop = until_told_to_stop()
    metrics.show(settings.metrics.worker_port)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened_store(settings))
        http = await stack.enter_async_context(Http(loopback_only=settings.simulated))
        ingest = await stack.enter_async_context(Ingest(store, settings, utc_now))
        nlu = await stack.enter_async_context(Nlu(http, settings.nlu, utc_now))
        accounts = Accounts(store, settings)
        await accounts.reload_all()
        sender = Sender(store, ingest, http, settings, utc_now, accounts)
        worker = Worker(store, nlu, setups(settings), settings, sender, utc_now, name)
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(sender.run(), name="sender")
            working = tasks.create_task(worker.run(), name="worker")
            renewing = tasks.create_task(accounts.run(), name="accounts")
            await stop.wait()
            renewing.cancel()
            await worker.stop()
            sending.cancel()
            await sender.stop()
            working.cancel()


async def run_scheduler(settings: Settings) -> None:
    stop = until_told_to_stop()
    metrics.show(settings.metrics.scheduler_port)
    async with (
        opened_store(settings) as store,
        Http(loopback_only=settings.simulated) as http,
        Ingest(store, settings, utc_now) as ingest,
        asyncio.TaskGroup() as tasks,
    ):
        running = tasks.create_task(Scheduler(store, ingest, http, settings, utc_now).run(), name="scheduler")
        asker = Asker(store, Accounts(store, settings), http, settings, utc_now)
        upkeep = tasks.create_task(Upkeep(store, ingest, asker, settings, utc_now).run(), name="upkeep")
        await stop.wait()
        running.cancel()
        upkeep.cancel()


async def run_sandbox(settings: Settings) -> None:
    stop = until_told_to_stop()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve(settings), name="sandbox")
        await stop.wait()
        serving.cancel()
