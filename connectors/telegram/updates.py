"""What an update says: one event, or one thing that Aplomb has no event for.

https://core.telegram.org/bots/api#update (checked 2026-11-22)
"""

from telegram import (
    CallbackQuery,
    ChatMemberUpdated,
    MaybeInaccessibleMessage,
    Message,
    MessageReactionUpdated,
    ReactionType,
    ReactionTypeEmoji,
    Update,
)
from telegram.constants import ChatMemberStatus, ChatType

from bot.model.event import ContactOptedOut, Event, MessageDeleted, MessageReceived, ReactionAdded, Unhandled
from bot.model.ids import ConversationId
from connectors.telegram.context import Context
from connectors.telegram.messages import read_edit, read_message
from connectors.telegram.payloads import Checked, Deleted, room
from connectors.wire import label

WANTED = (
    "message",
    "edited_message",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "callback_query",
    "message_reaction",
    "my_chat_member",
)
"""What Aplomb has events for."""


class Pressed(Checked):
    id: str
    chat: int
    business: str | None
    name: str
    data: str


class Reacted(Checked):
    chat: int
    message: int
    private: bool


class Joined(Checked):
    chat: int
    private: bool
    status: str


def read(update: Update, names: tuple[str, ...], context: Context) -> list[Event | Unhandled]:
    """What an update is about: one thing, or several messages deleted. Raises one of `payloads.MALFORMED`."""
    if update.deleted_business_messages is not None:
        return _deleted(Deleted.of(update.deleted_business_messages), context)
    return [_read(update, names, context)]


def _read(update: Update, names: tuple[str, ...], context: Context) -> Event | Unhandled:
    if message := update.message or update.business_message:
        return read_message(message, context)
    if edited := update.edited_message or update.edited_business_message:
        return read_edit(edited, context)
    if update.callback_query is not None:
        return _pressed(update.callback_query, context)
    if update.message_reaction is not None:
        return _reacted(update.message_reaction, context)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, context)
    kind = next((key for key in names if key != "update_id"), None)
    if kind in WANTED:
        return Unhandled(what="malformed", why=f"an empty {kind}")
    return Unhandled(what=label(kind) if kind else "empty_update")


def _deleted(deleted: Deleted, context: Context) -> list[Event | Unhandled]:
    if not deleted.messages:
        return [Unhandled(what="malformed", why="no message is named")]
    contact = context.contact(deleted.room, "")
    return [
        MessageDeleted(
            id=context.id("d", deleted.room, message),
            account=context.account.id,
            contact=contact,
            conversation=ConversationId.private(contact),
            occurred_at=context.now,
            received_at=context.now,
            external_id=f"{deleted.room}:{message}",
        )
        for message in deleted.messages
    ]


def _pressed(query: CallbackQuery, context: Context) -> Event | Unhandled:
    """A button under a message of ours. In a group it has no private chat to answer in."""
    message = query.message
    if message is None or message.chat.type != ChatType.PRIVATE:
        return Unhandled(what="callback_query", why="a button that is not in a private chat")
    data = query.data or ""
    business = message.business_connection_id if isinstance(message, Message) else None
    name = query.from_user.full_name
    pressed = Pressed(id=query.id, chat=message.chat.id, business=business, name=name, data=data)
    contact = context.contact(room(pressed.chat, pressed.business), "")
    return MessageReceived(
        id=context.id("q", pressed.id),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.private(contact),
        occurred_at=context.now,
        received_at=context.now,
        external_id=f"callback:{pressed.id}",
        text=_title(message, data),
        author_name=pressed.name,
        payload=pressed.data,
    )


def _title(message: MaybeInaccessibleMessage, data: str) -> str:
    """What the button said, where the message still shows its buttons."""
    markup = message.reply_markup if isinstance(message, Message) else None
    buttons = (button for row in markup.inline_keyboard for button in row) if markup else ()
    return next((button.text for button in buttons if button.callback_data == data), "")


def _reacted(reaction: MessageReactionUpdated, context: Context) -> Event:
    """In a group it concerns the message's author, not who reacted: only the message's id tells the conversation."""
    private = reaction.chat.type == ChatType.PRIVATE
    reacted = Reacted(chat=reaction.chat.id, message=reaction.message_id, private=private)
    contact = context.contact(reacted.chat, "") if reacted.private else None
    where = f"{reacted.chat}:{reacted.message}"
    return ReactionAdded(
        id=context.id("u", context.update_id),
        account=context.account.id,
        contact=contact,
        conversation=ConversationId.private(contact) if contact else None,
        locate=where,
        occurred_at=reaction.date,
        received_at=context.now,
        external_id=where,
        reaction=_sign(reaction.new_reaction[-1]) if reaction.new_reaction else None,
    )


def _sign(reaction: ReactionType) -> str:
    return reaction.emoji if isinstance(reaction, ReactionTypeEmoji) else reaction.type


def _membership(change: ChatMemberUpdated, context: Context) -> Event | Unhandled:
    """Somebody blocked the bot, or let it in again."""
    private = change.chat.type == ChatType.PRIVATE
    joined = Joined(chat=change.chat.id, private=private, status=change.new_chat_member.status)
    if not joined.private or joined.status not in (ChatMemberStatus.BANNED, ChatMemberStatus.MEMBER):
        return Unhandled(what="my_chat_member", why="not a person who blocks the bot or lets it in again")
    return ContactOptedOut(
        id=context.id("u", context.update_id),
        account=context.account.id,
        contact=context.contact(joined.chat, ""),
        occurred_at=change.date,
        received_at=context.now,
        opted_out=joined.status == ChatMemberStatus.BANNED,
    )
