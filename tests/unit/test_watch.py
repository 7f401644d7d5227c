"""When an account's silence says something."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.watch import EVERY, HOURS, expected, learned, silent

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STEADY = (12.0,) * HOURS
BY_DAY = tuple(20.0 if 8 <= hour < 20 else 0.1 for hour in range(HOURS))


def test_the_first_count_stands_for_all_hours() -> None:
    assert learned((), 2, NOON) == (24.0,) * HOURS


def test_an_hours_rate_moves_a_little_with_each_look() -> None:
    once = learned(STEADY, 10, NOON)
    assert once[:12] + once[13:] == STEADY[1:]
    assert STEADY[12] < once[12] < 120


def test_a_week_of_such_hours_is_nearly_learnt() -> None:
    rates = STEADY
    for _ in range(7 * 12 * 3):
        rates = learned(rates, 0, NOON)
    assert rates[12] < 1
    assert rates[13] == 12


@pytest.mark.parametrize(
    ("rates", "since", "until", "events"),
    [
        (STEADY, NOON, NOON, 0),
        (STEADY, NOON, NOON + HOUR / 2, 6),
        (BY_DAY, NOON.replace(hour=19, minute=30), NOON.replace(hour=21), 10.1),
        (STEADY, NOON - 24 * HOUR, NOON, 288),
    ],
)
def test_how_many_are_expected(rates: tuple[float, ...], since: datetime, until: datetime, events: float) -> None:
    assert expected(rates, since, until) == pytest.approx(events)


@pytest.mark.parametrize(
    ("name", "rates", "silence", "is_silent"),
    [
        ("three usual intervals", STEADY, HOUR / 4, True),
        ("a little less", STEADY, HOUR / 4 - timedelta(seconds=1), False),
        ("never less than a quarter of an hour", (600.0,) * HOURS, timedelta(minutes=14), False),
        ("a quiet account", (0.9,) * HOURS, 10 * HOUR, False),
        ("nothing learnt", (), 10 * HOUR, False),
    ],
)
def test_silence(name: str, rates: tuple[float, ...], silence: timedelta, is_silent: bool) -> None:
    assert silent(rates, NOON - silence, NOON) is is_silent, name


def test_a_quiet_night_is_no_alarm_but_a_quiet_morning_is() -> None:
    evening = NOON.replace(hour=19, minute=55)
    looks = [evening + n * EVERY for n in range(1, 200)]
    first = next(look for look in looks if silent(BY_DAY, evening, look))
    assert first.hour == 8, "the day after, once the shop has opened"
    assert all(not (silent(BY_DAY, evening, a) and not silent(BY_DAY, evening, b)) for a, b in pairwise(looks))


def test_an_account_never_heard_of_says_nothing() -> None:
    assert not silent(STEADY, None, NOON)
