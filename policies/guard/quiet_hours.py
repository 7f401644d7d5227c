"""Automatic replies wait for the morning; what was escalated does not."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from bot.model.decision import Decision, Reply
from bot.model.turn import Turn
from policies.base import Guard


def _quoted(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError('YAML reads an unquoted 22:00 as a number: write "22:00"')
    return value


LocalTime = Annotated[time, BeforeValidator(_quoted)]


class QuietHours(Guard):
    """From `starts` to `ends` in the brand's time zone; equal times mean never."""

    name: ClassVar[str] = "quiet_hours"

    starts: LocalTime = time(22)
    ends: LocalTime = time(8)
    public_only: bool = False

    def review(self, turn: Turn, decision: Decision) -> Decision:
        if not isinstance(decision, Reply) or decision.mode != "auto":
            return decision
        if self.public_only and not turn.conversation.id.is_public:
            return decision
        until = self._until(decision.earliest, ZoneInfo(turn.brand.brand.timezone))
        if until is None:
            return decision
        reason = self.because("quiet_hours", until=until.isoformat())
        return decision.model_copy(
            update={
                "earliest": until,
                "latest": decision.latest + (until - decision.earliest),
                "tightened": (*decision.tightened, reason),
            }
        )

    def _until(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The end of the quiet hours that `at` falls in; `None` when it falls in none."""
        local = at.astimezone(zone)
        clock = local.time()
        over_midnight = self.starts > self.ends
        late, early = clock >= self.starts, clock < self.ends
        if not ((late or early) if over_midnight else (late and early)):
            return None
        day = local.date() + timedelta(days=1 if over_midnight and late else 0)
        return max(datetime.combine(day, self.ends, zone).astimezone(UTC), at)
