"""What the second look has learned: heads over reduced sentence vectors, and their weight beside the fast models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from intents.components.head import Head
from intents.components.linear import log_softmax, temperature
from intents.components.remembered import Reduction
from intents.components.tone import KINDS


@dataclass(frozen=True)
class Weights:
    """How much the fast model's and the head's log-probabilities count together, and the head's alone."""

    fast: float = 0.6
    head: float = 0.6
    alone: float = 1.0

    @classmethod
    def fit(cls, fast: np.ndarray, head: np.ndarray, truth: np.ndarray) -> Weights:
        """Those that make the right classes, at `truth`, most probable."""
        rows = np.arange(len(truth))

        def loss(logs: np.ndarray) -> float:
            together = log_softmax(fast * np.exp(logs[0]) + head * np.exp(logs[1]))
            return -float(np.mean(together[rows, truth]))

        best = np.exp(minimize(loss, np.log([0.6, 0.6]), method="Nelder-Mead", options={"xatol": 1e-2}).x)
        return cls(float(best[0]), float(best[1]), 1 / temperature(head, truth))

    def together(self, fast: np.ndarray, head: np.ndarray) -> np.ndarray:
        return log_softmax(fast * self.fast + head * self.head)


@dataclass(frozen=True)
class SecondLook:
    """`kinds`: the head for toxicity, `None` where the examples have none of it."""

    reduction: Reduction
    intents: Head
    weights: Weights
    kinds: Head | None
    kind_weights: Weights

    def kinds_of(self, vectors: np.ndarray) -> np.ndarray | None:
        """Log-probabilities in columns as KINDS has them."""
        if self.kinds is None:
            return None
        found = log_softmax(self.kinds.scores(vectors))
        spread = np.full((len(found), len(KINDS)), -20.0)
        spread[:, [KINDS.index(name) for name in self.kinds.classes]] = found
        return spread

    def save(self, folder: Path) -> None:
        self.intents.save(folder / "intents.npz")
        if self.kinds:
            self.kinds.save(folder / "kinds.npz")
        rows = [[weights.fast, weights.head, weights.alone] for weights in (self.weights, self.kind_weights)]
        np.savez(
            folder / "cascade.npz",
            mean=self.reduction.mean,
            basis=self.reduction.basis,
            scale=self.reduction.scale,
            weights=np.array(rows),
        )

    @classmethod
    def load(cls, folder: Path) -> SecondLook | None:
        """`None` for a model that was trained without the package."""
        if not (folder / "cascade.npz").exists():
            return None
        with np.load(folder / "cascade.npz", allow_pickle=False) as stored:
            reduction = Reduction(stored["mean"], stored["basis"], stored["scale"])
            weights, kind_weights = (Weights(*row) for row in stored["weights"].tolist())
        kinds = Head.load(folder / "kinds.npz") if (folder / "kinds.npz").exists() else None
        return cls(reduction, Head.load(folder / "intents.npz"), weights, kinds, kind_weights)
