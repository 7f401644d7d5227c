"""The report's long tables: tone by function, and each intent. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from intents import measures
from intents import tone_functions as tones
from intents.judging import TRAINED_LANGUAGES
from intents.measures import Verdict
from intents.tables import bold, ceiling, percent, table, whole
from intents.tone_functions import Reading, Share

ALIKE = 0.8
ALIKE_BAR = 0.25
"""The share of an intent's examples in a language that may have a near twin, closer than ALIKE."""


@dataclass(frozen=True)
class Variety:
    """Of the training examples of an intent: how many, and by language the share that has a near twin."""

    examples: int
    alike: Mapping[str, float]


def tone_totals(served: Sequence[Reading], fast: Sequence[Reading]) -> str:
    def rows(name: str, measure: str, of: Sequence[Share | None]) -> list[str]:
        return [name, measure, *(_share(each) for each in of)]

    both = (served, fast)
    return table(
        ["", "what counts", "served", "fast"],
        [
            rows("toxic found", "their kind is among what was found", [tones.toxic_found(each) for each in both]),
            rows("toxic noticed", "any kind was found", [tones.toxic_noticed(each) for each in both]),
            rows("harmless left alone", "nothing was found", [tones.harmless_left_alone(each) for each in both]),
            rows("target right", "of those whose kind was found", [tones.targets(each) for each in both]),
            rows("sentiment right", "negative, neutral or positive", [tones.sentiments(each) for each in both]),
        ],
    )


def _share(share: Share | None) -> str:
    """A share of nothing is a dash: no sentence was there to be right about."""
    return f"{percent(share.hits / share.of)} ({share.hits}/{share.of})" if share and share.of else "–"


def tone_by_function(readings: Sequence[Reading]) -> str:
    rows = []
    for each in tones.functions(readings):
        kinds = [_right(each.kinds.get(code)) for code in TRAINED_LANGUAGES]
        rows.append([f"`{each.name}`", each.kind, *kinds, _right(each.target), _right(each.sentiment)])
    return table(["function", "must find", *(f"{code}" for code in TRAINED_LANGUAGES), "target", "sentiment"], rows)


def _right(share: Share | None) -> str:
    """Empty where nothing is asked; bold under a half."""
    if share is None:
        return ""
    if share.of == 0:
        return "–"
    said = whole(share.hits / share.of)
    return said if 2 * share.hits >= share.of else bold(said)


def per_intent(
    verdicts: Sequence[Verdict], groups: Mapping[str, Sequence[str]], variety: Mapping[str, Variety], alike_bar: float
) -> str:
    head = [
        "group", "intent", *(f"recall {code}" for code in TRAINED_LANGUAGES), "sentences",
        *(f"alike {code} (≤ {whole(alike_bar)})" for code in TRAINED_LANGUAGES), "examples",
    ]  # fmt: skip
    rows = []
    for group, names in groups.items():
        for place, name in enumerate(names):
            part = [verdict for verdict in verdicts if verdict.example.intent == name]
            known = variety.get(name, Variety(0, {}))
            rows.append([
                group if place == 0 else "",
                f"`{name}`",
                *(_recall([v for v in part if v.example.language == code]) for code in TRAINED_LANGUAGES),
                str(len(part)),
                *(_alike(known.alike.get(code), alike_bar) for code in TRAINED_LANGUAGES),
                str(known.examples),
            ])  # fmt: skip
    return table(head, rows)


def _recall(verdicts: Sequence[Verdict]) -> str:
    return whole(measures.accuracy(verdicts)) if verdicts else "–"


def _alike(share: float | None, bar: float) -> str:
    """A dash for a language without examples."""
    return "–" if share is None else ceiling(share, bar, whole(share))
