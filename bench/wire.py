"""The least HTTP/1.1 that carries a benchmark: a keep-alive client and a server, each on one asyncio protocol.

A client library costs as much as the server that is measured beside it on the same cores. Only peers of ours are spoken
to, on loopback: bodies have a content-length, nothing is encoded or chunked.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HOST = "127.0.0.1"
ANSWER_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"

    def encoded(self) -> bytes:
        more = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        head = (
            f"{self.method} {self.path} HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(self.body)}\r\n{more}\r\n"
        )
        return head.encode() + self.body


class _Messages:
    """Cuts a stream of bytes into heads and bodies."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> tuple[bytes, bytes] | None:
        """The first line and the body of the next whole message; `None` while it has not come."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self._buffer[:end])
        if b"transfer-encoding" in head.lower():
            raise ConnectionError("a chunked body: this client reads none")
        _, _, after = head.lower().partition(b"\r\ncontent-length:")
        length = int(after.split(b"\r\n", 1)[0] or 0)
        if len(self._buffer) < end + 4 + length:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        return head.split(b"\r\n", 1)[0], body


class _Client(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._messages = _Messages()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._messages.feed(data)
        try:
            message = self._messages.next()
        except (ConnectionError, ValueError) as error:
            self._fail(ConnectionError(str(error)))
            return
        if message is not None and self.answer is not None and not self.answer.done():
            self.answer.set_result((int(message[0].split(b" ")[1]), message[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._fail(ConnectionError("closed before its answer"))

    def _fail(self, error: ConnectionError) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)


class Caller:
    """One connection, one call at a time; connects when it has to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._client = _Client()

    async def send(self, call: Call, within_s: float = ANSWER_WITHIN_S) -> tuple[int, bytes]:
        """Status and body. Raises `OSError` (also as `ConnectionError`) or `TimeoutError`."""
        loop = asyncio.get_running_loop()
        if self._client.transport is None or self._client.transport.is_closing():
            _, self._client = await loop.create_connection(_Client, HOST, self._port)
        assert self._client.transport is not None
        self._client.answer = loop.create_future()
        self._client.transport.write(call.encoded())
        try:
            async with asyncio.timeout(within_s):
                return await self._client.answer
        except TimeoutError:
            self.close()
            raise

    async def get(self, path: str, within_s: float = ANSWER_WITHIN_S) -> tuple[int, bytes]:
        return await self.send(Call(path, b"", method="GET"), within_s)

    def close(self) -> None:
        if self._client.transport is not None:
            self._client.transport.close()


class _Server(asyncio.Protocol):
    def __init__(self, answer: Callable[[str, bytes], bytes]) -> None:
        self._answer = answer
        self._messages = _Messages()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._messages.feed(data)
        while (message := self._messages.next()) and self._transport is not None:
            body = self._answer(message[0].split(b" ")[1].decode(), message[1])
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)


@asynccontextmanager
async def serving(answer: Callable[[str, bytes], bytes], port: int) -> AsyncIterator[None]:
    """Answers every request, 200, with what `answer(path, body)` gives."""
    server = await asyncio.get_running_loop().create_server(lambda: _Server(answer), HOST, port)
    try:
        yield
    finally:
        server.close()


@asynccontextmanager
async def callers(count: int, port: int) -> AsyncIterator[list[Caller]]:
    made = [Caller(port) for _ in range(count)]
    try:
        yield made
    finally:
        for caller in made:
            caller.close()
