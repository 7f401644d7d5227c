"""What the brand's own app sends. The table of all fields is in README.md beside this file."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator

from connectors.wire import Id, Maybe, Part, Several, Text, moment

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def _time(value: object) -> datetime | None:
    """RFC 3339, without a zone as UTC; or seconds or milliseconds of the Unix epoch; anything else: absent."""
    if isinstance(value, int) and not isinstance(value, bool):
        return moment(value)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found >= EARLIEST else None


Time = Annotated[datetime | None, BeforeValidator(_time)]


class User(Part):
    id: Id = None
    name: Text = ""


class File(Part):
    type: Text = ""
    url: Text = ""


class Item(Part):
    type: Text = ""
    id: Id = None
    account: Id = None
    user: Maybe[User] = None
    message_id: Id = None
    post_id: Id = None
    thread_id: Id = None
    parent_id: Id = None
    reply_to: Id = None
    text: Text = ""
    payload: Id = None
    attachments: Several[File] = ()
    reaction: Id = None
    action_id: Id = None
    at: Time = None
