"""Gathers texts that arrive together, so that one run of the model's graph serves them all.

As many batches run at once as there are readers; while they run, the next one gathers. The queue is bounded: beyond it
callers are told to come back, which costs them less than waiting behind a queue that never empties.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_BATCH = 256
"""Texts in one run of the graph."""
WORTH_SHARING = 32
"""Texts that one reader takes before the next one is given any."""
Run = Callable[[Sequence[str], Sequence["str | None"]], Awaitable[Sequence[Any]]]


class Busy(Exception):
    """The queue is full: nothing of the call was taken."""


class Closed(Exception):
    """The server is ending: nothing of the call was taken."""


@dataclass(frozen=True)
class _Call:
    texts: Sequence[str]
    ids: Sequence[str | None]
    result: asyncio.Future[list[Any]]


class Batcher:
    """`parse(texts, ids)` as `run` does it, but together with what others ask in the same `gather_s`."""

    def __init__(self, run: Run, gather_s: float, max_queued: int, at_once: int = 1) -> None:
        self._run = run
        self._gather_s = gather_s
        self._max_queued = max_queued
        self._calls: deque[_Call] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._free = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._running: set[asyncio.Task[None]] = set()
        self.queued = 0

    async def parse(self, texts: Sequence[str], ids: Sequence[str | None]) -> list[Any]:
        """At most MAX_BATCH texts. Raises Busy or Closed, or what the model raised."""
        if self._closing:
            raise Closed
        if self.queued + len(texts) > self._max_queued:
            raise Busy
        call = _Call(texts, ids, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        self.queued += len(texts)
        self._arrived.set()
        return await call.result

    async def serve(self) -> None:
        """Runs until `close`, and then until every call that was taken is answered."""
        while self._calls or not self._closing:
            if not self._calls:
                self._arrived.clear()
                await self._arrived.wait()
                await self._gather()
                continue
            await self._free.acquire()
            task = asyncio.create_task(self._work(self._take()))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        await asyncio.gather(*self._running)

    def close(self) -> None:
        self._closing = True
        self._arrived.set()

    async def _gather(self) -> None:
        """Waits while each turn of the event loop brings more, but not for long: later ones share the next batch."""
        loop = asyncio.get_running_loop()
        until, before = loop.time() + self._gather_s, 0
        while before != self.queued < MAX_BATCH and loop.time() < until and not self._closing:
            before = self.queued
            await asyncio.sleep(0)

    async def _work(self, batch: list[_Call]) -> None:
        texts = [text for call in batch for text in call.texts]
        ids = [message_id for call in batch for message_id in call.ids]
        try:
            parses = await self._run(texts, ids) if texts else []
        except Exception as error:
            _fail(batch, error)
        else:
            _answer(batch, parses)
        finally:
            self._free.release()

    def _take(self) -> list[_Call]:
        """The calls that fit one batch, or a fair part of them. Those whose caller has gone are dropped here."""
        batch: list[_Call] = []
        size, fair = 0, max(WORTH_SHARING, self.queued // self._at_once)
        while self._calls and size < fair and size + len(self._calls[0].texts) <= MAX_BATCH:
            call = self._calls.popleft()
            self.queued -= len(call.texts)
            if not call.result.done():
                batch.append(call)
                size += len(call.texts)
        return batch


def _answer(batch: Sequence[_Call], parses: Sequence[Any]) -> None:
    start = 0
    for call in batch:
        end = start + len(call.texts)
        if not call.result.done():
            call.result.set_result(list(parses[start:end]))
        start = end


def _fail(batch: Sequence[_Call], error: Exception) -> None:
    for call in batch:
        if not call.result.done():
            call.result.set_exception(error)
