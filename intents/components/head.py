"""A small neural network over sentence vectors: one hidden layer, kept as plain arrays."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

HIDDEN, EPOCHS, DECAY, RATE, BATCH = 256, 9, 0.5, 2e-3, 256
NOISE = 0.3
"""Each example is learned a second time a little displaced, by this share of each column's spread: what is learned then
holds for neighbours too, and those of other languages are neighbours."""


@dataclass(frozen=True)
class Head:
    """Scores of `classes`, whose softmax is a first idea of their probabilities."""

    classes: tuple[str, ...]
    hidden: np.ndarray
    hidden_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray

    @classmethod
    def fit(cls, vectors: np.ndarray, labels: np.ndarray, seed: int, noise: float = NOISE) -> Head:
        """`labels`: two classes or more, a name for each row; `noise` 0: each example is learned once, as it is."""
        model = MLPClassifier(
            (HIDDEN,), alpha=DECAY, max_iter=EPOCHS, batch_size=min(BATCH, len(labels)), learning_rate_init=RATE,
            random_state=seed,
        )  # fmt: skip
        if noise:
            displaced = vectors + np.random.default_rng(seed).normal(0, noise, vectors.shape) * vectors.std(axis=0)
            vectors, labels = np.concatenate([vectors, displaced]), np.concatenate([labels, labels])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(vectors, labels)
        (hidden, out), (hidden_bias, out_bias) = model.coefs_, model.intercepts_
        if len(model.classes_) == 2:
            out, out_bias = np.hstack([-out / 2, out / 2]), np.concatenate([-out_bias / 2, out_bias / 2])
        return cls(tuple(str(name) for name in model.classes_), hidden, hidden_bias, out, out_bias)

    def scores(self, vectors: np.ndarray) -> np.ndarray:
        return np.asarray(np.maximum(vectors @ self.hidden + self.hidden_bias, 0) @ self.out + self.out_bias)

    def save(self, path: Path) -> None:
        arrays = (self.hidden, self.hidden_bias, self.out, self.out_bias)
        hidden, hidden_bias, out, out_bias = (array.astype(np.float32) for array in arrays)
        np.savez(
            path, classes=np.array(self.classes), hidden=hidden, hidden_bias=hidden_bias, out=out, out_bias=out_bias
        )

    @classmethod
    def load(cls, path: Path) -> Head:
        with np.load(path, allow_pickle=False) as stored:
            names = ("hidden", "hidden_bias", "out", "out_bias")
            return cls(tuple(stored["classes"].tolist()), *(stored[name] for name in names))
