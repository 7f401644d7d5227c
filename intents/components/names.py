"""Names from a list: a brand's products, and places. Found whole, whatever case and accents, the longest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from intents.components.spans import Folded, Span

PLACES_FILE = Path(__file__).with_name("places.txt")

_APART_RE = re.compile(r"[\s\-'.]+")
_APART = r"[ \-'.\n]{0,2}"
_END = ""

_MOSTLY_NO_PLACE = frozenset(
    {
        "austin", "bath", "buffalo", "chad", "charlotte", "chester", "chili", "cologne", "cork", "dallas",
        "derby", "gap", "georgia", "grenade", "houston", "hull", "jackson", "jersey", "jordan", "laval", "lens",
        "levis", "lincoln", "madison", "mobile", "nancy", "nice", "orlando", "panama", "phoenix", "preston",
        "reading", "sens", "sion", "swords", "sydney", "tours", "turkey", "us", "vienne",
    }
)  # fmt: skip
"""Words, colours, first names: a place only with a capital letter and behind a preposition ("à Nice")."""
_COMMON_WORDS = _MOSTLY_NO_PLACE | {
    "bordeaux", "cannes", "china", "deal", "dole", "gent", "guinea", "mons", "porto", "troyes", "york",
}  # fmt: skip
"""Never a place in lower case, also where a place could stand."""
_PREPOSITION = r"(?:à|de|en|au|aux|du|vers|sur|in|to|from|near|at|around|of|chez|via|entre|between)"
_PREPOSITION_RE = re.compile(rf"(?:^|\W)(?:{_PREPOSITION} (?:the |l[ae] |les )?|d['’]|\d{{4,5}} )$")
_LOWER_PREPOSITION_RE = re.compile(
    rf"(?:^|\W)(?:(?:{_PREPOSITION}|a|pour|for|depuis) (?:the |l[ae] |les |l['’])?|d['’])$"
)
_REST_RE = re.compile(r" ?(?:svp|stp|please|pls|plz|merci)?\W{0,3}?(?:[?!.…\n]|\W{0,40}$)")
_ARTICLE_RE = re.compile(r"(?:l[ae]s?|the)[ -]", re.IGNORECASE)


class Names:
    """`names`: each name's other spellings. With `plural` every word may have an s more or less than in the list."""

    def __init__(self, names: Mapping[str, Iterable[str]], plural: bool) -> None:
        self._canonical: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        tree: dict[str, Any] = {}
        for canonical, others in names.items():
            for name in (canonical, *others):
                pieces = list(_pieces(name, plural))
                if not any(map(str.isalnum, name)):
                    raise ValueError(f"{name!r} has neither letter nor digit")
                node = tree
                for piece in pieces:
                    node = node.setdefault(piece, {})
                node[_END] = {}
                spelling = re.compile("".join(pieces))
                self._canonical.setdefault(_key(Folded.of(name).plain), []).append((spelling, canonical))
        self._pattern = re.compile(rf"(?<!\w)(?:{_joined(tree)})(?!\w)") if tree else None

    def find(self, plain: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and the canonical name, over folded text."""
        for match in self._pattern.finditer(plain) if self._pattern else ():
            for pattern, canonical in self._canonical[_key(match.group())]:
                if pattern.fullmatch(match.group()):
                    yield *match.span(), canonical
                    break


def _key(plain: str) -> str:
    """The same for all spellings that a name's pattern allows; others may share it."""
    return _APART_RE.sub("", plain).replace("s", "")


def _pieces(name: str, plural: bool) -> Iterator[str]:
    words = [word for word in _APART_RE.split(Folded.of(name).plain) if word]
    for place, word in enumerate(words):
        if place:
            yield _APART
        stem = word[:-1] if plural and word.endswith("s") and len(word) > 1 else word
        yield from map(re.escape, stem)
        if plural:
            yield "s?"


def _joined(node: dict[str, Any]) -> str:
    """A tree of pieces as one pattern: names share their beginnings, so many cost little more than few."""
    options = [piece + _joined(rest) for piece, rest in sorted(node.items()) if piece != _END]
    if not options:
        return ""
    pattern = options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"
    return f"(?:{pattern})?" if _END in node else pattern


def named(setting: Sequence[Any]) -> dict[str, list[str]]:
    """From a setting's list of names, each a string or {name, also: [other names]}. Raises ValueError."""
    names: dict[str, list[str]] = {}
    for entry in setting:
        name, also = (entry.get("name"), entry.get("also", [])) if isinstance(entry, dict) else (entry, [])
        if not isinstance(name, str) or not isinstance(also, list) or not all(isinstance(each, str) for each in also):
            raise ValueError(f"{entry!r} is neither a name nor {{name, also: [other names]}}")
        names.setdefault(name, []).extend(also)
    return names


def read_places(path: Path = PLACES_FILE) -> dict[str, list[str]]:
    """Lines "canonical: other names, separated by commas"; "Saint" also stands for "St"."""
    names: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        canonical, _, others = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        also = [other.strip() for other in others.split(",") if other.strip()]
        also += [re.sub(r"\bSaint(e?)\b", r"St\1", name) for name in (canonical, *also) if "Saint" in name]
        names[canonical.strip()] = also
    return names


def products(text: Folded, names: Names) -> Iterator[Span]:
    for start, end, canonical in names.find(text.plain):
        yield text.span("product", start, end, canonical)


def places(text: Folded, names: Names) -> Iterator[Span]:
    """With a capital letter, or as all that follows a preposition; words that are mostly no place need both."""
    for start, end, canonical in names.find(text.plain):
        if _is_place(text, start, end):
            yield text.span("place", start, end, canonical)


def _is_place(text: Folded, start: int, end: int) -> bool:
    name = text.plain[start:end]
    first, last = text.bounds(start, end)
    before = text.raw[max(0, first - 16) : first].lower()
    if text.raw[_after_article(text.raw, first, last)].isupper():
        if name not in _MOSTLY_NO_PLACE:
            return True
        return (name != "us" or text.raw[first:last] == "US") and bool(_PREPOSITION_RE.search(before))
    return name not in _COMMON_WORDS and bool(_REST_RE.match(text.raw, last) and _LOWER_PREPOSITION_RE.search(before))


def _after_article(raw: str, start: int, end: int) -> int:
    article = _ARTICLE_RE.match(raw, start, end)
    return article.end() if article else start
