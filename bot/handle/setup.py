"""What `handle` is configured with: values and pure functions, the same for every event of an account."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.model.brand import BrandState
from bot.model.capability import Capabilities
from bot.model.decision import Decision
from bot.model.turn import Opinion, Turn
from policies.base import Replier


@dataclass(frozen=True, slots=True)
class Setup:
    """`live` False: shadow, decide and record but say nothing."""

    decide: Callable[[Turn], tuple[Decision, tuple[Opinion, ...]]]
    replies: Replier
    brand: BrandState
    capabilities: Capabilities
    live: bool
    echo_hold_s: float
    unknown_after_s: float
