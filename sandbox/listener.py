"""The listening socket, which can be taken away for a while: then connections are refused, as by a dead machine."""

import asyncio

from aiohttp import web

HOST = "127.0.0.1"
SHUTDOWN_S = 2.0


class Listener:
    def __init__(self, app: web.Application) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        self._site: web.TCPSite | None = None
        self._port = 0
        self._away: asyncio.Task[None] | None = None

    async def start(self, port: int) -> int:
        """Listens; returns the port. Raises `OSError` when it is taken."""
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, HOST, port)
        await self._site.start()
        self._port = self._runner.addresses[0][1]
        return self._port

    def refuse(self, for_s: float) -> None:
        """Returns at once, so that whoever asked still gets an answer."""
        if self._away is None or self._away.done():
            self._away = asyncio.create_task(self._be_away(for_s), name="sandbox/refuse")

    async def _be_away(self, for_s: float) -> None:
        """Connections at rest are closed, so that nobody is served over an old one; streams live on."""
        if self._site is not None:
            await self._site.stop()
        if self._runner.server is not None:
            self._runner.server.pre_shutdown()
        await asyncio.sleep(for_s)
        self._site = web.TCPSite(self._runner, HOST, self._port, reuse_address=True)
        await self._site.start()

    async def stop(self) -> None:
        if self._away is not None:
            self._away.cancel()
            await asyncio.gather(self._away, return_exceptions=True)
        await self._runner.cleanup()
