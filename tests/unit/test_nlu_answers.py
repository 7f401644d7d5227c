"""What answers of understanding servers mean."""

import json
from typing import Any

import pytest

from bot.model.understanding import Entity, Understanding
from bot.nlu_answers import understanding_of


def test_a_parse_of_ours() -> None:
    parse = {
        "text": "Où est ma commande 123 ?",
        "intent": {"name": "order_status", "confidence": 0.93},
        "intent_ranking": [
            {"name": "order_status", "confidence": 0.93},
            {"name": "complaint", "confidence": 0.04},
        ],
        "entities": [{"entity": "order", "value": 123, "start": 19, "end": 22, "extractor": "RegexEntityExtractor"}],
        "language": {"code": "fr", "probability": 0.99},
        "text_tokens": [[0, 2]],
    }
    assert understanding_of(parse, "m1") == Understanding(
        intent="order_status",
        confidence=0.93,
        ranking=(("order_status", 0.93), ("complaint", 0.04)),
        entities=(Entity(name="order", value="123", start=19, end=22),),
        language="fr",
        model="m1",
    )


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ({"name": "greet", "confidence": 1.0000001192092896}, ("greet", 1.0)),
        ({"name": None, "confidence": 0.0}, (None, 0.0)),
        ({"name": "nlu_fallback", "confidence": 0.3}, (None, 0.3)),
        ({}, (None, 0.0)),
        (None, (None, 0.0)),
    ],
)
def test_intents_of_any_rasa_server(intent: Any, expected: tuple[str | None, float]) -> None:
    understood = understanding_of(json.loads(json.dumps({"intent": intent})))
    assert (understood.intent, understood.confidence) == expected
    assert (understood.language, understood.ranking) == ("und", ())


@pytest.mark.parametrize("parse", [{}, {"intent": 5}, {"intent": {"name": "a"}, "entities": [{"value": "x"}]}])
def test_malformed_parses(parse: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        understanding_of(parse)
