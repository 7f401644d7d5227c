"""What policy decides for a turn. Each has a reason, a code that `policies/reasons` explains in words."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from bot.model.base import Value
from bot.model.conversation import Priority


class Reason(Value):
    """Why: a `snake_case` code, and the few values that make it checkable (`{"confidence": "0.41"}`), never texts."""

    code: str
    by: str
    """The policy, guard or invariant that says so."""
    facts: dict[str, str] = {}


class Words(Value):
    """A text in the brand's voice. `variant` names the wording (`thank/2`), so that it does not repeat in a thread."""

    text: str
    language: str
    variant: str


class _Decision(Value):
    reason: Reason
    tightened: tuple[Reason, ...] = ()
    """What guards and invariants changed afterwards, in order."""


class Reply(_Decision):
    """Say this, not before `earliest`, and not after `latest`. `approve`: only once a person agreed."""

    kind: Literal["reply"] = "reply"
    words: Words
    earliest: AwareDatetime
    latest: AwareDatetime
    mode: Literal["auto", "approve"] = "auto"
    priority: Priority = "normal"
    """How much it matters, where a person has to approve it."""
    clarifies: bool = False
    """A question back, of which there is only one before a person comes."""


class Escalate(_Decision):
    """A person, by `deadline`. `holding` is said to the customer now, `draft` is offered to the person."""

    kind: Literal["escalate"] = "escalate"
    priority: Priority
    deadline: AwareDatetime
    holding: Words | None = None
    draft: Words | None = None


class Hide(_Decision):
    """Hide the comment: for abuse of people, spam and leaked personal data only."""

    kind: Literal["hide"] = "hide"
    grounds: Literal["abuse", "spam", "personal_data"]


class React(_Decision):
    """A like instead of words."""

    kind: Literal["react"] = "react"


class Wait(_Decision):
    """Decide again then."""

    kind: Literal["wait"] = "wait"
    until: AwareDatetime


class Ignore(_Decision):
    """No answer, and that is one."""

    kind: Literal["ignore"] = "ignore"


class OptOut(_Decision):
    """They asked not to be written to: nothing automatic again, after `words` that confirm it."""

    kind: Literal["opt_out"] = "opt_out"
    words: Words | None = None


Decision = Annotated[Reply | Escalate | Hide | React | Wait | Ignore | OptOut, Field(discriminator="kind")]
