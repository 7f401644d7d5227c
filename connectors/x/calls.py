"""What Aplomb asks of X, and what the answers mean.

https://docs.x.com/x-api/posts/create-post
https://docs.x.com/x-api/direct-messages/manage/introduction
https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token (checked 2026-11-27)

X lets an app answer only who mentioned, quoted or answered the account, once for each time.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never
from urllib.parse import quote, urlencode

from pydantic import SecretStr

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
from connectors.base import Account, Probed, Reading, Refreshed, Request, Response, SendError, Subscribed, Unsupported
from connectors.base import Sent as Accepted
from connectors.wire import Id, Maybe, Part, Text, Whole, decode
from connectors.x.errors import read_error, rest_s
from connectors.x.lists import find, found, list_request, listed
from connectors.x.payloads import Sent


def build(what: Action | Query, account: Account) -> Request:
    """Raises `Unsupported` for what X has no call for, or what the account's access does not include."""
    match what:
        case SendMessage():
            if what.choices or what.image_url:
                raise Unsupported("X takes words only")
            user = what.conversation.contact.user
            return call(account, "POST", ("dm_conversations", "with", user, "messages"), {"text": what.text})
        case ReplyToComment():
            reply = {"in_reply_to_tweet_id": what.comment_id}
            return call(account, "POST", ("tweets",), {"text": what.text, "reply": reply})
        case HideComment() | UnhideComment():
            hidden = {"hidden": isinstance(what, HideComment)}
            return call(account, "PUT", ("tweets", what.comment_id, "hidden"), hidden)
        case DeleteComment():
            where = "tweets" if what.conversation.is_public else "dm_events"
            return call(account, "DELETE", (where, what.comment_id))
        case Like() if what.conversation.is_public and account.settings.get("likes") == "on":
            liked = {"tweet_id": what.external_id}
            return call(account, "POST", ("users", account.id.external_id, "likes"), liked)
        case Like() | EditOwn() | MarkSeen() | PassThread() | SendTemplate() | PrivateReply():
            raise Unsupported(f"no {what.kind} on X with this account's access")
        case FindOwn():
            return call(account, *find(what.action, account))
        case ProbeToken():
            return call(account, "GET", ("users", "me"))
        case RefreshToken():
            return _refresh(account)
        case Subscriptions():
            return _app(call(account, "GET", ("webhooks",)), account)
        case Subscribe():
            return _app(_subscribe(what, account), account)
        case ListSince():
            return call(account, *list_request(what, account))
        case _:
            assert_never(what)


def call(
    account: Account, method: str, path: tuple[str, ...], body: Mapping[str, object] | None = None, query: str = ""
) -> Request:
    headers = {"authorization": f"Bearer {account.secret('token')}"}
    content = b""
    if body is not None:
        headers["content-type"] = "application/json"
        content = json.dumps(body, ensure_ascii=False).encode()
    url = "/".join((account.api_url, "2", *(quote(part, safe="") for part in path)))
    return Request(method, f"{url}?{query}" if query else url, headers, content)


def _app(request: Request, account: Account) -> Request:
    """In the app's own name, and not in the account's."""
    if "app_token" not in account.secrets:
        raise Unsupported("to look after the webhook, give the secret `app_token`")
    return Request(
        request.method,
        request.url,
        {**request.headers, "authorization": f"Bearer {account.secret('app_token')}"},
        request.body,
    )


def _subscribe(what: Subscribe, account: Account) -> Request:
    """A webhook that exists is asked to be checked again, which also switches it on again."""
    webhook = account.settings.get("webhook_id", "")
    if webhook:
        return call(account, "PUT", ("webhooks", webhook))
    return call(account, "POST", ("webhooks",), {"url": what.callback_url})


def _refresh(account: Account) -> Request:
    """A refresh token works once: the answer brings the next one."""
    client = account.settings.get("client_id", "")
    if "refresh_token" not in account.secrets or not client:
        raise Unsupported("no refresh token, or no `client_id`: renew the token by hand")
    form = {"grant_type": "refresh_token", "refresh_token": account.secret("refresh_token"), "client_id": client}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if "client_secret" in account.secrets:
        basic = b64encode(f"{client}:{account.secret('client_secret')}".encode()).decode()
        headers["authorization"] = f"Basic {basic}"
    return Request("POST", f"{account.api_url}/2/oauth2/token", headers, urlencode(form).encode())


class Token(Part):
    access_token: Text = ""
    refresh_token: Text = ""
    expires_in: Whole = None


class Answer(Part):
    data: Maybe[Sent] = None


class Webhook(Part):
    url: Id = None
    valid: object = None


def interpret(what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
    """Success only in the documented shape: any other answer may hide that it went through."""
    if error := read_error(response, account, now):
        return error
    try:
        body = decode(response.body)
    except ValueError:
        body = None
    reading = _read(what, body, account, now) if isinstance(body, dict) else None
    if reading is None:
        detail = "not an answer that X documents"
        return SendError(fault="unknown", code=f"HTTP {response.status}", detail=detail)
    rest = rest_s(response, now)
    return reading if rest is None or isinstance(reading, SendError) else reading.model_copy(update={"rest_s": rest})


def _read(what: Action | Query, body: dict[str, object], account: Account, now: datetime) -> Reading | None:
    data = Answer.model_validate(body).data
    match what:
        case FindOwn():
            return found(what.action, body, account)
        case ListSince():
            return listed(what, body, account, now)
        case ProbeToken():
            return Probed(name=data.username or account.name) if data and data.id else None
        case RefreshToken():
            return _renewed(Token.model_validate(body), now)
        case Subscriptions():
            return _webhooks(what, body)
        case Subscribe():
            return Subscribed() if data is not None else None
        case _:
            return _sent(what, data) if data is not None else None


def _webhooks(what: Subscriptions, body: dict[str, object]) -> Subscribed | None:
    raw = body.get("data")
    if not isinstance(raw, list):
        return None
    hooks = [Webhook.model_validate(each if isinstance(each, dict) else {}) for each in raw]
    works = any(hook.url == what.callback_url and hook.valid is True for hook in hooks)
    return Subscribed(missing=() if works else ("webhook",))


def _renewed(token: Token, now: datetime) -> Refreshed | None:
    if not token.access_token:
        return None
    secrets = {"token": SecretStr(token.access_token)}
    if token.refresh_token:
        secrets["refresh_token"] = SecretStr(token.refresh_token)
    ends = now + timedelta(seconds=token.expires_in) if token.expires_in else None
    return Refreshed(secrets=secrets, expires_at=ends)


def _sent(action: Action, data: Sent) -> Accepted | None:
    match action:
        case SendMessage():
            return Accepted(external_id=data.dm_event_id) if data.dm_event_id else None
        case ReplyToComment():
            return Accepted(external_id=data.id) if data.id else None
        case HideComment() | UnhideComment():
            return Accepted() if data.hidden is isinstance(action, HideComment) else None
        case DeleteComment():
            return Accepted() if data.deleted is True else None
        case Like():
            return Accepted() if data.liked is True else None
        case _:
            return None
