"""The breaker's table, and how long it stays open."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.breaker import Breaker, BreakerEvent, State

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
CLOSED = Breaker()
SHAKEN = Breaker(failures=2)
OPEN = Breaker(state="open", until=NOW + timedelta(seconds=1))
HALF = Breaker(state="half_open", until=NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("before", "event", "now", "after", "allowed"),
    [
        (CLOSED, "tried", NOW, "closed", True),
        (CLOSED, "succeeded", NOW, "closed", True),
        (CLOSED, "failed", NOW, "closed", True),
        (SHAKEN, "failed", NOW, "open", False),
        (OPEN, "tried", NOW, "open", False),
        (OPEN, "tried", LATER, "half_open", False),
        (OPEN, "failed", NOW, "open", False),
        (OPEN, "succeeded", NOW, "closed", True),
        (HALF, "tried", NOW, "half_open", False),
        (HALF, "tried", LATER, "half_open", False),
        (HALF, "succeeded", NOW, "closed", True),
        (HALF, "failed", NOW, "open", False),
    ],
)
def test_steps(before: Breaker, event: BreakerEvent, now: datetime, after: State, allowed: bool) -> None:
    stepped = before.step(event, now)
    assert stepped.state == after
    assert stepped.allows(now) is allowed


def test_only_failures_in_a_row_count() -> None:
    breaker = CLOSED
    for event in ("failed", "failed", "succeeded", "failed", "failed"):
        breaker = breaker.step(event, NOW)
    assert breaker.state == "closed"
    assert breaker.step("failed", NOW).state == "open"


def test_every_failed_trial_doubles_the_pause_up_to_the_longest() -> None:
    now, breaker, waits = NOW, SHAKEN.step("failed", NOW), []
    for _ in range(6):
        waits.append(breaker.wait_s(now))
        now += timedelta(seconds=breaker.wait_s(now))
        breaker = breaker.step("tried", now).step("failed", now)
    assert waits == [0.5, 1, 2, 4, 8, 8]
    closed = breaker.step("succeeded", now)
    assert closed == CLOSED
    assert closed.wait_s(now) == 0


def test_a_trial_that_never_reports_is_repeated() -> None:
    trial = OPEN.step("tried", LATER)
    assert not trial.allows(LATER + timedelta(seconds=9))
    assert trial.allows(LATER + timedelta(seconds=10))
