"""The web role: webhooks, health, the console, and in a rehearsal the sandbox page."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from bot.config import Settings
from bot.console.routes import add_console
from bot.desk import StoreDesk
from bot.errors import ConfigurationError
from bot.ingest import Ingest
from bot.store import Store
from bot.web.health import add_health
from bot.web.privacy import add_privacy
from bot.web.webchat import CHANNEL as WEBCHAT
from bot.web.webchat import add_webchat
from bot.web.webhooks import add_webhooks
from sandbox.page import add_sandbox

BACKLOG = 1024
SHUTDOWN_S = 5.0


def create_app(store: Store, ingest: Ingest, settings: Settings, clock: Callable[[], datetime]) -> web.Application:
    """Everything that listens on the web port. `/sandbox` is there only when every account is simulated."""
    app = web.Application(client_max_size=settings.web.max_body_bytes)
    desk = StoreDesk(store, ingest, [each.account_id for each in settings.accounts if each.live != "off"])
    if any(channel == WEBCHAT for channel, _ in settings.endpoints):
        add_webchat(app, store, settings, clock)
    add_webhooks(app, ingest)
    add_health(app, store)
    add_privacy(app, store)
    add_console(app, desk, store.sessions, settings, clock)
    if settings.simulated:
        add_sandbox(app, desk, f"http://127.0.0.1:{settings.sandbox.port}", settings)
    home = "/sandbox" if settings.simulated else "/console"

    async def root(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(home)

    app.router.add_get("/", root)
    return app


@asynccontextmanager
async def listening(app: web.Application, settings: Settings) -> AsyncIterator[int]:
    """Listens until the block ends; gives the port. Raises `ConfigurationError` when the port is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        site = web.TCPSite(
            runner,
            settings.web.host,
            settings.web.port,
            backlog=BACKLOG,
            reuse_port=settings.web.processes > 1 or None,
        )
        try:
            await site.start()
        except OSError as error:
            raise ConfigurationError(
                f"web.port: {settings.web.host}:{settings.web.port} can't be listened on ({error.strerror}): "
                "stop what uses it, or set APLOMB_WEB__PORT"
            ) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
