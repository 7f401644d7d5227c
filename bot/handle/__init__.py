"""`handle(event, state, at, setup) → Outcome`: what follows from an event. Pure, and the home of the invariants.

| kind                                                        | is     | where       |
|-------------------------------------------------------------|--------|-------------|
| message, comment, mention, review received; message edited  | turn   | turn.py     |
| message deleted; time came to decide; thread given back     | turn   | turn.py     |
| a person's act in the console                               | act    | acts.py     |
| action sent, failed, unknown; echo                          | fold   | sending.py  |
| receipt, reaction, visibility, thread control, links, …     | fold   | fold.py     |

A turn asks policies and is recorded; a fold only changes the state; an act is a person's decision, and stands in the
ledger.
"""

from typing import assert_never

from bot.handle.acts import act
from bot.handle.change import At, Change
from bot.handle.fold import fold, thread_control
from bot.handle.keeping import keep_for_a_while
from bot.handle.sending import echoed, settle, time_came
from bot.handle.setup import Setup
from bot.handle.turn import customer_deleted, customer_edited, customer_spoke, decide_turn
from bot.model.contact import Contact
from bot.model.conversation import Conversation
from bot.model.event import (
    AccountRevoked,
    ActionConfirmed,
    ActionFailed,
    ActionSent,
    ActionUnknown,
    AgentNoted,
    AgentReleased,
    AgentReplied,
    AgentTookOver,
    CommentReceived,
    ContactOptedOut,
    ContactsLinked,
    ContentUnavailable,
    ConversationResolved,
    DeliveryUpdated,
    DraftApproved,
    DraftRejected,
    Echoed,
    ErasureRequested,
    Event,
    HandlingFailed,
    MentionReceived,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    PostPublished,
    ReactionAdded,
    ReviewReceived,
    ThreadControlChanged,
    TimeCame,
    VisibilityChanged,
)
from bot.model.ids import ConversationId
from bot.model.outcome import Outcome, State
from bot.model.understanding import Understanding

__all__ = ["At", "Setup", "handle"]


def handle(event: Event, state: State, at: At, setup: Setup, understanding: Understanding | None = None) -> Outcome:
    """What follows. `understanding` is of the event's own words; `None`: there are none, or they couldn't be read."""
    if event.contact is None:
        return Outcome(counters={f"unplaced.{event.kind}": 1})
    about = event.conversation or ConversationId.private(event.contact)
    conversation = state.conversation or Conversation.new(about)
    change = Change(event, state, conversation, state.contact or Contact.new(event.contact), at)
    match event:
        case MessageReceived() | CommentReceived() | MentionReceived() | ReviewReceived():
            if customer_spoke(change, event, understanding):
                keep_for_a_while(change, event.external_id, setup)
                decide_turn(change, setup)
        case MessageEdited():
            if customer_edited(change, event, understanding):
                decide_turn(change, setup)
        case MessageDeleted():
            if customer_deleted(change, event):
                decide_turn(change, setup)
        case TimeCame():
            if time_came(change, event, setup):
                decide_turn(change, setup)
        case (
            AgentTookOver()
            | AgentReplied()
            | DraftApproved()
            | DraftRejected()
            | AgentNoted()
            | AgentReleased()
            | ConversationResolved()
            | ActionConfirmed()
        ):
            act(change, event, setup)
        case ActionSent() | ActionFailed() | ActionUnknown():
            settle(change, event, setup)
        case Echoed():
            echoed(change, event, setup)
        case ThreadControlChanged():
            if thread_control(change, event):
                decide_turn(change, setup)
        case (
            DeliveryUpdated()
            | ReactionAdded()
            | VisibilityChanged()
            | ContactOptedOut()
            | ContactsLinked()
            | HandlingFailed()
            | ContentUnavailable()
            | ErasureRequested()
            | PostPublished()
            | AccountRevoked()
        ):
            fold(change, event)
        case _:
            assert_never(event)
    return _without_conversation(change, event) if event.conversation is None else change.freeze()


def _without_conversation(change: Change, event: Event) -> Outcome:
    """An event about a contact alone leaves no conversation behind."""
    outcome = change.freeze()
    return outcome.model_copy(update={"conversation": None, "records": (), "dropped": (), "timers": (), "notice": None})
