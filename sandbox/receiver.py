"""A webhook that takes everything, remembers it, and answers as it is told: Aplomb's stand-in for tests and drills."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.listener import HOST

MAX_BODY = 4_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    url: str = ""
    arrived: list[Arrival] = field(default_factory=list)
    answer: Callable[[Arrival], web.Response] = field(default=lambda arrival: web.Response())
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        arrival = Arrival(request.path, dict(request.query), headers, await request.read())
        async with self._changed:
            self.arrived.append(arrival)
            self._changed.notify_all()
        return self.answer(arrival)

    async def until(self, enough: Callable[[list[Arrival]], bool], within_s: float = 10) -> list[Arrival]:
        """All arrivals, once they are enough. Raises `TimeoutError`."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: enough(self.arrived))
        return list(self.arrived)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Listens on a free port of loopback until the block ends."""
    receiver = Receiver()
    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        receiver.url = f"http://{HOST}:{runner.addresses[0][1]}"
        yield receiver
    finally:
        await runner.cleanup()
