"""Starts every role as a process, starts again what dies, and ends them all in the order that loses nothing.

Redis first and last: whoever ends may still have something to keep. Children hear Ctrl-C from here only, and die with
this process however it ends.
"""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from bot.app import opened_store, until_told_to_stop, utc_now
from bot.config import Settings
from bot.console.auth import first_password
from bot.errors import ConfigurationError, TransportError
from bot.http import Http
from bot.nlu import Nlu
from bot.processes import die_with_parent
from bot.store.embedded import PrivateServer, private_folder
from connectors.base import Request

log = structlog.get_logger()

RESTART_S = (0.2, 1.0, 3.0, 10.0)
END_WITHIN_S = 20.0
READY_WITHIN_S = 120.0
INTENTS_PYTHON = Path("intents/.venv/bin/python")


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    command: Sequence[str]


def roles(settings: Settings, config: Path) -> list[Role]:
    """In the order of their end; the store is not among them."""
    own = (sys.executable, "-m", "bot")
    given = ("--config", str(config))
    found = [Role("sandbox", (*own, "sandbox", *given))] if settings.simulated else []
    found += [Role(f"web-{n}", (*own, "web", *given)) for n in range(1, settings.web.processes + 1)]
    name = f"{socket.gethostname()}-{os.getpid()}"
    found.append(Role("scheduler", (*own, "scheduler", *given)))
    found.append(Role("worker", (*own, "worker", "--name", name, *given)))
    if settings.nlu.managed:
        found.append(Role("nlu", _nlu_command(settings)))
    return found


def _nlu_command(settings: Settings) -> tuple[str, ...]:
    address = urlsplit(settings.nlu.url)
    host, port = address.hostname or "127.0.0.1", str(address.port or 5005)
    model = str(settings.nlu.models)
    return (str(INTENTS_PYTHON), "-m", "intents.server", "--model", model, "--host", host, "--port", port)


def ports(settings: Settings) -> dict[str, tuple[str, int]]:
    """Where the roles will listen, by the setting that says so."""
    found = {"web.port": (settings.web.host, settings.web.port)}
    if settings.simulated:
        found["sandbox.port"] = ("127.0.0.1", settings.sandbox.port)
    if settings.nlu.managed:
        address = urlsplit(settings.nlu.url)
        found["nlu.url"] = (address.hostname or "127.0.0.1", address.port or 5005)
    return found


def refuse_taken_ports(settings: Settings) -> None:
    """Raises `ConfigurationError` for every port that another program has: it would answer in our place."""
    taken = []
    for setting, (host, port) in ports(settings).items():
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                variable = f"APLOMB_{setting.replace('.', '__').upper()}"
                taken.append(f"{setting}: {host}:{port}: {error.strerror}; stop what uses it, or set {variable}")
    if taken:
        raise ConfigurationError("\n".join(taken))


class Supervisor:
    def __init__(self, settings: Settings, config: Path, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._config = config
        self._say = say
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._ending = asyncio.Event()

    async def run(self) -> None:
        """Until SIGINT or SIGTERM. Raises `ConfigurationError` when something can't be started at all."""
        stop = until_told_to_stop()
        refuse_taken_ports(self._settings)
        private_folder(self._settings.var)
        (self._settings.var / "log").mkdir(exist_ok=True)
        async with contextlib.AsyncExitStack() as stack:
            server: PrivateServer | None = None
            if self._settings.redis.url is None:
                server = await stack.enter_async_context(PrivateServer(self._settings.var))
            async with opened_store(self._settings) as store:
                password = await first_password(store.sessions)
                if password is not None:
                    self._say(f"console password, shown this once: {password}")
                for risk in await store.risks():
                    self._say(f"warning: {risk}")
            async with asyncio.TaskGroup() as tasks:
                watching = [tasks.create_task(self._keep(role)) for role in roles(self._settings, self._config)]
                if server is not None:
                    watching.append(tasks.create_task(self._keep_server(server)))
                ready = tasks.create_task(self._announce())
                await stop.wait()
                self._say("stopping …")
                self._ending.set()
                ready.cancel()
                await self._end_all()
                for task in watching:
                    task.cancel()
        self._say("stopped, nothing lost")

    async def _keep(self, role: Role) -> None:
        """Runs a role, and again when it dies."""
        deaths = 0
        while not self._ending.is_set():
            with (self._settings.var / "log" / f"{role.name}.log").open("a") as output:
                process = await asyncio.create_subprocess_exec(
                    *role.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    preexec_fn=die_with_parent,
                )
            self._processes[role.name] = process
            started = asyncio.get_running_loop().time()
            code = await process.wait()
            if self._ending.is_set():
                return
            lived_s = asyncio.get_running_loop().time() - started
            deaths = 1 if lived_s > 60 else deaths + 1
            wait_s = RESTART_S[min(deaths, len(RESTART_S)) - 1]
            self._say(
                f"{role.name} ended ({code}); see {self._settings.var}/log/{role.name}.log; again in {wait_s:g} s"
            )
            await asyncio.sleep(wait_s)

    async def _keep_server(self, server: PrivateServer) -> None:
        while not self._ending.is_set():
            if server.process is not None:
                code = await server.process.wait()
                if self._ending.is_set():
                    return
                self._say(f"redis ended ({code}); starting it again from its file")
            await server.start()

    async def _end_all(self) -> None:
        """One after the other, so that each finds the others it needs still there."""
        for role in roles(self._settings, self._config):
            process = self._processes.get(role.name)
            if process is None or process.returncode is not None:
                continue
            process.terminate()
            try:
                async with asyncio.timeout(END_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                self._say(f"{role.name} does not end; killing it")
                process.kill()
                await process.wait()

    async def _announce(self) -> None:
        """Says where to look once everything answers."""
        url = f"http://{self._settings.web.host}:{self._settings.web.port}"
        async with Http(loopback_only=True) as http, Nlu(http, self._settings.nlu, utc_now) as nlu:
            await _until(lambda: _answers(http, f"{url}/health/ready"), "the web role", self._say)
            if await nlu.status() is None:
                self._say("loading the understanding model …")
            await _until(lambda: _has_model(nlu), "the understanding server", self._say)
        self._say(f"Aplomb is ready: {url}")


async def _until(
    ready: Callable[[], Awaitable[bool]], what: str, say: Callable[[str], None], within_s: float = READY_WITHIN_S
) -> None:
    deadline = asyncio.get_running_loop().time() + within_s
    while not await ready():
        await asyncio.sleep(0.1)
        if asyncio.get_running_loop().time() > deadline:
            say(f"{what} does not answer yet; see var/log")
            deadline += within_s


async def _answers(http: Http, url: str) -> bool:
    try:
        return (await http.send(Request("GET", url), 2)).status == 200
    except TransportError:
        return False


async def _has_model(nlu: Nlu) -> bool:
    return await nlu.status() is not None
