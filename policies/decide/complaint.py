"""Somebody is unhappy with us: a person answers. In private the customer hears when, in public nothing goes unread."""

from typing import ClassVar

from pydantic import Field

from bot.model.decision import Decision, Reply
from bot.model.turn import Turn
from bot.model.understanding import Understanding
from policies.base import Policy, Replier
from policies.gravity import COMPLAINT, INTENTS, gravest
from policies.person import NORMAL_S, call, promise


class Complaint(Policy):
    """Haste hurts here: no automatic word in public, and never an admission or a promise beyond the deadline.

    A complaint while a person is already awaited raises the priority.
    """

    name: ClassVar[str] = "complaint"
    after: ClassVar[tuple[str, ...]] = ("opt_out", "safety")

    intents: tuple[str, ...] = tuple(intent for intent, level in INTENTS.items() if level == COMPLAINT)
    complaint_from: float = Field(0.4, ge=0, le=1)
    """How probable it must be that the words complain, of whatever: the probabilities of `intents` count together."""
    private_s: float = Field(NORMAL_S, gt=0)
    """Seconds of opening time in which a person answers."""
    public_s: float = Field(3600, gt=0)

    def decide(self, turn: Turn, replies: Replier) -> Decision | None:
        understood = gravest(turn.unanswered).understanding
        if understood is None or understood.intent not in self.intents:
            return None
        probability = self._probability(understood)
        if probability < self.complaint_from:
            return None
        facts = {"intent": understood.intent, "confidence": f"{probability:.2f}"}
        if turn.conversation.id.is_public:
            return self._in_public(turn, replies, facts)
        return call(
            turn,
            replies,
            self.because("complaint_in_private", **facts),
            within_s=self.private_s,
            priority="high" if turn.conversation.escalation else "normal",
            holding="complaint_holding",
            draft="complaint_draft",
        )

    def _probability(self, understood: Understanding) -> float:
        """A lamp broken, late and nobody answering is one complaint, however unsure the model is which."""
        among = [probability for intent, probability in understood.ranking if intent in self.intents]
        return max(sum(among), understood.confidence)

    def _in_public(self, turn: Turn, replies: Replier, facts: dict[str, str]) -> Decision:
        reason = self.because("complaint_in_public", **facts)
        words = replies.say("complaint_public", turn)
        if words is None:
            return call(turn, replies, reason, within_s=self.public_s, priority="high")
        times = promise(turn, self.public_s)
        return Reply(reason=reason, words=words, mode="approve", priority="high", **times)
