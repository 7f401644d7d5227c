"""The demo page: a newcomer plays a customer, and sees what Aplomb does and why. In a rehearsal only.

The browser speaks to this page alone; the page speaks to the simulators, and reads decisions from the desk.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.config import Settings
from bot.console import auth, live
from bot.console.desk import Desk
from bot.console.render import Renderer, Visitor
from bot.console.routes import put_headers
from bot.console.views import LANGUAGE_COOKIE
from bot.console.words import preferred
from bot.errors import StoreUnavailable
from sandbox.page_control import Away, NotDone, Simulators
from sandbox.page_scene import PREFIX, Scene, private_accounts, scene_of
from sandbox.page_turns import Kin, cards, is_read
from sandbox.page_words import FAILURES, SUGGESTIONS, WORDS

HERE = Path(__file__).parent
TEXT_LIMIT = 10_000
DEEDS = frozenset({"edit", "delete", "native_reply"})


def add_sandbox(app: web.Application, desk: Desk, http_base: str, settings: Settings) -> None:
    """Mounts the page under `/sandbox`. `http_base`: where the simulators listen."""
    page = Page(desk, http_base, settings)
    sub = web.Application(middlewares=[page.guarded])
    sub.router.add_static("/static", HERE / "static")
    sub.router.add_get("", page.show)
    sub.router.add_get("/live", page.live)
    sub.router.add_post("/say", page.say)
    sub.router.add_post("/act", page.act)
    sub.router.add_post("/fail", page.fail)
    sub.on_response_prepare.append(put_headers)
    sub.cleanup_ctx.append(page.hub.lifetime)
    sub.cleanup_ctx.append(page.simulators.lifetime)
    sub.on_shutdown.append(page.hub.close)
    app.add_subapp(PREFIX, sub)


class Page:
    def __init__(
        self, desk: Desk, http_base: str, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._kin = Kin(desk)
        self.hub = live.Hub(desk, self._kin.note)
        self.simulators = Simulators(http_base, self.hub.wake_all)
        self._private = private_accounts(settings)
        self._draw = Renderer(settings.brand.timezone, HERE / "templates", words=WORDS, sandbox=True)

    @web.middleware
    async def guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuses what other sites send; says in place what went wrong."""
        if request.method not in auth.SAFE_METHODS and not auth.from_our_own_page(request):
            return await self._trouble(request, 403, "play.elsewhere")
        try:
            return await handler(request)
        except NotDone as why:
            return await self._trouble(request, 400, "play.not_done", why=str(why))
        except Away:
            return await self._trouble(request, 502, "play.away")
        except StoreUnavailable:
            return await self._trouble(request, 503, "error.store")

    async def show(self, request: web.Request) -> web.Response:
        scene = await self._scene(request.query)
        return self._html(request, "sandbox.html", **await self._values(scene))

    async def live(self, request: web.Request) -> web.StreamResponse:
        async def draw() -> str | None:
            try:
                values = await self._values(await self._scene(request.query))
            except Away:
                return self._draw("sandbox_trouble.html", self._visitor(request), trouble="play.away", why={})
            return self._draw("sandbox_live.html", self._visitor(request), **values)

        with self.hub.listen(lambda _: True) as listener:
            return await live.stream(request, self.hub, listener, draw)

    async def say(self, request: web.Request) -> web.StreamResponse:
        fields = await _fields(request)
        scene = await self._scene(fields)
        text = fields.get("text", "").strip()[:TEXT_LIMIT]
        if text:
            place = {"channel": scene.channel.channel, "account": scene.channel.account, "where": scene.where}
            who = {"id": scene.customer.id, "name": scene.customer.name}
            await self.simulators.post("say", {**place, "customer": who, "parent": scene.reply, "text": text})
        if "HX-Request" not in request.headers:
            raise web.HTTPSeeOther(scene.path(reply=None))
        return self._html(request, "sandbox_said.html", scene=scene)

    async def act(self, request: web.Request) -> web.StreamResponse:
        """An edit or a deletion by the customer, or an answer by a colleague in the platform's own app."""
        fields = await _fields(request)
        scene = await self._scene(fields)
        do = fields.get("do", "")
        if do not in DEEDS:
            raise web.HTTPBadRequest
        place = {"channel": scene.channel.channel, "account": scene.channel.account, "where": scene.where}
        about = {"external_id": fields.get("external_id") or None, "customer": scene.customer.id}
        text = fields.get("text", "").strip()[:TEXT_LIMIT] or None
        await self.simulators.post("act", {**place, **about, "do": do, "text": text})
        return self._done(request, scene)

    async def fail(self, request: web.Request) -> web.StreamResponse:
        fields = await _fields(request)
        scene = await self._scene(fields)
        if fields.get("mode", "") not in FAILURES:
            raise web.HTTPBadRequest
        await self.simulators.post("fail", {"channel": scene.channel.channel, **FAILURES[fields["mode"]]})
        return self._done(request, scene)

    def _done(self, request: web.Request, scene: Scene) -> web.StreamResponse:
        if "HX-Request" not in request.headers:
            raise web.HTTPSeeOther(scene.path())
        return self._html(request, "sandbox_trouble.html", trouble="", why={})

    async def _trouble(self, request: web.Request, status: int, key: str, **why: object) -> web.StreamResponse:
        """In place for htmx; else as a page, of which only what needs nobody's answer is drawn."""
        template = "sandbox_trouble.html" if "HX-Request" in request.headers else "sandbox.html"
        return self._html(request, template, status, trouble=key, why=why, scene=None)

    async def _scene(self, named: Mapping[str, str]) -> Scene:
        """Raises `Away`."""
        scene = scene_of(await self.simulators.world(), named, self._private)
        if scene is None:
            raise Away("nobody to play")
        return scene

    async def _values(self, scene: Scene) -> dict[str, object]:
        place = (scene.channel.channel, scene.channel.account, scene.customer.id, scene.where)
        entries = await self.simulators.thread(*place)
        ids = [entry.external_id for entry in entries]
        conversations = await self._kin.of(scene.account, ids, scene.private)
        last = next((entry for entry in reversed(entries) if entry.by == "customer" and not entry.deleted), None)
        return {
            "scene": scene,
            "entries": entries,
            "names": {entry.external_id: entry.name for entry in entries},
            "cards": cards(conversations, set(ids)),
            "reading": last is not None and entries[-1] is last and not is_read(last.external_id, conversations),
            "stopped_all": await self._desk.stopped(),
            "suggestions": SUGGESTIONS,
            "failures": FAILURES,
            "trouble": "",
            "why": {},
        }

    def _visitor(self, request: web.Request) -> Visitor:
        lang = preferred(request.headers.get("Accept-Language", ""), request.cookies.get(LANGUAGE_COOKIE))
        back = request.path_qs if request.method == "GET" else PREFIX
        return Visitor(lang, self._clock(), path=back)

    def _html(self, request: web.Request, template: str, http_status: int = 200, /, **values: object) -> web.Response:
        body = self._draw(template, self._visitor(request), stopped=False, **values)
        return web.Response(text=body, content_type="text/html", status=http_status)


async def _fields(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
