"""The parts of a message that may each want something: "Love it! How much is it, and do you ship to Norway?"."""

from __future__ import annotations

import re

MAX_CLAUSES = 6
FEWEST_WORDS = 2

_ABBREVIATED = "".join(
    rf"(?<!\b{word})" for word in ("m", "mr", "mrs", "ms", "mme", "mlle", "dr", "st", "env", "approx")
)
_BREAK_RE = re.compile(
    rf"{_ABBREVIATED}[.!?;:…]+(?=\s|$|[^\w\s])|\n"
    r"|(?:,|(?<![\s,]))\s+(?:mais|par contre|sinon|au fait|d'ailleurs|en revanche|et puis|et aussi|et en plus)\s+"
    r"|(?:,|(?<![\s,]))\s+(?:but|however|though|by the way|btw|also)\s+"
    r"|,\s+(?:et|and|plus)\s+|\s[-–—]\s",
    re.IGNORECASE,
)
"""No break begins within a run of spaces: thousands of them would be gone over thousands of times."""


def clauses(text: str) -> list[str]:
    """At most MAX_CLAUSES parts of at least FEWEST_WORDS words, in order; empty if there are not two of them."""
    parts = [part.strip() for part in _BREAK_RE.split(text) if part and len(part.split()) >= FEWEST_WORDS]
    return parts[:MAX_CLAUSES] if len(parts) > 1 else []
