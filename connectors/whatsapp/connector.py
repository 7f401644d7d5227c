"""WhatsApp numbers on the Cloud API: private messages, and what became of ours.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview (checked 2026-11-27)

An account is a phone number, by its `phone_number_id`. What concerns the whole business account comes under that one's
id: the setting `waba_id`. How to connect a number: README.md beside this file.
"""

from datetime import datetime, timedelta
from itertools import chain

from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import AccountRevoked, Event, Unhandled
from bot.model.ids import EventId
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.meta.context import Context
from connectors.meta.webhook import check_signature, greet
from connectors.whatsapp.calls import CHOICES, build, interpret
from connectors.whatsapp.messages import read_echo, read_message
from connectors.whatsapp.payloads import Change, Delivery, Entry, Value
from connectors.whatsapp.statuses import read_status
from connectors.wire import decode, label

MESSAGE_CHARACTERS = 4096
WINDOW = timedelta(hours=24)
"""For everybody: there is no tag for people. Outside of it, an approved template."""
REDELIVERY = timedelta(days=7)
MESSAGES_PER_S = 80
TO_ONE_PERSON = (45, 270)
"""Messages and seconds: one in six seconds, 45 at once.
https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput (checked 2026-11-27)
"""
REVOKING = frozenset({"PARTNER_REMOVED", "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "PARTNER_APP_UNINSTALLED"})
"""The account is gone, or is no longer shared with the app.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update (checked
2026-11-27)
"""

CAPABILITIES = Capabilities(
    message_limit=MESSAGE_CHARACTERS,
    comment_limit=MESSAGE_CHARACTERS,
    text_unit="characters",
    window_s=int(WINDOW.total_seconds()),
    person_window_s=int(WINDOW.total_seconds()),
    redelivery_horizon_s=int(REDELIVERY.total_seconds()),
    private_reply=False,
    hide=False,
    react=False,
    react_privately=True,
    edits=True,
    choices=CHOICES,
    images=True,
    seen=True,
    templates=True,
    echoes=True,
    find_own=False,
    public=False,
    rates=(
        RateScope(per="account", count=MESSAGES_PER_S, per_s=1),
        RateScope(per="chat", count=TO_ONE_PERSON[0], per_s=TO_ONE_PERSON[1], only=("send_message", "send_template")),
    ),
)
"""`echoes`: the API does not echo our words, but the status `sent` bears what we attached to them."""


class WhatsApp:
    channel: str = "whatsapp"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("app_secret", "developers.facebook.com → the app → App settings → Basic → App secret"),
        SecretSpec("verify_token", "made up by you, and entered beside the callback URL in the app's webhook settings"),
        SecretSpec("token", "a system user's permanent token with whatsapp_business_messaging"),
    )
    api_url: str = "https://graph.facebook.com"

    def capabilities(self, account: Account) -> Capabilities:
        return CAPABILITIES

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        return greet(request, endpoint)

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        check_signature(request, endpoint)

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        try:
            body = decode(request.body)
        except ValueError:
            return [Unhandled(what="malformed", why="no JSON")]
        entries = Delivery.model_validate(body).entry if isinstance(body, dict) else ()
        if not entries:
            return [Unhandled(what="malformed", why="no entries")]
        return list(chain.from_iterable(_entry(raw, endpoint, now) for raw in entries))

    def acknowledge(self, request: Request) -> Response:
        return Response(200)

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        return build(what, account)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, account)


def _entry(raw: object, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
    if not isinstance(raw, dict):
        return [Unhandled(what="malformed", why="an entry that is no object")]
    entry = Entry.model_validate(raw)
    found = list(chain.from_iterable(_change(each, entry, endpoint, now) for each in entry.changes))
    return found or [Unhandled(what="empty_entry", why="no changes in it")]


def _change(raw: object, entry: Entry, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
    change = Change.model_validate(raw if isinstance(raw, dict) else {})
    value = change.value
    if value is None:
        return [Unhandled(what="malformed", why="a change that is no object, or has no value")]
    if change.field == "account_update":
        return _account_update(value, entry, endpoint, now)
    account = endpoint.account((value.metadata.phone_number_id if value.metadata else None) or "")
    if account is None:
        what = "unknown_account" if value.metadata or not endpoint.accounts else label(change.field)
        return [Unhandled(what=what, why="no number that this endpoint is configured for")]
    context = Context(account, entry.time, now)
    match change.field:
        case "messages":
            found = [each for raw in value.messages for each in read_message(raw, value, context)]
            found += [read_status(raw, context) for raw in value.statuses]
            return found or [Unhandled(what="errors" if value.errors else "empty_entry", why="no message in it")]
        case "smb_message_echoes":
            return [read_echo(raw, context) for raw in value.message_echoes] or [Unhandled(what="empty_entry")]
        case "user_preferences":
            why = "about marketing messages, which Aplomb sends none of"
            found = [Unhandled(what="user_preferences", why=why) for _ in value.user_preferences]
            return found or [Unhandled(what="empty_entry")]
        case _:
            return [Unhandled(what=label(change.field))]


def _account_update(value: Value, entry: Entry, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
    """About every number of a business account, where `waba_id` says which those are."""
    named = {entry.id, value.waba_info.waba_id if value.waba_info else None}
    accounts = [account for account in endpoint.accounts if account.settings.get("waba_id", "") in named]
    if value.event not in REVOKING and endpoint.accounts:
        return [Unhandled(what=f"account_update.{label(value.event)}")]
    if not accounts:
        return [Unhandled(what="unknown_account", why="no account of ours has this `waba_id`")]
    return [
        AccountRevoked(
            id=EventId(f"{account.id}/o:{value.event}:{entry.time}"),
            account=account.id,
            occurred_at=Context(account, entry.time, now).at(),
            received_at=now,
            why=value.event,
        )
        for account in accounts
    ]


WHATSAPP = WhatsApp()
