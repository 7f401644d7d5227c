"""What Aplomb asks of Facebook, and what the answers mean.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/comment/ (checked 2026-11-22)
"""

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
from connectors.facebook.errors import CODES
from connectors.facebook.lookup import find, found
from connectors.meta.errors import read_error
from connectors.meta.graph import delete, get, post
from connectors.wire import Flag, Id, Part, Text, decode

THUMBS_UP = "👍"


def build(what: Action | Query, account: Account) -> Request:
    """Raises `Unsupported` for what the Graph API has no call for."""
    page = account.id.external_id
    match what:
        case SendMessage() | PrivateReply():
            return post(account, (page, "messages"), _message(what))
        case ReplyToComment():
            return post(account, (what.comment_id, "comments"), {"message": what.text})
        case HideComment() | UnhideComment():
            return post(account, (what.comment_id,), {"is_hidden": isinstance(what, HideComment)})
        case DeleteComment():
            return delete(account, (what.comment_id,))
        case Like() if what.conversation.is_public:
            return post(account, (what.external_id, "likes"), {})
        case Like():
            return post(account, (page, "messages"), _thumbs_up(what))
        case FindOwn():
            return find(what.action, account)
        case ProbeToken():
            return get(account, (page,), {"fields": "name"})
        case SendTemplate() | EditOwn() | MarkSeen() | PassThread():
            raise Unsupported(what.kind)
        case RefreshToken() | Subscriptions() | Subscribe() | ListSince():
            raise Unsupported(what.kind)
        case _:
            assert_never(what)


def _message(action: SendMessage | PrivateReply) -> dict[str, object]:
    """`metadata` comes back in the echo, and so tells our words from anybody else's."""
    body: dict[str, object] = {"message": {"text": action.text, "metadata": action.id}, "messaging_type": "RESPONSE"}
    if isinstance(action, PrivateReply):
        return body | {"recipient": {"comment_id": action.comment_id}}
    body["recipient"] = {"id": action.conversation.contact.user}
    if action.tag == "human_agent":
        body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    if action.reply_to:
        body["reply_to"] = {"mid": action.reply_to}
    return body


def _thumbs_up(action: Like) -> dict[str, object]:
    return {
        "recipient": {"id": action.conversation.contact.user},
        "sender_action": "react",
        "payload": {"message_id": action.external_id, "reaction": THUMBS_UP},
    }


class Answer(Part):
    """All that the answers to our calls may hold."""

    id: Id = None
    name: Text = ""
    message_id: Id = None
    recipient_id: Id = None
    success: Flag = False


def interpret(what: Action | Query, response: Response, account: Account) -> Sent | Found | Probed | SendError:
    """Success only in the documented shape: any other answer may hide that it went through."""
    if error := read_error(response, account, CODES):
        return error
    try:
        body = decode(response.body)
    except ValueError:
        return _unreadable(response)
    if isinstance(what, FindOwn):
        return found(what.action, body, account)
    answer = Answer.model_validate(body if isinstance(body, dict) else {"success": body})
    if isinstance(what, ProbeToken):
        return Probed(name=answer.name or account.name) if answer.id else _unreadable(response)
    if isinstance(what, RefreshToken | Subscriptions | Subscribe | ListSince):
        return _unreadable(response)
    return _sent(what, answer, account) or _unreadable(response)


def _sent(action: Action, answer: Answer, account: Account) -> Sent | None:
    match action:
        case SendMessage():
            return Sent(external_id=answer.message_id) if answer.message_id else None
        case PrivateReply():
            recipient = ContactId.of(account.id, answer.recipient_id) if answer.recipient_id else None
            return Sent(external_id=answer.message_id, recipient=recipient) if answer.message_id else None
        case ReplyToComment():
            return Sent(external_id=answer.id) if answer.id else None
        case SendTemplate():
            return None
        case HideComment() | UnhideComment() | DeleteComment() | Like() | EditOwn() | MarkSeen() | PassThread():
            return Sent() if answer.success or answer.recipient_id else None
        case _:
            assert_never(action)


def _unreadable(response: Response) -> SendError:
    return SendError(fault="unknown", code=f"HTTP {response.status}", detail="not an answer that Facebook documents")
