"""Instagram professional accounts: private messages, comments, live comments and mentions.

https://developers.facebook.com/docs/instagram-platform/webhooks (checked 2026-11-27)

An account is connected by one of two logins, which differ in host, token and secret: the setting `login`. How to
connect one: README.md beside this file.
"""

from datetime import datetime, timedelta
from itertools import chain

from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.instagram.calls import CHOICES, build, interpret
from connectors.instagram.comments import read_change
from connectors.instagram.messages import INBOX_APP, read_message
from connectors.meta.callbacks import answer_callback, check_callback, is_callback, read_callback
from connectors.meta.context import Context
from connectors.meta.payloads import Entry
from connectors.meta.webhook import check_signature, greet
from connectors.wire import Items, Maybe, Part, Text, decode

MESSAGE_BYTES = 1000
"""https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message (checked 2026-11-27)"""
COMMENT_CHARACTERS = 2200
"""Of a caption; for comments no page of Meta's names a figure."""
WINDOW = timedelta(hours=24)
PERSON_WINDOW = timedelta(days=7)
PRIVATE_REPLY = timedelta(days=7)
"""https://developers.facebook.com/docs/instagram-platform/private-replies (checked 2026-11-27)"""
REDELIVERY = timedelta(hours=36)
MESSAGES_PER_S = 100
"""Meta's pages say 100 and 300; the smaller."""
PRIVATE_REPLIES_PER_HOUR = 750
TEST_ENTRY = "0"
"""The account that the dashboard's "Test" button pretends to be."""

CAPABILITIES = Capabilities(
    message_limit=MESSAGE_BYTES,
    comment_limit=COMMENT_CHARACTERS,
    text_unit="bytes",
    comment_unit="characters",
    window_s=int(WINDOW.total_seconds()),
    person_window_s=int(PERSON_WINDOW.total_seconds()),
    redelivery_horizon_s=int(REDELIVERY.total_seconds()),
    private_reply=True,
    private_reply_s=int(PRIVATE_REPLY.total_seconds()),
    hide=True,
    react=False,
    react_privately=True,
    edits=True,
    delete_own=True,
    choices=CHOICES,
    seen=True,
    pass_thread=True,
    echoes=True,
    find_own=True,
    rates=(
        RateScope(per="account", count=MESSAGES_PER_S, per_s=1),
        RateScope(per="account", count=PRIVATE_REPLIES_PER_HOUR, per_s=3600, only=("private_reply",)),
    ),
)


class Flat(Part):
    """An entry as Meta's pages on Instagram Login show it: the change stands in it, and not in a list."""

    field: Text = ""
    value: Maybe[dict[str, object]] = None


class Delivery(Part):
    entry: Items = ()


class Instagram:
    channel: str = "instagram"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("app_secret", "the app's dashboard: the Instagram app secret, or with Facebook Login the app's own"),
        SecretSpec("verify_token", "made up by you, and entered beside the callback URL in the app's webhook settings"),
        SecretSpec("token", "the account's long-lived token; with Facebook Login, the linked page's token"),
    )
    api_url: str = "https://graph.instagram.com"

    def capabilities(self, account: Account) -> Capabilities:
        return CAPABILITIES

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        return greet(request, endpoint)

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        if is_callback(request):
            check_callback(request, endpoint, now)
        else:
            check_signature(request, endpoint)

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        if is_callback(request):
            return read_callback(request, endpoint, now)
        try:
            body = decode(request.body)
        except ValueError:
            return [Unhandled(what="malformed", why="no JSON")]
        entries = Delivery.model_validate(body).entry if isinstance(body, dict) else ()
        if not entries:
            return [Unhandled(what="malformed", why="no entries")]
        return list(chain.from_iterable(_entry(raw, endpoint, now) for raw in entries))

    def acknowledge(self, request: Request) -> Response:
        return answer_callback(request)

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        return build(what, account)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, account, now)


def _entry(raw: object, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
    """What happened on one account, in any of the three shapes that Meta's pages show."""
    if not isinstance(raw, dict):
        return [Unhandled(what="malformed", why="an entry that is no object")]
    entry = Entry.model_validate(raw)
    if entry.id == TEST_ENTRY:
        return [Unhandled(what="dashboard_test", why="sent by the test button of the app's dashboard")]
    account = _account(endpoint, entry.id or "")
    if account is None:
        return [Unhandled(what="unknown_account", why="an account that this endpoint is not configured for")]
    context = Context(account, entry.time, now, own=entry.id, inbox_app=INBOX_APP)
    flat = Flat.model_validate(raw)
    changes = (*entry.changes, *([{"field": flat.field, "value": flat.value}] if flat.field else []))
    found = [
        *(read_message(item, context) for item in entry.messaging),
        *(read_message(item, context, standby=True) for item in entry.standby),
        *(read_change(change, context) for change in changes),
    ]
    return found or [Unhandled(what="empty_entry", why="neither messaging, standby nor changes in it")]


def _account(endpoint: Endpoint, entry_id: str) -> Account | None:
    """Deliveries may name the account by another id than calls do: the setting `user_id`."""
    aliased = (account for account in endpoint.accounts if account.settings.get("user_id") == entry_id)
    return endpoint.account(entry_id) or next(aliased, None)


INSTAGRAM = Instagram()
