"""Sums of money, in figures and in words. The value is a decimal number and a currency's ISO code: "12.50 EUR".

"francs" are Swiss, African or old; their value is the number alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from intents.components.spans import Folded, Span

_CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "balles": "EUR", "centimes": "EUR", "e": "EUR",
    "£": "GBP", "gbp": "GBP", "quid": "GBP", "pound": "GBP", "pounds": "GBP", "livres sterling": "GBP",
    "pence": "GBP", "p": "GBP", "us$": "USD", "usd": "USD", "ca$": "CAD", "c$": "CAD", "cad": "CAD", "piasses": "CAD",
    "piastres": "CAD", "chf": "CHF", "fr.": "CHF", "francs suisses": "CHF", "fcfa": "XOF", "dirhams": "MAD",
    "canadian dollars": "CAD", "dollars canadiens": "CAD", "us dollars": "USD", "dollars us": "USD", "¥": "JPY",
    "francs": "",
}  # fmt: skip
_DOLLARS = ("$", "dollar", "dollars", "bucks")
_HUNDREDTHS = ("centimes", "pence", "p")


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_WORDS = [word for word in (*_CURRENCIES, *_DOLLARS) if word[-1].isalpha() and len(word) > 1]
_SIGNS = [word for word in (*_CURRENCIES, *_DOLLARS) if not word[-1].isalpha()]
_BEFORE = [*_SIGNS, "eur", "usd", "gbp", "cad", "chf"]

_NUMBER = r"(?:\d{1,3}(?:[ .,']\d{3}(?!\d)){1,3}(?:[.,]\d{1,2}(?!\d))?|\d{1,9}(?:[.,]\d{1,2}(?!\d))?)"
_SIGN = rf"(?:{_any([*_SIGNS, '€uros'])})"
# in "2 $20 vouchers" the sign is the second number's
_AFTER = rf"(?:(?<! ){_SIGN}|(?<= ){_SIGN}(?!\d)|(?:{_any(_WORDS)})(?!\w)|p(?!\w)|e(?!\w))"
_NOT_MONEY = r"(?! de (?:tennis|golf|ping|foot|jeu)| (?:of weight|lighter|heavier))"
_AFTER_CENTS = r"(?= ?(?:$|[.,;:!?)]|(?:de|d'|pour|par|au|en|et|la|le|les|mais|sur|ttc) ))"
_CENTS = rf"(?:(?<=[€£$])\d\d(?!\d|[.,]\d)|(?<=euros) \d\d{_AFTER_CENTS})"
_FIGURES_RE = re.compile(
    rf"(?<![\w.,])(?P<number>{_NUMBER})(?P<thousands>k)? ?(?P<after>{_AFTER})"
    rf"(?:(?<=\$) ?(?P<code>usd|cad)(?!\w))?(?P<cents>{_CENTS})?{_NOT_MONEY}"
    rf"|(?<![a-z$€£])(?P<before>{_any(_BEFORE)}) ?(?P<number2>{_NUMBER})(?P<thousands2>k)?(?![\d%])"
    rf"(?: ?(?P<after2>usd|cad|eur|gbp|chf)(?!\w))?"
)
_WEIGHT_RE = re.compile(r"\b(?:los[et]|losing|gain(?:ed)?|shed|weigh(?:s|ed)?|holds?|carries|lifts?) [\w ]{0,8}$")

_VALUES = {
    word: value
    for value, words in {
        1: "un une one a", 2: "deux two", 3: "trois three", 4: "quatre four", 5: "cinq five", 6: "six", 7: "sept seven",
        8: "huit eight", 9: "neuf nine", 10: "dix ten", 11: "onze eleven", 12: "douze twelve", 13: "treize thirteen",
        14: "quatorze fourteen", 15: "quinze fifteen", 16: "seize sixteen", 17: "seventeen", 18: "eighteen",
        19: "nineteen", 20: "vingt vingts twenty", 30: "trente thirty", 40: "quarante forty", 50: "cinquante fifty",
        60: "soixante sixty", 70: "septante seventy", 80: "huitante eighty", 90: "nonante ninety",
        100: "cent cents hundred", 1000: "mille thousand",
    }.items()
    for word in words.split()
}  # fmt: skip
_SPOKEN_CURRENCIES = [word for word in _WORDS if word not in ("centimes", "pence", "pound", "e", "p")]
_SPOKEN = rf"(?:{_any([word for word in _VALUES if word != 'a'])})"
_SPOKEN_RE = re.compile(
    rf"(?<![\w-])((?:a (?=hundred|thousand))?{_SPOKEN}(?:(?: et | and |[ -]){_SPOKEN}){{0,6}})"
    rf" ({_any(_SPOKEN_CURRENCIES)})(?!\w){_NOT_MONEY}"
)
_SPOKEN_CURRENCY_RE = re.compile(rf" (?:{_any(_SPOKEN_CURRENCIES)})(?!\w)")


def amounts(text: Folded, dollar: str = "USD") -> Iterator[Span]:
    """`dollar` is the ISO code of a "$" that says no country."""
    plain = text.plain
    for match in _FIGURES_RE.finditer(plain):
        found = _figures(plain, match, dollar)
        if found is not None:
            yield text.span("amount", *match.span(), found)
    for match in _SPOKEN_RE.finditer(plain) if _SPOKEN_CURRENCY_RE.search(plain) else ():
        yield text.span("amount", *match.span(), _value(Decimal(spoken(match.group(1))), match.group(2), dollar))


def _figures(plain: str, match: re.Match[str], dollar: str) -> str | None:
    if match["before"]:
        number, sign = match["number2"], match["after2"] or match["before"]
    else:
        number, sign = match["number"], match["code"] or match["after"]
    value = number_of(number)
    if sign in ("e", "p") and not _is_short_sign(number, sign):
        return None
    if sign.startswith("pound") and _WEIGHT_RE.search(plain, max(0, match.start() - 30), match.start()):
        return None
    if match["thousands"] or match["thousands2"]:
        value *= 1000
    if sign in _HUNDREDTHS:
        value /= 100
    if match["cents"]:
        value += Decimal(match["cents"].strip()) / 100
    return _value(value, sign, dollar)


def _is_short_sign(number: str, sign: str) -> bool:
    """ "12,50e" is money, "20e" the twentieth; "99p" is money, "1080p" is not."""
    return bool(re.search(r"[.,]\d{1,2}$", number)) if sign == "e" else len(number) <= 2


def _value(value: Decimal, sign: str, dollar: str) -> str:
    currency = dollar if sign in _DOLLARS else _CURRENCIES.get(sign, "EUR")
    return f"{value:.2f} {currency}".rstrip()


def number_of(figures: str) -> Decimal:
    """One or two figures behind the last mark are decimals, whatever the mark; all other marks part thousands."""
    whole, mark, decimals = figures.rpartition(max(".", ",", key=figures.rfind))
    if not mark or len(decimals) > 2:
        whole, decimals = figures, "0"
    return Decimal(f"{re.sub('[^0-9]', '', whole)}.{decimals}")


def spoken(words: str) -> int:
    """ "deux cent quatre-vingt-dix" → 290."""
    total = group = 0
    for word in re.split(r"[ -]", words):
        value = _VALUES.get(word, 0)
        if value == 1000:
            total, group = total + max(group, 1) * value, 0
        elif value == 100:
            group = max(group, 1) * value
        elif value == 20 and group % 100 == 4:
            group += 76
        else:
            group += value
    return total + group
