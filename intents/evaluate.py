"""How good the served model is on held-out sentences, and how varied the examples are that it learned from."""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from intents.environment import prepare
from intents.examples import Example, read

if TYPE_CHECKING:
    from intents.parsing import Model

ALIKE = 0.8
ALIKE_BAR = 0.25
BINS = 10

EXAMPLE = "example: intents/.venv/bin/python -m intents.evaluate --model var/models"


@dataclass(frozen=True)
class Verdict:
    example: Example
    intent: str | None
    confidence: float
    language: str

    @property
    def right(self) -> bool:
        return self.intent == self.example.intent


def accuracy(verdicts: Sequence[Verdict]) -> float:
    return sum(verdict.right for verdict in verdicts) / len(verdicts)


def macro_f1(verdicts: Sequence[Verdict]) -> float:
    """The mean F1 of the intents, each weighing the same."""
    scores = []
    for intent in sorted({verdict.example.intent for verdict in verdicts}):
        hits = sum(verdict.right for verdict in verdicts if verdict.example.intent == intent)
        wanted = sum(verdict.example.intent == intent for verdict in verdicts)
        given = sum(verdict.intent == intent for verdict in verdicts)
        scores.append(2 * hits / (wanted + given))
    return sum(scores) / len(scores)


def calibration_error(verdicts: Sequence[Verdict], bins: int = BINS) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over equal bins, weighted by size."""
    groups: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[min(int(verdict.confidence * bins), bins - 1)].append(verdict)
    gaps = (abs(sum(v.confidence for v in group) - sum(v.right for v in group)) for group in groups.values())
    return sum(gaps) / len(verdicts)


def share_alike(texts: Sequence[str]) -> float:
    """Which share of `texts` has another one closer than ALIKE in cosine of character n-grams."""
    from intents.components.text import character_features
    from intents.components.vectors import Vectors

    if len(texts) < 2:
        return 0.0
    vectors = Vectors.fit(texts, [character_features], [1.0], [1]).transform(texts)
    cosines = (vectors @ vectors.T).toarray()
    np.fill_diagonal(cosines, 0.0)
    return float((cosines.max(axis=1) > ALIKE).mean())


def judge(model: Model, examples: Sequence[Example]) -> list[Verdict]:
    parses = model.parse([example.text for example in examples])
    return [
        Verdict(
            example,
            parse["intent"]["name"],
            parse["intent"]["confidence"],
            parse.get("language", {}).get("code", "und"),
        )
        for example, parse in zip(examples, parses, strict=True)
    ]


def report(verdicts: Sequence[Verdict], training: Sequence[Example], confusions: int) -> str:
    languages = sorted({verdict.example.language for verdict in verdicts}, reverse=True)
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example in training:
        texts[example.intent, example.language].append(example.text)
    alike = {key: share_alike(group) for key, group in texts.items()}
    lines = [_row("", "accuracy", "macro F1", "ECE", "language right", "sentences")]
    for name, part in [
        ("all", list(verdicts)),
        *((code, [v for v in verdicts if v.example.language == code]) for code in languages),
    ]:
        language = sum(verdict.language == verdict.example.language for verdict in part) / len(part)
        lines.append(
            _row(
                name,
                _share(accuracy(part)),
                f"{macro_f1(part):.3f}",
                f"{calibration_error(part):.3f}",
                _share(language),
                str(len(part)),
            )
        )
    head = [cell for code in languages for cell in (f"right {code}", f"alike {code}")]
    lines += ["", _row("intent", *head, "examples")]
    for intent in sorted({verdict.example.intent for verdict in verdicts}):
        cells = []
        for code in languages:
            part = [v for v in verdicts if v.example.intent == intent and v.example.language == code]
            near = alike.get((intent, code), 0.0)
            cells += [_share(accuracy(part)) if part else "–", _share(near) + ("!" if near > ALIKE_BAR else "")]
        lines.append(_row(intent, *cells, str(sum(example.intent == intent for example in training))))
    lines += [
        "",
        f"alike: training examples with a near twin (cosine over {ALIKE}); ! marks more than {_share(ALIKE_BAR)}",
        "",
        "worst confusions",
    ]
    pairs = Counter((v.example.intent, v.intent or "none") for v in verdicts if not v.right)
    for (wanted, given), times in pairs.most_common(confusions):
        sample = next(v.example.text for v in verdicts if (v.example.intent, v.intent or "none") == (wanted, given))
        lines.append(f"{times:4}  {wanted} → {given}: {sample}")
    return "\n".join(lines)


def _row(first: str, *cells: str) -> str:
    return f"{first:<20}" + "".join(f"{cell:>16}" for cell in cells)


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m intents.evaluate", description="Judge a model on held-out sentences.", epilog=EXAMPLE
    )
    parser.add_argument(
        "--model", default="var/models", help="an archive, or a folder whose newest is taken, default: %(default)s"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("intents/data"), help="training examples, default: %(default)s"
    )
    parser.add_argument(
        "--test", type=Path, default=Path("intents/test"), help="held-out sentences, default: %(default)s"
    )
    parser.add_argument("--confusions", type=int, default=15, help="how many to list, default: %(default)s")
    options = parser.parse_args(arguments)
    prepare()
    from intents.parsing import Model

    print(report(judge(Model.load(options.model), read(options.test)), read(options.data), options.confusions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
