"""What visitors see come in: one reader of the news per process, one stream per open window.

News only wake; each stream then reads the mailbox, so nothing is queued and a missed hint costs at most one tick.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bot.errors import StoreUnavailable
from bot.model.ids import ContactId
from bot.store.webchat import Letter, Mailboxes, News

TICK_S = 15.0
STREAMS_AT_ONCE = 2000
"""Of one process."""
WINDOWS_OF_A_VISITOR = 5
OVERLAP_MS = 60_000
"""Two processes' clocks may differ: what came shortly before the last seen letter is looked at again."""


@dataclass(eq=False, slots=True)
class Listener:
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    news: list[News] = field(default_factory=list)


class Listeners:
    """Who shows which mailbox here."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes
        self._of: dict[ContactId, set[Listener]] = {}
        self._count = 0
        self.closed = False

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._hear(), name="webchat")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _hear(self) -> None:
        async for visitor, news in self._mailboxes.news():
            for listener in self._of.get(visitor, ()):
                if news != "words" and news not in listener.news:
                    listener.news.append(news)
                listener.woken.set()

    @contextmanager
    def listen(self, visitor: ContactId) -> Iterator[Listener]:
        """Raises `HTTPServiceUnavailable` when too many windows are open, or none are served any more."""
        mine = self._of.setdefault(visitor, set())
        if self.closed or self._count >= STREAMS_AT_ONCE or len(mine) >= WINDOWS_OF_A_VISITOR:
            self._forget_empty(visitor)
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(int(TICK_S))})
        listener = Listener()
        mine.add(listener)
        self._count += 1
        try:
            yield listener
        finally:
            mine.discard(listener)
            self._count -= 1
            self._forget_empty(visitor)

    def _forget_empty(self, visitor: ContactId) -> None:
        if not self._of.get(visitor):
            self._of.pop(visitor, None)

    def close(self) -> None:
        self.closed = True
        for listeners in self._of.values():
            for listener in listeners:
                listener.woken.set()


class Streams:
    def __init__(self, mailboxes: Mailboxes, listeners: Listeners) -> None:
        self._mailboxes, self._listeners = mailboxes, listeners

    async def serve(self, request: web.Request, visitor: ContactId) -> web.StreamResponse:
        """Server-sent events until the visitor goes: `words` from the last seen on, `typing`, `seen`, `gone`."""
        last = request.headers.get("Last-Event-ID", "")
        since = int(last) - OVERLAP_MS if last.isascii() and last.isdigit() and len(last) <= 15 else 0
        with self._listeners.listen(visitor) as listener:
            response = web.StreamResponse(
                headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            )
            with contextlib.suppress(ConnectionResetError):
                await response.prepare(request)
                await self._write(response, listener, visitor, since)
        return response

    async def _write(self, response: web.StreamResponse, listener: Listener, visitor: ContactId, since: int) -> None:
        shown: set[str] = set()
        while not self._listeners.closed:
            listener.woken.clear()
            news, listener.news = listener.news, []
            fresh: list[tuple[int, Letter]] = []
            with contextlib.suppress(StoreUnavailable):
                letters = await self._mailboxes.letters(visitor, since)
                fresh = [(at, letter) for at, letter in letters if letter.id not in shown]
                shown = {letter.id for _, letter in letters}
            lines = [_words(at, letter) for at, letter in fresh] + [f"event: {each}\ndata:\n\n" for each in news]
            await response.write("".join(lines or [": still here\n\n"]).encode())
            if "gone" in news:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await listener.woken.wait()


def _words(at: int, letter: Letter) -> str:
    return f"id: {at}\nevent: words\ndata: {letter.model_dump_json()}\n\n"
