"""Stops a machine that talks to a machine, or to itself."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bot.model.decision import Decision, Escalate, Reason, Reply
from bot.model.turn import Turn
from policies.base import Guard
from policies.person import NORMAL_S, due
from policies.words import fold


class LoopFuse(Guard):
    """Blows when the bot spoke too often in a conversation, or when the customer's words are our own.

    Then nothing automatic is said but what is urgent.
    """

    name: ClassVar[str] = "loop_fuse"

    max_replies: int = Field(6, ge=1)
    window_s: float = Field(3600, gt=0)
    echo_from_chars: int = Field(20, ge=1)
    """Shorter texts are courtesies that anybody says."""
    person_s: float = Field(NORMAL_S, gt=0)

    def review(self, turn: Turn, decision: Decision) -> Decision:
        reason = self._blown(turn, decision.reason.code)
        if reason is None:
            return decision
        tightened = (*decision.tightened, reason)
        if isinstance(decision, Reply) and decision.mode == "auto":
            deadline = due(turn.brand.brand, turn.now, self.person_s)
            return Escalate(
                reason=reason,
                tightened=tightened,
                priority=decision.priority,
                deadline=deadline,
                draft=decision.words,
            )
        if isinstance(decision, Escalate) and decision.holding and decision.priority != "urgent":
            return decision.model_copy(update={"holding": None, "tightened": tightened})
        return decision

    def _blown(self, turn: Turn, instead_of: str) -> Reason | None:
        since = turn.now - timedelta(seconds=self.window_s)
        lately = sum(at > since for at in turn.conversation.auto_replies)
        if lately >= self.max_replies:
            return self.because("loop_fuse", seen="too_many", replies=str(lately), instead_of=instead_of)
        theirs = {text for message in turn.unanswered if len(text := fold(message.text)) >= self.echo_from_chars}
        if theirs and any(fold(said.text) in theirs for said in turn.conversation.recent if said.by != "customer"):
            return self.because("loop_fuse", seen="echo", instead_of=instead_of)
        return None
