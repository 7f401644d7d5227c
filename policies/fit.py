"""Whether words fit the place they are meant for."""

from typing import assert_never

from bot.model.capability import TextUnit
from bot.model.turn import Turn


def size(text: str, unit: TextUnit) -> int:
    match unit:
        case "characters":
            return len(text)
        case "utf16":
            return len(text.encode("utf-16-le")) // 2
        case "bytes":
            return len(text.encode())
        case _:
            assert_never(unit)


def room(turn: Turn) -> int:
    """How much one message or comment holds, in the channel's unit."""
    can = turn.capabilities
    return can.comment_limit if turn.conversation.id.is_public else can.message_limit


def fits(text: str, turn: Turn) -> bool:
    return size(text, turn.capabilities.text_unit) <= room(turn)
