"""What no configuration can turn off."""

from datetime import timedelta
from typing import Any

import pytest

from bot.handle import handle
from bot.model.contact import Contact
from bot.model.conversation import Priority
from bot.model.decision import Decision, Escalate, Hide, Reply
from bot.model.outcome import Outcome
from bot.model.understanding import Understanding
from policies.gravity import BY_LEVEL, COMPLAINT
from tests.unit.turns import (
    ANN,
    DISCLOSURE,
    IGNORE,
    NOW,
    OPT_OUT,
    THREAD,
    WORDS,
    action,
    at,
    awaited,
    comment,
    deciding,
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


def decided(outcome: Outcome) -> tuple[str, list[str]]:
    """The kind of the decision that stood, and what tightened it."""
    assert outcome.turn
    assert outcome.turn.decision
    return outcome.turn.decision.kind, [reason.code for reason in outcome.turn.decision.tightened]


def escalated(outcome: Outcome) -> Escalate:
    assert outcome.turn
    assert isinstance(outcome.turn.decision, Escalate)
    return outcome.turn.decision


OUT = Contact(id=ANN, opted_out=True, opted_out_at=NOW, disclosed_at=NOW)
HOLDING = escalate(holding=WORDS)
TO_OPTED_OUT: list[tuple[str, Decision, str, list[str]]] = [
    ("an answer is a person's to give", reply(), "escalate", ["opted_out"]),
    ("so is a draft", reply(mode="approve"), "escalate", ["opted_out"]),
    ("a question back is not asked", reply(clarifies=True), "ignore", ["opted_out"]),
    ("a person comes without a word", HOLDING, "escalate", ["opted_out"]),
    ("a person comes who said nothing anyway", escalate(), "escalate", []),
    ("the confirmation is not said twice", OPT_OUT, "opt_out", ["opted_out"]),
    ("silence", IGNORE, "ignore", []),
]


@pytest.mark.parametrize(("name", "decision", "kind", "tightened"), TO_OPTED_OUT)
def test_opted_out(name: str, decision: Decision, kind: str, tightened: list[str]) -> None:
    outcome = tell(message(), state(contact=OUT), deciding(decision))
    assert decided(outcome) == (kind, tightened)
    assert pending(outcome) == []


CRITICISM: list[tuple[str, Hide, list[str | None], bool, str | None]] = [
    ("abuse", hide(), ["insult"], True, None),
    ("a complaint", hide(), ["complain_quality"], True, "criticism_not_hidden"),
    ("a report", hide(grounds="spam"), ["report_damaged"], True, "criticism_not_hidden"),
    ("a late delivery", hide(), ["delivery_late"], True, "criticism_not_hidden"),
    ("a refund", hide(), ["request_refund"], True, "criticism_not_hidden"),
    ("an accusation", hide(), ["accuse_brand"], True, "criticism_not_hidden"),
    ("a boycott", hide(), ["threaten_boycott"], True, "criticism_not_hidden"),
    ("a rumour", hide(), ["spread_rumour"], True, "criticism_not_hidden"),
    ("abuse after criticism", hide(), ["complain_quality", "insult"], True, "criticism_not_hidden"),
    ("personal data in a complaint", hide(grounds="personal_data"), ["complain_quality"], True, None),
    ("nothing recognised", hide(), [None], True, None),
    ("a channel that can't hide", hide(), ["insult"], False, "channel_cannot_hide"),
    ("criticism where nothing can be hidden", hide(), ["complain_quality"], False, "criticism_not_hidden"),
]


@pytest.mark.parametrize(("name", "decision", "intents", "can_hide", "code"), CRITICISM)
def test_criticism_is_never_hidden(
    name: str, decision: Hide, intents: list[str | None], can_hide: bool, code: str | None
) -> None:
    *before, last = intents
    earlier = tuple(incoming(external_id="c0", understanding=Understanding(intent=intent)) for intent in before)
    there = state(where=THREAD, unanswered=earlier)
    outcome = handle(comment(), there, at(there), deciding(decision, hide=can_hide), Understanding(intent=last))
    if code is None:
        assert [a.kind for a in pending(outcome)] == ["hide_comment"]
    else:
        assert pending(outcome) == []
        assert decided(outcome) == ("escalate", [code])
        assert escalated(outcome).deadline == NOW + timedelta(hours=4)


@pytest.mark.parametrize("intent", BY_LEVEL[COMPLAINT])
def test_what_complains_beside_something_else_is_not_hidden_either(intent: str) -> None:
    there = state(where=THREAD)
    understood = Understanding(intent="spam", also=((intent, 0.5),))
    assert decided(handle(comment(), there, at(there), deciding(hide()), understood)) == (
        "escalate",
        ["criticism_not_hidden"],
    )


def test_what_could_not_be_read_is_not_taken_for_criticism() -> None:
    there = state(where=THREAD)
    outcome = handle(comment(), there, at(there), deciding(hide()), None)
    assert [a.kind for a in pending(outcome)] == ["hide_comment"]


def holding_records(state_: Any) -> Any:
    return record(action(id="a9", purpose="holding", decided_upto="0-1"), state_)


AWAITING: list[tuple[str, Decision, bool, list[Any], str, list[str], int]] = [
    ("an answer", reply(), False, [], "ignore", ["waiting_for_person"], 0),
    ("a draft", reply(mode="approve"), False, [], "reply", [], 0),
    ("holding, not told yet", HOLDING, False, [], "escalate", [], 1),
    ("holding, told", HOLDING, True, [], "escalate", [], 0),
    ("holding, on its way", HOLDING, False, [holding_records("inflight")], "escalate", [], 0),
    ("holding, of unknown outcome", HOLDING, False, [holding_records("unknown")], "escalate", [], 0),
    ("holding, pending: replaced", HOLDING, False, [holding_records("pending")], "escalate", [], 1),
    ("holding, urgent", escalate(holding=WORDS, priority="urgent"), True, [], "escalate", [], 1),
    ("silence", IGNORE, True, [], "ignore", [], 0),
]


@pytest.mark.parametrize(("name", "decision", "told", "records", "kind", "tightened", "said"), AWAITING)
def test_no_automatic_talk_while_a_person_is_awaited(
    name: str, decision: Decision, told: bool, records: list[Any], kind: str, tightened: list[str], said: int
) -> None:
    before = state(*records, escalation=awaited(told_customer=told))
    outcome = tell(message(), before, deciding(decision))
    assert decided(outcome) == (kind, tightened)
    assert len(pending(outcome)) == said
    assert [i.external_id for i in settled(outcome).unanswered] == ["m1"]


LATE: list[tuple[str, Decision, str, list[str]]] = [
    ("an answer", reply(), "escalate", ["late"]),
    ("a draft", reply(mode="approve"), "escalate", ["late"]),
    ("a person, and words meanwhile", HOLDING, "escalate", ["late"]),
    ("a person", escalate(), "escalate", []),
    ("opting out", OPT_OUT, "opt_out", ["late"]),
    ("silence", IGNORE, "ignore", []),
]


@pytest.mark.parametrize(("name", "decision", "kind", "tightened"), LATE)
def test_late_words_are_answered_by_people(name: str, decision: Decision, kind: str, tightened: list[str]) -> None:
    outcome = tell(message(late=True), state(), deciding(decision))
    assert decided(outcome) == (kind, tightened)
    assert pending(outcome) == []
    assert settled(outcome).recent[-1].text == "Hi", "they join the history"
    if isinstance(decision, Reply):
        assert settled(outcome).draft
    if decision.kind == "opt_out":
        assert outcome.contact
        assert outcome.contact.opted_out, "a late stop is heard"


PRIORITIES: list[tuple[Priority, timedelta]] = [
    ("low", timedelta(hours=24)),
    ("normal", timedelta(hours=4)),
    ("high", timedelta(minutes=30)),
    ("urgent", timedelta(minutes=5)),
]


@pytest.mark.parametrize(("priority", "within"), PRIORITIES)
def test_what_becomes_a_persons_is_no_less_urgent(priority: Priority, within: timedelta) -> None:
    decision = escalated(tell(message(late=True), state(), deciding(reply(priority=priority))))
    assert (decision.priority, decision.deadline, decision.draft) == (priority, NOW + within, WORDS)


CLOSES = NOW + timedelta(days=1)
WINDOW: list[tuple[str, Decision, timedelta, str, list[str]]] = [
    ("an answer at the last moment", reply(earliest=CLOSES), timedelta(), "reply", []),
    ("an answer too late", reply(earliest=CLOSES + timedelta(seconds=1)), timedelta(), "escalate", ["outside_window"]),
    ("a draft", reply(mode="approve", earliest=CLOSES + timedelta(days=1)), timedelta(), "reply", []),
    ("holding at the last moment", HOLDING, timedelta(days=1), "escalate", []),
    ("holding too late", HOLDING, timedelta(days=1, seconds=1), "escalate", ["outside_window"]),
    ("a confirmation at the last moment", OPT_OUT, timedelta(days=1), "opt_out", []),
    ("a confirmation too late", OPT_OUT, timedelta(days=1, seconds=1), "opt_out", ["outside_window"]),
]


@pytest.mark.parametrize(("name", "decision", "later", "kind", "tightened"), WINDOW)
def test_outside_the_window(name: str, decision: Decision, later: timedelta, kind: str, tightened: list[str]) -> None:
    outcome = tell(message(), state(), deciding(decision), now=NOW + later)
    assert decided(outcome) == (kind, tightened)
    assert len(pending(outcome)) == int(not tightened and not (isinstance(decision, Reply) and decision.mode != "auto"))
    assert settled(outcome).window_closes_at == CLOSES


@pytest.mark.parametrize(
    ("name", "public", "window_s"), [("in public", True, 86400), ("on a channel without one", False, None)]
)
def test_there_is_no_window(name: str, public: bool, window_s: int | None) -> None:
    decision = reply(earliest=NOW + timedelta(days=400))
    before = state(where=THREAD) if public else state()
    outcome = tell(comment() if public else message(), before, deciding(decision, window_s=window_s))
    assert len(pending(outcome)) == 1
    assert settled(outcome).window_closes_at is None


def test_a_window_opens_with_the_customers_words() -> None:
    before = state(unanswered=(incoming(),))
    outcome = tell(happened("time.came"), before)
    assert len(pending(outcome)) == 1
    assert settled(outcome).window_closes_at is None


FITS = "a" * 100
LONG = "a" * 101
LIMITS: list[tuple[str, Decision, bool, str, list[str], int]] = [
    ("a comment to the letter", reply(FITS), True, "reply", [], 1),
    ("a comment one too long", reply(LONG), True, "reply", ["too_long"], 0),
    ("a draft may be too long", reply(LONG, mode="approve"), True, "reply", [], 0),
    ("a holding to the letter", escalate(holding=WORDS.model_copy(update={"text": FITS})), True, "escalate", [], 1),
    (
        "a holding one too long",
        escalate(holding=WORDS.model_copy(update={"text": LONG})),
        True,
        "escalate",
        ["too_long"],
        0,
    ),
    (
        "a confirmation one too long",
        OPT_OUT.model_copy(update={"words": WORDS.model_copy(update={"text": LONG})}),
        True,
        "opt_out",
        ["too_long"],
        0,
    ),
    ("a private message is parted", reply("a" * 201), False, "reply", [], 2),
]


@pytest.mark.parametrize(("name", "decision", "public", "kind", "tightened", "said"), LIMITS)
def test_within_the_limits(
    name: str, decision: Decision, public: bool, kind: str, tightened: list[str], said: int
) -> None:
    before = state(where=THREAD) if public else state()
    outcome = tell(comment() if public else message(), before, deciding(decision))
    assert decided(outcome) == (kind, tightened)
    assert len(pending(outcome)) == said


@pytest.mark.parametrize(
    ("name", "unit", "text", "fits"),
    [
        ("characters", "characters", "é" * 100, True),
        ("bytes", "bytes", "é" * 51, False),
        ("utf-16", "utf16", "🙂" * 51, False),
        ("utf-16 to the letter", "utf16", "🙂" * 50, True),
    ],
)
def test_limits_have_a_unit(name: str, unit: str, text: str, fits: bool) -> None:
    outcome = tell(comment(), state(where=THREAD), deciding(reply(text), text_unit=unit))
    assert texts(outcome) == ([text] if fits else [])
    assert (settled(outcome).draft is None) is fits


def test_a_draft_too_long_for_a_comment_waits_for_a_person() -> None:
    conversation = settled(tell(comment(), state(where=THREAD), deciding(reply(LONG))))
    assert conversation.draft
    assert conversation.escalation
    assert (conversation.draft.text, conversation.escalation.reason) == (LONG, "too_long")


def test_the_disclosure_counts() -> None:
    """What fits alone and not with the disclosure that goes with it must not reach the platform."""
    before = state(where=THREAD, contact=Contact(id=ANN))
    room = 100 - len(f"{DISCLOSURE} ")
    assert len(pending(tell(comment(), before, deciding(reply("a" * room))))) == 1
    outcome = tell(comment(), before, deciding(reply("a" * (room + 1))))
    assert pending(outcome) == []
    assert decided(outcome) == ("reply", ["too_long"])
