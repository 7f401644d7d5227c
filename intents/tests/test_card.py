"""The model card, from made-up verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from intents import card
from intents.examples import CALIBRATION, Example
from intents.judging import SAFETY, digest
from intents.measures import Verdict, lower_bound

DATA = [
    Example("bonjour", "greet", "fr"),
    Example("hello", "greet", "en"),
    Example("merci", "thank", "fr"),
    Example("je vais te tuer", "threat", "fr", toxicity="threat"),
    Example("salut", "greet", "fr", use=CALIBRATION),
    Example("thanks", "thank", "en", use=CALIBRATION),
]


def verdict(
    intent: str, given: str | None, confidence: float, language: str = "fr", read: str | None = None, cascade: str = ""
) -> Verdict:
    text = f"{intent} {given} {confidence} {language}"
    return Verdict(Example(text, intent, language), given, confidence, read or language, cascade)


VERDICTS = [
    verdict("greet", "greet", 0.95, cascade="unneeded"),
    verdict("greet", "thank", 0.55, cascade="used"),
    verdict("thank", "thank", 0.85, "en", cascade="unneeded"),
    verdict("threat", "threat", 0.92, "en", read="fr", cascade="unneeded"),
    verdict("threat", "insult", 0.51, cascade="used"),
    verdict("threat", None, 0.0),
    verdict("insult", "insult", 0.91),
    verdict("out_of_scope", "out_of_scope", 0.72),
    verdict("thank", "out_of_scope", 0.42),
    verdict("thank", "greet", 0.33, "de"),
    verdict("greet", "greet", 0.66, "nl"),
]
TRAINED = [each for each in VERDICTS if each.example.language in ("fr", "en")]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "nlu-20261127-100000-abcdef01.tar.gz"
    path.write_bytes(b"12345")
    return path


@pytest.fixture
def made(archive: Path) -> dict[str, Any]:
    return card.make(archive, "abcdef0123", DATA, VERDICTS, 61.26, ["“a” is b, must be c"])


def test_it_tells_the_model_and_what_it_learned_from(made: dict[str, Any]) -> None:
    assert (made["model"], made["bytes"], made["training_s"]) == ("nlu-20261127-100000-abcdef01.tar.gz", 5, 61.3)
    assert made["data"] == {
        "fingerprint": "abcdef0123",
        "examples": 4,
        "calibration": 2,
        "intents": 3,
        "languages": {"fr": 3, "en": 1},
        "by_intent": {"greet": 2, "thank": 1, "threat": 1},
    }
    assert made["regressions_broken"] == ["“a” is b, must be c"]


def test_scores_by_language_and_of_both_trained_ones(made: dict[str, Any]) -> None:
    held_out = made["held_out"]
    assert {code: scores["sentences"] for code, scores in held_out.items() if code != "digest"} == {
        "fr": 7, "en": 2, "de": 1, "nl": 1, "all": 9
    }  # fmt: skip
    assert (held_out["fr"]["accuracy"], held_out["en"]["accuracy"], held_out["de"]["accuracy"]) == (0.4286, 1.0, 0.0)
    assert (held_out["all"]["accuracy"], held_out["all"]["language_right"]) == (0.5556, 0.8889)
    assert held_out["en"]["language_right"] == 0.5
    assert held_out["nl"]["calibration_error"] == 0.34
    assert held_out["en"] | {"calibration_error": 0, "language_right": 0} == {
        "sentences": 2, "accuracy": 1.0, "macro_f1": 1.0, "calibration_error": 0, "language_right": 0
    }  # fmt: skip


def test_the_digest_is_that_of_the_sentences_of_the_trained_languages(archive: Path, made: dict[str, Any]) -> None:
    assert made["held_out"]["digest"] == digest([each.example for each in TRAINED])
    fewer = card.make(archive, "", DATA, TRAINED[1:], 1.0, [])
    assert fewer["held_out"]["digest"] != made["held_out"]["digest"]
    assert card.make(archive, "", DATA, TRAINED, 1.0, [])["held_out"]["digest"] == made["held_out"]["digest"]


def test_safety_is_told_with_what_is_certain(made: dict[str, Any]) -> None:
    safety = made["safety"]
    assert set(safety) == {*SAFETY, "all", "all_noticed", "out_of_scope", "out_of_scope_false_alarms"}
    assert safety["threat"] == {"share": 0.3333, "at_least": round(lower_bound(1, 3), 4), "hits": 1, "of": 3}
    assert (safety["all"]["hits"], safety["all"]["of"]) == (2, 4)
    assert (safety["all_noticed"]["hits"], safety["all_noticed"]["of"]) == (3, 4)
    assert safety["self_harm"] == {"share": 0.0, "at_least": 0.0, "hits": 0, "of": 0}
    assert (safety["out_of_scope"]["hits"], safety["out_of_scope"]["of"]) == (1, 1)
    assert (safety["out_of_scope_false_alarms"]["hits"], safety["out_of_scope_false_alarms"]["of"]) == (1, 8)


@pytest.mark.parametrize(
    ("hits", "of", "bound"),
    [(0, 0, 0.0), (0, 10, 0.0), (10, 10, 0.7225), (1, 3, 0.0615), (60, 60, 0.9398), (950, 1000, 0.9347)],
)
def test_the_lower_bound_is_wilsons(hits: int, of: int, bound: float) -> None:
    assert lower_bound(hits, of) == pytest.approx(bound, abs=5e-5)


def test_calibration_confusions_and_cascade(made: dict[str, Any]) -> None:
    assert sum(row["sentences"] for row in made["calibration"]) == len(TRAINED)
    assert made["calibration"][-1] == {"confidence": 0.927, "accuracy": 1.0, "sentences": 3}
    assert {(row["wanted"], row["given"], row["times"]) for row in made["confusions"]} == {
        ("greet", "thank", 1), ("threat", "insult", 1), ("threat", "none", 1), ("thank", "out_of_scope", 1)
    }  # fmt: skip
    assert made["confusions"][0]["for_instance"] == "greet thank 0.55 fr"
    assert made["cascade"] == {"unneeded": 3, "used": 2, "": 4}


def test_only_the_commonest_confusions_are_kept(archive: Path) -> None:
    several = [verdict("greet", f"intent_{n}", 0.5) for n in range(30)] + [verdict("greet", "intent_29", 0.6)]
    confusions = card.make(archive, "", DATA, several, 1.0, [])["confusions"]
    assert len(confusions) == card.CONFUSIONS
    assert (confusions[0]["given"], confusions[0]["times"]) == ("intent_29", 2)


def test_it_is_the_same_after_it_was_saved(archive: Path, made: dict[str, Any]) -> None:
    assert card.load(archive) is None
    card.save(archive, made)
    assert card.load(archive) == made
    path = archive.with_name("nlu-20261127-100000-abcdef01.card.json")
    assert card.path_of(archive) == path
    assert json.loads(path.read_text(encoding="utf-8")) == made
    assert "“a” is b" in path.read_text(encoding="utf-8")
