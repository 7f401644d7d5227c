"""A small chat on the brand's own web pages: the visitor's browser writes, our own web role delivers.

The visitor proves who they are with the session that `bot/web/webchat.py` gave them. What Aplomb says goes the way of
the signed webhook, to that same web role. One endpoint is one chat, and has one account.
"""

from datetime import datetime, timedelta

from bot.errors import NotAuthentic
from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.webchat.payloads import ERASURE, MESSAGE, READ, Said, said_in
from connectors.webchat.session import HEADER, visitor_of
from connectors.webhook.calls import DELIVERY_KEY, build, interpret
from connectors.webhook.events import read
from connectors.webhook.payloads import Item

SESSION_KEY = "session_key"
CHARACTERS = 2000
"""Ours: what reads well in a small window."""
CHOICES = 5
REDELIVERY = timedelta(days=1)
"""How long a page that lost its connection may send the same words again."""
PER_S = 100
TAKES = frozenset({"message.send", "seen", "choices"})

CAPABILITIES = Capabilities(
    message_limit=CHARACTERS,
    comment_limit=CHARACTERS,
    text_unit="characters",
    window_s=None,
    person_window_s=None,
    redelivery_horizon_s=int(REDELIVERY.total_seconds()),
    private_reply=False,
    hide=False,
    react=False,
    edits=False,
    echoes=False,
    find_own=False,
    rates=(RateScope(per="account", count=PER_S, per_s=1),),
    public=False,
    choices=CHOICES,
    seen=True,
)


class Webchat:
    channel: str = "webchat"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec(SESSION_KEY, "made up by you; with another one all visitors become new ones"),
        SecretSpec(DELIVERY_KEY, "made up by you; Aplomb's sender signs with it for Aplomb's web role"),
    )
    api_url: str = "http://127.0.0.1:8080"
    """Our own web role, where it stands by default; `api_url` of the account names another."""

    def capabilities(self, account: Account) -> Capabilities:
        return CAPABILITIES

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        """There is no handshake."""
        return None

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        """The session, and that the body speaks for nobody else."""
        visitor = visitor_of(request.headers.get(HEADER, ""), endpoint.secrets(SESSION_KEY), now)
        said = said_in(request.body)
        if visitor is None or (said and said.visitor not in (None, visitor)):
            raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: not from a visitor with a session of ours")

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        """The one item of a delivery."""
        said = said_in(request.body)
        if said is None:
            return [Unhandled(what="malformed", why="no JSON object")]
        if not endpoint.accounts:
            return [Unhandled(what="unknown_account", why="no account is configured for this endpoint")]
        return [_event(said, endpoint.accounts[0], now)]

    def acknowledge(self, request: Request) -> Response:
        return Response(200)

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        return build(what, account, f"{account.api_url}/webchat/deliver", TAKES, now)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, account)


def _event(said: Said, account: Account, now: datetime) -> Event | Unhandled:
    """As the brand's own app would say it, at the time when it came here."""
    if said.type not in (MESSAGE, READ, ERASURE):
        return Unhandled(what="unknown_type", why="nothing that a widget sends")
    if not said.visitor or not said.has_id:
        return Unhandled(what=said.type, why="without visitor, or without an id of 1 to 64 letters and digits")
    item = {
        "type": said.type,
        "id": f"{said.visitor}:{said.id}",
        "user": {"id": said.visitor},
        "message_id": said.id,
        "text": said.text,
    }
    return read(Item.model_validate(item), account, now)


WEBCHAT = Webchat()
