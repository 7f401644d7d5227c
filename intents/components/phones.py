"""Telephone numbers, judged by the library phonenumbers. The value is E.164 ("+33142685300") where they are valid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

from intents.components.orders import ORDER_WORD
from intents.components.spans import Folded, Span

MAX_LOOKUPS = 24
"""The library takes some 50 µs for a number, and a text of nothing but digits holds many that could be one."""

_PHONE_RE = re.compile(
    r"(?<![\w#])(?<!\d[.,/:-])(?:"
    r"(?P<abroad>(?:\+ ?|00 ?)[1-9]\d{0,2}(?:[ .\-/]{0,2}\(0\))?(?:[ .\-/()]{0,2}\d){6,13})"
    r"|(?P<trunk>\(?0[1-9]\d{0,3}\)?(?:[ .\-/]?\d){5,9})"
    r"|(?P<parted>(?:1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4})"
    r"|(?P<bare>[2-9]\d{9})"
    r")(?![\w%€$£]|[.,/:-]\d)"
)
_ORDER_BEFORE_RE = re.compile(rf"(?:\b{ORDER_WORD}[ :.]*(?:n ?°|no\.?|numero|number|est|is|c'est)?[ :#(.-]*|#)$")
_PHONE_BEFORE_RE = re.compile(
    r"\b(?:tel|telephone|phone|mobile|portable|cell|gsm|fixe|call|ring|text|appel\w*|rappel\w*|joindre|joignable|contact\w*|"
    r"whatsapp|sms|reach|(?:mon|my) (?:num|numero|number))\b[^0-9]{0,20}$"
)
_CUT_RE = re.compile(r"[ .\-/()]+\d+$")
_LENGTHS = {"abroad": (8, 17), "trunk": (9, 11), "parted": (10, 11), "bare": (10, 10)}


def phones(text: Folded, regions: Sequence[str]) -> Iterator[Span]:
    """`regions` are ISO 3166 codes; the first in which a number without its country code is valid, is its own."""
    left = MAX_LOOKUPS
    for match in _PHONE_RE.finditer(text.plain):
        shape, start = str(match.lastgroup), match.start()
        before = text.plain[max(0, start - 40) : start]
        called = bool(_PHONE_BEFORE_RE.search(before))
        if _ORDER_BEFORE_RE.search(before) or (shape == "bare" and not called):
            continue
        written = match.group()
        for cut in range(4):
            digits = sum(ch.isdecimal() for ch in written)
            if left > 0 and _LENGTHS[shape][0] <= digits <= _LENGTHS[shape][1]:
                tried = _regions(shape, written, regions)
                left -= len(tried)
                value = _e164(written, tried, possible=not cut and (called or written.startswith("+")))
                if value is not None:
                    yield text.span("phone", start, start + len(written), value or None)
                    break
            # what follows a number ("… 12 34, 2 lampes") may have been taken for its end
            shorter = _CUT_RE.sub("", written)
            if shorter == written:
                break
            written = shorter


def _regions(shape: str, written: str, regions: Sequence[str]) -> list[str | None]:
    """Those that may have such a number; [None] for one that says its country itself."""
    if shape == "abroad":
        return [None]
    digits = "".join(_groups(written))
    fitting: dict[int, str | None] = {}
    for region in regions:
        code, prefix, pattern = _plan(region)
        national = digits[len(prefix) :] if prefix and digits.startswith(prefix) else digits
        # a 0 is dialled first either by everybody in a country or by nobody
        if (not prefix or (prefix == "0") == (shape == "trunk")) and pattern.fullmatch(national):
            fitting.setdefault(code, region)
    return list(fitting.values())


@lru_cache(maxsize=256)
def _plan(region: str) -> tuple[int, str, re.Pattern[str]]:
    """A region's country code, what is dialled before a national number, and the outline of one. Raises ValueError."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise ValueError(f"{region!r} is no region: ISO 3166 codes such as FR are")
    outline = re.compile(metadata.general_desc.national_number_pattern)
    return metadata.country_code, metadata.national_prefix or "", outline


def _e164(written: str, regions: Sequence[str | None], possible: bool) -> str | None:
    """None: no number. Empty: its length is right and nothing more is known, which `possible` lets pass."""
    dialled = re.sub(r"^(?:00|\+) ?", "+", written) if regions == [None] else written
    valid, could_be = [], bool(regions) and regions != [None]
    for region in regions:
        try:
            number = phonenumbers.parse(dialled, region)
        except NumberParseException:
            continue
        if not phonenumbers.is_valid_number(number):
            could_be = could_be or phonenumbers.is_possible_number(number)
            continue
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        if region is None or _groups(written) in ([written], _national_groups(number)):
            return str(e164)
        valid.append(str(e164))
    if valid:
        return valid[0]
    return "" if possible and could_be else None


def _groups(written: str) -> list[str]:
    return re.findall(r"\d+", written)


def _national_groups(number: phonenumbers.PhoneNumber) -> list[str]:
    """0470 12 34 56 is valid in France and in Belgium, but only in Belgium it is written so."""
    return _groups(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


def warm_up(regions: Sequence[str]) -> None:
    """Load what the library knows of these regions, so that no message waits for it. Raises ValueError."""
    for region in regions:
        _plan(region)
        phonenumbers.is_valid_number(phonenumbers.example_number(region))
