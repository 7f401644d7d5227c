"""Private messages on X, open and encrypted.

https://docs.x.com/x-api/account-activity/introduction (checked 2026-11-27)
"""

from bot.model.event import Attachment, ContentUnavailable, DeliveryUpdated, Echoed, Event, MessageReceived
from bot.model.ids import ContactId, ConversationId
from connectors.wire import moment
from connectors.x.payloads import Chat, DirectMessage, MarkRead, User
from connectors.x.posts import Context


def private(person: str, context: Context) -> ConversationId:
    return ConversationId.private(ContactId.of(context.account.id, person))


def read_message(message: DirectMessage, known: User | None, context: Context) -> Event | None:
    """`None`: no id, or from or to nobody."""
    made = message.message_create
    recipient = made.target.recipient_id if made and made.target else None
    if made is None or message.id is None:
        return None
    ours = made.sender_id == context.own
    person = recipient if ours else made.sender_id
    if person is None:
        return None
    conversation = private(person, context)
    common = {
        "account": context.account.id,
        "contact": conversation.contact,
        "conversation": conversation,
        "occurred_at": moment(message.created_timestamp) or context.now,
        "received_at": context.now,
        "external_id": message.id,
        "text": made.message_data.text if made.message_data else "",
    }
    if ours:
        elsewhere = _elsewhere(made.source_app_id, context)
        return Echoed.model_validate({**common, "id": context.id("x", message.id), "elsewhere": elsewhere})
    attached = made.message_data is not None and made.message_data.attachment is not None
    more = {
        "attachments": (Attachment(type="media"),) if attached else (),
        "author_name": (known.name or known.username or known.screen_name or None) if known else None,
    }
    return MessageReceived.model_validate({**common, "id": context.id("m", message.id), **more})


def _elsewhere(app: str | None, context: Context) -> bool | None:
    """Which app sent it is told by the older API only, and tells something only where the account names ours."""
    ours = context.account.settings.get("app_id")
    return None if app is None or ours is None else app != ours


def read_receipt(read: MarkRead, context: Context) -> Event | None:
    """`None`: we read it ourselves."""
    if read.sender_id in (None, context.own) or read.last_read_event_id is None:
        return None
    conversation = private(str(read.sender_id), context)
    return DeliveryUpdated(
        id=context.id("r", "read", read.last_read_event_id),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        occurred_at=moment(read.created_timestamp) or context.now,
        received_at=context.now,
        status="read",
        external_ids=(read.last_read_event_id,),
        upto=moment(read.created_timestamp),
    )


def read_chat(chat: Chat, context: Context) -> Event | None:
    """An encrypted message: it can be read in the app alone, and so is a person's. `None`: no id, or nobody."""
    if chat.id is None:
        return None
    ours = chat.sender_id == context.own
    others = [each for each in (chat.conversation_id or "").split(":") if each and each != context.own]
    person = (others[0] if others else None) if ours else chat.sender_id
    if person is None:
        return None
    conversation = private(person, context)
    common = {
        "account": context.account.id,
        "contact": conversation.contact,
        "conversation": conversation,
        "occurred_at": moment(chat.created_at_msec) or context.now,
        "received_at": context.now,
        "external_id": chat.id,
    }
    if ours:
        return Echoed.model_validate({**common, "id": context.id("x", chat.id), "elsewhere": True})
    why = "the message is encrypted, and can be read in X's own app alone"
    return ContentUnavailable.model_validate({**common, "id": context.id("u", chat.id), "why": why})
