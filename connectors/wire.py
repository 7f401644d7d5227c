"""Reading what platforms put on the wire: never stricter than they are, never surprised.

A platform may send a number where it documents a string, `null` or `[]` where an object belongs, or half an emoji. The
types here turn each of these into "absent", so that one odd field costs that field and not the customer's words.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

T = TypeVar("T")

MILLISECONDS_FROM = 10**11
"""Platforms mix seconds and milliseconds, even in one field. In seconds this is the year 5138, in milliseconds 1973."""
LAST_SECOND = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
LONGEST_NUMBER = 20
_HALF_A_PAIR = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


def decode(body: bytes) -> object:
    """The JSON of a body, its unpaired surrogates replaced by `?`. Raises `ValueError` when it is none."""
    text = body.decode("utf-8-sig", "replace")
    try:
        found: object = json.loads(text)
        if _HALF_A_PAIR.search(text):
            found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return found


def moment(value: int | None) -> datetime | None:
    """Seconds or milliseconds of the Unix epoch as an aware time; `None` when it is none that a calendar has."""
    if value is None or value <= 0:
        return None
    seconds, milliseconds = divmod(value, 1000) if value >= MILLISECONDS_FROM else (value, 0)
    if seconds > LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


def until_midnight_s(now: datetime) -> float:
    """Until the day is over in UTC, where allowances are counted by the day."""
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - now).total_seconds()


def label(name: object) -> str:
    """A name from the wire, fit to be counted under; `other` when it doesn't look like one."""
    return name if isinstance(name, str) and _LABEL.fullmatch(name) else "other"


def digest(*parts: str | None) -> str:
    """Tells apart what the platform gives no id of its own."""
    return sha256("\n".join(part or "" for part in parts).encode()).hexdigest()[:16]


def _identifier(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) or None


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) <= LONGEST_NUMBER:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _identifiers(value: object) -> tuple[str, ...]:
    found: Iterable[object] = value if isinstance(value, list) else ()
    return tuple(each for each in map(_identifier, found) if each)


def _object(value: object) -> object:
    return value if isinstance(value, dict) else None


def _objects(value: object) -> object:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else ()


def _items(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list) else ()


Id = Annotated[str | None, BeforeValidator(_identifier)]
Ids = Annotated[tuple[str, ...], BeforeValidator(_identifiers)]
Text = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else "")]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]
Maybe = Annotated[T | None, BeforeValidator(_object)]
"""An object, or anything else: absent."""
Several = Annotated[tuple[T, ...], BeforeValidator(_objects)]
"""The objects of a list."""
Items = Annotated[tuple[object, ...], BeforeValidator(_items)]
"""A list whose entries are still to be read one by one."""


class Part(BaseModel):
    """An object of a platform's payload. Its fields all have the types above, and so none of them can fail."""

    model_config = ConfigDict(frozen=True, extra="ignore")
