"""Somebody may be in danger, insults or harasses: a person decides, and a machine does not argue."""

from typing import ClassVar

from pydantic import Field

from bot.model.decision import Decision, Reason
from bot.model.turn import Turn
from policies.base import Policy, Replier
from policies.gravity import BY_LEVEL, INSULT, SOCIAL, TOXIC_FROM, found, levels, toxicity
from policies.person import NORMAL_S, call
from policies.words import Danger, danger_in

LOW_PRIORITY_S = 8 * 3600.0
INSULTS = BY_LEVEL[INSULT]
ABUSE = ("hate_speech", "sexual_harassment")
"""What somebody has to look at even when nothing else was said."""


class Safety(Policy):
    """Danger is looked for in every unanswered message, anywhere in its ranking; a false alarm costs a glance.

    Toxicity is read beside the intents.
    """

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
            understood = message.understanding
            if understood is None:
                continue
            confidence, score = understood.probability(danger), toxicity(understood, danger)
            if confidence >= self.danger_from:
                return self.because(danger, seen_in="intent", confidence=f"{confidence:.2f}")
            if score >= TOXIC_FROM:
                return self.because(danger, seen_in="toxicity", confidence=f"{score:.2f}")
        return None

    def _insult(self, turn: Turn, replies: Replier) -> Decision | None:
        insulting = [m.understanding for m in turn.unanswered if m.understanding and INSULT in levels(m)]
        confidence = max((max(u.probability(*INSULTS), toxicity(u, *INSULTS)) for u in insulting), default=0.0)
        if not insulting or confidence < self.insult_from:
            return None
        facts = {"confidence": f"{confidence:.2f}"}
        if any(intent in ABUSE for understood in insulting for intent in found(understood)):
            return call(turn, replies, self.because("abuse_not_answered", **facts), within_s=NORMAL_S)
        reason = self.because("insult_not_answered", **facts)
        if any(level not in (INSULT, SOCIAL) for message in turn.unanswered for level in levels(message)):
            return call(turn, replies, reason, within_s=NORMAL_S)
        return call(turn, replies, reason, priority="low", within_s=LOW_PRIORITY_S)
