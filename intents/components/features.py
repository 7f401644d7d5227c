"""What the linear models see of a message: one row of numbers for the whole, and one for each of its clauses.

The rows are made once for a batch and shared by all components after this one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from intents.components.clauses import clauses, sentences
from intents.components.concepts import Concepts
from intents.components.stored import StoredComponent
from intents.components.text import pieces, plain_tokens, word_features
from intents.components.vectors import Kind, Vectors
from intents.examples import CALIBRATION

ROWS = "rows"
_TRAINING_ROWS = "_aplomb_rows"


class NoFeatures(RuntimeError):
    def __init__(self) -> None:
        super().__init__("CommentFeaturizer must stand before this component in the pipeline")


@dataclass(frozen=True)
class Rows:
    """Where a message stands in its batch's matrix. `telling`: the columns before this one tell of a subject."""

    matrix: csr_matrix
    whole: int
    sentences: range
    clauses: range
    telling: int

    @property
    def known(self) -> bool:
        """Whether any feature of the message is known that says what it is about. A row's columns are in order."""
        start, end = self.matrix.indptr[self.whole : self.whole + 2]
        return bool(start < end and self.matrix.indices[start] < self.telling)


@dataclass(frozen=True)
class TrainingRows:
    """The examples that have a text, a row for each, and which are for calibration alone."""

    examples: tuple[Message, ...]
    matrix: csr_matrix
    apart: np.ndarray

    @classmethod
    def of(cls, training_data: TrainingData) -> TrainingRows:
        """Those that `CommentFeaturizer` left with the data. Raises NoFeatures if it didn't."""
        rows = getattr(training_data, _TRAINING_ROWS, None)
        if rows is None:
            raise NoFeatures
        assert isinstance(rows, TrainingRows)
        return rows

    def where(self, kept: np.ndarray) -> TrainingRows:
        """The part of them at the marked places."""
        places = np.flatnonzero(kept)
        return TrainingRows(tuple(self.examples[place] for place in places), self.matrix[places], self.apart[places])


def metadata_of(example: Message) -> dict[str, Any]:
    return (example.get(METADATA) or {}).get(METADATA_INTENT) or {}


def is_for_calibration(example: Message) -> bool:
    """Marked `use: calibration` in the data: models are not fitted to it, their probabilities are."""
    return bool(metadata_of(example).get("use") == CALIBRATION)


def rows_of(messages: Sequence[Message]) -> list[Rows]:
    """Raises NoFeatures for messages that were not featurized."""
    found = [message.get(ROWS) for message in messages]
    if None in found:
        raise NoFeatures
    return found


def common_words(texts: Sequence[str]) -> frozenset[str]:
    """Words of more than one text: an example's own rare words are as strange to it as a stranger's are later."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(plain_tokens(text)))
    return frozenset(word for word, times in counts.items() if times > 1)


def strangeness(text: str, common: frozenset[str]) -> Iterator[str]:
    """How far a text is from all that was learned: how many tenths of its words are not common, and of how many.

    Says nothing of what the text is about: this block stands last, see `Rows.known`."""
    words = plain_tokens(text)
    if words:
        unknown = sum(word not in common for word in words)
        length = min(len(words).bit_length(), 6)
        yield f"length {length}"
        yield f"strange {10 * unknown // len(words)}"
        yield f"strange {10 * unknown // len(words)} of {length}"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class CommentFeaturizer(StoredComponent):
    """Words, pieces of words, and concepts from the data's lookup tables, as TF-IDF rows."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._vectors: Vectors | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`weights` and `min_counts` are for words, pieces of words, concepts and strangeness: how much they count, and
        in how many examples one must occur; `longest_piece`: in characters, with the mark of a word's edge."""
        return {"weights": [1.0, 1.0, 0.4, 0.6], "min_counts": [1, 2, 2, 5], "longest_piece": 6}

    def train(self, training_data: TrainingData) -> Resource:
        concepts = Concepts.from_lookup_tables(training_data.lookup_tables)
        texts = [
            example.get(TEXT)
            for example in training_data.intent_examples
            if example.get(TEXT) and not is_for_calibration(example)
        ]
        common = common_words(texts)
        self._vectors = Vectors.fit(texts, self._kinds(concepts, common))
        with self._model_storage.write_to(self._resource) as folder:
            concepts.save(folder / "concepts.json")
            (folder / "common.json").write_text(json.dumps(sorted(common), ensure_ascii=False), encoding="utf-8")
            self._vectors.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The rows go with the data object itself: on its messages Rasa would hash every number of them."""
        examples = tuple(example for example in training_data.intent_examples if example.get(TEXT))
        matrix = self._ready().transform([example.get(TEXT) for example in examples])
        apart = np.array([is_for_calibration(example) for example in examples], dtype=bool)
        setattr(training_data, _TRAINING_ROWS, TrainingRows(examples, matrix, apart))
        return training_data

    def _restore(self, folder: Path) -> None:
        concepts = Concepts.load(folder / "concepts.json")
        common = frozenset(json.loads((folder / "common.json").read_text(encoding="utf-8")))
        self._vectors = Vectors.load(folder, self._kinds(concepts, common))

    def process(self, messages: list[Message]) -> list[Message]:
        texts = [message.get(TEXT) or "" for message in messages]
        vectors, parts, places = self._ready(), list(texts), []
        for text in texts:
            whole = sentences(text)
            finer = clauses(text)
            start = len(parts)
            parts += whole
            middle = start if finer == whole else len(parts)
            parts += [] if finer == whole else finer
            places.append((range(start, start + len(whole)), range(middle, len(parts))))
        matrix, telling = vectors.transform(parts), vectors.blocks[-1].offset
        for place, (message, (several, all_of_them)) in enumerate(zip(messages, places, strict=True)):
            message.set(ROWS, Rows(matrix, place, several, all_of_them, telling))
        return messages

    def _kinds(self, concepts: Concepts, common: frozenset[str]) -> tuple[Kind, ...]:
        longest = self._config["longest_piece"]
        words, parts, senses, strange = self._config["weights"]
        least_words, least_parts, least_senses, least_strange = self._config["min_counts"]
        return (
            Kind(word_features, words, least_words),
            Kind(plain_tokens, parts, least_parts, lambda word: pieces(word, longest=longest)),
            Kind(concepts.features, senses, least_senses),
            Kind(lambda text: strangeness(text, common), strange, least_strange),
        )

    def _ready(self) -> Vectors:
        if self._vectors is None:
            raise RuntimeError("the featurizer was asked before it was trained or loaded")
        return self._vectors
