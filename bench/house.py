"""Aplomb as real processes in a temporary folder, on ports of its own, with the project's configuration.

Changed in it are the addresses, the pace of replies (0) and the number of pages: Facebook lets a page send 40 messages
a second, so a benchmark of more than that speaks for several.
"""

import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.processes import ROOT, CannotMeasure, Meter, Processes, free_port
from bench.wire import Caller
from bot.config import Settings
from bot.config_file import load
from bot.store import Store
from bot.store.embedded import PrivateServer

MODELS = ROOT / "var" / "models"
INTENTS_PYTHON = ROOT / "intents" / ".venv" / "bin" / "python"
ACTS_AT_ONCE: dict[str, int] = {"earliest_s": 0, "latest_s": 60}


@dataclass(frozen=True, slots=True)
class Plan:
    """`pages`: simulated Facebook pages, each on an endpoint of its own. `live` shadow: decided, never sent."""

    web: int = 1
    pages: int = 1
    live: str = "on"


class House:
    """Started role by role; everything in it ends with `opened`."""

    def __init__(self, folder: Path, plan: Plan, processes: Processes, server: PrivateServer) -> None:
        self.processes = processes
        self.plan = plan
        self._server = server
        self._config = folder / "config.yml"
        self._config.write_text(yaml.safe_dump(_configuration(folder, plan), allow_unicode=True), encoding="utf-8")
        self.settings: Settings = load(self._config, {})

    @property
    def platform_port(self) -> int:
        """Where the bot sends what it has to say."""
        return self.settings.sandbox.port

    @property
    def web_port(self) -> int:
        return self.settings.web.port

    def meter(self) -> Meter:
        server = {"redis": self._server.process.pid} if self._server.process else {}
        return Meter({**server, **self.processes.pids})

    def pids(self) -> dict[str, int]:
        server = {"redis": self._server.process.pid} if self._server.process else {}
        return {**server, **self.processes.pids}

    async def start_web(self) -> None:
        for number in range(1, self.plan.web + 1):
            self._start_role(f"web-{number}", "web")
            await self.processes.until_said(f"web-{number}", "web.listening")

    async def start_nlu(self) -> None:
        await start_nlu(self.processes, int(self.settings.nlu.url.rpartition(":")[2]), "nlu")

    async def start_worker(self) -> None:
        self._start_role("worker", "worker")
        async with self.store() as store:

            async def has_shards() -> bool:
                return bool(await store.connection.call("EXISTS", store.events.shards[-1].lease))

            await self.processes.until("worker", has_shards)

    def start_scheduler(self) -> None:
        self._start_role("scheduler", "scheduler")

    def _start_role(self, name: str, role: str) -> None:
        self.processes.start(name, [sys.executable, "-m", "bot", role, "--config", str(self._config)])

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        store = await Store.open(self._server.url, self.settings)
        try:
            yield store
        finally:
            await store.close()


@asynccontextmanager
async def opened(plan: Plan) -> AsyncIterator[House]:
    """With its private server (every write synced), and nothing else yet."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aplomb-bench-")))
        server = await stack.enter_async_context(PrivateServer(folder / "var"))
        processes = await stack.enter_async_context(Processes(folder))
        yield House(folder, plan, processes, server)


async def start_nlu(processes: Processes, port: int, name: str) -> None:
    """The understanding server with the trained model of this checkout."""
    needs_model()
    command = [str(INTENTS_PYTHON), "-m", "intents.server", "--model", str(MODELS), "--port", str(port)]
    processes.start(name, command)
    await until_answers(processes, name, port, "/status")


async def until_answers(processes: Processes, name: str, port: int, path: str, field: str = "model_id") -> None:
    """Waits until `GET path` answers a JSON object that has `field`."""
    caller = Caller(port)

    async def answers() -> bool:
        try:
            status, body = await caller.get(path, within_s=5)
            return status == 200 and bool(json.loads(body).get(field))
        except (OSError, TimeoutError, ValueError):
            return False

    try:
        await processes.until(name, answers)
    finally:
        caller.close()


def needs_model() -> None:
    """Raises `CannotMeasure` where there is no environment or no trained model."""
    if not INTENTS_PYTHON.exists() or not list(MODELS.glob("*.tar.gz")):
        raise CannotMeasure("there is no trained model: run `make setup` first")


def _configuration(folder: Path, plan: Plan) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    page = next(account for account in config["accounts"] if account["channel"] == "facebook")
    config["accounts"] = [
        {**page, "id": str(int(page["id"]) + number), "endpoint": f"page{number}", "live": plan.live}
        for number in range(plan.pages)
    ]
    for policy in config["policies"]:
        policy.update({key: ACTS_AT_ONCE for key in ("pace", "message", "comment") if key in policy})
    config["notify"] = {"people": []}
    config["replies"] = str(ROOT / "policies" / "replies")
    config["var"] = str(folder / "var")
    config["web"] = {**config["web"], "port": free_port(), "processes": plan.web}
    config["nlu"] = {**config["nlu"], "url": f"http://127.0.0.1:{free_port()}", "managed": False}
    config["sandbox"] = {"port": free_port()}
    return config
