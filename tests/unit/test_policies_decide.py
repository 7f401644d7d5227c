"""What is not answered at once: complaints, and what was not understood."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.decision import Decision, Escalate, Reply
from bot.model.turn import Turn
from policies.decide.complaint import Complaint
from policies.decide.confidence import Confidence
from tests.unit.test_policies import (
    BRAND,
    NOW,
    awaited,
    both,
    decision_of,
    escalated,
    meant,
    read,
    said,
    toxic,
    turn,
)


def replied(decision: Decision | None) -> Reply:
    assert isinstance(decision, Reply)
    return decision


@pytest.mark.parametrize("intent", Complaint().intents)
def test_complaint_in_public_is_a_draft(intent: str) -> None:
    found = replied(decision_of(Complaint(), turn(meant(intent), public=True)))
    assert (found.mode, found.priority, found.reason.code) == ("approve", "high", "complaint_in_public")
    assert found.words.variant.startswith("complaint_public/")
    assert found.latest == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "now", "says"),
    [
        ("in the afternoon", NOW, "aujourd'hui à 19 h"),
        ("in the evening", datetime(2026, 11, 25, 20, 0, tzinfo=UTC), "demain à 14 h"),
        ("before the closed day", datetime(2026, 11, 29, 17, 0, tzinfo=UTC), "mardi à 14 h"),
    ],
)
def test_complaint_in_private_says_by_when(name: str, now: datetime, says: str) -> None:
    found = escalated(decision_of(Complaint(), turn(meant("complain_quality"), now=now)))
    assert (found.priority, found.reason.code) == ("normal", "complaint_in_private")
    assert found.holding
    assert found.draft
    assert says in found.holding.text


@pytest.mark.parametrize(
    ("name", "escalation", "priority", "speaks"),
    [
        ("first", None, "normal", True),
        ("again, told", awaited(), "high", False),
        ("again, not told", awaited(told=False), "high", True),
        ("urgent stays urgent", awaited(priority="urgent"), "urgent", False),
    ],
)
def test_complaint_again(name: str, escalation: object, priority: str, speaks: bool) -> None:
    found = escalated(decision_of(Complaint(), turn(meant("report_damaged"), escalation=escalation)))
    assert (found.priority, found.holding is not None) == (priority, speaks)


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [
        ("an earlier promise stands", NOW + timedelta(hours=1), NOW + timedelta(hours=1)),
        ("a missed one is due now", NOW - timedelta(hours=1), NOW),
        ("a later one is brought forward", NOW + timedelta(days=9), NOW + timedelta(hours=4)),
    ],
)
def test_a_promised_deadline_never_moves_away(name: str, by: datetime, expected: datetime) -> None:
    at = turn(meant("report_damaged"), escalation=awaited(by=by))
    assert escalated(decision_of(Complaint(), at)).deadline == expected


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("too uncertain", turn(meant("complain_quality", 0.39))),
        ("not read", turn(said("..."))),
        ("a question", turn(meant("ask_price"))),
        ("an insult weighs more", turn(meant("complain_quality"), meant("insult"))),
    ],
)
def test_complaint_has_no_opinion(name: str, at: Turn) -> None:
    assert decision_of(Complaint(), at) is None


def test_complaints_of_several_kinds_count_together() -> None:
    broken_late_and_unanswered = meant(
        "report_damaged", 0.31, ("report_damaged", 0.31), ("complain_service", 0.18), ("praise", 0.17)
    )
    found = replied(decision_of(Complaint(), turn(broken_late_and_unanswered, public=True)))
    assert (found.mode, found.reason.facts) == ("approve", {"intent": "report_damaged", "confidence": "0.49"})


def test_praise_with_a_broken_lamp_is_a_complaint() -> None:
    praise = both("praise", ("report_damaged", 0.4))
    found = replied(decision_of(Complaint(), turn(meant("greet"), praise, public=True)))
    assert (found.mode, found.reason.facts) == ("approve", {"intent": "report_damaged", "confidence": "0.40"})
    assert decision_of(Complaint(), turn(both("praise", ("report_damaged", 0.39)))) is None


def test_nobody_is_told_to_wait_under_an_insulting_complaint_in_public() -> None:
    angry = turn(toxic("complain_service", "insult"), meant("ask_human"), public=True)
    assert escalated(decision_of(Confidence(), angry)).holding is None


def test_complaint_without_words_goes_to_a_person() -> None:
    class Silent:
        def say(self, key: str, turn: Turn, deadline: datetime | None = None) -> None:
            return None

    found = escalated(Complaint().decide(turn(meant("complain_quality"), public=True), Silent()))
    assert (found.priority, found.holding, found.draft) == ("high", None, None)


CLEAR = meant("ask_price", 0.9)
CLOSE_BUT_BOTH = said(
    "how much, and do you ship?",
    read("ask_price", 0.6, ("ask_price", 0.6), ("ask_shipping", 0.55)).model_copy(
        update={"also": (("ask_shipping", 0.9),)}
    ),
)


@pytest.mark.parametrize(
    ("name", "at", "outcome"),
    [
        ("clear", turn(CLEAR), None),
        ("at the threshold", turn(meant("ask_price", 0.55)), None),
        ("under it", turn(meant("ask_price", 0.54)), "clarify unsure"),
        ("nothing recognised", turn(meant(None, 0.0)), "clarify out_of_scope"),
        ("out of scope, certainly", turn(meant("out_of_scope", 0.99)), "clarify out_of_scope"),
        ("two close", turn(meant("ask_price", 0.6, ("ask_price", 0.6), ("ask_shipping", 0.5))), "clarify two_close"),
        ("two apart", turn(meant("ask_price", 0.6, ("ask_price", 0.6), ("ask_shipping", 0.49))), None),
        ("two close that were both said", turn(CLOSE_BUT_BOTH), None),
        ("out of scope, with thanks", turn(both("thank", ("out_of_scope", 0.6))), "clarify out_of_scope"),
        ("out of scope, with a question", turn(both("out_of_scope", ("ask_price", 0.6))), None),
        ("wants a person too", turn(both("ask_price", ("ask_human", 0.35))), "person asked_for_person +"),
        ("one of two unclear", turn(meant("ask_shipping", 0.2), CLEAR), "clarify unsure"),
        ("an unclear courtesy beside a question", turn(meant("greet", 0.2), CLEAR), None),
        ("an unclear courtesy alone", turn(meant("greet", 0.2)), "clarify unsure"),
        ("in public", turn(meant("ask_price", 0.2), public=True), "draft unsure"),
        ("the second time", turn(meant("ask_price", 0.2), asked_to_clarify=1), "person still_unclear +"),
        ("a person awaited", turn(meant("ask_price", 0.2), escalation=awaited()), "person still_unclear"),
        ("the model was away", turn(said("bonjour")), "person not_understood_by_model +"),
        ("the model was away, in public", turn(said("bonjour"), public=True), "person not_understood_by_model"),
        ("only a photo", turn(said("", read(None), attachments=1)), "person nothing_to_read +"),
        ("only stars", turn(said(" "), public=True), "person nothing_to_read"),
        ("wants a person", turn(meant("ask_human", 0.2)), "person asked_for_person +"),
        ("wants a person, in public", turn(meant("ask_human"), public=True), "person asked_for_person +"),
        ("wants a person, told", turn(meant("ask_human"), escalation=awaited()), "person asked_for_person"),
        ("perhaps wants one", turn(meant("ask_price", 0.6, ("ask_human", 0.35))), "person asked_for_person +"),
        ("hardly wants one", turn(meant("ask_price", 0.6, ("ask_human", 0.34))), None),
        ("wants one among others", turn(meant("ask_human"), said("", attachments=1)), "person asked_for_person +"),
        (
            "wants one under a complaint in public",
            turn(meant("complain_quality"), meant("ask_human"), public=True),
            "person asked_for_person",
        ),
    ],
)
def test_confidence(name: str, at: Turn, outcome: str | None) -> None:
    decision = decision_of(Confidence(), at)
    match decision:
        case None:
            told = None
        case Reply():
            assert decision.clarifies
            told = f"{'clarify' if decision.mode == 'auto' else 'draft'} {decision.reason.code}"
        case Escalate():
            told = f"person {decision.reason.code}{' +' if decision.holding else ''}"
        case _:
            raise AssertionError(decision)
    assert told == outcome


def test_unclear_without_words_to_ask_goes_to_a_person() -> None:
    brand = BRAND.model_copy(update={"languages": ("xx",)})
    found = escalated(decision_of(Confidence(), turn(meant("ask_price", 0.2), brand=brand)))
    assert found.reason.code == "unsure"
