"""Http against real servers that misbehave: what left, what came back, and how often it was sent."""

import asyncio
import contextlib
import socket
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from bot.errors import NoAnswer, NothingSent
from bot.http import VERSION, Http, redacted
from connectors.base import Request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Wire:
    """A server that counts the requests it was sent and answers byte for byte."""

    def __init__(self, answers: list[bytes | None]) -> None:
        self.answers = answers
        self.seen: list[bytes] = []
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.seen.append(head)
                answer = self.answers[min(len(self.seen), len(self.answers)) - 1]
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
                if b"Content-Length: 99" in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def wire(*answers: bytes | None) -> AsyncIterator[Wire]:
    served = Wire(list(answers))
    async with await asyncio.start_server(served.talk, "127.0.0.1", 0) as server:
        served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield served


@contextlib.asynccontextmanager
async def application(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_what_goes_out_and_what_comes_back() -> None:
    async def echo(request: web.Request) -> web.Response:
        body = await request.read()
        told = f"{request.method} {request.headers['user-agent']} {request.headers['x-a']} {request.query_string} "
        answer = web.Response(status=418, body=told.encode() + body)
        answer.headers.add("X-Part", "a")
        answer.headers.add("X-Part", "b")
        answer.set_cookie("session", "1")
        return answer

    async with application(echo) as url, Http() as http:
        answer = await http.send(Request("POST", f"{url}/p?q=1", {"x-a": "b"}, b"hello"), 5)
    assert answer.status == 418
    assert answer.body == f"POST Aplomb/{VERSION} b q=1 hello".encode()
    assert answer.headers["x-part"] == "a, b"


async def test_an_encoded_name_arrives_as_it_was_written() -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    path = "/socialActions/urn%3Ali%3Acomment%3A(1%2C2)/comments?list=List(urn%3Ali%3A7)"
    async with application(echo) as url, Http() as http:
        answer = await http.send(Request("GET", f"{url}{path}"), 5)
    assert answer.body.decode() == path


async def test_cookies_are_not_kept() -> None:
    async def handler(request: web.Request) -> web.Response:
        answer = web.Response(text=request.headers.get("cookie", "none"))
        answer.set_cookie("session", "1")
        return answer

    async with application(handler) as url, Http() as http:
        await http.send(Request("GET", url), 5)
        assert (await http.send(Request("GET", url), 5)).body == b"none"


async def test_a_redirect_is_an_answer() -> None:
    async with wire(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n") as server, Http() as http:
        answer = await http.send(Request("GET", server.url), 5)
    assert (answer.status, answer.headers["location"], len(server.seen)) == (302, "/there", 1)


async def test_the_connection_is_used_again() -> None:
    ports = set()

    async def handler(request: web.Request) -> web.Response:
        assert request.transport
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.Response()

    async with application(handler) as url, Http() as http:
        for _ in range(3):
            await http.send(Request("POST", url, body=b"x"), 5)
    assert len(ports) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_reset_before_the_answer_is_sent_once(method: str) -> None:
    async with wire(None) as server, Http() as http:
        with pytest.raises(NoAnswer):
            await http.send(Request(method, server.url), 5)
        assert len(server.seen) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_reset_on_a_kept_connection_is_not_sent_again(method: str) -> None:
    async with wire(OK, None, OK) as server, Http() as http:
        assert (await http.send(Request(method, server.url), 5)).body == b"ok"
        with pytest.raises(NoAnswer):
            await http.send(Request(method, server.url), 5)
        assert len(server.seen) == 2


async def test_refused() -> None:
    async with wire(OK) as server:
        url = server.url
    async with Http() as http:
        with pytest.raises(NothingSent, match="ClientConnectorError"):
            await http.send(Request("POST", url), 5)


async def test_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    async with Http() as http:
        with pytest.raises(NothingSent):
            await http.send(Request("POST", "http://nowhere.invalid/"), 5)


async def test_no_tls_at_the_other_end() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.transport.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server, Http() as http:
        with pytest.raises(NothingSent):
            await http.send(Request("POST", f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"), 5)


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://127.0.0.1/", "http://[", "http://127.0.0.1:99999/"])
async def test_no_url(url: str) -> None:
    async with Http() as http:
        with pytest.raises(NothingSent):
            await http.send(Request("POST", url), 5)


async def test_no_answer_in_time() -> None:
    release = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    async with application(slow) as url, Http() as http:
        with pytest.raises(NoAnswer, match="Timeout"):
            await http.send(Request("POST", url, body=b"x"), 0.05)
        release.set()


async def test_no_connection_in_time() -> None:
    """The only connection is taken, so the second request waits for it with nothing sent."""
    release, arrived = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        arrived.set()
        await release.wait()
        return web.Response()

    async with application(slow) as url, Http(at_once=1) as http:
        first = asyncio.create_task(http.send(Request("POST", url), 5))
        await arrived.wait()
        with pytest.raises(NothingSent):
            await http.send(Request("POST", url), 0.05)
        release.set()
        assert (await first).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nplain",
        b"not HTTP at all\r\n\r\n",
    ],
    ids=["cut short", "not what it says", "not HTTP"],
)
async def test_broken_answers(answer: bytes) -> None:
    async with wire(answer) as server, Http() as http:
        with pytest.raises(NoAnswer):
            await http.send(Request("GET", server.url), 5)
        assert len(server.seen) == 1


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
async def test_answers_are_capped(size: int, fits: bool) -> None:
    async def large(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * size)

    async with application(large) as url, Http(max_answer_bytes=100) as http:
        if fits:
            assert len((await http.send(Request("GET", url), 5)).body) == size
        else:
            with pytest.raises(NoAnswer, match="over 100 bytes"):
                await http.send(Request("GET", url), 5)


async def test_errors_show_no_token() -> None:
    async with wire(None) as server, Http() as http:
        with pytest.raises(NoAnswer) as caught:
            await http.send(Request("POST", f"{server.url}/bot12:SECRET/sendMessage?access_token=SECRET"), 5)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_loopback_only() -> None:
    async with wire(OK) as server, Http(loopback_only=True) as http:
        assert (await http.send(Request("GET", server.url), 5)).status == 200
        with pytest.raises(NothingSent, match="only loopback"):
            await http.send(Request("GET", "http://example.com/"), 5)


async def test_outside_of_its_context() -> None:
    with pytest.raises(RuntimeError):
        await Http().send(Request("GET", "http://127.0.0.1/"), 5)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.telegram.org/bot12:AAH-x_y/sendMessage", "https://api.telegram.org/bot***/sendMessage"),
        ("http://127.0.0.1:8090/telegram/bot7:ab/getMe", "http://127.0.0.1:8090/telegram/bot***/getMe"),
        (
            "https://graph.example/v1/me?access_token=abc&limit=5",
            "https://graph.example/v1/me?access_token=***&limit=***",
        ),
        ("https://user:secret@host/a", "https://host/a"),
        ("http://[", "(no URL)"),
    ],
)
def test_redacted(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_the_version_is_the_project_s() -> None:
    assert tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"] == VERSION
