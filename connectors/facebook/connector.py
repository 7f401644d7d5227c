"""Facebook pages: Messenger in private, comments, mentions and reviews in public.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started (checked 2026-11-22)

One endpoint serves the pages of one Meta app. How to connect a page: README.md beside this file.
"""

from datetime import datetime, timedelta
from itertools import chain

from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.facebook.calls import CHOICES, build, interpret
from connectors.facebook.feed import read_change
from connectors.meta.callbacks import answer_callback, check_callback, is_callback, read_callback
from connectors.meta.context import Context
from connectors.meta.messaging import read_item
from connectors.meta.payloads import Entry
from connectors.meta.webhook import check_signature, greet
from connectors.wire import Items, Part, decode

MESSAGE_CHARACTERS = 2000
"""Told by many and by no page of Meta's that could be found; a longer message is refused whole."""
COMMENT_CHARACTERS = 2000
"""Undocumented, and surely more: the cautious figure. The setting `comment_limit`."""
WINDOW = timedelta(hours=24)
"""https://developers.facebook.com/documentation/business-messaging/messenger-platform/policy (checked 2026-11-22)"""
PERSON_WINDOW = timedelta(days=7)
"""With the tag HUMAN_AGENT, which Meta grants to an app on review. Same page."""
PRIVATE_REPLY = timedelta(days=7)
"""https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/private-replies
(checked 2026-11-22)
"""
REDELIVERY = timedelta(hours=36)
"""https://developers.facebook.com/docs/graph-api/webhooks/getting-started (checked 2026-11-22)"""
MESSAGES_PER_S = 40
"""Above it the page's inbox stops showing and sending; the limit of the call itself is 300.
https://developers.facebook.com/documentation/business-messaging/messenger-platform/overview/rate-limiting
(checked 2026-11-22)
"""
PRIVATE_REPLIES_PER_HOUR = 750
"""Same page."""
TEST_ENTRY = "0"
"""The page that the dashboard's "Test" button pretends to be."""

CAPABILITIES = Capabilities(
    message_limit=MESSAGE_CHARACTERS,
    comment_limit=COMMENT_CHARACTERS,
    text_unit="characters",
    window_s=int(WINDOW.total_seconds()),
    person_window_s=int(PERSON_WINDOW.total_seconds()),
    redelivery_horizon_s=int(REDELIVERY.total_seconds()),
    private_reply=True,
    private_reply_s=int(PRIVATE_REPLY.total_seconds()),
    hide=True,
    react=True,
    react_privately=True,
    delete_own=True,
    edit_own=True,
    choices=CHOICES,
    images=True,
    seen=True,
    pass_thread=True,
    edits=True,
    echoes=True,
    find_own=True,
    rates=(
        RateScope(per="account", count=MESSAGES_PER_S, per_s=1),
        RateScope(per="account", count=PRIVATE_REPLIES_PER_HOUR, per_s=3600, only=("private_reply",)),
    ),
)


class Delivery(Part):
    entry: Items = ()


class Facebook:
    channel: str = "facebook"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("app_secret", "developers.facebook.com → the app → App settings → Basic → App secret"),
        SecretSpec("verify_token", "made up by you, and entered beside the callback URL in the app's webhook settings"),
        SecretSpec("token", "the page's own access token, from GET /me/accounts with a long-lived user token"),
    )
    api_url: str = "https://graph.facebook.com"

    def capabilities(self, account: Account) -> Capabilities:
        limit = account.figure("comment_limit", COMMENT_CHARACTERS)
        return CAPABILITIES.model_copy(update={"comment_limit": limit})

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        return greet(request, endpoint)

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        if is_callback(request):
            check_callback(request, endpoint, now)
        else:
            check_signature(request, endpoint)

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        """All items of all entries: Meta sends up to 1,000 in one body, of several pages."""
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
    """What happened on one page. The list that is there tells its kind; `object` does not."""
    if not isinstance(raw, dict):
        return [Unhandled(what="malformed", why="an entry that is no object")]
    entry = Entry.model_validate(raw)
    if entry.id == TEST_ENTRY:
        return [Unhandled(what="dashboard_test", why="sent by the test button of the app's dashboard")]
    account = endpoint.account(entry.id or "")
    if account is None:
        return [Unhandled(what="unknown_account", why="a page that this endpoint is not configured for")]
    context = Context(account, entry.time, now)
    found = [
        *(read_item(item, context) for item in entry.messaging),
        *(read_item(item, context, standby=True) for item in entry.standby),
        *(read_change(change, context) for change in entry.changes),
    ]
    return found or [Unhandled(what="empty_entry", why="neither messaging, standby nor changes in it")]


FACEBOOK = Facebook()
