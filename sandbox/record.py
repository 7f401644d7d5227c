"""What was called and what was delivered, the last few thousand of each, for tests, the drill and curious people."""

import json
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.exchange import Call, Outgoing
from sandbox.world import Profile

KEPT = 5000
SECRET = frozenset({"access_token", "refresh_token", "client_secret", "hub.secret"})


class Record:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.deliveries: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def clear(self) -> None:
        self.requests.clear()
        self.deliveries.clear()

    def called(self, channel: str, account: str | None, call: Call, status: int, outcome: str) -> None:
        """`status` 0: no answer was given. Tokens are not kept."""
        parts = call.path.split("/")
        path = "/".join("bot" if part.startswith("bot") and ":" in part else part for part in parts)
        self.requests.append(
            {
                "at": self._now().isoformat(),
                "channel": channel,
                "account": account,
                "method": call.method,
                "path": path,
                "body": {key: value for key, value in call.params.items() if key not in SECRET},
                "status": status,
                "outcome": outcome,
            }
        )

    def attempted(
        self, profile: Profile, body: bytes, attempt: int, updates: int, status: int, error: str | None
    ) -> None:
        self._delivery(profile, attempt, updates, status, error, _told(body))

    def gave_up(self, outgoing: Outgoing, why: str) -> None:
        self._delivery(outgoing.profile, 0, 1, 0, why, outgoing.content)

    def _delivery(
        self, profile: Profile, attempt: int, updates: int, status: int, error: str | None, body: Any
    ) -> None:
        self.deliveries.append(
            {
                "at": self._now().isoformat(),
                "channel": profile.channel,
                "account": profile.id,
                "endpoint": profile.settings.endpoint,
                "attempt": attempt,
                "updates": updates,
                "status": status,
                "error": error,
                "body": body,
            }
        )


def _told(body: bytes) -> Any:
    """Not every platform speaks JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
