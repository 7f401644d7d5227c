"""What no configuration can turn off.

A person owns it → no automatic word. Opted out → none. Outside the channel's window or limits → none. One automatic
reply to one turn. Criticism is never hidden. Late words are answered by people. Shadow says nothing.
"""

from datetime import datetime, timedelta

from bot.handle.change import Change
from bot.handle.setup import Setup
from bot.handle.words import fits, with_disclosure
from bot.model.conversation import Priority
from bot.model.decision import Decision, Escalate, Hide, Ignore, OptOut, React, Reason, Reply, Words
from bot.model.turn import Turn

NAME = "invariant"
CRITICISM = (
    *("complain_", "report_", "delivery_late", "request_refund"),
    *("accuse_brand", "threaten_boycott", "spread_rumour"),
)
"""How the intents begin that speak about the brand: their words stay where everybody can read them."""

_PERSON_WITHIN: dict[Priority, timedelta] = {
    "low": timedelta(hours=24),
    "normal": timedelta(hours=4),
    "high": timedelta(minutes=30),
    "urgent": timedelta(minutes=5),
}


def before(change: Change) -> Reason | None:
    """The reason why policies need not even be asked; `None` when they are."""
    if change.conversation.owner == "agent":
        return Reason(code="human_owns", by=NAME, facts={"assignee": change.conversation.assignee or ""})
    return None


def after(change: Change, turn: Turn, decision: Decision, setup: Setup) -> Decision:
    """The decision that may stand."""
    decision = _criticism_stays(turn, decision, setup)
    decision = _can_react(change, decision, setup)
    decision = _opted_out(change, decision)
    decision = _a_person_is_awaited(change, decision)
    decision = _late(turn, decision)
    decision = _window(change, decision, setup)
    return _limits(change, turn, decision, setup)


def tightened(decision: Decision, code: str, **facts: str) -> tuple[Reason, ...]:
    return (*decision.tightened, Reason(code=code, by=NAME, facts=facts))


def to_person(decision: Reply, now: datetime, code: str) -> Escalate:
    """The same words, as a draft for a person."""
    return Escalate(
        reason=decision.reason,
        tightened=tightened(decision, code),
        priority=decision.priority,
        deadline=now + _PERSON_WITHIN[decision.priority],
        draft=decision.words,
    )


def _criticism_stays(turn: Turn, decision: Decision, setup: Setup) -> Decision:
    if not isinstance(decision, Hide):
        return decision
    intents = [intent for i in turn.unanswered if i.understanding for intent in i.understanding.intents]
    criticism = decision.grounds != "personal_data" and any(intent.startswith(CRITICISM) for intent in intents)
    if not criticism and setup.capabilities.hide:
        return decision
    return Escalate(
        reason=decision.reason,
        tightened=tightened(decision, "criticism_not_hidden" if criticism else "channel_cannot_hide"),
        priority="normal",
        deadline=turn.now + _PERSON_WITHIN["normal"],
    )


def _can_react(change: Change, decision: Decision, setup: Setup) -> Decision:
    can = setup.capabilities
    able = can.react if change.conversation.id.is_public else can.react_privately
    if not isinstance(decision, React) or able:
        return decision
    return Ignore(reason=decision.reason, tightened=tightened(decision, "channel_cannot_react"))


def _opted_out(change: Change, decision: Decision) -> Decision:
    if not change.contact.opted_out:
        return decision
    match decision:
        case Reply(clarifies=True):
            return Ignore(reason=decision.reason, tightened=tightened(decision, "opted_out"))
        case Reply():
            return to_person(decision, change.now, "opted_out")
        case Escalate(holding=Words()):
            return decision.model_copy(update={"holding": None, "tightened": tightened(decision, "opted_out")})
        case OptOut(words=Words()):
            return decision.model_copy(update={"words": None, "tightened": tightened(decision, "opted_out")})
        case _:
            return decision


def _a_person_is_awaited(change: Change, decision: Decision) -> Decision:
    """While something waits for a person, the bot doesn't talk on top of it."""
    if change.conversation.escalation is None:
        return decision
    match decision:
        case Reply(mode="auto"):
            return Ignore(reason=decision.reason, tightened=tightened(decision, "waiting_for_person"))
        case Escalate(priority="urgent"):
            return decision
        case Escalate(holding=Words()) if change.conversation.escalation.told_customer or _holding_under_way(change):
            return decision.model_copy(update={"holding": None})
        case _:
            return decision


def _holding_under_way(change: Change) -> bool:
    return any(record.action.purpose == "holding" for record in change.in_state("pending", "inflight", "unknown"))


def _late(turn: Turn, decision: Decision) -> Decision:
    if not turn.late:
        return decision
    match decision:
        case Reply():
            return to_person(decision, turn.now, "late")
        case Escalate(holding=Words()):
            return decision.model_copy(update={"holding": None, "tightened": tightened(decision, "late")})
        case OptOut(words=Words()):
            return decision.model_copy(update={"words": None, "tightened": tightened(decision, "late")})
        case _:
            return decision


def _window(change: Change, decision: Decision, setup: Setup) -> Decision:
    closes = window_closes(change, setup)
    match decision:
        case Reply(mode="auto") if closes is not None and decision.earliest > closes:
            return to_person(decision, change.now, "outside_window")
        case Escalate(holding=Words()) if closes is not None and change.now > closes:
            return decision.model_copy(update={"holding": None, "tightened": tightened(decision, "outside_window")})
        case OptOut(words=Words()) if closes is not None and change.now > closes:
            return decision.model_copy(update={"words": None, "tightened": tightened(decision, "outside_window")})
        case _:
            return decision


def window_closes(change: Change, setup: Setup) -> datetime | None:
    """When automatic words end here; `None`: never."""
    last, window_s = change.conversation.last_customer_at, setup.capabilities.window_s
    if change.conversation.id.is_public or window_s is None or last is None:
        return None
    return last + timedelta(seconds=window_s)


def _limits(change: Change, turn: Turn, decision: Decision, setup: Setup) -> Decision:
    def too_long(words: Words) -> bool:
        text, _ = with_disclosure(change, turn, words, setup)
        return not fits(change, text, setup)

    match decision:
        case Reply(mode="auto") if too_long(decision.words):
            return decision.model_copy(update={"mode": "approve", "tightened": tightened(decision, "too_long")})
        case Escalate(holding=Words() as holding) if too_long(holding):
            return decision.model_copy(update={"holding": None, "tightened": tightened(decision, "too_long")})
        case OptOut(words=Words() as words) if too_long(words):
            return decision.model_copy(update={"words": None, "tightened": tightened(decision, "too_long")})
        case _:
            return decision
