"""What a text was understood to say."""

from bot.model.base import Value


class Entity(Value):
    """A part of the text with a meaning; `start` and `end` count characters of the original text."""

    name: str
    value: str
    start: int
    end: int


class Understanding(Value):
    """One parse. Confidences are probabilities, 0–1.

    `intent=None`: nothing was recognised. `language`: ISO 639-1, `und` when it can't be told.
    """

    intent: str | None = None
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[Entity, ...] = ()
    language: str = "und"
    model: str = ""
