"""A brand's own app, or any system that can sign a POST: private messages, and comments where it has them.

Both directions are signed as Standard Webhooks say.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (checked 2026-11-27)

The fields are ours: README.md beside this file.
"""

from datetime import datetime, timedelta

from bot.errors import NotAuthentic
from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec, Unsupported
from connectors.signing import matches_standard_signature
from connectors.webhook.calls import DELIVERY_KEY, build, interpret
from connectors.webhook.events import read
from connectors.webhook.options import MESSAGE, options
from connectors.webhook.payloads import Item
from connectors.wire import decode

REDELIVERY = timedelta(days=7)
"""How long an app may send the same event again; asked of it in the README."""
NO_LIMIT = timedelta(days=3650)
CHOICES = 10


class Webhook:
    channel: str = "webhook"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("signing_secret", "made up by you; your app signs with it what it sends to Aplomb"),
        SecretSpec(DELIVERY_KEY, "made up by you; Aplomb signs with it what it sends to your app"),
    )
    api_url: str = "https://your-app.invalid"
    """Nobody's: a real account names its address as `settings.url`."""

    def capabilities(self, account: Account) -> Capabilities:
        """What `settings` say that the app can do."""
        said = options(account)
        return Capabilities(
            message_limit=said.message_characters,
            comment_limit=said.comment_characters,
            text_unit="characters",
            window_s=said.window_s,
            person_window_s=None,
            redelivery_horizon_s=int(REDELIVERY.total_seconds()),
            private_reply="private.reply" in said.takes,
            private_reply_s=int(NO_LIMIT.total_seconds()) if "private.reply" in said.takes else 0,
            hide="comment.hide" in said.takes,
            react="like" in said.takes,
            react_privately="like" in said.takes,
            edits=True,
            echoes=False,
            find_own=False,
            rates=(RateScope(per="account", count=said.per_s, per_s=1),),
            private=MESSAGE in said.takes,
            public="comment.reply" in said.takes,
            delete_own="own.delete" in said.takes,
            edit_own="own.edit" in said.takes,
            choices=CHOICES if "choices" in said.takes else 0,
            images="images" in said.takes,
            seen="seen" in said.takes,
            pass_thread="thread.pass" in said.takes,
        )

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        """There is no handshake."""
        return None

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        if not matches_standard_signature(request.headers, request.body, endpoint.secrets("signing_secret"), now):
            raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no signature of ours on a delivery, or an old one")

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        """One item, or a list of them."""
        try:
            body = decode(request.body)
        except ValueError:
            return [Unhandled(what="malformed", why="no JSON")]
        items = body if isinstance(body, list) else [body]
        return [_item(raw, endpoint, now) for raw in items] or [Unhandled(what="malformed", why="an empty list")]

    def acknowledge(self, request: Request) -> Response:
        return Response(200)

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        said = options(account)
        url = said.url if account.api_url == self.api_url else f"{account.api_url}/deliver"
        if url is None:
            raise Unsupported("settings.url is missing: where shall it go?")
        return build(what, account, url, said.takes, now)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, account)


def _item(raw: object, endpoint: Endpoint, now: datetime) -> Event | Unhandled:
    if not isinstance(raw, dict) or not raw:
        return Unhandled(what="malformed", why="an item that is no object, or an empty one")
    item = Item.model_validate(raw)
    only = endpoint.accounts[0] if len(endpoint.accounts) == 1 else None
    account = endpoint.account(item.account) if item.account else only
    if account is None:
        why = "an account that this endpoint is not configured for" if item.account else "it does not say which account"
        return Unhandled(what="unknown_account", why=why)
    return read(item, account, now)


WEBHOOK = Webhook()
