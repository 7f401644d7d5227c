"""What Aplomb asks of Instagram, and what the answers mean.

https://developers.facebook.com/docs/instagram-platform/comment-moderation
https://developers.facebook.com/docs/instagram-platform/private-replies
https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token (checked 2026-11-27)
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never
from urllib.parse import urlencode

from pydantic import SecretStr

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
    Refreshed,
    Request,
    Response,
    SendError,
    Sent,
    Subscribed,
    Unsupported,
)
from connectors.instagram.errors import CODES
from connectors.instagram.lists import find, found, list_request, listed
from connectors.instagram.messages import INBOX_APP
from connectors.meta.errors import read_error, rest_s
from connectors.meta.graph import delete, get, post
from connectors.wire import Flag, Id, Ids, Part, Several, Text, Whole, decode

INSTAGRAM_HOST = "https://graph.instagram.com"
FACEBOOK_HOST = "https://graph.facebook.com"
CHOICES = 13
CHOICE_CHARACTERS = 20
"""Undocumented for Instagram; those of Messenger."""
FIELDS = (
    *("comments", "live_comments", "messages", "message_edit", "message_reactions"),
    *("messaging_postbacks", "messaging_seen", "messaging_handover", "standby"),
)
PAGE_FIELDS = ("messages", "messaging_postbacks", "message_reactions")
"""With Facebook Login the linked page is subscribed, which takes none of Instagram's own names; `comments` and
`mentions` are then ticked in the app's dashboard alone.
"""


def by_facebook(account: Account) -> bool:
    """Whether the account was connected with Facebook Login for Business."""
    return account.settings.get("login") == "facebook"


def build(what: Action | Query, configured: Account) -> Request:
    """Raises `Unsupported` for what Instagram has no call for."""
    account = _on_its_host(configured)
    own = account.id.external_id
    match what:
        case SendMessage() | PrivateReply():
            return post(account, (own, "messages"), _message(what))
        case ReplyToComment():
            return post(account, (what.conversation.root or what.comment_id, "replies"), {"message": what.text})
        case HideComment() | UnhideComment():
            hide = "true" if isinstance(what, HideComment) else "false"
            return post(account, (what.comment_id,), {}, {"hide": hide})
        case DeleteComment():
            return delete(account, (what.comment_id,))
        case Like() if not what.conversation.is_public:
            reaction = {"message_id": what.external_id, "reaction": "love"}
            return post(account, (own, "messages"), _to(what) | {"sender_action": "react", "payload": reaction})
        case MarkSeen():
            sign = "typing_on" if what.typing else "mark_seen"
            return post(account, (own, "messages"), _to(what) | {"sender_action": sign})
        case PassThread():
            return post(account, (own, "pass_thread_control"), _to(what) | {"target_app_id": INBOX_APP})
        case Like() | EditOwn() | SendTemplate():
            raise Unsupported(f"Instagram has no call for {what.kind} here")
        case FindOwn():
            return find(what.action, account)
        case ProbeToken():
            return get(account, ("me",) if not by_facebook(account) else (own,), {"fields": "id,username"})
        case RefreshToken():
            return _refresh(account)
        case Subscriptions():
            return get(account, (_subscribed(account), "subscribed_apps"), {})
        case Subscribe():
            return post(account, (_subscribed(account), "subscribed_apps"), {}, {"subscribed_fields": _fields(account)})
        case ListSince():
            return list_request(what, account)
        case _:
            assert_never(what)


def _on_its_host(account: Account) -> Account:
    moved = by_facebook(account) and account.api_url == INSTAGRAM_HOST
    return replace(account, api_url=FACEBOOK_HOST) if moved else account


def _to(action: Like | MarkSeen | PassThread) -> dict[str, object]:
    return {"recipient": {"id": action.conversation.contact.user}}


def _message(action: SendMessage | PrivateReply) -> dict[str, object]:
    message: dict[str, object] = {"text": action.text}
    if isinstance(action, PrivateReply):
        return {"recipient": {"comment_id": action.comment_id}, "message": message}
    if action.image_url:
        raise Unsupported("Instagram sends words or a picture, not both")
    body: dict[str, object] = {"recipient": {"id": action.conversation.contact.user}, "message": message}
    if action.choices:
        message["quick_replies"] = [
            {"content_type": "text", "title": choice[:CHOICE_CHARACTERS], "payload": choice}
            for choice in action.choices[:CHOICES]
        ]
    if action.tag == "human_agent":
        body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    if action.reply_to:
        body["reply_to"] = {"mid": action.reply_to}
    return body


def _refresh(account: Account) -> Request:
    """The token stands in the query, as Instagram wants it."""
    if by_facebook(account):
        raise Unsupported("a page's token does not expire by itself")
    query = {"grant_type": "ig_refresh_token", "access_token": account.secret("token")}
    return Request("GET", f"{account.api_url}/refresh_access_token?{urlencode(query)}")


def _subscribed(account: Account) -> str:
    """What is subscribed: the account, or with Facebook Login its page (the setting `page_id`)."""
    page = account.settings.get("page_id", "")
    if by_facebook(account) and not page:
        raise Unsupported("with Facebook Login the page is subscribed: set `page_id`")
    return page if by_facebook(account) else account.id.external_id


def _fields(account: Account) -> str:
    return ",".join(_wanted(account))


def _wanted(account: Account) -> tuple[str, ...]:
    return PAGE_FIELDS if by_facebook(account) else FIELDS


class _App(Part):
    subscribed_fields: Ids = ()


class Answer(Part):
    """All that the answers to our calls may hold."""

    id: Id = None
    user_id: Id = None
    username: Text = ""
    message_id: Id = None
    recipient_id: Id = None
    success: Flag = False
    access_token: Text = ""
    expires_in: Whole = None
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
    """`None`: not an answer that Instagram documents."""
    answer = Answer.model_validate(body if isinstance(body, dict) else {"success": body})
    match what:
        case FindOwn():
            return found(what.action, body, account)
        case ListSince():
            return listed(what, body, account, now)
        case ProbeToken():
            return Probed(name=answer.username or account.name) if answer.id or answer.user_id else None
        case RefreshToken():
            if not answer.access_token:
                return None
            ends = now + timedelta(seconds=answer.expires_in) if answer.expires_in else None
            return Refreshed(secrets={"token": SecretStr(answer.access_token)}, expires_at=ends)
        case Subscriptions():
            if not isinstance(body, dict) or "data" not in body:
                return None
            fields = {field for app in answer.data for field in app.subscribed_fields}
            return Subscribed(missing=tuple(field for field in _wanted(account) if field not in fields))
        case Subscribe():
            return Subscribed() if answer.success else None
        case _:
            return _sent(what, answer, account)


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
    return SendError(fault="unknown", code=f"HTTP {response.status}", detail="not an answer that Instagram documents")
