"""Mounts the console under `/console`."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.config import Settings
from bot.console import auth
from bot.console.desk import Clock, Desk, Sessions
from bot.console.live import Hub
from bot.console.render import PREFIX, TEMPLATES, Renderer
from bot.console.views import SESSION, Console, login_path
from bot.errors import StoreUnavailable

STATIC = TEMPLATES.parent / "static"
OPEN = frozenset({f"{PREFIX}/login", f"{PREFIX}/language"})
"""Paths for those who are not logged in, beside what is under `static`."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def add_console(app: web.Application, desk: Desk, sessions: Sessions, settings: Settings, clock: Clock) -> None:
    hub = Hub(desk)
    console = Console(
        desk, sessions, settings, clock, hub, Renderer(settings.brand.timezone, sandbox=settings.simulated)
    )
    sub = web.Application(middlewares=[_guarded(console)])
    sub.router.add_static("/static", STATIC)
    sub.router.add_get("", console.inbox)
    sub.router.add_get("/accounts", console.accounts)
    sub.router.add_get("/live", console.inbox_live)
    sub.router.add_get("/live/c/{id:.+}", console.conversation_live)
    sub.router.add_get("/c/{id:.+}", console.conversation)
    sub.router.add_post("/c/{id:.+}", console.act)
    sub.router.add_post("/stop", console.stop)
    sub.router.add_post("/resume", console.resume)
    sub.router.add_get("/login", console.login_page)
    sub.router.add_post("/login", console.login)
    sub.router.add_post("/logout", console.logout)
    sub.router.add_get("/language", console.language)
    sub.on_response_prepare.append(put_headers)
    sub.cleanup_ctx.append(hub.lifetime)
    sub.on_shutdown.append(hub.close)
    app.add_subapp(PREFIX, sub)


async def put_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`."""
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-cache" if "/static/" in request.path else "no-store")


def _guarded(console: Console) -> Middleware:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            refused = await _refused(console, request)
            return refused if refused is not None else await handler(request)
        except StoreUnavailable:
            return console.problem(request, "error.store", 503)
        except web.HTTPNotFound:
            return console.problem(request, "error.not_found", 404)

    return guarded


async def _refused(console: Console, request: web.Request) -> web.StreamResponse | None:
    """Why it goes no further: nobody is logged in, or the request is not from a page of ours."""
    unsafe = request.method not in auth.SAFE_METHODS
    if unsafe and not auth.from_our_own_page(request):
        return console.problem(request, "error.forbidden", 403)
    if request.path in OPEN or request.path.startswith(f"{PREFIX}/static/"):
        return None
    session = await console.session(request)
    if session is None:
        if unsafe or "text/event-stream" in request.headers.get("Accept", ""):
            return console.problem(request, "error.forbidden", 401)
        raise web.HTTPSeeOther(login_path(request.path_qs))
    request[SESSION] = session
    if unsafe and not auth.bears_form_token((await request.post()).get("form_token"), session):
        return console.problem(request, "error.forbidden", 403)
    return None
