"""A conversation: what was said, who has it, what is waiting. At rest it is a few hundred bytes beside its texts."""

from typing import Literal, Self

from pydantic import AwareDatetime

from bot.errors import IllegalMove
from bot.model.action import ActionRecord
from bot.model.base import Value
from bot.model.ids import ActionId, ConversationId, DraftId, EventId, StreamId
from bot.model.understanding import Understanding

RECENT_KEPT = 30
"""Entries of `recent` kept with the conversation; what fell out is in the turn records."""
EXTERNAL_IDS_KEPT = 100

Owner = Literal["bot", "agent"]
Status = Literal["open", "waiting", "resolved"]
Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")

Move = Literal["customer_spoke", "needs_person", "taken_over", "answered", "released", "resolved"]

_STATUS: dict[tuple[Status, Move], Status] = {
    ("open", "customer_spoke"): "open",
    ("waiting", "customer_spoke"): "waiting",
    ("resolved", "customer_spoke"): "open",
    ("open", "needs_person"): "waiting",
    ("waiting", "needs_person"): "waiting",
    ("resolved", "needs_person"): "waiting",
    ("open", "taken_over"): "waiting",
    ("waiting", "taken_over"): "waiting",
    ("resolved", "taken_over"): "waiting",
    ("open", "answered"): "open",
    ("waiting", "answered"): "open",
    ("resolved", "answered"): "resolved",
    ("waiting", "released"): "open",
    ("open", "released"): "open",
    ("open", "resolved"): "resolved",
    ("waiting", "resolved"): "resolved",
}


def move(status: Status, what: Move) -> Status:
    """The status after `what`. Raises `IllegalMove` where the table has no line; nothing changes then."""
    try:
        return _STATUS[status, what]
    except KeyError:
        raise IllegalMove(f"a {status} conversation can't be {what}") from None


class Said(Value):
    """One entry of the thread, as it stands now (an edit replaces the text, a deletion empties it)."""

    by: Literal["customer", "bot", "agent"]
    text: str
    at: AwareDatetime
    external_id: str | None = None
    author: str | None = None
    """The agent's name, or the customer's as the platform shows it."""
    fresh_at: AwareDatetime | None = None
    """When the platform last confirmed that it is still there; `None`: it never had to."""
    deleted: bool = False
    hidden: bool = False
    attachments: int = 0
    action: ActionId | None = None


class Incoming(Value):
    """Words of the customer that nobody has answered yet."""

    event: EventId
    external_id: str
    text: str
    at: AwareDatetime
    attachments: int = 0
    understanding: Understanding | None = None
    """`None`: could not be read (the model was away, or there was nothing to read)."""
    stream_id: StreamId = StreamId("")
    """Where it stands among the shard's events: what was decided up to there has taken it into account."""


class Draft(Value):
    """Words ready for a person's approval. `stale`: why they came back to the person who wrote them."""

    id: DraftId
    text: str
    reason: str
    language: str
    author: str
    at: AwareDatetime
    stale: str | None = None
    private: bool = False


class Escalation(Value):
    """Why a person is needed, how much, until when."""

    reason: str
    priority: Priority
    deadline: AwareDatetime
    since: AwareDatetime
    told_customer: bool = False


class Note(Value):
    """Words of the team for the team."""

    agent: str
    text: str
    at: AwareDatetime


class HeldEcho(Value):
    """Words of the account that match nothing yet, while something of ours is on its way."""

    event: EventId
    external_id: str
    text: str
    at: AwareDatetime


class Conversation(Value):
    id: ConversationId
    version: int = 0
    """Grows with every commit and claim; 0 is a conversation that was never stored."""
    owner: Owner = "bot"
    assignee: str | None = None
    """The agent who has it; `None` with owner `agent`: somebody in the platform's own app."""
    status: Status = "open"
    subject_line: str | None = None
    """What the thread is under, where the platform tells: the post's id."""
    customer_name: str | None = None
    language: str | None = None
    window_closes_at: AwareDatetime | None = None
    """When the platform stops taking automatic words; `None`: it never does."""
    last_customer_at: AwareDatetime | None = None
    unanswered: tuple[Incoming, ...] = ()
    recent: tuple[Said, ...] = ()
    external_ids: tuple[str, ...] = ()
    """Ids already seen: the guard behind the deduplication keys, which expire."""
    draft: Draft | None = None
    escalation: Escalation | None = None
    promised_by: AwareDatetime | None = None
    """The latest time of the reply that is being prepared; deciding again never moves it."""
    asked_to_clarify: int = 0
    auto_replies: tuple[AwareDatetime, ...] = ()
    variants_used: tuple[str, ...] = ()
    held_echoes: tuple[HeldEcho, ...] = ()
    tombstones: tuple[str, ...] = ()
    """External ids deleted before they came."""
    notes: tuple[Note, ...] = ()
    decided_upto: StreamId = StreamId("")
    basis_version: int = 0
    """The version at which the ground of any answer last changed: an act that saw less is refused."""
    basis_change: str = ""
    """What changed it: the kind of the event."""
    action_ids: tuple[ActionId, ...] = ()
    """Actions not yet finished, and those sent lately enough to be echoed."""

    @classmethod
    def new(cls, conversation: ConversationId) -> Self:
        return cls(id=conversation)

    @property
    def last_said(self) -> Said | None:
        """The last entry by us; `None` when we never spoke."""
        return next((said for said in reversed(self.recent) if said.by != "customer"), None)


class Loaded(Value):
    """A conversation with the records of the actions it names, as read in one script."""

    conversation: Conversation
    actions: tuple[ActionRecord, ...] = ()
