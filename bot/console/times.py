"""Moments in words, for people who glance: how long ago, how long until, at what time."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Lang = Literal["fr", "en"]

MONTHS: dict[Lang, tuple[str, ...]] = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def span(seconds: float, lang: Lang) -> str:
    """A length in its largest unit, rounded down: `42 s`, `5 min`, `3 h`, `2 j`."""
    seconds = max(0, int(seconds))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours} h {minutes:02}" if minutes and hours < 10 else f"{hours} h"
    return f"{seconds // 86400} {'j' if lang == 'fr' else 'd'}"


def ago(at: datetime, now: datetime, lang: Lang) -> str:
    seconds = (now - at).total_seconds()
    if seconds < 30:
        return "à l’instant" if lang == "fr" else "just now"
    return f"il y a {span(seconds, lang)}" if lang == "fr" else f"{span(seconds, lang)} ago"


def due(at: datetime, now: datetime, lang: Lang) -> str:
    """Time left, or time overdue."""
    seconds = (at - now).total_seconds()
    if seconds >= 0:
        return f"encore {span(seconds, lang)}" if lang == "fr" else f"{span(seconds, lang)} left"
    return f"en retard de {span(-seconds, lang)}" if lang == "fr" else f"{span(-seconds, lang)} overdue"


def clock(at: datetime, now: datetime, lang: Lang, zone: ZoneInfo) -> str:
    """The time in the brand's zone; with its day unless that is today."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    time = local.strftime("%H:%M")
    if local.date() == today.date():
        return time
    day = f"{local.day} {MONTHS[lang][local.month - 1]}"
    return f"{day} {time}" if local.year == today.year else f"{day} {local.year} {time}"
