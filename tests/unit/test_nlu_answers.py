"""What answers of understanding servers mean."""

import json
from typing import Any

import pytest

from bot.model.understanding import Entity, Toxicity, Understanding
from bot.nlu_answers import understanding_of

PLAIN = {"intent": {"name": "praise", "confidence": 0.9}}


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
        "also": [{"name": "ask_price", "confidence": 0.74}],
        "sentiment": -0.6,
        "toxicity": [{"kind": "insult", "target": "person", "score": 0.93}],
        "cascade": "used",
        "cut_at": 10000,
        "text_tokens": [[0, 2]],
    }
    assert understanding_of(parse, "m1") == Understanding(
        intent="order_status",
        confidence=0.93,
        ranking=(("order_status", 0.93), ("complaint", 0.04)),
        also=(("ask_price", 0.74),),
        entities=(Entity(name="order", value="123", start=19, end=22),),
        language="fr",
        sentiment=-0.6,
        toxicity=(Toxicity(kind="insult", target="person", score=0.93),),
        model="m1",
    )


@pytest.mark.parametrize(
    "more", [{}, {"also": [], "toxicity": []}, {"also": None, "toxicity": None, "sentiment": None}]
)
def test_what_other_servers_do_not_tell(more: dict[str, Any]) -> None:
    understood = understanding_of(PLAIN | more)
    assert (understood.also, understood.sentiment, understood.toxicity) == ((), None, ())


def test_also_names_others_only() -> None:
    also = [{"name": name, "confidence": 1.5} for name in ("praise", "nlu_fallback", None, "", "thank")]
    assert understanding_of(PLAIN | {"also": also}).also == (("thank", 1.0),)


NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("sentiment", "expected"),
    [(1, 1.0), (-1.0000001, -1.0), (7.5, 1.0), (0, 0.0), (NAN, None), (INFINITE, None), (-INFINITE, None)],
)
def test_sentiment_is_within_its_bounds(sentiment: float, expected: float | None) -> None:
    assert understanding_of(PLAIN | {"sentiment": sentiment}).sentiment == expected


@pytest.mark.parametrize(
    ("name", "finding", "score"),
    [
        ("known", {"kind": "hate", "target": "group", "score": 0.5}, 0.5),
        ("with more said", {"kind": "threat", "target": "self", "score": 0.5, "words": [0, 3]}, 0.5),
        ("rounded up", {"kind": "sexual", "target": "brand", "score": 1.0000001}, 1.0),
        ("below nothing", {"kind": "sexual", "target": "brand", "score": -0.1}, 0.0),
        ("a kind of tomorrow", {"kind": "doxxing", "target": "person", "score": 0.9}, None),
        ("a target of tomorrow", {"kind": "insult", "target": "animal", "score": 0.9}, None),
        ("no number", {"kind": "insult", "target": "person", "score": NAN}, None),
        ("without end", {"kind": "insult", "target": "person", "score": INFINITE}, None),
    ],
)
def test_toxicity(name: str, finding: dict[str, Any], score: float | None) -> None:
    known = {"kind": "insult", "target": "brand", "score": 0.2}
    found = understanding_of(PLAIN | {"toxicity": [finding, known]}).toxicity
    assert [each.score for each in found] == ([0.2] if score is None else [score, 0.2])


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


@pytest.mark.parametrize(
    "parse",
    [
        {},
        {"intent": 5},
        {"intent": {"name": "a"}, "entities": [{"value": "x"}]},
        PLAIN | {"also": [{"name": "thank", "confidence": NAN}]},
        PLAIN | {"toxicity": [{"kind": "insult"}]},
    ],
)
def test_malformed_parses(parse: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        understanding_of(parse)
