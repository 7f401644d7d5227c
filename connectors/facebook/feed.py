"""The page in public: comments, reactions, mentions and reviews.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/ (checked 2026-11-22)

The page's own comments come back through the same field. They carry no app, so that `Echoed.elsewhere` stays `None`.
"""

from collections.abc import Callable

from bot.model.event import (
    Attachment,
    CommentReceived,
    Echoed,
    Event,
    MentionReceived,
    MessageDeleted,
    MessageEdited,
    PostPublished,
    ReactionAdded,
    ReviewReceived,
    Unhandled,
    VisibilityChanged,
)
from bot.model.ids import ConversationId
from connectors.facebook.payloads import Change, Value
from connectors.meta.context import Context
from connectors.wire import digest, label

_TEST_BUTTON = "messaging items come so only from the dashboard's test button"


def read_change(raw: object, context: Context) -> Event | Unhandled:
    """One entry of `changes`."""
    change = Change.model_validate(raw) if isinstance(raw, dict) else None
    if change is None or change.value is None:
        return Unhandled(what="malformed", why="a change that is no object, or has no value")
    value = change.value
    if change.field.startswith("messag"):
        return Unhandled(what=f"changes.{label(change.field)}", why=_TEST_BUTTON)
    if change.field == "feed":
        what = f"feed.{label(value.item)}.{label(value.verb)}"
        reader = _FEED.get((value.item, value.verb))
    else:
        what = f"{label(change.field)}.{label(value.verb)}"
        reader = _OTHER.get((change.field, value.verb))
    if reader is None:
        return Unhandled(what=what)
    return reader(value, context) or Unhandled(what=what, why="it does not say what it is about")


Reader = Callable[[Value, Context], Event | Unhandled | None]
"""`None`: an id is missing without which nothing can be said."""


def _author(value: Value) -> str | None:
    return (value.author.id if value.author else None) or value.sender_id


def _name(value: Value) -> str | None:
    return (value.author.name if value.author else "") or value.sender_name or None


def _root(value: Value, comment: str) -> str:
    """The comment that the thread hangs from: the parent, where there is one that is not the post."""
    return comment if value.parent_id in (None, value.post_id) else str(value.parent_id)


def _comment_added(value: Value, context: Context) -> Event | None:
    comment, author = value.comment_id, _author(value)
    if comment is None:
        return None
    root = _root(value, comment)
    if author == context.page:
        return Echoed(
            id=context.id("x", comment),
            account=context.account.id,
            locate=None if root == comment else root,
            occurred_at=context.at(value.created_time),
            received_at=context.now,
            external_id=comment,
            text=value.message,
        )
    contact = context.contact(author, root)
    return CommentReceived(
        id=context.id("c", comment),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, root),
        occurred_at=context.at(value.created_time),
        received_at=context.now,
        external_id=comment,
        text=value.message,
        attachments=_attachments(value),
        author_name=_name(value),
        post_id=value.post_id or comment.partition("_")[0],
        parent_id=None if root == comment else root,
    )


def _attachments(value: Value) -> tuple[Attachment, ...]:
    found = (("photo", value.photo), ("video", value.video))
    return tuple(Attachment(type=kind, url=url) for kind, url in found if url)


def _whose(value: Value, context: Context, comment: str, author: str | None) -> ConversationId | None:
    """The conversation of a comment's author, where the delivery names the author for sure.

    An edit, a removal or a hiding may name the page, or the moderator as `sender_id`: the comment's id has to do then.
    """
    if author is None or author == context.page:
        return None
    return ConversationId.public(context.contact(author, comment), _root(value, comment))


def _comment_edited(value: Value, context: Context) -> Event | Unhandled | None:
    """Only its author can edit a comment. `created_time` stays the comment's own, hence the hash of the text."""
    comment, author = value.comment_id, _author(value)
    if comment is None:
        return None
    if author == context.page:
        return Unhandled(what="feed.comment.edited", why="by the page itself")
    conversation = _whose(value, context, comment, author)
    return MessageEdited(
        id=context.id("e", comment, value.created_time, digest(value.message)),
        account=context.account.id,
        contact=conversation.contact if conversation else None,
        conversation=conversation,
        locate=comment,
        occurred_at=context.at(),
        received_at=context.now,
        external_id=comment,
        text=value.message,
    )


def _comment_removed(value: Value, context: Context) -> Event | None:
    comment = value.comment_id
    if comment is None:
        return None
    conversation = _whose(value, context, comment, value.author.id if value.author else None)
    return MessageDeleted(
        id=context.id("d", comment),
        account=context.account.id,
        contact=conversation.contact if conversation else None,
        conversation=conversation,
        locate=comment,
        occurred_at=context.at(),
        received_at=context.now,
        external_id=comment,
    )


def _visibility(value: Value, context: Context) -> Event | None:
    """A toggle: it may come again with another meaning, so that Meta's time of sending is part of its id."""
    comment = value.comment_id
    if comment is None:
        return None
    conversation = _whose(value, context, comment, value.author.id if value.author else None)
    return VisibilityChanged(
        id=context.id("v", comment, value.verb, context.sent),
        account=context.account.id,
        contact=conversation.contact if conversation else None,
        conversation=conversation,
        locate=comment,
        occurred_at=context.at(),
        received_at=context.now,
        external_id=comment,
        hidden=value.verb == "hide",
    )


def _reaction(value: Value, context: Context) -> Event | Unhandled | None:
    """A reaction to a comment. Who reacted is not whose comment it is: only the comment's id tells the conversation."""
    comment, author = value.comment_id, _author(value)
    what = f"feed.reaction.{value.verb}"
    if comment is None:
        return Unhandled(what=what, why="to a post")
    if author == context.page:
        return Unhandled(what=what, why="by the page itself")
    return ReactionAdded(
        id=context.id("t", comment, author, value.verb, value.reaction_type, context.sent),
        account=context.account.id,
        locate=comment,
        occurred_at=context.at(value.created_time),
        received_at=context.now,
        external_id=comment,
        reaction=None if value.verb == "remove" else value.reaction_type or "other",
    )


def _mention(value: Value, context: Context) -> Event | Unhandled | None:
    """The page was named in somebody's post or comment, mostly without a word on who did it."""
    where, author = value.comment_id or value.post_id, _author(value)
    if where is None:
        return None
    if author == context.page:
        return Unhandled(what="mention.add", why="by the page itself")
    contact = context.contact(author, where)
    return MentionReceived(
        id=context.id("n", where),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, where),
        occurred_at=context.at(value.created_time),
        received_at=context.now,
        external_id=where,
        text=value.message,
        author_name=_name(value),
        post_id=value.post_id or where,
    )


def _review(value: Value, context: Context) -> Event | None:
    """A rating, or a recommendation. Comments beneath it come as `rating` changes of another item."""
    story = value.open_graph_story_id
    if story is None or value.item not in ("", "rating"):
        return None
    contact = context.contact(value.reviewer_id or _author(value), story)
    return ReviewReceived(
        id=context.id("w", story),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, story),
        occurred_at=context.at(value.created_time),
        received_at=context.now,
        external_id=story,
        text=value.review_text,
        author_name=value.reviewer_name or _name(value),
        rating=value.rating,
        recommends=_RECOMMENDS.get(value.recommendation_type),
    )


def _post(value: Value, context: Context) -> Event | Unhandled | None:
    """Something new on the page's own wall. What visitors write there is not answered: it is nobody's comment."""
    post = value.post_id
    if post is None:
        return None
    if _author(value) != context.page:
        return Unhandled(what=f"feed.{label(value.item)}.add", why="not by the page")
    return PostPublished(
        id=context.id("p", post),
        account=context.account.id,
        occurred_at=context.at(value.created_time),
        received_at=context.now,
        external_id=post,
        text=value.message,
    )


_RECOMMENDS = {"positive": True, "negative": False}
_FEED: dict[tuple[str, str], Reader] = {
    ("comment", "add"): _comment_added,
    ("comment", "edit"): _comment_edited,
    ("comment", "edited"): _comment_edited,
    ("comment", "remove"): _comment_removed,
    ("comment", "delete"): _comment_removed,
    ("comment", "hide"): _visibility,
    ("comment", "unhide"): _visibility,
    ("reaction", "add"): _reaction,
    ("reaction", "edit"): _reaction,
    ("reaction", "remove"): _reaction,
    **{(item, "add"): _post for item in ("status", "post", "photo", "video", "share", "link")},
}
_OTHER: dict[tuple[str, str], Reader] = {
    ("mention", "add"): _mention,
    ("ratings", "add"): _review,
}
