"""Logistic regressions, one class against the rest, with honest probabilities, kept as plain arrays.

Scores become probabilities by a softmax whose temperature is found on examples that are kept out of the fit.
Fitted one against the rest in the dual and stopped early, ten thousand examples take seconds; the multinomial fit took
a minute and was no better.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, spmatrix
from sklearn.linear_model import LogisticRegression

WORTH_FORKING = 5_000
"""Examples from which several processes are faster than one."""
MOST_PROCESSES = 4
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
        """`strength`: inverse of the regularisation. The temperature is 1 until `calibrated`.

        The classes are fitted apart from one another, so forked processes share them: the solver holds Python's lock.
        """
        classes = np.unique(labels)
        settings = (vectors, labels, strength, seed)
        processes = min(os.cpu_count() or 1, MOST_PROCESSES) if len(labels) >= WORTH_FORKING else 1
        parts = [classes[start::processes] for start in range(processes)]
        if processes == 1:
            fitted = [_fit_each(classes, *settings)]
        else:
            with ProcessPoolExecutor(processes, multiprocessing.get_context("fork"), _inherit, settings) as pool:
                fitted = list(pool.map(_fit_inherited, parts))
        order = np.argsort(np.concatenate(parts), kind="stable")
        weights = np.concatenate([weights for weights, _ in fitted])[order]
        bias = np.concatenate([bias for _, bias in fitted])[order]
        return cls(tuple(str(name) for name in classes), np.ascontiguousarray(weights.T), bias)

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


_inherited: tuple[csr_matrix, np.ndarray, float, int] | None = None


def _inherit(*settings: Any) -> None:
    global _inherited
    _inherited = settings  # type: ignore[assignment]


def _fit_inherited(classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    assert _inherited is not None
    return _fit_each(classes, *_inherited)


def _fit_each(
    classes: np.ndarray, vectors: csr_matrix, labels: np.ndarray, strength: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (classes × features) and biases of each of `classes` against all the rest. Rare classes weigh more."""
    usual = len(labels) / len(np.unique(labels))
    weights = np.zeros((len(classes), vectors.shape[1]), dtype=np.float32)
    bias = np.zeros(len(classes))
    for place, name in enumerate(classes):
        own = labels == name
        model = LogisticRegression(
            C=strength,
            tol=TOLERANCE,
            class_weight={True: usual / own.sum(), False: 1.0},
            solver="liblinear",
            dual=True,
            random_state=seed,
        )
        model.fit(vectors, own)
        weights[place], bias[place] = model.coef_[0], model.intercept_[0]
    return weights, bias


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
