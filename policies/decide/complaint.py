"""Somebody is unhappy with us: a person answers. In private the customer hears when, in public nothing goes unread."""

from typing import ClassVar

from pydantic import Field

from bot.model.decision import Decision, Reply
from bot.model.turn import Turn
from policies.base import Policy, Replier
from policies.gravity import BY_LEVEL, COMPLAINT, gravest
from policies.person import NORMAL_S, call, promise


class Complaint(Policy):
    """Haste hurts here: no automatic word in public, and never an admission or a promise beyond the deadline.

    A complaint while a person is already awaited raises the priority.
    """

    name: ClassVar[str] = "complaint"
    after: ClassVar[tuple[str, ...]] = ("opt_out", "safety")

    intents: tuple[str, ...] = BY_LEVEL[COMPLAINT]
    complaint_from: float = Field(0.4, ge=0, le=1)
    """How probable it must be that the words complain.

    A lamp broken, late and nobody answering is one complaint, however unsure the model is which: the probabilities of
    `intents` count together.
    """
    private_s: float = Field(NORMAL_S, gt=0)
    """Seconds of opening time in which a person answers."""
    public_s: float = Field(3600, gt=0)

    def decide(self, turn: Turn, replies: Replier) -> Decision | None:
        understood = gravest(turn.unanswered).understanding
        if understood is None:
            return None
        intent = next((intent for intent in understood.intents if intent in self.intents), None)
        probability = understood.probability(*self.intents)
        if intent is None or probability < self.complaint_from:
            return None
        facts = {"intent": intent, "confidence": f"{probability:.2f}"}
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

    def _in_public(self, turn: Turn, replies: Replier, facts: dict[str, str]) -> Decision:
        reason = self.because("complaint_in_public", **facts)
        words = replies.say("complaint_public", turn)
        if words is None:
            return call(turn, replies, reason, within_s=self.public_s, priority="high")
        times = promise(turn, self.public_s)
        return Reply(reason=reason, words=words, mode="approve", priority="high", **times)
