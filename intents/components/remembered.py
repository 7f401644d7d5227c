"""The sentence vectors of the project's own examples, kept in a file so that training need not make them each time.

Embedding twenty thousand examples takes minutes; the head that learns from them takes seconds. So their vectors lie
beside the examples, reduced and rounded to 160 bytes each, by the digest of their text. What is missing is embedded
while training. `python -m intents.embed` brings the file up to date; a test recomputes a sample of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FILE = Path(__file__).parents[1] / "sentence_vectors.npz"
WIDTH = 160
STEPS = 127


@dataclass(frozen=True)
class Reduction:
    """From a sentence vector to its few most telling directions, all on one scale."""

    mean: np.ndarray
    basis: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, vectors: np.ndarray, width: int = WIDTH) -> Reduction:
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        _, directions = np.linalg.eigh(centred.T @ centred)
        basis = directions[:, ::-1][:, :width]
        scale = np.abs(centred @ basis).max(axis=0) + 1e-9
        return cls(mean.astype(np.float32), basis.astype(np.float32), scale.astype(np.float32))

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Rows of WIDTH numbers, most of them between −3 and 3."""
        return self.expand(self.round(vectors))

    def round(self, vectors: np.ndarray) -> np.ndarray:
        reduced = (vectors - self.mean) @ self.basis / self.scale
        return np.rint(np.clip(reduced, -1, 1) * STEPS).astype(np.int8)

    def expand(self, rounded: np.ndarray) -> np.ndarray:
        return rounded.astype(np.float32) * (self.scale / (STEPS * self.scale.mean() / 6))


@dataclass(frozen=True)
class Remembered:
    """Rounded vectors by the digests of their texts, which are sorted."""

    reduction: Reduction
    digests: np.ndarray
    rounded: np.ndarray

    @classmethod
    def load(cls, path: Path = FILE) -> Remembered | None:
        """`None` if there is no such file."""
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as stored:
            reduction = Reduction(stored["mean"], stored["basis"], stored["scale"])
            return cls(reduction, stored["digests"], stored["rounded"])

    @classmethod
    def of(cls, reduction: Reduction, digests: np.ndarray, rounded: np.ndarray) -> Remembered:
        order = np.argsort(digests)
        return cls(reduction, digests[order], rounded[order])

    def places(self, texts: Sequence[str]) -> np.ndarray:
        """Where each text's vector stands; −1 for those that are not known."""
        wanted = digests(texts)
        if len(self.digests) == 0:
            return np.full(len(texts), -1)
        places = np.minimum(np.searchsorted(self.digests, wanted), len(self.digests) - 1)
        return np.where(self.digests[places] == wanted, places, -1)

    def vectors(self, places: np.ndarray) -> np.ndarray:
        return self.reduction.expand(self.rounded[places])

    def save(self, path: Path = FILE) -> None:
        reduction = self.reduction
        np.savez(
            path, mean=reduction.mean, basis=reduction.basis, scale=reduction.scale, digests=self.digests,
            rounded=self.rounded,
        )  # fmt: skip


def digests(texts: Sequence[str]) -> np.ndarray:
    """Eight bytes of a hash for each text."""
    joined = b"".join(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest() for text in texts)
    return np.frombuffer(joined, dtype=np.uint64)
