"""Changes of threads as server-sent events. A reader who falls behind is cut off; it comes back and reads anew."""

import asyncio
import json
from contextlib import suppress

from aiohttp import web

from sandbox.world import Place

WAITING = 256
PING_S = 15.0


class Stream:
    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[str | None]] = set()

    def changed(self, place: Place) -> None:
        line = json.dumps(place._asdict(), ensure_ascii=False)
        for reader in list(self._readers):
            self._put(reader, line)

    def close(self) -> None:
        for reader in list(self._readers):
            self._put(reader, None)

    def _put(self, reader: asyncio.Queue[str | None], line: str | None) -> None:
        if line is None or reader.full():
            self._readers.discard(reader)
            while not reader.empty():
                reader.get_nowait()
            line = None
        reader.put_nowait(line)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Until the reader goes, falls behind, or the sandbox ends."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        reader: asyncio.Queue[str | None] = asyncio.Queue(WAITING)
        self._readers.add(reader)
        try:
            await response.prepare(request)
            await response.write(b": hello\n\n")
            while True:
                try:
                    async with asyncio.timeout(PING_S):
                        line = await reader.get()
                except TimeoutError:
                    await response.write(b": ping\n\n")
                    continue
                if line is None:
                    break
                await response.write(f"data: {line}\n\n".encode())
            with suppress(ConnectionError):
                await response.write_eof()
        except ConnectionError:
            return response
        finally:
            self._readers.discard(reader)
        return response
