"""Spans of a message's text, and the ones that carry their own sign: e-mail addresses, links, handles.

Finders read the folded text (lower case, no accents, one kind of space and apostrophe, nothing invisible) and give
spans of the original. Every repetition in their patterns is bounded or starts only where a word starts, so what a
search costs grows with the text's length and no faster.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """`start` and `end` count characters of the original text."""

    kind: str
    start: int
    end: int
    value: str


class _Folds(dict[int, str]):
    """What each character is folded to, worked out when first met and remembered up to a bound."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) < 4096:
            self[code] = folded
        return folded


def _fold(ch: str) -> str:
    if ch in _LIKE:
        return _LIKE[ch]
    category = unicodedata.category(ch)
    if category in ("Mn", "Cf"):
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(ch))
    plain = unicodedata.normalize("NFKD", ch)
    if len(plain) > 1:
        plain = "".join(each for each in plain if unicodedata.category(each) != "Mn")
    if len(plain) != 1 or unicodedata.decomposition(ch).startswith(("<super>", "<sub>", "<circle>")):
        return ch
    return plain.lower()[0]


_LIKE = {
    "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "№": "n°", "º": "°", "’": "'", "‘": "'", "ʼ": "'",
    "´": "'", "`": "'", "‐": "-", "‑": "-", "–": "-", "−": "-", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
_FOLDS = _Folds()
_GROWS_RE = re.compile(f"[{''.join(ch for ch, folded in _LIKE.items() if len(folded) > 1)}]")


@dataclass(frozen=True)
class Folded:
    """`plain` is `raw` folded; `offsets` tell where in `raw` each of its characters stood, None: at the same place."""

    raw: str
    plain: str
    offsets: Sequence[int] | None = None

    @classmethod
    def of(cls, raw: str) -> Folded:
        if raw.isascii():
            return cls(raw, raw.lower())
        plain = raw.translate(_FOLDS)
        # what is dropped shows in the length, unless something else grew
        if len(plain) == len(raw) and not _GROWS_RE.search(raw):
            return cls(raw, plain)
        return cls(raw, plain, [place for place, ch in enumerate(raw) for _ in _FOLDS[ord(ch)]])

    def bounds(self, start: int, end: int) -> tuple[int, int]:
        """Where `plain[start:end]` (not empty) stands in `raw`, with the accents that follow its last letter."""
        if self.offsets is None:
            return start, end
        start, end = self.offsets[start], self.offsets[end - 1] + 1
        while end < len(self.raw) and unicodedata.category(self.raw[end]) == "Mn":
            end += 1
        return start, end

    def written(self, start: int, end: int) -> str:
        """`plain[start:end]` as it was typed."""
        start, end = self.bounds(start, end)
        return self.raw[start:end]

    def visible(self, start: int, end: int) -> str:
        """The same without characters that nobody sees."""
        return "".join(ch for ch in self.written(start, end) if unicodedata.category(ch) != "Cf")

    def span(self, kind: str, start: int, end: int, value: str | None = None) -> Span:
        """`start` and `end` count characters of `plain`; without a value it is the text as it was typed."""
        first, last = self.bounds(start, end)
        return Span(kind, first, last, self.raw[first:last] if value is None else value)


class Chosen:
    """Spans that do not overlap: what was added first keeps its place."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)
        self.spans: list[Span] = []

    def add(self, spans: Iterable[Span]) -> None:
        for span in spans:
            if self._taken.find(1, span.start, span.end) == -1:
                self._taken[span.start : span.end] = b"\1" * (span.end - span.start)
                self.spans.append(span)


_EMAIL_RE = re.compile(
    r"(?<![\w.+@-])(?:mailto:)?((?!\.)[\w.+'-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24})(?![\w@])"
)
_HANDLE_RE = re.compile(
    r"(?<![\w@./:])@((?=[\d_.]{0,30}[a-z])[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?)(@[a-z0-9.-]{1,60}[a-z])?"
)
_NOT_A_HANDLE_RE = re.compile(r"\d{1,2}(?:h\d{0,2}|am|pm|e|eur|euros?)")

_TLDS = (
    "com|net|org|fr|be|ch|eu|uk|us|ie|quebec|paris|es|nl|lu|ru|cn|shop|store|xyz|info|biz|online|site|website|example|"
    "app|io|dev|club|vip|win|gg|tk|cf|boutique|blog|ly|gl"
)
_WORDLIKE_TLDS = "ca|me|to|it|de|co|la|top|pro|live|link|club|tv|ai|in|so|at|page|click|fun|news|group|digital|tech"
_LABELS = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,4}"
_PORT_AND_PATH = r"(?::\d{1,5})?(?:[/?#]\S*)?"
_URL_RE = re.compile(
    r"(?<![\w@])(?:"
    r"(?:https?://|www\.)[^\s<>\"]+"
    rf"|(?<![.-]){_LABELS}(?:{_TLDS})(?![\w@-]|\.\w){_PORT_AND_PATH}"
    # "c'est super.ca marche": a name of words alone, before such an ending, needs a path
    rf"|(?<![.-]){_LABELS}(?:{_WORDLIKE_TLDS})/\S+"
    rf"|(?<![.-])(?=[a-z.]{{0,60}}[\d-]){_LABELS}(?:{_WORDLIKE_TLDS})(?![\w@-]|\.\w)"
    r")"
)
_CLOSING = {")": "(", "]": "[", "}": "{", "»": "«"}


def emails(text: Folded) -> Iterator[Span]:
    for match in _EMAIL_RE.finditer(text.plain) if "@" in text.plain else ():
        yield text.span("email", *match.span(1), text.visible(*match.span(1)).lower())


def urls(text: Folded) -> Iterator[Span]:
    """Links, also without a scheme. The mark that ends the sentence is not the link's."""
    for match in _URL_RE.finditer(text.plain) if "." in text.plain or "://" in text.plain else ():
        start, end = match.start(), _end_of_link(text.plain, *match.span())
        if end - start > len("https://"):
            yield text.span("url", start, end)


def _end_of_link(plain: str, start: int, end: int) -> int:
    while end > start:
        last = plain[end - 1]
        unopened = last in _CLOSING and plain.find(_CLOSING[last], start, end) == -1
        if not unopened and last not in ".,;:!?'\"…*_~”":
            break
        end -= 1
    return end


def handles(text: Folded) -> Iterator[Span]:
    """The value is without the "@"; the server of a federated one (@name@server) belongs to it."""
    for match in _HANDLE_RE.finditer(text.plain) if "@" in text.plain else ():
        if not _NOT_A_HANDLE_RE.fullmatch(match.group(1)):
            yield text.span("handle", *match.span(), text.visible(match.start() + 1, match.end()))
