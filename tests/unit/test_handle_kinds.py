"""Which kinds of event make a turn, which only fold into the state, and which are a person's acts."""

from typing import Any, Literal

import pytest

from bot.handle import handle
from bot.model.contact import Contact
from bot.model.conversation import Said
from bot.model.event import CommentReceived, MentionReceived, ReviewReceived
from bot.model.outcome import Outcome, State
from tests.unit.turns import (
    ANN,
    DEFAULTS,
    DM,
    NOW,
    THREAD,
    action,
    at,
    awaited,
    deciding,
    draft,
    happened,
    incoming,
    pending,
    record,
    settled,
    state,
    tell,
)

Is = Literal["turn", "fold", "act"]
TABLE: dict[str, Is] = {
    "message.received": "turn",
    "comment.received": "turn",
    "mention.received": "turn",
    "review.received": "turn",
    "message.edited": "turn",
    "message.deleted": "turn",
    "time.came": "turn",
    "visibility.changed": "fold",
    "reaction.added": "fold",
    "echoed": "fold",
    "delivery.updated": "fold",
    "contact.opted_out": "fold",
    "contacts.linked": "fold",
    "handling.failed": "fold",
    "content.unavailable": "fold",
    "erasure.requested": "fold",
    "post.published": "fold",
    "account.revoked": "fold",
    "action.sent": "fold",
    "action.failed": "fold",
    "action.unknown": "fold",
    "agent.took_over": "act",
    "agent.replied": "act",
    "draft.approved": "act",
    "draft.rejected": "act",
    "agent.noted": "act",
    "agent.released": "act",
    "conversation.resolved": "act",
    "action.confirmed": "act",
}
WAITING = (incoming("Hi", "m8"), incoming("Anybody?", "m9", "2-0"))


def two_unanswered() -> State:
    recent = tuple(Said(by="customer", text=i.text, at=NOW, external_id=i.external_id) for i in WAITING)
    return state(unanswered=WAITING, recent=recent, external_ids=("m8", "m9"), draft=draft())


def test_every_kind_is_in_the_table() -> None:
    assert set(TABLE) | {"thread_control.changed"} == set(DEFAULTS)


@pytest.mark.parametrize("kind", TABLE)
def test_what_a_kind_makes(kind: str) -> None:
    before = two_unanswered()
    if kind == "action.confirmed":
        before = before.model_copy(update={"records": (record(action(), "unknown"),)})
    event = happened(kind, **({"external_id": "m8"} if kind == "message.deleted" else {}))
    outcome = tell(event, before)
    assert (outcome.turn is not None) == (TABLE[kind] == "turn")
    assert (outcome.result is not None) == (TABLE[kind] == "act")
    assert settled(outcome).version == 8
    assert settled(outcome).decided_upto == "6-0"


@pytest.mark.parametrize(
    ("name", "ours", "changes", "decided"),
    [
        ("taken elsewhere", False, {}, False),
        ("given back with words unanswered", True, {"owner": "agent", "unanswered": WAITING}, True),
        ("given back with nothing unanswered", True, {"owner": "agent"}, False),
        ("given back though the bot had it", True, {"unanswered": WAITING}, False),
        (
            "given back though a colleague has it here",
            True,
            {"owner": "agent", "assignee": "Léa", "unanswered": WAITING},
            False,
        ),
    ],
)
def test_thread_control_makes_a_turn(name: str, ours: bool, changes: dict[str, Any], decided: bool) -> None:
    outcome = tell(happened("thread_control.changed", ours=ours), state(**changes))
    assert (outcome.turn is not None) is decided
    assert outcome.counters["events.thread_control.changed"] == 1


def test_what_nobody_can_be_found_for_is_counted() -> None:
    event = happened("message.deleted").model_copy(update={"contact": None, "conversation": None})
    assert tell(event) == Outcome(counters={"unplaced.message.deleted": 1})


@pytest.mark.parametrize("opted_out", [True, False])
def test_what_is_about_a_contact_alone_leaves_no_conversation(opted_out: bool) -> None:
    event = happened("contact.opted_out", opted_out=opted_out).model_copy(update={"conversation": None})
    before = State(contact=Contact(id=ANN, opted_out=not opted_out))
    outcome = handle(event, before, at(before), deciding())
    assert outcome.contact == Contact(id=ANN, opted_out=opted_out, opted_out_at=NOW if opted_out else None)
    assert outcome.conversation is None
    assert (outcome.records, outcome.dropped, outcome.timers, outcome.notice) == ((), (), (), None)
    assert outcome.reasons == (("opted_out_on_platform",) if opted_out else ("opted_in_on_platform",))


def test_a_contact_alone_nobody_knew() -> None:
    event = happened("contact.opted_out").model_copy(update={"conversation": None})
    outcome = tell(event)
    assert outcome.contact
    assert outcome.contact.opted_out


@pytest.mark.parametrize("kind", ["comment.received", "mention.received", "review.received"])
def test_public_words_name_what_they_stand_under(kind: str) -> None:
    event = happened(kind)
    assert isinstance(event, CommentReceived | MentionReceived | ReviewReceived)
    under = event.external_id if isinstance(event, ReviewReceived) else event.post_id
    conversation = settled(tell(event))
    assert (conversation.id, conversation.subject_line) == (THREAD, under)


def test_a_private_message_stands_under_nothing() -> None:
    conversation = settled(tell(happened("message.received")))
    assert (conversation.id, conversation.subject_line) == (DM, None)


@pytest.mark.parametrize("kind", [kind for kind, is_ in TABLE.items() if is_ == "fold"])
def test_folds_decide_nothing_anew(kind: str) -> None:
    waiting = record(action(id="a9"))
    outcome = tell(happened(kind), state(waiting))
    assert not [a for a in pending(outcome) if a.id != "a9"]


def test_what_waits_to_go_and_outlives_an_event_is_decided_up_to_it() -> None:
    """Else the claim would hold it back for ever: the head has moved, and nobody decides again."""
    stale = draft(id="other")
    before = state(record(), draft=stale, escalation=awaited())
    outcome = tell(happened("draft.approved"), before)
    assert outcome.result
    assert outcome.result.outcome == "refused"
    assert [a.decided_upto for a in pending(outcome)] == ["6-0"]


def test_a_place_behind_what_was_decided_moves_nothing_back() -> None:
    before = state(decided_upto="9-0")
    event = happened("reaction.added")
    behind = at(state(decided_upto="2-0"))
    assert settled(handle(event, before, behind, deciding())).decided_upto == "9-0"
