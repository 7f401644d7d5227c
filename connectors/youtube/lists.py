"""Asking YouTube what was said: it tells nobody, so that its lists are asked again and again.

https://developers.google.com/youtube/v3/docs/commentThreads/list and …/comments/list (checked 2026-11-27)

Threads come newest first, by when they were begun: a new answer in an old thread moves nothing. So the first page is
asked each time, and further ones until a whole page holds nothing new; now and then several are looked through whatever
they hold, and the comments that wait for a moderator. `known` keeps:

    t:<thread>   how many answers it had, and when the newest word in it was written
    h:<comment>  whether a moderator hid it; see comments.py
    etag         of a first page that held nothing new
    scanned      when the pages were last looked through
    begun        the round that looked through them first; until it is over, only what is younger than `since` is news

A thread is remembered only once all its answers were read, so that a round that breaks off loses nothing.
"""

from datetime import datetime
from typing import Final

from bot.model.action import ListSince
from bot.model.event import CommentReceived, Echoed, MessageDeleted, Unhandled
from connectors.base import Account, Listed, Request, Response, SendError, Unsupported
from connectors.wire import decode
from connectors.youtube.comments import HIDDEN, read_comment
from connectors.youtube.errors import GONE, PROCESSING, read_error
from connectors.youtube.payloads import Comment, Page, Thread, read_page
from connectors.youtube.requests import get
from connectors.youtube.threads import ETAG, HELD, PAGE, REPLIES, SCAN, THREAD, Gathered, read_threads, scan_is_due

PER_PAGE: Final = "100"
REPLY_PAGES_AT_MOST: Final = 20
HELD_PAGES_AT_MOST: Final = 5
VERIFY: Final = "verify"
"""`verify:<comments>`: whether they are still there, as the terms want it asked every 30 days."""
NOT_MODIFIED: Final = 304


def list_request(question: ListSince, account: Account, now: datetime) -> Request:
    """Raises `Unsupported` for a list that is none of the module's."""
    kind, _, rest = question.what.partition(":")
    more = {"maxResults": PER_PAGE, **({"pageToken": question.cursor} if question.cursor else {})}
    plain = {"textFormat": "plainText"}
    threads = {
        "part": "snippet,replies",
        "allThreadsRelatedToChannelId": account.id.external_id,
        "order": "time",
        **plain,
        **more,
    }
    if kind == HELD:
        return get(account, "commentThreads", threads | {"moderationStatus": "heldForReview"})
    if kind == REPLIES and rest:
        return get(account, "comments", {"part": "snippet", "parentId": rest.partition(":")[0], **plain, **more})
    if kind == VERIFY and rest:
        return get(account, "comments", {"part": "snippet", "id": rest, **plain})
    if kind in ("", PAGE, SCAN):
        etag = "" if kind or scan_is_due(question.known, account, now) else question.known.get(ETAG, "")
        return get(account, "commentThreads", threads, {"if-none-match": etag} if etag else {})
    raise Unsupported(f"no list {question.what!r}")


def listed(question: ListSince, response: Response, account: Account, now: datetime) -> Listed | SendError:
    answer = Gathered(question, account, now)
    if response.status == NOT_MODIFIED and question.what == "" and ETAG in question.known:
        return Listed()
    error = read_error(question, response, account, now)
    if error is not None:
        return answer.listed() if _done_without(answer, error) else error
    try:
        page = read_page(decode(response.body))
    except ValueError:
        page = None
    if page is None:
        return SendError(fault="unknown", code=f"HTTP {response.status}", detail="no list in the answer")
    _READERS.get(answer.kind, read_threads)(answer, page)
    return answer.listed()


def _comments(page: Page) -> list[Comment]:
    return [Comment.model_validate(raw) if isinstance(raw, dict) else Comment() for raw in page.items]


def _replies(answer: Gathered, page: Page) -> None:
    thread, number, stamp = _thread_of(answer)
    for comment in _comments(page):
        answer.read(comment)
    if page.next_page_token and number < REPLY_PAGES_AT_MOST:
        answer.ask(f"{REPLIES}:{thread}:{number + 1}:{stamp}", page.next_page_token)
    else:
        answer.remember[THREAD + thread] = stamp


def _thread_of(answer: Gathered) -> tuple[str, int, str]:
    """Whose answers, which page of them, and what to remember of the thread after the last."""
    thread, _, rest = answer.rest.partition(":")
    number, _, stamp = rest.partition(":")
    return thread, int(number) if number.isdecimal() else 1, stamp


def _held(answer: Gathered, page: Page) -> None:
    """A thread is here when it, or one of its answers, waits. What was told before is not told again."""
    context = answer.context(public=False)
    for raw in page.items:
        thread = Thread.model_validate(raw) if isinstance(raw, dict) else Thread()
        top = thread.snippet.top_level_comment if thread.snippet else None
        for comment in (top or Comment(), *(thread.replies.comments if thread.replies else ())):
            status = comment.snippet.moderation_status if comment.snippet else ""
            if comment.id is None or (status in HIDDEN and not context.is_hidden(comment.id)):
                answer.read(comment, context, thread.snippet.video_id if thread.snippet else None)
    number = answer.number
    if page.next_page_token and number < HELD_PAGES_AT_MOST:
        answer.ask(f"{HELD}:{number + 1}", page.next_page_token)


def _verified(answer: Gathered, page: Page) -> None:
    """Edited, hidden or gone since. That they are there is the answer itself."""
    context = answer.context(public=False)
    there = set()
    for comment in _comments(page):
        there.add(comment.id)
        found, remember = read_comment(comment, context)
        answer.found += [each for each in found if not isinstance(each, CommentReceived | Echoed)]
        answer.remember |= remember
    if page.next_page_token is None:
        for gone in dict.fromkeys(answer.rest.split(",")):
            if gone and gone not in there:
                _gone(answer, gone)


def _gone(answer: Gathered, comment: str) -> None:
    answer.found.append(
        MessageDeleted(
            id=answer.context().id("d", comment),
            account=answer.account.id,
            locate=comment,
            occurred_at=answer.now,
            received_at=answer.now,
            external_id=comment,
        )
    )


def _done_without(answer: Gathered, error: SendError) -> bool:
    """Whether the refusal is no reason to break off: one thread, or one list, can't be read, and all others can."""
    refused = error.fault == "refused"
    match answer.kind:
        case "replies" if refused or error.code == PROCESSING:
            thread, _, stamp = _thread_of(answer)
            answer.found.append(Unhandled(what="replies.unread", why=error.code))
            answer.remember |= {THREAD + thread: stamp} if refused else {}
            return True
        case "held" if refused:
            answer.found.append(Unhandled(what="held.unread", why=error.code))
            return True
        case "verify" if "," in answer.rest and error.code in (*GONE, PROCESSING):
            for one in dict.fromkeys(answer.rest.split(",")):
                answer.ask(f"{VERIFY}:{one}")
            return True
        case "verify" if error.code in GONE:
            _gone(answer, answer.rest)
            return True
        case _:
            return False


_READERS: Final = {REPLIES: _replies, HELD: _held, VERIFY: _verified}
