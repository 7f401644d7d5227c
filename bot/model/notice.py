"""That a person is needed: told to people one after the other, until one acknowledges."""

from pydantic import AwareDatetime

from bot.model.base import Value
from bot.model.conversation import Priority
from bot.model.ids import ConversationId


class Notice(Value):
    """`step` counts the people told in this `round`; both start at 0. It bears no word of the customer's."""

    conversation: ConversationId
    reason: str
    priority: Priority
    deadline: AwareDatetime
    since: AwareDatetime
    round: int = 0
    step: int = 0
    told: tuple[str, ...] = ()
