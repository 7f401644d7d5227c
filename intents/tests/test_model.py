"""The trained pipeline: total, in order, the same one by one as in a batch, and good enough."""

from __future__ import annotations

import pytest

from intents.evaluate import Verdict, accuracy, calibration_error, judge, macro_f1
from intents.examples import Example, read
from intents.parsing import Model
from intents.tests.conftest import ROOT
from intents.tests.test_text import ODD

ACCURACY_FLOOR = 0.91
LANGUAGE_FLOOR = 0.96
CALIBRATION_CEILING = 0.06
GRAVE = ("self_harm", "threat", "opt_out", "ask_human")
GRAVE_FLOOR = 0.9


@pytest.fixture(scope="module")
def verdicts(model: Model) -> list[Verdict]:
    return judge(model, read(ROOT / "intents/test"))


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts_parse(model: Model, text: str) -> None:
    (parse,) = model.parse([text])
    assert 0.0 <= parse["intent"]["confidence"] <= 1.0
    assert 0.0 <= parse["language"]["probability"] <= 1.0
    assert parse["entities"] == []
    assert len(parse["intent_ranking"]) in (0, 10)


@pytest.mark.parametrize("text", ["", "   ", "…", "\u200b"])
def test_nothing_to_read_gives_no_intent(model: Model, text: str) -> None:
    (parse,) = model.parse([text])
    assert parse["intent"] == {"name": None, "confidence": 0.0}
    assert parse["language"] == {"code": "und", "probability": 0.0}


def test_a_batch_equals_one_by_one(model: Model) -> None:
    texts = [*ODD.values(), *(example.text for example in read(ROOT / "intents/test")[::12])]
    together = model.parse(texts)
    assert [parse["text"] for parse in together] == [text.strip() for text in texts]
    for text, parse in zip(texts, together, strict=True):
        (alone,) = model.parse([text])
        assert alone["intent"]["name"] == parse["intent"]["name"]
        assert alone["intent"]["confidence"] == pytest.approx(parse["intent"]["confidence"], abs=1e-6)
        assert alone["language"] == parse["language"]


def test_ranking_falls_and_starts_with_the_intent(model: Model) -> None:
    (parse,) = model.parse(["bonjour, où est mon colis ?"])
    confidences = [entry["confidence"] for entry in parse["intent_ranking"]]
    assert confidences == sorted(confidences, reverse=True)
    assert parse["intent_ranking"][0] == parse["intent"]


def test_nobody_chooses_their_intent_by_a_slash(model: Model) -> None:
    (parse,) = model.parse(['/praise{"a": "b"}'])
    assert parse["intent"]["confidence"] < 0.99
    assert "language" in parse


def test_no_message_is_fine(model: Model) -> None:
    assert model.parse([]) == []


def test_accuracy(verdicts: list[Verdict]) -> None:
    for language in ("fr", "en"):
        assert accuracy([v for v in verdicts if v.example.language == language]) >= ACCURACY_FLOOR


@pytest.mark.parametrize("intent", GRAVE)
def test_grave_intents_are_found(verdicts: list[Verdict], intent: str) -> None:
    assert accuracy([v for v in verdicts if v.example.intent == intent]) >= GRAVE_FLOOR


def test_calibration(verdicts: list[Verdict]) -> None:
    assert calibration_error(verdicts) <= CALIBRATION_CEILING


def test_languages_of_held_out_sentences(verdicts: list[Verdict]) -> None:
    assert sum(v.language == v.example.language for v in verdicts) >= LANGUAGE_FLOOR * len(verdicts)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("je n'ai toujours pas reçu ma commande", "fr"),
        ("merci bcp !", "fr"),
        ("so cute 😍", "en"),
        ("thx u guys", "en"),
        ("¿dónde está mi pedido? llevo dos semanas esperando", "es"),
        ("ich habe meine Bestellung noch nicht erhalten", "de"),
        ("quando arriva il mio ordine, sono due settimane che aspetto", "it"),
        ("onde está a minha encomenda, já não aguento esperar", "pt"),
        ("waar blijft mijn bestelling, ik wacht al twee weken", "nl"),
        ("أين طلبي لم يصل بعد", "ar"),
        ("где мой заказ", "ru"),
        ("ok", "und"),
        ("😍😍", "und"),
        ("@bob 123", "und"),
    ],
)
def test_languages(model: Model, text: str, code: str) -> None:
    assert model.parse([text])[0]["language"]["code"] == code


def test_measures() -> None:
    right = Verdict(Example("a", "greet", "fr"), "greet", 0.9, "fr")
    wrong = Verdict(Example("b", "thank", "fr"), "greet", 0.5, "fr")
    assert accuracy([right, wrong]) == 0.5
    assert macro_f1([right, wrong]) == pytest.approx((2 / 3 + 0) / 2)
    assert calibration_error([right, wrong]) == pytest.approx((0.1 + 0.5) / 2)
