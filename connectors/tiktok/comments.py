"""Comments under the account's videos, what became of them, and mentions elsewhere.

https://business-api.tiktok.com/portal/docs (seen through the research notes of 2026-08-24; checked 2026-11-27)

A delivery may hold a comment's words or not, and nothing but `unique_identifier` says that the account itself wrote
it. Where the words are missing, or the account does not know what it is called, the comment is fetched from the list,
which shows both.
"""

from datetime import datetime
from typing import Any

from bot.model.event import (
    CommentReceived,
    ContentUnavailable,
    Echoed,
    Event,
    MentionReceived,
    MessageDeleted,
    Unhandled,
    VisibilityChanged,
)
from bot.model.ids import ConversationId
from connectors.tiktok.context import Context
from connectors.tiktok.payloads import NOTHING, CommentUpdate, Listed, Mention, key
from connectors.wire import label

FETCH, FETCH_REPLY = "comment:", "reply:"
HIDDEN = {"set_to_hidden": True, "set_to_friends_only": True, "set_to_public": False}


def read_update(update: CommentUpdate, context: Context) -> Event | Unhandled:
    comment = key(update.video_id, update.comment_id)
    if comment is None:
        return Unhandled(what="malformed", why="no id, or no video, of a comment")
    base: dict[str, Any] = {
        "account": context.account.id,
        "occurred_at": context.at(update.timestamp),
        "received_at": context.now,
        "external_id": comment,
    }
    action = update.comment_action
    if action == "insert":
        return _inserted(comment, update, context)
    if action == "delete":
        return MessageDeleted(id=context.id("d", comment), locate=comment, **base)
    if action in HIDDEN:
        at = update.timestamp or int(base["occurred_at"].timestamp())
        hidden = HIDDEN[action]
        return VisibilityChanged(id=context.id("v", comment, action, at), locate=comment, hidden=hidden, **base)
    return Unhandled(what=label(action) if action else "malformed", why="no event for what became of a comment")


def _inserted(comment: str, update: CommentUpdate, context: Context) -> Event:
    at = context.at(update.timestamp)
    parent = key(update.video_id, update.parent_comment_id)
    if update.text is None or context.own is None:
        fetch = f"{FETCH_REPLY}{parent}_{update.comment_id}" if parent else f"{FETCH}{comment}"
        return ContentUnavailable(
            id=context.id("u", comment),
            account=context.account.id,
            occurred_at=at,
            received_at=context.now,
            external_id=comment,
            why="TikTok delivered a comment without its words, or without saying whether they are ours",
            fetch=fetch,
        )
    own = update.unique_identifier in (context.own, context.account.id.external_id)
    return _said(comment, parent, update.unique_identifier, update.text, at, context, own=own)


def read_listed(listed: Listed, context: Context, parent: str | None = None) -> Event | Unhandled:
    """As a delivery with all its parts would be read. `parent`: whose answers were listed."""
    comment = key(listed.video_id, listed.comment_id)
    if comment is None:
        return Unhandled(what="malformed", why="no id, or no video, of a comment")
    above = key(listed.video_id, listed.parent_comment_id) or parent
    own = listed.owner or listed.unique_identifier in (context.own, context.account.id.external_id)
    at, name = context.at(listed.create_time), listed.display_name or listed.username or None
    return _said(comment, above, listed.unique_identifier, listed.text, at, context, own=own, name=name)


def _said(
    comment: str,
    parent: str | None,
    author: str | None,
    text: str,
    at: datetime,
    context: Context,
    *,
    own: bool,
    name: str | None = None,
) -> Event:
    base: dict[str, Any] = {
        "id": context.id("c", comment),
        "account": context.account.id,
        "occurred_at": at,
        "received_at": context.now,
        "external_id": comment,
        "text": text,
    }
    if own:
        return Echoed(locate=parent, **base)
    root = parent or comment
    contact = context.contact(author, root)
    return CommentReceived(
        **base,
        contact=contact,
        conversation=ConversationId.public(contact, root),
        author_name=name,
        post_id=comment.partition("_")[0],
        parent_id=parent,
    )


def read_mention(mention: Mention, context: Context) -> Event | Unhandled:
    """In a video's caption; or in a comment, whose words TikTok does not show to whom it mentions."""
    in_comment = mention.comment_id not in (None, NOTHING)
    place = key(mention.video_id, mention.comment_id) if in_comment else mention.video_id
    if not place:
        return Unhandled(what="malformed", why="a mention in nothing")
    base: dict[str, Any] = {
        "account": context.account.id,
        "occurred_at": context.at(None),
        "received_at": context.now,
        "external_id": place,
    }
    if mention.type_of_event.upper() == "DELETE":
        return MessageDeleted(id=context.id("d", place), locate=place, **base)
    contact = context.contact(mention.unique_identifier, place)
    base |= {"contact": contact, "conversation": ConversationId.public(contact, place)}
    if in_comment:
        why = "somebody named the account in a comment that only TikTok's own app shows"
        return ContentUnavailable(id=context.id("n", place), why=why, **base)
    caption = mention.video_caption
    return MentionReceived(id=context.id("n", place), text=caption, post_id=place, **base)
