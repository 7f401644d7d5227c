"""What time brings, and what only folds into the state."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.contact import Contact
from bot.model.conversation import Said
from bot.model.outcome import State
from tests.unit.turns import (
    ANN,
    BOB,
    DM,
    NOW,
    action,
    after,
    awaited,
    claimed,
    happened,
    incoming,
    message,
    pending,
    record,
    settled,
    state,
    story,
    tell,
)


@pytest.mark.parametrize(
    ("name", "changes", "decides"),
    [
        ("words are unanswered", {"unanswered": (incoming(),)}, True),
        ("none is", {}, False),
        ("a person has it", {"unanswered": (incoming(),), "owner": "agent"}, False),
    ],
)
def test_time_to_decide(name: str, changes: dict[str, Any], decides: bool) -> None:
    outcome = tell(happened("time.came"), state(**changes))
    assert (outcome.turn is not None) is decides
    assert len(pending(outcome)) == decides


@pytest.mark.parametrize(
    ("name", "records", "asks"),
    [
        ("still unknown", [record(action(), "unknown")], True),
        ("there by now", [record(action(), "sent")], False),
        ("forgotten", [], False),
    ],
)
def test_time_to_ask_what_became_of_it(name: str, records: list[Any], asks: bool) -> None:
    outcome = tell(happened("time.came", purpose="unknown_hold", ref="a1"), state(*records))
    assert (outcome.notice is not None) is asks
    assert outcome.reasons == (("unknown_outcome",) if asks else ())
    if asks:
        assert outcome.notice
        assert (outcome.notice.reason, outcome.notice.priority) == ("unknown_outcome", "high")
        assert outcome.notice.deadline == NOW + timedelta(minutes=30)


def test_the_thread_was_taken_elsewhere_and_given_back() -> None:
    answered = story([message()], before=state())
    taken = tell(happened("thread_control.changed"), answered)
    conversation = settled(taken)
    assert (conversation.owner, conversation.assignee, taken.records) == ("agent", None, ())
    assert conversation.escalation
    assert (conversation.escalation.reason, conversation.escalation.priority) == ("thread_taken_elsewhere", "low")
    assert taken.reasons == ("thread_taken_elsewhere",)
    back = tell(happened("thread_control.changed", ours=True), after(answered, taken))
    assert (settled(back).owner, settled(back).escalation) == ("bot", None)
    assert back.reasons == ("thread_given_back", "because")
    assert len(pending(back)) == 1, "what nobody answered elsewhere is answered now"


def test_the_thread_is_given_to_us_who_have_it() -> None:
    answered = story([message()], before=state())
    outcome = tell(happened("thread_control.changed", ours=True), answered)
    assert len(pending(outcome)) == 1
    assert outcome.reasons == ()


def test_a_blocked_account_says_nothing_more() -> None:
    answered = story([message()], before=state())
    outcome = tell(happened("contact.opted_out"), answered)
    assert (outcome.records, settled(outcome).unanswered) == ((), ())
    assert outcome.contact
    assert (outcome.contact.opted_out, outcome.contact.opted_out_at) == (True, NOW)
    assert settled(outcome).basis_change == "contact.opted_out"


def test_a_contact_returns() -> None:
    out = Contact(id=ANN, opted_out=True, opted_out_at=NOW)
    outcome = tell(happened("contact.opted_out", opted_out=False), state(contact=out, unanswered=(incoming(),)))
    assert outcome.contact == Contact(id=ANN)
    assert settled(outcome).unanswered == (incoming(),)


def test_contacts_are_linked_once() -> None:
    linked = tell(happened("contacts.linked"), state())
    assert linked.contact
    assert linked.contact.aliases == (BOB,)
    assert tell(happened("contacts.linked"), after(state(), linked)).contact is None


@pytest.mark.parametrize("hidden", [True, False])
def test_visibility(hidden: bool) -> None:
    recent = tuple(Said(by="customer", text="Hi", at=NOW, external_id=id_, hidden=not hidden) for id_ in ("c1", "c2"))
    outcome = tell(happened("visibility.changed", hidden=hidden), state(recent=recent))
    assert [said.hidden for said in settled(outcome).recent] == [hidden, not hidden]


@pytest.mark.parametrize("kind", ["delivery.updated", "reaction.added"])
def test_what_changes_nothing(kind: str) -> None:
    before = state(record(action()), unanswered=(incoming(),))
    outcome = tell(happened(kind), before)
    assert before.conversation
    assert outcome.counters == {f"events.{kind}": 1}
    unchanged = before.conversation.model_copy(update={"version": 8, "decided_upto": "6-0", "action_ids": ("a1",)})
    assert settled(outcome) == unchanged
    assert len(pending(outcome)) == 1


def test_what_could_not_be_handled_needs_a_person() -> None:
    outcome = tell(happened("handling.failed"), state())
    assert settled(outcome).escalation == awaited("handling_failed", "high", deadline=NOW + timedelta(minutes=30))
    assert outcome.reasons == ("handling_failed",)
    assert outcome.notice
    assert outcome.notice.conversation == DM


def test_an_action_claimed_before_the_state_was_written_stays_so() -> None:
    before: State = claimed(story([message()]))
    assert [r.state for r in tell(happened("reaction.added"), before).records] == ["inflight"]
