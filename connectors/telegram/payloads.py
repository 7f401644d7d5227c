"""Telegram's messages, as far as Aplomb reads them.

python-telegram-bot gives an update its structure (`Update.de_json`) but takes numbers and texts as they come. `Post` is
what is left after checking them: whatever it holds can be relied on. Malformed parts raise one of `MALFORMED`.
"""

from collections.abc import Iterator
from typing import Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict
from telegram import BusinessMessagesDeleted, Chat, Message, MessageEntity, MessageOriginChannel, Update
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.model.event import Attachment
from connectors.wire import decode

MALFORMED: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TelegramError,
    TypeError,
    ValueError,
)
"""Everything that reading a payload of the wrong shape was seen to raise; pydantic's own is a `ValueError`."""


def read_update(body: bytes) -> tuple[Update, tuple[str, ...]]:
    """The update and the names of its parts. Raises one of `MALFORMED` for what is no update."""
    return update_of(decode(body))


def update_of(raw: object) -> tuple[Update, tuple[str, ...]]:
    """The same, of what was already read."""
    if not isinstance(raw, dict):
        raise TypeError("an update is an object")
    return Update.de_json(raw, None), tuple(raw)


def room(chat: int, business: str | None) -> str:
    """Where somebody speaks. The same person may write to the bot and to the business account that it answers for."""
    return f"{chat}@{business}" if business else str(chat)


def pressed_button(raw: object) -> str | None:
    """The id under which a button is acknowledged, when the update is one that was pressed."""
    pressed = raw.get("callback_query") if isinstance(raw, dict) else None
    found = pressed.get("id") if isinstance(pressed, dict) else None
    return found if isinstance(found, str) else None


class Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Checked):
    """Who speaks: a person, a bot, or a chat in whose name somebody writes."""

    id: int
    name: str | None
    is_bot: bool = False


class Post(Checked):
    """A message of a private chat, a group or a discussion group."""

    chat: int
    message: int
    private: bool
    supergroup: bool
    at: AwareDatetime
    edited_at: AwareDatetime | None
    text: str
    attachments: tuple[Attachment, ...]
    author: Person | None
    as_chat: int | None
    """The group or channel in whose name somebody writes."""
    thread: int | None
    """The message that the thread hangs from; outside forums set on every reply, even where nothing is a comment."""
    answers: int | None
    answers_us: bool
    answers_forward: bool
    """Whether the message it answers is a channel's post, forwarded here by Telegram itself."""
    channel: int | None
    """The channel of that post."""
    channel_post: int | None
    automatic_forward: bool
    migrates: bool
    business: str | None
    """The connection to the business account whose chat this is."""
    business_bot: int | None
    """The bot that wrote it in the account's name."""
    away: bool
    """A greeting or absence note of the account's own."""

    @property
    def room(self) -> str:
        return room(self.chat, self.business)

    @property
    def by_owner(self) -> bool:
        """In the chat of a business account, whose number is the customer's, somebody else wrote: the brand."""
        return self.business is not None and self.author is not None and self.author.id != self.chat

    @property
    def external_id(self) -> str:
        return f"{self.room}:{self.message}"

    @property
    def root(self) -> str:
        return f"{self.chat}:{self.thread or self.message}"

    @classmethod
    def of(cls, message: Message, bot: str) -> Self:
        above = message.reply_to_message
        forward = above if above is not None and above.is_automatic_forward else None
        origin = forward.forward_origin if forward is not None else None
        from_channel = origin if isinstance(origin, MessageOriginChannel) else None
        return cls(
            chat=message.chat.id,
            message=message.message_id,
            private=message.chat.type == ChatType.PRIVATE,
            supergroup=message.chat.type == ChatType.SUPERGROUP,
            at=message.date,
            edited_at=message.edit_date,
            text=message.text or message.caption or "",
            attachments=tuple(_attachments(message)),
            author=_author(message),
            as_chat=message.sender_chat.id if message.sender_chat else None,
            thread=None if message.is_topic_message else message.message_thread_id,
            answers=above.message_id if above is not None else None,
            answers_us=above is not None and above.from_user is not None and str(above.from_user.id) == bot,
            answers_forward=forward is not None,
            channel=forward.sender_chat.id if forward is not None and forward.sender_chat else None,
            channel_post=from_channel.message_id if from_channel else None,
            automatic_forward=bool(message.is_automatic_forward),
            migrates=bool(message.migrate_to_chat_id or message.migrate_from_chat_id),
            business=message.business_connection_id,
            business_bot=message.sender_business_bot.id if message.sender_business_bot else None,
            away=bool(message.is_from_offline),
        )


class Deleted(Checked):
    """Messages that are gone from the chat of a business account."""

    chat: int
    business: str
    messages: tuple[int, ...]

    @property
    def room(self) -> str:
        return room(self.chat, self.business)

    @classmethod
    def of(cls, deleted: BusinessMessagesDeleted) -> Self:
        return cls(chat=deleted.chat.id, business=deleted.business_connection_id, messages=deleted.message_ids)


def _author(message: Message) -> Person | None:
    """The chat in whose name somebody writes stands before the person: `from` is then a bot of Telegram's own."""
    if message.sender_chat is not None:
        return Person(id=message.sender_chat.id, name=_title(message.sender_chat))
    user = message.from_user
    return Person(id=user.id, name=user.full_name, is_bot=bool(user.is_bot)) if user is not None else None


def _title(chat: Chat) -> str | None:
    return chat.title or chat.username


def _attachments(message: Message) -> Iterator[Attachment]:
    """Telegram gives files no address, only an id that the bot's token turns into one."""
    for kind in _ATTACHMENTS:
        if getattr(message, kind):
            yield Attachment(type=kind)
            return


_ATTACHMENTS: Final = (
    "photo", "animation", "video", "video_note", "voice", "audio", "document", "sticker", "venue", "location",
    "contact", "poll", "dice", "story", "game", "invoice", "paid_media",
)  # fmt: skip
"""In this order: an animation is also a document, a venue also a location."""


def names(message: Message, bot: str, username: str | None) -> bool:
    """Whether the message names the bot: as `@username`, in a `/command@username`, or as a linked name.

    Offsets count UTF-16 code units. https://core.telegram.org/bots/api#messageentity (checked 2026-11-22)
    """
    units = (message.text or message.caption or "").encode("utf-16-le")
    for entity in (*message.entities, *message.caption_entities):
        if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None and str(entity.user.id) == bot:
            return True
        named = units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le", "replace")
        if username and entity.type in _NAMING and named.casefold().endswith(f"@{username}".casefold()):
            return True
    return False


_NAMING: Final = frozenset({MessageEntity.MENTION, MessageEntity.BOT_COMMAND})
