"""Train the model that `intents.server` serves, unless it is there already.

The fingerprint of everything that a model depends on is compared first, with the standard library and PyYAML alone:
importing rasa takes seconds, and a start that has nothing to train must not pay for it. A new model is judged, gets its
card, and takes the old one's place only if it breaks no regression and is not clearly worse.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from intents import card, gate, judging
from intents.examples import Example, load_yaml, read_all

FINGERPRINT_FILE = "fingerprint"
CANDIDATES = "candidates"
TOLD_EVERY = 1000
MODELS_KEPT = 2
RASA_KEYS = ("recipe", "assistant_id", "language", "pipeline")
COMPONENTS = Path(__file__).parent / "components"
SENTENCE_VECTORS = Path(__file__).parent / "sentence_vectors.npz"

EXAMPLE = "example: intents/.venv/bin/python -m intents.train --config config.yml --data intents/data --out var/models"


class CannotTrain(Exception):
    """The message says what is missing or wrong."""


@dataclass(frozen=True)
class Bar:
    """What a new model is judged by."""

    sentences: Sequence[Example]
    regressions: Sequence[gate.Regression]

    @classmethod
    def read(cls) -> Bar:
        """Raises CannotTrain without held-out sentences, and ValueError for a regression that cannot be asked."""
        sentences = judging.held_out(judging.HELD_OUT, (*judging.TRAINED_LANGUAGES, *judging.OTHER_LANGUAGES))
        if not any(sentence.language in judging.TRAINED_LANGUAGES for sentence in sentences):
            raise CannotTrain(f"there are no held-out sentences in {judging.HELD_OUT} to judge a model by")
        return cls(sentences, gate.load(gate.REGRESSIONS))


def rasa_config(config: Path) -> dict[str, Any]:
    """The part of config.yml that a model depends on. Raises KeyError naming what is missing."""
    settings = load_yaml(config)
    missing = [key for key in ("recipe", "language", "pipeline") if key not in settings]
    if missing:
        raise KeyError(f"{config} lacks {', '.join(missing)}")
    return {key: settings[key] for key in RASA_KEYS if key in settings}


def fingerprint(config: Path, data: Path) -> str:
    """One digest over all that a model depends on, and Rasa's version."""
    digest = hashlib.sha256()
    digest.update(json.dumps(rasa_config(config), sort_keys=True).encode())
    digest.update(version("rasa").encode())
    for name, path in _files(data):
        content = path.read_bytes()
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(data: Path) -> Iterator[tuple[str, Path]]:
    """The examples, our components with their lists, and the remembered sentence vectors."""
    for folder, pattern in ((data, "*.yml"), (COMPONENTS, "*.py"), (COMPONENTS, "*.txt")):
        for path in sorted(folder.rglob(pattern)):
            yield path.relative_to(folder).as_posix(), path
    if SENTENCE_VECTORS.exists():
        yield SENTENCE_VECTORS.name, SENTENCE_VECTORS


def newest_model(models: Path) -> Path | None:
    """The model a server would load: the archive last written, as Rasa chooses it."""
    return max(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, default=None)


def is_up_to_date(models: Path, wanted: str) -> bool:
    """The fingerprint file names the archive it belongs to, so a model put there by hand doesn't pass for ours."""
    try:
        stored = (models / FINGERPRINT_FILE).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return False
    newest = newest_model(models)
    return newest is not None and stored == [wanted, newest.name]


def train(config: Path, data: Path, models: Path, wanted: str) -> Path:
    """Train with Rasa's graph, and leave the archive among the candidates in place of an older one. Whether it is to
    serve is not said yet: see `install`. Raises CannotTrain."""
    from intents.environment import prepare

    prepare()
    from rasa.engine.exceptions import GraphComponentException
    from rasa.engine.recipes.recipe import Recipe
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.training.graph_trainer import GraphTrainer
    from rasa.engine.validation import validate
    from rasa.shared.data import TrainingType
    from rasa.shared.exceptions import RasaException

    from intents.importing import ExamplesImporter, NothingCached

    settings = rasa_config(config)
    importer = ExamplesImporter(settings, data)
    candidates = models / CANDIDATES
    models.mkdir(parents=True, exist_ok=True)
    try:
        if not importer.get_nlu_data().intent_examples:
            raise CannotTrain(f"there are no examples in {data}")
        recipe = Recipe.recipe_for_name(settings["recipe"])
        settings, _, _ = recipe.auto_configure(None, settings, TrainingType.NLU)
        graph = recipe.graph_config_for_recipe(settings, {}, training_type=TrainingType.NLU)
        validate(graph)
        with tempfile.TemporaryDirectory(prefix=".training-", dir=models) as scratch:
            storage = Path(scratch) / "storage"
            storage.mkdir()
            archive = Path(scratch) / f"nlu-{time.strftime('%Y%m%d-%H%M%S')}-{wanted[:8]}.tar.gz"
            trainer = GraphTrainer(LocalModelStorage(storage), NothingCached(), DaskGraphRunner)
            trainer.train(graph, importer, archive, force_retraining=True)
            shutil.rmtree(candidates, ignore_errors=True)
            candidates.mkdir()
            os.replace(archive, candidates / archive.name)
    except GraphComponentException as error:
        if isinstance(error.__cause__, ValueError):
            raise CannotTrain(str(error.__cause__)) from error
        raise
    except (RasaException, ImportError) as error:
        raise CannotTrain(str(error)) from error
    return candidates / archive.name


def judged(candidate: Path, data: Path, bar: Bar, fingerprint: str, training_s: float) -> dict[str, Any]:
    """The candidate's model card: its verdicts on the held-out sentences and the regressions."""
    from intents.parsing import Model

    model = Model.load(str(candidate))
    verdicts = judging.judge(model, bar.sentences, progress=_tell)
    broken = gate.broken(model, bar.regressions)
    return card.make(candidate, fingerprint, read_all(data), verdicts, training_s, broken)


def install(candidate: Path, made: dict[str, Any], models: Path, wanted: str) -> Path:
    """Makes a candidate the model that serves; older ones are removed but for the last."""
    model = models / candidate.name
    card.save(model, made)
    os.replace(candidate, model)
    card.path_of(candidate).unlink(missing_ok=True)
    note = models / f".{FINGERPRINT_FILE}"
    note.write_text(f"{wanted}\n{model.name}\n", encoding="utf-8")
    os.replace(note, models / FINGERPRINT_FILE)
    for old in sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-MODELS_KEPT]:
        old.unlink()
        card.path_of(old).unlink(missing_ok=True)
    return model


def waiting(models: Path, wanted: str) -> tuple[Path, dict[str, Any]] | None:
    """The candidate of this fingerprint that was refused, and its card; `None` if there is none."""
    for candidate in (models / CANDIDATES).glob("*.tar.gz"):
        made = card.load(candidate)
        if made and made["data"]["fingerprint"] == wanted:
            return candidate, made
    return None


def train_and_judge(options: argparse.Namespace, wanted: str) -> int:
    """The exit code: 3 when the new model may not replace the old one, which then goes on serving."""
    bar = Bar.read()
    started = time.monotonic()
    print(f"training from {options.data} …", flush=True)
    candidate = train(options.config, options.data, options.out, wanted)
    training_s = time.monotonic() - started
    print(f"trained in {training_s:.1f} s; now judged on the held-out sentences …", flush=True)
    made = judged(candidate, options.data, bar, wanted, training_s)
    scores = made["held_out"]["all"]
    print(
        f"right on {scores['accuracy']:.1%} of {scores['sentences']}, calibration error {scores['calibration_error']}"
    )
    serving = newest_model(options.out)
    objections = gate.objections(made, card.load(serving) if serving else None)
    for sentence in objections or made["regressions_broken"]:
        print(f"  {sentence}")
    if objections and not options.force:
        card.save(candidate, made)
        print(f"{serving} stays, the new model waits in {candidate}; --force takes it all the same", flush=True)
        return 3
    print(f"model: {install(candidate, made, options.out, wanted)}", flush=True)
    return 0


def _tell(done: int, of: int) -> None:
    if done == of or done % TOLD_EVERY < judging.BATCH:
        print(f"  {done} of {of}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m intents.train", description="Train the NLU model if needed.", epilog=EXAMPLE
    )
    parser.add_argument("--config", type=Path, default=Path("config.yml"), help="default: %(default)s")
    parser.add_argument(
        "--data", type=Path, default=Path("intents/data"), help="folder of training examples, default: %(default)s"
    )
    parser.add_argument("--out", type=Path, default=Path("var/models"), help="folder of models, default: %(default)s")
    parser.add_argument(
        "--check", action="store_true", help="only say whether training is needed: exit 0 up to date, 1 needed"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="train even if the model is up to date, and take the new one (or the one that was refused) in any case",
    )
    options = parser.parse_args(arguments)
    try:
        wanted = fingerprint(options.config, options.data)
    except (OSError, KeyError, yaml.YAMLError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    current = is_up_to_date(options.out, wanted)
    if options.check:
        print("up to date" if current else "training needed")
        return 0 if current else 1
    if current and not options.force:
        print(f"model up to date: {newest_model(options.out)}")
        return 0
    if refused := waiting(options.out, wanted):
        candidate, made = refused
        if options.force:
            print(f"model: {install(candidate, made, options.out, wanted)}")
            return 0
        print(f"{candidate} was refused, see its card; --force takes it, a change of the examples trains another")
        return 3
    try:
        return train_and_judge(options, wanted)
    except (CannotTrain, ValueError, yaml.YAMLError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    sys.exit(main())
