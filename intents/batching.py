"""Gathers texts that arrive together, so that one run of the model's graph serves them all.

One batch runs at a time, in a thread of its own; while it runs, the next one gathers. The queue is bounded: beyond it
callers are told to come back, which costs them less than waiting behind a queue that never empties.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

MAX_BATCH = 256
"""Texts in one run of the graph."""


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

    def __init__(
        self, run: Callable[[Sequence[str], Sequence[str | None]], list[Any]], gather_s: float, max_queued: int
    ) -> None:
        self._run = run
        self._gather_s = gather_s
        self._max_queued = max_queued
        self._calls: deque[_Call] = deque()
        self._queued = 0
        self._arrived = asyncio.Event()
        self._closing = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="nlu")

    async def parse(self, texts: Sequence[str], ids: Sequence[str | None]) -> list[Any]:
        """At most MAX_BATCH texts. Raises Busy or Closed, or what the model raised."""
        if self._closing:
            raise Closed
        if self._queued + len(texts) > self._max_queued:
            raise Busy
        call = _Call(texts, ids, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        self._queued += len(texts)
        self._arrived.set()
        return await call.result

    async def serve(self) -> None:
        """Runs until `close`, and then until every call that was taken is answered."""
        loop = asyncio.get_running_loop()
        try:
            while self._calls or not self._closing:
                if not self._calls:
                    self._arrived.clear()
                    await self._arrived.wait()
                    if not self._closing and self._queued < MAX_BATCH:
                        await asyncio.sleep(self._gather_s)
                    continue
                batch = self._take()
                texts = [text for call in batch for text in call.texts]
                ids = [message_id for call in batch for message_id in call.ids]
                try:
                    parses = await loop.run_in_executor(self._thread, self._run, texts, ids)
                except Exception as error:
                    _fail(batch, error)
                else:
                    _answer(batch, parses)
        finally:
            self._thread.shutdown(wait=True)

    def close(self) -> None:
        self._closing = True
        self._arrived.set()

    def _take(self) -> list[_Call]:
        """The calls that fit one batch. Those whose caller has gone are dropped here."""
        batch: list[_Call] = []
        size = 0
        while self._calls and size + len(self._calls[0].texts) <= MAX_BATCH:
            call = self._calls.popleft()
            self._queued -= len(call.texts)
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
