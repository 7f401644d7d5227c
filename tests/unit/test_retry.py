"""The table of what follows a failed request."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import NoAnswer, NothingSent
from bot.retry import Again, GiveUp, Park, Reconnect, Step, Unknown, next_step
from connectors.base import Fault, SendError

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SCHEDULE = (1.0, 5.0, 30.0, 120.0, 600.0)
MIDDLE = 0.5
"""The draw that moves our own waits neither way."""


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def fault(which: Fault, after_s: float | None = None) -> SendError:
    return SendError(fault=which, code="42", after_s=after_s)


@pytest.mark.parametrize(
    ("error", "attempts", "step"),
    [
        (NothingSent(), 1, Again(at(1))),
        (NothingSent(), 5, Again(at(600))),
        (NothingSent(), 6, GiveUp("unreachable")),
        (NoAnswer(), 1, Unknown("no_answer")),
        (fault("retry"), 1, Again(at(1))),
        (fault("retry"), 2, Again(at(5))),
        (fault("retry"), 6, GiveUp("rejected")),
        (fault("pause_account"), 3, Park("account", at(30))),
        (fault("pause_account"), 6, GiveUp("rate_limited")),
        (fault("pause_chat"), 3, Park("chat", at(30))),
        (fault("pause_chat"), 6, GiveUp("rate_limited")),
        (fault("reconnect"), 1, Reconnect()),
        (fault("window_closed"), 1, GiveUp("window_closed")),
        (fault("contact_gone"), 1, GiveUp("contact_gone")),
        (fault("refused"), 1, GiveUp("refused")),
        (fault("unknown"), 1, Unknown("unclear_answer")),
    ],
)
def test_steps(error: SendError | NothingSent | NoAnswer, attempts: int, step: Step) -> None:
    assert next_step(error, attempts, SCHEDULE, NOW, MIDDLE) == step


@pytest.mark.parametrize(
    ("asked_s", "attempts", "jitter", "wait_s"),
    [
        (10, 1, 0, 10),
        (10, 1, 1, 12),
        (0, 2, 0, 5),
        (-5, 2, 0, 5),
        (2400, 1, 0, 2400),
        (86400, 1, 0, 2400),
        (86400, 1, 1, 2880),
        (None, 2, 0, 4),
        (None, 2, 1, 6),
    ],
)
def test_waits(asked_s: float | None, attempts: int, jitter: float, wait_s: float) -> None:
    assert next_step(fault("retry", asked_s), attempts, SCHEDULE, NOW, jitter) == Again(at(wait_s))


@pytest.mark.parametrize("schedule", [(7200.0,), (10.0, 3600.0)])
def test_no_wait_is_longer_than_an_hour(schedule: tuple[float, ...]) -> None:
    assert next_step(fault("pause_account", 10**9), 1, schedule, NOW, 1) == Park("account", at(3600))


def test_without_a_schedule_nothing_is_sent_again() -> None:
    assert next_step(fault("retry"), 1, (), NOW, MIDDLE) == GiveUp("rejected")
