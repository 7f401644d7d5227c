"""What a person wants: a linear classifier over words, pieces of words and concepts that trains in seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents.components.concepts import Concepts
from intents.components.linear import Linear
from intents.components.text import character_features, word_features
from intents.components.vectors import Features, Vectors


def features(concepts: Concepts) -> tuple[Features, ...]:
    return word_features, character_features, concepts.features


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and `intent_ranking`; a text without any known feature gets no intent, at confidence 0."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._vectors: Vectors | None = None
        self._model: Linear | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`weights` and `min_counts` are for words, pieces of words and concepts: how much they count, and in how many
        examples one must occur; `strength`: inverse of the regularisation."""
        return {"weights": [1.0, 1.0, 0.4], "min_counts": [1, 2, 2], "strength": 40.0, "ranking_length": 10, "seed": 7}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        texts = [example.get(TEXT) for example in examples]
        labels = np.array([example.get(INTENT) for example in examples])
        if len(set(labels)) < 2:
            raise ValueError("an intent classifier needs examples of two intents at least")
        concepts = Concepts.from_lookup_tables(training_data.lookup_tables)
        self._vectors = Vectors.fit(texts, features(concepts), self._config["weights"], self._config["min_counts"])
        self._model = Linear.fit(self._vectors.transform(texts), labels, self._config["strength"], self._config["seed"])
        with self._model_storage.write_to(self._resource) as folder:
            concepts.save(folder / "concepts.json")
            self._vectors.save(folder)
            self._model.save(folder / "model.npz")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._vectors = Vectors.load(folder, features(Concepts.load(folder / "concepts.json")))
            component._model = Linear.load(folder / "model.npz")
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        if self._vectors is None or self._model is None:
            raise RuntimeError("the intent classifier was asked before it was trained or loaded")
        if not messages:
            return messages
        vectors = self._vectors.transform([message.get(TEXT) or "" for message in messages])
        probabilities = self._model.probabilities(vectors)
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, : self._config["ranking_length"]]
        known = np.diff(vectors.indptr) > 0
        classes = self._model.classes
        for message, row, places, readable in zip(
            messages, probabilities.tolist(), order.tolist(), known.tolist(), strict=True
        ):
            ranking = [{"name": classes[place], "confidence": row[place]} for place in places] if readable else []
            intent = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(INTENT, intent, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
