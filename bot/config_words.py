"""What pydantic finds in a configuration, in words for who wrote it; and which settings the types know."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.config import Settings
from bot.yaml_file import Place
from policies import GUARDS, POLICIES

RASAS_OWN = frozenset({"recipe", "language", "assistant_id", "pipeline"})
"""Settings that Rasa reads from the file too: they have no second source."""
_SECRET_KEYS = frozenset({"secrets", "secret", "password"})


def problems_in(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """A key that is missing because it is misspelt is one problem, not two."""
    details = error.errors(include_url=False)
    meant = {(*place[:-1], close) for place, close in (_meant(detail) for detail in details) if close}
    for detail in details:
        place, _ = traced(Settings, detail["loc"])
        if detail["type"] == "missing" and place in meant:
            continue
        yield _top_level(detail) or place, _words(detail)


def leaves() -> Iterator[tuple[Place, bool]]:
    """Every setting with one plain value, at most one section deep; and whether it is a text."""
    for name, field in Settings.model_fields.items():
        if name in RASAS_OWN:
            continue
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            for key, inner in section.model_fields.items():
                if kinds := _plain(inner.annotation):
                    yield (name, key), kinds <= {str, Path, NoneType}
        elif kinds := _plain(section):
            yield (name,), kinds <= {str, Path, NoneType}


def without_empty_sections(value: dict[str, Any]) -> dict[str, Any]:
    """A section whose lines are all commented out means its defaults."""
    fields = Settings.model_fields
    empty = {key for key in value if value[key] is None and key in fields and not fields[key].is_required()}
    return {key: held for key, held in value.items() if key not in empty}


def entry_words(text: str) -> str:
    """What `problems_of` says of an entry of `policies` or `guards`, with a cure where the key is unknown."""
    found = re.fullmatch(r"Extra inputs are not permitted in (\w+)(?:.*)", text)
    text = text.removeprefix("Value error, ").replace("Input should be", "must be", 1)
    if found is None:
        return text
    entry = POLICIES.get(found[1]) or GUARDS.get(found[1])
    known = ", ".join(sorted(entry.model_fields)) if entry else ""
    return f"{found[1]} has no such setting; " + (f"there are {known}" if known else "remove it")


def traced(model: Any, location: Place) -> tuple[Place, list[str]]:
    """The place without the tags that pydantic adds for unions, and the keys that are known where it ends."""
    place: list[str | int] = []
    around: Any = model
    here: Any = model
    for part in location:
        around = here
        here, is_tag = _inside(here, part)
        if not is_tag:
            place.append(part)
    around = _bare(around)
    is_model = isinstance(around, type) and issubclass(around, BaseModel)
    return tuple(place), sorted(around.model_fields) if is_model else []


def unknown_key(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, 1)
    cure = f"did you mean `{close[0]}`?" if close else f"remove it; there are {', '.join(known)}"
    return f"unknown key `{key}`; {cure}"


def _words(detail: ErrorDetails) -> str:
    location, given = detail["loc"], detail["input"]
    match detail["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return unknown_key(str(location[-1]), traced(Settings, location)[1])
        case "string_type" if isinstance(given, int | float):
            return f'must be a text; put it in quotes: "{given}"'
        case "tuple_type" | "list_type":
            return "must be a list; begin each entry with `- `"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must hold keys; write them beneath it, or remove it"
        case "union_tag_invalid" | "union_tag_not_found":
            return "must say `by: smtp`, `by: webhook` or `by: telegram`"
        case "timezone_aware":
            return "has no time zone; end it with Z or with +02:00"
        case "value_error":
            return detail["msg"].removeprefix("Value error, ")
    got = ""
    if isinstance(given, str | int | float) and not _SECRET_KEYS & set(location):
        got = f", not {given!r}"
    return detail["msg"].replace("Input should be", "must be", 1) + got


def _meant(detail: ErrorDetails) -> tuple[Place, str]:
    if detail["type"] != "extra_forbidden":
        return (), ""
    place, known = traced(Settings, detail["loc"])
    close = get_close_matches(str(place[-1]), known, 1)
    return place, close[0] if close else ""


def _top_level(detail: ErrorDetails) -> Place:
    """Where a problem of the whole lies: its sentence begins with the section."""
    if detail["loc"]:
        return ()
    section = _words(detail).partition(" ")[0]
    return (section,) if section in Settings.model_fields else ()


def _bare(annotation: Any) -> Any:
    """Without `Annotated` and without the `None` of an optional."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        return _bare(members[0]) if len(members) == 1 else annotation
    return annotation


def _inside(annotation: Any, part: str | int) -> tuple[Any, bool]:
    """The type of what is found under `part`, and whether `part` only says which member of a union it is."""
    annotation = _bare(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return (field.annotation if field else None), False
    match get_origin(annotation):
        case origin if origin in (Union, UnionType):
            tagged = (member for member in get_args(annotation) if part in _tags(member))
            return next(tagged, None), True
        case origin if origin in (tuple, list):
            return get_args(annotation)[0], False
        case origin if origin is dict:
            return get_args(annotation)[1], False
    return None, False


def _tags(member: Any) -> set[Any]:
    fields = member.model_fields.values() if hasattr(member, "model_fields") else ()
    return {tag for field in fields if get_origin(field.annotation) is Literal for tag in get_args(field.annotation)}


def _plain(annotation: Any) -> set[Any]:
    """The kinds of plain value that fit; empty where a value has parts."""
    if get_origin(annotation) is Literal:
        return {type(choice) for choice in get_args(annotation)}
    if get_origin(annotation) in (Union, UnionType):
        kinds = [_plain(member) for member in get_args(annotation)]
        return set().union(*kinds) if all(kinds) else set()
    return {annotation} if annotation in (str, int, float, bool, Path, NoneType) else set()
