"""Train the model that `intents.server` serves, unless it is there already.

The fingerprint of everything that a model depends on is compared first, with the standard library and PyYAML alone:
importing rasa takes seconds, and a start that has nothing to train must not pay for it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import yaml

FINGERPRINT_FILE = "fingerprint"
MODELS_KEPT = 2
RASA_KEYS = ("recipe", "assistant_id", "language", "pipeline")
COMPONENTS = Path(__file__).parent / "components"

EXAMPLE = "example: intents/.venv/bin/python -m intents.train --config config.yml --data intents/data --out var/models"


def rasa_config(config: Path) -> dict[str, object]:
    """The part of config.yml that a model depends on. Raises KeyError naming what is missing."""
    settings = yaml.load(config.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
    missing = [key for key in ("recipe", "language", "pipeline") if key not in settings]
    if missing:
        raise KeyError(f"{config} lacks {', '.join(missing)}")
    return {key: settings[key] for key in RASA_KEYS if key in settings}


def fingerprint(config: Path, data: Path) -> str:
    """One digest over the config's part, the examples, our components and Rasa's version."""
    digest = hashlib.sha256()
    digest.update(json.dumps(rasa_config(config), sort_keys=True).encode())
    digest.update(version("rasa").encode())
    for folder, pattern in ((data, "*.yml"), (COMPONENTS, "*.py")):
        for path in sorted(folder.rglob(pattern)):
            content = path.read_bytes()
            digest.update(f"\0{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


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
    """Train through Rasa beside the models' folder, then move the archive and its fingerprint in place."""
    from intents.environment import prepare

    prepare()
    from rasa.model_training import train_nlu

    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=models) as scratch:
        # Rasa's cache knows a component by its class alone and would miss a change in the modules beneath it.
        os.environ["RASA_CACHE_DIRECTORY"] = str(Path(scratch) / "cache")
        rasa_part = Path(scratch) / "config.yml"
        rasa_part.write_text(yaml.safe_dump(rasa_config(config), allow_unicode=True, sort_keys=False), encoding="utf-8")
        archive = train_nlu(
            str(rasa_part), str(data), scratch, fixed_model_name=f"nlu-{time.strftime('%Y%m%d-%H%M%S')}-{wanted[:8]}"
        )
        if archive is None:
            raise RuntimeError(f"Rasa trained nothing: are there examples in {data}?")
        model = models / Path(archive).name
        os.replace(archive, model)
        note = Path(scratch) / FINGERPRINT_FILE
        note.write_text(f"{wanted}\n{model.name}\n", encoding="utf-8")
        os.replace(note, models / FINGERPRINT_FILE)
    for old in sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-MODELS_KEPT]:
        old.unlink()
    return model


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
    parser.add_argument("--force", action="store_true", help="train even if the model is up to date")
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
    started = time.monotonic()
    print(f"training from {options.data} …", flush=True)
    model = train(options.config, options.data, options.out, wanted)
    print(f"trained {model} in {time.monotonic() - started:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
