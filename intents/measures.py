"""What a model's verdicts on labelled sentences amount to. Pure functions; shares are 0–1."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from intents.examples import Example

Spans = frozenset[tuple[str, int, int]]
"""Of entities: kind, start, end."""
BINS = 10
Z_95 = 1.959964


@dataclass(frozen=True)
class Verdict:
    """What a model made of an example. `cascade`: how the second look went, "" without one."""

    example: Example
    intent: str | None
    confidence: float
    language: str
    cascade: str = ""

    @property
    def right(self) -> bool:
        return self.intent == self.example.intent


@dataclass(frozen=True)
class Bin:
    """Verdicts whose confidences lie together: their mean confidence, their accuracy, how many they are."""

    confidence: float
    accuracy: float
    size: int


def accuracy(verdicts: Sequence[Verdict]) -> float:
    return sum(verdict.right for verdict in verdicts) / len(verdicts)


def macro_f1(verdicts: Sequence[Verdict]) -> float:
    """The mean F1 of the intents, each weighing the same."""
    wanted = Counter(verdict.example.intent for verdict in verdicts)
    given = Counter(verdict.intent for verdict in verdicts)
    hits = Counter(verdict.example.intent for verdict in verdicts if verdict.right)
    return sum(2 * hits[intent] / (wanted[intent] + given[intent]) for intent in wanted) / len(wanted)


def reliability(verdicts: Sequence[Verdict], bins: int = BINS) -> list[Bin]:
    """Equal bins of confidence, those that are empty left out."""
    groups: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[min(int(verdict.confidence * bins), bins - 1)].append(verdict)
    return [
        Bin(sum(v.confidence for v in group) / len(group), accuracy(group), len(group))
        for _, group in sorted(groups.items())
    ]


def calibration_error(verdicts: Sequence[Verdict], bins: int = BINS) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over equal bins, weighted by size."""
    return sum(abs(b.confidence - b.accuracy) * b.size for b in reliability(verdicts, bins)) / len(verdicts)


def recall(verdicts: Sequence[Verdict], intents: frozenset[str]) -> tuple[int, int]:
    """How many of the sentences with one of `intents` were given their own intent, and how many there are."""
    asked = [verdict for verdict in verdicts if verdict.example.intent in intents]
    return sum(verdict.right for verdict in asked), len(asked)


def noticed(verdicts: Sequence[Verdict], intents: frozenset[str]) -> tuple[int, int]:
    """The same, where any of `intents` counts: what matters for whether a person is called."""
    asked = [verdict for verdict in verdicts if verdict.example.intent in intents]
    return sum(verdict.intent in intents for verdict in asked), len(asked)


def false_alarms(verdicts: Sequence[Verdict], intent: str) -> tuple[int, int]:
    """How many sentences of other intents were given `intent`, and how many others there are."""
    others = [verdict for verdict in verdicts if verdict.example.intent != intent]
    return sum(verdict.intent == intent for verdict in others), len(others)


def lower_bound(hits: int, of: int) -> float:
    """Wilson's 95 % lower bound of a share; 0 of nothing."""
    if of == 0:
        return 0.0
    share, z2 = hits / of, Z_95**2
    centre = share + z2 / (2 * of)
    spread = Z_95 * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return (centre - spread) / (1 + z2 / of)


def confusions(verdicts: Sequence[Verdict]) -> list[tuple[str, str, int, str]]:
    """Wanted, given, how often, and one sentence of them; the commonest first."""
    counts = Counter((v.example.intent, v.intent or "none") for v in verdicts if not v.right)
    sample = {(v.example.intent, v.intent or "none"): v.example.text for v in reversed(verdicts) if not v.right}
    return [(wanted, given, times, sample[wanted, given]) for (wanted, given), times in counts.most_common()]


def span_f1(pairs: Sequence[tuple[Spans, Spans]]) -> dict[str, float]:
    """F1 of entities by kind and of `all`, from the found and the wanted spans of each sentence."""
    found, wanted, hits = Counter[str](), Counter[str](), Counter[str]()
    for got, asked in pairs:
        for counter, spans in ((found, got), (wanted, asked), (hits, got & asked)):
            counter.update(kind for kind, _, _ in spans)
            counter.update("all" for _ in spans)
    kinds = sorted(set(found) | set(wanted), key=lambda kind: (kind == "all", kind))
    return {kind: 2 * hits[kind] / (found[kind] + wanted[kind]) for kind in kinds}
