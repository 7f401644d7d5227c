"""What TikTok's answers mean.

https://business-api.tiktok.com/portal/docs (seen through the research notes of 2026-08-24; checked 2026-11-27)
"""

from datetime import timedelta

from pydantic import SecretStr

from bot.model.action import (
    Action,
    DeleteComment,
    FindOwn,
    HideComment,
    Like,
    ListSince,
    MarkSeen,
    ProbeToken,
    Query,
    RefreshToken,
    ReplyToComment,
    SendMessage,
    Subscribe,
    Subscriptions,
    UnhideComment,
)
from connectors.base import Account, Probed, Reading, Refreshed, Response, SendError, Sent, Subscribed
from connectors.tiktok.context import Context
from connectors.tiktok.errors import Answer, read_error
from connectors.tiktok.lists import found, listed
from connectors.tiktok.payloads import Data, key, split
from connectors.wire import decode


def interpret(what: Action | Query, response: Response, context: Context) -> Reading:
    """Success only in the documented shape: any other answer may hide that it went through."""
    try:
        body = decode(response.body)
    except ValueError:
        body = None
    whole = body if isinstance(body, dict) else {}
    error = read_error(Answer.model_validate(whole), response, context.account, context.now)
    if error is not None:
        return error
    raw = whole.get("data")
    reading = _read(what, raw, context) if isinstance(raw, dict) else None
    detail = "not an answer that TikTok documents"
    return reading or SendError(fault="unknown", code=f"HTTP {response.status}", detail=detail)


def _read(what: Action | Query, raw: dict[str, object], context: Context) -> Reading | None:
    data = Data.model_validate(raw)
    match what:
        case SendMessage():
            made = data.message_id or (data.message.message_id if data.message else None)
            return Sent(external_id=made) if made else None
        case ReplyToComment():
            made = key(split(what.comment_id)[0], data.comment_id)
            return Sent(external_id=made) if made else None
        case HideComment() | UnhideComment() | DeleteComment() | Like() | MarkSeen():
            return Sent()
        case FindOwn():
            return found(what.action, data, context)
        case ListSince():
            return listed(what, data, context)
        case ProbeToken():
            name = data.display_name or data.username
            return Probed(name=name) if name else None
        case RefreshToken():
            return _renewed(data, context)
        case Subscriptions():
            return _subscribed(what, data, context.account)
        case Subscribe():
            return Subscribed()
        case _:
            return None


def _renewed(data: Data, context: Context) -> Refreshed | None:
    if not data.access_token:
        return None
    secrets = {"token": SecretStr(data.access_token)}
    if data.refresh_token:
        secrets["refresh_token"] = SecretStr(data.refresh_token)
    ends = context.now + timedelta(seconds=data.expires_in) if data.expires_in else None
    return Refreshed(secrets=secrets, expires_at=ends)


def _subscribed(query: Subscriptions, data: Data, account: Account) -> Subscribed:
    urls = {data.callback_url, *(each.callback_url for each in data.webhooks or ())}
    kind = account.settings.get("event_type", "COMMENT")
    return Subscribed() if query.callback_url in urls else Subscribed(missing=(kind,))
