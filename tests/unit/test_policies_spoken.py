"""Times, opening hours and reasons in words."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.model.brand import Brand, OpeningHours
from bot.model.decision import Reason
from policies.reasons import WORDS, explain
from policies.spoken import SPEECH, say_hours, say_moment
from tests.unit.test_policies import NOW

LATE = datetime(2026, 11, 25, 22, 57, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "moment", "now", "fr", "en"),
    [
        ("today", NOW + timedelta(minutes=30), NOW, "aujourd'hui à 15 h 30", "15:30 today"),
        ("rounded up", NOW + timedelta(seconds=1), NOW, "aujourd'hui à 15 h 05", "15:05 today"),
        ("rounded into the next day", LATE, LATE, "demain à 0 h", "0:00 tomorrow"),
        ("tomorrow", NOW + timedelta(days=1), NOW, "demain à 15 h", "15:00 tomorrow"),
        ("in six days", NOW + timedelta(days=6), NOW, "mardi à 15 h", "15:00 on Tuesday"),
        ("in seven", NOW + timedelta(days=7), NOW, "mercredi 2 décembre à 15 h", "15:00 on Wednesday 2 December"),
        ("past", NOW - timedelta(days=1), NOW, "aujourd'hui à 15 h", "15:00 today"),
    ],
)
def test_moments(name: str, moment: datetime, now: datetime, fr: str, en: str) -> None:
    assert say_moment(SPEECH["fr"], moment, now, "Europe/Paris") == fr
    assert say_moment(SPEECH["en"], moment, now, "Europe/Paris") == en


def hours(*spans: tuple[str, int, int]) -> Brand:
    return Brand.model_validate(
        {
            "name": "x",
            "hours": [
                OpeningHours.model_validate({"days": days.split(), "opens": time(opens), "closes": time(closes)})
                for days, opens, closes in spans
            ],
        }
    )


@pytest.mark.parametrize(
    ("name", "brand", "fr", "en"),
    [
        ("none", hours(), "", ""),
        ("no days", hours(("", 9, 10)), "", ""),
        (
            "every day",
            hours(("mon tue wed thu fri sat sun", 9, 18)),
            "tous les jours de 9 h à 18 h",
            "every day 9:00 to 18:00",
        ),
        (
            "a lunch break, days in disorder",
            hours(("thu tue wed", 14, 19), ("tue wed thu", 10, 13)),
            "du mardi au jeudi de 10 h à 13 h et de 14 h à 19 h",
            "Tuesday to Thursday 10:00 to 13:00 and 14:00 to 19:00",
        ),
        (
            "two days",
            hours(("sat sun", 10, 12)),
            "les samedi et dimanche de 10 h à 12 h",
            "Saturday and Sunday 10:00 to 12:00",
        ),
        (
            "days apart",
            hours(("mon wed fri", 10, 12)),
            "les lundi, mercredi et vendredi de 10 h à 12 h",
            "Monday, Wednesday and Friday 10:00 to 12:00",
        ),
    ],
)
def test_hours(name: str, brand: Brand, fr: str, en: str) -> None:
    assert say_hours(SPEECH["fr"], brand) == fr
    assert say_hours(SPEECH["en"], brand) == en


@pytest.mark.parametrize(
    ("name", "reason", "lang", "expected"),
    [
        (
            "in French",
            Reason(code="no_fact", by="answer", facts={"intent": "x"}),
            "fr",
            "Aucune réponse ni information pour : x.",
        ),
        ("in English", Reason(code="no_fact", by="answer", facts={"intent": "x"}), "en", "No wording or fact for: x."),
        ("in another language", Reason(code="late", by="invariant"), "de", WORDS["late"][1]),
        ("a fact that was not kept", Reason(code="spam", by="spam"), "en", "Spam (confidence: ?): no answer."),
        ("a code without words", Reason(code="sent_like", by="sender"), "fr", "sent like"),
    ],
)
def test_reasons_in_words(name: str, reason: Reason, lang: str, expected: str) -> None:
    assert explain(reason, lang) == expected
