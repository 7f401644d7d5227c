"""What the widget sends: README.md beside this file. A browser is nobody to trust, so nothing else of it is read."""

import re

from connectors.wire import Id, Part, Text, decode

READ = "read"
MESSAGE = "message.received"
ERASURE = "erasure.requested"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Said(Part):
    """`id`: made by the widget, the same when it sends again. A receipt's is that of what was read."""

    type: Text = ""
    visitor: Id = None
    id: Id = None
    text: Text = ""

    @property
    def has_id(self) -> bool:
        return self.id is not None and _ID.fullmatch(self.id) is not None


def said_in(body: bytes) -> Said | None:
    """`None` when it is no JSON object, or an empty one."""
    try:
        found = decode(body)
    except ValueError:
        return None
    return Said.model_validate(found) if isinstance(found, dict) and found else None
