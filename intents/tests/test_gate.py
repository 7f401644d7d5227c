"""What keeps a new model from replacing the one that serves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from intents import gate
from intents.components.tone import KINDS
from intents.evaluate import CATALOGUE
from intents.examples import load_yaml
from intents.gate import MAX_LOSS, Regression, broken, load, objections
from intents.tests.conftest import ROOT

TEXT = "t'es une merde"
PARSE: dict[str, Any] = {
    "intent": {"name": "insult", "confidence": 0.9},
    "also": [{"name": "request_refund", "confidence": 0.6}],
    "toxicity": [{"kind": "insult", "target": "person", "score": 0.9}],
    "language": {"code": "fr", "probability": 1.0},
}
CALM: dict[str, Any] = {"intent": {"name": "thank", "confidence": 0.9}}
"""From a pipeline that reads neither tone nor language."""


class Parsing:
    """Stands for the model: says the same of every text, and remembers how many it was asked at a time."""

    def __init__(self, parse: dict[str, Any]) -> None:
        self.parse_of_all = parse
        self.sizes: list[int] = []

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        self.sizes.append(len(texts))
        return [self.parse_of_all] * len(texts)


def said(parse: dict[str, Any], **asked: str) -> list[str]:
    return broken(Parsing(parse), [Regression(TEXT, **asked)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parse", "asked"),
    [
        pytest.param(PARSE, {"intent": "insult"}, id="intent"),
        pytest.param(PARSE, {"not_intent": "praise"}, id="not_intent"),
        pytest.param(PARSE, {"also": "request_refund"}, id="also"),
        pytest.param(PARSE, {"also": "insult"}, id="also_is_the_intent_itself"),
        pytest.param(PARSE, {"toxicity": "insult"}, id="toxicity"),
        pytest.param(PARSE, {"language": "fr"}, id="language"),
        pytest.param(PARSE, {"intent": "insult", "toxicity": "insult", "language": "fr"}, id="all_at_once"),
        pytest.param(CALM, {"toxicity": "none"}, id="no_toxicity_without_tone"),
    ],
)
def test_what_is_as_it_must_be(parse: dict[str, Any], asked: dict[str, str]) -> None:
    assert said(parse, **asked) == []


@pytest.mark.parametrize(
    ("parse", "asked", "says"),
    [
        pytest.param(PARSE, {"intent": "threat"}, "is insult, must be threat", id="intent"),
        pytest.param(PARSE, {"not_intent": "insult"}, "is insult, must not be", id="not_intent"),
        pytest.param(PARSE, {"also": "thank"}, "has insult, request_refund, must have thank too", id="also"),
        pytest.param(PARSE, {"toxicity": "none"}, "has toxicity insult, must have none", id="toxic"),
        pytest.param(PARSE, {"toxicity": "threat"}, "has toxicity insult, must have threat", id="another_kind"),
        pytest.param(CALM, {"toxicity": "threat"}, "has toxicity none, must have threat", id="no_kind"),
        pytest.param(PARSE, {"language": "en"}, "is in fr, must be in en", id="language"),
        pytest.param(CALM, {"language": "en"}, "is in None, must be in en", id="no_language"),
        pytest.param(CALM, {"also": "praise"}, "has thank, must have praise too", id="nothing_also"),
        pytest.param(
            {"intent": {"name": None, "confidence": 0.0}},
            {"also": "praise"},
            "has nothing, must have praise too",
            id="no_intent",
        ),
        pytest.param(PARSE, {"intent": "insult", "language": "en"}, "is in fr, must be in en", id="second_of_two"),
    ],
)
def test_what_is_broken_is_said(parse: dict[str, Any], asked: dict[str, str], says: str) -> None:
    assert said(parse, **asked) == [f"“{TEXT}” {says}"]


def test_only_the_broken_ones_are_told_and_all_are_asked() -> None:
    model = Parsing(CALM)
    lines = [Regression(f"text {n}", intent="thank" if n else "praise") for n in range(40)]
    assert broken(model, lines) == ["“text 0” is thank, must be praise"]  # type: ignore[arg-type]
    assert sum(model.sizes) == 40


def card(accuracy: float, digest: str = "a", broken: Sequence[str] = ()) -> dict[str, Any]:
    return {"held_out": {"digest": digest, "all": {"accuracy": accuracy}}, "regressions_broken": list(broken)}


WORSE = "is right on 92.9% of held-out sentences, was on 94.0%"
BREAKS = "breaks a regression: x"


@pytest.mark.parametrize(
    ("new", "old", "reasons"),
    [
        pytest.param(card(0.1, broken=["x"]), None, [], id="first_model"),
        pytest.param(card(0.95), card(0.94), [], id="better"),
        pytest.param(card(0.94), card(0.94), [], id="the_same"),
        pytest.param(card(0.94), card(0.95), [], id="a_point_less"),
        pytest.param(
            card(0.9289), card(0.939), ["is right on 92.9% of held-out sentences, was on 93.9%"], id="a_bit_more"
        ),
        pytest.param(card(0.929), card(0.94), [WORSE], id="more_than_a_point"),
        pytest.param(card(0.5, digest="b"), card(0.94), [], id="other_sentences"),
        pytest.param(card(0.95, broken=["x"]), card(0.94), [BREAKS], id="broken"),
        pytest.param(card(0.95, broken=["x", "x"]), card(0.94), [BREAKS, BREAKS], id="two_broken"),
        pytest.param(card(0.5, "b", ["x"]), card(0.94), [BREAKS], id="broken_on_other_sentences"),
        pytest.param(card(0.929, broken=["x"]), card(0.94), [BREAKS, WORSE], id="broken_and_worse"),
        pytest.param(card(0.94, broken=["x"]), card(0.94, broken=["x"]), [BREAKS], id="as_the_old_one"),
    ],
)
def test_objections(new: dict[str, Any], old: dict[str, Any] | None, reasons: list[str]) -> None:
    assert objections(new, old) == reasons


def test_a_point_is_a_hundredth() -> None:
    assert MAX_LOSS == 0.01


def written(folder: Path, lines: str) -> Path:
    path = folder / "regressions.yml"
    path.write_text(lines, encoding="utf-8")
    return path


def test_a_line_is_read(tmp_path: Path) -> None:
    line = "{text: a, intent: b, not: c, also: d, toxicity: e, language: f, why: because}"
    path = written(tmp_path, f"regressions:\n  - {line}\n  - {{text: z, not: y}}\n")
    assert load(path) == [Regression("a", "b", "c", "d", "e", "f"), Regression("z", not_intent="y")]


@pytest.mark.parametrize("lines", ["", "regressions:\n", "regressions: []\n", "# nothing yet\n"])
def test_no_line_is_fine(tmp_path: Path, lines: str) -> None:
    assert load(written(tmp_path, lines)) == []


def test_no_file_is_fine(tmp_path: Path) -> None:
    assert load(tmp_path / "regressions.yml") == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("{text: le texte, intend: greet}", "unknown intend", id="unknown_key"),
        pytest.param("{text: le texte, intent: greet, b: c, a: b}", "unknown a, b", id="unknown_keys"),
        pytest.param("{text: le texte, 1: greet}", "unknown 1", id="a_number_for_a_key"),
        pytest.param("{text: le texte}", "something that must be so", id="nothing_asked"),
        pytest.param("{text: le texte, why: le texte}", "something that must be so", id="only_a_reason"),
        pytest.param("{intent: greet, why: le texte}", "it needs a text", id="no_text"),
        pytest.param("{text: le texte, toxicity: no}", "toxicity must be text", id="yaml_reads_a_truth"),
        pytest.param("{text: le texte, intent: }", "intent must be text", id="nothing_for_an_intent"),
        pytest.param("{text: 10, intent: greet, why: le texte}", "text must be text", id="a_number_for_a_text"),
        pytest.param("le texte", "it must be a mapping", id="no_mapping"),
    ],
)
def test_a_wrong_line_is_told(tmp_path: Path, line: str, says: str) -> None:
    path = written(tmp_path, f"regressions:\n  - {{text: a, intent: b}}\n  - {line}\n")
    with pytest.raises(ValueError, match="le texte") as told:
        load(path)
    assert says in str(told.value)
    assert str(path) in str(told.value)


def test_the_projects_own_lines_can_be_asked() -> None:
    lines = load(ROOT / gate.REGRESSIONS)
    intents = {intent for group in load_yaml(ROOT / CATALOGUE).values() for intent in group}
    named = {name for line in lines for name in (line.intent, line.not_intent, line.also) if name}
    assert len(lines) >= 30
    assert named <= intents
    assert {line.toxicity for line in lines if line.toxicity} <= set(KINDS)
    assert len({line.text for line in lines}) == len(lines)
