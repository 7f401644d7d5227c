"""Instagram's private messages: Messenger's, with stories, and with receipts that name a message.

https://developers.facebook.com/docs/instagram-platform/webhooks/examples (checked 2026-11-27)
"""

from bot.model.event import Attachment, ContentUnavailable, DeliveryUpdated, Event, MessageReceived, Unhandled
from bot.model.ids import ContactId, ConversationId
from connectors.meta.context import Context
from connectors.meta.messaging import read_item
from connectors.wire import Flag, Id, Maybe, Part, Whole

INBOX_APP = "1217981644879628"
"""People who answer in Instagram's own inbox do so through this app.
https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing
(checked 2026-11-27)
"""
STORIES = frozenset({"story_mention", "story", "ig_story"})
"""What these show may not be kept once the story has ended, so that where it lies is not kept at all."""


class _Story(Part):
    id: Id = None


class _Reference(Part):
    story: Maybe[_Story] = None


class _Message(Part):
    mid: Id = None
    is_self: Flag = False
    is_echo: Flag = False
    is_unsupported: Flag = False
    reply_to: Maybe[_Reference] = None


class _Party(Part):
    id: Id = None


class _Seen(Part):
    mid: Id = None


class _Item(Part):
    sender: Maybe[_Party] = None
    timestamp: Whole = None
    message: Maybe[_Message] = None
    read: Maybe[_Seen] = None


def read_message(raw: object, context: Context, *, standby: bool = False) -> Event | Unhandled:
    """One entry of `messaging` or `standby`."""
    item = _Item.model_validate(raw if isinstance(raw, dict) else {})
    message = item.message
    if message is not None and message.is_self:
        return Unhandled(what="messaging.self", why="the account wrote to itself")
    person = item.sender.id if item.sender else None
    if standby or person in (None, context.page):
        return read_item(raw, context, standby)
    if message is not None and message.is_unsupported and message.mid:
        return _unsupported(message.mid, str(person), item, context)
    if item.read is not None and item.read.mid:
        return _seen(item.read.mid, str(person), item, context)
    found = read_item(raw, context)
    return _with_story(found, message) if isinstance(found, MessageReceived) else found


def _unsupported(mid: str, person: str, item: _Item, context: Context) -> Event:
    """A disappearing photo, a GIF, a poll: the API shows none of it."""
    contact = ContactId.of(context.account.id, person)
    return ContentUnavailable(
        id=context.id("u", mid),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.private(contact),
        occurred_at=context.at(item.timestamp),
        received_at=context.now,
        external_id=mid,
        why="Instagram does not show messages of this kind",
    )


def _seen(mid: str, person: str, item: _Item, context: Context) -> Event:
    contact = ContactId.of(context.account.id, person)
    return DeliveryUpdated(
        id=context.id("r", "read", person, mid),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.private(contact),
        occurred_at=context.at(item.timestamp),
        received_at=context.now,
        status="read",
        external_ids=(mid,),
    )


def _with_story(found: MessageReceived, message: _Message | None) -> MessageReceived:
    """An answer to a story says so; where a story lies is dropped."""
    attachments = tuple(Attachment(type=a.type) if a.type in STORIES else a for a in found.attachments)
    if message is not None and message.reply_to is not None and message.reply_to.story is not None:
        attachments = (*attachments, Attachment(type="story_reply"))
    return found.model_copy(update={"attachments": attachments})
