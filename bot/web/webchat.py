"""The chat on the brand's own pages: our side of the widget.

The widget lives in a frame of ours, so that all its requests come from our own origin: no CORS, no cookie, and the
visitor's session only ever travels in a header. Its stream is read with `fetch` and not with `EventSource`, which can
send no header and would put the session into addresses, and so into logs.
"""

import re
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.config import Settings
from bot.console.auth import from_our_own_page, source_of
from bot.errors import StoreUnavailable
from bot.model.ids import ContactId
from bot.store import Store
from bot.store.webchat import Letter, Mailboxes
from bot.web.webchat_stream import Listeners, Streams
from connectors.base import Account, Endpoint
from connectors.signing import matches_standard_signature
from connectors.webchat.connector import SESSION_KEY
from connectors.webchat.payloads import ERASURE, MESSAGE, Said, said_in
from connectors.webchat.session import HEADER, token, visitor_of
from connectors.webhook.calls import DELIVERY_KEY, PING
from connectors.wire import Flag, Id, Ids, Maybe, Part, Text, decode

CHANNEL = "webchat"
DOOR = f"/webhooks/{CHANNEL}/"
STATIC = Path(__file__).parent / "static" / "webchat"
FILES = {"widget.js": "text/javascript", "frame.js": "text/javascript", "frame.css": "text/css"}
LONGEST_TEXT = 16_000
"""Characters that a visitor sends at once: far more than the widget lets them write."""
MINUTE_S, HOUR_S = 60, 3600
WORDS_A_MINUTE = 20
"""Of one visitor."""
WORDS_A_MINUTE_FROM_AN_ADDRESS = 120
"""A whole office may share one."""
SESSIONS_AN_HOUR = 30
"""For one address."""
NO_SNIFF = {"X-Content-Type-Options": "nosniff"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors"
)
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")

Clock = Callable[[], datetime]


class Somebody(Part):
    id: Id = None


class Told(Part):
    """What Aplomb's sender delivers: the form of connectors/webhook/README.md."""

    type: Text = ""
    account: Id = None
    by: Text = ""
    user: Maybe[Somebody] = None
    text: Text = ""
    choices: Ids = ()
    message_id: Id = None
    typing: Flag = False


def add_webchat(app: web.Application, store: Store, settings: Settings, clock: Clock) -> None:
    """Mounts `/webchat/…`, and stands before `/webhooks/webchat/…`."""
    chat = Webchat(Mailboxes(store.connection), settings, clock)
    app.middlewares.append(chat.guarded)
    app.router.add_post(f"/{CHANNEL}/deliver", chat.deliver)
    app.router.add_post(f"/{CHANNEL}/{{endpoint}}/session", chat.session)
    app.router.add_get(f"/{CHANNEL}/{{endpoint}}/stream", chat.stream)
    app.router.add_get(f"/{CHANNEL}/{{endpoint}}/frame", chat.frame)
    app.router.add_get(f"/{CHANNEL}/{{endpoint}}/{{file}}", chat.file)
    app.cleanup_ctx.append(chat.lifetime)
    app.on_shutdown.append(chat.close)


class Webchat:
    def __init__(self, mailboxes: Mailboxes, settings: Settings, clock: Clock) -> None:
        self._mailboxes, self._settings, self._clock = mailboxes, settings, clock
        self._listeners = Listeners(mailboxes)
        self._streams = Streams(mailboxes, self._listeners)
        self._page = (STATIC / "frame.html").read_text(encoding="utf-8")
        self._files = {name: (STATIC / name).read_bytes() for name in FILES}

    async def lifetime(self, app: web.Application) -> AsyncIterator[None]:
        """For `cleanup_ctx`."""
        async with self._listeners.listening():
            yield

    async def close(self, app: web.Application) -> None:
        """For `on_shutdown`."""
        self._listeners.close()

    # what the page loads

    async def file(self, request: web.Request) -> web.Response:
        self._endpoint(request)
        name = request.match_info["file"]
        if name not in self._files:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin", **NO_SNIFF}
        return web.Response(body=self._files[name], content_type=FILES[name], charset="utf-8", headers=headers)

    async def frame(self, request: web.Request) -> web.Response:
        account = self._endpoint(request).accounts[0]
        headers = {
            "Content-Security-Policy": f"{POLICY} {' '.join(origins(account))}",
            "Cache-Control": "no-cache",
            "Referrer-Policy": "no-referrer",
            **NO_SNIFF,
        }
        page = self._page.replace("{name}", escape(account.name, quote=True))
        return web.Response(text=page, content_type="text/html", headers=headers)

    # the visitor

    async def session(self, request: web.Request) -> web.Response:
        """A new visitor. Asked for when the first words are written, not before."""
        account = self._endpoint(request).accounts[0]
        if not from_our_own_page(request):
            raise web.HTTPForbidden(text="not from the widget")
        try:
            if not await self._mailboxes.allows("sessions", self._source(request), SESSIONS_AN_HOUR, HOUR_S):
                raise web.HTTPTooManyRequests(headers={"Retry-After": str(HOUR_S)})
            visitor = secrets.token_urlsafe(16)
            await self._mailboxes.open(ContactId.of(account.id, visitor))
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None
        issued = token(account.secret(SESSION_KEY), visitor, self._clock())
        return web.json_response({"visitor": visitor, "token": issued}, headers={"Cache-Control": "no-store"})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        return await self._streams.serve(request, self._visitor(request, self._endpoint(request)))

    @web.middleware
    async def guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keeps too many words out, and the others for the visitor's own window, once the door has taken them.

        The mailbox is open before that: the answer may be quicker than the way back.
        """
        if not request.path.startswith(DOOR):
            return await handler(request)
        endpoint = self._settings.endpoints.get((CHANNEL, request.path.removeprefix(DOOR)))
        if endpoint is None:
            return await handler(request)
        try:
            contact = self._visitor(request, endpoint)
        except web.HTTPUnauthorized:
            return await handler(request)
        try:
            if not await self._may_write(request, contact):
                raise web.HTTPTooManyRequests(headers={"Retry-After": str(MINUTE_S)})
            said = said_in(await request.read())
            if said and len(said.text) > LONGEST_TEXT:
                raise web.HTTPRequestEntityTooLarge(LONGEST_TEXT, len(said.text))
            await self._mailboxes.open(contact)
            answer = await handler(request)
            if answer.status == 200 and said and said.visitor == contact.user and said.has_id:
                await self._note(contact, said)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None
        return answer

    async def _may_write(self, request: web.Request, contact: ContactId) -> bool:
        """In a rehearsal always: simulated visitors write faster than people, and all from one address."""
        if self._settings.simulated:
            return True
        source = self._source(request)
        return await self._mailboxes.allows(
            "visitor", contact, WORDS_A_MINUTE, MINUTE_S
        ) and await self._mailboxes.allows("address", source, WORDS_A_MINUTE_FROM_AN_ADDRESS, MINUTE_S)

    async def _note(self, contact: ContactId, said: Said) -> None:
        if said.type == MESSAGE:
            letter = Letter(id=str(said.id), by="visitor", text=said.text)
            await self._mailboxes.put(contact, letter, self._now_ms())
            await self._mailboxes.tell(contact, "words")
        elif said.type == ERASURE:
            await self._mailboxes.erase(contact)
            await self._mailboxes.tell(contact, "gone")

    # Aplomb's sender

    async def deliver(self, request: web.Request) -> web.Response:
        body = await request.read()
        told = _told(body)
        account = self._account(told.account)
        headers = {name.lower(): value for name, value in request.headers.items()}
        keys = account.secrets.get(DELIVERY_KEY, ()) if account else ()
        if account is None or not matches_standard_signature(headers, body, keys, self._clock()):
            return refusal(401, "not_authentic", "no signature of ours")
        try:
            return await self._take(told, account, headers["webhook-id"])
        except StoreUnavailable:
            return refusal(503, "try_again", "the store does not answer")

    async def _take(self, told: Told, account: Account, id_: str) -> web.Response:
        """An unanswered `put` may have happened, and may be repeated under the same id: it is there once."""
        if told.type == PING:
            return web.json_response({"id": id_})
        visitor = told.user.id if told.user else None
        if visitor is None or told.type not in ("message.send", "seen"):
            return refusal(422, "refused", "no such type, or nobody named")
        contact = ContactId.of(account.id, visitor)
        if not await self._mailboxes.is_open(contact):
            return refusal(410, "user_gone", "erased, or away for too long")
        if told.type == "seen":
            await self._mailboxes.tell(contact, "typing" if told.typing else "seen")
            return web.json_response({"id": told.message_id or id_})
        by: Literal["bot", "person"] = "person" if told.by == "person" else "bot"
        letter = Letter(id=id_, by=by, text=told.text, choices=told.choices)
        await self._mailboxes.put(contact, letter, self._now_ms())
        await self._mailboxes.tell(contact, "words")
        return web.json_response({"id": id_})

    # what all need

    def _endpoint(self, request: web.Request) -> Endpoint:
        found = self._settings.endpoints.get((CHANNEL, request.match_info["endpoint"]))
        if found is None:
            raise web.HTTPNotFound
        return found

    def _account(self, external_id: str | None) -> Account | None:
        mine = (account for account in self._settings.connected.values() if account.id.channel == CHANNEL)
        return next((account for account in mine if account.id.external_id == external_id), None)

    def _visitor(self, request: web.Request, endpoint: Endpoint) -> ContactId:
        visitor = visitor_of(request.headers.get(HEADER, ""), endpoint.secrets(SESSION_KEY), self._clock())
        if visitor is None:
            raise web.HTTPUnauthorized
        return ContactId.of(endpoint.accounts[0].id, visitor)

    def _source(self, request: web.Request) -> str:
        """Stands for the address, which is not kept."""
        return sha256(source_of(request, self._settings.web.trusted_proxies).encode()).hexdigest()[:16]

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1000)


def origins(account: Account) -> list[str]:
    """Whose pages may embed the widget; none named: only our own. What is no origin is left out."""
    named = [each for each in account.settings.get("origins", "").split() if _ORIGIN.fullmatch(each)]
    return named or ["'self'"]


def refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def _told(body: bytes) -> Told:
    try:
        found = decode(body)
    except ValueError:
        found = None
    return Told.model_validate(found if isinstance(found, dict) else {})
