"""What changes on a screen without asking: one reader of the desk's hints per process, one stream per open page.

A hint only wakes: each stream then draws its page anew and sends it when it differs. So nothing is queued, a missed
hint costs at most one tick, and relative times stay true.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from bot.console.desk import Desk
from bot.errors import StoreUnavailable
from bot.model.ids import ConversationId

TICK_S = 15
PAUSE_S = 0.2
"""Between two drawings for the same page: a burst of hints becomes one."""
STREAMS_AT_ONCE = 500

log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class Listener:
    wanted: Callable[[ConversationId], bool]
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Wakes the streams. `close` ends every one of them. `noticed` is told every hint."""

    def __init__(self, desk: Desk, noticed: Callable[[ConversationId], None] = lambda _: None) -> None:
        self._desk = desk
        self._noticed = noticed
        self._listeners: set[Listener] = set()
        self.closed = False

    async def run(self) -> None:
        while True:
            try:
                async for conversation in self._desk.changes():
                    self.tell(conversation)
            except StoreUnavailable:
                log.warning("console.changes_unavailable")
            await asyncio.sleep(1)

    def tell(self, conversation: ConversationId) -> None:
        self._noticed(conversation)
        for listener in self._listeners:
            if listener.wanted(conversation):
                listener.woken.set()

    @contextmanager
    def listen(self, wanted: Callable[[ConversationId], bool]) -> Iterator[Listener]:
        """Raises `HTTPServiceUnavailable` when too many pages are open, or none are served any more."""
        if self.closed or len(self._listeners) >= STREAMS_AT_ONCE:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(TICK_S)})
        listener = Listener(wanted)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def wake_all(self) -> None:
        for listener in self._listeners:
            listener.woken.set()

    async def close(self, app: web.Application) -> None:
        """For `on_shutdown`."""
        self.closed = True
        self.wake_all()

    async def lifetime(self, app: web.Application) -> AsyncIterator[None]:
        """For `cleanup_ctx`."""
        task = asyncio.create_task(self.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def stream(
    request: web.Request, hub: Hub, listener: Listener, draw: Callable[[], Awaitable[str | None]]
) -> web.StreamResponse:
    """Sends what `draw` gives whenever it differs; `None` from it ends the stream."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    shown: str | None = None
    try:
        while not hub.closed:
            listener.woken.clear()
            try:
                drawn = await draw()
            except StoreUnavailable:
                drawn = shown or ""
            if drawn is None:
                break
            await response.write(message(drawn) if drawn and drawn != shown else b": still here\n\n")
            shown = drawn
            await asyncio.sleep(PAUSE_S)
            await _woken_or_tick(listener)
    except ConnectionResetError:
        pass
    return response


async def _woken_or_tick(listener: Listener) -> None:
    try:
        async with asyncio.timeout(TICK_S):
            await listener.woken.wait()
    except TimeoutError:
        pass


def message(html: str) -> bytes:
    """One unnamed server-sent event."""
    lines = re.split(r"\r\n|\r|\n", html)
    return ("".join(f"data: {line}\n" for line in lines) + "\n").encode()
