"""Whether a new model may take the place of the one that serves: what agents corrected must stay corrected, and it
must not be clearly worse on the held-out sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intents.card import DIGITS
from intents.examples import load_yaml
from intents.judging import parses

if TYPE_CHECKING:
    from intents.parsing import Model

REGRESSIONS = Path("intents/regressions.yml")
MAX_LOSS = 0.01
"""Of accuracy on the held-out sentences."""
KEYS = frozenset({"text", "intent", "not", "also", "toxicity", "language", "why"})


@dataclass(frozen=True)
class Regression:
    """What must be so: the intent, or one that it must not be; `toxicity`: a kind, or `none`. `None`: not asked."""

    text: str
    intent: str | None = None
    not_intent: str | None = None
    also: str | None = None
    toxicity: str | None = None
    language: str | None = None


def load(path: Path) -> list[Regression]:
    """Raises ValueError with the line when it asks for nothing, or holds a word that is unknown."""
    lines = load_yaml(path).get("regressions") or () if path.exists() else ()
    return [_regression(line, path) for line in lines]


def _regression(line: Any, path: Path) -> Regression:
    if wrong := _wrong(line):
        raise ValueError(f"{path}: {line!r}: {wrong}")
    asked = {key: line.get(key) for key in ("intent", "also", "toxicity", "language")}
    return Regression(line["text"], not_intent=line.get("not"), **asked)


def _wrong(line: Any) -> str | None:
    if not isinstance(line, Mapping):
        return "it must be a mapping"
    if unknown := set(line) - KEYS:
        return f"unknown {', '.join(sorted(map(str, unknown)))}"
    if unquoted := sorted(key for key, value in line.items() if not isinstance(value, str)):
        return f"{', '.join(unquoted)} must be text, perhaps in quotes"
    if "text" not in line or not set(line) - {"text", "why"}:
        return "it needs a text, and something that must be so"
    return None


def broken(model: Model, regressions: Sequence[Regression]) -> list[str]:
    """A sentence for each that is not as it must be."""
    found = parses(model, [regression.text for regression in regressions])
    return [
        f"“{regression.text}” {said}"
        for regression, parse in zip(regressions, found, strict=True)
        if (said := _objection(regression, parse))
    ]


def _objection(asked: Regression, parse: Mapping[str, Any]) -> str | None:
    intent = parse["intent"]["name"]
    kinds = {finding["kind"] for finding in parse.get("toxicity", ())}
    named = {other["name"] for other in parse.get("also", ())} | {intent}
    code = parse.get("language", {}).get("code")
    if asked.intent and intent != asked.intent:
        return f"is {intent}, must be {asked.intent}"
    if asked.not_intent and intent == asked.not_intent:
        return f"is {intent}, must not be"
    if asked.also and asked.also not in named:
        return f"has {', '.join(sorted(filter(None, named))) or 'nothing'}, must have {asked.also} too"
    if asked.toxicity == "none" and kinds:
        return f"has toxicity {', '.join(sorted(kinds))}, must have none"
    if asked.toxicity not in (None, "none") and asked.toxicity not in kinds:
        return f"has toxicity {', '.join(sorted(kinds)) or 'none'}, must have {asked.toxicity}"
    if asked.language and code != asked.language:
        return f"is in {code}, must be in {asked.language}"
    return None


def objections(new: Mapping[str, Any], old: Mapping[str, Any] | None) -> list[str]:
    """Why the model of the card `new` may not replace that of `old`; nothing can be said against the first model."""
    if old is None:
        return []
    reasons = [f"breaks a regression: {sentence}" for sentence in new["regressions_broken"]]
    before, after = old["held_out"], new["held_out"]
    if before["digest"] != after["digest"]:
        return reasons
    was, now = before["all"]["accuracy"], after["all"]["accuracy"]
    if round(was - now, DIGITS) > MAX_LOSS:
        reasons.append(f"is right on {now:.1%} of held-out sentences, was on {was:.1%}")
    return reasons
