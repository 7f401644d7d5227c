"""What Aplomb asks of LinkedIn, and what the answers mean.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api
https://learn.microsoft.com/linkedin/marketing/community-management/shares/reactions-api
https://learn.microsoft.com/linkedin/shared/authentication/programmatic-refresh-tokens (checked 2026-11-27)
"""

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
from connectors.linkedin.errors import read_error
from connectors.linkedin.lists import find, found, gone, list_request, listed
from connectors.linkedin.payloads import beside, comment_urn, post_urn
from connectors.linkedin.rest import actor, call, comment_path, comments_path, organization
from connectors.wire import Id, Part, Text, Whole, decode, moment

API = "https://api.linkedin.com"
LOGIN = "https://www.linkedin.com"
EVENTS = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
ENDS_SOON = timedelta(days=7)
"""A subscription ends by itself: so long before, it is said to be missing, and set anew."""
CREATED, NO_CONTENT, NOT_FOUND = 201, 204, 404


def build(what: Action | Query, account: Account, now: datetime) -> Request:
    """Raises `Unsupported` for what LinkedIn has no call for."""
    match what:
        case ReplyToComment():
            return _reply(what, account)
        case DeleteComment():
            return call(account, "DELETE", comment_path(what.comment_id), actor(account))
        case EditOwn():
            patch = {"patch": {"message": {"$set": {"text": what.text}}}}
            method = {"x-restli-method": "PARTIAL_UPDATE"}
            return call(account, "POST", comment_path(what.external_id), actor(account), patch, method)
        case Like() if what.conversation.is_public:
            liked = {"root": comment_urn(what.external_id) or what.external_id, "reactionType": "LIKE"}
            return call(account, "POST", "reactions", actor(account), liked)
        case Like() | SendMessage() | SendTemplate() | PrivateReply() | MarkSeen() | PassThread():
            raise Unsupported("LinkedIn has no private messages for bots")
        case HideComment() | UnhideComment():
            raise Unsupported("LinkedIn can't hide a comment")
        case FindOwn():
            return find(what.action, account)
        case ProbeToken():
            return call(account, "GET", f"organizations/{account.id.external_id}")
        case RefreshToken():
            return _refresh(account)
        case Subscriptions():
            return call(account, "GET", _subscription(account))
        case Subscribe():
            return call(account, "PUT", _subscription(account), body={"webhook": what.callback_url})
        case ListSince():
            return list_request(what, account, now)
        case _:
            assert_never(what)


def _reply(action: ReplyToComment, account: Account) -> Request:
    """Threads have two levels: an answer hangs from the first comment. Under a mention it is a comment itself."""
    root = action.conversation.root or action.comment_id
    post, parent = post_urn(root), comment_urn(root)
    body: dict[str, object] = {"actor": organization(account), "object": post, "message": {"text": action.text}}
    if parent is not None:
        body["parentComment"] = parent
    return call(account, "POST", comments_path(post), body=body)


def _refresh(account: Account) -> Request:
    """The secrets stand in the form, as OAuth wants them."""
    client = account.settings.get("client_id", "")
    if "refresh_token" not in account.secrets or not client:
        raise Unsupported("no refresh token, or no `client_id`: renew the token by hand")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": account.secret("refresh_token"),
        "client_id": client,
        "client_secret": account.secret("client_secret"),
    }
    host = LOGIN if account.api_url == API else account.api_url
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", f"{host}/oauth/v2/accessToken", headers, urlencode(form).encode())


def _subscription(account: Account) -> str:
    app, person = account.settings.get("app_id", ""), account.settings.get("person_id", "")
    if not app or not person:
        raise Unsupported("to look after the subscription, set `app_id` and `person_id`")
    parts = {
        "developerApplication": f"urn:li:developerApplication:{app}",
        "user": f"urn:li:person:{person}",
        "entity": organization(account),
    }
    named = ",".join(f"{name}:{quote(urn, safe='')}" for name, urn in parts.items())
    return f"eventSubscriptions/({named},eventType:{EVENTS})"


class Answer(Part):
    id: Id = None
    localizedName: Text = ""
    access_token: Text = ""
    refresh_token: Text = ""
    expires_in: Whole = None
    webhook: Id = None
    expiresAt: Whole = None


def interpret(what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
    """Success only in the documented shape: any other answer may hide that it went through."""
    if response.status == NOT_FOUND:
        if isinstance(what, Subscriptions):
            return Subscribed(missing=(EVENTS,))
        if isinstance(what, ListSince) and what.what:
            return gone(what, account, now)
    if error := read_error(response, account, now):
        return error
    try:
        body = decode(response.body) if response.body else {}
    except ValueError:
        body = None
    reading = _read(what, body if isinstance(body, dict) else None, response, account, now)
    detail = "not an answer that LinkedIn documents"
    return reading or SendError(fault="unknown", code=f"HTTP {response.status}", detail=detail)


def _read(
    what: Action | Query, body: dict[str, object] | None, response: Response, account: Account, now: datetime
) -> Reading | None:
    if body is None or (not body and response.status != CREATED and not isinstance(what, DeleteComment | EditOwn)):
        return None
    answer = Answer.model_validate(body)
    match what:
        case ReplyToComment():
            made = response.headers.get("x-restli-id") or answer.id
            return Sent(external_id=beside(what.conversation.root or what.comment_id, made)) if made else None
        case FindOwn(action=ReplyToComment() as reply):
            return found(reply, body, account)
        case ListSince():
            return listed(what, body, account, now)
        case ProbeToken():
            return Probed(name=answer.localizedName or account.name) if answer.id or answer.localizedName else None
        case RefreshToken():
            return _renewed(answer, now)
        case Subscriptions() | Subscribe():
            return _subscribed(what.callback_url, answer, now)
        case DeleteComment() | EditOwn():
            return Sent() if response.status == NO_CONTENT and not response.body else None
        case Like():
            return Sent() if response.status == CREATED else None
        case _:
            return None


def _subscribed(callback_url: str, answer: Answer, now: datetime) -> Subscribed | None:
    ends = moment(answer.expiresAt)
    if ends is None and answer.webhook is None:
        return None
    if answer.webhook not in (None, callback_url):
        return Subscribed(missing=(f"{EVENTS} (brought to another address)",))
    if ends is not None and ends - now < ENDS_SOON:
        return Subscribed(missing=(f"{EVENTS} (from {ends:%Y-%m-%d} on)",))
    return Subscribed()


def _renewed(answer: Answer, now: datetime) -> Refreshed | None:
    if not answer.access_token:
        return None
    secrets = {"token": SecretStr(answer.access_token)}
    if answer.refresh_token:
        secrets["refresh_token"] = SecretStr(answer.refresh_token)
    ends = now + timedelta(seconds=answer.expires_in) if answer.expires_in else None
    return Refreshed(secrets=secrets, expires_at=ends)
