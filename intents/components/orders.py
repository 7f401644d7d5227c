"""Numbers of orders, parcels and invoices: what follows such a word, and what has the shape of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from intents.components.spans import Folded, Span

ORDER_WORD = (
    r"(?:commandes?|cdes?|cmd|orders?|colis|parcels?|packages?|shipments?|tracking|suivi|factures?|invoices?|receipts?|"
    r"bookings?|tickets?|dossiers?|ref(?:erence)?s?)"
)
_LABEL = r"(?:n ?°|numero\b|number\b|num\b\.?|no\.|nr\b\.?)"
_LINK = (
    rf"(?:[ \t\n]{{0,3}}(?:[:=(.]|-(?= )|{_LABEL}|no\b|n\b|id\b|code\b|ref\b\.?|"
    rf"est\b|c'est\b|is\b|it's\b|was\b|etait\b|(?:de|d'|of) ?{ORDER_WORD}|{ORDER_WORD}\b|suivante?\b)){{0,5}}"
)
_NUMBER = (
    r"(?:\d{1,3}(?: \d{3}(?!\w)){1,3}|\d\d(?: \d\d(?!\w)){2,5}"
    r"|(?=[a-z]{0,3}\d)[a-z0-9]{2,4}(?: \d{4,5}(?!\w)){2,4}(?: \d{1,3}(?!\w))?"
    r"|[a-z0-9](?:[a-z0-9]|[-_/](?=[a-z0-9])){2,31})"
)
_CUED_RE = re.compile(
    rf"(?<![\w@])(?:(?P<word>{ORDER_WORD})\b(?![-_])|{_LABEL}){_LINK}"
    rf"[ \t\n]{{0,3}}(?P<number>#?{_NUMBER})(?![\w@%€$£-]|[.,/]\d)"
)
_HASH_RE = re.compile(r"(?<![\w#&/])#([a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){3,31})(?![\w@-]|[.,]\d)")
_BARE_RE = re.compile(
    r"(?<![\w#@./+$€£-])(?=[a-z-]{0,6}\d)[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){5,31}(?![\w@%€$£-]|[.,/:]\d)"
)
_CUE_RE = re.compile(rf"(?:{ORDER_WORD}|{_LABEL}|#)")
_LABELLED_RE = re.compile(rf"#|{_LABEL}|\bno\b|\bid\b")
_MEASURE_RE = re.compile(
    r"\d+(?:[x*]\d+)+|\d+(?:[x*]\d+)*-?(?:ml|cl|l|g|kg|mg|cm|mm|m|km|m2|m3|h|min|mn|s|j|w|wh|k|v|x|er|e|eme|st|nd|"
    r"rd|th|ans?|pcs?|mah|go|gb|mo|mb|to|tb|lm|hz|ft|in|lb|lbs|oz|p|px|am|pm|eur|euros?|usd|gbp|chf|cad|quid|balles)|\d+h\d+"
)
_OF_SOMETHING_ELSE_RE = re.compile(
    r"\b(?:compte|account|clients?|customer|carte|card|presse|bancaire|siret|siren|rue|app?t|appartement|flat|porte|code|"
    r"adherent|membre|member|badge|phone|tel|telephone|portable|mobile|chambre|room|bus|ligne|taille|size|page) ?$"
)
_YEAR_RE = re.compile(r"(?:19|20)\d\d(?:-(?:19|20)?\d\d)?")
_COUNTED_RE = re.compile(
    r" ?(?:of|units?|unites?|pieces?|pcs|exemplaires?|lampes?|lamps?|ampoules?|bulbs?|articles?|items?|personnes?|"
    r"people|points?|fois|times|euros?|quid|balles|dollars|h)\b"
)


def orders_by_pattern(raw: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[Span]:
    """By a brand's own patterns, over the text as typed: their first group is the number, or else the whole match."""
    for pattern in patterns:
        for match in pattern.finditer(raw):
            start, end = match.span(1 if pattern.groups and match.group(1) else 0)
            if start < end:
                yield Span("order_number", start, end, _value(raw[start:end]))


def orders(text: Folded) -> Iterator[Span]:
    plain = text.plain
    for match in _CUED_RE.finditer(plain) if _CUE_RE.search(plain) else ():
        start, end = match.span("number")
        if not match["word"] and _OF_SOMETHING_ELSE_RE.search(plain, max(0, match.start() - 20), match.start()):
            continue
        labelled = bool(_LABELLED_RE.search(plain, match.start(), start + 1))
        if not labelled and _counts_or_addresses(text, start, end):
            continue
        if _is_number(match["number"].lstrip("#"), labelled):
            yield text.span("order_number", start, end, _value(text.visible(start, end)))
    for match in _HASH_RE.finditer(plain) if "#" in plain else ():
        number = match.group(1)
        if (number.isdecimal() and not _YEAR_RE.fullmatch(number)) or _has_shape(text.written(*match.span(1)), 4):
            yield text.span("order_number", *match.span(), _value(text.visible(*match.span())))
    for match in _BARE_RE.finditer(plain):
        number = match.group()
        if (number.isdecimal() and 8 <= len(number) <= 16) or _has_shape(text.written(*match.span()), 5):
            yield text.span("order_number", *match.span(), _value(text.visible(*match.span())))


def _value(written: str) -> str:
    return re.sub(r"[\s#]", "", written).upper()


def _digits(number: str) -> int:
    return sum(ch.isdecimal() for ch in number)


def _is_number(number: str, labelled: bool) -> bool:
    """Whether what follows a word like "commande" is its number, and no year, measure or how many."""
    digits = _digits(number)
    if digits < 3 or _MEASURE_RE.fullmatch(number):
        return False
    if not labelled and (_YEAR_RE.fullmatch(number) or (number.isdecimal() and digits == 3)):
        return False
    return max(map(len, re.findall(r"[a-z]+", number)), default=0) <= 8


def _counts_or_addresses(text: Folded, start: int, end: int) -> bool:
    """ "order 1500 of them" counts, "colis 75011 Paris" has a postal code."""
    number = text.plain[start:end]
    if not number.isdecimal():
        return False
    if _COUNTED_RE.match(text.plain, end):
        return True
    follows = text.plain[end : end + 2]
    is_word = len(follows) == 2 and follows[0] == " " and text.written(end + 1, end + 2).isupper()
    return len(number) == 5 and is_word and ":" not in text.plain[start - 2 : start]


def _has_shape(written: str, min_digits: int) -> bool:
    """Whether a word of letters and digits looks like a number without being called one; an IBAN is too long."""
    lower = written.lower()
    runs = re.findall(r"[a-z]+", lower)
    if not runs or len(written) > 20 or _digits(written) < min_digits or max(map(len, runs)) > 4:
        return False
    if _MEASURE_RE.fullmatch(lower) or re.fullmatch(r"[a-z]+-?(?:19|20)\d\d", lower):
        return False
    return written.upper() == written or "-" in written or sum(map(len, runs)) <= 2
