"""The console's pages: the list, a conversation, the switch that stops everything, the way in."""

from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import web

from bot.config import Settings
from bot.console import acts, auth, live
from bot.console.desk import Clock, Desk, Sessions
from bot.console.render import PREFIX, Renderer, Visitor, conversation_path
from bot.console.thread import lines, reason_of, said_since
from bot.console.words import WORDS, coded, preferred, teller
from bot.model.desk import ActResult, Shown, Waiting
from bot.model.ids import ConversationId
from connectors import CONNECTORS

LANGUAGE_COOKIE = "aplomb-lang"
YEAR_S = 365 * 24 * 3600
SESSION: web.RequestKey[auth.Session] = web.RequestKey("session", auth.Session)
DID = frozenset({"approve", "reject", "reply", "take_over", "release", "resolve", "note", "confirm", "pending"})


@dataclass
class Console:
    desk: Desk
    sessions: Sessions
    settings: Settings
    clock: Clock
    hub: live.Hub
    page: Renderer
    gate: auth.Gate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = auth.Gate(self.sessions)

    # who asks

    def is_https(self, request: web.Request) -> bool:
        return auth.is_https(request, self.settings.web.trusted_proxies)

    async def session(self, request: web.Request) -> auth.Session | None:
        token = request.cookies.get(auth.cookie_name(self.is_https(request)), "")
        return await self.gate.resume(token, self.clock()) if token else None

    def visitor(self, request: web.Request, session: auth.Session | None = None) -> Visitor:
        lang = preferred(request.headers.get("Accept-Language", ""), request.cookies.get(LANGUAGE_COOKIE))
        known = session or request.get(SESSION)
        if known is None:
            return Visitor(lang, self.clock(), path=request.path_qs)
        return Visitor(lang, self.clock(), known.agent, known.form_token, request.path_qs)

    # the list

    async def inbox(self, request: web.Request) -> web.Response:
        values = await self._waiting()
        return self._html(request, "console.html", did=_did(request), **values)

    async def inbox_live(self, request: web.Request) -> web.StreamResponse:
        async def draw() -> str | None:
            if not await self.session(request):
                return None
            return self.page("console_live.html", self.visitor(request), **await self._waiting())

        with self.hub.listen(lambda _: True) as listener:
            return await live.stream(request, self.hub, listener, draw)

    async def _waiting(self) -> dict[str, object]:
        unwell = [health for health in await self.desk.accounts() if health.needs_a_person]
        return {"waiting": await self.desk.waiting(), "stopped": await self.desk.stopped(), "unwell": unwell}

    async def accounts(self, request: web.Request) -> web.Response:
        healths = {health.account: health for health in await self.desk.accounts()}
        accounts = [(account, healths.get(account.account_id)) for account in self.settings.accounts]
        return self._html(request, "accounts.html", accounts=accounts, stopped=await self.desk.stopped())

    # a conversation

    async def conversation(self, request: web.Request) -> web.Response:
        shown = await self._shown(request)
        draft = shown.loaded.conversation.draft
        return await self._conversation_page(request, shown, acts.Form().kept_for(draft), did=_did(request))

    async def conversation_live(self, request: web.Request) -> web.StreamResponse:
        conversation = (await self._shown(request)).loaded.conversation.id
        seen = request.query.get("seen", "")
        seen_version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else 0

        async def draw() -> str | None:
            shown = await self.desk.show(conversation)
            if shown is None or not await self.session(request):
                return None
            moved = shown.loaded.conversation.basis_version > seen_version
            values = self._values(shown) | {"stopped": await self.desk.stopped()}
            return self.page("conversation_live.html", self.visitor(request), moved=moved, **values)

        with self.hub.listen(lambda changed: changed == conversation) as listener:
            return await live.stream(request, self.hub, listener, draw)

    async def act(self, request: web.Request) -> web.Response:
        shown = await self._shown(request)
        conversation = shown.loaded.conversation.id
        visitor = self.visitor(request)
        try:
            form = acts.read(dict(await request.post()))
        except acts.Unreadable:
            raise web.HTTPBadRequest from None
        if form.do == "look":
            return await self._conversation_page(request, shown, form.kept_for(shown.loaded.conversation.draft))
        act = acts.act_of(form, conversation, visitor.agent, self.clock())
        result = ActResult(outcome="refused", code="empty") if act is None else await self.desk.act(act)
        if result.outcome == "refused":
            return await self._refused(request, conversation, form, result)
        did = "pending" if result.outcome == "pending" else form.do.partition("_")[0]
        did = "take_over" if did == "take" else did
        raise web.HTTPSeeOther(f"{conversation_path(conversation)}?did={did}")

    async def _refused(
        self, request: web.Request, conversation: ConversationId, form: acts.Form, result: ActResult
    ) -> web.Response:
        shown = await self.desk.show(conversation)
        if shown is None:
            raise web.HTTPNotFound
        says = coded("refused", result.code, teller(WORDS, self.visitor(request).lang))
        meanwhile = said_since(shown, form.seen_last)
        kept = form.kept_for(shown.loaded.conversation.draft)
        page = await self._conversation_page(request, shown, kept, refused=says, meanwhile=meanwhile)
        page.set_status(409)
        return page

    async def _conversation_page(
        self,
        request: web.Request,
        shown: Shown,
        form: acts.Form,
        *,
        did: str | None = None,
        refused: str | None = None,
        meanwhile: object = (),
    ) -> web.Response:
        draft = shown.loaded.conversation.draft
        waiting = await self.desk.waiting()
        return self._html(
            request,
            "conversation.html",
            form=form,
            draft_digest=acts.digest(draft.text) if draft else "",
            can_reply_privately=self._can_reply_privately(shown.loaded.conversation.id),
            did=did,
            refused=refused,
            meanwhile=meanwhile,
            next_one=_after(shown.loaded.conversation.id, waiting),
            stopped=await self.desk.stopped(),
            moved=False,
            **self._values(shown),
        )

    def _values(self, shown: Shown) -> dict[str, object]:
        conversation = shown.loaded.conversation
        account = self.settings.account(conversation.id.account)
        code = conversation.escalation.reason if conversation.escalation else ""
        return {
            "shown": shown,
            "conversation": conversation,
            "lines": lines(shown),
            "because": reason_of(shown, code),
            "account_name": account.name if account else conversation.id.account.external_id,
        }

    def _can_reply_privately(self, conversation: ConversationId) -> bool:
        connector = CONNECTORS.get(conversation.account.channel)
        account = self.settings.connected.get(conversation.account)
        if not conversation.is_public or connector is None or account is None:
            return False
        return connector.capabilities(account).private_reply

    async def _shown(self, request: web.Request) -> Shown:
        conversation = _conversation_id(request.match_info["id"])
        shown = await self.desk.show(conversation) if conversation else None
        if shown is None:
            raise web.HTTPNotFound
        return shown

    # the switch

    async def stop(self, request: web.Request) -> web.Response:
        await self.desk.stop(self.visitor(request).agent)
        raise web.HTTPSeeOther(PREFIX)

    async def resume(self, request: web.Request) -> web.Response:
        await self.desk.resume(self.visitor(request).agent)
        raise web.HTTPSeeOther(PREFIX)

    # the way in and out

    async def login_page(self, request: web.Request) -> web.Response:
        return self._login(request)

    async def login(self, request: web.Request) -> web.Response:
        fields = await request.post()
        given, password = fields.get("name"), fields.get("password")
        name = auth.agent_name(given) if isinstance(given, str) else None
        if name is None or not isinstance(password, str):
            return self._login(request, problem="name_wrong", status=400)
        source = auth.source_of(request, self.settings.web.trusted_proxies)
        now = self.clock()
        if not await self.gate.verify(password, source, now):
            blocked = self.gate.is_blocked(source, now)
            return self._login(
                request, problem="blocked" if blocked else "wrong", name=name, status=429 if blocked else 403
            )
        response = web.HTTPSeeOther(_back(request, fields.get("back")))
        auth.set_cookie(response, (await self.gate.begin(name, now)).token, self.is_https(request))
        raise response

    async def logout(self, request: web.Request) -> web.Response:
        await self.gate.end(request[SESSION].token)
        response = web.HTTPSeeOther(f"{PREFIX}/login")
        auth.drop_cookie(response, self.is_https(request))
        raise response

    async def language(self, request: web.Request) -> web.Response:
        response = web.HTTPSeeOther(_back(request, request.query.get("back")))
        chosen = preferred("", request.query.get("to"))
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=YEAR_S, path="/", httponly=True, samesite="Lax")
        raise response

    def _login(self, request: web.Request, *, problem: str = "", name: str = "", status: int = 200) -> web.Response:
        exposed = auth.is_exposed(request, self.settings.web.trusted_proxies)
        back = _back(request, request.query.get("back"))
        return self._html(request, "login.html", status, problem=problem, name=name, exposed=exposed, back=back)

    def problem(self, request: web.Request, key: str, status: int) -> web.Response:
        return self._html(request, "error.html", status, key=key)

    def _html(self, request: web.Request, template: str, http_status: int = 200, /, **values: object) -> web.Response:
        body = self.page(template, self.visitor(request), **({"stopped": False} | values))
        return web.Response(text=body, content_type="text/html", status=http_status)


def login_path(back: str) -> str:
    return f"{PREFIX}/login?back={quote(back, safe='/')}"


def _conversation_id(given: str) -> ConversationId | None:
    parts = given.split("/")
    private = len(parts) == 4 and parts[3] == "dm"
    public = len(parts) == 5 and parts[3] == "c"
    return ConversationId(given) if all(parts) and (private or public) else None


def _did(request: web.Request) -> str | None:
    did = request.query.get("did", "")
    return did if did in DID else None


def _back(request: web.Request, given: object) -> str:
    """Where they came from, if that is one of our pages: never another site."""
    if isinstance(given, str) and given.startswith((PREFIX, "/sandbox")) and "\\" not in given and given.isprintable():
        return given
    return PREFIX


def _after(conversation: ConversationId, waiting: list[Waiting]) -> Waiting | None:
    """The next line of the list; from the end, or from outside of it, its first."""
    ids = [line.conversation for line in waiting]
    place = ids.index(conversation) + 1 if conversation in ids else 0
    others = [*waiting[place:], *waiting[:place]]
    return next((line for line in others if line.conversation != conversation), None)
