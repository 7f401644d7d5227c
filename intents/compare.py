"""Rasa's own classifiers and ours, trained on the same examples and judged on the same held-out sentences.

Each pipeline is trained in a process of its own and judged in another, so that its time and memory are its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from intents import judging, measures
from intents.environment import prepare
from intents.train import rasa_config

FILE = Path("intents/report/comparison.json")
CONFIG = Path("config.yml")
DATA = Path("intents/data")
SEED = 7
BATCH = 64
ONE_BY_ONE = 300
"""Sentences that are parsed alone to see how fast that is, after WARM_UP others."""
WARM_UP = 30
OWN = 500

FEATURES: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]
NAMES = {"ours": "ours", "diet": "Rasa's DIETClassifier", "logistic": "Rasa's LogisticRegressionClassifier"}

EXAMPLE = "example: nice -n 15 intents/.venv/bin/python -m intents.compare --sample 20"
T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """`sample`: so many examples of each intent and language; `None`: all of them. `data`, `held_out`: folders that
    nobody writes to while jobs run."""

    pipeline: str
    epochs: int
    sample: int | None
    data: Path = DATA
    held_out: Path = judging.HELD_OUT


@dataclass(frozen=True)
class Row:
    """Speeds in parses a second; memory and archive in MB; `fast`: accuracy in batches of BATCH, where ours gets no
    second look and the others are the same; `own`: accuracy on the examples that it learned from."""

    pipeline: str
    epochs: int | None
    sample: int | None
    examples: int
    accuracy: dict[str, float]
    fast: float
    macro_f1: float
    calibration_error: float
    own: float
    training_s: float
    training_cpu_s: float
    one_by_one: float
    batched: float
    peak_training_mb: float
    resident_mb: float
    archive_mb: float
    made: str


def stratified(groups: Sequence[Hashable], per_group: int, seed: int = SEED) -> list[int]:
    """Places of so many of each group, drawn with the seed, in order; all of a group that has no more."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        places[group].append(place)
    draw = random.Random(seed)
    return sorted(place for each in places.values() for place in draw.sample(each, min(per_group, len(each))))


def pipeline_of(job: Job) -> list[dict[str, Any]]:
    match job.pipeline:
        case "diet":
            return [*FEATURES, {"name": "DIETClassifier", "entity_recognition": False, "epochs": job.epochs}]
        case "logistic":
            return [*FEATURES, {"name": "LogisticRegressionClassifier"}]
        case _:
            return list(rasa_config(CONFIG)["pipeline"])


def trained(job: Job, archive: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What it cost, and some of the texts and intents that it learned from. For a process of its own: its peak memory
    is part of the result."""
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from intents import trial
    from intents.components.features import is_for_calibration, metadata_of
    from intents.importing import ExamplesImporter

    data = ExamplesImporter({}, job.data).get_nlu_data()
    learned = [example for example in data.training_examples if not is_for_calibration(example)]
    apart = [example for example in data.training_examples if is_for_calibration(example)]
    if job.sample is not None:
        groups = [(example.get("intent"), metadata_of(example).get("language")) for example in learned]
        learned = [learned[place] for place in stratified(groups, job.sample)]
    given = TrainingData([*learned, *(apart if job.pipeline == "ours" else [])], lookup_tables=data.lookup_tables)
    before = time.process_time()
    seconds = trial.train(pipeline_of(job), given, archive, language="fr")
    made = {
        "examples": len(learned),
        "training_s": round(seconds, 1),
        "training_cpu_s": round(time.process_time() - before, 1),
        "peak_training_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / 1e6),
        "archive_mb": round(archive.stat().st_size / 1e6, 1),
    }
    return made, [(example.get("text"), example.get("intent")) for example in learned[:: max(1, len(learned) // OWN)]]


def judged(archive: Path, held_out: Path, own: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """For a process of its own: what is resident after loading is part of the result."""
    prepare()
    from intents.parsing import Model

    model = Model.load(str(archive))
    model.parse(["bonjour"])
    resident = _resident_mb()
    sentences = judging.held_out(held_out, judging.TRAINED_LANGUAGES)
    texts = [sentence.text for sentence in sentences]
    verdicts = judging.judge(model, sentences)
    known = [parse["intent"]["name"] for parse in judging.parses(model, [text for text, _ in own])]
    alone = texts[:: max(1, len(texts) // (ONE_BY_ONE + WARM_UP))]
    judging.parses(model, alone[:WARM_UP], 1)
    accuracies = {
        code: round(measures.accuracy([v for v in verdicts if v.example.language == code]), 4)
        for code in judging.TRAINED_LANGUAGES
    }
    started = time.monotonic()
    batched = judging.judge(model, sentences, BATCH)
    batched_s = time.monotonic() - started
    started = time.monotonic()
    judging.parses(model, alone[WARM_UP:], 1)
    alone_s = time.monotonic() - started
    return {
        "accuracy": {**accuracies, "all": round(measures.accuracy(verdicts), 4)},
        "fast": round(measures.accuracy(batched), 4),
        "macro_f1": round(measures.macro_f1(verdicts), 4),
        "calibration_error": round(measures.calibration_error(verdicts), 4),
        "own": round(sum(given == wanted for given, (_, wanted) in zip(known, own, strict=True)) / len(own), 4),
        "one_by_one": round(len(alone[WARM_UP:]) / alone_s),
        "batched": round(len(texts) / batched_s),
        "resident_mb": round(resident),
    }


_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in what getrusage counts in."""


def _resident_mb() -> float:
    """0 where the system doesn't say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS:")), 0.0)


def in_own_process(function: Callable[..., T], *arguments: Any) -> T:
    """Runs it in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def run(job: Job) -> Row:
    name = NAMES[job.pipeline]
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "model.tar.gz"
        print(f"{name}: training …", flush=True)
        made, own = in_own_process(trained, job, archive)
        print(f"{name}: {made['examples']} examples in {made['training_s']:.0f} s; judging …", flush=True)
        found = in_own_process(judged, archive, job.held_out, own)
    print(f"{name}: right on {found['accuracy']['all']:.1%}", flush=True)
    return Row(
        pipeline=job.pipeline,
        epochs=job.epochs if job.pipeline == "diet" else None,
        sample=job.sample,
        made=datetime.now(timezone.utc).date().isoformat(),
        **made,
        **found,
    )


def load(file: Path) -> dict[str, Any] | None:
    """`None` if nothing was compared yet."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def merged(old: dict[str, Any] | None, digest: str, rows: Sequence[Row]) -> dict[str, Any]:
    """New rows in the place of the old ones of the same pipeline and sample; none that other sentences judged."""
    kept = old["rows"] if old and old["digest"] == digest else []
    by_key = {(row["pipeline"], row["sample"]): row for row in (*kept, *map(asdict, rows))}
    order = list(NAMES)
    ordered = sorted(by_key, key=lambda key: (key[1] is not None, order.index(key[0])))
    return {
        "digest": digest,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, one thread each",
        "seed": SEED,
        "batch": BATCH,
        "rows": [by_key[key] for key in ordered],
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m intents.compare", description=__doc__, epilog=EXAMPLE)
    parser.add_argument("--epochs", type=int, default=15, help="of DIET, default: %(default)s")
    parser.add_argument("--pipelines", nargs="+", choices=list(NAMES), default=list(NAMES), help="default: all")
    parser.add_argument(
        "--sample", type=int, help="learn from so many examples of each intent and language only, default: from all"
    )
    parser.add_argument("--out", type=Path, default=FILE, help="default: %(default)s; rows not made now are kept")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        data, held_out = Path(scratch) / "data", Path(scratch) / "test"
        shutil.copytree(DATA, data)
        shutil.copytree(judging.HELD_OUT, held_out)
        digest = judging.digest(judging.held_out(held_out, judging.TRAINED_LANGUAGES))
        for name in options.pipelines:
            row = run(Job(name, options.epochs, options.sample, data, held_out))
            result = merged(load(options.out), digest, [row])
            options.out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{options.out}; python -m intents.evaluate puts it into the report")
    return 0


if __name__ == "__main__":
    sys.exit(main())
