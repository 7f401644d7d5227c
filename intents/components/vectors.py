"""TF-IDF vectors over blocks of features, small enough to be stored as JSON and plain arrays.

scikit-learn's vectorizers would need pickle, which runs code when it is read; a model archive of ours holds data only.
A block names a text's *units* (words, say) and the features of a unit (its pieces). Units come back all the time, so
the columns of each are looked up once and remembered: a text costs a look-up a word, not one for every piece of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

FORMAT = 2
REMEMBERED_UNITS = 60_000

Units = Callable[[str], Iterable[str]]
Names = Callable[[str], Sequence[str]]


class UnknownFormat(ValueError):
    """The stored vectors were written by another version of this module: train again."""


def itself(unit: str) -> Sequence[str]:
    return (unit,)


@dataclass(frozen=True)
class Kind:
    """What a block is made of: the units of a text, the features of a unit, how much it weighs, and in how many texts a
    feature must occur to count."""

    units: Units
    weight: float = 1.0
    min_count: int = 1
    names: Names = itself


@dataclass(frozen=True)
class Block:
    """One kind of features with its learned vocabulary; its columns start at `offset`."""

    kind: Kind
    vocabulary: dict[str, int]
    offset: int
    _columns: dict[str, list[int]] = field(default_factory=dict, repr=False)

    def columns(self, text: str) -> list[int]:
        """The columns of a text's features, a column as often as its feature occurs."""
        found: list[int] = []
        known = self._columns
        for unit in self.kind.units(text):
            places = known.get(unit)
            if places is None:
                places = self._look_up(unit)
            found += places
        return found

    def _look_up(self, unit: str) -> list[int]:
        place = self.vocabulary.get
        places = [self.offset + column for name in self.kind.names(unit) if (column := place(name)) is not None]
        if len(self._columns) >= REMEMBERED_UNITS:
            self._columns.clear()
        self._columns[unit] = places
        return places


@dataclass(frozen=True)
class Vectors:
    """Blocks side by side, each of length 1 (or 0, where nothing is known) times its weight: one row a text."""

    blocks: tuple[Block, ...]
    idf: np.ndarray

    @classmethod
    def fit(cls, texts: Sequence[str], kinds: Sequence[Kind]) -> Vectors:
        vocabularies, idfs = [], []
        for kind in kinds:
            frequency = _frequencies(texts, kind)
            names = sorted(name for name, times in frequency.items() if times >= kind.min_count)
            vocabularies.append(names)
            idfs.append(np.array([np.log((1 + len(texts)) / (1 + frequency[name])) + 1 for name in names]))
        return cls._of(vocabularies, np.concatenate(idfs).astype(np.float32), kinds)

    @classmethod
    def _of(cls, vocabularies: Sequence[Sequence[str]], idf: np.ndarray, kinds: Sequence[Kind]) -> Vectors:
        blocks, offset = [], 0
        for names, kind in zip(vocabularies, kinds, strict=True):
            blocks.append(Block(kind, {name: place for place, name in enumerate(names)}, offset))
            offset += len(names)
        return cls(tuple(blocks), idf)

    @property
    def width(self) -> int:
        return len(self.idf)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        columns: list[int] = []
        starts = [0]
        for text in texts:
            for block in self.blocks:
                columns += block.columns(text)
            starts.append(len(columns))
        counts = csr_matrix(
            (np.ones(len(columns), dtype=np.float32), np.array(columns, dtype=np.int32), np.array(starts)),
            shape=(len(texts), self.width),
        )
        counts.sum_duplicates()
        weights = (1 + np.log(counts.data)) * self.idf[counts.indices]
        edges = [block.offset for block in self.blocks[1:]]
        block_of = np.searchsorted(edges, counts.indices, side="right")
        row_of = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
        group = row_of * len(self.blocks) + block_of
        norms = np.sqrt(np.bincount(group, weights=weights**2, minlength=len(texts) * len(self.blocks)))
        importance = np.array([block.kind.weight for block in self.blocks])
        counts.data = (weights / norms[group] * importance[block_of]).astype(np.float32)
        return counts

    def save(self, folder: Path) -> None:
        stored = {"format": FORMAT, "vocabularies": [list(block.vocabulary) for block in self.blocks]}
        (folder / "vocabularies.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / "idf.npz", idf=self.idf)

    @classmethod
    def load(cls, folder: Path, kinds: Sequence[Kind]) -> Vectors:
        """Raises UnknownFormat if what is stored isn't what this version writes."""
        stored = json.loads((folder / "vocabularies.json").read_text(encoding="utf-8"))
        if stored.get("format") != FORMAT or len(stored["vocabularies"]) != len(kinds):
            raise UnknownFormat(f"vectors in format {stored.get('format')}, this version reads {FORMAT}: train again")
        with np.load(folder / "idf.npz", allow_pickle=False) as arrays:
            return cls._of(stored["vocabularies"], arrays["idf"], kinds)


def _frequencies(texts: Sequence[str], kind: Kind) -> Counter[str]:
    """In how many texts each feature occurs."""
    frequency: Counter[str] = Counter()
    if kind.names is itself:
        for text in texts:
            frequency.update(set(kind.units(text)))
        return frequency
    known: dict[str, Sequence[str]] = {}
    for text in texts:
        units = set(kind.units(text))
        for unit in units:
            if unit not in known:
                known[unit] = kind.names(unit)
        frequency.update(set().union(*(known[unit] for unit in units)))
    return frequency
