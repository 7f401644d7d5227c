"""Our intent classifier on BANKING77, a public yardstick: 77 intents of a bank's customers, one of them a message.

The components are the project's own, trained and asked through Rasa's graph, from these examples alone: no remembered
sentence vectors, no lookup tables, no examples kept for calibration.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intents import judging
from intents.environment import prepare
from intents.examples import Example
from intents.measures import Verdict, accuracy

if TYPE_CHECKING:
    from intents.parsing import Model

FOLDER = Path(__file__).parents[1] / "../shared/data/banking77"
COLUMNS = ("text", "category")
LANGUAGE = "en"
FULL_BAR, FEW_BAR, SECONDS_BAR = 0.92, 0.75, 60.0
TOLD_EVERY = 1000

EXAMPLE = "example: intents/.venv/bin/python -m intents.benchmark --train train.csv --test test.csv"
CURE = (
    "BANKING77 is not part of the project: take banking_data/train.csv and test.csv from "
    "https://github.com/PolyAI-LDN/task-specific-datasets (CC BY 4.0) and name them with --train and --test"
)


class NoData(Exception):
    """The message is one sentence with the cure."""


@dataclass(frozen=True)
class Result:
    """`fast`: accuracy where the cascade steps aside; `second_looks`: the share of messages that got one."""

    name: str
    examples: int
    bar: float
    accuracy: float
    fast: float
    second_looks: float
    training_s: float

    @property
    def passes(self) -> bool:
        return self.accuracy >= self.bar and self.training_s <= SECONDS_BAR


def read(path: Path) -> list[Example]:
    """The rows in order. Raises NoData if there is no such file, or if it lacks a column."""
    if not path.is_file():
        raise NoData(f"{path} is missing: {CURE}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise NoData(f"{path} lacks the column {' and '.join(missing)}: {CURE}")
        return [Example(row["text"], row["category"], LANGUAGE) for row in rows if row["text"].strip()]


def first_of_each(examples: Iterable[Example], per_intent: int) -> list[Example]:
    """The first so many of each intent, in the order of the file."""
    seen: Counter[str] = Counter()
    chosen = []
    for example in examples:
        seen[example.intent] += 1
        if seen[example.intent] <= per_intent:
            chosen.append(example)
    return chosen


def pipeline(nowhere: Path) -> list[dict[str, Any]]:
    """`nowhere`: a path without a file, so that no sentence vectors are remembered."""
    return [
        {"name": "intents.components.features.CommentFeaturizer"},
        {"name": "intents.components.intent.LinearIntentClassifier"},
        {"name": "intents.components.cascade.SemanticCascade", "remembered": str(nowhere)},
    ]


def measure(name: str, bar: float, learned: Sequence[Example], test: Sequence[Example]) -> Result:
    prepare()
    from intents import trial
    from intents.parsing import Model

    print(f"{name}: training on {len(learned)} examples …", flush=True)
    data = trial.labelled([(example.text, example.intent) for example in learned], LANGUAGE)
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "model.tar.gz"
        training_s = trial.train(pipeline(Path(scratch) / "no-vectors.npz"), data, archive, LANGUAGE)
        print(f"{name}: trained in {training_s:.1f} s; judging on {len(test)} sentences …", flush=True)
        model = Model.load(str(archive))
    return result(name, bar, len(learned), training_s, *_verdicts(model, test))


def _verdicts(model: Model, test: Sequence[Example]) -> tuple[list[Verdict], list[Verdict]]:
    """With the cascade, and in batches so large that it steps aside."""
    return judging.judge(model, test, progress=_tell), judging.judge(model, test, judging.LARGE_BATCH)


def result(
    name: str, bar: float, examples: int, training_s: float, verdicts: Sequence[Verdict], fast: Sequence[Verdict]
) -> Result:
    looks = sum(verdict.cascade == "used" for verdict in verdicts) / len(verdicts)
    return Result(name, examples, bar, accuracy(verdicts), accuracy(fast), looks, training_s)


def table(results: Sequence[Result]) -> str:
    lines = [_row("", "examples", "accuracy", "bar", "fast path", "second looks", "training", "")]
    for each in results:
        lines.append(
            _row(
                each.name,
                str(each.examples),
                f"{each.accuracy:.2%}",
                f"{each.bar:.0%}",
                f"{each.fast:.2%}",
                f"{each.second_looks:.1%}",
                f"{each.training_s:.1f} s",
                "passes" if each.passes else "FALLS SHORT",
            )
        )
    return "\n".join([*lines, f"training may take {SECONDS_BAR:.0f} s"])


def _row(first: str, *cells: str) -> str:
    return (f"{first:<16}" + "".join(f"{cell:>14}" for cell in cells)).rstrip()


def _tell(done: int, of: int) -> None:
    if done == of or done % TOLD_EVERY < judging.BATCH:
        print(f"  {done} of {of}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m intents.benchmark", description=__doc__, epilog=EXAMPLE)
    parser.add_argument("--train", type=Path, default=FOLDER / "train.csv", help="CSV with text and category")
    parser.add_argument("--test", type=Path, default=FOLDER / "test.csv", help="the same, for judging")
    parser.add_argument(
        "--per-intent", type=int, default=10, help="examples of each in the small run, default: %(default)s"
    )
    options = parser.parse_args(arguments)
    try:
        learned, test = read(options.train), read(options.test)
    except NoData as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    few = first_of_each(learned, options.per_intent)
    results = [
        measure("all examples", FULL_BAR, learned, test),
        measure(f"{options.per_intent} of each", FEW_BAR, few, test),
    ]
    print(table(results))
    return 0 if all(each.passes for each in results) else 1


if __name__ == "__main__":
    sys.exit(main())
