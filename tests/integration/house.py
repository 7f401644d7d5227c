"""Aplomb in one process, over real parts: the store, the model's server, the simulated platforms and their wire.

What a test wants to hold up it holds at a `Gate`; nothing sleeps for a guessed time, conditions are awaited.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from aiohttp import ClientSession, web

from bot.accounts import Accounts
from bot.app import setups, utc_now
from bot.ask import Asker
from bot.config import Settings
from bot.config_file import load
from bot.errors import StoreUnavailable
from bot.http import Http
from bot.ingest import Ingest
from bot.model.conversation import Conversation
from bot.model.desk import ActResult, Shown
from bot.model.event import Act
from bot.model.ids import AccountId, ContactId, ConversationId
from bot.nlu import Nlu
from bot.scheduler import Scheduler
from bot.sender import Sender
from bot.store import Store, lifetimes
from bot.upkeep import Upkeep
from bot.web.health import add_health
from bot.web.webhooks import add_webhooks
from bot.worker import Worker
from sandbox.exchange import Rules
from sandbox.server import Sandbox, running
from tests.integration.gates import Gate, GatedOutbox, GatedState

ROOT = Path(__file__).resolve().parents[2]
PAGE = "100200300400"
BOT = "7100200300"
ACCOUNTS = {account.channel: account.id for account in load(ROOT / "config.yml", {}).accounts}
WITHIN_S = 20.0
Condition = Callable[[], Awaitable[object]]
AT_ONCE = {"earliest_s": 0, "latest_s": 60}


async def until(condition: Condition, within_s: float = WITHIN_S) -> None:
    """Waits for a condition; fails with its name when it does not come true. A store that is away: not yet."""
    deadline = time.monotonic() + within_s

    async def holds() -> bool:
        try:
            return bool(await condition())
        except StoreUnavailable:
            return False

    while not await holds():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {condition.__qualname__}"
        await asyncio.sleep(0.02)


class House:
    def __init__(self, settings: Settings, store: Store, ingest: Ingest, http: Http, nlu: Nlu) -> None:
        self.settings, self.ingest, self.http, self.nlu = settings, ingest, http, nlu
        self.before_claim, self.before_load, self.before_commit = Gate(), Gate(), Gate()
        outbox = GatedOutbox(store.connection, store.events.shards)
        outbox.gate, outbox.answers = self.before_claim, []
        self.claims = outbox.answers
        state = GatedState(store.connection, lifetimes(settings))
        state.before_load, state.before_commit = self.before_load, self.before_commit
        self.store = store
        self.worked_store = replace(store, outbox=outbox, state=state)
        """The store as the worker and its sender have it: with gates."""
        self.sandbox: Sandbox
        self.client: ClientSession
        self._worker: Worker | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start_worker(self, name: str | None = None) -> Worker:
        """A worker with its sender, as `python -m bot worker` puts them together."""
        sender = Sender(self.worked_store, self.ingest, self.http, self.settings, utc_now)
        worker = Worker(self.worked_store, self.nlu, setups(self.settings), self.settings, sender, utc_now, name)
        self._tasks += [asyncio.create_task(sender.run()), asyncio.create_task(worker.run())]
        self._worker = worker
        return worker

    def scheduler(self) -> Scheduler:
        return Scheduler(self.store, self.ingest, self.http, self.settings, utc_now)

    async def start_scheduler(self) -> None:
        self._tasks.append(asyncio.create_task(self.scheduler().run()))

    async def start_upkeep(self) -> None:
        """What else the scheduler's role does: looking after accounts, and fetching what a delivery left out."""
        asker = Asker(self.store, Accounts(self.store, self.settings), self.http, self.settings, utc_now)
        upkeep = Upkeep(self.store, self.ingest, asker, self.settings, utc_now)
        self._tasks.append(asyncio.create_task(upkeep.run()))

    async def stop_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def control(self, path: str, **body: Any) -> Any:
        async with self.client.post(f"{self.sandbox.url}/control/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def look(self, path: str, **query: str) -> Any:
        async with self.client.get(f"{self.sandbox.url}/control/{path}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def posts(self, channel: str) -> list[str]:
        world = await self.look("world")
        return next([p["id"] for p in c["posts"]] for c in world["channels"] if c["channel"] == channel)

    async def say(self, channel: str, who: str, text: str, where: str = "dm", **more: Any) -> str:
        body = {
            "channel": channel,
            "account": ACCOUNTS[channel],
            "customer": {"id": who, "name": f"Client {who}"},
            "where": where,
            "text": text,
        }
        return str((await self.control("say", **body, **more))["external_id"])

    async def do(self, channel: str, what: str, **more: Any) -> Any:
        return await self.control("act", channel=channel, account=ACCOUNTS[channel], do=what, **more)

    async def thread(self, channel: str, who: str, where: str = "dm") -> list[dict[str, Any]]:
        answer = await self.look("thread", channel=channel, account=ACCOUNTS[channel], customer=who, where=where)
        entries: list[dict[str, Any]] = answer["entries"]
        return entries

    async def brand_words(self, channel: str, who: str, where: str = "dm") -> list[str]:
        """What the platform shows of the brand, by hand or by bot."""
        return [e["text"] for e in await self.thread(channel, who, where) if e["by"] in ("brand", "person")]

    async def show(self, conversation: ConversationId) -> Shown | None:
        return await self.store.desk.show(self.store.events.shard(conversation.contact), conversation)

    async def conversation(self, conversation: ConversationId) -> Conversation:
        shown = await self.show(conversation)
        assert shown is not None
        return shown.loaded.conversation

    async def said(self, conversation: ConversationId, *by: str) -> None:
        """Waits until exactly these have spoken, in this order, and nothing waits to be handled."""

        async def spoken() -> bool:
            shown = await self.show(conversation)
            recent = shown.loaded.conversation.recent if shown else ()
            return tuple(said.by for said in recent) == by and await self.settled()

        await self.until(spoken)

    async def act(
        self, kind: type[Any], conversation: ConversationId, agent: str = "camille", **more: Any
    ) -> ActResult:
        """A person's act on what they see now, unless `seen_version` says otherwise."""
        shown = await self.show(conversation)
        seen = more.pop("seen_version", shown.loaded.conversation.version if shown else 0)
        now = utc_now()
        act: Act = kind(
            id=f"a:{uuid4().hex}",
            account=conversation.account,
            contact=conversation.contact,
            conversation=conversation,
            occurred_at=now,
            received_at=now,
            agent=agent,
            seen_version=seen,
            **more,
        )
        return await self.ingest.act(act)

    async def until(self, condition: Condition, within_s: float = WITHIN_S) -> None:
        await until(condition, within_s)

    async def settled(self) -> bool:
        """Nothing waits to be handled."""
        return await self.store.events.backlog() == 0


def private(channel: str, who: str) -> ConversationId:
    return ConversationId.private(ContactId.of(AccountId.of(channel, ACCOUNTS[channel]), who))


def public(channel: str, who: str, root: str) -> ConversationId:
    return ConversationId.public(ContactId.of(AccountId.of(channel, ACCOUNTS[channel]), who), root)


def test_settings(var: Path, redis_url: str | None, nlu_url: str, **changes: Any) -> Settings:
    """The project's own configuration, in a hurry and on other ports."""
    settings = load(ROOT / "config.yml", {})
    hurried = []
    for entry in settings.policies:
        paces: dict[str, Any] = {key: AT_ONCE for key in ("pace", "message", "comment") if key in entry}
        hurried.append({**entry, **paces})
    return settings.model_copy(
        update={
            "var": var,
            "policies": tuple(hurried),
            "redis": settings.redis.model_copy(update={"url": redis_url}),
            "nlu": settings.nlu.model_copy(update={"url": nlu_url}),
            "worker": settings.worker.model_copy(
                update={"lease_s": 1.5, "echo_hold_s": 0.3, "unknown_after_s": 0.5, "send_timeout_s": 3.0}
            ),
            "replies": ROOT / settings.replies,
            **changes,
        }
    )


test_settings.__test__ = False  # type: ignore[attr-defined]


class Webhooks:
    """The web role's door on a free port."""

    def __init__(self, ingest: Ingest, store: Store, settings: Settings) -> None:
        self._app = web.Application(client_max_size=settings.web.max_body_bytes)
        add_webhooks(self._app, ingest)
        add_health(self._app, store)
        self.url = ""

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


@asynccontextmanager
async def house(redis_url: str, nlu_url: str, var: Path, **changes: Any) -> AsyncIterator[House]:
    """Everything but the worker, which a test starts when it wants to."""
    settings = test_settings(var, redis_url, nlu_url, **changes)
    async with AsyncExitStack() as stack:
        store = await Store.open(redis_url, settings)
        stack.push_async_callback(store.close)
        await store.connection.alone("FLUSHALL")
        await store.close()
        store = await Store.open(redis_url, settings)
        http = await stack.enter_async_context(Http(loopback_only=True))
        ingest = await stack.enter_async_context(Ingest(store, settings, utc_now))
        nlu = await stack.enter_async_context(Nlu(http, settings.nlu, utc_now))
        webhooks = await stack.enter_async_context(Webhooks(ingest, store, settings))
        rules = Rules(speed=50)
        sandbox = await stack.enter_async_context(running(settings, port=0, webhook_base=webhooks.url, rules=rules))
        reached = settings.model_copy(
            update={"sandbox": settings.sandbox.model_copy(update={"port": int(sandbox.url.rsplit(":", 1)[1])})}
        )
        built = House(reached, store, ingest, http, nlu)
        built.sandbox = sandbox
        built.client = await stack.enter_async_context(ClientSession())
        try:
            yield built
        finally:
            await built.stop_tasks()
            await store.close()
