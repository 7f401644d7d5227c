"""Advertising, bait and fraud: silence, or a look by a person when it is not certain."""

from typing import ClassVar

from pydantic import Field

from bot.model.decision import Decision, Ignore
from bot.model.turn import Turn
from policies.base import Policy, Replier
from policies.gravity import BY_LEVEL, SOCIAL, SPAM, gravest, levels
from policies.person import call


class Spam(Policy):
    """Spam weighs least, so it is met here only when nothing else was said, courtesies in the same message aside.

    Nothing is ever said to it.
    """

    name: ClassVar[str] = "spam"
    after: ClassVar[tuple[str, ...]] = ("opt_out", "safety")

    ignore_from: float = Field(0.8, ge=0, le=1)
    doubt_from: float = Field(0.55, ge=0, le=1)
    """Between the two a person looks, without hurry; under it the message counts as unclear."""
    look_s: float = Field(8 * 3600, gt=0)

    def decide(self, turn: Turn, replies: Replier) -> Decision | None:
        message = gravest(turn.unanswered)
        said, understood = levels(message), message.understanding
        if understood is None or SPAM not in said or any(level not in (SPAM, SOCIAL) for level in said):
            return None
        probability = understood.probability(*BY_LEVEL[SPAM])
        confidence = f"{probability:.2f}"
        if probability >= self.ignore_from:
            return Ignore(reason=self.because("spam", confidence=confidence))
        if probability >= self.doubt_from:
            reason = self.because("maybe_spam", confidence=confidence)
            return call(turn, replies, reason, priority="low", within_s=self.look_s)
        return None
