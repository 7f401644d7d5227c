"""What a person at the console sees and gets back."""

from typing import Literal, Self

from pydantic import AwareDatetime

from bot.model.action import ActionRecord
from bot.model.base import Value
from bot.model.conversation import Conversation, Draft, Loaded, Priority
from bot.model.ids import ConversationId
from bot.model.turn import TurnRecord


class Waiting(Value):
    """One line of the list: a conversation that a person has, or has to look at."""

    conversation: ConversationId
    account_name: str
    customer_name: str | None = None
    owner: Literal["bot", "agent"]
    assignee: str | None = None
    priority: Priority
    reason: str
    since: AwareDatetime
    deadline: AwareDatetime
    draft: Draft | None = None
    last_words: str
    unknown_actions: int

    @classmethod
    def of(cls, conversation: Conversation, account_name: str, unknown_actions: int) -> Self | None:
        """`None` when nothing of it waits for a person."""
        escalation = conversation.escalation
        if escalation is None:
            return None
        last = next((said for said in reversed(conversation.recent) if said.by == "customer"), None)
        return cls(
            conversation=conversation.id,
            account_name=account_name,
            customer_name=conversation.customer_name,
            owner=conversation.owner,
            assignee=conversation.assignee,
            priority=escalation.priority,
            reason=escalation.reason,
            since=escalation.since,
            deadline=escalation.deadline,
            draft=conversation.draft,
            last_words=last.text if last else "",
            unknown_actions=unknown_actions,
        )


class Shown(Value):
    """One conversation as the console shows it: its state, its actions, and why each turn was decided as it was."""

    loaded: Loaded
    turns: tuple[TurnRecord, ...]

    @property
    def unknown(self) -> tuple[ActionRecord, ...]:
        return tuple(record for record in self.loaded.actions if record.state == "unknown")


class ActResult(Value):
    """What became of an act. `pending`: it is recorded, and nobody has handled it within two seconds."""

    outcome: Literal["done", "refused", "pending"]
    code: str = ""
    """For a refusal: `already_taken`, `draft_changed`, `customer_wrote`, `outside_window` …"""
    says: str = ""
    """What happened meanwhile, in one sentence of English, for the logs; the console words it by `code`."""
    version: int = 0
