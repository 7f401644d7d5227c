"""The page on a model: what stands where. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intents import details, report, tone_functions
from intents.details import ALIKE, ALIKE_BAR
from intents.judging import OTHER_LANGUAGES, TRAINED_LANGUAGES

WORST = 15
COMPARED = """Trained on the same examples, judged on the same French and English sentences, each in a process of its
own (`python -m intents.compare`). Read it with care:

- Rows on a sample compare with each other only, not with those on all examples.
- Rasa's default for DIET is 300 epochs; what more than these would bring was not measured. Logistic regression has
  Rasa's defaults. “Own examples”: accuracy on some of those learned from.
- Ours has what the others have not: pretrained sentence vectors for its second look, and the calibration examples.
  “Fast” is without the second look, as in large batches. It learns tone and language besides.
- Training is timed without imports and reading, on a machine with other work: the processor's seconds say more than
  the clock's. Importing Rasa and TensorFlow alone takes some 500 MB of each figure."""


@dataclass(frozen=True)
class Figures:
    """All that the page tells."""

    source: report.Source
    judged: report.Judged
    cost_ms: float | None
    entities: Mapping[str, float]
    entity_sentences: int
    tones: report.Tones
    variety: Mapping[str, details.Variety]
    groups: Mapping[str, Sequence[str]]
    repeated: frozenset[str]
    """Held-out sentences that stand among the examples too."""
    comparison: Mapping[str, Any] | None


def summary(made: Figures) -> str:
    """The page up to its long tables, without its pictures."""
    trained, tones = made.judged.of(TRAINED_LANGUAGES), made.tones
    parts = [
        report.introduction(made.source, made.judged, tones, made.entity_sentences),
        "## The model",
        report.source(made.source),
        "## Intents and languages",
        report.languages(made.judged, TRAINED_LANGUAGES, report.ACCURACY_BAR, report.ECE_BAR),
        report.repeated(trained, made.repeated),
        "Languages without training examples, read by sentence vectors alone:",
        report.languages(made.judged, OTHER_LANGUAGES, report.OTHER_ACCURACY_BAR, None),
        report.cascade(made.judged, made.cost_ms),
        "## Safety",
        "French and English. “At least” is Wilson's lower bound at 95 %; “noticed” counts any of the seven, which is "
        "what calls a person.",
        report.safety(trained),
        "What is none of the brand's business:",
        report.outside(trained),
        "## Entities",
        report.entities(made.entities, made.entity_sentences),
        "## Tone",
        f"{len({each.case.function for each in tones.served})} functions after HateCheck's pattern: ways of being "
        f"toxic, and harmless ones that look like it. Sentiment is negative below −{-tone_functions.NEGATIVE_BELOW} "
        f"and positive above {tone_functions.POSITIVE_ABOVE}.",
        details.tone_totals(tones.served, tones.fast),
    ]
    if made.comparison:
        parts += [
            "## Beside Rasa's own classifiers",
            COMPARED,
            report.comparison(made.comparison),
        ]
    return "\n\n".join(parts)


def long_tables(made: Figures) -> str:
    trained = made.judged.of(TRAINED_LANGUAGES)
    bars = f"“alike”: the share of training examples with a near twin, a cosine over {ALIKE} of character n-grams."
    return "\n\n".join([
        "## Worst confusions",
        report.confusions(trained.served, WORST),
        "## Each intent",
        bars,
        details.per_intent(trained.served, made.groups, made.variety, ALIKE_BAR),
        "## Each function of tone",
        "As served. Shares of sentences whose kind was right, by language; of targets where the kind was found, and of "
        "sentiments, over both. Bold: under a half.",
        details.tone_by_function(made.tones.served),
    ])  # fmt: skip


def page(made: Figures) -> str:
    parts = [
        summary(made),
        "## In pictures",
        "![Reliability diagram](report/reliability.png)",
        "![Confusions of the intents](report/confusion.png)",
        long_tables(made),
    ]
    return "\n\n".join(parts) + "\n"
