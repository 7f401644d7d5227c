"""Whether words fit the place they are meant for."""

from bot.model.capability import TextUnit
from bot.model.length import measure
from bot.model.turn import Turn


def room(turn: Turn) -> tuple[int, TextUnit]:
    """How much one message or comment holds, and in which unit."""
    can = turn.capabilities
    if turn.conversation.id.is_public:
        return can.comment_limit, can.comment_unit or can.text_unit
    return can.message_limit, can.text_unit


def fits(text: str, turn: Turn) -> bool:
    limit, unit = room(turn)
    return measure(text, unit) <= limit
