"""What Aplomb asks of Facebook, and what the answers mean.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/comment/ (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps/ (checked 2026-11-22)
"""

from datetime import datetime
from typing import assert_never

from bot.model.action import (
    Action,
    DeleteComment,
    EditOwn,
    FindOwn,
    Gesture,
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
from connectors.base import (
    Account,
    Probed,
    Reading,
    Request,
    Response,
    SendError,
    Sent,
    Subscribed,
    Unsupported,
)
from connectors.facebook.errors import CODES
from connectors.facebook.lists import list_request, listed
from connectors.facebook.lookup import find, found
from connectors.meta.context import PAGE_INBOX_APP
from connectors.meta.errors import read_error, rest_s
from connectors.meta.graph import delete, get, post
from connectors.wire import Flag, Id, Ids, Part, Several, Text, decode

THUMBS_UP = "👍"
CHOICES = 13
CHOICE_CHARACTERS = 20
"""Told by many and by no page of Meta's that could be found; a longer title is cut there as well."""
CARD_CHARACTERS = 80
"""Of a card's title. https://developers.facebook.com/docs/messenger-platform/reference/templates/generic (checked
2026-11-22)
"""
FIELDS = (
    *("feed", "mention", "ratings", "messages", "message_echoes", "message_edits", "message_reactions"),
    *("message_reads", "message_deliveries", "messaging_postbacks", "messaging_handovers", "standby"),
)
"""What a page has to be subscribed to."""


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
        case DeleteComment() if what.conversation.is_public:
            return delete(account, (what.comment_id,))
        case EditOwn():
            return post(account, (what.external_id,), {"message": what.text})
        case Like() if what.conversation.is_public:
            return post(account, (what.external_id, "likes"), {})
        case Like():
            reaction = {"message_id": what.external_id, "reaction": THUMBS_UP}
            return post(account, (page, "messages"), _to(what) | {"sender_action": "react", "payload": reaction})
        case MarkSeen():
            sign = "typing_on" if what.typing else "mark_seen"
            return post(account, (page, "messages"), _to(what) | {"sender_action": sign})
        case PassThread():
            return post(account, (page, "pass_thread_control"), _to(what) | {"target_app_id": PAGE_INBOX_APP})
        case RefreshToken():
            raise Unsupported("a page's token does not expire by itself")
        case DeleteComment() | SendTemplate():
            raise Unsupported(f"Messenger has no {what.kind}")
        case FindOwn():
            return find(what.action, account)
        case ProbeToken():
            return get(account, (page,), {"fields": "name"})
        case Subscriptions():
            return get(account, (page, "subscribed_apps"), {"fields": "id,subscribed_fields"})
        case Subscribe():
            return post(account, (page, "subscribed_apps"), {"subscribed_fields": ",".join(FIELDS)})
        case ListSince():
            return list_request(what, account)
        case _:
            assert_never(what)


def _to(action: Like | MarkSeen | PassThread) -> dict[str, object]:
    return {"recipient": {"id": action.conversation.contact.user}}


def _message(action: SendMessage | PrivateReply) -> dict[str, object]:
    """`metadata` comes back in the echo, and so tells our words from anybody else's."""
    message: dict[str, object] = {"text": action.text, "metadata": action.id}
    body: dict[str, object] = {"message": message, "messaging_type": "RESPONSE"}
    if isinstance(action, PrivateReply):
        return body | {"recipient": {"comment_id": action.comment_id}}
    if action.choices:
        message["quick_replies"] = [_choice(choice) for choice in action.choices[:CHOICES]]
    if action.image_url:
        body["message"] = {"attachment": _picture(action.text, action.image_url), "metadata": action.id}
    body["recipient"] = {"id": action.conversation.contact.user}
    if action.tag == "human_agent":
        body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    if action.reply_to:
        body["reply_to"] = {"mid": action.reply_to}
    return body


def _picture(words: str, url: str) -> dict[str, object]:
    """A message holds words or a picture; in a card they stand together, the words as its title."""
    if len(words) > CARD_CHARACTERS:
        raise Unsupported(f"words beside a picture: at most {CARD_CHARACTERS} characters")
    card = {"title": words, "image_url": url}
    return {"type": "template", "payload": {"template_type": "generic", "elements": [card]}}


def _choice(words: str) -> dict[str, str]:
    return {"content_type": "text", "title": words[:CHOICE_CHARACTERS], "payload": words}


class _App(Part):
    id: Id = None
    subscribed_fields: Ids = ()


class Answer(Part):
    """All that the answers to our calls may hold."""

    id: Id = None
    name: Text = ""
    message_id: Id = None
    recipient_id: Id = None
    success: Flag = False
    data: Several[_App] = ()


def interpret(what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
    """Success only in the documented shape: any other answer may hide that it went through."""
    if error := read_error(response, account, CODES):
        return error
    try:
        body = decode(response.body)
    except ValueError:
        return _unreadable(response)
    reading = _read(what, body, account, now)
    if reading is None:
        return _unreadable(response)
    rest = rest_s(response)
    return reading if rest is None or isinstance(reading, SendError) else reading.model_copy(update={"rest_s": rest})


def _read(what: Action | Query, body: object, account: Account, now: datetime) -> Reading | None:
    """`None`: not an answer that Facebook documents."""
    answer = Answer.model_validate(body if isinstance(body, dict) else {"success": body})
    match what:
        case FindOwn():
            return found(what.action, body, account)
        case ProbeToken():
            return Probed(name=answer.name or account.name) if answer.id else None
        case ListSince():
            return listed(what, body, account, now)
        case Subscriptions():
            return _subscribed(answer, body, account)
        case Subscribe():
            return Subscribed() if answer.success else None
        case RefreshToken():
            return None
        case _:
            return _sent(what, answer, account)


def _subscribed(answer: Answer, body: object, account: Account) -> Subscribed | None:
    """Of several apps, ours is known by the setting `app_id`; without it all fields of all apps count."""
    if not isinstance(body, dict) or "data" not in body:
        return None
    ours = account.settings.get("app_id")
    fields = {field for app in answer.data if ours in (None, app.id) for field in app.subscribed_fields}
    return Subscribed(missing=tuple(field for field in FIELDS if field not in fields))


def _sent(action: Action, answer: Answer, account: Account) -> Sent | None:
    match action:
        case SendMessage():
            return Sent(external_id=answer.message_id) if answer.message_id else None
        case PrivateReply():
            recipient = ContactId.of(account.id, answer.recipient_id) if answer.recipient_id else None
            return Sent(external_id=answer.message_id, recipient=recipient) if answer.message_id else None
        case ReplyToComment():
            return Sent(external_id=answer.id) if answer.id else None
        case _:
            done = answer.success or answer.recipient_id is not None
            return Sent() if done and isinstance(action, Gesture) else None


def _unreadable(response: Response) -> SendError:
    return SendError(fault="unknown", code=f"HTTP {response.status}", detail="not an answer that Facebook documents")
