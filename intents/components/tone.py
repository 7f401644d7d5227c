"""How a message is meant: how warm or cold it is, and whether it abuses or endangers people, how, and whom.

Three linear models over a message's rows: one for sentiment, one for the kind of toxicity (`none` is one of the kinds,
and the harmless uses of the same words are among its examples), one for the target. What a message says in one sentence
of five it says all the same, so sentences are read too. A component that has seen the sentence as a whole may decide
again with the evidence that is left on the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from intents.components.features import Rows, TrainingRows, metadata_of, rows_of
from intents.components.linear import Linear, log_softmax
from intents.components.stored import StoredComponent

NONE = "none"
KINDS = ("hate", "insult", NONE, "self_harm", "sexual", "threat")
TARGETS = ("brand", "group", "person", "self")
TONE_EVIDENCE = "tone_evidence"
KIND_OF_INTENT = {
    "insult": "insult",
    "hate_speech": "hate",
    "threat": "threat",
    "sexual_harassment": "sexual",
    "self_harm": "self_harm",
}
"""Where an example doesn't say `toxicity:` itself."""
SENTIMENT_OF_INTENT = {
    "praise": 0.9, "thank": 0.7, "greet": 0.1, "goodbye": 0.2, "chitchat": 0.2, "affirm": 0.2, "deny": -0.1,
    "tag_friend": 0.1, "suggest_idea": 0.1, "ask_collab": 0.3, "ask_job": 0.2, "ask_human": -0.1, "ask_is_bot": -0.1,
    "opt_out": -0.3,
    "track_order": -0.05, "cancel_order": -0.2, "request_exchange": -0.15, "request_refund": -0.5,
    "delivery_late": -0.7,
    "report_damaged": -0.65, "report_wrong_item": -0.5, "report_missing_item": -0.5, "report_billing_error": -0.6,
    "report_account_problem": -0.4, "report_site_bug": -0.45, "complain_service": -0.9, "complain_quality": -0.85,
    "complain_no_answer": -0.75, "complain_price": -0.7, "threaten_boycott": -0.9, "accuse_brand": -0.9,
    "spread_rumour": -0.35, "insult": -1.0, "hate_speech": -1.0, "threat": -1.0, "self_harm": -0.9,
    "sexual_harassment": -0.4,
}  # fmt: skip
"""What examples of an intent are worth where they don't say `sentiment:` themselves; 0 for the others."""


@dataclass(frozen=True)
class ToneEvidence:
    """Log-probabilities of KINDS and TARGETS, and the sentiment."""

    kinds: np.ndarray
    targets: np.ndarray
    sentiment: float


def kind_of(example: Message) -> str:
    return str(metadata_of(example).get("toxicity") or KIND_OF_INTENT.get(example.get(INTENT), NONE))


def target_of(example: Message) -> str | None:
    return metadata_of(example).get("target")


def sentiment_of(example: Message) -> float:
    return float(metadata_of(example).get("sentiment", SENTIMENT_OF_INTENT.get(example.get(INTENT), 0.0)))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ToneReader(StoredComponent):
    """Sets `sentiment` (−1 to 1) and `toxicity`: `[{"kind", "target", "score"}]`, empty for nearly all messages."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._models: _Models | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`toxic_from`: how probable a kind must be to be told; `strength`: inverse of the regularisation."""
        return {"toxic_from": 0.5, "strength": 10.0, "seed": 7}

    def train(self, training_data: TrainingData) -> Resource:
        self._models = _Models.fit(TrainingRows.of(training_data), self._config["strength"], self._config["seed"])
        with self._model_storage.write_to(self._resource) as folder:
            self._models.save(folder)
        return self._resource

    def _restore(self, folder: Path) -> None:
        self._models = _Models.load(folder)

    def process(self, messages: list[Message]) -> list[Message]:
        if self._models is None:
            raise RuntimeError("the tone reader was asked before it was trained or loaded")
        if not messages:
            return messages
        for message, evidence in zip(messages, self._models.read(rows_of(messages)), strict=True):
            message.set(TONE_EVIDENCE, evidence)
            set_tone(message, evidence, self._config["toxic_from"])
        return messages


def set_tone(message: Message, evidence: ToneEvidence, toxic_from: float) -> None:
    """Writes what the evidence amounts to. A kind is told with its most probable target."""
    probabilities = np.exp(evidence.kinds)
    target = TARGETS[int(evidence.targets.argmax())]
    found = [
        {"kind": kind, "target": _fitting(kind, target), "score": round(float(probability), 4)}
        for kind, probability in zip(KINDS, probabilities, strict=True)
        if kind != NONE and probability >= toxic_from
    ]
    message.set("sentiment", round(float(np.clip(evidence.sentiment, -1, 1)), 3), add_to_output=True)
    message.set("toxicity", found, add_to_output=True)


def _fitting(kind: str, target: str) -> str:
    """Nobody insults or harasses a group here without hating it, and only self-harm is aimed at oneself."""
    match kind, target:
        case "hate", _:
            return "group"
        case "self_harm", "brand" | "group":
            return "self"
        case "sexual", _:
            return "person"
        case "insult", "group" | "self":
            return "person"
        case "threat", "self":
            return "person"
        case _:
            return target


@dataclass(frozen=True)
class _Models:
    kinds: Linear
    targets: Linear | None
    sentiment: np.ndarray
    sentiment_bias: float

    @classmethod
    def fit(cls, rows: TrainingRows, strength: float, seed: int) -> _Models:
        fitted, apart = rows.where(~rows.apart), rows.where(rows.apart)
        kinds = _fit(fitted.matrix, np.array([kind_of(example) for example in fitted.examples]), strength, seed)
        if apart.examples:
            truth = np.array([kind_of(example) for example in apart.examples])
            kinds = kinds.calibrated(kinds.scores(apart.matrix), truth)
        aimed = np.array([target_of(example) or "" for example in fitted.examples])
        told = np.flatnonzero(aimed != "")
        targets = _fit(fitted.matrix[told], aimed[told], strength, seed) if len(told) else None
        ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-3)
        ridge.fit(fitted.matrix, np.array([sentiment_of(example) for example in fitted.examples]))
        return cls(kinds, targets, ridge.coef_.astype(np.float32), float(ridge.intercept_))

    def read(self, rows: Sequence[Rows]) -> list[ToneEvidence]:
        matrix = rows[0].matrix
        kinds = log_softmax(_in_columns(self.kinds, KINDS, matrix) / self.kinds.temperature)
        targets = np.zeros((matrix.shape[0], len(TARGETS)))
        if self.targets:
            targets = _in_columns(self.targets, TARGETS, matrix)
        sentiments = np.clip(matrix @ self.sentiment + self.sentiment_bias, -1, 1).tolist()
        return [
            ToneEvidence(gravest(kinds[[row.whole, *row.sentences]]), targets[row.whole], sentiments[row.whole])
            for row in rows
        ]

    def save(self, folder: Path) -> None:
        self.kinds.save(folder / "kinds.npz")
        if self.targets:
            self.targets.save(folder / "targets.npz")
        np.savez(folder / "sentiment.npz", weights=self.sentiment, bias=self.sentiment_bias)

    @classmethod
    def load(cls, folder: Path) -> _Models:
        targets = Linear.load(folder / "targets.npz") if (folder / "targets.npz").exists() else None
        with np.load(folder / "sentiment.npz", allow_pickle=False) as stored:
            return cls(Linear.load(folder / "kinds.npz"), targets, stored["weights"], float(stored["bias"]))


def _fit(matrix: csr_matrix, labels: np.ndarray, strength: float, seed: int) -> Linear:
    if len(set(labels)) == 1:
        return Linear.constant(str(labels[0]), matrix.shape[1])
    return Linear.fit(matrix, labels, strength, seed)


def _in_columns(model: Linear, names: Sequence[str], matrix: csr_matrix) -> np.ndarray:
    """The model's scores in columns as `names` has them; −20 for names that it doesn't know."""
    scores = model.scores(matrix)
    spread = np.full((scores.shape[0], len(names)), -20.0)
    spread[:, [names.index(name) for name in model.classes]] = scores
    return spread


def gravest(rows: np.ndarray) -> np.ndarray:
    """One row of log-probabilities of KINDS out of those of a whole and its clauses: the row least likely harmless."""
    return np.asarray(rows[int(rows[:, KINDS.index(NONE)].argmin())])
