"""Every kind of decision, for the bot's and a person's conversation, live and in shadow."""

from datetime import timedelta
from typing import Any

import pytest

from bot.handle.effects import VARIANTS_KEPT
from bot.model.action import HideComment, Like, SendMessage
from bot.model.decision import Decision, Reason
from bot.model.ids import ConversationId
from tests.unit.turns import (
    DM,
    IGNORE,
    NOW,
    OPT_OUT,
    REACT,
    THREAD,
    WAIT,
    WORDS,
    action,
    after,
    awaited,
    claimed,
    comment,
    deciding,
    draft,
    escalate,
    happened,
    hide,
    incoming,
    message,
    pending,
    record,
    reply,
    settled,
    state,
    tell,
    texts,
)

DECISIONS: list[tuple[str, Decision, str, list[str]]] = [
    ("an answer", reply(), "reply", ["send_message"]),
    ("a draft", reply(mode="approve"), "draft", []),
    ("a person", escalate(), "escalated", []),
    ("a person, and words meanwhile", escalate(holding=WORDS), "escalated", ["send_message"]),
    ("hiding", hide(), "acted", ["hide_comment"]),
    ("a like", REACT, "acted", ["like"]),
    ("waiting", WAIT, "waiting", []),
    ("silence", IGNORE, "silent", []),
    ("opting out", OPT_OUT, "reply", ["send_message"]),
    ("opting out without a word", OPT_OUT.model_copy(update={"words": None}), "silent", []),
]


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(("name", "decision", "result", "kinds"), DECISIONS)
def test_the_bot_decides(name: str, decision: Decision, result: str, kinds: list[str], live: bool) -> None:
    outcome = tell(message(), state(), deciding(decision, live=live))
    assert outcome.turn
    expected = "shadow" if result in ("reply", "acted") and not live else result
    assert (outcome.turn.outcome, outcome.turn.decision) == (expected, decision)
    assert outcome.turn.invariant == (None if live else Reason(code="shadow", by="invariant"))
    assert [a.kind for a in pending(outcome)] == (kinds if live else [])
    assert outcome.reasons == ("because",)
    assert outcome.counters[f"decisions.{decision.kind}.because"] == 1


@pytest.mark.parametrize("assignee", ["Léa", None])
@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(("name", "decision", "result", "kinds"), DECISIONS)
def test_a_person_has_it(
    name: str, decision: Decision, result: str, kinds: list[str], live: bool, assignee: str | None
) -> None:
    before = state(owner="agent", assignee=assignee)
    outcome = tell(message(), before, deciding(decision, live=live))
    assert outcome.turn
    assert (outcome.turn.outcome, outcome.turn.decision, outcome.turn.opinions) == ("silent", None, ())
    assert outcome.turn.invariant == Reason(code="human_owns", by="invariant", facts={"assignee": assignee or ""})
    assert outcome.records == ()
    assert outcome.reasons == ("human_owns",)
    assert [i.external_id for i in settled(outcome).unanswered] == ["m1"]
    assert outcome.contact
    assert not outcome.contact.opted_out


def test_an_answer() -> None:
    decision = reply(earliest=NOW + timedelta(seconds=2))
    outcome = tell(message(), state(), deciding(decision))
    assert pending(outcome) == [
        SendMessage(
            id="e:message.received:m1.1",  # type: ignore[arg-type]
            conversation=DM,
            decided_upto="6-0",  # type: ignore[arg-type]
            earliest=decision.earliest,
            text="Hello",
            seen="m1",
        )
    ]
    assert settled(outcome).promised_by == decision.latest
    assert settled(outcome).variants_used == ("greet/1",)
    assert len(settled(outcome).unanswered) == 1, "until it is there"


@pytest.mark.parametrize(("clarifies", "purpose"), [(False, "answer"), (True, "clarify")])
def test_what_an_answer_is_for(clarifies: bool, purpose: str) -> None:
    [said] = pending(tell(message(), state(), deciding(reply(clarifies=clarifies))))
    assert said.purpose == purpose


@pytest.mark.parametrize(
    ("name", "author", "stays"), [("the bot's is withdrawn", "bot", False), ("a person's stays", "Léa", True)]
)
@pytest.mark.parametrize("decision", [reply(), escalate()])
def test_a_draft_beside_a_decision(name: str, author: str, stays: bool, decision: Decision) -> None:
    outcome = tell(message(), state(draft=draft(author=author)), deciding(decision))
    assert settled(outcome).draft == (draft(author=author) if stays else None)


DRAFTS: list[tuple[str, Decision]] = [
    ("to approve", reply(mode="approve", priority="high")),
    ("beside an escalation", escalate(draft=WORDS, priority="high", deadline=NOW + timedelta(minutes=1))),
]


@pytest.mark.parametrize(("name", "decision"), DRAFTS)
def test_a_draft_is_put_before_people(name: str, decision: Decision) -> None:
    outcome = tell(message(), state(draft=draft(text="older")), deciding(decision))
    conversation = settled(outcome)
    assert conversation.draft == draft(id="d:e:message.received:m1", text="Hello", reason="because")
    assert conversation.escalation == awaited("because", "high", deadline=NOW + timedelta(minutes=1))
    assert (conversation.status, conversation.variants_used) == ("waiting", ("greet/1",))
    assert outcome.notice
    assert (outcome.notice.reason, outcome.notice.deadline) == ("because", NOW + timedelta(minutes=1))
    assert outcome.counters["escalated.because"] == 1


@pytest.mark.parametrize(("name", "decision"), DRAFTS)
def test_a_persons_text_is_not_overwritten(name: str, decision: Decision) -> None:
    own = draft(author="Léa", stale="customer_wrote")
    conversation = settled(tell(message(), state(draft=own), deciding(decision)))
    assert (conversation.draft, conversation.variants_used) == (own, ())


def test_what_tightened_a_decision_is_what_a_person_reads() -> None:
    quiet, vip = Reason(code="quiet_hours", by="quiet_hours"), Reason(code="vip", by="vip")
    outcome = tell(message(), state(), deciding(escalate(tightened=(quiet, vip))))
    assert settled(outcome).escalation == awaited("vip")
    assert outcome.reasons == ("because", "quiet_hours", "vip")


ESCALATIONS: list[tuple[str, Any, Any, bool]] = [
    ("the first", None, awaited("because", "normal"), True),
    ("as grave", awaited("first", "normal"), awaited("first", "normal"), False),
    ("graver before", awaited("first", "urgent"), awaited("first", "urgent"), False),
    ("graver now", awaited("first", "low"), awaited("because", "normal"), True),
    (
        "graver, and told already",
        awaited("first", "low", told_customer=True, since=NOW - timedelta(hours=1)),
        awaited("because", "normal", told_customer=True, since=NOW - timedelta(hours=1)),
        True,
    ),
]


@pytest.mark.parametrize(("name", "before", "then", "told"), ESCALATIONS)
def test_a_graver_need_replaces_a_lighter_one(name: str, before: Any, then: Any, told: bool) -> None:
    outcome = tell(message(), state(escalation=before), deciding(escalate()))
    assert settled(outcome).escalation == then
    assert (outcome.notice is not None) is told


def test_hiding_a_comment() -> None:
    [hidden] = pending(tell(comment(), state(where=THREAD), deciding(hide())))
    assert isinstance(hidden, HideComment)
    assert (hidden.comment_id, hidden.purpose, hidden.earliest) == ("c1", "moderation", NOW)


def test_liking_a_message() -> None:
    [liked] = pending(tell(message(), state(), deciding(REACT)))
    assert isinstance(liked, Like)
    assert (liked.external_id, liked.decided_upto) == ("m1", "6-0")


def test_waiting_asks_for_the_time() -> None:
    outcome = tell(message(), state(), deciding(WAIT))
    [timer] = outcome.timers
    assert timer.at == WAIT.until
    assert timer.event == happened(
        "time.came", id="t:decide::e:message.received:m1", occurred_at=WAIT.until, received_at=WAIT.until
    )
    assert len(settled(outcome).unanswered) == 1


def test_two_moments_that_came_make_one_answer() -> None:
    """The reply that a new message brought about is pending when the time asked for by the first one comes."""
    waiting = after(state(), tell(message(), state(), deciding(WAIT)))
    answered = after(waiting, tell(message("And?", "m2"), waiting))
    again = tell(happened("time.came"), answered)
    assert again.turn is None
    assert texts(again) == ["Hello"]


@pytest.mark.parametrize(
    ("name", "escalation", "left"), [("nothing waits", None, 0), ("a person is awaited", awaited(), 1)]
)
def test_silence_is_an_answer(name: str, escalation: Any, left: int) -> None:
    """But while a person is awaited they shall see the words."""
    before = state(escalation=escalation, promised_by=NOW)
    conversation = settled(tell(message(), before, deciding(IGNORE)))
    assert len(conversation.unanswered) == left
    assert conversation.promised_by == (NOW if left else None)


@pytest.mark.parametrize("live", [True, False])
def test_opting_out(live: bool) -> None:
    before = state(record(action(text="An answer")), unanswered=(incoming("Hi", "m0"),), promised_by=NOW)
    outcome = tell(message("stop"), before, deciding(OPT_OUT, live=live))
    assert outcome.contact
    assert (outcome.contact.opted_out, outcome.contact.opted_out_at) == (True, NOW)
    assert [(a.purpose, a.earliest) for a in pending(outcome)] == ([("opt_out", NOW)] if live else [])
    assert outcome.dropped == ("a1",)
    assert (settled(outcome).unanswered, settled(outcome).promised_by) == ((), None)


def test_after_opting_out_the_confirmation_still_goes_and_nothing_else() -> None:
    stopped = after(state(), tell(message("stop"), state(), deciding(OPT_OUT)))
    again = after(stopped, tell(message("stop!", "m2"), stopped, deciding(OPT_OUT)))
    asked = tell(message("One more thing", "m3"), again)
    [confirmation] = pending(asked)
    assert confirmation.purpose == "opt_out"
    assert confirmation.decided_upto == "8-0", "the claim lets it go although words came after it"
    on_its_way = claimed(after(again, asked))
    there = tell(happened("action.sent", action_id=confirmation.id), on_its_way)
    assert [i.text for i in settled(there).unanswered] == ["One more thing"], "a confirmation answers nothing else"


@pytest.mark.parametrize("decision", [reply(), reply(mode="approve")])
def test_wordings_used_are_bounded(decision: Decision) -> None:
    used = tuple(f"v/{n}" for n in range(VARIANTS_KEPT))
    conversation = settled(tell(message(), state(variants_used=used), deciding(decision)))
    assert conversation.variants_used == (*used[1:], "greet/1")


def test_the_same_event_makes_the_same_actions() -> None:
    assert tell(message(), state()) == tell(message(), state())


REACTIONS: list[tuple[str, ConversationId, dict[str, Any], bool]] = [
    ("a comment", THREAD, {"react": True, "react_privately": False}, True),
    ("a comment that can't be liked", THREAD, {"react": False, "react_privately": True}, False),
    ("a message", DM, {"react": False, "react_privately": True}, True),
    ("a message that can't be liked", DM, {"react": True, "react_privately": False}, False),
]


@pytest.mark.parametrize(("name", "place", "can", "liked"), REACTIONS)
def test_only_what_the_channel_can_like_is_liked(
    name: str, place: ConversationId, can: dict[str, Any], liked: bool
) -> None:
    said = comment() if place is THREAD else message()
    outcome = tell(said.model_copy(update={"conversation": place}), state(where=place), deciding(REACT, **can))
    assert [a.kind for a in pending(outcome)] == (["like"] if liked else [])
    assert outcome.turn
    assert outcome.turn.decision
    assert [reason.code for reason in outcome.turn.decision.tightened] == ([] if liked else ["channel_cannot_react"])
