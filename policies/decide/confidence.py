"""What was not understood is not answered: one question back, then a person. And a person for whoever asks for one."""

from typing import ClassVar

from pydantic import Field

from bot.model.conversation import Incoming
from bot.model.decision import Decision, Reason, Reply
from bot.model.turn import Turn
from bot.model.understanding import Understanding
from policies.base import Pace, Policy, Replier
from policies.gravity import UNCLEAR, UNREAD, level, weighty
from policies.person import NORMAL_S, call, promise


class Confidence(Policy):
    """Looks at every message that an answer would have to do justice to."""

    name: ClassVar[str] = "confidence"
    after: ClassVar[tuple[str, ...]] = ("opt_out", "safety", "spam", "complaint")

    threshold: float = Field(0.55, ge=0, le=1)
    margin: float = Field(0.1, ge=0, le=1)
    """The two best intents must be further apart than this, where the message does not say both."""
    person_from: float = Field(0.35, gt=0, le=1)
    """Confidence from which `ask_human` is heard when it is not the best intent."""
    pace: Pace = Pace(earliest_s=2, latest_s=60)
    person_s: float = Field(NORMAL_S, gt=0)

    def decide(self, turn: Turn, replies: Replier) -> Decision | None:
        if any(self._asks_for_person(message.understanding) for message in turn.unanswered):
            return call(turn, replies, self.because("asked_for_person"), within_s=self.person_s, holding="handover")
        doubts = (doubt for message in weighty(turn.unanswered) if (doubt := self._doubt(message)))
        doubt = next(doubts, None)
        return self._not_understood(turn, replies, doubt) if doubt else None

    def _asks_for_person(self, understood: Understanding | None) -> bool:
        if understood is None:
            return False
        return understood.intent == "ask_human" or understood.probability("ask_human") >= self.person_from

    def _doubt(self, message: Incoming) -> Reason | None:
        understood, weighs = message.understanding, level(message)
        if understood is None or weighs == UNREAD:
            return self.because("not_understood_by_model" if message.text.strip() else "nothing_to_read")
        if weighs == UNCLEAR:
            return self.because("out_of_scope")
        if understood.confidence < self.threshold:
            return self.because("unsure", confidence=f"{understood.confidence:.2f}", threshold=f"{self.threshold:.2f}")
        others = [confidence for intent, confidence in understood.ranking if intent not in understood.intents]
        ahead = understood.confidence - max(others, default=0)
        return self.because("two_close", ahead=f"{ahead:.2f}") if ahead <= self.margin else None

    def _not_understood(self, turn: Turn, replies: Replier, doubt: Reason) -> Decision:
        public, state = turn.conversation.id.is_public, turn.conversation
        if doubt.code in ("not_understood_by_model", "nothing_to_read"):
            return call(turn, replies, doubt, within_s=self.person_s, holding=None if public else "handover")
        words = replies.say("clarify", turn)
        if words is None or state.asked_to_clarify or state.escalation:
            reason = self.because("still_unclear", **doubt.facts) if words else doubt
            return call(turn, replies, reason, within_s=self.person_s, holding="handover")
        times = promise(turn, self.person_s) if public else self.pace.promise(turn)
        return Reply(reason=doubt, words=words, clarifies=True, mode="approve" if public else "auto", **times)
