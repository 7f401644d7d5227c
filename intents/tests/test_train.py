"""When a model is trained anew, and when not; what Rasa is given to learn from."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents import train
from intents.components.remembered import FILE
from intents.importing import ExamplesImporter
from intents.tests.conftest import ROOT

CONFIG = "recipe: default.v1\nlanguage: fr\npipeline:\n  - name: a.B\n"
EXAMPLES = 'version: "3.1"\nnlu:\n  - intent: greet\n    examples: |\n      - bonjour\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "config.yml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/greet.yml").write_text(EXAMPLES, encoding="utf-8")
    (tmp_path / "models").mkdir()
    return tmp_path


def fingerprint(project: Path) -> str:
    return train.fingerprint(project / "config.yml", project / "data")


def options(project: Path) -> list[str]:
    names = {"--config": "config.yml", "--data": "data", "--out": "models"}
    return [part for option, name in names.items() for part in (option, str(project / name))]


def put_model(project: Path, name: str, digest: str) -> None:
    (project / "models" / name).write_bytes(b"")
    (project / "models" / train.FINGERPRINT_FILE).write_text(f"{digest}\n{name}\n", encoding="utf-8")


def test_what_a_model_depends_on_changes_the_fingerprint(project: Path) -> None:
    before = fingerprint(project)
    (project / "data/greet.yml").write_text(EXAMPLES + "      - salut\n", encoding="utf-8")
    after_example = fingerprint(project)
    (project / "config.yml").write_text(CONFIG + "    strength: 1\n", encoding="utf-8")
    after_pipeline = fingerprint(project)
    (project / "data/more").mkdir()
    (project / "data/more/words.yml").write_text("nlu: []\n", encoding="utf-8")
    assert len({before, after_example, after_pipeline, fingerprint(project)}) == 4


def test_the_rest_of_the_config_does_not(project: Path) -> None:
    before = fingerprint(project)
    (project / "config.yml").write_text(
        "# a comment\n" + CONFIG + "brand: Maison Lumen\npolicies:\n  - name: Hours\n", encoding="utf-8"
    )
    assert fingerprint(project) == before


def test_our_components_do(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(project)
    (project / "component.py").write_text("A = 1\n", encoding="utf-8")
    monkeypatch.setattr(train, "COMPONENTS", project)
    assert fingerprint(project) != before


@pytest.mark.parametrize("name", ["places.txt", "more/places.txt"])
def test_their_lists_do(project: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(train, "COMPONENTS", project / "components")
    path = project / "components" / name
    path.parent.mkdir(parents=True)
    path.write_text("Lyon\n", encoding="utf-8")
    before = fingerprint(project)
    path.write_text("Lyon\nParis\n", encoding="utf-8")
    assert fingerprint(project) != before


def test_the_sentence_vectors_do(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "SENTENCE_VECTORS", project / "vectors.npz")
    without = fingerprint(project)
    (project / "vectors.npz").write_bytes(b"a")
    before = fingerprint(project)
    (project / "vectors.npz").write_bytes(b"b")
    assert len({without, before, fingerprint(project)}) == 3


def test_the_projects_own_files_are_among_them() -> None:
    names = {name for name, _ in train._files(ROOT / "intents/data")}
    assert {"threat.yml", "calibration/fr.yml", "features.py", "places.txt", FILE.name} <= names
    assert train.SENTENCE_VECTORS == FILE


def test_up_to_date_only_with_the_newest_model_of_that_fingerprint(project: Path) -> None:
    models, digest = project / "models", fingerprint(project)
    assert not train.is_up_to_date(models, digest)
    put_model(project, "nlu-a.tar.gz", digest)
    assert train.is_up_to_date(models, digest)
    assert not train.is_up_to_date(models, "another")
    (models / "nlu-a.tar.gz").rename(models / "by-hand.tar.gz")
    assert not train.is_up_to_date(models, digest)


def test_check_tells_by_its_exit(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*options(project), "--check"]
    assert train.main(arguments) == 1
    put_model(project, "nlu-a.tar.gz", fingerprint(project))
    assert train.main(arguments) == 0
    assert capsys.readouterr().out == "training needed\nup to date\n"


def test_a_config_without_a_pipeline_is_refused(project: Path) -> None:
    (project / "config.yml").write_text("recipe: default.v1\n", encoding="utf-8")
    with pytest.raises(SystemExit) as refused:
        train.main(options(project))
    assert refused.value.code == 2


def test_an_up_to_date_model_is_not_waited_for(project: Path) -> None:
    put_model(project, "nlu-a.tar.gz", fingerprint(project))
    command = [sys.executable, "-X", "importtime", "-m", "intents.train", *options(project)]
    started = time.monotonic()
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 – our own command
    assert time.monotonic() - started < 3
    assert "model up to date" in run.stdout
    assert not [
        line for line in run.stderr.splitlines() if line.rsplit("|", 1)[-1].strip() in ("rasa", "numpy", "tensorflow")
    ]


MORE_EXAMPLES = """version: "3.1"
nlu:
  - intent: thank
    metadata: {language: fr, sentiment: 0.7}
    examples: |
      - merci à [Julie](person)
      - merci: c'est gentil
  - intent: thank
    metadata:
      language: en
      use: calibration
    examples: |
      - thanks
      - merci: c'est gentil
  - synonym: parcel
    examples: |
      - colis
      - paquet
  - regex: order
    examples: |
      - \\b[A-Z]{2}-\\d{6}\\b
  - lookup: positive
    examples: |
      - beau
      - joli*
"""


def content(data: TrainingData) -> dict[str, object]:
    return {
        "examples": sorted(json.dumps(example.as_dict(), sort_keys=True) for example in data.training_examples),
        "intents": data.intents,
        "synonyms": data.entity_synonyms,
        "regexes": data.regex_features,
        "tables": data.lookup_tables,
    }


def test_the_importer_gives_what_rasas_own_gives(project: Path) -> None:
    (project / "data/more").mkdir()
    (project / "data/more/thank.yml").write_text(MORE_EXAMPLES, encoding="utf-8")
    (project / "data/notes.txt").write_text("not examples\n", encoding="utf-8")
    importer = ExamplesImporter(train.rasa_config(project / "config.yml"), project / "data")
    rasas = TrainingDataImporter.load_nlu_importer_from_config(
        str(project / "config.yml"), training_data_paths=[str(project / "data")]
    )
    ours = content(importer.get_nlu_data())
    assert ours == content(rasas.get_nlu_data())
    assert ours["intents"] == {"greet", "thank"}
    assert len(ours["examples"]) == 5  # type: ignore[arg-type]
    assert len(ours["tables"]) == len(ours["regexes"]) == 1  # type: ignore[arg-type]
    assert importer.get_config() == train.rasa_config(project / "config.yml")
    assert importer.get_nlu_data() is importer.get_nlu_data()
