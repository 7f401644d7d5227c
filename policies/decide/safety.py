"""Somebody may be in danger, or insults: a person decides, and a machine does not argue."""

from typing import ClassVar

from pydantic import Field

from bot.model.conversation import Incoming
from bot.model.decision import Decision, Reason
from bot.model.turn import Turn
from policies.base import Policy, Replier
from policies.gravity import INSULT, SOCIAL, gravest, level
from policies.person import NORMAL_S, call
from policies.words import Danger, danger_in

LOW_PRIORITY_S = 8 * 3600.0


class Safety(Policy):
    """Danger is looked for in every unanswered message, anywhere in its ranking; a false alarm costs a glance."""

    name: ClassVar[str] = "safety"

    danger_from: float = Field(0.35, gt=0, le=1)
    insult_from: float = Field(0.5, ge=0, le=1)
    self_harm_s: float = Field(600, gt=0)
    threat_s: float = Field(900, gt=0)

    def decide(self, turn: Turn, replies: Replier) -> Decision | None:
        if reason := self._danger(turn, "self_harm"):
            holding = "self_harm_holding"
            return call(turn, replies, reason, priority="urgent", within_s=self.self_harm_s, holding=holding)
        if reason := self._danger(turn, "threat"):
            return call(turn, replies, reason, priority="urgent", within_s=self.threat_s)
        return self._insult(turn, replies)

    def _danger(self, turn: Turn, danger: Danger) -> Reason | None:
        for message in turn.unanswered:
            if danger_in(message.text) == danger:
                return self.because(danger, seen_in="words")
            confidence = _confidence(message, danger)
            if confidence >= self.danger_from:
                return self.because(danger, seen_in="intent", confidence=f"{confidence:.2f}")
        return None

    def _insult(self, turn: Turn, replies: Replier) -> Decision | None:
        understood = gravest(turn.unanswered).understanding
        if understood is None or understood.intent != "insult" or understood.confidence < self.insult_from:
            return None
        reason = self.because("insult_not_answered", confidence=f"{understood.confidence:.2f}")
        if any(level(message) not in (INSULT, SOCIAL) for message in turn.unanswered):
            return call(turn, replies, reason, within_s=NORMAL_S)
        return call(turn, replies, reason, priority="low", within_s=LOW_PRIORITY_S)


def _confidence(message: Incoming, intent: str) -> float:
    understood = message.understanding
    if understood is None:
        return 0
    scores = [confidence for name, confidence in understood.ranking if name == intent]
    return max([*scores, understood.confidence if understood.intent == intent else 0])
