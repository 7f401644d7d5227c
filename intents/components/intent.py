"""What a person wants: a linear classifier over words, pieces of words and concepts that trains in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents.components.features import Rows, TrainingRows, metadata_of, rows_of
from intents.components.language import LANGUAGE
from intents.components.linear import Linear, calibration_share, log_softmax
from intents.components.stored import StoredComponent
from intents.components.text import is_emoji_only

ALSO = "also"
EVIDENCE = "intent_evidence"
"""What a later component decides with: an `Evidence`; while training, classes and log-probabilities as lists."""
WORDLESS_CONFIDENCE = 0.99


@dataclass(frozen=True)
class Evidence:
    """The log-probability of each intent, in the order of `classes`, before `lean` is added; `also`: what clauses of
    the message want; `foreign`: how probable it is, as far as was told, that it is in a language without examples."""

    classes: tuple[str, ...]
    log_probabilities: np.ndarray
    lean: np.ndarray
    also: dict[str, float]
    foreign: float


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER],
    is_trainable=True,
)
class LinearIntentClassifier(StoredComponent, IntentClassifier):
    """Sets `intent`, `intent_ranking` and `also`; a text without any known feature gets no intent, at confidence 0.

    Registered as a featurizer too, because Rasa lets only featurizers pass something on to the components that train
    after them: here the evidence for calibration examples.
    """

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._model: Linear | None = None
        self._languages: frozenset[str] = frozenset()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength`: inverse of the regularisation; `wordless`: the intent of messages without letters or digits;
        `unreadable`: that of messages which are, by `foreign_from`, in a language without examples; `also_from`: how
        probable another intent must be in a clause, and `also_among`: how high it must rank in the whole; `courtesies`:
        never in `also`; `lean`: log-odds added to intents that it costs more to miss than to suspect."""
        return {
            "strength": 20.0,
            "ranking_length": 10,
            "wordless": "emoji_only",
            "unreadable": "out_of_scope",
            "foreign_from": 0.8,
            "also_from": 0.7,
            "also_among": 3,
            "courtesies": ["greet", "thank", "goodbye", "affirm", "deny", "chitchat", "out_of_scope"],
            "lean": {},
            "seed": 7,
        }

    def train(self, training_data: TrainingData) -> Resource:
        rows = self._rows(training_data)
        labels = np.array([example.get(INTENT) for example in rows.examples])
        if len(set(labels)) < 2:
            raise ValueError("an intent classifier needs examples of two intents at least")
        self._model = self._fit(rows, labels)
        languages = {metadata_of(example).get("language") for example in rows.examples}
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / "model.npz")
            np.save(folder / "languages.npy", np.array(sorted(filter(None, languages)), dtype=np.str_))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leaves the evidence for calibration examples where a later component finds it."""
        rows = self._rows(training_data)
        apart = rows.where(rows.apart)
        if apart.examples:
            model = self._ready()
            for example, row in zip(apart.examples, model.log_probabilities(apart.matrix), strict=True):
                example.set(EVIDENCE, [model.classes, row.tolist()])
        return training_data

    def _restore(self, folder: Path) -> None:
        self._model = Linear.load(folder / "model.npz")
        self._languages = frozenset(np.load(folder / "languages.npy", allow_pickle=False).tolist())

    def process(self, messages: list[Message]) -> list[Message]:
        if not messages:
            return messages
        model, rows = self._ready(), rows_of(messages)
        evidence = model.log_probabilities(rows[0].matrix)
        best = evidence.argmax(axis=1)
        for message, row in zip(messages, rows, strict=True):
            if is_emoji_only(message.get(TEXT) or ""):
                set_intent(message, [{"name": self._config["wordless"], "confidence": WORDLESS_CONFIDENCE}], {})
            elif not row.known:
                set_intent(message, [], {})
            else:
                self._conclude(message, evidence, row, best)
        return messages

    def _conclude(self, message: Message, evidence: np.ndarray, row: Rows, best: np.ndarray) -> None:
        classes, foreign = self._ready().classes, self._foreign(message)
        also = self._also(evidence, row, best)
        found = Evidence(classes, evidence[row.whole], self._lean, also, foreign)
        message.set(EVIDENCE, found)
        probabilities = leaning(found.log_probabilities, found.lean)
        if foreign >= self._config["foreign_from"] and self._config["unreadable"] in classes:
            probabilities *= 1 - foreign
            probabilities[classes.index(self._config["unreadable"])] += foreign
        set_intent(message, ranking(classes, probabilities, self._config["ranking_length"]), also)

    @cached_property
    def _lean(self) -> np.ndarray:
        return np.array([float(self._config["lean"].get(name, 0.0)) for name in self._ready().classes])

    def _foreign(self, message: Message) -> float:
        """The probability of the message's language, if that is one without examples."""
        language = message.get(LANGUAGE)
        if not language or not self._languages or language["code"] in self._languages:
            return 0.0
        return float(language["probability"])

    def _also(self, evidence: np.ndarray, row: Rows, best: np.ndarray) -> dict[str, float]:
        """What single clauses certainly want, each with the probability that its clause gave it."""
        if not row.clauses:
            return {}
        classes = self._ready().classes
        likely = (-evidence[row.whole]).argsort(kind="stable")[: self._config["also_among"]]
        found: dict[str, float] = {}
        for clause in row.clauses:
            name, probability = classes[best[clause]], float(np.exp(evidence[clause, best[clause]]))
            wanted = probability >= self._config["also_from"] and best[clause] in likely
            if wanted and name not in self._config["courtesies"]:
                found[name] = max(probability, found.get(name, 0.0))
        return found

    def _fit(self, rows: TrainingRows, labels: np.ndarray) -> Linear:
        strength, seed, apart = self._config["strength"], self._config["seed"], rows.apart
        if apart.any():
            model = Linear.fit(rows.matrix[~apart], labels[~apart], strength, seed)
            return model.calibrated(model.scores(rows.matrix[apart]), labels[apart])
        model, apart = Linear.fit(rows.matrix, labels, strength, seed), calibration_share(labels, seed)
        if not apart.any():
            return model
        part = Linear.fit(rows.matrix[~apart], labels[~apart], strength, seed)
        return model.calibrated(part.scores(rows.matrix[apart]), labels[apart])

    def _rows(self, training_data: TrainingData) -> TrainingRows:
        """Those with an intent that there is something to learn from."""
        rows = TrainingRows.of(training_data)
        return rows.where(np.array([example.get(INTENT) != self._config["wordless"] for example in rows.examples]))

    def _ready(self) -> Linear:
        if self._model is None:
            raise RuntimeError("the intent classifier was asked before it was trained or loaded")
        return self._model


def leaning(log_probabilities: np.ndarray, lean: np.ndarray) -> np.ndarray:
    """Probabilities, moved by `lean`."""
    return np.asarray(np.exp(log_softmax((log_probabilities + lean)[None])[0]))


def ranking(classes: Sequence[str], probabilities: np.ndarray, length: int) -> list[dict[str, Any]]:
    """The most probable intents, the best first."""
    places = (-probabilities).argsort(kind="stable")[:length]
    values = probabilities[places].tolist()
    return [{"name": classes[place], "confidence": value} for place, value in zip(places.tolist(), values, strict=True)]


def set_intent(message: Message, ranked: list[dict[str, Any]], also: dict[str, float]) -> None:
    """Writes a ranking and what else was found; the intent itself doesn't stand in `also`."""
    intent = ranked[0] if ranked else {"name": None, "confidence": 0.0}
    others = [
        {"name": name, "confidence": confidence}
        for name, confidence in sorted(also.items(), key=lambda found: -found[1])
        if name != intent["name"]
    ]
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranked, add_to_output=True)
    message.set(ALSO, others, add_to_output=True)
