"""What a message weighs, and which of several weighs most."""

from pathlib import Path

import pytest
import yaml

from bot.model.conversation import Incoming
from policies.gravity import INTENTS, gravest, level, levels, weighty
from tests.unit.test_policies import both, meant, read, said, toxic

CATALOGUE: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parents[2] / "intents" / "catalogue.yml").read_text(encoding="utf-8")
)
"""What each intent stands for, by group."""


@pytest.mark.parametrize(
    ("name", "unanswered", "weighs"),
    [
        ("alone", ["greet"], 0),
        ("threat before complaint", ["complain_quality", "threat", "greet"], 1),
        ("insult before complaint", ["complain_quality", "insult"], 1),
        ("complaint before request", ["track_order", "delivery_late", "thank"], 1),
        ("request before question", ["ask_price", "ask_human"], 1),
        ("question before courtesy", ["ask_price", "thank"], 0),
        ("unknown intent is a question", ["ask_about_cats", "greet"], 0),
        ("not recognised before courtesy", ["greet", None, "thank"], 1),
        ("the last of equals", ["ask_price", "ask_shipping"], 1),
        ("spam last", ["spam", "goodbye"], 1),
    ],
)
def test_gravest(name: str, unanswered: list[str | None], weighs: int) -> None:
    messages = [meant(intent) for intent in unanswered]
    assert gravest(messages) is messages[weighs]


QUESTIONS = (
    *("ask_price", "ask_availability", "ask_opening_hours", "ask_location", "ask_product_info", "ask_size_advice"),
    *("ask_shipping", "ask_return_policy", "ask_payment", "ask_discount", "ask_warranty", "ask_event", "ask_contest"),
    *("ask_sustainability", "ask_is_bot", "suggest_idea"),
)


def test_every_intent_has_its_level() -> None:
    """One of the catalogue that is in neither list would be answered like a question."""
    intents = [intent for group in CATALOGUE.values() for intent in group]
    assert sorted(intents) == sorted([*INTENTS, *QUESTIONS])


@pytest.mark.parametrize(
    ("name", "message", "weighs"),
    [
        ("praise of a broken lamp", both("praise", ("report_damaged", 0.4)), "complaint"),
        ("a question among courtesies", both("greet", ("ask_price", 0.6), ("thank", 0.5)), "question"),
        ("a threat beside a question", both("ask_price", ("threat", 0.5)), "danger"),
        ("nothing for sure, and a question", both(None, ("ask_price", 0.6)), "question"),
        ("spam that greets", both("spam", ("greet", 0.6)), "social"),
        ("an insult in a question", toxic("ask_price", "insult", 0.5), "insult"),
        ("perhaps an insult", toxic("ask_price", "insult", 0.49), "question"),
        ("hate", toxic("praise", "hate"), "insult"),
        ("harassment", toxic("praise", "sexual"), "insult"),
        ("a threat", toxic("praise", "threat", 0.5), "danger"),
        ("perhaps a threat", toxic("praise", "threat", 0.49), "social"),
        ("self-harm in what was not recognised", toxic(None, "self_harm"), "danger"),
        ("an insult and a threat", toxic("insult", "threat"), "danger"),
    ],
)
def test_a_message_weighs_as_the_gravest_of_what_it_says(name: str, message: Incoming, weighs: str) -> None:
    assert level(message) == weighs
    assert weighs in levels(message)
    assert gravest((meant("goodbye"), message, meant("greet"))) is message or weighs == "social"


def test_what_could_not_be_read_stands_above_questions() -> None:
    photo = said("", read(None), attachments=1)
    assert level(photo) == level(said("hello")) == "unread"
    assert gravest((photo, meant("ask_price"))) is photo
    assert gravest((photo, meant("track_order"))) is not photo


def test_courtesies_need_no_answer_beside_questions() -> None:
    hello, price, spam = meant("greet"), meant("ask_price"), meant("spam")
    assert weighty((hello, price, spam)) == (price,)
    assert weighty((spam, hello)) == (hello,)
