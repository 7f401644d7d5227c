"""What Aplomb asks of TikTok.

https://business-api.tiktok.com/portal/docs (seen through the research notes of 2026-08-24; checked 2026-11-27)

A call has no idempotency key: after a lost answer the account's own words are looked for.
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
from connectors.base import Account, Request, Unsupported
from connectors.tiktok.lists import find, list_request
from connectors.tiktok.payloads import split
from connectors.tiktok.requests import get, post

WATCHED = "COMMENT"
"""The kind of event whose webhook is looked after, unless the setting `event_type` names another."""


def build(what: Action | Query, account: Account) -> Request:
    """Raises `Unsupported` for what TikTok has no call for."""
    match what:
        case SendMessage():
            return _send(account, what)
        case MarkSeen():
            body = {"message_type": "SENDER_ACTION", "sender_action": "TYPING" if what.typing else "MARK_READ"}
            return _to(account, what, body)
        case ReplyToComment():
            return post(account, "business/comment/reply/create", _comment(account, what.comment_id, text=what.text))
        case HideComment():
            return post(account, "business/comment/hide", _comment(account, what.comment_id, action="HIDE"))
        case UnhideComment():
            return post(account, "business/comment/hide", _comment(account, what.comment_id, action="UNHIDE"))
        case DeleteComment():
            body = {"business_id": account.id.external_id, "comment_id": split(what.comment_id)[1]}
            return post(account, "business/comment/delete", body)
        case Like() if what.conversation.is_public:
            return post(account, "business/comment/like", _comment(account, what.external_id, action="LIKE"))
        case FindOwn():
            return find(what.action, account)
        case ListSince():
            return list_request(what, account)
        case ProbeToken():
            query = {"business_id": account.id.external_id, "fields": '["display_name","username"]'}
            return get(account, "business/get", query)
        case RefreshToken():
            return _refresh(account)
        case Subscriptions():
            return get(account, "business/webhook/list", _app(account) | {"event_type": _event_type(account)})
        case Subscribe():
            body = _app(account) | {"event_type": _event_type(account), "callback_url": what.callback_url}
            return post(account, "business/webhook/update", body)
        case Like() | EditOwn() | PassThread() | PrivateReply() | SendTemplate():
            raise Unsupported(f"TikTok's API has no {what.kind} here")
        case _:
            assert_never(what)


def _send(account: Account, action: SendMessage) -> Request:
    if action.choices or action.image_url:
        raise Unsupported("a picture has to be uploaded first, and there are no buttons")
    body: dict[str, object] = {"message_type": "TEXT", "text": {"body": action.text}}
    if action.reply_to:
        body["referenced_message_info"] = {"referenced_message_id": action.reply_to}
    return _to(account, action, body)


def _to(account: Account, action: SendMessage | MarkSeen, body: dict[str, object] | dict[str, str]) -> Request:
    to = {"recipient_type": "CONVERSATION", "recipient": action.conversation.contact.user}
    return post(account, "business/message/send", {"business_id": account.id.external_id, **to, **body})


def _comment(account: Account, external_id: str, **more: str) -> dict[str, str]:
    video, comment = split(external_id)
    return {"business_id": account.id.external_id, "video_id": video, "comment_id": comment, **more}


def _app(account: Account) -> dict[str, str]:
    app = account.settings.get("app_id", "")
    if not app:
        raise Unsupported("to look after the webhook and the token, set `app_id`")
    return {"app_id": app, "secret": account.secret("app_secret")}


def _event_type(account: Account) -> str:
    return account.settings.get("event_type", WATCHED)


def _refresh(account: Account) -> Request:
    """The secrets stand in the body, as TikTok wants them."""
    if "refresh_token" not in account.secrets:
        raise Unsupported("no refresh token: renew the token by hand")
    app = _app(account)
    body = {
        "client_id": app["app_id"],
        "client_secret": app["secret"],
        "grant_type": "refresh_token",
        "refresh_token": account.secret("refresh_token"),
    }
    return post(account, "tt_user/oauth2/refresh_token", body)
