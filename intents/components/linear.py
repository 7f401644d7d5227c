"""Logistic regressions, one class against the rest, with honest probabilities, kept as plain arrays.

Scores become probabilities by a softmax whose temperature was found on predictions for examples left out of the fit.
Fitted one against the rest in the dual, thousands of examples take half a second; the multinomial fit took nine seconds
and was no better.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, spmatrix
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold


@dataclass(frozen=True)
class Linear:
    """Weights (features × classes), one bias a class, and the temperature that divides the scores."""

    classes: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    temperature: float = 1.0

    @classmethod
    def fit(cls, vectors: csr_matrix, labels: np.ndarray, strength: float, seed: int, folds: int = 5) -> Linear:
        """`strength`: inverse of the regularisation. Temperature 1 if a class has fewer examples than `folds`."""
        final = _fit(vectors, labels, strength, seed)
        _, sizes = np.unique(labels, return_counts=True)
        if sizes.min() < folds:
            return final
        truth = np.searchsorted(final.classes, labels)
        held_out = np.zeros((len(labels), len(final.classes)))
        for fit, rest in StratifiedKFold(folds, shuffle=True, random_state=seed).split(vectors, labels):
            held_out[rest] = _fit(vectors[fit], labels[fit], strength, seed).scores(vectors[rest])
        return cls(final.classes, final.weights, final.bias, _temperature(held_out, truth))

    def scores(self, vectors: spmatrix) -> np.ndarray:
        return np.asarray(vectors @ self.weights) + self.bias

    def probabilities(self, vectors: spmatrix) -> np.ndarray:
        scaled = self.scores(vectors) / self.temperature
        return np.exp(scaled - logsumexp(scaled, axis=1, keepdims=True))

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


def _fit(vectors: csr_matrix, labels: np.ndarray, strength: float, seed: int) -> Linear:
    model = LogisticRegression(
        C=strength, class_weight="balanced", solver="liblinear", dual=True, max_iter=1000, random_state=seed
    )
    model.fit(vectors, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    return Linear(tuple(str(name) for name in model.classes_), np.ascontiguousarray(weights.T, dtype=np.float32), bias)


def _temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        scaled = scores / np.exp(log_temperature)
        return float(np.mean(logsumexp(scaled, axis=1) - scaled[rows, truth]))

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))
