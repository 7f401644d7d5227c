"""The contract of policies and guards: settings as fields, a decision as a value, nothing else."""

from datetime import datetime, timedelta
from typing import ClassVar, Protocol, TypedDict

from bot.model.base import Value
from bot.model.decision import Decision, Reason, Words
from bot.model.turn import Turn


class Replier(Protocol):
    """The brand's wordings (`policies/replies.py`)."""

    def say(self, key: str, turn: Turn, deadline: datetime | None = None) -> Words | None:
        """The reply `key` in the customer's language, in a variant not yet used in this thread where there is one.

        `deadline` is for wordings that say by when a person answers. `None`: no wording has this key, or a fact that
        it quotes is not known.
        """
        ...


class Policy(Value):
    """Says what to do in a turn, or nothing. Subclasses' fields are their settings in `config.yml`."""

    name: ClassVar[str]
    after: ClassVar[tuple[str, ...]] = ()
    """Policies that must have been asked before this one, where they are in the chain."""

    def decide(self, turn: Turn, replies: Replier) -> Decision | None:
        """The decision, or `None`: no opinion."""
        raise NotImplementedError

    def because(self, code: str, **facts: str) -> Reason:
        return Reason(code=code, by=self.name, facts=facts)


class Guard(Value):
    """Reviews a decision, and may only tighten it: auto → approve → escalate, later, higher priority."""

    name: ClassVar[str]

    def review(self, turn: Turn, decision: Decision) -> Decision:
        """The decision as it is, or tightened, with the reason appended to `tightened`."""
        raise NotImplementedError

    def because(self, code: str, **facts: str) -> Reason:
        return Reason(code=code, by=self.name, facts=facts)


class Promise(TypedDict):
    """The two times of a `Reply`."""

    earliest: datetime
    latest: datetime


class Pace(Value):
    """How soon a kind of reply may go, and by when it shall have gone; seconds after the decision."""

    earliest_s: float = 0
    latest_s: float = 60

    def promise(self, turn: Turn) -> Promise:
        """`earliest` and `latest` for a `Reply`; a promise made before for this turn keeps its `latest`."""
        latest = turn.now + timedelta(seconds=self.latest_s)
        if turn.conversation.promised_by is not None:
            latest = min(latest, max(turn.conversation.promised_by, turn.now))
        return {"earliest": min(turn.now + timedelta(seconds=self.earliest_s), latest), "latest": latest}
