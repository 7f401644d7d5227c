"""The model card: what a model was made of and how good it is, as JSON beside its archive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from intents.examples import CALIBRATION, Example
from intents.judging import OTHER_LANGUAGES, SAFETY, TRAINED_LANGUAGES, digest
from intents.measures import (
    Verdict,
    accuracy,
    calibration_error,
    confusions,
    false_alarms,
    lower_bound,
    macro_f1,
    noticed,
    recall,
    reliability,
)

SUFFIX = ".card.json"
CONFUSIONS = 20
DIGITS = 4
"""Of shares."""


def path_of(archive: Path) -> Path:
    return archive.with_name(archive.name.removesuffix(".tar.gz") + SUFFIX)


def load(archive: Path) -> dict[str, Any] | None:
    """`None` for a model without a card."""
    path = path_of(archive)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def save(archive: Path, card: dict[str, Any]) -> None:
    path_of(archive).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def make(
    archive: Path,
    fingerprint: str,
    data: Sequence[Example],
    verdicts: Sequence[Verdict],
    training_s: float,
    broken: Sequence[str],
) -> dict[str, Any]:
    """`broken`: the regressions that the model breaks."""
    by_language = {code: _in(verdicts, code) for code in (*TRAINED_LANGUAGES, *OTHER_LANGUAGES)}
    trained = [verdict for verdict in verdicts if verdict.example.language in TRAINED_LANGUAGES]
    learned = [example for example in data if example.use != CALIBRATION]
    return {
        "model": archive.name,
        "bytes": archive.stat().st_size,
        "training_s": round(training_s, 1),
        "data": {
            "fingerprint": fingerprint,
            "examples": len(learned),
            "calibration": len(data) - len(learned),
            "intents": len({example.intent for example in learned}),
            "languages": dict(Counter(example.language for example in learned)),
            "by_intent": dict(sorted(Counter(example.intent for example in learned).items())),
        },
        "held_out": {
            "digest": digest([verdict.example for verdict in trained]),
            **{code: scores(several) for code, several in by_language.items() if several},
            "all": scores(trained),
        },
        "safety": safety(trained),
        "calibration": [
            {"confidence": round(b.confidence, 3), "accuracy": round(b.accuracy, 3), "sentences": b.size}
            for b in reliability(trained)
        ],
        "confusions": [
            {"wanted": wanted, "given": given, "times": times, "for_instance": text}
            for wanted, given, times, text in confusions(trained)[:CONFUSIONS]
        ],
        "cascade": dict(Counter(verdict.cascade for verdict in trained)),
        "regressions_broken": list(broken),
    }


def scores(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "sentences": len(verdicts),
        "accuracy": round(accuracy(verdicts), DIGITS),
        "macro_f1": round(macro_f1(verdicts), DIGITS),
        "calibration_error": round(calibration_error(verdicts), DIGITS),
        "language_right": round(sum(v.language == v.example.language for v in verdicts) / len(verdicts), DIGITS),
    }


def safety(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Recall of each safety intent and of all, and how out-of-scope fares; `at_least`: Wilson's 95 % lower bound."""
    rows = {intent: _share(*recall(verdicts, frozenset({intent}))) for intent in sorted(SAFETY)}
    return {
        **rows,
        "all": _share(*recall(verdicts, SAFETY)),
        "all_noticed": _share(*noticed(verdicts, SAFETY)),
        "out_of_scope": _share(*recall(verdicts, frozenset({"out_of_scope"}))),
        "out_of_scope_false_alarms": _share(*false_alarms(verdicts, "out_of_scope")),
    }


def _share(hits: int, of: int) -> dict[str, Any]:
    share = hits / of if of else 0.0
    return {"share": round(share, DIGITS), "at_least": round(lower_bound(hits, of), DIGITS), "hits": hits, "of": of}


def _in(verdicts: Sequence[Verdict], language: str) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.example.language == language]
