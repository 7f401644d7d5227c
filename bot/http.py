"""The only outgoing HTTP: a request value goes out once, an answer value or one of two errors comes back.

Whether a request may be sent again depends on one thing: can a byte of it have left? So nothing here sends twice, and
every failure says which of the two it was. aiohttp by itself repeats idempotent requests whose kept connection broke;
`_once` turns that failure into ours before aiohttp sees it. Connections are kept for less than the five seconds after
which common servers close them, since a request on a closing connection has an outcome that nobody can know.

URLs may hold tokens (Telegram's path, Graph's query): none is logged, and errors show `redacted` ones.
"""

import re
from types import SimpleNamespace, TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from yarl import URL

from bot.errors import NoAnswer, NothingSent
from connectors.base import Request, Response

VERSION = "0.1.0"
MAX_ANSWER_BYTES = 5_000_000
KEEP_ALIVE_S = 4
_CHUNK_BYTES = 65_536
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_TOKEN_IN_PATH = re.compile(r"/bot[^/:]+:[^/]+")


def redacted(url: str) -> str:
    """The URL as it may be shown: without user, query values and tokens in its path."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(no URL)"
    path = _TOKEN_IN_PATH.sub("/bot***", parts.path)
    names = "&".join(f"{name}=***" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}://{host}{port}{path}{'?' if names else ''}{names}"


class Http:
    """One session a process: no cookies, no redirects, no proxies from the environment.

    `loopback_only`: requests to any other host end as `NothingSent`; for rehearsals and tests.
    """

    def __init__(
        self,
        *,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        keep_alive_s: float = KEEP_ALIVE_S,
        at_once: int = 256,
        loopback_only: bool = False,
    ) -> None:
        self._max_answer_bytes = max_answer_bytes
        self._keep_alive_s = keep_alive_s
        self._at_once = at_once
        self._loopback_only = loopback_only
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        watch = aiohttp.TraceConfig()
        watch.on_connection_create_end.append(_connected)
        watch.on_connection_reuseconn.append(_connected)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._at_once, keepalive_timeout=self._keep_alive_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"Aplomb/{VERSION}"},
            middlewares=(_once,),
            trace_configs=[watch],
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: Request, timeout_s: float) -> Response:
        """The complete answer, whatever its status. `timeout_s` bounds all of it, the connection included.

        Raises `NothingSent` when no connection was made, `NoAnswer` for whatever went wrong after that: no answer in
        time, a broken connection, an answer cut short, malformed or too large.
        """
        if self._session is None:
            raise RuntimeError("Http is used outside of `async with`")
        where = f"{request.method} {redacted(request.url)}"
        if self._loopback_only and urlsplit(request.url).hostname not in _LOOPBACK:
            raise NothingSent(f"{where}: only loopback may be reached from here")
        attempt = SimpleNamespace(connected=False)
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),  # or yarl would write LinkedIn's names its own way
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_s),
                trace_request_ctx=attempt,
            ) as answer:
                return await self._read(answer, where)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # The error's own text may hold the URL.
            what = f"{where}: {type(error).__name__}"
            raise (NoAnswer(what) if attempt.connected else NothingSent(what)) from None

    async def _read(self, answer: aiohttp.ClientResponse, where: str) -> Response:
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._max_answer_bytes:
                answer.close()
                raise NoAnswer(f"{where}: the answer is over {self._max_answer_bytes} bytes")
        headers: dict[str, str] = {}
        for name, value in answer.headers.items():
            lowered = name.lower()
            headers[lowered] = f"{headers[lowered]}, {value}" if lowered in headers else value
        return Response(answer.status, bytes(body), headers)


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Lets one attempt through: as `NoAnswer`, a broken connection is nothing that aiohttp repeats."""
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise NoAnswer(f"{request.method} {redacted(str(request.url))}: {type(error).__name__}") from None


async def _connected(
    session: aiohttp.ClientSession,
    context: SimpleNamespace,
    params: aiohttp.TraceConnectionCreateEndParams | aiohttp.TraceConnectionReuseconnParams,
) -> None:
    context.trace_request_ctx.connected = True
