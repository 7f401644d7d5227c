"""What one comment means, whichever list it stands in.

https://developers.google.com/youtube/v3/docs/comments (checked 2026-11-27)

The ids come from YouTube's alone, so that the same comment in another list, or on another day, is the same event. It
is read anew whenever it is met: what is known already is dropped at the door.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.event import (
    Attachment,
    CommentReceived,
    Echoed,
    Event,
    MessageEdited,
    Unhandled,
    VisibilityChanged,
)
from bot.model.ids import ContactId, ConversationId, EventId
from connectors.base import Account
from connectors.youtube.payloads import Comment, CommentSnippet

REDELIVERY = timedelta(days=35)
"""How long a comment may be met again as something new: longer than what is asked about again after 30 days."""
NEWS = timedelta(days=28)
"""What is unknown and younger is new: a moderator may release a comment long after it was written."""
HIDDEN = frozenset({"heldForReview", "likelySpam", "rejected"})
MODERATION = "h:"
"""In `known`: `h:<comment>` is `hidden:<n>:<when>` or `shown:<n>:<when>`, for its n-th hiding."""

LONGEST = 9
"""Digits of a count."""

Found = list[Event | Unhandled]


@dataclass(frozen=True, slots=True)
class Context:
    """`settled`: the channel was looked through before, so that what is unknown is new, whenever it was written.

    `public`: the list holds only what everybody sees.
    """

    account: Account
    now: datetime
    since: datetime
    known: Mapping[str, str]
    settled: bool = False
    public: bool = True

    @property
    def channel(self) -> str:
        return self.account.id.external_id

    def id(self, kind: str, *parts: str | int) -> EventId:
        """Two channels may share a shard, so the id begins with the channel."""
        return EventId(f"{self.account.id}/{kind}:{':'.join(str(part) for part in parts)}")

    def wanted(self, at: datetime) -> bool:
        return at >= self.since or (self.settled and at >= self.now - NEWS)

    def is_hidden(self, comment: str) -> bool:
        return self.known.get(MODERATION + comment, "").startswith("hidden:")


def root_of(comment: str) -> str:
    """The thread that it stands in: an answer's id is `<thread>.<its own>`."""
    return comment.partition(".")[0]


def read_comment(comment: Comment, context: Context, video: str | None = None) -> tuple[Found, dict[str, str]]:
    """What it means, and what to remember of it. Nothing, when it is older than what is asked for.

    What a moderator released is told however old it is.
    """
    snippet = comment.snippet
    if comment.id is None or snippet is None:
        return [Unhandled(what="comment", why="no id, or nothing in it")], {}
    if snippet.channel_id not in (None, context.channel):
        return [Unhandled(what="unknown_account", why="a comment on another channel")], {}
    said_at = snippet.published_at or snippet.updated_at or context.now
    edited_at = snippet.updated_at or said_at
    moderated, remember = _moderated(comment.id, snippet, context)
    released = any(not each.hidden for each in moderated)
    if not released and not context.wanted(max(said_at, edited_at)):
        return [], remember
    if snippet.author == context.channel:
        return [_own(comment.id, snippet, said_at, context)], {}
    found: Found = [_received(comment.id, snippet, video, said_at, context)]
    if edited_at > said_at:
        found.append(_edited(comment.id, snippet, edited_at, context))
    return [*found, *moderated], remember


def once(found: Iterable[Event | Unhandled]) -> tuple[Event | Unhandled, ...]:
    """A list may hold the same twice."""
    seen: dict[object, Event | Unhandled] = {}
    for each in found:
        seen.setdefault(object() if isinstance(each, Unhandled) else each.id, each)
    return tuple(seen.values())


def _conversation(comment: str, snippet: CommentSnippet, context: Context) -> ConversationId:
    root = snippet.parent_id or root_of(comment)
    author = snippet.author
    contact = ContactId.of(context.account.id, author) if author else ContactId.nobody(context.account.id, root)
    return ConversationId.public(contact, root)


def _received(
    comment: str, snippet: CommentSnippet, video: str | None, said_at: datetime, context: Context
) -> CommentReceived:
    conversation = _conversation(comment, snippet, context)
    return CommentReceived(
        id=context.id("c", comment),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        occurred_at=said_at,
        received_at=context.now,
        external_id=comment,
        text=snippet.text,
        attachments=(Attachment(type="image", url=snippet.image_url),) if snippet.image_url else (),
        author_name=snippet.author_display_name or None,
        post_id=snippet.video_id or video or context.channel,
        parent_id=snippet.parent_id or (None if root_of(comment) == comment else root_of(comment)),
    )


def _edited(comment: str, snippet: CommentSnippet, edited_at: datetime, context: Context) -> MessageEdited:
    conversation = _conversation(comment, snippet, context)
    return MessageEdited(
        id=context.id("e", comment, edited_at.isoformat()),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        locate=comment,
        occurred_at=edited_at,
        received_at=context.now,
        external_id=comment,
        text=snippet.text,
    )


def _own(comment: str, snippet: CommentSnippet, said_at: datetime, context: Context) -> Echoed:
    """The channel's own words. Nothing tells ours from those typed in YouTube Studio, so `elsewhere` stays open."""
    root = snippet.parent_id or root_of(comment)
    return Echoed(
        id=context.id("x", comment),
        account=context.account.id,
        locate=None if root == comment else root,
        occurred_at=said_at,
        received_at=context.now,
        external_id=comment,
        text=snippet.text,
    )


def _moderated(
    comment: str, snippet: CommentSnippet, context: Context
) -> tuple[list[VisibilityChanged], dict[str, str]]:
    """A toggle without a time of its own: counted, so that hiding it once more is another event."""
    state, _, rest = context.known.get(MODERATION + comment, "").partition(":")
    count = rest.partition(":")[0]
    number = int(count) if count.isdecimal() and len(count) < LONGEST else 0
    hidden = snippet.moderation_status in HIDDEN
    shown = snippet.moderation_status == "published" or (context.public and not hidden)
    if hidden and state != "hidden":
        number, state = number + 1, "hidden"
    elif shown and state == "hidden":
        state = "shown"
    else:
        return [], {}
    conversation = _conversation(comment, snippet, context)
    changed = VisibilityChanged(
        id=context.id("v", comment, state, number),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        locate=comment,
        occurred_at=context.now,
        received_at=context.now,
        external_id=comment,
        hidden=hidden,
    )
    return [changed], {MODERATION + comment: f"{state}:{number}:{int(context.now.timestamp())}"}
