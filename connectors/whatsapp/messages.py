"""What people write on WhatsApp, and what the brand's people write on the phone that shares the number.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages (checked
2026-11-27)
"""

from bot.model.event import (
    Attachment,
    ContactsLinked,
    ContentUnavailable,
    Echoed,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionAdded,
    Unhandled,
)
from bot.model.ids import ContactId, ConversationId
from connectors.meta.context import Context
from connectors.whatsapp.payloads import Contact, Message, System, Value, Words
from connectors.wire import digest, label

Found = Event | Unhandled
CHANGES = frozenset({"user_changed_number", "user_changed_user_id"})
"""https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/system (checked
2026-11-27)
"""


def read_message(raw: object, value: Value, context: Context) -> list[Found]:
    """One of `messages`, and that a number and a user id are the same person where both are told."""
    message = Message.model_validate(raw if isinstance(raw, dict) else {})
    if message.type == "system" and message.group_id is None:
        return _system(message, context)
    known = _known(message, value)
    person = message.sender or message.sender_user_id or (known.wa_id or known.user_id if known else None)
    if person is None or message.id is None:
        return [Unhandled(what="malformed", why="a message without its id, or from nobody")]
    if message.group_id is not None:
        return [Unhandled(what="group_message", why="groups are not answered")]
    found = _READERS.get(message.type, _words)(message, person, known, context)
    if isinstance(found, Unhandled):
        return [found]
    user_id = message.sender_user_id or (known.user_id if known else None)
    links = _linked(person, user_id, context, message.timestamp) if user_id and user_id != person else []
    return [found, *links]


def _known(message: Message, value: Value) -> Contact | None:
    """Who it is from, of those that the delivery tells about."""
    for contact in value.contacts:
        if message.sender and contact.wa_id == message.sender:
            return contact
        if message.sender_user_id and contact.user_id == message.sender_user_id:
            return contact
    alone = len(value.contacts) == 1 and message.sender is None
    return value.contacts[0] if alone else None


def private(person: str, context: Context) -> ConversationId:
    return ConversationId.private(ContactId.of(context.account.id, person))


def _linked(one: str, other: str, context: Context, at: int | None) -> list[Found]:
    """Both learn of each other."""
    people = (ContactId.of(context.account.id, one), ContactId.of(context.account.id, other))
    return [
        ContactsLinked(
            id=context.id("l", here.user, there.user),
            account=context.account.id,
            contact=here,
            occurred_at=context.at(at),
            received_at=context.now,
            other=there,
        )
        for here, there in (people, people[::-1])
    ]


def _words(message: Message, person: str, known: Contact | None, context: Context) -> Found:
    text, payload, attachments = said(message)
    if not text and not attachments:
        return _unavailable(message, person, context)
    conversation = private(person, context)
    return MessageReceived(
        id=context.id("m", message.id),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        occurred_at=context.at(message.timestamp),
        received_at=context.now,
        external_id=str(message.id),
        text=text,
        attachments=attachments,
        author_name=(known.profile.name if known and known.profile else "") or None,
        reply_to=message.context.id if message.context else None,
        payload=payload,
    )


def said(words: Words) -> tuple[str, str | None, tuple[Attachment, ...]]:
    """Text, what stands behind a pressed button, and what came with the words. A text may be empty and is one."""
    if words.text is not None:
        return words.text.body or " ", None, ()
    if words.button is not None:
        return words.button.text, words.button.payload, ()
    if words.interactive is not None:
        choice = words.interactive.button_reply or words.interactive.list_reply
        if choice is not None:
            return choice.title, choice.id, ()
        flow = words.interactive.nfm_reply
        return (flow.body, flow.response_json, ()) if flow is not None else ("", None, ())
    if words.media is not None:
        return words.media.caption, None, (Attachment(type=label(words.type), url=words.media.url),)
    if words.location is not None:
        place = ", ".join(part for part in (words.location.name, words.location.address) if part)
        return place, None, (Attachment(type="location"),)
    if words.order is not None:
        return words.order.text, None, (Attachment(type="order"),)
    return "", None, tuple(Attachment(type="contact") for _ in words.contacts)


def _unavailable(message: Message, person: str, context: Context) -> Event:
    """A poll, a message that shows once, or a kind that is newer than this file."""
    conversation = private(person, context)
    return ContentUnavailable(
        id=context.id("u", message.id),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        occurred_at=context.at(message.timestamp),
        received_at=context.now,
        external_id=message.id,
        why=f"WhatsApp does not show messages of this kind ({label(message.type)})",
    )


def _reaction(message: Message, person: str, _: Contact | None, context: Context) -> Found:
    reaction = message.reaction
    if reaction is None or reaction.message_id is None:
        return Unhandled(what="message.reaction", why="to nothing")
    conversation = private(person, context)
    return ReactionAdded(
        id=context.id("t", message.id),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        occurred_at=context.at(message.timestamp),
        received_at=context.now,
        external_id=reaction.message_id,
        reaction=reaction.emoji or None,
    )


def _edit(message: Message, person: str, _: Contact | None, context: Context) -> Found:
    edit = message.edit
    if edit is None or edit.original_message_id is None or edit.message is None:
        return Unhandled(what="message.edit", why="of nothing")
    conversation = private(person, context)
    text = said(edit.message)[0].strip()
    return MessageEdited(
        id=context.id("e", edit.original_message_id, message.timestamp, digest(text)),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        occurred_at=context.at(message.timestamp),
        received_at=context.now,
        external_id=edit.original_message_id,
        text=text,
    )


def _revoke(message: Message, person: str, _: Contact | None, context: Context) -> Found:
    if message.revoke is None or message.revoke.original_message_id is None:
        return Unhandled(what="message.revoke", why="of nothing")
    conversation = private(person, context)
    return MessageDeleted(
        id=context.id("d", message.revoke.original_message_id),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        occurred_at=context.at(message.timestamp),
        received_at=context.now,
        external_id=message.revoke.original_message_id,
    )


def _system(message: Message, context: Context) -> list[Found]:
    """A person's number changed, and with it their user id, or that alone: all are the same person's."""
    system = message.system or System()
    if system.type not in CHANGES:
        return [Unhandled(what=f"system.{label(system.type)}")]
    told = (system.wa_id, system.user_id, message.sender, message.sender_user_id, system.previous_user_id)
    newest, *others = dict.fromkeys(filter(None, told)) or [""]
    links = [link for other in others for link in _linked(newest, other, context, message.timestamp)]
    return links or [Unhandled(what=f"system.{system.type}", why="it does not say what became what")]


def read_echo(raw: object, context: Context) -> Found:
    """One of `message_echoes`: a person of the brand wrote on the phone."""
    message = Message.model_validate(raw if isinstance(raw, dict) else {})
    person = message.to or message.to_user_id
    if person is None or message.id is None:
        return Unhandled(what="malformed", why="an echo without its id, or to nobody")
    if message.type in ("edit", "revoke"):
        return Unhandled(what=f"echo.{message.type}", why="by the brand itself")
    conversation = private(person, context)
    return Echoed(
        id=context.id("x", message.id),
        account=context.account.id,
        contact=conversation.contact,
        conversation=conversation,
        occurred_at=context.at(message.timestamp),
        received_at=context.now,
        external_id=message.id,
        text=said(message)[0].strip(),
        elsewhere=True,
    )


_READERS = {"reaction": _reaction, "edit": _edit, "revoke": _revoke}
