"""How an account fares, beside its conversations."""

from datetime import UTC, datetime

from pydantic import AwareDatetime

from bot.model.base import Value
from bot.model.ids import AccountId


class Health(Value):
    """How an account fares.

    `paused`: until when nothing is sent (ms), or `reconnect`: until a person reconnects it. `problems`: details by
    code, which are `token`, `token_ends`, `revoked`, `unsubscribed`, `gap`, `silent` and `poll`. `rates`: events an
    hour, by hour of the day (UTC), as they usually come; `counted`: how many were heard when they were worked out.
    """

    account: AccountId
    heard_at: AwareDatetime | None = None
    heard: int = 0
    probed_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    renewed_at: AwareDatetime | None = None
    polled_at: AwareDatetime | None = None
    problems: dict[str, str] = {}
    rates: tuple[float, ...] = ()
    counted: int = 0
    paused: str | None = None

    @property
    def needs_a_person(self) -> bool:
        return bool(self.problems) or self.paused == "reconnect"

    @property
    def paused_until(self) -> datetime | None:
        """`None`: not paused, or without an end."""
        return datetime.fromtimestamp(int(self.paused) / 1000, UTC) if self.paused and self.paused.isdecimal() else None
