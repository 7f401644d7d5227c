"""A page of the channel's threads: what is new in it, and whether to turn the page. See lists.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.model.action import ListSince
from bot.model.event import Event, Unhandled
from connectors.base import Account, Listed
from connectors.youtube.comments import HIDDEN, MODERATION, NEWS, Context, once, read_comment
from connectors.youtube.options import options
from connectors.youtube.payloads import Comment, Page, Thread

PAGES_AT_MOST: Final = 100
THREADS_KEPT: Final = 2000
MODERATED_KEPT: Final = 500
THREAD: Final = "t:"
SCANNED, BEGUN, ETAG = "scanned", "begun", "etag"
PAGE, SCAN, REPLIES, HELD = "page", "scan", "replies", "held"


def scan_is_due(known: Mapping[str, str], account: Account, now: datetime) -> bool:
    scanned = known.get(SCANNED, "")
    return not scanned.isdecimal() or now.timestamp() - int(scanned) >= options(account).rescan_every_s


@dataclass(slots=True)
class Gathered:
    """What one answer brings."""

    question: ListSince
    account: Account
    now: datetime
    found: list[Event | Unhandled] = field(default_factory=list)
    more: list[ListSince] = field(default_factory=list)
    remember: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> Mapping[str, str]:
        return self.question.known

    @property
    def settled(self) -> bool:
        """The channel was looked through in an earlier round."""
        return self.known.get(BEGUN) not in (None, self._round)

    @property
    def _round(self) -> str:
        """Tells one round's questions from another's."""
        return str(int(self.question.since.timestamp()))

    @property
    def kind(self) -> str:
        return self.question.what.partition(":")[0]

    @property
    def rest(self) -> str:
        return self.question.what.partition(":")[2]

    @property
    def number(self) -> int:
        """Which page of its list it is, from 1."""
        return int(self.rest) if self.rest.isdecimal() else 1

    def context(self, *, public: bool = True) -> Context:
        return Context(self.account, self.now, self.question.since, self.known, self.settled, public)

    def read(self, comment: Comment, context: Context | None = None, video: str | None = None) -> None:
        found, remember = read_comment(comment, context or self.context(), video)
        self.found += found
        self.remember |= remember

    def ask(self, what: str, cursor: str | None = None) -> None:
        self.more.append(self.question.model_copy(update={"what": what, "cursor": cursor}))

    def looked_through(self) -> None:
        self.remember[SCANNED] = str(int(self.now.timestamp()))
        if not self.settled:
            self.remember[BEGUN] = self._round

    def listed(self) -> Listed:
        forgotten = _oldest(self.known, THREAD, THREADS_KEPT) | _oldest(self.known, MODERATION, MODERATED_KEPT)
        return Listed(found=once(self.found), more=tuple(self.more), remember=forgotten | self.remember)


def _oldest(known: Mapping[str, str], prefix: str, keep: int) -> dict[str, str]:
    """To be forgotten: those beyond `keep` whose time, which stands last, is the longest ago."""
    names = [name for name in known if name.startswith(prefix)]
    names.sort(key=lambda name: known[name].rpartition(":")[2].zfill(12), reverse=True)
    return dict.fromkeys(names[keep:], "")


def read_threads(answer: Gathered, page: Page) -> None:
    limits, first, number = options(answer.account), answer.kind == "", answer.number
    scanning = answer.kind == SCAN or (first and scan_is_due(answer.known, answer.account, answer.now))
    threads = [Thread.model_validate(raw) if isinstance(raw, dict) else Thread() for raw in page.items]
    news = [_read(answer, thread, raw) for thread, raw in zip(threads, page.items, strict=True)]
    if answer.settled:
        further = any(news) or (scanning and number < limits.rescan_pages)
    else:
        back_to = answer.question.since - NEWS
        further = any(begun >= back_to for begun in map(_begun, threads) if begun is not None)
    if first and scanning and limits.held:
        answer.ask(f"{HELD}:1")
    if page.next_page_token and further and number < PAGES_AT_MOST:
        answer.ask(f"{SCAN if scanning else PAGE}:{number + 1}", page.next_page_token)
    elif scanning:
        answer.looked_through()
    if first:
        quiet = not answer.more and not any(news)
        answer.remember |= {ETAG: page.etag or ""} if quiet else {ETAG: ""} if ETAG in answer.known else {}


def _read(answer: Gathered, thread: Thread, raw: object) -> bool:
    """Whether there was something new in it. A list of comments alone is read as what it is."""
    top = thread.snippet.top_level_comment if thread.snippet else None
    if thread.id is None or thread.snippet is None or top is None:
        alone = isinstance(raw, dict) and raw.get("kind") != "youtube#commentThread"
        answer.read(Comment.model_validate(raw) if alone else Comment())
        return False
    context, key = answer.context(), THREAD + thread.id
    shown = (top, *(thread.replies.comments if thread.replies else ()))
    times = [time for each in shown if each.snippet for time in (each.snippet.published_at, each.snippet.updated_at)]
    newest = max((time for time in times if time is not None), default=None)
    count = thread.snippet.total_reply_count or 0
    stamp, before = f"{count}:{int(newest.timestamp()) if newest else 0}", answer.known.get(key)
    unread = count >= len(shown) and (before or "").partition(":")[0] != str(count)
    if not any(_is_released(each, context) for each in shown):
        old = not context.wanted(newest or answer.now) and not (unread and _may_hide_news(answer, thread))
        if before == stamp or (before is None and old):
            answer.remember |= {} if before == stamp else {key: stamp}
            return False
    for each in shown:
        answer.read(each, context, thread.snippet.video_id)
    if unread:
        answer.ask(f"{REPLIES}:{thread.id}:1:{stamp}")
    else:
        answer.remember[key] = stamp
    return True


def _is_released(comment: Comment, context: Context) -> bool:
    status = comment.snippet.moderation_status if comment.snippet else ""
    return status not in HIDDEN and context.is_hidden(comment.id or "")


def _may_hide_news(answer: Gathered, thread: Thread) -> bool:
    """Of an old thread that nothing is known of yet, an answer that is not shown may be new."""
    begun = _begun(thread)
    return not answer.settled and begun is not None and begun >= answer.question.since - NEWS


def _begun(thread: Thread) -> datetime | None:
    top = thread.snippet.top_level_comment if thread.snippet else None
    return top.snippet.published_at if top and top.snippet else None
