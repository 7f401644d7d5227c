"""How long a text is in the unit that a platform counts in."""

import re
import unicodedata
from typing import assert_never

from bot.model.capability import TextUnit

LINK_WEIGHT = 23
"""Every link is shortened to so many. https://docs.x.com/fundamentals/counting-characters (checked 2026-11-27)"""
_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_JOINERS = frozenset("\u200d\ufe0f\u20e3")
_LIGHT = ((0x0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
"""Code points that X counts once; all others count twice. Same page, its configuration of version 3."""


def measure(text: str, unit: TextUnit) -> int:
    """Code points, UTF-16 code units, bytes of UTF-8, or X's weighted characters."""
    match unit:
        case "characters":
            return len(text)
        case "utf16":
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case "bytes":
            return len(text.encode("utf-8", "surrogatepass"))
        case "weighted":
            links = _LINK.findall(text)
            return LINK_WEIGHT * len(links) + _weight(_LINK.sub("", text))
        case _:
            assert_never(unit)


def _weight(text: str) -> int:
    """An emoji with all that is joined to it counts as one sign of weight 2."""
    total, last = 0, ""
    for sign in unicodedata.normalize("NFC", text):
        joined = sign in _JOINERS or last == "\u200d" or "\U0001f3fb" <= sign <= "\U0001f3ff"
        total += 0 if joined and last else 1 if any(low <= ord(sign) <= high for low, high in _LIGHT) else 2
        last = sign
    return total
