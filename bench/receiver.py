"""The platform's end of the wire: takes what the bot says, and tells whose reply it is."""

import itertools
import json
from collections.abc import Callable


class Receiver:
    """Answers the bot's calls as Facebook's Graph API does. `heard(customer)` is called for each message."""

    def __init__(self, heard: Callable[[str], None] | None = None) -> None:
        self.count = 0
        self._heard = heard
        self._number = itertools.count()

    def answer(self, path: str, body: bytes) -> bytes:
        said = json.loads(body) if body else {}
        if "message" not in said:
            return b'{"data": []}'
        customer = str(said["recipient"]["id"])
        self.count += 1
        if self._heard is not None:
            self._heard(customer)
        return json.dumps({"recipient_id": customer, "message_id": f"m_reply_{next(self._number)}"}).encode()
