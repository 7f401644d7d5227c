"""What Telegram's answers mean.

https://core.telegram.org/bots/api#making-requests (checked 2026-11-22)
"""

from datetime import datetime, timedelta
from typing import Final

from bot.model.action import (
    Action,
    EditOwn,
    ListSince,
    PrivateReply,
    ProbeToken,
    Query,
    ReplyToComment,
    SendMessage,
    Subscribe,
    Subscriptions,
)
from bot.model.event import Event, Unhandled
from bot.model.ids import ContactId
from connectors.base import Account, Listed, Probed, Reading, Response, Sent, Subscribed
from connectors.telegram.calls import OFFSET, PRESSED, is_polled
from connectors.telegram.context import Context
from connectors.telegram.errors import BAD_REQUEST, DETAIL_CHARACTERS, NOT_MODIFIED, Envelope, read_error
from connectors.telegram.payloads import MALFORMED, pressed_button, room, update_of
from connectors.telegram.updates import WANTED, read
from connectors.wire import Id, Maybe, Part, Text, Whole, decode, moment

FRESH: Final = timedelta(minutes=10)
"""Telegram goes on showing its last failure long after deliveries arrive again."""


class Chat(Part):
    id: Id = None


class Result(Part):
    """Of the message that was sent, of the bot itself, or of its webhook."""

    id: Id = None
    first_name: Text = ""
    username: Text = ""
    message_id: Id = None
    chat: Maybe[Chat] = None
    business_connection_id: Id = None
    url: str | None = None
    allowed_updates: tuple[str, ...] | None = None
    pending_update_count: Whole = None
    last_error_date: Whole = None
    last_error_message: Text = ""


def interpret(what: Action | Query, response: Response, context: Context) -> Reading:
    """Success only in the documented shape: any other answer may hide that it went through."""
    try:
        body = decode(response.body)
    except ValueError:
        body = None
    found = body if isinstance(body, dict) else {}
    envelope = Envelope.model_validate(found)
    if not envelope.ok:
        if isinstance(what, EditOwn) and NOT_MODIFIED in envelope.description:
            return Sent()
        if isinstance(what, ListSince) and what.what and envelope.error_code == BAD_REQUEST:
            return Listed()
        return read_error(what, envelope, response, context.account)
    done = _done(what, found.get("result"), context)
    return done or read_error(what, Envelope(), response, context.account)


def _done(what: Action | Query, raw: object, context: Context) -> Reading | None:
    try:
        result = Result.model_validate(raw if isinstance(raw, dict) else {})
    except ValueError:
        return None
    match what:
        case SendMessage() | ReplyToComment() | PrivateReply():
            return _sent(what, result, context.account)
        case EditOwn():
            return Sent() if raw is True or result.message_id else None
        case ProbeToken():
            name = result.username or result.first_name or context.account.name
            return Probed(name=name) if result.id else None
        case Subscriptions():
            return None if result.url is None else Subscribed(missing=_missing(what, result, context))
        case Subscribe():
            return Subscribed() if raw is True else None
        case ListSince() if what.what:
            return Listed() if raw is True else None
        case ListSince():
            return _listed(what, raw, context) if isinstance(raw, list) else None
        case _:
            return Sent() if raw is True else None


def _sent(action: Action, result: Result, account: Account) -> Sent | None:
    chat = result.chat.id if result.chat else None
    if chat is None or result.message_id is None:
        return None
    recipient = ContactId.of(account.id, chat) if isinstance(action, PrivateReply) else None
    where = room(int(chat), result.business_connection_id)
    return Sent(external_id=f"{where}:{result.message_id}", recipient=recipient)


def _missing(query: Subscriptions, result: Result, context: Context) -> tuple[str, ...]:
    """Without a list Telegram brings all but reactions, of what we want. What waits since a failure is missing too."""
    if is_polled(context.account):
        return ("a webhook is set, so nothing can be asked for",) if result.url else ()
    if result.url != query.callback_url:
        return ("webhook",)
    allowed = result.allowed_updates or tuple(kind for kind in WANTED if kind != "message_reaction")
    waiting = _failing(result, context.now)
    return (*waiting, *(kind for kind in WANTED if kind not in allowed))


def _failing(result: Result, now: datetime) -> tuple[str, ...]:
    failed = moment(result.last_error_date)
    if not result.pending_update_count or failed is None or now - failed > FRESH:
        return ()
    return (f"{result.pending_update_count} updates wait: {result.last_error_message[:DETAIL_CHARACTERS]}",)


def _listed(query: ListSince, raw: list[object], context: Context) -> Listed:
    """What can't be read is passed over like the rest, or it would be asked for without end."""
    found: list[Event | Unhandled] = []
    for each in raw:
        try:
            update, names = update_of(each)
            found += read(update, names, context.of(int(update.update_id)))
        except MALFORMED as error:
            found.append(Unhandled(what="malformed", why=type(error).__name__))
    ids = [each["update_id"] for each in raw if isinstance(each, dict) and isinstance(each.get("update_id"), int)]
    if not ids:
        return Listed(found=tuple(found))
    after = str(max(ids) + 1)
    pressed = [query.model_copy(update={"what": f"{PRESSED}{each}"}) for each in map(pressed_button, raw) if each]
    more = (*pressed, query.model_copy(update={"cursor": after}))
    return Listed(found=tuple(found), more=more, remember={OFFSET: after})
