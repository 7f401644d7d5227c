"""The simulated platforms' own process: one server on loopback, `python -m bot sandbox`.

`/<channel>/…` is what the bot calls, `/control/…` what the demo page and tests use. Nothing real is ever reached: it
starts only where every account is simulated, listens on 127.0.0.1 and signs with secrets worth nothing elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.config import Settings
from bot.errors import ConfigurationError
from sandbox.api import Api
from sandbox.control import Control
from sandbox.delivery import Courier
from sandbox.exchange import Platform, Rules
from sandbox.facebook import Facebook
from sandbox.faults import Faults
from sandbox.instagram import Instagram
from sandbox.linkedin import LinkedIn
from sandbox.listener import HOST, Listener
from sandbox.record import Record
from sandbox.stream import Stream
from sandbox.telegram import Telegram
from sandbox.tiktok import TikTok
from sandbox.webchat import Webchat
from sandbox.webhook import Webhook
from sandbox.whatsapp import WhatsApp
from sandbox.world import World
from sandbox.x import X
from sandbox.youtube import YouTube

MAX_BODY = 1_000_000

SIMULATORS = (Facebook, Telegram, Webchat, Webhook, Instagram, WhatsApp, LinkedIn, YouTube, X, TikTok)

CONTROL: web.AppKey[Control] = web.AppKey("control", Control)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox. `url` has no slash at its end."""

    url: str
    control: Control


def create_app(settings: Settings, webhook_base: str, rules: Rules | None = None) -> web.Application:
    """All simulated platforms, delivering to `<webhook_base>/webhooks/<channel>/<endpoint>`.

    Raises `ConfigurationError` unless every account is simulated.
    """
    if not settings.simulated:
        raise ConfigurationError(
            "accounts: the sandbox is for simulated accounts only, and not all of these are; "
            "set `simulated: true`, or start it with another --config"
        )
    world = World(settings, {simulator.channel: simulator.post_id for simulator in SIMULATORS})
    faults, stream, closing = Faults(), Stream(), asyncio.Event()
    record = Record(world.now)
    platforms: dict[str, Platform] = {}
    courier = Courier(webhook_base, platforms, world, lambda: control.rules, faults, record)
    control = Control(world, platforms, courier, faults, record, stream, rules or Rules())
    platforms.update({each.channel: each(world, lambda: control.rules) for each in SIMULATORS})
    api = Api(platforms, faults, courier, record, closing)

    app = web.Application(client_max_size=MAX_BODY, middlewares=[_only_from_here])
    app[CONTROL] = control
    app.add_routes(control.routes())
    for channel in platforms:
        app.router.add_route("*", f"/{channel}/{{call:.*}}", api.handler(channel))

    async def deliveries(_: web.Application) -> AsyncIterator[None]:
        await courier.open()
        world.watchers.append(stream.changed)
        yield
        await courier.close()

    async def end_streams(_: web.Application) -> None:
        closing.set()
        stream.close()

    app.cleanup_ctx.append(deliveries)
    app.on_shutdown.append(end_streams)
    return app


@web.middleware
async def _only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """There is no password: a page of somebody else's, open in a browser of this machine, must not get in."""
    origin = request.headers.get("Origin")
    names = {request.url.host, urlsplit(origin).hostname if origin else HOST}
    if not names <= {HOST, "localhost"}:
        raise web.HTTPForbidden(text="The sandbox is for this machine only.")
    return await handler(request)


@asynccontextmanager
async def running(
    settings: Settings, *, port: int | None = None, webhook_base: str | None = None, rules: Rules | None = None
) -> AsyncIterator[Sandbox]:
    """A sandbox that listens until the block ends. `port`: 0 is a free one, `None` the configured one."""
    app = create_app(settings, webhook_base or own_address(settings), rules)
    listener = Listener(app)
    app[CONTROL].refuse = listener.refuse
    try:
        chosen = await listener.start(settings.sandbox.port if port is None else port)
        yield Sandbox(f"http://{HOST}:{chosen}", app[CONTROL])
    finally:
        await listener.stop()


async def serve(
    settings: Settings,
    *,
    port: int | None = None,
    webhook_base: str | None = None,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Runs until it is cancelled. `ready` is called with the address once it listens."""
    async with running(settings, port=port, webhook_base=webhook_base) as sandbox:
        ready(sandbox.url)
        await asyncio.Event().wait()


def own_address(settings: Settings) -> str:
    """Where this configuration's Aplomb takes deliveries."""
    host = settings.web.host if settings.web.host not in {"0.0.0.0", "::", ""} else HOST  # noqa: S104
    return settings.sandbox.webhook_url or f"http://{host}:{settings.web.port}"
