"""Messenger: what is said between a person and the page in private.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks (checked 2026-11-22)
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bot.model.event import (
    Attachment,
    DeliveryUpdated,
    Echoed,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionAdded,
    ThreadControlChanged,
    Unhandled,
)
from bot.model.ids import ContactId, ConversationId
from connectors.meta.context import Context
from connectors.meta.payloads import Item, Message
from connectors.wire import digest, label, moment

_COMMON = frozenset({"sender", "recipient", "timestamp"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One item, and the person it is with. `by_page`: the page is the one who acted."""

    context: Context
    item: Item
    person: str
    by_page: bool
    standby: bool

    @property
    def contact(self) -> ContactId:
        return ContactId.of(self.context.account.id, self.person)

    @property
    def conversation(self) -> ConversationId:
        return ConversationId.private(self.contact)


def read_item(raw: object, context: Context, standby: bool = False) -> Event | Unhandled:
    """One entry of `messaging` or `standby`.

    In standby another app owns the thread: only that app's words and a change of owner matter to us.
    """
    if not isinstance(raw, dict):
        return Unhandled(what="malformed", why="an item that is no object")
    item = Item.model_validate(raw)
    name = next((key for key in _HANDLERS if getattr(item, key) is not None), None)
    place = "standby" if standby else "messaging"
    if name is None:
        return Unhandled(what=f"{place}.{label(next((key for key in raw if key not in _COMMON), None))}")
    sender = item.sender.id if item.sender else None
    recipient = item.recipient.id if item.recipient else None
    person = next((each for each in (sender, recipient) if each and each != context.page), None)
    if person is None:
        return Unhandled(what=f"{place}.{name}", why="nobody but the page in it")
    exchange = Exchange(context, item, person, sender != person, standby)
    if standby and name not in _IN_STANDBY:
        return _of_another_app(name)
    return _HANDLERS[name](exchange)


def _of_another_app(name: str) -> Unhandled:
    return Unhandled(what=f"standby.{name}", why="another app owns the thread")


def _message(exchange: Exchange) -> Event | Unhandled:
    message = exchange.item.message
    if message is None or message.mid is None:
        return Unhandled(what="messaging.message", why="no mid")
    context = exchange.context
    at = context.at(exchange.item.timestamp)
    if message.is_deleted:
        return MessageDeleted(
            id=context.id("d", message.mid),
            account=context.account.id,
            contact=exchange.contact,
            conversation=exchange.conversation,
            occurred_at=at,
            received_at=context.now,
            external_id=message.mid,
        )
    if message.is_echo or exchange.by_page:
        return Echoed(
            id=context.id("x", message.mid),
            account=context.account.id,
            contact=exchange.contact,
            conversation=exchange.conversation,
            occurred_at=at,
            received_at=context.now,
            external_id=message.mid,
            text=message.text,
            tag=message.metadata,
            elsewhere=_elsewhere(message, exchange),
        )
    if exchange.standby:
        return _of_another_app("message")
    return MessageReceived(
        id=context.id("m", message.mid),
        account=context.account.id,
        contact=exchange.contact,
        conversation=exchange.conversation,
        occurred_at=at,
        received_at=context.now,
        external_id=message.mid,
        text=message.text,
        attachments=_attachments(message),
        reply_to=message.reply_to.mid if message.reply_to else None,
        payload=message.quick_reply.payload if message.quick_reply else None,
    )


def _attachments(message: Message) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(type=part.type or "unknown", url=(part.payload.url if part.payload else None) or part.url)
        for part in message.attachments
    )


def _elsewhere(message: Message, exchange: Exchange) -> bool | None:
    """Whether another app sent it: only where the echo's app proves it, for both mistakes cost.

    A wrong True silences the bot, a wrong False lets two voices answer. `None` leaves it to the core, which knows what
    we sent: an echo without an app, or with one while the account doesn't name ours (`settings: {app_id: …}`).
    """
    ours = exchange.context.account.settings.get("app_id")
    if ours and message.app_id == ours:
        return False
    if exchange.standby or message.app_id == exchange.context.inbox_app:
        return True
    return True if ours and message.app_id else None


def _postback(exchange: Exchange) -> Event | Unhandled:
    """A pressed button. Older deliveries carry no `mid`; its time and content then stand for it."""
    button, context = exchange.item.postback, exchange.context
    if button is None or exchange.by_page:
        return Unhandled(what="messaging.postback", why="not pressed by a person")
    made_up = f"{exchange.person}:{exchange.item.timestamp}:{digest(button.title, button.payload)}"
    external_id = button.mid or f"postback:{made_up}"
    return MessageReceived(
        id=context.id("m", external_id),
        account=context.account.id,
        contact=exchange.contact,
        conversation=exchange.conversation,
        occurred_at=context.at(exchange.item.timestamp),
        received_at=context.now,
        external_id=external_id,
        text=button.title,
        payload=button.payload,
    )


def _reaction(exchange: Exchange) -> Event | Unhandled:
    reaction, context = exchange.item.reaction, exchange.context
    if reaction is None or exchange.by_page:
        return Unhandled(what="messaging.reaction", why="by the page itself")
    if reaction.mid is None or reaction.action not in ("react", "unreact"):
        return Unhandled(what="messaging.reaction", why="no mid, or neither react nor unreact")
    return ReactionAdded(
        id=context.id("t", reaction.mid, exchange.person, reaction.action, exchange.item.timestamp or context.sent),
        account=context.account.id,
        contact=exchange.contact,
        conversation=exchange.conversation,
        occurred_at=context.at(exchange.item.timestamp),
        received_at=context.now,
        external_id=reaction.mid,
        reaction=(reaction.emoji or reaction.reaction or "other") if reaction.action == "react" else None,
    )


def _edit(exchange: Exchange) -> Event | Unhandled:
    edit, context = exchange.item.message_edit, exchange.context
    if edit is None or exchange.by_page:
        return Unhandled(what="messaging.message_edit", why="by the page itself")
    if edit.mid is None:
        return Unhandled(what="messaging.message_edit", why="no mid")
    return MessageEdited(
        id=context.id("e", edit.mid, edit.num_edit, digest(edit.text)),
        account=context.account.id,
        contact=exchange.contact,
        conversation=exchange.conversation,
        occurred_at=context.at(exchange.item.timestamp),
        received_at=context.now,
        external_id=edit.mid,
        text=edit.text,
    )


def _receipt(name: Literal["read", "delivery"], exchange: Exchange) -> Event | Unhandled:
    """A delivery receipt has no time of its own; its watermark is the nearest."""
    receipt = exchange.item.read if name == "read" else exchange.item.delivery
    if receipt is None or (upto := moment(receipt.watermark)) is None:
        return Unhandled(what=f"messaging.{name}", why="no watermark")
    context = exchange.context
    return DeliveryUpdated(
        id=context.id("r", name, exchange.person, receipt.watermark),
        account=context.account.id,
        contact=exchange.contact,
        conversation=exchange.conversation,
        occurred_at=context.at(exchange.item.timestamp, receipt.watermark),
        received_at=context.now,
        status="read" if name == "read" else "delivered",
        external_ids=receipt.mids,
        upto=upto,
    )


def _control(name: Literal["pass", "take"], exchange: Exchange) -> Event | Unhandled:
    """Who has the thread now. Without a proof: what is passed comes to us, what is taken is taken from us."""
    item, context = exchange.item, exchange.context
    control = item.pass_thread_control if name == "pass" else item.take_thread_control
    owner = control.new_owner_app_id if control else None
    ours = context.account.settings.get("app_id")
    known = owner == ours if ours and owner else False if owner == context.inbox_app else None
    return ThreadControlChanged(
        id=context.id("o", exchange.person, name, item.timestamp or context.sent),
        account=context.account.id,
        contact=exchange.contact,
        conversation=exchange.conversation,
        occurred_at=context.at(item.timestamp),
        received_at=context.now,
        ours=name == "pass" if known is None else known,
    )


_HANDLERS: dict[str, Callable[[Exchange], Event | Unhandled]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "message_edit": _edit,
    "read": partial(_receipt, "read"),
    "delivery": partial(_receipt, "delivery"),
    "pass_thread_control": partial(_control, "pass"),
    "take_thread_control": partial(_control, "take"),
}
_IN_STANDBY = frozenset({"message", "pass_thread_control", "take_thread_control"})
