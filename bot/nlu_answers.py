"""What an understanding server answers, as values of ours: Rasa's words, and ours beside them where they are given."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.model.understanding import Entity, Toxicity, ToxicityKind, ToxicityTarget, Understanding

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


class _Finding(_Answer):
    kind: str
    target: str
    score: float


class _Parse(_Answer):
    intent: _Guess | None
    intent_ranking: tuple[_Guess, ...] = ()
    entities: tuple[_Span, ...] = ()
    language: _Language | None = None
    also: tuple[_Guess, ...] | None = None
    sentiment: float | None = None
    toxicity: tuple[_Finding, ...] | None = None


class _Batch(_Answer):
    model: str = ""
    parses: tuple[dict[str, Any], ...]


class _Status(_Answer):
    model: str | None = None
    model_id: str | None = None
    model_file: str | None = None


_OBJECT = TypeAdapter(dict[str, Any])
_KINDS = frozenset(get_args(ToxicityKind))
_TARGETS = frozenset(get_args(ToxicityTarget))


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
    """A parse as Rasa words it, with what is ours where it is given. Raises `ValueError` when it is malformed."""
    said = _Parse.model_validate(parse)
    guess = said.intent or _Guess()
    recognised = guess.name not in (None, "", NOTHING_RECOGNISED)
    return Understanding(
        intent=guess.name if recognised else None,
        confidence=_probability(guess.confidence),
        ranking=tuple(_guesses(said.intent_ranking)),
        also=tuple(_guesses([other for other in said.also or () if other.name != guess.name])),
        entities=tuple(
            Entity(name=span.entity, value=str(span.value), start=span.start, end=span.end)
            for span in said.entities
            if span.start is not None and span.end is not None
        ),
        language=said.language.code.lower() if said.language else "und",
        sentiment=_sentiment(said.sentiment),
        toxicity=tuple(_toxicity(said.toxicity or ())),
        model=model,
    )


def _guesses(guesses: Sequence[_Guess]) -> Iterator[tuple[str, float]]:
    for guess in guesses:
        if guess.name and guess.name != NOTHING_RECOGNISED:
            yield guess.name, _probability(guess.confidence)


def _toxicity(findings: Sequence[_Finding]) -> Iterator[Toxicity]:
    """What a later server may find beyond our kinds and targets is passed over, and so is a score that is no number."""
    for found in findings:
        if found.kind in _KINDS and found.target in _TARGETS and isfinite(found.score):
            score = _probability(found.score)
            yield Toxicity.model_validate({"kind": found.kind, "target": found.target, "score": score})


def _sentiment(sentiment: float | None) -> float | None:
    return min(max(sentiment, -1.0), 1.0) if sentiment is not None and isfinite(sentiment) else None


def _probability(confidence: float) -> float:
    return min(max(confidence, 0.0), 1.0)
