"""Dates: exact ones, whose value is ISO 8601 ("2026-03-12", "--03-12" without a year, "2026-03" without a day), and
relative ones, whose value is the words, as nothing here knows today."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.components.spans import Folded, Span

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv january jan", "fevrier fevr fev february feb", "mars march mar", "avril avr april apr",
            "mai may", "juin june jun", "juillet juil july jul", "aout august aug", "septembre september sept sep",
            "octobre october oct", "novembre november nov", "decembre december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ABBREVIATIONS = frozenset(
    {
        "janv", "jan", "fevr", "fev", "feb", "mar", "avr", "apr", "jun", "juil", "jul", "aug", "sept", "sep", "oct",
        "nov", "dec",
    }
)  # fmt: skip
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_YEAR = r"(?:(?:19|20)\d\d)(?!\d)"
_ISO_RE = re.compile(r"(?<![\w/.:-])((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?![\w/-]|[.,:]\d)")
_NUMERIC_RE = re.compile(r"(?<![\w/.,:+-])(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\w/%-]|[.,:]\d)")
_DAY_MONTH_RE = re.compile(
    rf"(?<![\w/.,:])(\d{{1,2}})(?:er|eme|e|st|nd|rd|th)?(?: of | ?- ?| )?({_MONTH})(?!\w)(\.(?! ?\d{{1,3}}(?!\d)))?"
    rf"(?:[ ,-]{{1,2}}({_YEAR}))?"
)
_MONTH_DAY_RE = re.compile(
    rf"(?<![\w-])({_MONTH})\.?[ -](?:the )?(\d{{1,2}})(st|nd|rd|th)?"
    r"(?![\w/%:€$£]|[.,]\d| ?(?:€|h\b|%|am\b|pm\b|euros?\b))"
    rf"(?:,? ({_YEAR}))?"
)
_MONTH_YEAR_RE = re.compile(rf"(?<![\w-])({_MONTH})\.? ({_YEAR})(?!\w)")
_MONTH_WORD_RE = re.compile(rf"(?<![a-z]){_MONTH}(?![a-z])")

_FR_DAY = "(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
_EN_DAY = "(?:mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_INTRODUCED_RE = re.compile(
    rf"\b(?:le|du|au|on|since|depuis|by|before|avant|from|until|till|dated?|due|{_FR_DAY}|{_EN_DAY})[ :(]*$"
)
_COUNT = (
    r"(?:\d{1,3}|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|plusieurs|quelques|"
    r"an?|one|two|three|four|five|seven|eight|nine|ten|twelve|a few|a couple of|several)"
)
_FR_UNIT = "(?:minutes?|mins?|heures?|h|jours?|j|semaines?|sem|mois|ans?|annees?)"
_EN_UNIT = "(?:minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|years?|yrs?)"
_ABOUT = "(?:deja |plus d[e'] ?|environ |presque |bientot |a peine |au moins |pres de )?"
_PART = "(?:matin|soir|apres-midi|midi|morning|afternoon|evening|night)"
_RELATIVE_RE = re.compile(
    r"(?<![\w-])(?:"
    rf"avant[- ]hier|apres[- ]demain|(?:hier|demain)(?: (?:{_PART}))?|aujourd'?hui|ajd|auj|"
    rf"the day (?:before yesterday|after tomorrow)|(?:yesterday|tomorrow|tmrw)(?: {_PART})?|today|tonight|"
    rf"{_FR_DAY} (?:dernier|prochain|passe)|ce (?:matin|soir|midi|week-?end|mois-ci|{_FR_DAY})|"
    r"cet(?:te)? (?:apres-midi|semaine)|"
    r"la semaine (?:derniere|prochaine|passee)|l'(?:annee (?:derniere|prochaine|passee)|an (?:dernier|prochain|passe))|"
    r"le (?:mois|week-?end) (?:dernier|prochain|passe)|"
    rf"(?:last|next|this) (?:{_EN_DAY}|week-?end|week|month|year|{_PART})|"
    rf"(?:(?:il )?y'? ?a|depuis|dans) {_ABOUT}{_COUNT} {{0,1}}{_FR_UNIT}|(?:depuis {_FR_DAY}|since {_EN_DAY})|"
    rf"{_COUNT} {{0,1}}{_EN_UNIT} ago"
    r")(?!\w)"
)
_SCALE_ENDS = (10, 20)


def exact_dates(text: Folded, day_first: bool = True) -> Iterator[Span]:
    """`day_first` decides 03/04; a number above 12 decides for itself. The article and the day of the week stay out."""
    plain = text.plain
    for match in _ISO_RE.finditer(plain):
        value = _iso(int(match[1]), int(match[3]), int(match[4]))
        if value:
            yield text.span("date", *match.span(), value)
    for match in _NUMERIC_RE.finditer(plain):
        value = _numeric(plain, match, day_first)
        if value:
            yield text.span("date", *match.span(), value)
    if _MONTH_WORD_RE.search(plain):
        yield from _named(text)


def relative_dates(text: Folded) -> Iterator[Span]:
    for match in _RELATIVE_RE.finditer(text.plain):
        yield text.span("date", *match.span())


def _named(text: Folded) -> Iterator[Span]:
    for match in _DAY_MONTH_RE.finditer(text.plain):
        value = _iso(_year(match[4]), _MONTHS[match[2]], int(match[1]))
        # the mark belongs to an abbreviation, and else to the sentence
        end = match.start(3) if match[3] and not match[4] and match[2] not in _ABBREVIATIONS else match.end()
        bare_verb = match[0].endswith(" may") and not _means_a_month(text, match.start(), match.span(2))
        if value and not bare_verb:
            yield text.span("date", match.start(), end, value)
    for match in _MONTH_DAY_RE.finditer(text.plain):
        value = _iso(_year(match[4]), _MONTHS[match[1]], int(match[2]))
        if value and (match[3] or match[4] or _means_a_month(text, match.start(), match.span(1))):
            yield text.span("date", *match.span(), value)
    for match in _MONTH_YEAR_RE.finditer(text.plain):
        yield text.span("date", *match.span(), f"{match[2]}-{_MONTHS[match[1]]:02d}")


def _means_a_month(text: Folded, start: int, month: tuple[int, int]) -> bool:
    """ "may 10 people come" and "we march 10 miles" do not; French days stand before their month."""
    name = text.plain[slice(*month)]
    if name in ("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout"):
        return False
    capital = text.written(*month)[0].isupper()
    return capital or name not in ("may", "march", "mar") or _is_introduced(text.plain, start)


def _numeric(plain: str, match: re.Match[str], day_first: bool) -> str | None:
    first, mark, second, year = match.groups()
    if year is None and (mark != "/" or not _is_no_score(plain, match)):
        return None
    if year and len(year) == 2 and mark != "/" and not len(first) == len(second) == 2:
        return None
    day, month = int(first), int(second)
    if month > 12 or (day <= 12 and not day_first):
        day, month = month, day
    return _iso(_year(year), month, day)


def _is_no_score(plain: str, match: re.Match[str]) -> bool:
    """8/10, 24/24 and 2/3 are dates only where something says so ("le 8/10"); 08/10 and 15/12 are by themselves."""
    first, second = match[1], match[3]
    if (first, second) == ("24", "7"):
        return False
    if first[0] == "0" or second[0] == "0":
        return first not in ("0", "00")
    if len(first) == len(second) == 2 and first != second and int(second) not in _SCALE_ENDS:
        return True
    return _is_introduced(plain, match.start())


def _is_introduced(plain: str, start: int) -> bool:
    return bool(_INTRODUCED_RE.search(plain, max(0, start - 14), start))


def _year(figures: str | None) -> int | None:
    if figures is None or len(figures) == 4:
        return int(figures) if figures else None
    return int(figures) + (2000 if int(figures) < 50 else 1900)


def _iso(year: int | None, month: int, day: int) -> str | None:
    """None for what no calendar has."""
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
        return None
    if year is None:
        return f"--{month:02d}-{day:02d}"
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if ((month, day) == (2, 29) and not leap) or not 1900 <= year < 2100:
        return None
    return f"{year}-{month:02d}-{day:02d}"
