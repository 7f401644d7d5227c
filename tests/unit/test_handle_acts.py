"""What a person does at the console: what stands, and what is refused because the ground moved."""

from typing import Any

import pytest

from bot.model.conversation import Note, Status
from bot.model.desk import ActResult
from tests.unit.turns import (
    NOW,
    action,
    awaited,
    draft,
    happened,
    incoming,
    message,
    pending,
    record,
    refused,
    result,
    settled,
    state,
    story,
    tell,
    texts,
)

MINE: dict[str, Any] = {"owner": "agent", "assignee": "Léa"}
ELSEWHERE: dict[str, Any] = {"owner": "agent", "assignee": None}
TAKEN: dict[str, Any] = {"owner": "agent", "assignee": "Tom"}
OWNED: list[tuple[str, dict[str, Any], bool]] = [
    ("the bot has it", {}, True),
    ("I have it", MINE, True),
    ("somebody in the platform's app has it", ELSEWHERE, True),
    ("a colleague has it", TAKEN, False),
]


@pytest.mark.parametrize("kind", ["agent.took_over", "agent.replied", "agent.released", "conversation.resolved"])
@pytest.mark.parametrize(("name", "owned", "stands"), OWNED)
def test_one_person_at_a_time(name: str, owned: dict[str, Any], stands: bool, kind: str) -> None:
    outcome = tell(happened(kind), state(**owned))
    assert result(outcome) == (("done", "") if stands else ("refused", "already_taken"))


@pytest.mark.parametrize(("name", "owned", "stands"), OWNED)
def test_one_person_at_a_draft(name: str, owned: dict[str, Any], stands: bool) -> None:
    outcome = tell(happened("draft.approved"), state(draft=draft(), **owned))
    assert result(outcome) == (("done", "") if stands else ("refused", "already_taken"))


VERSIONS = [("saw all of it", 6, True), ("saw later things", 7, True), ("saw less", 5, False)]
CHANGES = [
    ("message.received", "customer_wrote"),
    ("message.edited", "customer_wrote"),
    ("comment.received", "customer_wrote"),
    ("mention.received", "customer_wrote"),
    ("review.received", "customer_wrote"),
    ("agent.took_over", "colleague_acted"),
    ("draft.rejected", "colleague_acted"),
]


@pytest.mark.parametrize(
    "kind", ["agent.replied", "draft.approved", "draft.rejected", "agent.released", "conversation.resolved"]
)
@pytest.mark.parametrize(("name", "seen", "stands"), VERSIONS)
@pytest.mark.parametrize(("change", "code"), CHANGES)
def test_the_ground_moved(name: str, seen: int, stands: bool, change: str, code: str, kind: str) -> None:
    before = state(draft=draft(), basis_version=6, basis_change=change, unanswered=(incoming(),))
    outcome = tell(happened(kind, seen_version=seen), before)
    if stands:
        assert result(outcome) == ("done", "")
    else:
        assert refused(outcome) == code
        assert settled(outcome).unanswered == (incoming(),)


@pytest.mark.parametrize("kind", ["agent.took_over", "agent.noted"])
def test_some_acts_need_no_ground(kind: str) -> None:
    outcome = tell(happened(kind, seen_version=0), state(basis_version=6, basis_change="message.received"))
    assert result(outcome) == ("done", "")


def test_words_that_came_while_the_page_was_open_are_not_resolved_away() -> None:
    before = story([message("Hi", "m1")])
    assert before.conversation
    seen = before.conversation.version
    before = story([message("It does not work!", "m2")], before=before)
    assert refused(tell(happened("conversation.resolved", seen_version=seen), before)) == "customer_wrote"


def test_taking_over() -> None:
    bots, persons = record(action()), record(action(id="a2", author="Tom", text="Good morning"))
    outcome = tell(happened("agent.took_over"), state(bots, persons, promised_by=NOW))
    conversation = settled(outcome)
    assert (conversation.owner, conversation.assignee, conversation.status) == ("agent", "Léa", "waiting")
    assert conversation.promised_by is None
    assert (conversation.basis_version, conversation.basis_change) == (8, "agent.took_over")
    assert outcome.dropped == ("a1", "a2")
    assert conversation.draft
    assert (conversation.draft.author, conversation.draft.stale) == ("Tom", "taken_over")
    assert (outcome.notice, outcome.acknowledged) == (None, True)
    assert outcome.result == ActResult(outcome="done", version=8)
    assert outcome.reasons == ("agent_took_over",)
    assert outcome.counters["acts.agent.took_over"] == 1


@pytest.mark.parametrize(
    ("name", "before", "then"),
    [
        ("of one's own accord", None, awaited("taken_over", "normal")),
        ("because it was asked for", awaited("threat", "urgent"), awaited("threat", "urgent")),
    ],
)
def test_why_a_person_has_it(name: str, before: Any, then: Any) -> None:
    assert settled(tell(happened("agent.took_over"), state(escalation=before))).escalation == then


@pytest.mark.parametrize("kind", ["draft.approved", "draft.rejected"])
@pytest.mark.parametrize(("name", "there"), [("another", draft(id="d2")), ("none", None)])
def test_the_draft_is_another(name: str, there: Any, kind: str) -> None:
    outcome = tell(happened(kind), state(draft=there))
    assert refused(outcome) == "draft_changed"
    assert settled(outcome).draft == there


def test_rejecting() -> None:
    outcome = tell(happened("draft.rejected"), state(draft=draft(), escalation=awaited()))
    conversation = settled(outcome)
    assert (conversation.draft, conversation.escalation, conversation.basis_version) == (None, awaited(), 8)
    assert result(outcome) == ("done", "")


LETTING_GO: list[tuple[str, Status, Status]] = [
    ("agent.released", "waiting", "open"),
    ("agent.released", "open", "open"),
    ("agent.released", "resolved", "resolved"),
    ("conversation.resolved", "waiting", "resolved"),
    ("conversation.resolved", "open", "resolved"),
    ("conversation.resolved", "resolved", "resolved"),
]


@pytest.mark.parametrize(("kind", "status", "then"), LETTING_GO)
def test_letting_go(kind: str, status: Status, then: Status) -> None:
    before = state(
        record(action()),
        status=status,
        draft=draft(),
        escalation=awaited(),
        unanswered=(incoming(),),
        promised_by=NOW,
        asked_to_clarify=1,
        **MINE,
    )
    outcome = tell(happened(kind), before)
    conversation = settled(outcome)
    assert (conversation.status, conversation.owner, conversation.assignee) == (then, "bot", None)
    assert (conversation.draft, conversation.escalation, conversation.unanswered) == (None, None, ())
    assert (conversation.promised_by, conversation.asked_to_clarify) == (None, 0)
    assert (outcome.dropped, outcome.acknowledged) == (("a1",), True)
    assert outcome.turn is None


@pytest.mark.parametrize("kind", ["agent.released", "conversation.resolved"])
def test_a_reply_goes_although_its_author_let_go_at_once(kind: str) -> None:
    """Whoever answers and closes means both: the words are neither lost nor held back by the claim."""
    before = story([message(), happened("agent.replied")])
    outcome = tell(happened(kind), before)
    assert texts(outcome) == ["Good morning"]
    assert [action.decided_upto for action in pending(outcome)] == [settled(outcome).decided_upto]


def test_noting() -> None:
    outcome = tell(happened("agent.noted"), state(record(action()), basis_version=3))
    conversation = settled(outcome)
    assert conversation.notes == (Note(agent="Léa", text="a regular", at=NOW),)
    assert (conversation.basis_version, conversation.owner) == (3, "bot")
    assert texts(outcome) == ["Hello"]


def test_notes_are_bounded() -> None:
    notes = [happened("agent.noted", text=f"{n}") for n in range(25)]
    conversation = story(notes).conversation
    assert conversation
    assert [note.text for note in conversation.notes] == [f"{n}" for n in range(5, 25)]


@pytest.mark.parametrize("sent", [True, False])
def test_confirming_what_nobody_knew(sent: bool) -> None:
    before = state(record(action(), "unknown"), unanswered=(incoming(),), escalation=awaited("unknown_outcome", "high"))
    outcome = tell(happened("action.confirmed", sent=sent), before)
    conversation = settled(outcome)
    assert result(outcome) == ("done", "")
    if sent:
        assert [r.state for r in outcome.records] == ["sent"]
        assert conversation.recent[-1].text == "Hello"
        assert (conversation.unanswered, conversation.escalation, conversation.status) == ((), None, "open")
        assert outcome.acknowledged
    else:
        assert outcome.dropped == ("a1",)
        assert (conversation.unanswered, conversation.status) == ((incoming(),), "waiting")
        assert outcome.reasons == ("failed_confirmed_not_sent", "action_confirmed")


@pytest.mark.parametrize(
    ("name", "records"), [("there by now", [record(action(), "sent")]), ("forgotten", []), ("going", [record()])]
)
def test_nothing_to_confirm(name: str, records: list[Any]) -> None:
    assert refused(tell(happened("action.confirmed"), state(*records))) == "already_settled"
