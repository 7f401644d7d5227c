"""The examples: enough of them, varied, in the right form, and never a held-out sentence among them."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from intents.components.text import fold, normalise, tokens
from intents.evaluate import ALIKE_BAR, share_alike
from intents.examples import Example, read
from intents.tests.conftest import ROOT

INTENTS = [
    "greet",
    "thank",
    "praise",
    "goodbye",
    "ask_price",
    "ask_availability",
    "ask_opening_hours",
    "ask_location",
    "ask_shipping",
    "ask_return_policy",
    "track_order",
    "delivery_late",
    "request_refund",
    "report_damaged",
    "complain_service",
    "complain_quality",
    "insult",
    "threat",
    "self_harm",
    "spam",
    "ask_human",
    "ask_is_bot",
    "opt_out",
    "out_of_scope",
]
MORE = ("threat", "self_harm", "insult", "spam", "opt_out", "ask_human", "out_of_scope")
LANGUAGES = ("fr", "en")

TRAINING = read(ROOT / "intents/data")
HELD_OUT = read(ROOT / "intents/test")


def key(example: Example) -> str:
    return " ".join(tokens(fold(normalise(example.text))))


def test_every_intent_has_its_file() -> None:
    assert sorted(INTENTS) == sorted(path.stem for path in (ROOT / "intents/data").glob("*.yml"))
    assert {example.intent for example in TRAINING} == {example.intent for example in HELD_OUT} == set(INTENTS)


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_enough_examples(intent: str, language: str) -> None:
    least = 100 if intent in MORE else 60
    assert sum((example.intent, example.language) == (intent, language) for example in TRAINING) >= least
    assert sum((example.intent, example.language) == (intent, language) for example in HELD_OUT) >= 15


def test_no_held_out_sentence_is_trained_on() -> None:
    assert not {key(example) for example in TRAINING} & {key(example) for example in HELD_OUT}


def test_no_example_stands_twice() -> None:
    assert [text for text, times in Counter(key(example) for example in TRAINING).items() if times > 1] == []


def test_examples_hold_no_entity_markup() -> None:
    assert [example for example in (*TRAINING, *HELD_OUT) if set(example.text) & set("[]{}\\")] == []


def test_examples_are_varied() -> None:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example in TRAINING:
        groups[example.intent, example.language].append(example.text)
    assert {group: share for group, texts in groups.items() if (share := share_alike(texts)) > ALIKE_BAR} == {}
