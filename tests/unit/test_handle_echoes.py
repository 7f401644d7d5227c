"""The account spoke: we, or a person in the platform's own app."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.action import ActionState, fingerprint
from bot.model.conversation import HeldEcho, Said
from bot.model.ids import EventId
from bot.model.outcome import Outcome
from tests.unit.turns import (
    NOW,
    THREAD,
    action,
    after,
    awaited,
    draft,
    happened,
    incoming,
    record,
    settled,
    state,
    story,
    tell,
)


def is_theirs(outcome: Outcome) -> bool:
    return "person_spoke_elsewhere" in outcome.reasons


GOING = record(action(), "inflight")
OURS: list[tuple[str, Any, dict[str, Any]]] = [
    ("by its tag", GOING, {"tag": "a1", "text": "otherwise put"}),
    ("by its tag, though it was still pending", record(action()), {"tag": "a1", "text": ""}),
    ("by its id", record(action(), "unknown", external_id="echo1"), {"text": "otherwise put"}),
    ("by its words", GOING, {}),
    ("by its words, otherwise spaced", GOING, {"text": " HELLO "}),
    ("by its words, of unknown outcome", record(action(), "unknown"), {}),
    ("by its tag, from another app", GOING, {"tag": "a1", "elsewhere": True}),
]


@pytest.mark.parametrize(("name", "there", "echo"), OURS)
def test_an_echo_before_the_answer(name: str, there: Any, echo: dict[str, Any]) -> None:
    before = state(there, unanswered=(incoming(),))
    outcome = tell(happened("echoed", **echo), before)
    assert [(r.state, r.external_id) for r in outcome.records] == [("sent", "echo1")]
    assert settled(outcome).recent[-1].text == "Hello"
    assert (settled(outcome).unanswered, settled(outcome).owner) == ((), "bot")
    assert outcome.counters["events.echoed"] == 1
    answered = tell(happened("action.sent", external_id="s1"), after(before, outcome))
    assert len(settled(answered).recent) == 1
    assert settled(answered).external_ids == ("echo1", "s1")


THERE = record(action(), "sent", external_id="s1")
AGAIN: list[tuple[str, dict[str, Any], bool]] = [
    ("with the same id", {"external_id": "s1"}, False),
    ("with another id and its tag", {"tag": "a1", "text": "otherwise put"}, False),
    ("with another id and its words", {}, False),
    ("with another id and other words", {"text": "otherwise put"}, True),
    ("the same words from another app", {"elsewhere": True}, True),
    ("without words", {"text": ""}, True),
    ("from our own app, whatever it says", {"text": "otherwise put", "elsewhere": False}, False),
]


@pytest.mark.parametrize(("name", "echo", "theirs"), AGAIN)
def test_an_echo_after_the_answer(name: str, echo: dict[str, Any], theirs: bool) -> None:
    recent = (Said(by="bot", text="Hello", at=NOW, external_id="s1"),)
    outcome = tell(happened("echoed", **echo), state(THERE, recent=recent, external_ids=("s1",)))
    assert is_theirs(outcome) is theirs
    assert len(settled(outcome).recent) == 1 + theirs
    assert echo.get("external_id", "echo1") in settled(outcome).external_ids


def test_an_echo_of_what_was_seen_before() -> None:
    outcome = tell(happened("echoed"), state(external_ids=("echo1",)))
    assert not is_theirs(outcome)
    assert settled(outcome).recent == ()


HELD = HeldEcho(event=EventId("e:echoed:echo1"), external_id="echo1", text="otherwise put", at=NOW)


@pytest.mark.parametrize("at", ["inflight", "unknown"])
def test_an_echo_that_matches_nothing_is_held_while_something_is_on_its_way(at: ActionState) -> None:
    outcome = tell(happened("echoed", text="otherwise put"), state(record(action(), at)))
    assert not is_theirs(outcome)
    assert settled(outcome).held_echoes == (HELD,)
    [timer] = outcome.timers
    assert timer.at == NOW + timedelta(seconds=5)
    assert (timer.event.purpose, timer.event.ref) == ("echo_hold", "echo1")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "at", "elsewhere"),
    [("another app, surely", "inflight", True), ("nothing on its way", "pending", None)],
)
def test_no_need_to_wait(name: str, at: ActionState, elsewhere: bool | None) -> None:
    outcome = tell(happened("echoed", text="otherwise put", elsewhere=elsewhere), state(record(action(), at)))
    assert is_theirs(outcome)
    assert settled(outcome).held_echoes == ()


def test_held_echoes_are_bounded() -> None:
    echoes = [happened("echoed", text=f"{n}", external_id=f"x{n}") for n in range(15)]
    conversation = story(echoes, before=state(GOING)).conversation
    assert conversation
    assert [echo.external_id for echo in conversation.held_echoes] == [f"x{n}" for n in range(5, 15)]


OTHER = HELD.model_copy(update={"external_id": "echo2"})
RELEASED: list[tuple[str, Any, str, tuple[str, ...], bool, str]] = [
    ("the answer came with that id", THERE, "otherwise put", ("echo1",), False, "sent"),
    ("the answer came with another id", THERE, "Hello", ("s1",), False, "sent"),
    ("the words turn out to be ours", record(action(), "unknown"), "Hello", (), False, "sent"),
    ("still nothing", GOING, "otherwise put", (), True, "inflight"),
    ("the answer was another", THERE, "otherwise put", ("s1",), True, "sent"),
]


@pytest.mark.parametrize(("name", "there", "text", "known", "theirs", "at"), RELEASED)
def test_a_held_echo_is_released(
    name: str, there: Any, text: str, known: tuple[str, ...], theirs: bool, at: ActionState
) -> None:
    held = (OTHER, HELD.model_copy(update={"text": text}))
    before = state(there, held_echoes=held, external_ids=known)
    outcome = tell(happened("time.came", purpose="echo_hold", ref="echo1"), before)
    assert is_theirs(outcome) is theirs
    assert settled(outcome).held_echoes == (OTHER,)
    assert "echo1" in settled(outcome).external_ids
    assert [r.state for r in outcome.records] == [at]


def test_an_echo_that_is_not_held_any_more() -> None:
    outcome = tell(happened("time.came", purpose="echo_hold", ref="echo1"), state())
    assert (outcome.reasons, settled(outcome).recent) == ((), ())


def test_a_person_spoke_in_the_platforms_own_app() -> None:
    bots, persons = record(action()), record(action(id="a2", author="Léa", text="Good morning"))
    before = state(bots, persons, unanswered=(incoming(),), promised_by=NOW, escalation=awaited(), draft=draft())
    outcome = tell(happened("echoed", text="Bonjour Ann"), before)
    conversation = settled(outcome)
    assert (conversation.owner, conversation.assignee) == ("agent", None)
    assert (conversation.recent[-1].by, conversation.recent[-1].text) == ("agent", "Bonjour Ann")
    assert (conversation.unanswered, conversation.promised_by, outcome.records) == ((), None, ())
    assert conversation.escalation == awaited("answered_elsewhere", "low", deadline=NOW + timedelta(days=1))
    assert (outcome.acknowledged, outcome.notice) == (True, None)
    assert conversation.draft, "a person's own text is not lost"
    assert (conversation.draft.author, conversation.draft.stale) == ("Léa", "answered_elsewhere")
    assert conversation.basis_change == "echoed"
    assert outcome.counters["takeovers.elsewhere"] == 1


@pytest.mark.parametrize(
    ("name", "stale", "stays"), [("the bot's draft goes", None, False), ("a text that came back stays", "x", True)]
)
def test_a_draft_when_a_person_spoke_elsewhere(name: str, stale: str | None, stays: bool) -> None:
    outcome = tell(happened("echoed", text="Bonjour"), state(draft=draft(stale=stale)))
    assert (settled(outcome).draft is not None) is stays


def test_an_identical_text_elsewhere_is_somebody_elses() -> None:
    assert fingerprint(THREAD, "Hello") != GOING.fingerprint
