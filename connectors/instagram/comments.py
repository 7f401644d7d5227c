"""Instagram in public: comments, live comments and mentions.

https://developers.facebook.com/docs/instagram-platform/webhooks/examples (checked 2026-11-27)

A comment comes once, when it is made: Instagram tells nothing of edits (there are none), deletions and hidings, and it
gives no time but that of the delivery. Threads have two levels.
"""

from pydantic import Field

from bot.model.event import CommentReceived, ContentUnavailable, Echoed, Event, MentionReceived, Unhandled
from bot.model.ids import ConversationId
from connectors.meta.context import Context
from connectors.wire import Id, Maybe, Part, Text, Whole, label

MENTION = "mention:"


class Author(Part):
    id: Id = None
    username: Text = ""
    self_ig_scoped_id: Id = None


class Media(Part):
    id: Id = None
    media_product_type: Text = ""


class Value(Part):
    id: Id = None
    comment_id: Id = None
    text: Text = ""
    author: Maybe[Author] = Field(default=None, alias="from")
    media: Maybe[Media] = None
    media_id: Id = None
    parent_id: Id = None
    created: Whole = None
    """Only where a list said it: a delivery has no time of its own."""


class Change(Part):
    field: Text = ""
    value: Maybe[Value] = None


def read_change(raw: object, context: Context) -> Event | Unhandled:
    """One entry of `changes`, or what stands for it."""
    change = Change.model_validate(raw if isinstance(raw, dict) else {})
    if change.value is None:
        return Unhandled(what="malformed", why="a change that is no object, or has no value")
    what = label(change.field)
    match change.field:
        case "comments" | "live_comments":
            return _comment(change.value, context) or Unhandled(what=what, why="no id")
        case "mentions":
            return _mention(change.value, context) or Unhandled(what=what, why="no place")
        case _:
            return Unhandled(what=what)


def is_own(author: Author | None, context: Context) -> bool:
    """Whether the account wrote it: by either of its ids, or its name (the setting `username`)."""
    if author is None:
        return False
    ids = {context.page, context.account.id.external_id}
    name = context.account.settings.get("username", "").removeprefix("@").lower()
    return bool({author.id, author.self_ig_scoped_id} & ids) or (name != "" and author.username.lower() == name)


def _comment(value: Value, context: Context) -> Event | None:
    comment = value.id or value.comment_id
    if comment is None:
        return None
    root = value.parent_id or comment
    if is_own(value.author, context):
        return Echoed(
            id=context.id("x", comment),
            account=context.account.id,
            locate=None if root == comment else root,
            occurred_at=context.at(value.created),
            received_at=context.now,
            external_id=comment,
            text=value.text,
        )
    author = value.author or Author()
    contact = context.contact(author.id, root)
    return CommentReceived(
        id=context.id("c", comment),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, root),
        occurred_at=context.at(value.created),
        received_at=context.now,
        external_id=comment,
        text=value.text,
        author_name=author.username or None,
        post_id=(value.media.id if value.media else None) or root,
        parent_id=value.parent_id,
    )


def _mention(value: Value, context: Context) -> Event | None:
    """Only where: what was said has to be fetched, and who said it is told by name alone."""
    media, where = value.media_id, value.comment_id or value.media_id
    if media is None or where is None:
        return None
    contact = context.contact(None, where)
    return ContentUnavailable(
        id=context.id("u", where),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, where),
        occurred_at=context.at(),
        received_at=context.now,
        external_id=where,
        why="Instagram says where the account was mentioned, and not with which words",
        fetch=f"{MENTION}{media}:{value.comment_id or ''}",
    )


def mention_of(where: str, media: str, text: str, username: str, created: int | None, context: Context) -> Event:
    """The mention that was fetched, in the conversation that `_mention` gave it."""
    contact = context.contact(None, where)
    return MentionReceived(
        id=context.id("n", where),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, where),
        occurred_at=context.at(created),
        received_at=context.now,
        external_id=where,
        text=text,
        author_name=username or None,
        post_id=media,
    )
