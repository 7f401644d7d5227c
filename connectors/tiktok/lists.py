"""Asking TikTok what is there: what a delivery did not show, what was missed, and our own words.

https://business-api.tiktok.com/portal/docs (seen through the research notes of 2026-08-24; checked 2026-11-27)

`what` of a list: "" where it begins, `conversations` and `messages:<conversation>`, `videos` and `comments:<video>`,
`replies:<comment>`; `comment:<comment>` and `reply:<parent>_<comment>` bring a single one. Pages may be short and may
repeat themselves: they go on until `has_more` is false.
"""

import json
from datetime import timedelta

from bot.model.action import Action, ListSince, ReplyToComment, SendMessage, fingerprint
from bot.model.event import Echoed, Event, Unhandled
from connectors.base import Account, Found, Listed, Request, SendError, Unsupported
from connectors.tiktok.comments import FETCH, FETCH_REPLY, read_listed
from connectors.tiktok.context import Context
from connectors.tiktok.messages import CONVERSATIONS, read_message
from connectors.tiktok.payloads import Conversation, Data, Message, Video, key, split
from connectors.tiktok.payloads import Listed as Comment
from connectors.tiktok.requests import get
from connectors.wire import moment

MESSAGES, VIDEOS, COMMENTS, REPLIES = "messages:", "videos", "comments:", "replies:"
LOOK_BACK = timedelta(minutes=2)
VIDEO_DAYS = 90
"""Comments are looked for under the videos of so many days."""


def list_request(query: ListSince, account: Account) -> Request:
    what, rest = query.what, query.what.partition(":")[2]
    cursor = {"cursor": query.cursor} if query.cursor else {}
    own = {"business_id": account.id.external_id, **cursor}
    if what in ("", CONVERSATIONS):
        return get(account, "business/message/conversation/list", own)
    if what.startswith(MESSAGES):
        return get(account, "business/message/content/list", own | {"conversation_id": rest})
    if what == VIDEOS:
        return get(account, "business/video/list", own | {"fields": '["item_id","create_time"]'})
    if what.startswith(COMMENTS):
        return get(account, "business/comment/list", own | {"video_id": rest, "include_replies": "false"})
    if what.startswith(REPLIES):
        return _replies(account, rest, cursor)
    if what.startswith(FETCH):
        video, comment = split(rest)
        return get(account, "business/comment/list", own | {"video_id": video, "comment_ids": json.dumps([comment])})
    if what.startswith(FETCH_REPLY):
        return _replies(account, rest.rpartition("_")[0], cursor)
    raise Unsupported(f"no list {what!r}")


def _replies(account: Account, parent: str, more: dict[str, str]) -> Request:
    video, comment = split(parent)
    of = {"business_id": account.id.external_id, "video_id": video, "comment_id": comment}
    return get(account, "business/comment/reply/list", of | more)


def listed(query: ListSince, data: Data, context: Context) -> Listed | None:
    """`None` for an answer without the list that was asked for."""
    what, rest = query.what, query.what.partition(":")[2]
    next_page = (query.model_copy(update={"cursor": data.cursor}),) if data.has_more and data.cursor else ()
    if what in ("", CONVERSATIONS):
        return _conversations(query, data, next_page)
    if what == VIDEOS:
        return _videos(query, data, next_page)
    if what.startswith(MESSAGES):
        return _messages(query, rest, data, next_page, context)
    return _comments(query, data, next_page, context)


def _conversations(query: ListSince, data: Data, next_page: tuple[ListSince, ...]) -> Listed | None:
    if data.conversations is None:
        return None
    ids = [Conversation.model_validate(raw).conversation_id for raw in data.conversations if isinstance(raw, dict)]
    more = tuple(_ask(query, f"{MESSAGES}{each}") for each in dict.fromkeys(ids) if each)
    videos = (_ask(query, VIDEOS),) if query.what == "" and query.cursor is None else ()
    return Listed(more=(*more, *next_page, *videos))


def _videos(query: ListSince, data: Data, next_page: tuple[ListSince, ...]) -> Listed | None:
    if data.videos is None:
        return None
    videos = [Video.model_validate(raw) for raw in data.videos if isinstance(raw, dict)]
    oldest = query.since - timedelta(days=VIDEO_DAYS)
    recent = [each for each in videos if (at := moment(each.create_time)) is None or at >= oldest]
    more = tuple(_ask(query, f"{COMMENTS}{each.item_id}") for each in recent if each.item_id)
    return Listed(more=(*more, *(next_page if len(recent) == len(videos) else ())))


def _messages(
    query: ListSince, conversation: str, data: Data, next_page: tuple[ListSince, ...], context: Context
) -> Listed | None:
    """A message that is listed may leave out the conversation that was asked for."""
    if data.messages is None:
        return None
    found: list[Event | Unhandled] = []
    for raw in data.messages:
        if isinstance(raw, dict):
            found += read_message(Message.model_validate({"conversation_id": conversation, **raw}), context)
    return Listed(found=_since(query, found), more=next_page)


def _comments(query: ListSince, data: Data, next_page: tuple[ListSince, ...], context: Context) -> Listed | None:
    if data.comments is None:
        return None
    what, rest = query.what, query.what.partition(":")[2]
    under = {"video_id": rest.partition("_")[0]}
    comments = [Comment.model_validate(under | raw) for raw in data.comments if isinstance(raw, dict)]
    if what.startswith(FETCH_REPLY):
        parent, _, wanted = rest.rpartition("_")
        found = [read_listed(each, context, parent) for each in comments if each.comment_id == wanted]
        return Listed(found=tuple(found), more=() if found else next_page)
    if what.startswith(FETCH):
        return Listed(found=tuple(read_listed(each, context) for each in comments if _is(each, rest)))
    parent_of = rest if what.startswith(REPLIES) else None
    answered = (
        ()
        if parent_of
        else tuple(
            _ask(query, f"{REPLIES}{known}")
            for each in comments
            if each.replies and (known := key(each.video_id, each.comment_id))
        )
    )
    found = [read_listed(each, context, parent_of) for each in comments]
    return Listed(found=_since(query, found), more=(*answered, *next_page))


def _is(comment: Comment, wanted: str) -> bool:
    return key(comment.video_id, comment.comment_id) == wanted


def _ask(query: ListSince, what: str) -> ListSince:
    return query.model_copy(update={"what": what, "cursor": None})


def _since(query: ListSince, found: list[Event | Unhandled]) -> tuple[Event | Unhandled, ...]:
    return tuple(each for each in found if isinstance(each, Unhandled) or each.occurred_at >= query.since)


def find(action: Action, account: Account) -> Request:
    if isinstance(action, SendMessage):
        query = {"business_id": account.id.external_id, "conversation_id": action.conversation.contact.user}
        return get(account, "business/message/content/list", query)
    if isinstance(action, ReplyToComment):
        return _replies(account, action.conversation.root or action.comment_id, {})
    raise Unsupported(f"{action.kind} leaves no words to look for")


def found(action: Action, data: Data, context: Context) -> Found | SendError | None:
    """The newest page is read; where there is more, what is not in it may yet be there."""
    since, person = action.earliest - LOOK_BACK, action.conversation.contact.user
    if isinstance(action, ReplyToComment):
        root = action.conversation.root or action.comment_id
        said = _comments(ListSince(since=since, what=f"{REPLIES}{root}"), data, (), context)
    else:
        said = _messages(ListSince(since=since), person, data, (), context)
    if said is None:
        return None
    wanted = fingerprint(action.conversation, getattr(action, "text", ""))
    for each in said.found:
        if isinstance(each, Echoed) and fingerprint(action.conversation, each.text) == wanted:
            return Found(external_id=each.external_id)
    if data.has_more:
        return SendError(fault="unknown", code="not_found", detail="the answer does not reach to the end")
    return Found(external_id=None)
