"""Whether a model's tone is right on `test/tone.yml`: functions after HateCheck's pattern, each a way of meaning that
is easily mistaken, with what must be found in all its sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intents.examples import load_yaml

FILE = Path("intents/test/tone.yml")
NONE = "none"
NEGATIVE_BELOW, POSITIVE_ABOVE = -0.2, 0.2
"""Of a sentiment between −1 and 1."""


@dataclass(frozen=True)
class Case:
    """A sentence of a function. `target`, `sentiment`: `None` where nothing is said about it."""

    function: str
    language: str
    text: str
    kind: str
    target: str | None = None
    sentiment: str | None = None


@dataclass(frozen=True)
class Reading:
    """What a model read in a case: the target of each kind that it found, and the sentiment in a word."""

    case: Case
    found: Mapping[str, str]
    sentiment: str

    @property
    def kind_right(self) -> bool:
        return not self.found if self.case.kind == NONE else self.case.kind in self.found

    @property
    def target_right(self) -> bool:
        return self.found.get(self.case.kind) == self.case.target

    @property
    def sentiment_right(self) -> bool:
        return self.sentiment == self.case.sentiment


@dataclass(frozen=True)
class Share:
    hits: int
    of: int

    @classmethod
    def of_right(cls, right: Sequence[bool]) -> Share:
        return cls(sum(right), len(right))


@dataclass(frozen=True)
class Function:
    """How a function fares: kinds by language; targets where the kind was found; `None`: not asked."""

    name: str
    kind: str
    kinds: Mapping[str, Share]
    target: Share | None
    sentiment: Share | None


def load(file: Path = FILE) -> list[Case]:
    return [
        Case(
            function["name"],
            language,
            text,
            function["expect"]["toxicity"],
            function["expect"].get("target"),
            function["expect"].get("sentiment"),
        )
        for function in load_yaml(file)["functions"]
        for language, texts in function["cases"].items()
        for text in texts
    ]


def reading(case: Case, parse: Mapping[str, Any]) -> Reading:
    found = {finding["kind"]: finding["target"] for finding in parse.get("toxicity", ())}
    return Reading(case, found, in_a_word(parse.get("sentiment", 0.0)))


def in_a_word(sentiment: float) -> str:
    if sentiment < NEGATIVE_BELOW:
        return "negative"
    return "positive" if sentiment > POSITIVE_ABOVE else "neutral"


def functions(readings: Sequence[Reading]) -> list[Function]:
    """In the order in which they first occur."""
    groups: dict[str, list[Reading]] = {}
    for each in readings:
        groups.setdefault(each.case.function, []).append(each)
    return [_function(name, group) for name, group in groups.items()]


def _function(name: str, group: Sequence[Reading]) -> Function:
    languages = dict.fromkeys(each.case.language for each in group)
    kinds = {code: Share.of_right([r.kind_right for r in group if r.case.language == code]) for code in languages}
    return Function(name, group[0].case.kind, kinds, targets(group), sentiments(group))


def targets(readings: Sequence[Reading]) -> Share | None:
    """Of the sentences whose kind was found; `None` if no target is asked."""
    asked = [each for each in readings if each.case.target is not None]
    return Share.of_right([each.target_right for each in asked if each.kind_right]) if asked else None


def sentiments(readings: Sequence[Reading]) -> Share | None:
    asked = [each for each in readings if each.case.sentiment is not None]
    return Share.of_right([each.sentiment_right for each in asked]) if asked else None


def toxic_found(readings: Sequence[Reading]) -> Share:
    """Toxic sentences whose kind was found."""
    return Share.of_right([each.kind_right for each in readings if each.case.kind != NONE])


def toxic_noticed(readings: Sequence[Reading]) -> Share:
    """Toxic sentences in which some kind was found, be it another."""
    return Share.of_right([bool(each.found) for each in readings if each.case.kind != NONE])


def harmless_left_alone(readings: Sequence[Reading]) -> Share:
    return Share.of_right([each.kind_right for each in readings if each.case.kind == NONE])
