"""Logistic regressions, one class against the rest, with honest probabilities, kept as plain arrays.

Scores become probabilities by a softmax whose temperature is found on examples that are kept out of the fit.
Fitted one against the rest in the dual and stopped early, ten thousand examples take seconds; the multinomial fit took
a minute and was no better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, spmatrix
from sklearn.linear_model import LogisticRegression

TOLERANCE = 1.0
"""liblinear's own measure: a hundred times looser than its default, and no worse on examples that were left out."""


@dataclass(frozen=True)
class Linear:
    """Weights (features × classes), one bias a class, and the temperature that divides the scores."""

    classes: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    temperature: float = 1.0

    @classmethod
    def fit(cls, vectors: csr_matrix, labels: np.ndarray, strength: float, seed: int) -> Linear:
        """`strength`: inverse of the regularisation. The temperature is 1 until `calibrated`."""
        model = LogisticRegression(
            C=strength, tol=TOLERANCE, class_weight="balanced", solver="liblinear", dual=True, random_state=seed
        )
        model.fit(vectors, labels)
        weights, bias = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            weights, bias = np.vstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
        return cls(tuple(str(name) for name in model.classes_), np.ascontiguousarray(weights.T, dtype=np.float32), bias)

    @classmethod
    def constant(cls, name: str, width: int) -> Linear:
        """What is left to learn where there is one class only."""
        return cls((name,), np.zeros((width, 1), dtype=np.float32), np.zeros(1))

    def scores(self, vectors: spmatrix) -> np.ndarray:
        return np.asarray(vectors @ self.weights) + self.bias

    def log_probabilities(self, vectors: spmatrix) -> np.ndarray:
        return log_softmax(self.scores(vectors) / self.temperature)

    def calibrated(self, scores: np.ndarray, labels: np.ndarray) -> Linear:
        """By the scores of examples that were not in the fit; a label that is no class of ours doesn't count."""
        return replace(self, temperature=temperature(*known(scores, labels, self.classes)))

    def save(self, path: Path) -> None:
        np.savez(
            path, classes=np.array(self.classes), weights=self.weights, bias=self.bias, temperature=self.temperature
        )

    @classmethod
    def load(cls, path: Path) -> Linear:
        with np.load(path, allow_pickle=False) as stored:
            return cls(
                tuple(stored["classes"].tolist()), stored["weights"], stored["bias"], float(stored["temperature"])
            )


def calibration_share(labels: np.ndarray, seed: int, one_in: int = 6) -> np.ndarray:
    """Marks about one in so many examples, evenly over the labels, where none are kept apart for calibration."""
    marked = np.zeros(len(labels), dtype=bool)
    order = np.random.default_rng(seed).permutation(len(labels))
    for label in np.unique(labels):
        places = order[labels[order] == label]
        marked[places[: len(places) // one_in]] = True
    return marked


def known(scores: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The rows whose label is one of the sorted `classes`, and the places of their labels among them."""
    names = np.array(classes)
    places = np.minimum(np.searchsorted(names, labels), len(names) - 1)
    kept = names[places] == labels
    return scores[kept], places[kept]


def log_softmax(scores: np.ndarray) -> np.ndarray:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """What to divide scores by, so that their softmax is right about the classes at `truth` as often as it says."""
    if len(truth) == 0:
        return 1.0
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        return -float(np.mean(log_softmax(scores / np.exp(log_temperature))[rows, truth]))

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))
