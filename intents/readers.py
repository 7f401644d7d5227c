"""The processes that hold the model, seen from the server: started, asked, replaced, ended."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from intents.reader import FAILED, LENGTH, unpacked

END_WITHIN_S = 5.0


class CannotStart(Exception):
    """The message says why no model can be served."""


class ReaderGone(Exception):
    """A reader ended while it was asked, or before."""


class ReadingFailed(Exception):
    """The model failed on these texts; the message is the kind of error."""


@dataclass(frozen=True)
class Answer:
    """A JSON document for each text; `seconds` in the model; `cascade`: how often a second look went how."""

    documents: list[bytes]
    seconds: float
    cascade: dict[str, int]


class _Reader:
    def __init__(self, stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._stream = stream
        self._writer = writer

    async def receive(self) -> tuple[dict[str, Any], list[bytes]]:
        try:
            (size,) = LENGTH.unpack(await self._stream.readexactly(LENGTH.size))
            return unpacked(await self._stream.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ReaderGone from error

    def send(self, frame: bytes) -> None:
        self._writer.write(LENGTH.pack(len(frame)) + frame)

    def close(self) -> None:
        self._writer.close()


class Readers:
    """Some processes with one model. `parse` may be called by `count` callers at once; more of them wait."""

    def __init__(self, process: subprocess.Popen[bytes], readers: Sequence[_Reader], file: str, model_id: str) -> None:
        self.file = file
        self.id = model_id
        self.count = len(readers)
        self._process = process
        self._readers = readers
        self._idle: asyncio.Queue[_Reader] = asyncio.Queue()
        for reader in readers:
            self._idle.put_nowait(reader)

    @classmethod
    async def start(cls, path: str, count: int) -> Readers:
        """Takes as long as loading a model does. Raises CannotStart."""
        pairs = [socket.socketpair() for _ in range(count)]
        numbers = [theirs.fileno() for _, theirs in pairs]
        command = [sys.executable, "-m", "intents.reader", path, *map(str, numbers)]
        process = subprocess.Popen(  # noqa: ASYNC220, S603 – forks at once; asyncio's own children keep no sockets
            command, pass_fds=numbers, stdin=subprocess.DEVNULL, start_new_session=True
        )
        readers = []
        for ours, theirs in pairs:
            theirs.close()
            readers.append(_Reader(*await asyncio.open_connection(sock=ours)))
        try:
            notes = [(await reader.receive())[0] for reader in readers]
        except ReaderGone as error:
            await _ended(process, readers)
            raise CannotStart(f"the model in {path} could not be loaded: see the words above") from error
        except BaseException:
            await _ended(process, readers)
            raise
        if FAILED in notes[0]:
            await _ended(process, readers)
            raise CannotStart(str(notes[0][FAILED]))
        return cls(process, readers, notes[0]["file"], notes[0]["id"])

    async def parse(self, texts: Sequence[str], ids: Sequence[str | None]) -> Answer:
        """Raises ReaderGone, or ReadingFailed. A reader whose answer nobody waited for is not asked again; one that is
        gone is, so that whoever waits for it learns that too."""
        reader = await self._idle.get()
        reader.send(json.dumps({"texts": texts, "ids": ids}).encode())
        try:
            notes, documents = await reader.receive()
        except ReaderGone:
            self._idle.put_nowait(reader)
            raise
        self._idle.put_nowait(reader)
        if FAILED in notes:
            raise ReadingFailed(notes[FAILED])
        return Answer(documents, notes["seconds"], notes["cascade"])

    async def close(self) -> None:
        await _ended(self._process, self._readers)

    @property
    def pid(self) -> int:
        return self._process.pid


async def _ended(process: subprocess.Popen[bytes], readers: Sequence[_Reader]) -> None:
    """Closing their sockets ends the readers; what doesn't end is killed, with those that it forked."""
    for reader in readers:
        reader.close()
    loop = asyncio.get_running_loop()
    try:
        await loop.run_in_executor(None, lambda: process.wait(END_WITHIN_S))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        await loop.run_in_executor(None, process.wait)


class Engine:
    """The readers that serve now. They can be replaced by others with a new model, and are when one of them dies."""

    def __init__(self, readers: Readers, path: str) -> None:
        self._readers = readers
        self._path = path
        self._changing = asyncio.Lock()
        self._under_way: dict[Readers, int] = {}
        self._free = asyncio.Condition()

    @classmethod
    async def start(cls, path: str, count: int) -> Engine:
        return cls(await Readers.start(path, count), path)

    @property
    def file(self) -> str:
        return self._readers.file

    @property
    def id(self) -> str:
        return self._readers.id

    @property
    def count(self) -> int:
        return self._readers.count

    @property
    def pid(self) -> int:
        """Of the first reader; the others are its children."""
        return self._readers.pid

    async def parse(self, texts: Sequence[str], ids: Sequence[str | None]) -> Answer:
        """Asks once more if a reader died meanwhile. Raises ReadingFailed, CannotStart, or ReaderGone at last."""
        readers = self._readers
        try:
            return await self._ask(readers, texts, ids)
        except ReaderGone:
            await self._revive(readers)
        return await self._ask(self._readers, texts, ids)

    async def swap(self, path: str) -> None:
        """Serves the model at `path` from when this returns; nothing that was asked of the old one is lost.
        Raises CannotStart, and the old one goes on."""
        async with self._changing:
            await self._replace(await Readers.start(path, self.count), path)

    async def close(self) -> None:
        async with self._changing:
            await self._readers.close()

    async def _ask(self, readers: Readers, texts: Sequence[str], ids: Sequence[str | None]) -> Answer:
        self._under_way[readers] = self._under_way.get(readers, 0) + 1
        try:
            return await readers.parse(texts, ids)
        finally:
            self._under_way[readers] -= 1
            async with self._free:
                self._free.notify_all()

    async def _revive(self, dead: Readers) -> None:
        async with self._changing:
            if self._readers is dead:
                await self._replace(await Readers.start(self._path, dead.count), self._path)

    async def _replace(self, new: Readers, path: str) -> None:
        old, self._readers, self._path = self._readers, new, path
        async with self._free:
            await self._free.wait_for(lambda: not self._under_way.get(old))
        self._under_way.pop(old, None)
        await old.close()
