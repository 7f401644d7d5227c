"""A project of six intents from its examples to the model that serves, and what can be wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from intents import card, gate, judging, train
from intents.parsing import Model
from intents.tests.test_train import fingerprint, options

PIPELINE = """recipe: default.v1
assistant_id: tiny
language: fr
pipeline:
  - name: intents.components.features.CommentFeaturizer
  - name: intents.components.intent.LinearIntentClassifier
"""
STEMS = {
    "greet": "bonjour salut", "thank": "merci remercie", "ask_price": "combien prix", "track_order": "colis suivi",
    "complain_quality": "nul cassé", "ask_human": "humain conseiller",
}  # fmt: skip
ENDINGS = ["", "!", "vous", "svp", "ici", "à tous", "madame", "encore", "alors", "donc"]


def blocks(of: dict[str, list[str]]) -> str:
    lines = ['version: "3.1"', "nlu:"]
    for intent, texts in of.items():
        lines += [f"  - intent: {intent}", "    metadata: {language: fr}", "    examples: |"]
        lines += [f"      - {text}" for text in texts]
    return "\n".join(lines) + "\n"


def learn(project: Path, stems: dict[str, str]) -> None:
    """Six intents with ten sentences each."""
    sentences = {intent: [f"{words} {ending}".strip() for ending in ENDINGS] for intent, words in stems.items()}
    (project / "data/all.yml").write_text(blocks(sentences), encoding="utf-8")


def demand(project: Path, *lines: str) -> None:
    text = "".join(f"  - {line}\n" for line in lines)
    (project / "regressions.yml").write_text(f"regressions:\n{text}", encoding="utf-8")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, judged by two sentences an intent."""
    for folder in ("data", "test"):
        (tmp_path / folder).mkdir()
    (tmp_path / "config.yml").write_text(PIPELINE, encoding="utf-8")
    learn(tmp_path, STEMS)
    held_out = {intent: [f"{word} aujourd'hui" for word in words.split()] for intent, words in STEMS.items()}
    (tmp_path / "test/fr.yml").write_text(blocks(held_out), encoding="utf-8")
    demand(tmp_path, "{text: merci beaucoup, intent: thank}")
    monkeypatch.setattr(judging, "HELD_OUT", tmp_path / "test")
    monkeypatch.setattr(gate, "REGRESSIONS", tmp_path / "regressions.yml")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def refused(project: Path, *more: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        train.main([*options(project), *more])
    return ended.value.code


def test_a_model_is_trained_judged_and_serves(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(options(tiny)) == 0
    model = train.newest_model(tiny / "models")
    assert model is not None
    made = card.load(model)
    assert made is not None
    assert (made["model"], made["bytes"]) == (model.name, model.stat().st_size)
    assert made["data"]["fingerprint"] == fingerprint(tiny)
    assert made["data"]["by_intent"] == dict.fromkeys(sorted(STEMS), 10)
    assert (made["held_out"]["all"]["sentences"], made["held_out"]["all"]["accuracy"]) == (12, 1.0)
    assert (made["regressions_broken"], made["training_s"] > 0) == ([], True)
    assert names(tiny / "models") == {model.name, card.path_of(model).name, train.FINGERPRINT_FILE}
    assert names(tiny / "models" / train.CANDIDATES) == set()
    assert f"model: {model}" in capsys.readouterr().out
    assert train.main([*options(tiny), "--check"]) == 0
    assert Model.load(str(tiny / "models")).parse(["merci encore"])[0]["intent"]["name"] == "thank"


def worse(project: Path) -> None:
    learn(project, STEMS | {"thank": "bonjour colis"})
    demand(project)


def breaking(project: Path) -> None:
    learn(project, STEMS | {"chitchat": "tiens donc"})
    demand(project, "{text: merci beaucoup, intent: greet}")


@pytest.mark.parametrize(("change", "says"), [(worse, "of held-out sentences, was on 100.0%"), (breaking, "“merci")])
def test_a_model_that_is_worse_must_wait_or_be_forced(
    tiny: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Path], None], says: str
) -> None:
    models, candidates = tiny / "models", tiny / "models" / train.CANDIDATES
    train.main(options(tiny))
    old = train.newest_model(models)
    change(tiny)
    for words in (says, "was refused"):
        assert train.main(options(tiny)) == 3
        assert words in capsys.readouterr().out
        assert train.newest_model(models) == old
        assert len(names(candidates)) == 2
    assert {path.suffix for path in candidates.iterdir()} == {".gz", ".json"}
    assert train.main([*options(tiny), "--check"]) == 1
    (refused,) = candidates.glob("*.tar.gz")
    assert train.main([*options(tiny), "--force"]) == 0
    assert train.newest_model(models) == models / refused.name
    assert train.main([*options(tiny), "--check"]) == 0
    assert names(candidates) == set()


def test_two_models_are_kept_with_their_cards(tiny: Path) -> None:
    made = []
    for word in ("un", "deux", "trois"):
        learn(tiny, STEMS | {"chitchat": word})
        assert train.main(options(tiny)) == 0
        made.append(train.newest_model(tiny / "models"))
    kept = {name for model in made[1:] if model for name in (model.name, card.path_of(model).name)}
    assert len(kept) == 4
    assert names(tiny / "models") == {*kept, train.FINGERPRINT_FILE}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param({"data/all.yml": "nlu: []\n"}, "there are no examples in", id="nothing_to_learn"),
        pytest.param({"data/all.yml": blocks({"greet": ["a", "b"]})}, "two intents", id="one_intent"),
        pytest.param({"data/all.yml": "nlu: 5\n"}, "all.yml", id="not_examples"),
        pytest.param({"data/all.yml": "nlu: [\n"}, "all.yml", id="not_yaml"),
        pytest.param({"test/fr.yml": "nlu: []\n"}, "no held-out sentences", id="nothing_to_judge_by"),
        pytest.param(
            {"regressions.yml": "regressions: [{text: a}]\n"}, "regressions.yml", id="regression_without_wish"
        ),
        pytest.param({"regressions.yml": "regressions: [\n"}, "regressions.yml", id="regressions_not_yaml"),
        pytest.param({"config.yml": PIPELINE.replace("features", "nowhere")}, "nowhere", id="unknown_component"),
        pytest.param({"config.yml": PIPELINE.replace("default.v1", "other")}, "other", id="unknown_recipe"),
    ],
)
def test_what_is_missing_is_said(
    tiny: Path, capsys: pytest.CaptureFixture[str], spoil: dict[str, str], says: str
) -> None:
    for name, text in spoil.items():
        (tiny / name).write_text(text, encoding="utf-8")
    assert refused(tiny) == 2
    assert says in capsys.readouterr().err
    assert train.newest_model(tiny / "models") is None
