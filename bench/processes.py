"""The processes that are measured: started, looked at through /proc, and ended by their id, whatever happens.

They die with this process (Linux), and hear Ctrl-C from it only. CPU is counted by the kernel; what the machine was
busy with beyond our processes is told too, because neighbours make figures worse.
"""

import asyncio
import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
GENERATOR = "generator"
END_WITHIN_S = 15.0
PORTS = range(20_000, 32_000)
_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1


class CannotMeasure(Exception):
    """What is missing, and its cure."""


def free_port() -> int:
    """Below the range that the kernel takes outgoing connections from, or one of those might have it soon."""
    for port in random.sample(PORTS, 50):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise CannotMeasure(f"no free port between {PORTS[0]} and {PORTS[-1]}")


def family(pid: int) -> list[int]:
    """A process and all that it has started, as far as they are there."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in family(int(child)))]


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its family so far, of all their threads; 0 when it is gone."""
    return sum(map(_cpu_s, family(pid)))


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _own_cpu_s() -> float:
    """Of this process and of the load generators that it has waited for; what is measured still runs."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its family in MB, what they share counted once; 0 when it is gone."""
    return sum(map(_memory_mb, family(pid)))


def _memory_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def busy_s() -> float:
    """CPU seconds of the whole machine so far: everything but idling and waiting for disks."""
    user, nice, system, _, _, interrupts, soft, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + interrupts + soft) / _TICKS


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds by process over `wall_s`, and of everybody else on the machine."""

    wall_s: float
    by_name: Mapping[str, float]
    others_s: float

    @property
    def neighbours(self) -> str:
        return f"{self.others_s / self.wall_s:.2f} of {os.cpu_count()} cores"


class Meter:
    """Reads the CPU of named processes; `generator` is this one."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._start = self._read()

    def _read(self) -> tuple[float, float, dict[str, float]]:
        spent = {name: cpu_s(pid) for name, pid in self._pids.items()}
        return asyncio.get_running_loop().time(), busy_s(), {**spent, GENERATOR: _own_cpu_s()}

    def spent(self) -> Spent:
        """Since this meter was made."""
        (then, busy_then, by_then), (now, busy_now, by_now) = self._start, self._read()
        by_name = {name: by_now[name] - by_then[name] for name in by_now}
        return Spent(now - then, by_name, max(busy_now - busy_then - sum(by_name.values()), 0.0))


class Processes:
    """`async with Processes(folder) as processes`: leaving it ends them, the last started first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self._running)):
            self.end(name)

    @property
    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._running.items()}

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Its output goes to `<folder>/<name>.log`."""
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def end(self, name: str) -> None:
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    async def until(self, name: str, ready: Callable[[], Awaitable[bool]], within_s: float = 90.0) -> None:
        """Waits for a process. Raises `CannotMeasure` with its last words when it ends or does not get there."""
        deadline = asyncio.get_running_loop().time() + within_s
        while not await ready():
            if self._running[name].poll() is not None:
                raise CannotMeasure(f"{name} ended: {self.last_words(name)}")
            if asyncio.get_running_loop().time() > deadline:
                raise CannotMeasure(f"{name} was not ready within {within_s:g} s: {self.last_words(name)}")
            await asyncio.sleep(0.1)

    async def until_said(self, name: str, words: str) -> None:
        async def said() -> bool:
            return words.encode() in self._log(name).read_bytes()

        await self.until(name, said)

    def last_words(self, name: str) -> str:
        return self._log(name).read_text(errors="replace")[-1500:]

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def _die_with_parent() -> None:
    """In the child, before the program."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
