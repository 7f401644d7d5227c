"""Asking Facebook for what was said while nobody listened: a page's posts and their comments, and its private threads.

https://developers.facebook.com/docs/graph-api/reference/page/feed/ (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/object/comments/ (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/page/conversations/ (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/reference/conversation (checked 2026-11-27)
https://developers.facebook.com/docs/graph-api/reference/message/attachments (checked 2026-11-27)

Each node is turned into the item that the webhook would have brought, and read by the same functions: same ids, same
conversations.
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
from connectors.meta.payloads import Party
from connectors.wire import Id, Maybe, Part, Several, Text

PER_PAGE = "50"
THREADS_PER_PAGE = "20"
"""Each brings messages of its own, and Facebook refuses to answer too much at once; it names no figure."""
POSTS_BACK = timedelta(days=28)
"""Comments come to older posts as well; those of the last four weeks are looked through."""
POSTS, COMMENTS, THREADS, MESSAGES = "posts", "comments:", "threads", "messages:"
_MESSAGE = "id,message,created_time,from,attachments{mime_type,file_url,image_data,video_data}"
_THREAD = f"id,updated_time,participants,messages.limit(20){{{_MESSAGE}}}"
_COMMENT = "id,message,created_time,from,parent,attachment{type,url,media}"


class _Link(Part):
    url: Id = None
    src: Id = None


class _File(Part):
    mime_type: Text = ""
    file_url: Id = None
    image_data: Maybe[_Link] = None
    video_data: Maybe[_Link] = None


class _Files(Part):
    data: Several[_File] = ()


class _Media(Part):
    image: Maybe[_Link] = None


class _Shown(Part):
    """What a comment shows beside its words."""

    type: Text = ""
    url: Id = None
    media: Maybe[_Media] = None


class _People(Part):
    data: Several[Party] = ()


class _Node(BaseModel):
    """Strict in what makes an event's id and time: without these the answer is not a list."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class _Said(_Node):
    id: str
    created_time: AwareDatetime
    message: Text = ""
    author: Maybe[Party] = Field(default=None, alias="from")
    parent: Maybe[Party] = None
    attachments: Maybe[_Files] = None
    attachment: Maybe[_Shown] = None


class _Post(_Node):
    id: str


class _Paging(_Node):
    next: str | None = None


class _List(_Node):
    data: tuple[dict[str, object], ...] = ()
    paging: _Paging = _Paging()


class _Thread(_Node):
    id: str
    updated_time: AwareDatetime | None = None
    participants: Maybe[_People] = None
    messages: _List = _List()


class _Asked(_List):
    """The list that was asked for has to be there, unlike one within another."""

    data: tuple[dict[str, object], ...]


def list_request(what: ListSince, account: Account) -> Request:
    """`what`: "" begins; `posts`, `comments:<post>`, `threads` and `messages:<thread>:<person>` are the lists.

    Raises `Unsupported` for another.
    """
    page = account.id.external_id
    after = {"after": what.cursor} if what.cursor else {}
    more = {"limit": PER_PAGE, **after}
    kind, _, of = what.what.partition(":")
    if what.what in ("", POSTS):
        since = str(int((what.since - POSTS_BACK).timestamp()))
        return get(account, (page, "feed"), {"fields": "id,created_time", "since": since, **more})
    if kind == COMMENTS.rstrip(":") and of:
        since = str(int(what.since.timestamp()))
        order = {"filter": "stream", "order": "chronological", "since": since}
        return get(account, (of, "comments"), {"fields": _COMMENT, **order, **more})
    if what.what == THREADS:
        query = {"platform": "messenger", "fields": _THREAD, "limit": THREADS_PER_PAGE, **after}
        return get(account, (page, "conversations"), query)
    if kind == MESSAGES.rstrip(":") and of:
        return get(account, (of.partition(":")[0], "messages"), {"fields": _MESSAGE, **more})
    raise Unsupported(f"no list {what.what!r}")


def listed(what: ListSince, body: object, account: Account, now: datetime) -> Listed | None:
    """`None`: not in the documented shape."""
    context = Context(account, None, now)
    try:
        page = _Asked.model_validate(body)
        if what.what in ("", POSTS):
            return _posts(what, page)
        if what.what == THREADS:
            return _threads(what, page, context)
        if what.what.startswith(MESSAGES):
            _, thread, person = what.what.split(":", 2)
            return _messages(what, page, thread, person, context)
        return _comments(what, page, context)
    except ValidationError:
        return None


def _posts(what: ListSince, page: _List) -> Listed:
    comments = (_ask(what, f"{COMMENTS}{_Post.model_validate(node).id}") for node in page.data)
    threads = [_ask(what, THREADS)] if what.what == "" else []
    return Listed(more=(*comments, *threads, *_next(what, POSTS, page)))


def _comments(what: ListSince, page: _List, context: Context) -> Listed:
    post = what.what.removeprefix(COMMENTS)
    said = [_Said.model_validate(node) for node in page.data]
    found = tuple(_comment(each, post, context) for each in said if each.created_time >= what.since)
    return Listed(found=found, more=_next(what, what.what, page))


def _comment(said: _Said, post: str, context: Context) -> Event | Unhandled:
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": said.id,
        "post_id": post,
        "parent_id": said.parent.id if said.parent else post,
        "message": said.message,
        "from": said.author.model_dump() if said.author else None,
        "created_time": int(said.created_time.timestamp()),
        **_shown(said.attachment),
    }
    return read_change({"field": "feed", "value": value}, context)


def _shown(attachment: _Shown | None) -> dict[str, object]:
    if attachment is None:
        return {}
    if attachment.type.startswith("video"):
        return {"video": attachment.url}
    image = attachment.media.image if attachment.media else None
    return {"photo": image.src} if image else {}


def _threads(what: ListSince, page: _List, context: Context) -> Listed:
    """Newest first: a page that ends before `since` is the last."""
    threads = [_Thread.model_validate(node) for node in page.data]
    read = [
        _messages(what, thread.messages, thread.id, person, context)
        for thread in threads
        if (person := _person(thread, context))
    ]
    found = tuple(event for each in read for event in each.found)
    older = any(thread.updated_time is not None and thread.updated_time < what.since for thread in threads)
    next_ = () if older else _next(what, THREADS, page)
    return Listed(found=found, more=(*next_, *(more for each in read for more in each.more)))


def _person(thread: _Thread, context: Context) -> str | None:
    """Whom the page speaks with: who takes part in it, or else who wrote in it."""
    wrote = (_Said.model_validate(node).author for node in thread.messages.data)
    known = (*(thread.participants.data if thread.participants else ()), *wrote)
    return next((each.id for each in known if each and each.id and each.id != context.page), None)


def _messages(what: ListSince, page: _List, thread: str, person: str, context: Context) -> Listed:
    """Of one thread, newest first: read on until one is older than `since`. What is found is in the order of time."""
    said = [_Said.model_validate(node) for node in page.data]
    recent = [each for each in said if each.created_time >= what.since]
    more = _next(what, f"{MESSAGES}{thread}:{person}", page) if len(recent) == len(said) else ()
    return Listed(found=tuple(_message(each, person, context) for each in reversed(recent)), more=more)


def _message(said: _Said, person: str, context: Context) -> Event | Unhandled:
    author = said.author.id if said.author else None
    if author is None:
        return Unhandled(what="threads.message", why="it does not say who wrote it")
    ours = author == context.page
    item = {
        "sender": {"id": author},
        "recipient": {"id": person if ours else context.page},
        "timestamp": int(said.created_time.timestamp() * 1000),
        "message": {
            "mid": said.id,
            "text": said.message,
            "is_echo": ours,
            "attachments": [_attached(file) for file in (said.attachments.data if said.attachments else ())],
        },
    }
    return read_item(item, context)


def _attached(file: _File) -> dict[str, object]:
    family = file.mime_type.partition("/")[0]
    shown = file.image_data or file.video_data
    url = shown.url if shown else file.file_url
    return {"type": family if family in ("image", "video", "audio") else "file", "payload": {"url": url}}


def _ask(what: ListSince, of: str, cursor: str | None = None) -> ListSince:
    return what.model_copy(update={"what": of, "cursor": cursor})


def _next(what: ListSince, of: str, page: _List) -> tuple[ListSince, ...]:
    """The next page, by the cursor in the address that Facebook gives."""
    after = parse_qs(urlsplit(page.paging.next or "").query).get("after", [])
    return tuple(_ask(what, of, cursor) for cursor in after[:1])
