"""The parts of a message that may each want something: "Love it! How much is it, and do you ship to Norway?"."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_CLAUSES = 6
FEWEST_WORDS = 2

_ABBREVIATED = "".join(
    rf"(?<!\b{word})" for word in ("m", "mr", "mrs", "ms", "mme", "mlle", "dr", "st", "env", "approx")
)
_BREAK_RE = re.compile(
    rf"{_ABBREVIATED}[.!?;:…]+(?=\s|$|[^\w\s])|\n"
    r"|(?:,|(?<![\s,]))\s+(?:mais|par contre|sinon|au fait|d'ailleurs|en revanche|et puis|et aussi|et en plus)\s+"
    r"|(?:,|(?<![\s,]))\s+(?:but|however|though|by the way|btw|also)\s+"
    r"|,\s+(?:et|and|plus)\s+|\s[-–—]\s"
    r"|[\u2600-\u27bf\U0001f300-\U0001faff]+",
    re.IGNORECASE,
)
"""No break begins within a run of spaces: thousands of them would be gone over thousands of times."""
_COMMA_RE = re.compile(r",\s+(?=\S+\s+\S+\s+\S)")


def sentences(text: str) -> list[str]:
    """At most MAX_CLAUSES parts of at least FEWEST_WORDS words, in order; empty if there are not two of them."""
    parts = _wordy(_BREAK_RE.split(text))[:MAX_CLAUSES]
    return parts if len(parts) > 1 else []


def clauses(text: str) -> list[str]:
    """The same, taken apart at commas too. A wish may stand before a comma; an insult needs what stands around it."""
    parts = _wordy(part for sentence in sentences(text) or [text] for part in _COMMA_RE.split(sentence))[:MAX_CLAUSES]
    return parts if len(parts) > 1 else []


def _wordy(parts: Iterable[str | None]) -> list[str]:
    return [part.strip() for part in parts if part and len(part.split()) >= FEWEST_WORDS]
