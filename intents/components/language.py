"""Which language a comment is in, also when it is three words of slang.

py3langid knows many languages from edited text; the training examples know how people write to brands. Its verdict is
moved by how familiar the words are from the examples of each language, which decides "merci bcp" or "thx u guys".
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from py3langid.langid import MODEL_FILE
from py3langid.langid import LanguageIdentifier as Identifier
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import softmax

from intents.components.stored import StoredComponent
from intents.components.text import fold, letters, plain_words

LANGUAGE = "language"
UNDETERMINED = "und"
FORMAT = 1


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageIdentifier(StoredComponent):
    """Sets `language: {"code", "probability"}`; the code is `und` below `min_letters` letters or `min_probability`."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._identifier = Identifier.from_pickled_model(MODEL_FILE)
        self._identifier.set_languages(config["languages"])
        self._codes: list[str] = list(self._identifier.nb_classes)
        self._familiar: dict[str, np.ndarray] = {}

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`familiarity`: how much (in log-odds) a text made only of words from one language's examples speaks for it;
        `clear_from`: the lead in familiarity that decides alone; `softness` divides py3langid's log-probabilities,
        which are too sure of themselves."""
        return {
            "languages": ["fr", "en", "es", "de", "it", "pt", "nl", "ar"],
            "familiarity": 6.0,
            "clear_from": 0.6,
            "softness": 3.0,
            "min_letters": 3,
            "min_probability": 0.5,
        }

    def train(self, training_data: TrainingData) -> Resource:
        examples: dict[str, Counter[str]] = defaultdict(Counter)
        for example in training_data.intent_examples:
            code = (example.get(METADATA) or {}).get(METADATA_INTENT, {}).get("language")
            if code in self._codes:
                examples[code].update(fold(plain_words(example.get(TEXT) or "")).split())
        self._set_examples(examples)
        with self._model_storage.write_to(self._resource) as folder:
            stored = {
                "format": FORMAT,
                "examples": {code: dict(sorted(words.items())) for code, words in sorted(examples.items())},
            }
            (folder / "words.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def _restore(self, folder: Path) -> None:
        stored = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        if stored.get("format") != FORMAT:
            raise ValueError(f"words in format {stored.get('format')}, this version reads {FORMAT}: train again")
        self._set_examples({code: Counter(words) for code, words in stored["examples"].items()})

    def process(self, messages: list[Message]) -> list[Message]:
        texts = [plain_words(message.get(TEXT) or "") for message in messages]
        if not texts:
            return messages
        probabilities = self._probabilities(texts)
        best = probabilities.argmax(axis=1).tolist()
        for place, (message, text, winner) in enumerate(zip(messages, texts, best, strict=True)):
            probability = float(probabilities[place, winner])
            certain = letters(text) >= self._config["min_letters"] and probability >= self._config["min_probability"]
            language = {
                "code": self._codes[winner] if certain else UNDETERMINED,
                "probability": round(probability, 4) if certain else 0.0,
            }
            message.set(LANGUAGE, language, add_to_output=True)
        return messages

    def _probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """py3langid costs more than all else here, so it is asked only where familiar words don't decide alone."""
        familiar = np.stack([self._familiarity(fold(text).split()) for text in texts])
        scores = self._config["familiarity"] * familiar
        asked = np.flatnonzero(~self._is_clear(familiar))
        if len(asked):
            counts = np.stack([self._identifier.instance2fv(texts[place]) for place in asked]).astype(np.float32)
            found = self._identifier.nb_classprobs(counts)
            scores[asked] += (found - found.max(axis=1, keepdims=True)) / self._config["softness"]
        return np.asarray(softmax(scores, axis=1))

    def _is_clear(self, familiar: np.ndarray) -> np.ndarray:
        """Where nearly all words are one language's own."""
        ranked = np.sort(familiar, axis=1)
        return np.asarray(ranked[:, -1] - ranked[:, -2] >= self._config["clear_from"])

    def _familiarity(self, words: list[str]) -> np.ndarray:
        total = np.zeros(len(self._codes))
        for word in words:
            known = self._familiar.get(word)
            if known is not None:
                total += known
        return total / max(len(words), 2)

    def _set_examples(self, examples: dict[str, Counter[str]]) -> None:
        """A word speaks for a language by its share of the word's uses; words seen once speak half as loud."""
        places = [(self._codes.index(code), words) for code, words in examples.items()]
        self._familiar = {}
        for place, words in places:
            for word, times in words.items():
                self._familiar.setdefault(word, np.zeros(len(self._codes)))[place] = times
        for counts in self._familiar.values():
            counts /= counts.sum() + 1
