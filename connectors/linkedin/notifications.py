"""What happens on an organisation's page.

https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications
(checked 2026-11-27)

A notification does not say which comment a comment answers, unless its `object` is one: it is then taken for the first
of a thread, or asked for (the setting `parents`). Whoever `subscriber` is did nothing: it is the administrator whose
permission is used.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.model.event import (
    CommentReceived,
    ContentUnavailable,
    Echoed,
    Event,
    MentionReceived,
    MessageDeleted,
    MessageEdited,
    Unhandled,
)
from bot.model.ids import ContactId, ConversationId, EventId
from connectors.base import Account
from connectors.linkedin.payloads import Comment, Notification, Owned, beside, comment_id
from connectors.wire import digest, label, moment

FETCH = "comment:"
VERIFY = "verify:"
WORDLESS = "LinkedIn says that somebody commented, and not with which words"
PARENTLESS = "LinkedIn does not say which comment this one answers"


@dataclass(frozen=True, slots=True)
class Context:
    account: Account
    now: datetime

    @property
    def organization(self) -> str:
        return f"urn:li:organization:{self.account.id.external_id}"

    @property
    def fetches_parents(self) -> bool:
        return self.account.settings.get("parents") == "fetch"

    def id(self, kind: str, *parts: object) -> EventId:
        return EventId(f"{self.account.id}/{kind}:{':'.join(str(part) for part in parts)}")

    def contact(self, owner: str | None, root: str) -> ContactId:
        """People by the last part of their URN, which is theirs within one app."""
        if owner is None:
            return ContactId.nobody(self.account.id, root)
        return ContactId.of(self.account.id, owner.rpartition(":")[2])

    def at(self, time: int | None) -> datetime:
        return moment(time) or self.now


def read_notification(raw: object, context: Context) -> Event | Unhandled:
    notification = Notification.model_validate(raw)
    what = f"action.{label(notification.action)}"
    match notification.action:
        case "COMMENT" | "ADMIN_COMMENT":
            return _comment(notification, context) or Unhandled(what=what, why="it does not say which comment")
        case "COMMENT_EDIT":
            return _edit(notification, context) or Unhandled(what=what, why="it does not say which comment")
        case "COMMENT_DELETE":
            return _delete(notification, context) or Unhandled(what=what, why="it does not say which comment")
        case "SHARE_MENTION":
            return _mention(notification, context) or Unhandled(what=what, why="it does not say where")
        case _:
            return Unhandled(what=what)


def _which(notification: Notification) -> tuple[str | None, Owned | None]:
    """The comment, and how the delivery decorates itself with it. The activity's name for its post counts most."""
    owned = notification.decorated.comment if notification.decorated else None
    names = [notification.activity, owned.entity if owned else None]
    known = [found for name in names if (found := comment_id(name, notification.post))]
    return min(known, key=lambda comment: ":" in comment, default=None), owned


def _comment(notification: Notification, context: Context) -> Event | None:
    comment, owned = _which(notification)
    if comment is None:
        return None
    root = comment_id(owned.object if owned else None, notification.post) or comment
    ours = notification.action == "ADMIN_COMMENT"
    if ours or (owned is not None and owned.owner == context.organization):
        return echoed(comment, owned.text if owned else "", root, notification.modified, context)
    if owned is None:
        return _unavailable(comment, notification.modified, WORDLESS, context)
    if root == comment and context.fetches_parents:
        return _unavailable(comment, notification.modified, PARENTLESS, context)
    return commented(comment, owned.owner, owned.text, root, notification.modified, context)


def commented(
    comment: str, owner: str | None, text: str, root: str, time: int | None, context: Context
) -> CommentReceived:
    contact = context.contact(owner, root)
    return CommentReceived(
        id=context.id("c", comment),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, root),
        occurred_at=context.at(time),
        received_at=context.now,
        external_id=comment,
        text=text,
        post_id=comment.partition("_")[0],
        parent_id=None if root == comment else root,
    )


def echoed(comment: str, text: str, root: str, time: int | None, context: Context) -> Echoed:
    return Echoed(
        id=context.id("x", comment),
        account=context.account.id,
        locate=None if root == comment else root,
        occurred_at=context.at(time),
        received_at=context.now,
        external_id=comment,
        text=text,
    )


def _unavailable(comment: str, time: int | None, why: str, context: Context) -> ContentUnavailable:
    """In a conversation that stands in for the true one, which is known when the comment was fetched."""
    contact = context.contact(None, comment)
    return ContentUnavailable(
        id=context.id("u", comment),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, comment),
        occurred_at=context.at(time),
        received_at=context.now,
        external_id=comment,
        why=why,
        fetch=f"{FETCH}{comment}",
    )


def _edit(notification: Notification, context: Context) -> Event | None:
    comment, owned = _which(notification)
    if comment is None:
        return None
    if owned is None:
        return _edited_unseen(comment, notification.modified, context)
    if owned.owner == context.organization:
        return None
    return edited(comment, owned.text, notification.modified, context)


def _edited_unseen(comment: str, time: int | None, context: Context) -> ContentUnavailable:
    return ContentUnavailable(
        id=context.id("v", comment, time),
        account=context.account.id,
        locate=comment,
        occurred_at=context.at(time),
        received_at=context.now,
        external_id=comment,
        why="LinkedIn says that a comment was changed, and not into what",
        fetch=f"{VERIFY}{comment}",
    )


def edited(comment: str, text: str, time: int | None, context: Context) -> MessageEdited:
    return MessageEdited(
        id=context.id("e", comment, time, digest(text)),
        account=context.account.id,
        locate=comment,
        occurred_at=context.at(time),
        received_at=context.now,
        external_id=comment,
        text=text,
    )


def _delete(notification: Notification, context: Context) -> Event | None:
    comment, _ = _which(notification)
    return None if comment is None else deleted(comment, notification.modified, context)


def deleted(comment: str, time: int | None, context: Context) -> MessageDeleted:
    return MessageDeleted(
        id=context.id("d", comment),
        account=context.account.id,
        locate=comment,
        occurred_at=context.at(time),
        received_at=context.now,
        external_id=comment,
    )


def _mention(notification: Notification, context: Context) -> Event | None:
    share = notification.decorated.share if notification.decorated else None
    where = notification.activity or (share.entity if share else None)
    if where is None:
        return None
    contact = context.contact(share.owner if share else None, where)
    return MentionReceived(
        id=context.id("n", where),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, where),
        occurred_at=context.at(notification.modified),
        received_at=context.now,
        external_id=where,
        text=share.text if share else "",
        post_id=where,
    )


def read_comment(comment: str, found: Comment, context: Context) -> tuple[Event, ...]:
    """A comment as the API shows it, as its notification would have been read. What stood in for it ends."""
    root = beside(comment, found.parent) if found.parent else comment
    time = found.created.time if found.created else None
    text = found.message.text if found.message else ""
    if found.actor == context.organization:
        return echoed(comment, text, root, time, context), stand_in_ended(comment, context)
    event = commented(comment, found.actor, text, root, time, context)
    ended = stand_in_ended(comment, context)
    return (event,) if event.conversation == ended.conversation else (event, ended)


def stand_in_ended(comment: str, context: Context) -> MessageDeleted:
    """Nobody has to look for these words any more: they are known elsewhere, or gone."""
    contact = context.contact(None, comment)
    return MessageDeleted(
        id=context.id("g", comment),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.public(contact, comment),
        occurred_at=context.now,
        received_at=context.now,
        external_id=comment,
    )
