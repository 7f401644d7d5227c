"""Measuring and splitting text in the unit a platform counts in.

A text that is too long is cut where a writer would: between paragraphs, else lines, else sentences, else words. A word,
a link or a composed sign (a family of emoji, a flag, a letter with its accents) is broken only when it alone is over
the limit.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate

from bot.model.capability import TextUnit
from bot.model.length import measure

SMALLEST_LIMIT = 4
"""The most that one code point takes, in bytes: below it nothing could be promised."""
FULL_ENOUGH = 3
"""A part ends at a paragraph, line or sentence only when it is at least a third full by then."""

_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_JOINERS = frozenset("\u200c\u200d")
_ENDS = frozenset(".!?…")
_WIDE_ENDS = frozenset("。！？")
_WIDE_PAUSES = frozenset("，、；：）」』】》")

ANYWHERE, WORD, SENTENCE, LINE, PARAGRAPH = range(5)


def split(text: str, limit: int, unit: TextUnit) -> tuple[str, ...]:
    """The text in parts of at most `limit` units, in order; white space where it was cut is dropped.

    A text that fits comes back as it is. Raises `ValueError` for a limit that a single sign could exceed.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"no text can be split into parts of {limit}")
    if measure(text, unit) <= limit:
        return (text,)
    atoms = list(_atoms(text, limit, unit))
    reach = list(accumulate((measure(atom, unit) for atom in atoms), initial=0))
    parts = []
    start = 0
    while start < len(atoms):
        end = _fitting(atoms, reach, start, limit)
        end = end if end == len(atoms) else _best_cut(atoms, reach, start, end, limit)
        parts.append("".join(atoms[start:end]).strip())
        start = end
    return tuple(part for part in parts if part)


def _fitting(atoms: list[str], reach: list[int], start: int, limit: int) -> int:
    """The end of the longest run from `start` that fits; white space at its end does not count."""
    end = start
    while end < len(atoms) and (atoms[end].isspace() or reach[end + 1] - reach[start] <= limit):
        end += 1
    return end


def _best_cut(atoms: list[str], reach: list[int], start: int, end: int, limit: int) -> int:
    for wanted in (PARAGRAPH, LINE, SENTENCE):
        for cut in range(end, start, -1):
            if (reach[cut] - reach[start]) * FULL_ENOUGH < limit:
                break
            if _rank(atoms, cut) >= wanted:
                return cut
    return next((cut for cut in range(end, start, -1) if _rank(atoms, cut) >= WORD), end)


def _rank(atoms: list[str], cut: int) -> int:
    """How good a place it is to cut before `atoms[cut]`."""
    last = atoms[cut - 1]
    if last.isspace():
        newlines = last.count("\n")
        if newlines:
            return PARAGRAPH if newlines > 1 else LINE
        return SENTENCE if cut > 1 and atoms[cut - 2][-1] in _ENDS else WORD
    if last[-1] in _WIDE_ENDS:
        return SENTENCE
    return WORD if last[-1] in _WIDE_PAUSES else ANYWHERE


def _atoms(text: str, limit: int, unit: TextUnit) -> Iterator[str]:
    """What should stay in one piece: links, words, runs of white space, single signs; broken if they must be."""
    links = {place: match.start() for match in _LINK.finditer(text) for place in range(*match.span())}
    atom, kind, place = "", "", 0
    for sign in _signs(text):
        here = f"link {links[place]}" if place in links else _kind(sign)
        if atom and (here != kind or here == "sign"):
            yield from _broken(atom, limit, unit)
            atom = ""
        atom += sign
        kind = here
        place += len(sign)
    yield from _broken(atom, limit, unit)


def _kind(sign: str) -> str:
    if sign.isspace():
        return "space"
    return "word" if sign[0].isalnum() and not _stands_alone(sign[0]) else "sign"


def _stands_alone(character: str) -> bool:
    """Ideographs and kana: scripts without spaces, whose signs may be parted."""
    return unicodedata.name(character, "").startswith(("CJK", "HIRAGANA", "KATAKANA"))


def _broken(atom: str, limit: int, unit: TextUnit) -> Iterator[str]:
    """The atom itself, or its signs when it is over the limit, or their code points when one of these still is."""
    if atom.isspace() or measure(atom, unit) <= limit:
        yield atom
        return
    for sign in _signs(atom):
        if measure(sign, unit) <= limit:
            yield sign
        else:
            yield from sign


def _signs(text: str) -> Iterator[str]:
    """What a reader takes for one sign: a letter with its marks, an emoji with all that is joined to it, a flag."""
    sign = ""
    for character in text:
        if sign and not _continues(sign, character):
            yield sign
            sign = ""
        sign += character
    yield sign


def _continues(sign: str, character: str) -> bool:
    if character in _JOINERS or sign[-1] == "\u200d" or unicodedata.category(character).startswith("M"):
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f":
        return True
    return len(sign) == 1 and _is_flag_half(sign) and _is_flag_half(character)


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
