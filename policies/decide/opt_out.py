"""Somebody asks not to be written to: nothing automatic again, and in private a last word that confirms it."""

from typing import ClassVar

from pydantic import Field

from bot.model.decision import Decision, OptOut, Reason
from bot.model.turn import Turn
from policies.base import Policy, Replier
from policies.words import asks_for_silence, danger_in


class OptOutPolicy(Policy):
    """Heard without a model. Steps back only where words of danger were said too: silence would hide them."""

    name: ClassVar[str] = "opt_out"

    intent_from: float = Field(0.7, ge=0, le=1)
    """Confidence from which the model's `opt_out` is believed."""

    def decide(self, turn: Turn, replies: Replier) -> Decision | None:
        reason = self._asked(turn)
        if reason is None or any(danger_in(message.text) for message in turn.unanswered):
            return None
        words = None if turn.conversation.id.is_public else replies.say("opt_out_done", turn)
        return OptOut(reason=reason, words=words)

    def _asked(self, turn: Turn) -> Reason | None:
        if any(asks_for_silence(message.text) for message in turn.unanswered):
            return self.because("opt_out_words")
        for message in turn.unanswered:
            understood = message.understanding
            if understood is None or "opt_out" not in understood.intents:
                continue
            confidence = understood.probability("opt_out")
            if confidence >= self.intent_from:
                return self.because("opt_out_intent", confidence=f"{confidence:.2f}")
        return None
