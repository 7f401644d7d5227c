"""Asking Facebook for what was said while nobody listened: a page's posts and their comments, and its private threads.

https://developers.facebook.com/docs/graph-api/reference/page/feed/ (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/object/comments/ (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/page/conversations/ (checked 2026-11-22)

Each node is turned into the item that the webhook would have brought, and read by the same functions: same ids, same
conversations. A node that does not say who wrote it, or when, is read as far as it goes.
"""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.model.action import ListSince
from bot.model.event import Event, Unhandled
from connectors.base import Account, Listed, Request, Unsupported
from connectors.facebook.feed import read_change
from connectors.meta.context import Context
from connectors.meta.graph import get
from connectors.meta.messaging import read_item

PER_PAGE = "50"
POSTS_BACK = timedelta(days=28)
"""Comments come to older posts as well; those of the last four weeks are looked through."""
POSTS, COMMENTS, THREADS = "posts", "comments:", "threads"
_MESSAGES = "messages.limit(20){id,message,created_time,from}"


class _Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class _Author(_Node):
    id: str
    name: str = ""


class _Said(_Node):
    id: str
    created_time: AwareDatetime
    message: str = ""
    author: _Author | None = Field(default=None, alias="from")
    parent: "_Parent | None" = None


class _Parent(_Node):
    id: str


class _Post(_Node):
    id: str


class _Messages(_Node):
    data: tuple[_Said, ...] = ()


class _Thread(_Node):
    id: str
    updated_time: AwareDatetime | None = None
    messages: _Messages = _Messages()


class _Paging(_Node):
    next: str | None = None


class _List(_Node):
    data: tuple[dict[str, object], ...]
    paging: _Paging = _Paging()


def list_request(what: ListSince, account: Account) -> Request:
    """`what`: "" begins; `posts`, `comments:<post>`, `threads` are the lists. Raises `Unsupported` for another."""
    page = account.id.external_id
    more = {"limit": PER_PAGE, **({"after": what.cursor} if what.cursor else {})}
    kind, _, of = what.what.partition(":")
    if what.what in ("", POSTS):
        since = str(int((what.since - POSTS_BACK).timestamp()))
        return get(account, (page, "feed"), {"fields": "id,created_time", "since": since, **more})
    if kind == COMMENTS.rstrip(":") and of:
        since = str(int(what.since.timestamp()))
        fields = "id,message,created_time,from,parent"
        order = {"filter": "stream", "order": "chronological", "since": since}
        return get(account, (of, "comments"), {"fields": fields, **order, **more})
    if what.what == THREADS:
        fields = f"id,updated_time,{_MESSAGES}"
        return get(account, (page, "conversations"), {"platform": "messenger", "fields": fields, **more})
    raise Unsupported(f"no list {what.what!r}")


def listed(what: ListSince, body: object, account: Account, now: datetime) -> Listed | None:
    """`None`: not in the documented shape."""
    try:
        page = _List.model_validate(body)
        if what.what in ("", POSTS):
            posts = [_Post.model_validate(node) for node in page.data]
            more = [what.model_copy(update={"what": f"{COMMENTS}{post.id}", "cursor": None}) for post in posts]
            threads = [what.model_copy(update={"what": THREADS})] if what.what == "" else []
            next_ = [what.model_copy(update={"what": POSTS, "cursor": after}) for after in _after(page)]
            return Listed(more=(*more, *threads, *next_))
        if what.what == THREADS:
            return _threads(what, page, account, now)
        return _comments(what, page, account, now)
    except ValidationError:
        return None


def _comments(what: ListSince, page: _List, account: Account, now: datetime) -> Listed:
    post = what.what.removeprefix(COMMENTS)
    said = [_Said.model_validate(node) for node in page.data]
    context = Context(account, None, now)
    found = tuple(_comment(each, post, context) for each in said if each.created_time >= what.since)
    return Listed(found=found, more=tuple(what.model_copy(update={"cursor": after}) for after in _after(page)))


def _comment(said: _Said, post: str, context: Context) -> Event | Unhandled:
    author = {"from": {"id": said.author.id, "name": said.author.name}} if said.author else {}
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": said.id,
        "post_id": post,
        "parent_id": said.parent.id if said.parent else post,
        "message": said.message,
        "created_time": int(said.created_time.timestamp()),
        **author,
    }
    return read_change({"field": "feed", "value": value}, context)


def _threads(what: ListSince, page: _List, account: Account, now: datetime) -> Listed:
    """Newest first: a page that ends before `since` is the last."""
    threads = [_Thread.model_validate(node) for node in page.data]
    context = Context(account, None, now)
    found: list[Event | Unhandled] = []
    for thread in threads:
        others = [each.author.id for each in thread.messages.data if each.author and each.author.id != context.page]
        for said in reversed(thread.messages.data):
            if said.author is not None and others and said.created_time >= what.since:
                found.append(_message(said, said.author, others[0], context))
    older = any(thread.updated_time is not None and thread.updated_time < what.since for thread in threads)
    more = () if older else tuple(what.model_copy(update={"cursor": after}) for after in _after(page))
    return Listed(found=tuple(found), more=more)


def _message(said: _Said, author: _Author, person: str, context: Context) -> Event | Unhandled:
    ours = author.id == context.page
    item = {
        "sender": {"id": author.id},
        "recipient": {"id": person if ours else context.page},
        "timestamp": int(said.created_time.timestamp() * 1000),
        "message": {"mid": said.id, "text": said.message, "is_echo": ours},
    }
    return read_item(item, context)


def _after(page: _List) -> list[str]:
    """The cursor of the next page, from the address that Facebook gives."""
    after = parse_qs(urlsplit(page.paging.next or "").query).get("after", [])
    return after[:1]
