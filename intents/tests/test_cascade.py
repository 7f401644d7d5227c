"""The second look: what it is made of, when it is taken, and that nothing else is missing without it."""

from __future__ import annotations

import random
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents.components import embedder
from intents.components.cascade import SemanticCascade, _evenly
from intents.components.embedder import MAX_CHARS, Embedder
from intents.components.features import CommentFeaturizer
from intents.components.head import Head
from intents.components.intent import EVIDENCE, LinearIntentClassifier
from intents.components.language import LanguageIdentifier
from intents.components.linear import log_softmax
from intents.components.remembered import STEPS, Reduction, Remembered, digests
from intents.components.second_look import SecondLook, Weights
from intents.components.tone import KINDS, TONE_EVIDENCE, ToneReader
from intents.examples import read_all
from intents.judging import OTHER_LANGUAGES
from intents.measures import accuracy
from intents.parsing import Model
from intents.tests.conftest import ROOT
from intents.tests.test_features import example, loaded, processed
from intents.tests.test_model import judged

EXAMPLES = read_all(ROOT / "intents/data")
LANGUAGE_FLOOR, LANGUAGES_TOGETHER_FLOOR = 0.70, 0.75
PLAIN = "où est mon colis ?"
FOREIGN = "¿dónde está mi pedido? llevo dos semanas esperando"


def random_rows(*shape: int, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(7).normal(0, spread, shape)


@pytest.fixture(scope="module")
def e5() -> Embedder:
    found = Embedder.load()
    assert found is not None
    return found


def test_weights_follow_who_is_right() -> None:
    truth = np.arange(400) % 4
    told = log_softmax(np.eye(4)[truth] * 3 + random_rows(800, 4, spread=0.5)[:400])
    noise = log_softmax(random_rows(800, 4)[400:])
    fast, head = Weights.fit(told, noise, truth), Weights.fit(noise, told, truth)
    assert fast.fast > 5 * fast.head
    assert head.head > 5 * head.fast
    assert head.alone > 2 * fast.alone
    for weights, pair in ((fast, (told, noise)), (head, (noise, told))):
        assert np.exp(weights.together(*pair)).sum(axis=1) == pytest.approx(np.ones(400))
        assert (weights.together(*pair).argmax(axis=1) == truth).mean() > 0.97
        unfitted, rows = Weights().together(*pair), np.arange(400)
        assert weights.together(*pair)[rows, truth].mean() > unfitted[rows, truth].mean()


def clusters() -> tuple[np.ndarray, np.ndarray]:
    labels = np.repeat(np.array(["c", "a", "b"]), 60)
    centres = {"a": 0, "b": 1, "c": 2}
    return np.eye(8)[[centres[label] for label in labels]] * 4 + random_rows(180, 8, spread=0.3), labels


def test_a_head_learns_and_comes_back_from_the_disk(tmp_path: Path) -> None:
    vectors, labels = clusters()
    head = Head.fit(vectors, labels, 7)
    assert head.classes == ("a", "b", "c")
    assert (np.array(head.classes)[head.scores(vectors).argmax(axis=1)] == labels).mean() > 0.97
    assert np.array_equal(Head.fit(vectors, labels, 7).scores(vectors), head.scores(vectors))
    head.save(tmp_path / "head.npz")
    again = Head.load(tmp_path / "head.npz")
    assert again.classes == head.classes
    assert again.scores(vectors) == pytest.approx(head.scores(vectors), abs=1e-3)


def test_a_reduction_keeps_what_tells_most() -> None:
    vectors = random_rows(200, 12) * np.array([5, 4, 3] + [0.01] * 9) + 7
    reduction = Reduction.fit(vectors, width=3)
    assert np.abs(np.abs(reduction.basis) - np.eye(12)[:, :3]).max() < 0.2
    rounded = reduction.round(vectors)
    assert rounded.dtype == np.int8
    assert np.abs(rounded).max(axis=0).tolist() == [STEPS] * 3
    assert np.abs(reduction.round(vectors * 1000)).max() == STEPS
    exact = (vectors - reduction.mean) @ reduction.basis * 6 / reduction.scale.mean()
    half_a_step = reduction.scale * 6 / reduction.scale.mean() / STEPS / 2
    assert (np.abs(reduction.apply(vectors) - exact) <= half_a_step + 1e-4).all()
    assert np.array_equal(reduction.apply(vectors), reduction.expand(rounded))


def test_vectors_are_remembered_by_their_texts(tmp_path: Path) -> None:
    texts, vectors = ["merci", "où est mon colis", "a", "\ud83d"], random_rows(4, 6)
    reduction = Reduction.fit(vectors, width=2)
    memory = Remembered.of(reduction, digests(texts), reduction.round(vectors))
    assert (np.diff(memory.digests.astype(object)) > 0).all()
    memory.save(tmp_path / "a.npz")
    again = Remembered.load(tmp_path / "a.npz")
    assert again is not None
    for each in (memory, again):
        places = each.places(["colis", *texts, ""])
        assert (places[[0, 5]] == -1).all()
        assert sorted(places[1:5]) == [0, 1, 2, 3]
        assert np.array_equal(each.vectors(places[1:5]), reduction.apply(vectors))
    nothing = Remembered.of(reduction, digests([]), np.zeros((0, 2), dtype=np.int8))
    assert nothing.places(["a", "b"]).tolist() == [-1, -1]
    assert Remembered.load(tmp_path / "b.npz") is None


def test_every_example_has_its_vector() -> None:
    """`python -m intents.embed` makes those that are missing."""
    memory = Remembered.load()
    assert memory is not None
    missing = np.flatnonzero(memory.places([each.text for each in EXAMPLES]) < 0)
    assert [EXAMPLES[place].text for place in missing] == []
    assert memory.vectors(np.arange(5)).shape == (5, 160)


def test_remembered_vectors_are_those_that_are_made_today(e5: Embedder) -> None:
    memory = Remembered.load()
    assert memory is not None
    texts = random.Random(7).sample([each.text for each in EXAMPLES], 20)
    made = memory.reduction.round(e5.embed(texts)).astype(int)
    assert np.abs(made - memory.rounded[memory.places(texts)]).max() <= 1


def test_sentence_vectors(e5: Embedder) -> None:
    texts = ["où en est mon paquet", "wo bleibt meine Bestellung", "quelle belle robe", "", "a\0b \ud83d", "é" * 5000]
    vectors = e5.embed(texts)
    assert vectors.shape == (6, embedder.WIDTH)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(6), abs=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert np.concatenate(list(e5.embed_many(texts[:5] * 14, 2)))[60:65] == pytest.approx(vectors[:5], abs=1e-2)
    assert e5.embed([]).shape == (0, embedder.WIDTH)
    ends = ["début " + middle * 2000 + " fin" for middle in "ab"]
    for text in map(embedder._readable, ends):
        assert len(text) <= MAX_CHARS + 3
        assert (text[:5], text[-3:]) == ("début", "fin")


def test_labels_take_turns() -> None:
    labels = list("aaaabbc")
    assert _evenly(range(7), labels, 7) == [0, 1, 2, 3, 4, 5, 6]
    assert _evenly(range(7), labels, 3) == [0, 4, 6]
    assert _evenly(range(7), labels, 5) == [0, 1, 4, 5, 6]
    assert _evenly([1, 2, 6], labels, 2) == [1, 6]
    assert _evenly([], labels, 2) == []


def some(each_of: int = 60, apart_of: int = 12) -> TrainingData:
    """A few real examples of a few intents, so that their vectors are remembered; and some for calibration."""
    wanted = ("insult", "praise", "threat", "thank", "track_order")
    groups: dict[tuple[str, str, str], list[Message]] = {}
    for each in EXAMPLES:
        group = groups.setdefault((each.intent, each.language, each.use), [])
        if each.intent in wanted and len(group) < (apart_of if each.use else each_of):
            group.append(example(each.text, each.intent, language=each.language, use=each.use))
    return TrainingData([example("😍", "emoji_only"), *chain.from_iterable(groups.values())])


def pipeline(folder: Path, data: TrainingData, **settings: Any) -> list[Any]:
    fast = (LanguageIdentifier, CommentFeaturizer, LinearIntentClassifier, ToneReader)
    components = [loaded(kind, data, folder) for kind in fast]
    return [*components, loaded(SemanticCascade, data, folder, **settings)]


@pytest.fixture(scope="module")
def present(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return pipeline(tmp_path_factory.mktemp("present"), some())


@pytest.fixture(scope="module")
def absent(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedder, "is_available", lambda: False)
        return pipeline(tmp_path_factory.mktemp("absent"), some())


def told(components: list[Any], *texts: str) -> list[dict[str, Any]]:
    return [message.as_dict(only_output_properties=True) for message in processed(components, *texts)]


def test_a_doubtful_message_gets_a_second_look(present: list[Any]) -> None:
    looked, plain = told(present, FOREIGN, "merci")
    assert (looked["cascade"], plain["cascade"]) == ("used", "unneeded")
    assert looked["intent"]["name"] == "track_order"
    assert looked["intent"] == looked["intent_ranking"][0]
    assert looked["also"] == looked["toxicity"] == []
    assert told(present[:-1], "merci")[0]["intent"] == plain["intent"]


def test_many_at_once_get_none(present: list[Any]) -> None:
    few, many = told(present, FOREIGN, *["merci"] * 14, FOREIGN), told(present, *[FOREIGN] * 16, "merci")
    assert [parse["cascade"] for parse in few] == ["used", *["unneeded"] * 14, "used"]
    assert [parse["cascade"] for parse in many] == [*["busy"] * 16, "unneeded"]
    (fast,) = told(present[:-1], FOREIGN)
    assert many[0]["intent"] == fast["intent"] != few[0]["intent"]


def test_what_is_doubtful(present: list[Any]) -> None:
    cascade = present[-1]
    (sure,) = processed(present[:-1], "merci")
    assert not cascade._is_doubtful(sure)
    unsure = np.log(np.full(5, 0.2))
    evidence, tone = sure.get(EVIDENCE), sure.get(TONE_EVIDENCE)
    for key, value in (
        (EVIDENCE, type(evidence)(evidence.classes, unsure, evidence.lean, {}, 0.0)),
        (EVIDENCE, type(evidence)(evidence.classes, evidence.log_probabilities, evidence.lean, {}, 0.9)),
        (TONE_EVIDENCE, type(tone)(np.log(np.full(len(KINDS), 1 / len(KINDS))), tone.targets, 0.0)),
    ):
        message = Message({**sure.data, key: value})
        assert cascade._is_doubtful(message)


def test_without_the_package_training_works_and_parses_say_so(absent: list[Any], present: list[Any]) -> None:
    assert absent[-1]._learned is None
    texts = [FOREIGN, PLAIN, "merci beaucoup", "espèce de crétin", "😍", "", "\u0301"]
    without, fast = told(absent, *texts), told(absent[:-1], *texts)
    assert [parse.pop("cascade") for parse in without].count("absent") >= 1
    assert without == fast
    kept = [parse for parse in told(present, *texts) if parse.pop("cascade") == "unneeded"]
    assert len(kept) >= 4
    assert all(parse in without for parse in kept)


def test_a_model_that_was_trained_with_it_loads_without(present: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "is_available", lambda: False)
    assert Embedder.load() is None
    trained = present[-1]
    again = SemanticCascade.load(trained._config, trained._model_storage, trained._resource, None)
    assert again._learned is not None
    (parse,) = told([*present[:-1], again], FOREIGN)
    assert parse["cascade"] == "absent"
    assert parse["intent"] == told(present[:-1], FOREIGN)[0]["intent"]


def test_examples_without_a_vector_get_one_up_to_a_bound(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = {"remembered": str(tmp_path / "none.npz"), "embed_at_most": 60}
    components = pipeline(tmp_path, some(8, 2), **settings)
    assert "have no vector" in caplog.text
    learned = components[-1]._learned
    assert learned.intents.classes == ("insult", "praise", "thank", "threat", "track_order")
    (parse,) = told(components, FOREIGN)
    assert parse["cascade"] == "used"
    assert sum(entry["confidence"] for entry in parse["intent_ranking"]) == pytest.approx(1)


def test_what_was_learned_comes_back_from_the_disk(tmp_path: Path, present: list[Any]) -> None:
    learned = present[-1]._learned
    assert SecondLook.load(tmp_path) is None
    learned.save(tmp_path)
    again = SecondLook.load(tmp_path)
    assert again is not None
    assert (again.weights, again.kind_weights) == (learned.weights, learned.kind_weights)
    assert learned.weights != Weights()
    vectors = random_rows(5, 160)
    kinds = again.kinds_of(vectors)
    assert kinds is not None
    assert kinds.shape == (5, len(KINDS))
    assert kinds == pytest.approx(learned.kinds_of(vectors))
    assert kinds[:, KINDS.index("hate")].tolist() == [-20] * 5


def test_no_message_is_fine(present: list[Any], absent: list[Any]) -> None:
    assert present[-1].process([]) == absent[-1].process([]) == []


def test_the_real_model_steps_aside(model: Model) -> None:
    (looked,) = model.parse([FOREIGN])
    batch = model.parse([FOREIGN] * 17)
    assert looked["cascade"] == "used"
    assert {parse["cascade"] for parse in batch} == {"busy"}
    assert looked[INTENT] != batch[0][INTENT]
    assert batch[0][INTENT]["name"] == "out_of_scope"
    assert looked[INTENT]["name"] in ("delivery_late", "track_order")


def test_abuse_in_other_languages_is_found(model: Model) -> None:
    threat, plain = model.parse(["te voy a matar, hijo de puta, sé dónde vives", "wie viel kostet die Lampe"])
    assert threat["cascade"] == plain["cascade"] == "used"
    assert {entry["kind"] for entry in threat["toxicity"]} & {"threat", "insult"}
    assert plain["toxicity"] == []


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_languages_without_examples(model: Model, language: str) -> None:
    assert accuracy(judged(model, language)) >= LANGUAGE_FLOOR


def test_languages_without_examples_together(model: Model) -> None:
    verdicts = judged(model, *OTHER_LANGUAGES)
    assert len(verdicts) >= 5 * 150
    assert accuracy(verdicts) >= LANGUAGES_TOGETHER_FLOOR
