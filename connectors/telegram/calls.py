"""What Aplomb asks of Telegram.

https://core.telegram.org/bots/api#available-methods (checked 2026-11-22)

`message_thread_id` is never sent: outside forums Telegram refuses or hides what carries it. `parse_mode` neither: a
customer's words quoted back must not become markup.
"""

import json
from collections.abc import Mapping
from typing import assert_never

from telegram.constants import InlineKeyboardButtonLimit, MessageLimit, PollingLimit

from bot.model.action import (
    Action,
    DeleteComment,
    EditOwn,
    FindOwn,
    HideComment,
    Like,
    ListSince,
    MarkSeen,
    PassThread,
    PrivateReply,
    ProbeToken,
    Query,
    RefreshToken,
    ReplyToComment,
    SendMessage,
    SendTemplate,
    Subscribe,
    Subscriptions,
    UnhideComment,
)
from bot.model.ids import ContactId
from bot.model.length import measure
from connectors.base import Account, Request, Unsupported
from connectors.telegram.updates import WANTED

THUMBS_UP = "👍"
CHOICES = 8
"""More buttons than that nobody reads; Telegram itself takes a hundred."""
OFFSET = "offset"
"""What is remembered of polling: the first update that has not been read."""
PRESSED = "pressed:"
"""The `what` of a list that is none: a button that came by polling is acknowledged, as a delivery's answer would."""


def is_polled(account: Account) -> bool:
    """Whether updates are asked for, and not brought."""
    return account.settings.get("receive") == "polling"


def build(what: Action | Query, account: Account) -> Request:
    """Raises `Unsupported` for what the Bot API has no method for."""
    match what:
        case SendMessage():
            return _send(account, what)
        case PrivateReply():
            return _call(account, "sendMessage", _room(_person(what.conversation.contact)) | {"text": what.text})
        case ReplyToComment():
            words = {"text": what.text, **_answering(what.comment_id)}
            return _call(account, "sendMessage", _room(_place(what.comment_id)[0]) | words)
        case EditOwn():
            return _call(account, "editMessageText", _target(what.external_id) | {"text": what.text})
        case DeleteComment():
            return _delete(account, what.comment_id)
        case Like():
            if _place(what.external_id)[0].count("@"):
                raise Unsupported("a bot can't react in the chats of a business account")
            reaction = {"reaction": [{"type": "emoji", "emoji": THUMBS_UP}]}
            return _call(account, "setMessageReaction", _target(what.external_id) | reaction)
        case MarkSeen():
            return _seen(account, what)
        case ProbeToken():
            return _call(account, "getMe", {})
        case Subscriptions():
            return _call(account, "getWebhookInfo", {})
        case Subscribe():
            return _subscribe(account, what.callback_url)
        case ListSince():
            return _updates(account, what)
        case SendTemplate() | PassThread() | RefreshToken():
            raise Unsupported(f"the Bot API has no {what.kind}")
        case HideComment() | UnhideComment():
            raise Unsupported("Telegram can delete a comment, not hide it")
        case FindOwn():
            raise Unsupported("a bot can't read what it said before")
        case _:
            assert_never(what)


def _call(account: Account, method: str, body: Mapping[str, object]) -> Request:
    url = f"{account.api_url}/bot{account.secret('token')}/{method}"
    return Request("POST", url, {"content-type": "application/json"}, json.dumps(body, ensure_ascii=False).encode())


def _send(account: Account, action: SendMessage) -> Request:
    body = _room(action.conversation.contact.user) | _answering(action.reply_to)
    if action.choices:
        rows = [[{"text": choice, "callback_data": _data(choice)}] for choice in action.choices[:CHOICES]]
        body["reply_markup"] = {"inline_keyboard": rows}
    if action.image_url is None:
        return _call(account, "sendMessage", body | {"text": action.text})
    if measure(action.text, "utf16") > MessageLimit.CAPTION_LENGTH:
        raise Unsupported(f"with a picture: at most {MessageLimit.CAPTION_LENGTH} characters")
    return _call(account, "sendPhoto", body | {"photo": action.image_url, "caption": action.text})


def _data(choice: str) -> str:
    return choice.encode()[: InlineKeyboardButtonLimit.MAX_CALLBACK_DATA].decode(errors="ignore")


def _delete(account: Account, external_id: str) -> Request:
    room, message = _place(external_id)
    _, at, connection = room.partition("@")
    if not at:
        return _call(account, "deleteMessage", _target(external_id))
    body = {"business_connection_id": connection, "message_ids": [message]}
    return _call(account, "deleteBusinessMessages", body)


def _seen(account: Account, action: MarkSeen) -> Request:
    if action.typing:
        return _call(account, "sendChatAction", _room(action.conversation.contact.user) | {"action": "typing"})
    if "@" in _place(action.external_id)[0]:
        return _call(account, "readBusinessMessage", _target(action.external_id))
    raise Unsupported("a bot can't mark its own chats as read")


def _subscribe(account: Account, callback_url: str) -> Request:
    if is_polled(account) or not callback_url:
        return _call(account, "deleteWebhook", {})
    body = {"url": callback_url, "secret_token": account.secret("secret_token"), "allowed_updates": WANTED}
    return _call(account, "setWebhook", body)


def _updates(account: Account, query: ListSince) -> Request:
    """Asking from an offset drops what is before it: it has been kept by then."""
    if not is_polled(account):
        raise Unsupported("a bot has no history: what is missed for 24 hours is lost")
    if query.what:
        return _call(account, "answerCallbackQuery", {"callback_query_id": query.what.removeprefix(PRESSED)})
    offset = query.cursor or query.known.get(OFFSET)
    body: dict[str, object] = {"limit": PollingLimit.MAX_LIMIT, "allowed_updates": WANTED}
    return _call(account, "getUpdates", body | ({"offset": int(offset)} if offset else {}))


def _room(room: str) -> dict[str, object]:
    """Whom words are for: a chat, or one of a business account."""
    chat, at, connection = room.partition("@")
    if at and _is_number(chat):
        return {"chat_id": int(chat), "business_connection_id": connection}
    return {"chat_id": int(room) if _is_number(room) else room}


def _answering(external_id: str | None) -> dict[str, object]:
    place = _placed(external_id or "")
    return {"reply_parameters": {"message_id": place[1], "allow_sending_without_reply": True}} if place else {}


def _target(external_id: str) -> dict[str, object]:
    room, message = _place(external_id)
    return _room(room) | {"message_id": message}


def _person(contact: ContactId) -> str:
    """The chat of a comment's author, which has the author's own id. Channels and unknown authors have none."""
    if contact.is_nobody or contact.user.startswith("-"):
        raise Unsupported("only a person has a private chat")
    return contact.user


def _place(external_id: str) -> tuple[str, int]:
    place = _placed(external_id)
    if place is None:
        raise Unsupported(f"{external_id!r} is no message of Telegram's")
    return place


def _placed(external_id: str) -> tuple[str, int] | None:
    """Room and number of a message; `None` for other ids, such as a pressed button's."""
    room, _, message = external_id.rpartition(":")
    return (room, int(message)) if _is_number(room.partition("@")[0]) and _is_number(message) else None


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
