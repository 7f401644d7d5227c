"""Private messages: what customers say, what the account itself said, and what was read.

https://business-api.tiktok.com/portal/docs?id=1832184403754242 (as told by other projects' tests; checked 2026-11-27)

A private message is answered into its conversation, and a comment's author has another id than the same person in
private. So the contact of a private message is its conversation.
"""

from typing import Any

from bot.model.event import (
    Attachment,
    ContentUnavailable,
    DeliveryUpdated,
    Echoed,
    Event,
    MessageReceived,
    ReactionAdded,
    Unhandled,
)
from bot.model.ids import ConversationId
from connectors.tiktok.context import Context
from connectors.tiktok.payloads import Message
from connectors.wire import label

CONVERSATIONS = "conversations"
"""The list that brings what a delivery did not show."""
BUSINESS = "business_account"


def read_message(message: Message, context: Context) -> list[Event | Unhandled]:
    """Of either side: who speaks tells whose words they are."""
    if message.conversation_id is None or message.message_id is None:
        return [Unhandled(what="malformed", why="a message without an id or a conversation")]
    if message.type.lower() == "reaction":
        return [_reaction(message, number, context) for number in range(len(message.reaction))]
    return [_echo(message, context) if _by_account(message, context) else _received(message, context)]


def _by_account(message: Message, context: Context) -> bool:
    sender = message.sender
    return sender is not None and (sender.role == BUSINESS or sender.id == context.account.id.external_id)


def _base(message: Message, context: Context) -> dict[str, Any]:
    contact = context.contact(message.conversation_id, "")
    return {
        "account": context.account.id,
        "contact": contact,
        "conversation": ConversationId.private(contact),
        "occurred_at": context.at(message.timestamp),
        "received_at": context.now,
    }


def _received(message: Message, context: Context) -> Event:
    return MessageReceived(
        id=context.id("m", message.message_id),
        **_base(message, context),
        external_id=str(message.message_id),
        text=message.text.body if message.text else "",
        attachments=tuple(_attachments(message)),
        author_name=message.sender_name or None,
        reply_to=message.answers.referenced_message_id if message.answers else None,
    )


def _attachments(message: Message) -> list[Attachment]:
    """Pictures and films have an id that only the token turns into a file."""
    kind = message.type.lower()
    if kind in ("text", ""):
        return []
    linked = {"sticker": message.sticker, "share_post": message.share_post}.get(kind)
    return [Attachment(type=label(kind), url=(linked.url or linked.embed_url) if linked else None)]


def _echo(message: Message, context: Context) -> Event:
    """`source`: through the API, or by a person in the app or on the web."""
    source = message.tag.source.upper() if message.tag else ""
    return Echoed(
        id=context.id("m", message.message_id),
        **_base(message, context),
        external_id=str(message.message_id),
        text=message.text.body if message.text else "",
        elsewhere={"APP": True, "WEB": True, "API": False}.get(source),
    )


def _reaction(message: Message, number: int, context: Context) -> Event | Unhandled:
    reaction = message.reaction[number]
    if reaction.original_msg_id is None or _by_account(message, context):
        return Unhandled(what="reaction", why="the account's own, or to nothing")
    return ReactionAdded(
        id=context.id("m", message.message_id, number),
        **_base(message, context) | {"occurred_at": context.at(reaction.timestamp)},
        external_id=reaction.original_msg_id,
        reaction=reaction.emoji if reaction.operation.upper() == "ADD" else None,
    )


def read_receipt(message: Message, context: Context) -> Event | Unhandled:
    if message.conversation_id is None or _by_account(message, context):
        return Unhandled(what="own_read", why="the account itself read, or nothing says whose chat it was")
    upto = message.read.last_read_timestamp if message.read else None
    at = context.at(upto or message.timestamp)
    return DeliveryUpdated(
        id=context.id("r", message.conversation_id, int(at.timestamp() * 1000)),
        **_base(message, context),
        status="read",
        upto=at,
    )


def read_stripped(message: Message, context: Context) -> Event:
    """In the EEA, the UK and Switzerland a delivery says that there is something, and neither what nor by whom."""
    at = context.at(message.timestamp)
    return ContentUnavailable(
        id=context.id("u", int(at.timestamp() * 1000)),
        account=context.account.id,
        occurred_at=at,
        received_at=context.now,
        why="TikTok does not deliver what was written in this region",
        fetch=CONVERSATIONS,
    )
