"""A turn: all that a policy may know, and the record of what was decided with it."""

from typing import Literal

from pydantic import AwareDatetime

from bot.model.base import Value
from bot.model.brand import BrandState
from bot.model.capability import Capabilities
from bot.model.contact import Contact
from bot.model.conversation import Conversation, Incoming
from bot.model.decision import Decision, Reason
from bot.model.ids import ConversationId, EventId, StreamId


class Turn(Value):
    """`unanswered` is never empty: everything the customer said since our last word, oldest first, each understood."""

    event: EventId
    unanswered: tuple[Incoming, ...]
    conversation: Conversation
    contact: Contact
    brand: BrandState
    capabilities: Capabilities
    now: AwareDatetime
    late: bool = False


class Opinion(Value):
    """What one policy said when it was asked; `decided` False: it had no opinion."""

    policy: str
    decided: bool


class TurnRecord(Value):
    """What `explain` and `replay` read. It holds texts: it is erasable, and has a lifetime."""

    id: EventId
    stream_id: StreamId
    conversation: ConversationId
    at: AwareDatetime
    unanswered: tuple[Incoming, ...]
    opinions: tuple[Opinion, ...]
    decision: Decision | None = None
    """`None` where an invariant settled it before any policy was asked: `invariant` says which."""
    invariant: Reason | None = None
    outcome: Literal["reply", "shadow", "draft", "escalated", "silent", "acted", "waiting"]
    """`shadow`: what would have been said or done, had the account been live."""
    brand_rev: str
    model: str
    salt: str = ""
    """Of the ledger's commitment to this record; erased with it."""
