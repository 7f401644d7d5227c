"""A circuit breaker as a value: who holds it asks `allows`, says what happened with `step`, and keeps the result.

closed     ──`after` failures in a row──▶ open        asked freely
open       ──`until` passed, tried──────▶ half open   not asked
half open  ──succeeded──▶ closed, ──failed──▶ open for twice as long; a trial that never reports is repeated
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

State = Literal["closed", "open", "half_open"]
BreakerEvent = Literal["tried", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class Breaker:
    """`pause_s`: how long the next opening lasts; it doubles with every failed trial up to `longest_pause_s`."""

    state: State = "closed"
    failures: int = 0
    until: datetime | None = None
    """Not asked before; `None` while closed."""
    pause_s: float = 0.5
    after: int = 3
    first_pause_s: float = 0.5
    longest_pause_s: float = 8
    trial_s: float = 10
    """How long a trial may take before another is allowed."""

    def allows(self, now: datetime) -> bool:
        return self.until is None or now >= self.until

    def wait_s(self, now: datetime) -> float:
        """Until it may be asked; 0 when it may be asked now."""
        return max(0.0, (self.until - now).total_seconds()) if self.until else 0.0

    def step(self, event: BreakerEvent, now: datetime) -> "Breaker":
        """The breaker after `event`. A failure reported while it is open is an older request's, and changes nothing."""
        match self.state, event:
            case _, "succeeded":
                return replace(self, state="closed", failures=0, until=None, pause_s=self.first_pause_s)
            case (("open" | "half_open"), "tried") if self.allows(now):
                return replace(self, state="half_open", until=now + timedelta(seconds=self.trial_s))
            case "half_open", "failed":
                return self._opened(now, min(self.pause_s * 2, self.longest_pause_s))
            case "closed", "failed" if self.failures + 1 >= self.after:
                return self._opened(now, self.first_pause_s)
            case "closed", "failed":
                return replace(self, failures=self.failures + 1)
            case _:
                return self

    def _opened(self, now: datetime, pause_s: float) -> "Breaker":
        return replace(self, state="open", failures=0, until=now + timedelta(seconds=pause_s), pause_s=pause_s)
