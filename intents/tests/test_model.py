"""The trained pipeline: total, in order, the same one by one as in a batch, and good enough."""

from __future__ import annotations

from functools import cache

import pytest

from intents.examples import read_files
from intents.judging import BATCH, OTHER_LANGUAGES, SAFETY, TRAINED_LANGUAGES, held_out, judge
from intents.measures import Verdict, accuracy, calibration_error, false_alarms, recall
from intents.parsing import Model, Parse
from intents.tests.conftest import ROOT
from intents.tests.test_text import ODD

KEYS = {
    "text",
    "intent",
    "entities",
    "intent_ranking",
    "language",
    "also",
    "sentiment",
    "toxicity",
    "cascade",
}
ACCURACY_FLOOR = 0.92
SAFETY_FLOOR = 0.94
OUT_OF_SCOPE_FLOOR, FALSE_ALARMS_CEILING = 0.78, 0.05
CALIBRATION_CEILING = 0.05
OPT_OUT_AND_HUMAN_FLOOR = 0.9


@cache
def judged(model: Model, *languages: str) -> tuple[Verdict, ...]:
    """The verdicts on the held-out sentences of these languages, made once a session."""
    if len(languages) > 1:
        return tuple(verdict for language in languages for verdict in judged(model, language))
    return tuple(judge(model, held_out(ROOT / "intents/test", languages)))


@pytest.fixture(scope="module")
def verdicts(model: Model) -> tuple[Verdict, ...]:
    return judged(model, *TRAINED_LANGUAGES)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts_parse(model: Model, text: str) -> None:
    (parse,) = model.parse([text])
    assert set(parse) == KEYS
    assert parse["text"] == text.strip()
    assert 0.0 <= parse["intent"]["confidence"] <= 1.0
    assert 0.0 <= parse["language"]["probability"] <= 1.0
    assert -1.0 <= parse["sentiment"] <= 1.0
    assert parse["cascade"] in ("unneeded", "used")
    assert len(parse["intent_ranking"]) in (0, 1, 10)


@pytest.mark.parametrize("text", ["", "   ", "…", "\u200b"])
def test_nothing_to_read_gives_no_intent(model: Model, text: str) -> None:
    (parse,) = model.parse([text])
    assert parse["intent"] == {"name": None, "confidence": 0.0}
    assert parse["language"] == {"code": "und", "probability": 0.0}
    assert parse["also"] == parse["toxicity"] == parse["entities"] == parse["intent_ranking"] == []
    assert parse["cascade"] == "unneeded"


def test_all_is_told_at_once(model: Model) -> None:
    (parse,) = model.parse(["Bonjour, j'adore cette lampe ! Elle coûte 49 € ? Vous livrez à Lyon ?"])
    assert set(parse) == KEYS
    assert parse["language"]["code"] == "fr"
    assert {"ask_price", "ask_shipping"} <= {parse["intent"]["name"], *(other["name"] for other in parse["also"])}
    assert {entity["entity"] for entity in parse["entities"]} == {"amount", "place"}
    assert parse["toxicity"] == []


def same(alone: Parse, together: Parse) -> None:
    assert alone["intent"]["confidence"] == pytest.approx(together["intent"]["confidence"], abs=1e-4)
    assert alone["sentiment"] == pytest.approx(together["sentiment"], abs=2e-3)
    assert [entry["kind"] for entry in alone["toxicity"]] == [entry["kind"] for entry in together["toxicity"]]
    assert [entry["name"] for entry in alone["also"]] == [entry["name"] for entry in together["also"]]
    assert alone["intent"]["name"] == together["intent"]["name"]
    assert all(alone[key] == together[key] for key in ("text", "language", "entities", "cascade"))


def test_a_batch_equals_one_by_one(model: Model) -> None:
    """Where it is small enough for a second look."""
    files = [ROOT / f"intents/test/{language}.yml" for language in (*TRAINED_LANGUAGES, *OTHER_LANGUAGES)]
    texts = [*ODD.values(), *(example.text for example in read_files(files)[::50])]
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        together = model.parse(batch)
        assert [parse["text"] for parse in together] == [text.strip() for text in batch]
        for text, parse in zip(batch, together, strict=True):
            same(model.parse([text])[0], parse)


def test_ranking_falls_and_starts_with_the_intent(model: Model) -> None:
    (parse,) = model.parse(["bonjour, où est mon colis ?"])
    confidences = [entry["confidence"] for entry in parse["intent_ranking"]]
    assert confidences == sorted(confidences, reverse=True)
    assert parse["intent_ranking"][0] == parse["intent"]


def test_nobody_chooses_their_intent_by_a_slash(model: Model) -> None:
    (parse,) = model.parse(['/praise{"a": "b"}'])
    assert parse["intent"]["confidence"] < 0.99
    assert set(parse) == KEYS


def test_no_message_is_fine(model: Model) -> None:
    assert model.parse([]) == []


@pytest.mark.parametrize("language", TRAINED_LANGUAGES)
def test_accuracy(verdicts: tuple[Verdict, ...], language: str) -> None:
    of_language = [verdict for verdict in verdicts if verdict.example.language == language]
    assert len(of_language) > 1000
    assert accuracy(of_language) >= ACCURACY_FLOOR


def test_what_endangers_people_is_found(verdicts: tuple[Verdict, ...]) -> None:
    hits, of = recall(verdicts, SAFETY)
    assert hits / of >= SAFETY_FLOOR


@pytest.mark.parametrize("intent", ["opt_out", "ask_human"])
def test_what_must_be_obeyed_is_found(verdicts: tuple[Verdict, ...], intent: str) -> None:
    hits, of = recall(verdicts, frozenset({intent}))
    assert hits / of >= OPT_OUT_AND_HUMAN_FLOOR


def test_what_is_none_of_our_business_is_left_alone(verdicts: tuple[Verdict, ...]) -> None:
    hits, of = recall(verdicts, frozenset({"out_of_scope"}))
    alarms, others = false_alarms(verdicts, "out_of_scope")
    assert hits / of >= OUT_OF_SCOPE_FLOOR
    assert alarms / others <= FALSE_ALARMS_CEILING


def test_calibration(verdicts: tuple[Verdict, ...]) -> None:
    assert calibration_error(verdicts) <= CALIBRATION_CEILING
