"""Words that mean alike, from Rasa's lookup tables: "colis", "paquet" and "parcel" become one feature.

A few dozen examples an intent can't hold every word a customer may choose; a list of words costs one line each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import combinations, islice
from pathlib import Path

from intents.components.text import fold, read

ANY_ENDING = "*"
SHORTEST_STEM = 2
NEGATION = "not"
NEGATION_REACH = 3
MAX_PAIRED = 10
"""Concepts of one text whose pairs count; a long text would have hundreds."""
REMEMBERED_WORDS = 60_000


class Concepts:
    """Names of lookup tables by word; a word ending in `*` stands for all that begin so."""

    def __init__(self, tables: dict[str, list[str]]) -> None:
        self.tables = tables
        self._words: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        for name, entries in tables.items():
            for entry in entries:
                word = fold(entry.lower())
                known = self._stems if word.endswith(ANY_ENDING) else self._words
                known.setdefault(word.rstrip(ANY_ENDING), set()).add(name)

    @classmethod
    def from_lookup_tables(cls, tables: Iterable[dict[str, object]]) -> Concepts:
        return cls({str(table["name"]): [str(entry) for entry in table["elements"]] for table in tables})  # type: ignore[attr-defined]

    def features(self, text: str) -> Iterator[str]:
        """The concepts of a text, those that stand shortly after a negation, and the pairs that occur together."""
        found: dict[str, None] = {}
        negated = -NEGATION_REACH - 1
        for place, word in enumerate(read(text).plain):
            names = self._names(word)
            after_negation = place - negated <= NEGATION_REACH
            for name in names:
                found[f"{NEGATION} {name}" if after_negation and name != NEGATION else name] = None
            if NEGATION in names:
                negated = place
        yield from found
        yield from (f"{left}+{right}" for left, right in combinations(sorted(islice(found, MAX_PAIRED)), 2))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.tables, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Concepts:
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def _names(self, word: str) -> tuple[str, ...]:
        names = self._known.get(word)
        if names is None:
            found = set(self._words.get(word, ()))
            for length in range(SHORTEST_STEM, len(word) + 1):
                found |= self._stems.get(word[:length], set())
            if len(self._known) >= REMEMBERED_WORDS:
                self._known.clear()
            names = self._known[word] = tuple(sorted(found))
        return names
