"""The platforms' side of the web: bytes in, an answer out, and everything that is kept kept before the answer."""

from aiohttp import web

from bot.errors import NotAuthentic, StoreUnavailable
from bot.ingest import Ingest
from connectors.base import Request, Response

RETRY_AFTER_S = "5"


def add_webhooks(app: web.Application, ingest: Ingest) -> None:
    """Mounts `/webhooks/<channel>/<endpoint>`. Bodies over the application's limit get 413 before they are read."""

    async def receive(request: web.Request) -> web.Response:
        try:
            answer = await ingest.deliver(
                request.match_info["channel"], request.match_info["endpoint"], await _plain(request)
            )
        except NotAuthentic:
            return web.Response(status=401, text="not authentic")
        except StoreUnavailable:
            return web.Response(status=503, text="try again", headers={"Retry-After": RETRY_AFTER_S})
        return _answer(answer)

    app.router.add_route("*", "/webhooks/{channel}/{endpoint}", receive)


async def _plain(request: web.Request) -> Request:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), value)
    return Request(request.method, str(request.rel_url), headers, await request.read())


def _answer(answer: Response) -> web.Response:
    return web.Response(status=answer.status, body=answer.body or None, headers=dict(answer.headers))
