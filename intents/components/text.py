"""From a comment as it was typed to the features the linear models see.

Pure functions of the text: nothing here is learned, so training, serving and evaluation agree by construction.
The message itself is never changed; what is folded away here (accents, letter case, elongations) is the models' alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MAX_CHARS = 10_000
"""Text beyond this is not read: nobody's intent hides there, and time per message stays bounded."""

URL, HANDLE, EMAIL, NUMBER = "xurl", "xuser", "xmail", "xnum"

_EMOJI_CLASS = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_SKIN_TONES = dict.fromkeys(range(0x1F3FB, 0x1F400))
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "œ": "oe", "æ": "ae", "ß": "ss"}
)

_EMAIL_RE = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_URL_RE = re.compile(
    r"(?:https?://|www\.)\S+|\b[a-z0-9-]{2,63}\.(?:com|net|org|fr|be|ca|io|ly|me|co|uk|shop|xyz|ru|top|info|biz)\b(?:/\S*)?"
)
_HANDLE_RE = re.compile(r"(?<!\w)@[\w.]{2,64}")
_NUMBER_RE = re.compile(r"(?<![a-z])\d[\d.,:/ ]*(?:(?<=\d)|(?<=[.,:/ ]))")
_ELONGATION_RE = re.compile(r"([^\W\d_])\1{2,}")
_REPEATED_MARK_RE = re.compile(r"([^\w\s])\1+")
_TOKEN_RE = re.compile(rf"[^\W_](?:[\w*$]*[^\W_*])?|[{_EMOJI_CLASS}]|[?!€$£%]")
_LETTER_RE = re.compile(r"[^\W\d_]")
_REMEMBERED = 512


@lru_cache(maxsize=_REMEMBERED)
def normalise(text: str) -> str:
    """One spelling for what people write in many: lower case, plain letters, placeholders. Accents are kept.

    The last results are remembered: every component of the pipeline asks for the same batch.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_CHARS])
    text = "".join(ch for ch in text if ch in "\n\t" or unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = text.replace("\ufe0f", "").translate(_SKIN_TONES).lower().translate(_TYPOGRAPHY)
    text = _EMAIL_RE.sub(f" {EMAIL} ", text)
    text = _URL_RE.sub(f" {URL} ", text)
    text = _HANDLE_RE.sub(f" {HANDLE} ", text)
    text = _NUMBER_RE.sub(f" {NUMBER} ", text)
    text = _ELONGATION_RE.sub(r"\1\1", text)
    return _REPEATED_MARK_RE.sub(r"\1", text)


def fold(text: str) -> str:
    """`text` without its accents: "déçue" and "decue" become one."""
    if text.isascii():
        return text
    return "".join(ch for ch in unicodedata.normalize("NFD", text) if unicodedata.category(ch) != "Mn")


def tokens(text: str) -> list[str]:
    """Words, emoji and the few marks that carry meaning, of a normalised text."""
    return _TOKEN_RE.findall(text)


def plain_words(text: str) -> str:
    """What tells a language: the words alone, without handles, links, numbers, hashtags' signs and emoji."""
    words = (
        word for word in tokens(normalise(text)) if word not in (URL, HANDLE, EMAIL, NUMBER) and _LETTER_RE.match(word)
    )
    return " ".join(words)


def letters(text: str) -> int:
    """How many letters `text` has, whatever the script."""
    return len(_LETTER_RE.findall(text))


def word_features(text: str) -> Iterator[str]:
    """Words and pairs of words without accents, accented words beside them, and the rough length."""
    words = tokens(normalise(text))
    if not words:
        return
    plain = [fold(word) for word in words]
    yield from plain
    for word, folded in zip(words, plain, strict=True):
        if word != folded:
            yield "^" + word
    yield from (f"{left} {right}" for left, right in zip(["<", *plain], [*plain, ">"], strict=True))
    yield f"#{min(len(words).bit_length(), 6)}"


def character_features(text: str, shortest: int = 2, longest: int = 6) -> Iterator[str]:
    """Pieces of `shortest` to `longest` characters inside each word, its edges marked by spaces."""
    for word in tokens(fold(normalise(text))):
        padded = f" {word} "
        length = len(padded)
        for size in range(shortest, min(longest, length) + 1):
            for start in range(length - size + 1):
                yield padded[start : start + size]
