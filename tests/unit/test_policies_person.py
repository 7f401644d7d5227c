"""By when a person answers, and how soon an automatic reply may go."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.model.brand import Brand, OpeningHours
from policies.base import Pace
from policies.person import due
from tests.unit.test_policies import BRAND, NOW, meant, turn

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NIGHT = BRAND.model_copy(update={"hours": (OpeningHours(days=("wed",), opens=time(20), closes=time(2)),)})


@pytest.mark.parametrize(
    ("name", "brand", "now", "within_s", "expected"),
    [
        ("within the day", BRAND, NOW, 3600, datetime(2026, 11, 25, 15, 0, tzinfo=UTC)),
        ("to closing time", BRAND, NOW, 4 * 3600, datetime(2026, 11, 25, 18, 0, tzinfo=UTC)),
        ("over the night", BRAND, NOW, 5 * 3600, datetime(2026, 11, 26, 10, 0, tzinfo=UTC)),
        ("on the closed day", BRAND, MONDAY, 3600, datetime(2026, 11, 24, 10, 0, tzinfo=UTC)),
        ("without hours", Brand(name="x"), NOW, 3600, NOW + timedelta(hours=1)),
        ("further than two weeks of hours", BRAND, NOW, 10**6, NOW + timedelta(seconds=10**6)),
        (
            "open past midnight",
            NIGHT,
            datetime(2026, 11, 26, 0, 30, tzinfo=UTC),
            1800,
            datetime(2026, 11, 26, 1, 0, tzinfo=UTC),
        ),
    ],
)
def test_due(name: str, brand: Brand, now: datetime, within_s: float, expected: datetime) -> None:
    assert due(brand, now, within_s) == expected


@pytest.mark.parametrize(
    ("name", "promised_s", "earliest_s", "latest_s"),
    [
        ("first time", None, 10, 60),
        ("deciding again never moves it", 30, 10, 30),
        ("nor when it is close", 5, 5, 5),
        ("missed: now", -5, 0, 0),
        ("a later promise is not used up", 90, 10, 60),
    ],
)
def test_pace(name: str, promised_s: float | None, earliest_s: float, latest_s: float) -> None:
    promised_by = None if promised_s is None else NOW + timedelta(seconds=promised_s)
    promise = Pace(earliest_s=10, latest_s=60).promise(turn(meant("greet"), promised_by=promised_by))
    assert promise == {"earliest": NOW + timedelta(seconds=earliest_s), "latest": NOW + timedelta(seconds=latest_s)}
