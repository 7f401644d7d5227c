"""Asking Instagram what is there: our own words after a lost answer, and what was said while nobody listened.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/comments
https://developers.facebook.com/docs/messenger-platform/instagram/features/conversation
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/mentioned_comment
(checked 2026-11-27)

Only the twenty newest messages of a thread can be read, and a thread in the requests folder is forgotten after 30 days.
"""

from datetime import datetime, timedelta

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.model.action import (
    Action,
    ListSince,
    PrivateReply,
    ReplyToComment,
    SendMessage,
    SendTemplate,
    fingerprint,
    text_of,
)
from bot.model.event import Event, Unhandled
from connectors.base import Account, Found, Listed, Request, SendError, Unsupported
from connectors.instagram.comments import MENTION, mention_of, read_change
from connectors.instagram.messages import INBOX_APP, read_message
from connectors.meta.context import Context
from connectors.meta.graph import get

PER_PAGE = "50"
READABLE = 20
"""Messages of a thread."""
MEDIA_BACK = timedelta(days=28)
"""Comments come to older media as well; those of the last four weeks are looked through."""
CLOCKS_APART = timedelta(minutes=2)
MEDIA, COMMENTS, THREADS = "media", "comments:", "threads"
_MESSAGES = f"messages.limit({READABLE}){{id,message,created_time,from}}"
_COMMENT = "id,text,timestamp,from,username,parent_id"


class _Node(BaseModel):
    """Strict, unlike deliveries: what is missing in an answer must not pass for a no."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True, populate_by_name=True)


class _Author(_Node):
    id: str
    username: str = ""


class _Said(_Node):
    id: str
    at: AwareDatetime = Field(validation_alias=AliasChoices("timestamp", "created_time"))
    text: str = Field(default="", validation_alias=AliasChoices("text", "message"))
    author: _Author | None = Field(default=None, alias="from")
    username: str = ""
    parent_id: str | None = None
    replies: "_SaidList | None" = None


class _Cursors(_Node):
    after: str | None = None


class _Paging(_Node):
    cursors: _Cursors = _Cursors()
    next: str | None = None


class _SaidList(_Node):
    data: tuple[_Said, ...]
    paging: _Paging = _Paging()


class _Thread(_Node):
    id: str
    updated_time: AwareDatetime | None = None
    messages: _SaidList | None = None


class _Threads(_Node):
    data: tuple[_Thread, ...]
    paging: _Paging = _Paging()


class _Medium(_Node):
    id: str
    timestamp: AwareDatetime | None = None


class _Media(_Node):
    data: tuple[_Medium, ...]
    paging: _Paging = _Paging()


class _Mention(_Node):
    text: str = Field(default="", validation_alias=AliasChoices("text", "caption"))
    username: str = ""
    timestamp: AwareDatetime | None = None


class _Mentioned(_Node):
    mentioned_comment: _Mention | None = None
    mentioned_media: _Mention | None = None


def find(action: Action, account: Account) -> Request:
    """Raises `Unsupported` for an action without words."""
    match action:
        case SendMessage():
            user = action.conversation.contact.user
            query = {"platform": "instagram", "user_id": user, "fields": _MESSAGES}
            return get(account, (account.id.external_id, "conversations"), query)
        case ReplyToComment():
            root = action.conversation.root or action.comment_id
            return get(account, (root, "replies"), {"fields": _COMMENT, "limit": PER_PAGE})
        case PrivateReply() | SendTemplate():
            raise Unsupported(f"{action.kind}: whose thread it is in is not known before it is answered")
        case _:
            raise Unsupported(f"{action.kind} leaves no words to look for")


def found(action: Action, body: object, account: Account) -> Found | SendError:
    """A wrong "no" would say it twice: it needs lists that reach back to before it could have been said, or are whole.

    A list is at its end when it names no next page; that it is shorter than asked proves nothing.
    https://developers.facebook.com/docs/graph-api/results (checked 2026-11-27)
    """
    try:
        if isinstance(action, ReplyToComment):
            lists: tuple[_SaidList, ...] = (_SaidList.model_validate(body),)
        else:
            threads = _Threads.model_validate(body).data
            lists = tuple(_SaidList.model_validate(thread.messages) for thread in threads)
    except ValidationError:
        return SendError(fault="unknown", code="not_found", detail="the answer is not in the documented shape")
    since, wanted = action.earliest - CLOCKS_APART, fingerprint(action.conversation, text_of(action) or "")
    ours = [
        each.id
        for listed in lists
        for each in listed.data
        if each.at >= since and _by_account(each, account) and fingerprint(action.conversation, each.text) == wanted
    ]
    at_most = PER_PAGE if isinstance(action, ReplyToComment) else READABLE
    if not ours and not all(_reaches_back(each, since, int(at_most)) for each in lists):
        return SendError(fault="unknown", code="not_found", detail="the answer does not reach back far enough")
    return Found(external_id=ours[0] if ours else None)


def _reaches_back(listed: _SaidList, since: datetime, at_most: int) -> bool:
    whole = listed.paging.next is None and len(listed.data) < at_most
    return whole or any(said.at < since for said in listed.data)


def _by_account(said: _Said, account: Account) -> bool:
    """Where Instagram names nobody it is taken for ours: the words and the time already fit."""
    ids = {account.id.external_id, account.settings.get("user_id")}
    return said.author is None or said.author.id in ids


def list_request(what: ListSince, account: Account) -> Request:
    """`what`: "" begins; `media`, `comments:<media>`, `threads`, `mention:<media>:<comment>` are the lists."""
    own = account.id.external_id
    more = {"limit": PER_PAGE, **({"after": what.cursor} if what.cursor else {})}
    kind, _, of = what.what.partition(":")
    if what.what in ("", MEDIA):
        return get(account, (own, "media"), {"fields": "id,timestamp", **more})
    if kind == "comments" and of:
        fields = f"{_COMMENT},replies{{{_COMMENT}}}"
        return get(account, (of, "comments"), {"fields": fields, **more})
    if what.what == THREADS:
        fields = f"id,updated_time,{_MESSAGES}"
        return get(account, (own, "conversations"), {"platform": "instagram", "fields": fields, **more})
    if kind == "mention" and of:
        media, _, comment = of.partition(":")
        asked = f"mentioned_comment.comment_id({comment}){{text,username,timestamp}}"
        if not comment:
            asked = f"mentioned_media.media_id({media}){{caption,username,timestamp}}"
        return get(account, (own,), {"fields": asked})
    raise Unsupported(f"no list {what.what!r}")


def listed(what: ListSince, body: object, account: Account, now: datetime) -> Listed | None:
    """`None`: not in the documented shape."""
    context = Context(account, None, now, own=account.settings.get("user_id"), inbox_app=INBOX_APP)
    try:
        if what.what in ("", MEDIA):
            return _media(what, _Media.model_validate(body))
        if what.what == THREADS:
            return _threads(what, _Threads.model_validate(body), context)
        if what.what.startswith(MENTION):
            return _mention(what, _Mentioned.model_validate(body), context)
        return _comments(what, _SaidList.model_validate(body), context)
    except ValidationError:
        return None


def _media(what: ListSince, page: _Media) -> Listed:
    """Newest first."""
    recent = [m for m in page.data if m.timestamp is None or m.timestamp >= what.since - MEDIA_BACK]
    more = [what.model_copy(update={"what": f"{COMMENTS}{medium.id}", "cursor": None}) for medium in recent]
    if what.what == "":
        more.append(what.model_copy(update={"what": THREADS}))
    if len(recent) == len(page.data):
        more += _next(what.model_copy(update={"what": MEDIA}), page.paging)
    return Listed(more=tuple(more))


def _comments(what: ListSince, page: _SaidList, context: Context) -> Listed:
    media = what.what.removeprefix(COMMENTS)
    found: list[Event | Unhandled] = []
    for comment in page.data:
        answers = comment.replies.data if comment.replies else ()
        for said, parent in ((comment, comment.parent_id), *((reply, comment.id) for reply in answers)):
            if said.at >= what.since:
                found.append(_comment(said, parent, media, context))
    return Listed(found=tuple(found), more=tuple(_next(what, page.paging)))


def _comment(said: _Said, parent: str | None, media: str, context: Context) -> Event | Unhandled:
    author = {"from": said.author.model_dump()} if said.author else {}
    if said.author is None and said.username:
        author = {"from": {"username": said.username}}
    parent_id = {"parent_id": parent} if parent else {}
    value = {"id": said.id, "text": said.text, "media": {"id": media}, "created": int(said.at.timestamp())}
    return read_change({"field": "comments", "value": {**value, **author, **parent_id}}, context)


def _threads(what: ListSince, page: _Threads, context: Context) -> Listed:
    """Newest first: a page that ends before `since` is the last."""
    found: list[Event | Unhandled] = []
    for thread in page.data:
        messages = thread.messages.data if thread.messages else ()
        others = [each.author.id for each in messages if each.author and each.author.id != context.page]
        for said in reversed(messages):
            if said.author is not None and others and said.at >= what.since:
                found.append(_message(said, said.author.id, others[0], context))
    older = any(thread.updated_time is not None and thread.updated_time < what.since for thread in page.data)
    return Listed(found=tuple(found), more=() if older else tuple(_next(what, page.paging)))


def _message(said: _Said, author: str, person: str, context: Context) -> Event | Unhandled:
    ours = author == context.page
    item = {
        "sender": {"id": author},
        "recipient": {"id": person if ours else context.page},
        "timestamp": int(said.at.timestamp() * 1000),
        "message": {"mid": said.id, "text": said.text, "is_echo": ours},
    }
    return read_message(item, context)


def _mention(what: ListSince, answer: _Mentioned, context: Context) -> Listed | None:
    media, _, comment = what.what.removeprefix(MENTION).partition(":")
    said = answer.mentioned_comment or answer.mentioned_media
    if said is None:
        return None
    created = int(said.timestamp.timestamp()) if said.timestamp else None
    return Listed(found=(mention_of(comment or media, media, said.text, said.username, created, context),))


def _next(what: ListSince, paging: _Paging) -> list[ListSince]:
    after = paging.cursors.after if paging.next else None
    return [what.model_copy(update={"cursor": after})] if after else []
