"""The report on a model, from figures to Markdown. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intents import measures, tone_functions
from intents.judging import BATCH, LARGE_BATCH, OTHER_LANGUAGES, SAFETY, TRAINED_LANGUAGES
from intents.measures import Verdict
from intents.tables import MISSED, bold, ceiling, floor, percent, quoted, table, whole

ACCURACY_BAR, OTHER_ACCURACY_BAR, ECE_BAR = 0.90, 0.75, 0.05
SAFETY_BAR, OUTSIDE_BAR, FALSE_ALARMS_BAR = 0.95, 0.80, 0.05
OUTSIDE = "out_of_scope"
NAMES = {
    "fr": "French", "en": "English", "es": "Spanish", "de": "German", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "und": "no language",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """The model and what it learned from. `fingerprint`: `None` for a model without a card; `stale`: the examples or
    components are others now."""

    model: str
    archive_bytes: int
    fingerprint: str | None
    examples: Mapping[str, int]
    calibration: int
    intents: int
    stale: bool = False


@dataclass(frozen=True)
class Judged:
    """Verdicts on the same sentences: as the model serves, and of the fast models alone."""

    served: Sequence[Verdict]
    fast: Sequence[Verdict]

    def of(self, languages: Sequence[str]) -> Judged:
        return Judged(
            [verdict for verdict in self.served if verdict.example.language in languages],
            [verdict for verdict in self.fast if verdict.example.language in languages],
        )

    def without(self, texts: frozenset[str]) -> Judged:
        return Judged(
            [verdict for verdict in self.served if verdict.example.text not in texts],
            [verdict for verdict in self.fast if verdict.example.text not in texts],
        )

    @property
    def second_looks(self) -> float:
        return sum(verdict.cascade == "used" for verdict in self.served) / len(self.served)


@dataclass(frozen=True)
class Tones:
    """Readings of the same cases."""

    served: Sequence[tone_functions.Reading]
    fast: Sequence[tone_functions.Reading]


def introduction(source: Source, judged: Judged, tones: Tones, entity_sentences: int) -> str:
    trained, others = len(judged.of(TRAINED_LANGUAGES).served), len(judged.of(OTHER_LANGUAGES).served)
    return f"""# How good the understanding is

What `{source.model}` makes of sentences that were held out: {trained:,} in French and English, each with one of
{source.intents} intents, {others:,} in five languages that it has no examples of, {len(tones.served):,} that test the
reading of tone, and {entity_sentences} with marked entities. They were written separately from the training examples
and without sight of them, but by the same team, which has one idea of what customers write: **expect less from
strangers**. The team also saw these scores as it went along. `python -m intents.benchmark` measures the same components
on a set that others made.

“Served” is the model as customers meet it, {BATCH} messages at a time, with a second look by sentence vectors at the
doubtful ones. “Fast” is what remains under load: in batches of {LARGE_BATCH}, where nothing gets a second look. Each
bar stands in the head of its column; {MISSED} marks what misses it. `python -m intents.evaluate` wrote this page."""


def source(made: Source) -> str:
    by_language = ", ".join(f"{NAMES.get(code, code)} {count:,}" for code, count in made.examples.items())
    rows = [
        ["model", f"`{made.model}`, {made.archive_bytes / 1e6:.1f} MB"],
        ["data fingerprint", f"`{made.fingerprint[:16]}`" if made.fingerprint else "unknown (the model has no card)"],
        ["intents", str(made.intents)],
        ["training examples", f"{sum(made.examples.values()):,}: {by_language}"],
        ["for calibration only", f"{made.calibration:,}"],
    ]
    note = (
        "\n\nThe examples, the pipeline or the components have changed since this model was trained."
        if made.stale
        else ""
    )
    return table(["", ""], rows) + note


def languages(judged: Judged, codes: Sequence[str], accuracy_bar: float, ece_bar: float | None) -> str:
    """One row a language and, of several, one for all."""
    head = [
        "", "sentences", f"accuracy (≥ {whole(accuracy_bar)})", "fast", "macro-F1", "fast",
        f"ECE (≤ {ece_bar:.2f})" if ece_bar else "ECE", "fast", "language right", "second looks",
    ]  # fmt: skip
    rows = []
    for name, part in [*((NAMES[code], judged.of([code])) for code in codes), ("together", judged.of(codes))]:
        served, fast = part.served, part.fast
        if not served:
            continue
        error = measures.calibration_error(served)
        right = sum(verdict.language == verdict.example.language for verdict in served) / len(served)
        rows.append([
            name,
            f"{len(served):,}",
            floor(measures.accuracy(served), accuracy_bar),
            percent(measures.accuracy(fast)),
            f"{measures.macro_f1(served):.3f}",
            f"{measures.macro_f1(fast):.3f}",
            ceiling(error, ece_bar, f"{error:.3f}") if ece_bar else f"{error:.3f}",
            f"{measures.calibration_error(fast):.3f}",
            percent(right),
            percent(part.second_looks),
        ])  # fmt: skip
    return table(head, rows)


def repeated(judged: Judged, texts: frozenset[str]) -> str:
    """How it fares without the sentences that stand among the examples too: those measure memory."""
    count = sum(verdict.example.text in texts for verdict in judged.served)
    if count == 0:
        return "None of these sentences stands among the training or calibration examples."
    head = [
        "without those",
        "sentences",
        f"accuracy (≥ {whole(ACCURACY_BAR)})",
        "fast",
        f"ECE (≤ {ECE_BAR:.2f})",
        "fast",
    ]
    head += [f"safety recall (≥ {whole(SAFETY_BAR)})", f"out-of-scope recall (≥ {whole(OUTSIDE_BAR)})"]
    rows = []
    for name, codes in (*((NAMES[code], [code]) for code in TRAINED_LANGUAGES), ("together", TRAINED_LANGUAGES)):
        part = judged.of(codes).without(texts)
        if not part.served:
            continue
        error = measures.calibration_error(part.served)
        rows.append([
            name,
            f"{len(part.served):,}",
            floor(measures.accuracy(part.served), ACCURACY_BAR),
            percent(measures.accuracy(part.fast)),
            ceiling(error, ECE_BAR, f"{error:.3f}"),
            f"{measures.calibration_error(part.fast):.3f}",
            floor(_share(*measures.recall(part.served, SAFETY)), SAFETY_BAR),
            floor(_share(*measures.recall(part.served, frozenset({OUTSIDE}))), OUTSIDE_BAR),
        ])  # fmt: skip
    share = percent(count / len(judged.served))
    return (
        f"{count} of these sentences ({share}), most of them short, also stand among the training or calibration "
        f"examples, but for case, accents and punctuation: both sides thought of them.\n\n{table(head, rows)}"
    )


def _share(hits: int, of: int) -> float:
    return hits / max(of, 1)


def safety(judged: Judged) -> str:
    head = [
        "intent", "right", f"recall (≥ {whole(SAFETY_BAR)} together)", "at least", "noticed", "fast: recall", "noticed",
    ]  # fmt: skip
    rows = []
    for name, intents in [*((intent, frozenset({intent})) for intent in sorted(SAFETY)), ("together", SAFETY)]:
        (hits, of), fast = measures.recall(judged.served, intents), measures.recall(judged.fast, intents)
        rows.append([
            bold(name) if name == "together" else f"`{name}`",
            f"{hits}/{of}",
            floor(_share(hits, of), SAFETY_BAR) if name == "together" else percent(_share(hits, of)),
            percent(measures.lower_bound(hits, of)),
            percent(_noticed(judged.served, intents)),
            percent(_share(*fast)),
            percent(_noticed(judged.fast, intents)),
        ])  # fmt: skip
    return table(head, rows)


def _noticed(verdicts: Sequence[Verdict], intents: frozenset[str]) -> float:
    """Sentences of `intents` that were given any safety intent."""
    return _share(*measures.noticed([v for v in verdicts if v.example.intent in intents], SAFETY))


def outside(judged: Judged) -> str:
    head = [
        "",
        "right",
        f"recall (≥ {whole(OUTSIDE_BAR)})",
        "at least",
        "alarms/others",
        f"false alarms (≤ {whole(FALSE_ALARMS_BAR)})",
    ]
    rows = []
    for name, verdicts in (("served", judged.served), ("fast", judged.fast)):
        hits, of = measures.recall(verdicts, frozenset({OUTSIDE}))
        alarms, others = measures.false_alarms(verdicts, OUTSIDE)
        recall, false = _share(hits, of), _share(alarms, others)
        rows.append([
            name,
            f"{hits}/{of}",
            floor(recall, OUTSIDE_BAR),
            percent(measures.lower_bound(hits, of)),
            f"{alarms}/{others:,}",
            ceiling(false, FALSE_ALARMS_BAR, percent(false)),
        ])  # fmt: skip
    return table(head, rows)


def cascade(judged: Judged, cost_ms: float | None) -> str:
    """`cost_ms`: of a message that was looked at twice; `None` if none was."""
    trained, others = judged.of(TRAINED_LANGUAGES), judged.of(OTHER_LANGUAGES)
    if cost_ms is None:
        return "No message got a second look: sentence vectors are missing or do not run on this machine."
    gained = measures.accuracy(trained.served) - measures.accuracy(trained.fast)
    abroad = measures.accuracy(others.served) - measures.accuracy(others.fast) if others.served else 0.0
    return (
        f"The second look was taken at {percent(trained.second_looks)} of the French and English sentences and "
        f"{percent(others.second_looks) if others.served else '–'} of the others. It gains {100 * gained:.1f} points "
        f"of accuracy there and {100 * abroad:.1f} here, and costs **{cost_ms:.0f} ms** for each message that gets one."
    )


def entities(scores: Mapping[str, float], sentences: int) -> str:
    rows = [[bold(kind) if kind == "all" else kind, f"{value:.3f}"] for kind, value in scores.items()]
    return (
        f"On {sentences} sentences; a span counts if kind, start and end are right. The patterns were scored on these "
        "very sentences while they were written: this guards against going back, and is no estimate for new text.\n\n"
        f"{table(['kind', 'F1'], rows)}"
    )


def confusions(verdicts: Sequence[Verdict], worst: int) -> str:
    rows = [
        [str(times), f"`{wanted}`", f"`{given}`", quoted(text)]
        for wanted, given, times, text in measures.confusions(verdicts)[:worst]
    ]
    return table(["times", "meant", "taken for", "for instance"], rows)


def comparison(compared: Mapping[str, Any]) -> str:
    """Of what `python -m intents.compare` wrote."""
    head = [
        "pipeline", "examples", "accuracy fr", "en", "fast", "macro-F1", "ECE", "own examples", "training",
        "of it CPU", "one by one", f"in batches of {compared['batch']}", "peak while training", "resident", "archive",
    ]  # fmt: skip
    rows = [
        [
            _pipeline(row),
            f"{row['examples']:,}",
            percent(row["accuracy"]["fr"]),
            percent(row["accuracy"]["en"]),
            percent(row["fast"]) if "fast" in row else "–",
            f"{row['macro_f1']:.3f}",
            f"{row['calibration_error']:.3f}",
            percent(row["own"]),
            f"{row['training_s']:,.0f} s",
            f"{row['training_cpu_s']:,.0f} s",
            f"{row['one_by_one']:,.0f}/s",
            f"{row['batched']:,.0f}/s",
            f"{row['peak_training_mb']:,.0f} MB",
            f"{row['resident_mb']:,.0f} MB",
            f"{row['archive_mb']:.0f} MB",
        ]
        for row in compared["rows"]
    ]
    dates = sorted({row["made"] for row in compared["rows"]})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return f"{table(head, rows)}\n\nMeasured {when} on {compared['machine']}."


def _pipeline(row: Mapping[str, Any]) -> str:
    names = {
        "ours": "**ours**",
        "diet": f"Rasa's DIET, {row['epochs']} epochs",
        "logistic": "Rasa's logistic regression",
    }
    sampled = f", {row['sample']} examples of each intent and language" if row["sample"] else ""
    return names[row["pipeline"]] + sampled
