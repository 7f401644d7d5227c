"""The brand's wordings: which one, in which language, with which facts.

A wording is a sentence with variables in it, not a program: loops, calls and filters are refused when it is read, so
that saying it can fail in one way only, a fact that is not known. Then nothing is said, and a person is asked.

Variables: `brand.name`, `brand.website`, `facts.<name>`, `hours`, `deadline`, and `name` (the first name, or empty).
A key that ends in `_public` is taken instead of the plain one in public threads.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Self
from zlib import crc32

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import SandboxedEnvironment

from bot.errors import ReplyMissing
from bot.model.brand import Brand
from bot.model.decision import Words
from bot.model.length import measure
from bot.model.turn import Turn
from policies.fit import room
from policies.spoken import SPEECH, say_hours, say_moment

REQUIRED: tuple[str, ...] = (
    "clarify",
    "handover",
    "complaint_public",
    "complaint_holding",
    "complaint_draft",
    "opt_out_done",
    "self_harm_holding",
    "disclosure",
    "handed_to_person",
)
"""Keys that the code says by name; answers to questions are the brand's choice."""
DISCLOSURE = "disclosure"

VARIABLES: dict[str, frozenset[str] | None] = {
    "brand": frozenset({"name", "website"}),
    "facts": None,
    "hours": frozenset(),
    "deadline": frozenset(),
    "name": frozenset(),
}
"""By name, what must stand behind a dot; `None`: any fact's name; empty: nothing."""

_PLAIN = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const),
    *(nodes.If, nodes.CondExpr, nodes.Not, nodes.And, nodes.Or),
)
_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_FIRST_NAME = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LONGEST_NAME = 20

Wordings = Mapping[str, Mapping[str, object]]
"""By language and key, a wording or a list of them, as read from `replies/<lang>.yml`."""


def problems(wordings: Wordings, brand: Brand) -> list[str]:
    """Everything that is wrong with the files, one sentence each, with its cure."""
    return [*_missing(wordings, brand), *_wrong(wordings)]


def _missing(wordings: Wordings, brand: Brand) -> Iterator[str]:
    for language in brand.languages:
        if language not in wordings:
            yield f"there are no replies in {language}: add {language}.yml, or take {language} out of brand.languages"
    keys = {*REQUIRED, *(key for by_key in wordings.values() for key in by_key)}
    for language, by_key in wordings.items():
        for key in sorted(keys - set(by_key)):
            yield f"{language}.yml: {key} is missing: write it, or remove it from the other languages"


def _wrong(wordings: Wordings) -> Iterator[str]:
    for language, by_key in wordings.items():
        for key, value in by_key.items():
            variants = _variants(value)
            if not variants:
                yield f"{language}.yml: {key} is empty or not text: give it a sentence, or a list of sentences"
            for number, text in enumerate(variants, 1):
                for problem in _template_problems(text, language):
                    yield f"{language}.yml: {key}/{number}: {problem}"


def _variants(value: object) -> list[str]:
    """The texts of a key; empty when any of them is not a text or is blank."""
    variants = value if isinstance(value, list) else [value]
    texts = [text.strip() for text in variants if isinstance(text, str) and text.strip()]
    return texts if len(texts) == len(variants) else []


def _template_problems(text: str, language: str) -> Iterator[str]:
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        yield f"line {error.lineno}: {error.message}: correct the braces"
        return
    for node in [tree, *tree.find_all(nodes.Node)]:
        if not isinstance(node, _PLAIN):
            yield f"line {node.lineno}: {type(node).__name__.lower()} is not for sentences: use variables and `if` only"
    for name in tree.find_all(nodes.Name):
        if name.name not in VARIABLES:
            yield f"line {name.lineno}: no variable {name.name!r}; there are {', '.join(VARIABLES)}"
        elif name.name in ("hours", "deadline") and language not in SPEECH:
            yield f"line {name.lineno}: {name.name} can't be said in {language}: add {language} to policies/spoken.py"
    dots = list(tree.find_all(nodes.Getattr))
    for dot in dots:
        owner = dot.node.name if isinstance(dot.node, nodes.Name) else ""
        known = VARIABLES.get(owner, frozenset())
        if dot.attr.startswith("_") if known is None else dot.attr not in known:
            yield f"line {dot.lineno}: no variable {owner}.{dot.attr}: remove it"
    owners = {id(dot.node) for dot in dots}
    for name in tree.find_all(nodes.Name):
        if name.name in ("brand", "facts") and id(name) not in owners:
            yield f"line {name.lineno}: {name.name} alone says nothing: write {name.name}.<name>"


class Replies:
    """Says a key to a customer. Made once, by `of`; the same turn hears the same words."""

    def __init__(self, templates: Mapping[str, Mapping[str, Sequence[Template]]]) -> None:
        self._templates = templates

    @classmethod
    def of(cls, wordings: Wordings, brand: Brand) -> Self:
        """Raises `ReplyMissing` where wordings are missing, `ValueError` where some are wrong; and all problems."""
        missing, wrong = list(_missing(wordings, brand)), list(_wrong(wordings))
        if missing or wrong:
            raise (ReplyMissing if missing else ValueError)("\n".join([*missing, *wrong]))
        return cls(
            {
                language: {
                    key: [_ENVIRONMENT.from_string(text) for text in _variants(value)] for key, value in by_key.items()
                }
                for language, by_key in wordings.items()
            }
        )

    def say(self, key: str, turn: Turn, deadline: datetime | None = None) -> Words | None:
        """As the contract says; of several variants, the first that fits the channel.

        Room is left for the disclosure where the contact has not been told yet.
        """
        language = self._language(turn)
        by_key = self._templates.get(language, {})
        if turn.conversation.id.is_public and f"{key}_public" in by_key:
            key = f"{key}_public"
        templates = by_key.get(key, ())
        values = _values(turn, language, deadline)
        limit, unit = room(turn)
        free = limit - self._disclosure_size(key, turn)
        too_long: Words | None = None
        for place in _order(key, len(templates), turn):
            if text := _rendered(templates[place], values):
                words = Words(text=text, language=language, variant=f"{key}/{place + 1}")
                if measure(text, unit) <= free:
                    return words
                too_long = too_long or words
        return too_long

    def _disclosure_size(self, key: str, turn: Turn) -> int:
        if turn.contact.disclosed_at is not None or key.startswith(DISCLOSURE):
            return 0
        disclosure = self.say(DISCLOSURE, turn)
        return measure(f"{disclosure.text} ", room(turn)[1]) if disclosure else 0

    def _language(self, turn: Turn) -> str:
        heard = [message.understanding.language for message in reversed(turn.unanswered) if message.understanding]
        brand = turn.brand.brand.languages
        wanted = (*heard, turn.conversation.language, turn.contact.language, *brand)
        return next((language for language in wanted if language in self._templates and language in brand), "")


def _order(key: str, count: int, turn: Turn) -> list[int]:
    """Places of the variants: the unused from a start that differs between conversations, then the longest unused."""
    used = [part for variant in turn.conversation.variants_used for part in variant.split("+")]
    last_use = {variant: place for place, variant in enumerate(used)}
    start = crc32(turn.conversation.id.encode())
    rotated = [(start + step) % count for step in range(count)]
    return sorted(rotated, key=lambda place: last_use.get(f"{key}/{place + 1}", -1))


def _rendered(template: Template, values: Mapping[str, object]) -> str | None:
    try:
        return template.render(values).strip()
    except UndefinedError:
        return None


def _values(turn: Turn, language: str, deadline: datetime | None) -> dict[str, object]:
    """Only what is known: a wording that needs more is not said."""
    brand, facts = turn.brand.brand, turn.brand.brand.facts
    values: dict[str, object] = {
        "brand": {"name": brand.name, **({"website": brand.website} if brand.website else {})},
        "facts": SimpleNamespace(
            **{name: fact.text[language] for name, fact in facts.items() if language in fact.text}
        ),
        "name": _first_name(turn.conversation.customer_name or turn.contact.name or ""),
    }
    speech = SPEECH.get(language)
    if speech and (hours := say_hours(speech, brand)):
        values["hours"] = hours
    if speech and deadline:
        values["deadline"] = say_moment(speech, deadline, turn.now, brand.timezone)
    return values


def _first_name(name: str) -> str:
    """Only what looks like a name: whatever else people call themselves is not repeated in the brand's voice."""
    first = name.split(maxsplit=1)[0] if name.strip() else ""
    return first if len(first) <= _LONGEST_NAME and _FIRST_NAME.fullmatch(first) else ""
