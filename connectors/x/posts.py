"""Posts on X: mentions, quotes, answers, and the account's own.

https://docs.x.com/x-api/fundamentals/data-dictionary (checked 2026-11-27)
"""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.model.event import (
    CommentReceived,
    Echoed,
    Event,
    MentionReceived,
    MessageDeleted,
    MessageEdited,
    PostPublished,
)
from bot.model.ids import ContactId, ConversationId, EventId
from connectors.base import Account
from connectors.wire import moment
from connectors.x.payloads import OlderPost, Post, User

_NAMES = re.compile(r"(?:@\w{1,20}\s+)+")
"""The names that an answer begins with."""


@dataclass(frozen=True, slots=True)
class Context:
    account: Account
    now: datetime

    @property
    def own(self) -> str:
        return self.account.id.external_id

    def id(self, kind: str, *parts: object) -> EventId:
        return EventId(f"{self.account.id}/{kind}:{':'.join(str(part) for part in parts)}")

    def contact(self, user: str | None, root: str) -> ContactId:
        return ContactId.of(self.account.id, user) if user else ContactId.nobody(self.account.id, root)


def read_post(post: Post, people: dict[str, User], context: Context) -> Event | None:
    """`None`: no id, or a repost."""
    if post.id is None or any(each.type == "retweeted" for each in post.referenced_tweets):
        return None
    root, at = post.conversation_id or post.answers or post.id, post.created_at or context.now
    if post.author_id == context.own:
        return _own(post, root, at, context)
    contact = context.contact(post.author_id, root)
    first, text = post.edit_history_tweet_ids[:1], without_names(post)
    if first and first[0] != post.id:
        return MessageEdited(
            id=context.id("e", post.id),
            account=context.account.id,
            contact=contact,
            conversation=ConversationId.public(contact, root),
            occurred_at=at,
            received_at=context.now,
            external_id=first[0],
            text=text,
        )
    user = people.get(post.author_id or "")
    common = {
        "id": context.id("c", post.id),
        "account": context.account.id,
        "contact": contact,
        "conversation": ConversationId.public(contact, root),
        "occurred_at": at,
        "received_at": context.now,
        "external_id": post.id,
        "text": text,
        "author_name": (user.name or user.username or user.screen_name or None) if user else None,
        "post_id": root,
    }
    if post.in_reply_to_user_id == context.own:
        parent = post.answers if post.answers != root else None
        return CommentReceived.model_validate({**common, "parent_id": parent})
    return MentionReceived.model_validate(common)


def _own(post: Post, root: str, at: datetime, context: Context) -> Event:
    common = {"account": context.account.id, "occurred_at": at, "received_at": context.now}
    if post.answers is None:
        event_id = context.id("p", post.id)
        return PostPublished.model_validate({**common, "id": event_id, "external_id": post.id, "text": post.text})
    event_id, locate = context.id("x", post.id), post.answers
    said = {"external_id": post.id, "text": without_names(post)}
    return Echoed.model_validate({**common, "id": event_id, "locate": locate, **said})


def without_names(post: Post) -> str:
    """An answer's own words: the names that it begins with were put there by X."""
    match = _NAMES.match(post.text) if post.answers else None
    return post.text[match.end() :] if match else post.text


def read_older_post(older: OlderPost, context: Context) -> Event | None:
    """A post in the older form, which does not say what conversation it belongs to."""
    if older.retweeted_status is not None:
        return None
    user = older.user
    author = (user.id_str or user.id) if user else None
    answers = older.in_reply_to_status_id_str
    post = Post.model_construct(
        id=older.id_str,
        text=(older.extended_tweet.full_text if older.extended_tweet else "") or older.text,
        author_id=author,
        created_at=older.created_at,
        in_reply_to_user_id=older.in_reply_to_user_id_str,
        in_reply_to_tweet_id=answers,
    )
    return read_post(post, {author: user} if author and user else {}, context)


def read_deletion(post: str | None, author: str | None, at_ms: int | None, context: Context) -> Event | None:
    """`None`: no id, or a post of the account's own."""
    if post is None or author == context.own:
        return None
    return MessageDeleted(
        id=context.id("d", post),
        account=context.account.id,
        locate=post,
        occurred_at=moment(at_ms) or context.now,
        received_at=context.now,
        external_id=post,
    )
