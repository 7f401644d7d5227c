"""Calling a person: by when, how loudly, and with which words to the customer meanwhile."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.model.brand import WEEKDAYS, Brand
from bot.model.conversation import PRIORITIES, Priority
from bot.model.decision import Escalate, Reason
from bot.model.turn import Turn
from policies.base import Pace, Promise, Replier
from policies.gravity import COMPLAINT, levels

NORMAL_S = 4 * 3600.0
"""Default deadline of what is not urgent, in seconds of opening time."""
_DAYS_AHEAD = 15


def due(brand: Brand, now: datetime, within_s: float) -> datetime:
    """When `within_s` seconds of the brand's opening hours will have passed; plain seconds where it has no hours."""
    zone = ZoneInfo(brand.timezone)
    today = now.astimezone(zone).date()
    left = timedelta(seconds=within_s)
    for ahead in range(-1, _DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        spans = (span for span in brand.hours if WEEKDAYS[day.weekday()] in span.days)
        for span in sorted(spans, key=lambda span: span.opens):
            night = timedelta(days=1 if span.closes <= span.opens else 0)
            start = max(datetime.combine(day, span.opens, zone).astimezone(UTC), now)
            closes = datetime.combine(day + night, span.closes, zone).astimezone(UTC)
            if start + left <= closes:
                return start + left
            left -= max(closes - start, timedelta())
    return now + timedelta(seconds=within_s)


def promise(turn: Turn, within_s: float) -> Promise:
    """The times of a draft: as soon as a person approves it, which shall be within so many seconds of opening time."""
    latest_s = (due(turn.brand.brand, turn.now, within_s) - turn.now).total_seconds()
    return Pace(latest_s=latest_s).promise(turn)


def graver(one: Priority, other: Priority) -> Priority:
    return max(one, other, key=PRIORITIES.index)


def call(
    turn: Turn,
    replies: Replier,
    reason: Reason,
    *,
    within_s: float = NORMAL_S,
    priority: Priority = "normal",
    holding: str | None = None,
    draft: str | None = None,
) -> Escalate:
    """An escalation that keeps what was promised before: never later, never less urgent, not said twice.

    `holding` and `draft` are keys of replies. Urgent deadlines are plain seconds, others are seconds of opening time.
    Who was told that a person comes is not told again, and under a public complaint nothing is said; but words that are
    urgent are said once in any case.
    """
    before = turn.conversation.escalation
    urgent = priority == "urgent"
    deadline = turn.now + timedelta(seconds=within_s) if urgent else due(turn.brand.brand, turn.now, within_s)
    if before is not None:
        priority = graver(priority, before.priority)
        deadline = min(deadline, max(before.deadline, turn.now))
    return Escalate(
        reason=reason,
        priority=priority,
        deadline=deadline,
        holding=replies.say(holding, turn, deadline) if holding and _may_say(holding, turn, urgent) else None,
        draft=replies.say(draft, turn, deadline) if draft else None,
    )


def _may_say(key: str, turn: Turn, urgent: bool) -> bool:
    before = turn.conversation.escalation
    told = before is not None and before.told_customer
    if urgent:
        return not told or not any(variant.startswith(f"{key}/") for variant in turn.conversation.variants_used)
    complaint = any(COMPLAINT in levels(message) for message in turn.unanswered)
    return not told and not (turn.conversation.id.is_public and complaint)
