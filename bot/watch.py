"""Has an account gone silent? Learns how often it is usually heard, by the hour, and says when that is too long ago.

Pure: counts and times in, figures out. An hour of the day has its own rate, so that a quiet night is no alarm.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

HOURS = 24
EVERY = timedelta(minutes=5)
"""How often the counts are looked at."""
MEMORY = 1 / 84
"""The weight of one look: an hour's rate is made of about a week of such hours."""
BUSY_A_DAY = 24
"""Fewer events a day say nothing by their absence."""
SILENT_FOR = 3.0
"""Times the usual interval."""
NEVER_SHORTER = timedelta(minutes=15)


def learned(rates: Sequence[float], events: int, now: datetime) -> tuple[float, ...]:
    """The hourly rates after `events` came within the last look's time. None yet: that hour's count stands for all."""
    seen = events * (timedelta(hours=1) / EVERY)
    if len(rates) != HOURS:
        return (seen,) * HOURS
    hour = now.hour
    return (*rates[:hour], rates[hour] * (1 - MEMORY) + seen * MEMORY, *rates[hour + 1 :])


def expected(rates: Sequence[float], since: datetime, now: datetime) -> float:
    """How many events usually come between these times."""
    total, at = 0.0, since
    while at < now:
        until = min(now, at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        total += rates[at.hour] * ((until - at) / timedelta(hours=1))
        at = until
    return total


def silent(rates: Sequence[float], heard_at: datetime | None, now: datetime) -> bool:
    """Whether a busy account has said nothing for three times as long as it usually takes it to say something."""
    if heard_at is None or len(rates) != HOURS or sum(rates) < BUSY_A_DAY or now - heard_at < NEVER_SHORTER:
        return False
    return expected(rates, max(heard_at, now - timedelta(days=7)), now) >= SILENT_FOR
