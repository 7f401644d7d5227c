"""What one item of the brand's app means.

A private event names its user. A public one is found by the comment it is about, unless it names thread and author.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.model.event import (
    Attachment,
    CommentReceived,
    ContactOptedOut,
    DeliveryUpdated,
    Echoed,
    ErasureRequested,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    PostPublished,
    ReactionAdded,
    ThreadControlChanged,
    Unhandled,
    VisibilityChanged,
)
from bot.model.ids import ContactId, ConversationId, EventId
from connectors.base import Account
from connectors.webhook.payloads import Item
from connectors.wire import label


@dataclass(frozen=True, slots=True)
class Said:
    """An item that names what its type needs, and whose it is."""

    item: Item
    account: Account
    now: datetime

    @property
    def user(self) -> str:
        return (self.item.user.id if self.item.user else None) or ""

    @property
    def message_id(self) -> str:
        return self.item.message_id or ""

    @property
    def at(self) -> datetime:
        return self.item.at or self.now

    @property
    def contact(self) -> ContactId:
        return ContactId.of(self.account.id, self.user)

    @property
    def by_brand(self) -> bool:
        return self.user == self.account.id.external_id

    def about(self, conversation: ConversationId | None = None, **more: Any) -> dict[str, Any]:
        """What all events have. Two accounts may share a shard, so the id begins with the account."""
        common = {
            "id": EventId(f"{self.account.id}/{self.item.type}:{self.item.id}"),
            "account": self.account.id,
            "contact": conversation.contact if conversation else None,
            "conversation": conversation,
            "occurred_at": self.at,
            "received_at": self.now,
        }
        return common | more

    def private(self, **more: Any) -> dict[str, Any]:
        return self.about(ConversationId.private(self.contact), **more)

    def public(self, **more: Any) -> dict[str, Any]:
        """About a comment: its id leads to the conversation when thread or author is left out."""
        thread = self.item.thread_id
        known = ConversationId.public(self.contact, thread) if thread and self.user and not self.by_brand else None
        return self.about(known, locate=self.message_id, **more)

    def words(self) -> dict[str, Any]:
        files = tuple(Attachment(type=one.type or "file", url=one.url or None) for one in self.item.attachments)
        name = self.item.user.name if self.item.user else ""
        return {
            "external_id": self.message_id,
            "text": self.item.text,
            "attachments": files,
            "author_name": name or None,
        }


def read(item: Item, account: Account, now: datetime) -> Event | Unhandled:
    """The event, or why there is none."""
    kind = _KINDS.get(item.type)
    if kind is None:
        area, _, verb = item.type.partition(".")
        return Unhandled(what=f"{label(area)}.{label(verb)}" if verb else label(area), why="no such type")
    said = Said(item, account, now)
    given = {"id": item.id, "user": said.user, "message_id": item.message_id, "post_id": item.post_id}
    missing = [name for name in ("id", *kind.needs) if not given[name]]
    if missing:
        return Unhandled(what=item.type, why=f"without {', '.join(missing)}")
    return kind.event(said)


def _message(said: Said) -> Event:
    if said.by_brand:
        return _echo(said)
    return MessageReceived(**said.private(**said.words(), reply_to=said.item.reply_to, payload=said.item.payload))


def _comment(said: Said) -> Event:
    if said.by_brand:
        return _echo(said)
    root = said.item.thread_id or said.item.parent_id or said.message_id
    contact = said.contact if said.user else ContactId.nobody(said.account.id, root)
    parent = said.item.parent_id or (root if root != said.message_id else None)
    place = said.about(ConversationId.public(contact, root))
    return CommentReceived(**place, **said.words(), post_id=said.item.post_id or root, parent_id=parent)


def _echo(said: Said) -> Event:
    """Words in the brand's name: ours when they bear an action of ours, else a person's who answered in the app."""
    item = said.item
    thread = item.thread_id or item.parent_id
    customer = said.user and not said.by_brand
    conversation = None
    if customer:
        conversation = ConversationId.public(said.contact, thread) if thread else ConversationId.private(said.contact)
    place = said.about(conversation, locate=item.parent_id or thread or item.reply_to)
    elsewhere = False if item.action_id else None if said.by_brand else True
    return Echoed(**place, external_id=said.message_id, text=item.text, tag=item.action_id, elsewhere=elsewhere)


def _edited(place: dict[str, Any], said: Said) -> Event:
    return MessageEdited(**place, external_id=said.message_id, text=said.item.text)


def _reacted(place: dict[str, Any], said: Said) -> Event:
    return ReactionAdded(**place, external_id=said.message_id, reaction=said.item.reaction)


def _comment_reacted(said: Said) -> Event:
    """Who reacted is not whose comment it is."""
    return _reacted(said.about(locate=said.message_id), said)


def _visibility(hidden: bool) -> Callable[[Said], Event]:
    return lambda said: VisibilityChanged(**said.public(), external_id=said.message_id, hidden=hidden)


def _receipt(said: Said) -> Event:
    ids = (said.message_id,) if said.message_id else ()
    return DeliveryUpdated(
        **said.private(),
        status="read" if said.item.type == "read" else "delivered",
        external_ids=ids,
        upto=None if ids else said.at,
    )


def _control(ours: bool) -> Callable[[Said], Event]:
    return lambda said: ThreadControlChanged(**said.private(), ours=ours)


def _consent(opted_out: bool) -> Callable[[Said], Event]:
    return lambda said: ContactOptedOut(**said.about(contact=said.contact), opted_out=opted_out)


@dataclass(frozen=True, slots=True)
class _Kind:
    event: Callable[[Said], Event]
    needs: tuple[str, ...] = ()


_KINDS: dict[str, _Kind] = {
    "message.received": _Kind(_message, ("user", "message_id")),
    "message.edited": _Kind(lambda said: _edited(said.private(), said), ("user", "message_id")),
    "message.deleted": _Kind(
        lambda said: MessageDeleted(**said.private(), external_id=said.message_id), ("user", "message_id")
    ),
    "message.reacted": _Kind(lambda said: _reacted(said.private(), said), ("user", "message_id")),
    "comment.received": _Kind(_comment, ("message_id",)),
    "comment.edited": _Kind(lambda said: _edited(said.public(), said), ("message_id",)),
    "comment.deleted": _Kind(
        lambda said: MessageDeleted(**said.public(), external_id=said.message_id), ("message_id",)
    ),
    "comment.hidden": _Kind(_visibility(hidden=True), ("message_id",)),
    "comment.shown": _Kind(_visibility(hidden=False), ("message_id",)),
    "comment.reacted": _Kind(_comment_reacted, ("message_id",)),
    "agent.replied": _Kind(_echo, ("message_id",)),
    "delivered": _Kind(_receipt, ("user",)),
    "read": _Kind(_receipt, ("user",)),
    "conversation.taken": _Kind(_control(ours=False), ("user",)),
    "conversation.returned": _Kind(_control(ours=True), ("user",)),
    "opted_out": _Kind(_consent(opted_out=True), ("user",)),
    "opted_in": _Kind(_consent(opted_out=False), ("user",)),
    "erasure.requested": _Kind(lambda said: ErasureRequested(**said.about(contact=said.contact)), ("user",)),
    "post.published": _Kind(
        lambda said: PostPublished(**said.about(), external_id=said.item.post_id or "", text=said.item.text),
        ("post_id",),
    ),
}
