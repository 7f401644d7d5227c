"""Asking Facebook whether words of ours are there, when nobody knows if a request went through.

A wrong "no" would say them twice in the brand's name, so a no needs proof: an answer in the documented shape that
reaches back to before the words could have been said, or is all there is. Anything less stays `unknown`.

https://developers.facebook.com/docs/graph-api/reference/page/conversations/ (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/object/comments/ (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/results (checked 2026-11-27): a list is at its end when it names no next
page; that it is shorter than asked proves nothing.
"""

from datetime import timedelta
from typing import assert_never

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.model.action import (
    Action,
    DeleteComment,
    EditOwn,
    HideComment,
    Like,
    MarkSeen,
    PassThread,
    PrivateReply,
    ReplyToComment,
    SendMessage,
    SendTemplate,
    UnhideComment,
    fingerprint,
    text_of,
)
from connectors.base import Account, Found, Request, SendError, Unsupported
from connectors.meta.graph import get

LOOK_BACK = 50
"""How many of the newest words on a thread are read to find ours."""
CLOCKS_APART = timedelta(minutes=2)
"""How far Facebook's clock and ours may differ when words are dated by both."""
_SAID = "id,message,created_time,from"
_MESSAGES = f"messages.limit({LOOK_BACK}){{{_SAID}}}"


class _Answer(BaseModel):
    """Strict, unlike deliveries: what is missing here must not pass for a no."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class _Author(_Answer):
    id: str


class _Said(_Answer):
    id: str
    created_time: AwareDatetime
    message: str | None = None
    author: _Author | None = Field(default=None, alias="from")


class _Paging(_Answer):
    next: str | None = None


class _SaidList(_Answer):
    """Newest first."""

    data: tuple[_Said, ...]
    paging: _Paging = _Paging()


class _Thread(_Answer):
    messages: _SaidList


class _Threads(_Answer):
    data: tuple[_Thread, ...]


class _Comment(_Answer):
    can_reply_privately: bool = False
    private_reply_conversation: _Thread | None = None


def find(action: Action, account: Account) -> Request:
    """Raises `Unsupported` for an action without words: doing it again changes nothing.

    Facebook may list an answer to an answer under the root comment, so that is where all answers are looked for.
    """
    match action:
        case SendMessage():
            user = action.conversation.contact.user
            query = {"platform": "messenger", "user_id": user, "fields": _MESSAGES}
            return get(account, (account.id.external_id, "conversations"), query)
        case ReplyToComment():
            query = {"filter": "stream", "order": "reverse_chronological", "limit": str(LOOK_BACK), "fields": _SAID}
            return get(account, (action.conversation.root or action.comment_id, "comments"), query)
        case PrivateReply():
            fields = f"can_reply_privately,private_reply_conversation{{{_MESSAGES}}}"
            return get(account, (action.comment_id,), {"fields": fields})
        case (
            SendTemplate()
            | HideComment()
            | UnhideComment()
            | DeleteComment()
            | Like()
            | EditOwn()
            | MarkSeen()
            | PassThread()
        ):
            raise Unsupported(f"{action.kind} leaves no words to look for")
        case _:
            assert_never(action)


def found(action: Action, body: object, account: Account) -> Found | SendError:
    """What the answer to `find` proves."""
    try:
        if isinstance(action, PrivateReply):
            return _private_reply(action, _Comment.model_validate(body), account)
        if isinstance(action, ReplyToComment):
            lists: tuple[_SaidList, ...] = (_SaidList.model_validate(body),)
        else:
            lists = tuple(thread.messages for thread in _Threads.model_validate(body).data)
    except ValidationError:
        return _unsure("the answer is not in the documented shape")
    ours = _ours(action, tuple(said for listed in lists for said in listed.data), account)
    if ours is None and not all(_reaches_back(listed, action) for listed in lists):
        return _unsure("the answer does not reach back far enough")
    if ours is None and isinstance(action, SendMessage) and action.image_url:
        return _unsure("the words beside a picture may not be listed")
    if ours is None and isinstance(action, ReplyToComment) and action.comment_id != action.conversation.root:
        return _unsure("an answer to an answer may be listed elsewhere")
    return Found(external_id=ours)


def _private_reply(action: PrivateReply, comment: _Comment, account: Account) -> Found | SendError:
    """A comment takes one private reply: while it can still get it, none was sent."""
    if comment.can_reply_privately:
        return Found(external_id=None)
    thread = comment.private_reply_conversation
    ours = _ours(action, thread.messages.data if thread else (), account)
    return Found(external_id=ours) if ours else _unsure("a private reply is there, but not found")


def _reaches_back(listed: _SaidList, action: Action) -> bool:
    whole = listed.paging.next is None and len(listed.data) < LOOK_BACK
    return whole or any(said.created_time < _since(action) for said in listed.data)


def _ours(action: Action, said: tuple[_Said, ...], account: Account) -> str | None:
    """The id of the page's words that are the action's, and were said when it could have said them."""
    wanted = fingerprint(action.conversation, text_of(action) or "")
    by_page = (each for each in said if each.author and each.author.id == account.id.external_id)
    return next(
        (
            each.id
            for each in by_page
            if each.created_time >= _since(action) and fingerprint(action.conversation, each.message or "") == wanted
        ),
        None,
    )


def _since(action: Action) -> AwareDatetime:
    return action.earliest - CLOCKS_APART


def _unsure(why: str) -> SendError:
    return SendError(fault="unknown", code="not_found", detail=why)
