"""Times and opening hours as people say them, by language."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model.base import Value
from bot.model.brand import WEEKDAYS, Brand, OpeningHours, Weekday

_ROUNDED_MIN = 5


class Speech(Value):
    """One language's way to say a time. `{}` in a pattern is filled by position or name."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    hour: str
    hour_and_minute: str
    today: str
    tomorrow: str
    this_week: str
    later: str
    one_day: str
    days_running: str
    days_apart: str
    span: str
    and_: str
    every_day: str


SPEECH: dict[str, Speech] = {
    "fr": Speech(
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        months=(
            *("janvier", "février", "mars", "avril", "mai", "juin"),
            *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
        ),
        hour="{hour} h",
        hour_and_minute="{hour} h {minute:02}",
        today="aujourd'hui à {clock}",
        tomorrow="demain à {clock}",
        this_week="{weekday} à {clock}",
        later="{weekday} {day} {month} à {clock}",
        one_day="le {0}",
        days_running="du {0} au {1}",
        days_apart="les {0}",
        span="de {0} à {1}",
        and_=" et ",
        every_day="tous les jours",
    ),
    "en": Speech(
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        hour="{hour}:00",
        hour_and_minute="{hour}:{minute:02}",
        today="{clock} today",
        tomorrow="{clock} tomorrow",
        this_week="{clock} on {weekday}",
        later="{clock} on {weekday} {day} {month}",
        one_day="{0}",
        days_running="{0} to {1}",
        days_apart="{0}",
        span="{0} to {1}",
        and_=" and ",
        every_day="every day",
    ),
}


def _clock(speech: Speech, at: time) -> str:
    pattern = speech.hour_and_minute if at.minute else speech.hour
    return pattern.format(hour=at.hour, minute=at.minute)


def say_moment(speech: Speech, moment: datetime, now: datetime, timezone: str) -> str:
    """`moment` in the brand's time zone, rounded up to five minutes: `demain à 10 h`."""
    zone = ZoneInfo(timezone)
    over = timedelta(minutes=moment.minute % _ROUNDED_MIN, seconds=moment.second, microseconds=moment.microsecond)
    rounded = moment if not over else moment - over + timedelta(minutes=_ROUNDED_MIN)
    local = rounded.astimezone(zone)
    days = (local.date() - now.astimezone(zone).date()).days
    if days <= 0:
        pattern = speech.today
    elif days == 1:
        pattern = speech.tomorrow
    else:
        pattern = speech.this_week if days < len(WEEKDAYS) else speech.later
    weekday, month = speech.weekdays[local.weekday()], speech.months[local.month - 1]
    return pattern.format(clock=_clock(speech, local.time()), weekday=weekday, day=local.day, month=month)


def say_hours(speech: Speech, brand: Brand) -> str:
    """`du mardi au vendredi de 10 h à 13 h et de 14 h à 19 h, le samedi de 10 h à 19 h`; empty without hours."""
    by_days: dict[tuple[Weekday, ...], list[OpeningHours]] = {}
    for span in brand.hours:
        days = tuple(day for day in WEEKDAYS if day in span.days)
        by_days.setdefault(days, []).append(span)
    return ", ".join(f"{_days(speech, days)} {_spans(speech, spans)}" for days, spans in by_days.items() if days)


def _days(speech: Speech, days: Sequence[Weekday]) -> str:
    names = [speech.weekdays[WEEKDAYS.index(day)] for day in days]
    first = WEEKDAYS.index(days[0])
    if len(days) == len(WEEKDAYS):
        return speech.every_day
    if len(days) == 1:
        return speech.one_day.format(names[0])
    if len(days) > 2 and tuple(days) == WEEKDAYS[first : first + len(days)]:
        return speech.days_running.format(names[0], names[-1])
    return speech.days_apart.format(speech.and_.join([", ".join(names[:-1]), names[-1]]))


def _spans(speech: Speech, spans: Sequence[OpeningHours]) -> str:
    ordered = sorted(spans, key=lambda span: span.opens)
    return speech.and_.join(
        speech.span.format(_clock(speech, span.opens), _clock(speech, span.closes)) for span in ordered
    )
