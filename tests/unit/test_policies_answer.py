"""What the brand answers by itself, what it leaves to a person, and what it leaves alone."""

from typing import Any

import pytest

from bot.model.conversation import Incoming
from bot.model.decision import Ignore
from bot.model.turn import Turn
from policies.base import Pace
from policies.decide.answer import Answer
from tests.unit.test_policies import (
    BRAND,
    CAPABILITIES,
    NOW,
    REPLIES,
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
from tests.unit.test_policies_decide import replied

ASKED_BACK: dict[str, Any] = {"asked_to_clarify": 1, "variants_used": ("answer_greet/1", "clarify/2")}
INTENTS = (
    *("greet", "thank", "praise", "goodbye", "chitchat", "suggest_idea", "ask_is_bot"),
    *("ask_price", "ask_availability", "ask_opening_hours", "ask_location", "ask_shipping", "ask_return_policy"),
    *("ask_product_info", "ask_size_advice", "ask_payment", "ask_discount", "ask_warranty", "ask_sustainability"),
)


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("intent", INTENTS)
def test_answer(intent: str, public: bool) -> None:
    policy = Answer(message=Pace(earliest_s=1, latest_s=9), comment=Pace(earliest_s=5, latest_s=99))
    found = replied(decision_of(policy, turn(meant(intent), public=public)))
    assert (found.mode, found.reason.code, found.clarifies) == ("auto", "answered", False)
    assert found.words.variant.startswith(f"answer_{intent}/")
    assert (found.earliest - NOW).total_seconds() == (5 if public else 1)
    assert (found.latest - NOW).total_seconds() == (99 if public else 9)


def test_answer_admits_to_be_a_machine() -> None:
    assert replied(decision_of(Answer(), turn(meant("ask_is_bot")))).words.text.startswith("Oui,")


def test_answer_to_several_questions() -> None:
    at = turn(meant("greet"), meant("ask_price"), meant("ask_shipping"), meant("ask_price"))
    found = replied(decision_of(Answer(), at))
    assert found.reason.facts == {"intent": "ask_price, ask_shipping"}
    assert "Fait price." in found.words.text
    assert "Fait shipping." in found.words.text
    assert [part.split("/")[0] for part in found.words.variant.split("+")] == [
        "answer_ask_price",
        "answer_ask_shipping",
    ]


def test_answer_to_several_questions_of_one_message() -> None:
    asked = both("greet", ("ask_price", 0.8), ("ask_shipping", 0.7), ("out_of_scope", 0.6))
    assert replied(decision_of(Answer(), turn(asked))).reason.facts == {"intent": "ask_price, ask_shipping"}


@pytest.mark.parametrize(
    ("name", "at", "answered"),
    [
        ("of two courtesies, the first", turn(both("praise", ("greet", 0.9))), "praise"),
        ("a nod that thanks", turn(both("deny", ("thank", 0.9))), "thank"),
        ("a courtesy, then emoji", turn(meant("thank"), meant("emoji_only")), "thank"),
        ("a question, then a friend's name", turn(meant("ask_price"), meant("tag_friend")), "ask_price"),
        ("a courtesy after a question back", turn(meant("thank"), meant("deny"), **ASKED_BACK), "thank"),
    ],
)
def test_answer_to_what_has_one(name: str, at: Turn, answered: str) -> None:
    assert replied(decision_of(Answer(), at)).reason.facts == {"intent": answered}


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(
    ("name", "unanswered", "changes", "code"),
    [
        ("a friend's name", [meant("tag_friend")], {}, "nothing_to_answer"),
        ("several of the kind", [meant("tag_friend"), meant("emoji_only")], {}, "nothing_to_answer"),
        ("two in one", [both("affirm", ("emoji_only", 0.8))], {}, "nothing_to_answer"),
        ("while a person is awaited", [meant("affirm")], {"escalation": awaited()}, "nothing_to_answer"),
        ("asked back long ago", [meant("affirm")], ASKED_BACK | {"variants_used": ("clarify/1", "thank/1")}, "nothing"),
        ("a nod to our question", [meant("affirm")], ASKED_BACK, "no_fact"),
        ("with a photo", [said("👍", read("emoji_only"), attachments=1)], {}, "no_fact"),
        ("an insult that nobody took", [toxic("emoji_only", "insult")], {}, "no_fact"),
        ("not recognised", [meant(None)], {}, "no_fact"),
    ],
)
def test_what_wants_no_answer_gets_none(
    name: str, unanswered: list[Incoming], changes: dict[str, Any], code: str, public: bool
) -> None:
    found = decision_of(Answer(), turn(*unanswered, public=public, **changes))
    assert found
    assert found.reason.code.startswith(code)
    assert isinstance(found, Ignore) is (code != "no_fact")


def test_answer_by_another_key() -> None:
    policy = Answer(keys={"ask_store": "answer_ask_location"})
    assert replied(decision_of(policy, turn(meant("ask_store")))).words.variant.startswith("answer_ask_location/")


NO_FACTS = BRAND.model_copy(update={"facts": {}, "hours": ()})


@pytest.mark.parametrize(
    ("name", "at", "code", "speaks"),
    [
        ("no wording", turn(meant("ask_press")), "no_fact", True),
        ("no wording for what else is said", turn(both("ask_price", ("ask_job", 0.6))), "no_fact", True),
        ("no event", turn(meant("ask_event")), "no_fact", True),
        ("no contest", turn(meant("ask_contest")), "no_fact", True),
        ("no fact", turn(meant("ask_price"), brand=NO_FACTS), "no_fact", True),
        ("no hours", turn(meant("ask_opening_hours"), brand=NO_FACTS), "no_fact", True),
        ("one of two has none", turn(meant("ask_price"), meant("ask_collab")), "no_fact", True),
        ("not read", turn(said("bonjour")), "no_fact", True),
        ("a complaint that nobody took, in public", turn(meant("complain_quality"), public=True), "no_fact", False),
        ("a person ends the answer", turn(meant("track_order")), "person_needed", True),
        ("a person ends one of two", turn(meant("ask_price"), meant("track_order")), "person_needed", True),
        (
            "four questions",
            turn(meant("ask_price"), meant("ask_shipping"), meant("ask_location"), meant("ask_availability")),
            "too_many_questions",
            True,
        ),
    ],
)
def test_answer_needs_a_person(name: str, at: Turn, code: str, speaks: bool) -> None:
    found = escalated(decision_of(Answer(), at))
    assert (found.reason.code, found.priority, found.holding is not None) == (code, "normal", speaks)


def test_order_numbers_are_not_asked_for_in_public() -> None:
    found = replied(decision_of(Answer(), turn(meant("track_order"), public=True)))
    assert "message privé" in found.words.text
    private = escalated(decision_of(Answer(), turn(meant("track_order"))))
    assert private.holding
    assert "numéro de commande" in private.holding.text


def test_every_text_of_a_turn_fits_the_channel() -> None:
    can = CAPABILITIES.model_copy(update={"comment_limit": 60})
    found = replied(Answer().decide(turn(meant("praise"), public=True, capabilities=can), REPLIES))
    assert len(found.words.text) <= 60
