"""What a guard may do to a decision: auto → approve → escalate, later, higher priority, fewer automatic words."""

from bot.model.conversation import PRIORITIES
from bot.model.decision import Decision, Escalate, OptOut, Reply, Wait


def tightens(before: Decision, after: Decision) -> bool:
    """Whether `after` is `before`, or a tighter decision that says why in `tightened`."""
    if after == before:
        return True
    if len(after.tightened) <= len(before.tightened) or after.tightened[: len(before.tightened)] != before.tightened:
        return False
    match before, after:
        case OptOut(), OptOut():
            return after.words in (before.words, None)
        case OptOut(), _:
            return False
        case Reply(), Reply():
            return _reply(before, after)
        case Escalate(), Escalate():
            return (
                not _lower(before, after)
                and after.deadline <= before.deadline
                and after.holding in (before.holding, None)
            )
        case Reply(), Escalate():
            return not _lower(before, after) and (before.mode == "auto" or after.holding is None)
        case Wait(), Wait():
            return after.until >= before.until
        case _, Escalate():
            return after.holding is None
        case _:
            return after.model_copy(update={"tightened": before.tightened}) == before


def _reply(before: Reply, after: Reply) -> bool:
    return (
        after.words == before.words
        and after.clarifies == before.clarifies
        and (after.mode == before.mode or after.mode == "approve")
        and after.earliest >= before.earliest
        and after.latest >= before.latest
        and not _lower(before, after)
    )


def _lower(before: Reply | Escalate, after: Reply | Escalate) -> bool:
    return PRIORITIES.index(after.priority) < PRIORITIES.index(before.priority)
