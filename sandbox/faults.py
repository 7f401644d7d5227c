"""Misbehaviour on demand: the next calls of a bot, or the next deliveries to it, go wrong in a chosen way."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

On = Literal["send", "api", "webhook"]
"""`send`: calls that customers can see the effect of; `api`: any call; `webhook`: deliveries."""

Mode = Literal[
    "ok",
    "429",
    "500",
    "500_after_accepting",
    "garbage",
    "garbage_after_accepting",
    "hang",
    "hang_after_accepting",
    "reset",
    "reset_after_accepting",
    "refuse",
    "duplicate",
    "bad_signature",
    "lost",
    "delay",
    "token_expired",
]
"""Of calls:

ok                the call works; for an unusual `echo`, or an answer that is `after_s` late
429               too many calls; nothing is done, `after_s` is the wait that the platform tells
500               an error; nothing is done
token_expired     the token is no longer taken; nothing is done
garbage           a 200 with a page of HTML
hang              no answer until `after_s` (60 s) or the caller has gone; then the connection ends
reset             the connection is reset instead of an answer
…_after_accepting the same, but the platform did what was asked
refuse            for `after_s` (1 s) nothing listens, for no platform; `count` does not matter

Of deliveries: `duplicate` comes twice, `bad_signature` can't be verified, `lost` never arrives and is tried again,
`delay` comes `after_s` late.
"""

Echo = Literal["normal", "before_answer", "other_id", "none"]
DELIVERY_MODES: frozenset[str] = frozenset({"duplicate", "bad_signature", "lost", "delay"})


@dataclass(frozen=True, slots=True)
class Fault:
    mode: Mode
    after_s: float | None = None
    echo: Echo = "normal"

    @property
    def accepts(self) -> bool:
        return self.mode == "ok" or self.mode.endswith("_after_accepting")


@dataclass(slots=True)
class _Plan:
    fault: Fault
    count: int
    until: float | None


class Faults:
    """What is still to go wrong, in the order it was asked for."""

    def __init__(self) -> None:
        self._plans: defaultdict[tuple[str, On], deque[_Plan]] = defaultdict(deque)

    def add(self, channel: str, on: On, fault: Fault, count: int, for_s: float | None = None) -> None:
        """`for_s`: from now on for so long, whatever the count."""
        until = None if for_s is None else time.monotonic() + for_s
        self._plans[channel, on].append(_Plan(fault, count, until))

    def take(self, channel: str, on: On) -> Fault | None:
        plans = self._plans[channel, on]
        while plans and plans[0].until is not None and plans[0].until <= time.monotonic():
            plans.popleft()
        if not plans:
            return None
        plan = plans[0]
        if plan.until is None:
            plan.count -= 1
            if plan.count <= 0:
                plans.popleft()
        return plan.fault

    def clear(self) -> None:
        self._plans.clear()
