"""What becomes of a request that failed: sent again only when it was certainly not accepted.

Pure: the time and the draw of the jitter are given. Whoever sends carries the step out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from bot.errors import NoAnswer, NothingSent
from connectors.base import SendError

LONGEST_WAIT_S = 3600
"""However long a platform asks for: a peer can't park us for ever."""
STRETCH = 4
"""A platform's own wait is believed up to this many times the schedule's longest."""
JITTER = 0.2

Gone = Literal["unreachable", "rejected", "rate_limited", "window_closed", "contact_gone", "refused"]


@dataclass(frozen=True, slots=True)
class Again:
    """The same action, not before `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Park:
    """Nothing of the account, or nothing to the chat, before `until`; then the same action again."""

    scope: Literal["account", "chat"]
    until: datetime


@dataclass(frozen=True, slots=True)
class Reconnect:
    """The account rests until a person reconnects it; its actions wait."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Certainly not accepted, and not tried again: a person is told."""

    reason: Gone


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been accepted: its echo is waited for, or the platform asked, or a person."""

    reason: Literal["no_answer", "unclear_answer"]


Step = Again | Park | Reconnect | GiveUp | Unknown


def next_step(
    error: SendError | NothingSent | NoAnswer,
    attempts: int,
    schedule_s: tuple[float, ...],
    now: datetime,
    jitter: float,
) -> Step:
    """`attempts`: made so far, this one included. `schedule_s`: seconds before the second, third … attempt; when it is
    used up, a person is told. `jitter`: 0–1, moves our own waits by ±20 %, and a platform's by up to +20 %."""
    if isinstance(error, NoAnswer):
        return Unknown("no_answer")
    if isinstance(error, NothingSent):
        at = _next_at(None, attempts, schedule_s, now, jitter)
        return Again(at) if at else GiveUp("unreachable")
    match error.fault:
        case "retry":
            at = _next_at(error.after_s, attempts, schedule_s, now, jitter)
            return Again(at) if at else GiveUp("rejected")
        case "pause_account":
            at = _next_at(error.after_s, attempts, schedule_s, now, jitter)
            return Park("account", at) if at else GiveUp("rate_limited")
        case "pause_chat":
            at = _next_at(error.after_s, attempts, schedule_s, now, jitter)
            return Park("chat", at) if at else GiveUp("rate_limited")
        case "reconnect":
            return Reconnect()
        case "window_closed" | "contact_gone" | "refused":
            return GiveUp(error.fault)
        case "unknown":
            return Unknown("unclear_answer")
        case _:
            assert_never(error.fault)


def _next_at(
    asked_s: float | None, attempts: int, schedule_s: tuple[float, ...], now: datetime, jitter: float
) -> datetime | None:
    """When to try again; `None`: the schedule is used up."""
    if attempts > len(schedule_s):
        return None
    own_s = schedule_s[attempts - 1]
    if asked_s is None:
        wait_s = own_s * (1 - JITTER + 2 * JITTER * jitter)
    else:
        wait_s = min(max(asked_s, own_s), STRETCH * schedule_s[-1]) * (1 + JITTER * jitter)
    return now + timedelta(seconds=min(wait_s, LONGEST_WAIT_S))
