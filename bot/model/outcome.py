"""Everything that follows from one event: written in one commit, or not at all."""

from pydantic import AwareDatetime

from bot.model.action import ActionRecord
from bot.model.base import Value
from bot.model.contact import Contact
from bot.model.conversation import Conversation
from bot.model.desk import ActResult
from bot.model.event import Event
from bot.model.ids import ActionId
from bot.model.notice import Notice
from bot.model.turn import TurnRecord


class State(Value):
    """What `handle` is given: a consistent reading. `None`: the event is not about such a thing."""

    conversation: Conversation | None = None
    contact: Contact | None = None
    records: tuple[ActionRecord, ...] = ()
    inflight: bool = False


class Timer(Value):
    at: AwareDatetime
    event: Event


class Outcome(Value):
    """`None` in a field: it stays as it is. `records`: actions as they are from now on; `dropped`: forgotten."""

    conversation: Conversation | None = None
    contact: Contact | None = None
    records: tuple[ActionRecord, ...] = ()
    changed: frozenset[ActionId] = frozenset()
    """Those of `records` that are not as they were."""
    dropped: tuple[ActionId, ...] = ()
    forgotten: tuple[str, ...] = ()
    """External ids whose words are to be emptied wherever else they are kept."""
    relay: tuple[Event, ...] = ()
    timers: tuple[Timer, ...] = ()
    turn: TurnRecord | None = None
    reasons: tuple[str, ...] = ()
    """Codes for the ledger; with none of them, and no turn, nothing is written there."""
    counters: dict[str, int] = {}
    notice: Notice | None = None
    acknowledged: bool = False
    """A person has seen to it: nobody need be told any more."""
    result: ActResult | None = None
