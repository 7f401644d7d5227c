"""What Aplomb asks of Telegram, and what the answers mean.

https://core.telegram.org/bots/api#available-methods (checked 2026-11-22)

`message_thread_id` is never sent: outside forums Telegram refuses or hides what carries it. `parse_mode` neither: a
customer's words quoted back must not become markup.
"""

import json
from collections.abc import Mapping
from typing import assert_never

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
from connectors.base import Account, Found, Probed, Request, Response, SendError, Sent, Unsupported
from connectors.telegram.errors import Envelope, read_error
from connectors.wire import Id, Maybe, Part, Text, decode

THUMBS_UP = "👍"


def build(what: Action | Query, account: Account) -> Request:
    """Raises `Unsupported` for what the Bot API has no method for."""
    match what:
        case SendMessage():
            return _call(account, "sendMessage", _message(what.conversation.contact.user, what.text, what.reply_to))
        case PrivateReply():
            return _call(account, "sendMessage", _message(_person(what.conversation.contact), what.text, None))
        case ReplyToComment():
            chat, _ = _place(what.comment_id)
            return _call(account, "sendMessage", _message(str(chat), what.text, what.comment_id))
        case DeleteComment():
            return _call(account, "deleteMessage", _target(what.comment_id))
        case Like():
            reaction = {"reaction": [{"type": "emoji", "emoji": THUMBS_UP}]}
            return _call(account, "setMessageReaction", _target(what.external_id) | reaction)
        case ProbeToken():
            return _call(account, "getMe", {})
        case SendTemplate() | EditOwn() | MarkSeen() | PassThread():
            raise Unsupported(what.kind)
        case RefreshToken() | Subscriptions() | Subscribe() | ListSince():
            raise Unsupported(what.kind)
        case HideComment() | UnhideComment():
            raise Unsupported("Telegram can delete a comment, not hide it")
        case FindOwn():
            raise Unsupported("a bot can't read what it said before")
        case _:
            assert_never(what)


def _call(account: Account, method: str, body: Mapping[str, object]) -> Request:
    url = f"{account.api_url}/bot{account.secret('token')}/{method}"
    return Request("POST", url, {"content-type": "application/json"}, json.dumps(body, ensure_ascii=False).encode())


def _message(chat: str, text: str, answers: str | None) -> dict[str, object]:
    body: dict[str, object] = {"chat_id": _number(chat), "text": text}
    if answers and (place := _placed(answers)):
        body["reply_parameters"] = {"message_id": place[1], "allow_sending_without_reply": True}
    return body


def _target(external_id: str) -> dict[str, object]:
    chat, message = _place(external_id)
    return {"chat_id": chat, "message_id": message}


def _person(contact: ContactId) -> str:
    """The chat of a comment's author, which has the author's own id. Channels and unknown authors have none."""
    if contact.is_nobody or contact.user.startswith("-"):
        raise Unsupported("only a person has a private chat")
    return contact.user


def _place(external_id: str) -> tuple[int, int]:
    place = _placed(external_id)
    if place is None:
        raise Unsupported(f"{external_id!r} is no message of Telegram's")
    return place


def _placed(external_id: str) -> tuple[int, int] | None:
    """`<chat>:<message>` as numbers; `None` for other ids, such as a pressed button's."""
    chat, _, message = external_id.rpartition(":")
    return (int(chat), int(message)) if _is_number(chat) and _is_number(message) else None


def _number(text: str) -> int | str:
    return int(text) if _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


class Chat(Part):
    id: Id = None


class Result(Part):
    """Of the message that was sent, or of the bot itself."""

    id: Id = None
    first_name: Text = ""
    username: Text = ""
    message_id: Id = None
    chat: Maybe[Chat] = None


def interpret(what: Action | Query, response: Response, account: Account) -> Sent | Found | Probed | SendError:
    """Success only in the documented shape: any other answer may hide that it went through."""
    try:
        body = decode(response.body)
    except ValueError:
        body = None
    found = body if isinstance(body, dict) else {}
    envelope = Envelope.model_validate(found)
    if not envelope.ok:
        return read_error(what, envelope, response, account)
    raw = found.get("result")
    result = Result.model_validate(raw if isinstance(raw, dict) else {})
    return _done(what, result, raw is True, account) or read_error(what, Envelope(), response, account)


def _done(what: Action | Query, result: Result, yes: bool, account: Account) -> Sent | Probed | None:
    match what:
        case SendMessage() | ReplyToComment() | PrivateReply():
            return _sent(what, result, account)
        case ProbeToken():
            return Probed(name=result.username or result.first_name or account.name) if result.id else None
        case _:
            return Sent() if yes else None


def _sent(action: Action, result: Result, account: Account) -> Sent | None:
    chat = result.chat.id if result.chat else None
    if chat is None or result.message_id is None:
        return None
    recipient = ContactId.of(account.id, chat) if isinstance(action, PrivateReply) else None
    return Sent(external_id=f"{chat}:{result.message_id}", recipient=recipient)
