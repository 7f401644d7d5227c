"""TF-IDF vectors over blocks of features, small enough to be stored as JSON and plain arrays.

scikit-learn's vectorizers would need pickle, which runs code when it is read; a model archive of ours holds data only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack

FORMAT = 1

Features = Callable[[str], Iterable[str]]


class UnknownFormat(ValueError):
    """The stored vectors were written by another version of this module: train again."""


@dataclass(frozen=True)
class Block:
    """One kind of features with its learned vocabulary; rows have length 1 (or 0, where nothing is known)."""

    vocabulary: dict[str, int]
    idf: np.ndarray

    @classmethod
    def fit(cls, counts: Sequence[Counter[str]], min_count: int) -> Block:
        """`min_count`: in how many texts a feature must occur."""
        frequency: Counter[str] = Counter()
        for count in counts:
            frequency.update(count.keys())
        names = sorted(name for name, times in frequency.items() if times >= min_count)
        idf = np.array([np.log((1 + len(counts)) / (1 + frequency[name])) + 1 for name in names], dtype=np.float64)
        return cls({name: place for place, name in enumerate(names)}, idf)

    def transform(self, counts: Sequence[Counter[str]]) -> csr_matrix:
        indices: list[int] = []
        values: list[int] = []
        starts = [0]
        place = self.vocabulary.get
        for count in counts:
            for name, times in count.items():
                index = place(name)
                if index is not None:
                    indices.append(index)
                    values.append(times)
            starts.append(len(indices))
        columns = np.array(indices, dtype=np.int32)
        weights = (1 + np.log(np.array(values, dtype=np.float64))) * self.idf[columns] if indices else np.zeros(0)
        bounds = np.array(starts, dtype=np.int64)
        rows = np.repeat(np.arange(len(counts)), np.diff(bounds))
        norms = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(counts)))
        matrix = csr_matrix((weights / norms[rows], columns, bounds), shape=(len(counts), len(self.vocabulary)))
        matrix.sort_indices()
        return matrix


@dataclass(frozen=True)
class Vectors:
    """Blocks side by side, each multiplied by its weight: one row a text, one matrix a batch."""

    features: tuple[Features, ...]
    weights: tuple[float, ...]
    blocks: tuple[Block, ...]

    @classmethod
    def fit(
        cls, texts: Sequence[str], features: Sequence[Features], weights: Sequence[float], min_counts: Sequence[int]
    ) -> Vectors:
        blocks = tuple(
            Block.fit([Counter(feature(text)) for text in texts], least)
            for feature, least in zip(features, min_counts, strict=True)
        )
        return cls(tuple(features), tuple(weights), blocks)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        parts = [
            block.transform([Counter(feature(text)) for text in texts]) * weight
            for feature, weight, block in zip(self.features, self.weights, self.blocks, strict=True)
        ]
        return hstack(parts, format="csr")

    def save(self, folder: Path) -> None:
        stored = {
            "format": FORMAT,
            "weights": self.weights,
            "vocabularies": [list(block.vocabulary) for block in self.blocks],
        }
        (folder / "vocabularies.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / "idf.npz", **{f"idf{n}": block.idf for n, block in enumerate(self.blocks)})

    @classmethod
    def load(cls, folder: Path, features: Sequence[Features]) -> Vectors:
        """Raises UnknownFormat if what is stored isn't what this version writes."""
        stored = json.loads((folder / "vocabularies.json").read_text(encoding="utf-8"))
        if stored.get("format") != FORMAT or len(stored["vocabularies"]) != len(features):
            raise UnknownFormat(f"vectors in format {stored.get('format')}, this version reads {FORMAT}: train again")
        with np.load(folder / "idf.npz", allow_pickle=False) as arrays:
            blocks = tuple(
                Block({name: place for place, name in enumerate(names)}, arrays[f"idf{n}"])
                for n, names in enumerate(stored["vocabularies"])
            )
        return cls(tuple(features), tuple(stored["weights"]), blocks)
