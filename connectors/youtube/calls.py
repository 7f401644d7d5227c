"""What Aplomb asks of YouTube, and what the answers mean.

https://developers.google.com/youtube/v3/docs/comments/insert and …/setModerationStatus (checked 2026-11-27)

Answers hang from threads only: whatever is answered, the parent is the thread.
"""

from datetime import datetime, timedelta
from typing import Final, assert_never

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
    fingerprint,
)
from connectors.base import (
    Account,
    Found,
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
from connectors.wire import Id, Maybe, Part, Text, Whole, decode
from connectors.youtube.comments import root_of
from connectors.youtube.errors import read_error, read_oauth_error
from connectors.youtube.hub import subscription
from connectors.youtube.lists import PER_PAGE, list_request, listed
from connectors.youtube.options import options
from connectors.youtube.payloads import Comment, Page, read_page
from connectors.youtube.requests import TOKENS, form, get, send

CLOCKS_APART: Final = timedelta(minutes=2)
"""How far YouTube's clock and ours may differ when words are dated by both."""
TOKEN_LIVES_S: Final = 3600
"""Where the answer does not say it."""
LONGEST_S: Final = 366 * 86_400
NO_CONTENT: Final = 204


def build(what: Action | Query, account: Account, now: datetime) -> Request:
    """Raises `Unsupported` for what YouTube has no call for."""
    match what:
        case ReplyToComment():
            body = {"snippet": {"parentId": _thread(what), "textOriginal": what.text}}
            return send(account, "POST", "comments", {"part": "snippet"}, body)
        case HideComment():
            return _moderate(account, what.comment_id, "rejected" if what.for_good else "heldForReview")
        case UnhideComment():
            return _moderate(account, what.comment_id, "published")
        case DeleteComment():
            return send(account, "DELETE", "comments", {"id": what.comment_id})
        case EditOwn():
            edited = {"id": what.external_id, "snippet": {"textOriginal": what.text}}
            return send(account, "PUT", "comments", {"part": "snippet"}, edited)
        case SendMessage() | PrivateReply() | SendTemplate() | MarkSeen() | PassThread():
            raise Unsupported("YouTube has no private messages")
        case Like():
            raise Unsupported("YouTube's API has no likes or hearts for comments")
        case FindOwn():
            return _find(what.action, account)
        case ProbeToken():
            return get(account, "channels", {"part": "snippet", "mine": "true"})
        case RefreshToken():
            names = ("client_id", "client_secret", "refresh_token")
            return form(
                account,
                TOKENS,
                "token",
                {"grant_type": "refresh_token", **{name: account.secret(name) for name in names}},
            )
        case Subscriptions() | Subscribe():
            return subscription(account, what.callback_url, options(account).lease_s)
        case ListSince():
            return list_request(what, account, now)
        case _:
            assert_never(what)


def _thread(action: ReplyToComment) -> str:
    return root_of(action.conversation.root or action.comment_id)


def _moderate(account: Account, comment: str, status: str) -> Request:
    return send(account, "POST", "comments/setModerationStatus", {"id": comment, "moderationStatus": status})


def _find(action: Action, account: Account) -> Request:
    if not isinstance(action, ReplyToComment):
        raise Unsupported(f"{action.kind} leaves no words to look for")
    query = {"part": "snippet", "parentId": _thread(action), "maxResults": PER_PAGE, "textFormat": "plainText"}
    return get(account, "comments", query)


class _Snippet(Part):
    title: Text = ""


class _Channel(Part):
    id: Id = None
    snippet: Maybe[_Snippet] = None


class _Tokens(Part):
    access_token: Id = None
    refresh_token: Id = None
    expires_in: Whole = None


def interpret(what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
    """Success only in the documented shape: any other answer may hide that it went through."""
    match what:
        case ListSince():
            return listed(what, response, account, now)
        case RefreshToken() if response.status != 200:
            return read_oauth_error(response, account)
        case Subscriptions() | Subscribe():
            return (
                Subscribed()
                if response.status in (202, NO_CONTENT)
                else _unreadable(response, "the hub did not take it")
            )
        case HideComment() | UnhideComment() | DeleteComment() if response.status == NO_CONTENT and not response.body:
            return Sent()
        case _:
            error = read_error(what, response, account, now)
            return error or _read(what, response, account, now) or _unreadable(response, "not a documented answer")


def _read(what: Action | Query, response: Response, account: Account, now: datetime) -> Reading | None:
    """`None`: not an answer that YouTube documents."""
    try:
        body = decode(response.body)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    match what:
        case ReplyToComment() | EditOwn():
            comment = Comment.model_validate(body)
            if comment.id is None or comment.snippet is None:
                return None
            return Sent(external_id=comment.id if isinstance(what, ReplyToComment) else None)
        case FindOwn(action=ReplyToComment() as action):
            page = read_page(body)
            return _found(action, page, account) if page else None
        case ProbeToken():
            return _probed(read_page(body), account)
        case RefreshToken():
            return _refreshed(_Tokens.model_validate(body), now)
        case _:
            return None


def _found(action: ReplyToComment, page: Page, account: Account) -> Found | SendError:
    """Never a certain no: YouTube hides what looks like spam without a word, and lists what is new late."""
    wanted = fingerprint(action.conversation, action.text)
    for raw in page.items:
        comment = Comment.model_validate(raw if isinstance(raw, dict) else {})
        snippet = comment.snippet
        if comment.id is None or snippet is None or snippet.published_at is None:
            continue
        own = snippet.author == account.id.external_id
        in_time = snippet.published_at >= action.earliest - CLOCKS_APART
        if own and in_time and fingerprint(action.conversation, snippet.text) == wanted:
            return Found(external_id=comment.id)
    return SendError(fault="unknown", code="not_found", detail="not listed, which is no proof")


def _probed(page: Page | None, account: Account) -> Probed | SendError | None:
    """The token has to be the channel's own: answers would else be in another's name."""
    if page is None:
        return None
    channels = [_Channel.model_validate(raw) for raw in page.items if isinstance(raw, dict)]
    own = next((channel for channel in channels if channel.id == account.id.external_id), None)
    if own is None:
        return SendError(fault="reconnect", code="another_channel", detail="the token is not this channel's")
    return Probed(name=(own.snippet.title if own.snippet else "") or account.name)


def _refreshed(tokens: _Tokens, now: datetime) -> Refreshed | None:
    if tokens.access_token is None:
        return None
    given = {"token": tokens.access_token, "refresh_token": tokens.refresh_token}
    lives_s = min(tokens.expires_in or TOKEN_LIVES_S, LONGEST_S)
    secrets = {name: SecretStr(secret) for name, secret in given.items() if secret}
    return Refreshed(secrets=secrets, expires_at=now + timedelta(seconds=lives_s))


def _unreadable(response: Response, why: str) -> SendError:
    return SendError(fault="unknown", code=f"HTTP {response.status}", detail=why)
