"""What a message wants, by a classifier of a handful of sentences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents.components.features import CommentFeaturizer, NoFeatures
from intents.components.intent import (
    ALSO,
    EVIDENCE,
    WORDLESS_CONFIDENCE,
    Evidence,
    LinearIntentClassifier,
    leaning,
    ranking,
    set_intent,
)
from intents.components.language import LANGUAGE
from intents.components.linear import Linear, calibration_share, known, log_softmax, temperature
from intents.tests.test_features import example, loaded, processed

SENTENCES = {
    "ask_price": [
        "how much is it",
        "how much does the lamp cost",
        "what is the price",
        "price please",
        "is it expensive",
    ],
    "ask_shipping": [
        "do you ship to norway",
        "can you deliver to spain",
        "shipping to italy possible",
        "you ship abroad",
    ],
    "praise": ["love it", "so beautiful", "what a lovely lamp", "gorgeous colours", "i love this"],
    "thank": ["thanks a lot", "thank you so much", "many thanks", "thank you team"],
    "track_order": ["where is my parcel", "my order has not come", "has my parcel left", "track my order"],
    "out_of_scope": ["the weather is nice", "who won the match", "my cat sleeps", "a song by the sea"],
    "emoji_only": ["😍", "👍👍"],
}
RIGHT = {"ask_price": ["how much for the lamp"], "praise": ["lovely and beautiful"], "thank": ["thanks team"]}
MIXED = {**RIGHT, "ask_shipping": ["where is my parcel"]}
"""One of four is labelled otherwise than it was learned: nobody may be too sure."""
WRONG = {"praise": ["how much is it", "price please"], "thank": ["love it", "so beautiful"]}


def data(calibration: Mapping[str, list[str]] | None = None) -> TrainingData:
    examples = [example(text, intent, language="en") for intent, texts in SENTENCES.items() for text in texts]
    apart = [
        example(text, intent, language="en", use="calibration")
        for intent, texts in (calibration or {}).items()
        for text in texts
    ]
    return TrainingData([*apart, *examples])


def pipeline(folder: Path, training: TrainingData, **settings: Any) -> list[Any]:
    featurizer = loaded(CommentFeaturizer, training, folder, min_counts=[1, 1, 1, 5])
    return [featurizer, loaded(LinearIntentClassifier, training, folder, **settings)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return pipeline(tmp_path_factory.mktemp("intent"), data(MIXED))


def intent(components: list[Any], text: str) -> Any:
    return processed(components, text)[0].get(INTENT)


@pytest.mark.parametrize("name", [name for name in SENTENCES if name != "emoji_only"])
def test_what_was_learned_is_known(plain: list[Any], name: str) -> None:
    messages = processed(plain, *SENTENCES[name])
    assert [message.get(INTENT)["name"] for message in messages] == [name] * len(messages)


@pytest.mark.parametrize("text", ["😍", "❤️❤️", ":)", "??", "👍🏽 !"])
def test_messages_without_words_need_no_model(plain: list[Any], text: str) -> None:
    (message,) = processed(plain, text)
    assert message.get(INTENT) == {"name": "emoji_only", "confidence": WORDLESS_CONFIDENCE}
    assert message.get(INTENT_RANKING_KEY) == [message.get(INTENT)]
    assert message.get(ALSO) == []
    assert message.get(EVIDENCE) is None


def test_the_wordless_intent_is_no_class(plain: list[Any]) -> None:
    (message,) = processed(plain, "how much is it")
    assert message.get(EVIDENCE).classes == tuple(sorted(set(SENTENCES) - {"emoji_only"}))
    assert "emoji_only" not in [entry["name"] for entry in message.get(INTENT_RANKING_KEY)]


@pytest.mark.parametrize("text", ["", "  ", "…", "\u200b", "\u0301"])
def test_nothing_known_gives_no_intent(plain: list[Any], text: str) -> None:
    (message,) = processed(plain, text)
    assert message.get(INTENT) == {"name": None, "confidence": 0.0}
    assert message.get(INTENT_RANKING_KEY) == message.get(ALSO) == []
    assert message.get(EVIDENCE) is None


def test_all_is_told(plain: list[Any]) -> None:
    (message,) = processed(plain, "how much is it")
    told = message.as_dict(only_output_properties=True)
    assert set(told) == {TEXT, INTENT, INTENT_RANKING_KEY, ALSO}
    assert sum(entry["confidence"] for entry in told[INTENT_RANKING_KEY]) == pytest.approx(1)


def test_evidence_is_left_without_lean(tmp_path: Path) -> None:
    components = pipeline(tmp_path, data(MIXED), lean={"praise": 2.0})
    (message,) = processed(components, "how much is it")
    evidence = message.get(EVIDENCE)
    assert isinstance(evidence, Evidence)
    assert np.exp(evidence.log_probabilities).sum() == pytest.approx(1)
    assert evidence.lean.tolist() == [2.0 if name == "praise" else 0.0 for name in evidence.classes]
    assert (evidence.also, evidence.foreign) == ({}, 0.0)
    place = evidence.classes.index("ask_price")
    assert message.get(INTENT)["confidence"] < np.exp(evidence.log_probabilities[place])


def test_lean_moves_the_decision(tmp_path: Path, plain: list[Any]) -> None:
    (before,) = processed(plain, "price please")
    (after,) = processed(pipeline(tmp_path, data(MIXED), lean={"track_order": 20.0}), "price please")
    assert before.get(INTENT)["name"] == "ask_price"
    assert after.get(INTENT)["name"] == "track_order"
    assert after.get(EVIDENCE).log_probabilities == pytest.approx(before.get(EVIDENCE).log_probabilities)


@pytest.mark.parametrize(
    ("code", "probability", "expected"),
    [
        ("de", 0.99, "out_of_scope"),
        ("de", 0.8, "out_of_scope"),
        ("de", 0.79, "ask_price"),
        ("en", 0.99, "ask_price"),
        ("und", 0.0, "ask_price"),
    ],
)
def test_languages_without_examples_are_out_of_scope(
    plain: list[Any], code: str, probability: float, expected: str
) -> None:
    message = Message({TEXT: "how much is it", LANGUAGE: {"code": code, "probability": probability}})
    for component in plain:
        component.process([message])
    assert message.get(INTENT)["name"] == expected
    assert message.get(EVIDENCE).foreign == (probability if code == "de" else 0.0)
    if expected == "out_of_scope":
        assert message.get(INTENT)["confidence"] >= probability


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("Where is my parcel? And how much is it?", {"track_order", "ask_price"}),
        ("Love this. Do you ship to Norway?", {"praise", "ask_shipping"}),
        ("Many thanks. Where is my parcel?", {"track_order"}),
        ("Where is my parcel? Where is my order?", {"track_order"}),
        ("Thank you so much. Thanks a lot.", set()),
    ],
)
def test_a_second_wish_is_found_and_no_courtesy(plain: list[Any], text: str, wishes: set[str]) -> None:
    (message,) = processed(plain, text)
    also = [entry["name"] for entry in message.get(ALSO)]
    assert len(set(also)) == len(also)
    assert message.get(INTENT)["name"] not in also
    assert wishes <= {message.get(INTENT)["name"], *also} <= wishes | {message.get(INTENT)["name"]}
    assert "thank" not in also
    assert set(message.get(EVIDENCE).also) == wishes
    assert all(entry["confidence"] >= 0.7 for entry in message.get(ALSO))


def test_the_ranking_has_its_length(tmp_path: Path) -> None:
    (message,) = processed(pipeline(tmp_path, data(), ranking_length=3), "price please")
    ranked = message.get(INTENT_RANKING_KEY)
    assert len(ranked) == 3
    assert ranked == sorted(ranked, key=lambda entry: -entry["confidence"])
    assert ranked[0] == message.get(INTENT)


def test_calibration_examples_set_the_temperature_and_are_not_learned(tmp_path: Path) -> None:
    right, wrong = data({**RIGHT, "unheard": ["purple monkey dishwasher"]}), data(WRONG)
    sure, unsure = pipeline(tmp_path / "a", right), pipeline(tmp_path / "b", wrong)
    (one,), (two,) = processed(sure, "price please"), processed(unsure, "price please")
    assert one.get(INTENT)["name"] == two.get(INTENT)["name"] == "ask_price"
    assert one.get(INTENT)["confidence"] > two.get(INTENT)["confidence"]
    assert sure[1]._model.temperature < unsure[1]._model.temperature
    assert np.array_equal(sure[1]._model.weights, unsure[1]._model.weights)
    assert "unheard" not in one.get(EVIDENCE).classes


def test_evidence_for_calibration_is_left_for_later_components(tmp_path: Path) -> None:
    training = data(RIGHT)
    components = pipeline(tmp_path, training)
    found = {each.get(TEXT): each.get(EVIDENCE) for each in training.intent_examples if each.get(EVIDENCE)}
    assert set(found) == {text for texts in RIGHT.values() for text in texts}
    for text, (classes, logs) in found.items():
        (message,) = processed(components, text)
        assert tuple(classes) == message.get(EVIDENCE).classes
        assert logs == pytest.approx(message.get(EVIDENCE).log_probabilities.tolist(), abs=1e-5)


def test_without_calibration_examples_a_share_is_taken(tmp_path: Path) -> None:
    more = [example(f"{text} {word}", name) for name, texts in SENTENCES.items() for text in texts for word in "abc"]
    training = TrainingData([each for each in more if each.get(INTENT) != "emoji_only"])
    assert intent(components := pipeline(tmp_path, training), "how much is it")["name"] == "ask_price"
    assert components[1]._model.temperature != 1.0


def test_one_intent_is_too_few(tmp_path: Path) -> None:
    training = TrainingData([example("bonjour", "greet"), example("salut", "greet"), example("😍", "emoji_only")])
    with pytest.raises(ValueError, match="two intents"):
        pipeline(tmp_path, training)


def test_two_intents_are_enough(tmp_path: Path) -> None:
    training = TrainingData([example(text, name) for name in ("praise", "thank") for text in SENTENCES[name]])
    components = pipeline(tmp_path, training)
    assert intent(components, "many thanks")["name"] == "thank"
    assert intent(components, "so beautiful")["name"] == "praise"


def test_what_it_needs(plain: list[Any]) -> None:
    assert plain[1].process([]) == []
    with pytest.raises(NoFeatures):
        plain[1].process([Message({TEXT: "price please"})])


def test_set_intent_leaves_the_intent_out_of_also() -> None:
    message = Message({TEXT: "a"})
    ranked = [{"name": "a", "confidence": 0.9}, {"name": "b", "confidence": 0.1}]
    set_intent(message, ranked, {"a": 0.99, "b": 0.6, "c": 0.8})
    assert message.get(INTENT) == ranked[0]
    assert message.get(ALSO) == [{"name": "c", "confidence": 0.8}, {"name": "b", "confidence": 0.6}]


def test_probabilities_and_their_order() -> None:
    moved = leaning(np.log([0.8, 0.1, 0.1]), np.array([0.0, np.log(24), 0.0]))
    assert moved == pytest.approx([0.8 / 3.3, 2.4 / 3.3, 0.1 / 3.3])
    assert [entry["name"] for entry in ranking("abc", moved, 2)] == ["b", "a"]
    assert log_softmax(np.array([[1e4, 0.0]])) == pytest.approx(np.array([[0.0, -1e4]]))


def test_temperature_tells_the_sure_from_the_boastful() -> None:
    scores = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0], [0.0, 2.0]])
    assert temperature(scores, np.array([0, 1, 0, 1])) < 0.2
    assert temperature(scores, np.array([0, 1, 0, 0])) == pytest.approx(2 / np.log(3), rel=0.01)
    assert temperature(np.zeros((0, 2)), np.zeros(0, dtype=int)) == 1.0


def test_labels_that_are_no_class_do_not_count() -> None:
    scores, places = known(np.arange(8.0).reshape(4, 2), np.array(["b", "a", "c", "aa"]), ("a", "b"))
    assert places.tolist() == [1, 0]
    assert scores.tolist() == [[0, 1], [2, 3]]
    marked = calibration_share(np.array(["a"] * 12 + ["b"] * 5), seed=7)
    assert (marked[:12].sum(), marked[12:].sum()) == (2, 0)


def test_linear_models_come_back_from_the_disk(tmp_path: Path) -> None:
    model = Linear(("a", "b"), np.eye(2, dtype=np.float32), np.array([0.5, 0.0]), 2.0)
    model.save(tmp_path / "model.npz")
    again = Linear.load(tmp_path / "model.npz")
    assert (again.classes, again.temperature) == (model.classes, 2.0)
    assert again.log_probabilities(np.eye(2)) == pytest.approx(model.log_probabilities(np.eye(2)))
    assert Linear.constant("a", 2).log_probabilities(np.eye(2)).tolist() == [[0.0], [0.0]]
