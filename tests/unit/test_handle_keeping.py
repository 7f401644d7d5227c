"""What the platforms do not show, and how long they let what they showed be kept."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.contact import Contact
from bot.model.conversation import Said
from bot.model.outcome import Outcome, State
from tests.unit.turns import ANN, BOB, NOW, comment, deciding, happened, incoming, message, settled, state, tell

DAY_S = 86_400
DAY = timedelta(days=1)
SAID = Said(by="customer", text="Où est ma lampe ?", at=NOW, external_id="m1")


def timers(outcome: Outcome) -> list[tuple[str, timedelta]]:
    """Kind (and purpose) of what was asked for, and in how long."""
    return [(getattr(t.event, "purpose", t.event.kind), t.at - NOW) for t in outcome.timers]


@pytest.mark.parametrize(("keeps_s", "asked"), [(None, []), (DAY_S, [("refresh", 0.8 * DAY)])])
def test_words_are_asked_for_again_where_the_terms_say_so(keeps_s: int | None, asked: list[Any]) -> None:
    assert timers(tell(comment(), using=deciding(keeps_s=keeps_s))) == asked


@pytest.mark.parametrize(
    ("recent", "asked"),
    [
        ((SAID,), [("expire", 0.19 * DAY)]),
        ((SAID.model_copy(update={"text": "", "deleted": True}),), []),
        ((), []),
    ],
    ids=["there", "deleted meanwhile", "forgotten"],
)
def test_after_asking_they_have_some_time_left(recent: tuple[Said, ...], asked: list[Any]) -> None:
    outcome = tell(happened("time.came", purpose="refresh", ref="m1"), state(recent=recent), deciding(keeps_s=DAY_S))
    assert [(purpose, round(wait / DAY, 4)) for purpose, wait in timers(outcome)] == [
        (purpose, round(wait / DAY, 4)) for purpose, wait in asked
    ]


def test_what_is_confirmed_is_kept_for_another_while() -> None:
    before = state(recent=(SAID, SAID.model_copy(update={"external_id": "m2"})))
    outcome = tell(happened("time.came", purpose="refreshed", ref="m1"), before, deciding(keeps_s=DAY_S))
    assert [said.fresh_at for said in settled(outcome).recent] == [NOW, None]
    assert timers(outcome) == [("refresh", 0.8 * DAY)]


def test_what_was_emptied_meanwhile_is_not_asked_for_again() -> None:
    before = state(recent=(SAID.model_copy(update={"text": "", "deleted": True}),))
    assert timers(tell(happened("time.came", purpose="refreshed", ref="m1"), before, deciding(keeps_s=DAY_S))) == []


@pytest.mark.parametrize(
    ("fresh_at", "kept"),
    [(None, False), (NOW - 0.1 * DAY, True), (NOW - 0.5 * DAY, False)],
    ids=["never confirmed", "just confirmed", "confirmed the time before"],
)
def test_what_nobody_confirmed_goes(fresh_at: Any, kept: bool) -> None:
    before = state(recent=(SAID.model_copy(update={"fresh_at": fresh_at}),), unanswered=(incoming(),))
    outcome = tell(happened("time.came", purpose="expire", ref="m1"), before, deciding(keeps_s=DAY_S))
    (said,) = settled(outcome).recent
    assert (said.text != "", said.deleted) == (kept, not kept)
    assert outcome.forgotten == (() if kept else ("m1",))
    assert outcome.reasons == (() if kept else ("kept_too_long",))
    assert bool(settled(outcome).unanswered) is kept


def test_what_is_gone_already_does_not_go_again() -> None:
    outcome = tell(happened("time.came", purpose="expire", ref="m1"), state(), deciding(keeps_s=DAY_S))
    assert outcome.reasons == ()


def test_a_deletion_empties_the_records_too() -> None:
    before = state(recent=(SAID,), external_ids=("m1",))
    assert tell(happened("message.deleted", external_id="m1"), before).forgotten == ("m1",)


class TestContentUnavailable:
    def test_what_can_be_fetched_has_two_minutes(self) -> None:
        outcome = tell(happened("content.unavailable", external_id="c9", fetch="comment:c9"))
        assert timers(outcome) == [("content.unavailable", timedelta(minutes=2))]
        (later,) = (timer.event for timer in outcome.timers)
        assert later.kind == "content.unavailable"
        assert later.fetch is None
        assert later.id != happened("content.unavailable", external_id="c9").id
        assert settled(outcome).escalation is None

    @pytest.mark.parametrize("fetch", [None, "comment:m1"])
    @pytest.mark.parametrize("before", [state(external_ids=("m1",)), state(tombstones=("m1",))])
    def test_what_came_or_went_meanwhile_is_no_trouble(self, fetch: str | None, before: State) -> None:
        outcome = tell(happened("content.unavailable", external_id="m1", fetch=fetch), before)
        assert (timers(outcome), settled(outcome).escalation) == ([], None)

    def test_what_cannot_be_fetched_is_for_a_person(self) -> None:
        outcome = tell(happened("content.unavailable", external_id="m1"), state())
        escalation = settled(outcome).escalation
        assert escalation is not None
        assert (escalation.reason, escalation.priority) == ("content_unavailable", "normal")

    def test_about_an_account_it_is_only_counted(self) -> None:
        outcome = tell(happened("content.unavailable", contact=None, conversation=None))
        assert outcome == Outcome(counters={"unplaced.content.unavailable": 1})


def test_an_erasure_goes_on_to_the_same_person_elsewhere() -> None:
    known = Contact(id=ANN, aliases=(BOB,))
    outcome = tell(happened("erasure.requested", conversation=None, confirmation="k1"), State(contact=known))
    (relayed,) = outcome.relay
    assert relayed.kind == "erasure.requested"
    assert (relayed.contact, relayed.account, relayed.confirmation) == (BOB, BOB.account, "k1")
    assert relayed.id != happened("erasure.requested", conversation=None, confirmation="k1").id
    assert outcome.reasons == ("erasure_requested",)
    assert outcome.conversation is None


def test_words_said_again_are_not_asked_for_twice() -> None:
    before = state(external_ids=("m1",))
    assert timers(tell(message(external_id="m1"), before, deciding(keeps_s=DAY_S))) == []
