"""What an understanding server answers, as values of ours: Rasa's words, and ours beside them where they are given."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.model.understanding import Entity, Understanding

NOTHING_RECOGNISED = "nlu_fallback"
"""What Rasa's FallbackClassifier calls an unsure parse (https://rasa.com/docs/rasa/components#fallbackclassifier)."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Guess(_Answer):
    name: str | None = None
    confidence: Annotated[float, Field(allow_inf_nan=False)] = 0.0


class _Span(_Answer):
    entity: str
    value: Any = None
    start: int | None = None
    end: int | None = None


class _Language(_Answer):
    code: str = "und"


class _Parse(_Answer):
    intent: _Guess | None
    intent_ranking: tuple[_Guess, ...] = ()
    entities: tuple[_Span, ...] = ()
    language: _Language | None = None


class _Batch(_Answer):
    model: str = ""
    parses: tuple[dict[str, Any], ...]


class _Status(_Answer):
    model: str | None = None
    model_id: str | None = None
    model_file: str | None = None


_OBJECT = TypeAdapter(dict[str, Any])


def understandings_of(body: bytes, texts: int) -> list[Understanding]:
    """The answer to a batch of so many texts. Raises `ValueError` when it is malformed, or of another length."""
    batch = _Batch.model_validate_json(body)
    if len(batch.parses) != texts:
        raise ValueError(f"{texts} texts, {len(batch.parses)} parses")
    return [understanding_of(parse, batch.model) for parse in batch.parses]


def single_understanding_of(body: bytes) -> Understanding:
    """The answer to one text. Raises `ValueError` when it is malformed."""
    return understanding_of(_OBJECT.validate_json(body))


def model_of(body: bytes) -> str | None:
    """The model's id out of a status; `None` when there is none. Raises `ValueError` when it is malformed."""
    status = _Status.model_validate_json(body)
    return status.model or status.model_id or status.model_file


def understanding_of(parse: dict[str, Any], model: str = "") -> Understanding:
    """A parse as Rasa words it, with our `language` where it is given. Raises `ValueError` when it is malformed."""
    said = _Parse.model_validate(parse)
    guess = said.intent or _Guess()
    recognised = guess.name not in (None, "", NOTHING_RECOGNISED)
    return Understanding(
        intent=guess.name if recognised else None,
        confidence=_probability(guess.confidence),
        ranking=tuple((other.name, _probability(other.confidence)) for other in said.intent_ranking if other.name),
        entities=tuple(
            Entity(name=span.entity, value=str(span.value), start=span.start, end=span.end)
            for span in said.entities
            if span.start is not None and span.end is not None
        ),
        language=said.language.code.lower() if said.language else "und",
        model=model,
    )


def _probability(confidence: float) -> float:
    return min(max(confidence, 0.0), 1.0)
