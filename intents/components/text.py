"""From a comment as it was typed to the words the linear models see.

Pure functions of the text: nothing here is learned, so training, serving and evaluation agree by construction.
The message itself is never changed; what is folded away here (accents, letter case, elongations, disguises) is the
models' alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARS = 10_000
"""Text beyond this is not read: nobody's intent hides there, and time per message stays bounded."""

URL, HANDLE, EMAIL, NUMBER, PLUS_ONE = "xurl", "xuser", "xmail", "xnum", "xplus"
PLACEHOLDERS = frozenset({URL, HANDLE, EMAIL, NUMBER, PLUS_ONE})

_EMOJI_CLASS = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_UNSEEN_RE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)
"""Controls, joiners, directions, halves of characters, skin tones: how a text looks, not what it says."""
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "œ": "oe", "æ": "ae", "ß": "ss"}
)
_LOOK_ALIKES = str.maketrans("авеёкмнорстухіјѕԁԛԝαεικνορτυχ", "abeekmhopctyxijsdqwaeikvoptux")
"""Cyrillic and Greek letters that pass for Latin ones; only read so inside a word that has Latin letters too."""
_DISGUISES = str.maketrans("013457@$€", "oieastase")
_SMILEYS = {
    "<3": "❤", "</3": "💔", ":)": "🙂", ":-)": "🙂", "=)": "🙂", ":]": "🙂", ":(": "🙁", ":-(": "🙁", "=(": "🙁",
    ";)": "😉", ";-)": "😉", ":d": "😃", ":-d": "😃", "=d": "😃", "xd": "😆", ":'(": "😢", ":'-(": "😢", ";(": "😢",
    ":p": "😛", ":-p": "😛", ";p": "😜", "^^": "😊", "^_^": "😊", "-_-": "😑", ":/": "😕", ":-/": "😕", ":|": "😐",
    ":o": "😮", ":-o": "😮", ">:(": "😠", ":3": "😺", ":*": "😘", ":-*": "😘", "o_o": "😮", "t_t": "😭",
}  # fmt: skip

_EMAIL_RE = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_URL_RE = re.compile(
    r"(?:https?://|www\.)\S+|\b[a-z0-9-]{2,63}\.(?:com|net|org|fr|be|ca|io|ly|me|co|uk|shop|xyz|ru|top|info|biz)\b(?:/\S*)?"
)
_HANDLE_RE = re.compile(r"(?<!\w)@[\w.]{2,64}")
_PLUS_ONE_RE = re.compile(r"(?<!\S)\+1(?!\S)")
_SMILEY_RE = re.compile(
    r"(?<![\w:])(?:" + "|".join(map(re.escape, sorted(_SMILEYS, key=len, reverse=True))) + r")(?!\w)"
)
_NUMBER_RE = re.compile(r"(?<![a-z])\d[\d.,:/ ]*(?:(?<=\d)|(?<=[.,:/ ]))")
_ELONGATION_RE = re.compile(r"([^\W\d_])\1{2,}")
_REPEATED_MARK_RE = re.compile(r"([^\w\s])\1+")
_DISGUISE_RE = re.compile(r"(?<=[a-z])[013457@$€]{1,2}(?=[a-z])")
_DIGIT_OR_SIGN_RE = re.compile(r"[\d@$€]")
_OTHER_SCRIPT_RE = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_SPELLED_OUT_RE = re.compile(r"(?<![^\W_])[^\W\d_](?:[ ._*-]{1,2}[^\W\d_]){3,}(?![^\W_])")
_NOT_A_LETTER_RE = re.compile(r"[\W\d_]+")
_MIXED_SCRIPT_RE = re.compile(r"\b(?=\w*[a-z])(?=\w*[\u0370-\u03ff\u0400-\u052f])\w+\b")
_TOKEN_RE = re.compile(rf"[^\W_](?:[\w*$]*[^\W_*])?|[{_EMOJI_CLASS}]|[?!€$£%]")
_LETTER_RE = re.compile(r"[^\W\d_]")
_UNTOLD = frozenset({"face", "with", "of", "sign", "symbol", "and", "black", "white", "heavy", "person", "mark"})
_REMEMBERED = 1024


@dataclass(frozen=True)
class Reading:
    """The words, emoji and telling marks of a text, as typed (lower case) and without accents, place by place."""

    words: tuple[str, ...]
    plain: tuple[str, ...]


@lru_cache(maxsize=_REMEMBERED)
def read(text: str) -> Reading:
    """The last results are remembered: every component of the pipeline asks for the same batch."""
    words = tuple(tokens(normalise(text)))
    return Reading(words, tuple(fold(word) for word in words))


def normalise(text: str) -> str:
    """One spelling for what people write in many: lower case, plain letters, placeholders. Accents are kept."""
    text = text[:MAX_CHARS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).lower().translate(_TYPOGRAPHY)
    text = _UNSEEN_RE.sub("", text).lower()
    if "@" in text:
        text = _EMAIL_RE.sub(f" {EMAIL} ", text)
        text = _HANDLE_RE.sub(f" {HANDLE} ", text)
    if "." in text or "://" in text:
        text = _URL_RE.sub(f" {URL} ", text)
    text = _SMILEY_RE.sub(lambda smiley: f" {_SMILEYS[smiley.group()]} ", text)
    if _DIGIT_OR_SIGN_RE.search(text):
        text = _PLUS_ONE_RE.sub(f" {PLUS_ONE} ", text)
        text = _DISGUISE_RE.sub(lambda disguise: disguise.group().translate(_DISGUISES), text)
        text = _NUMBER_RE.sub(f" {NUMBER} ", text)
    text = _SPELLED_OUT_RE.sub(lambda word: _NOT_A_LETTER_RE.sub("", word.group()), text)
    if _OTHER_SCRIPT_RE.search(text):
        text = _MIXED_SCRIPT_RE.sub(lambda word: word.group().translate(_LOOK_ALIKES), text)
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
    return " ".join(word for word in read(text).words if word not in PLACEHOLDERS and _LETTER_RE.match(word))


def letters(text: str) -> int:
    """How many letters `text` has, whatever the script."""
    return len(_LETTER_RE.findall(text))


def is_emoji_only(text: str) -> bool:
    """Whether somebody answered with emoji, smileys or marks, without any word or number."""
    text = text[:MAX_CHARS]
    said = _SMILEY_RE.sub(" ", text.lower())
    return bool(text.strip()) and not any(ch.isalnum() for ch in said) and any(_says_something(ch) for ch in text)


def _says_something(ch: str) -> bool:
    return not ch.isspace() and unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Mn") and ch not in "…."


@lru_cache(maxsize=4096)
def emoji_words(emoji: str) -> tuple[str, ...]:
    """What Unicode calls an emoji, word by word, so that an orange heart is a heart: `("~orange", "~heart")`."""
    name = unicodedata.name(emoji, "").lower().replace("-", " ")
    return tuple(f"~{word}" for word in name.split() if word not in _UNTOLD)


def word_features(text: str) -> Iterator[str]:
    """Words and pairs of words without accents, accented words and emoji's names beside them."""
    reading = read(text)
    if not reading.words:
        return
    yield from reading.plain
    for word, folded in zip(reading.words, reading.plain, strict=True):
        if word != folded:
            yield "^" + word
        elif len(word) == 1 and word > "\u2100":
            yield from emoji_words(word)
    yield from (f"{left} {right}" for left, right in zip(("<", *reading.plain), (*reading.plain, ">"), strict=True))


def plain_tokens(text: str) -> tuple[str, ...]:
    return read(text).plain


def pieces(word: str, shortest: int = 2, longest: int = 6) -> list[str]:
    """Pieces of `shortest` to `longest` characters of a word, its edges marked by spaces."""
    padded = f" {word} "
    length = len(padded)
    return [
        padded[start : start + size]
        for size in range(shortest, min(longest, length) + 1)
        for start in range(length - size + 1)
    ]
