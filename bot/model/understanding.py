"""What a text was understood to say."""

from typing import Literal

from bot.model.base import Value

ToxicityKind = Literal["insult", "threat", "hate", "sexual", "self_harm"]
ToxicityTarget = Literal["brand", "person", "group", "self"]


class Entity(Value):
    """A part of the text with a meaning; `start` and `end` count characters of the original text."""

    name: str
    value: str
    start: int
    end: int


class Toxicity(Value):
    """Words that hurt: how, and whom. `score` is a probability, 0–1."""

    kind: ToxicityKind
    target: ToxicityTarget
    score: float


class Understanding(Value):
    """One parse. Confidences are probabilities, 0–1.

    `intent=None`: nothing was recognised. `language`: ISO 639-1, `und` when it can't be told.
    """

    intent: str | None = None
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()
    """How probable each intent is to be the main one."""
    also: tuple[tuple[str, float], ...] = ()
    """Other intents that were found beside the main one, each with a confidence of its own."""
    entities: tuple[Entity, ...] = ()
    language: str = "und"
    sentiment: float | None = None
    """From −1, bad, to 1, good; `None` when it was not told."""
    toxicity: tuple[Toxicity, ...] = ()
    model: str = ""

    @property
    def intents(self) -> tuple[str, ...]:
        """Every intent that was found, the main one first."""
        main = () if self.intent is None else (self.intent,)
        return (*main, *[intent for intent, _ in self.also])

    def probability(self, *intents: str) -> float:
        """How probable it is that the text says one of these: in the ranking they count together."""
        together = sum(probability for intent, probability in self.ranking if intent in intents)
        found = [confidence for intent, confidence in self.also if intent in intents]
        return max(together, self.confidence if self.intent in intents else 0.0, *found)
