"""From a decision to what is done: actions, drafts, escalations, timers, and the record of why."""

from typing import Literal, assert_never

from bot.handle.change import Change, new_action_id
from bot.handle.invariants import window_closes
from bot.handle.setup import Setup
from bot.handle.words import Purpose, reply_actions, with_disclosure
from bot.model.action import HideComment, Like
from bot.model.conversation import Draft
from bot.model.decision import Decision, Escalate, Hide, Ignore, OptOut, React, Reason, Reply, Wait, Words
from bot.model.ids import BOT, DraftId
from bot.model.turn import Opinion, Turn, TurnRecord

VARIANTS_KEPT = 40
Result = Literal["reply", "shadow", "draft", "escalated", "silent", "acted", "waiting"]


def carry_out(
    change: Change,
    turn: Turn,
    decision: Decision | None,
    opinions: tuple[Opinion, ...],
    silence: Reason | None,
    setup: Setup,
) -> None:
    """Does it, and writes the turn record. `silence`: the invariant that settled it without a decision."""
    result: Result = "silent" if decision is None else _do(change, turn, decision, setup)
    if result in ("reply", "acted") and not setup.live:
        result = "shadow"
        change.set(unanswered=(), promised_by=None)
    reasons = [silence.code] if silence else []
    if decision is not None:
        reasons = [decision.reason.code, *(reason.code for reason in decision.tightened)]
        change.count(f"decisions.{decision.kind}.{decision.reason.code}")
    change.because(*reasons)
    change.set(window_closes_at=window_closes(change, setup))
    change.record_turn(
        TurnRecord(
            id=turn.event,
            stream_id=change.at.stream_id,
            conversation=turn.conversation.id,
            at=change.now,
            unanswered=turn.unanswered,
            opinions=opinions,
            decision=decision,
            invariant=silence or (None if setup.live else Reason(code="shadow", by="invariant")),
            outcome=result,
            brand_rev=turn.brand.rev,
            salt=change.at.salt,
            model=next((i.understanding.model for i in turn.unanswered if i.understanding), ""),
        )
    )


def _do(change: Change, turn: Turn, decision: Decision, setup: Setup) -> Result:
    match decision:
        case Reply(mode="auto"):
            _withdraw_draft(change)
            change.set(promised_by=decision.latest)
            _speak(change, turn, decision.words, decision, "clarify" if decision.clarifies else "answer", setup)
            return "reply"
        case Reply():
            _offer(change, decision.words, decision)
            change.need_person(_ground(decision), decision.priority, decision.latest)
            return "draft"
        case Escalate():
            _escalate(change, turn, decision, setup)
            return "escalated"
        case Hide():
            if setup.live:
                change.act(_hide(change))
            return "acted"
        case React():
            if setup.live:
                change.act(_like(change))
            return "acted"
        case Wait():
            change.remind((decision.until - change.now).total_seconds(), "decide")
            return "waiting"
        case Ignore():
            if change.conversation.escalation is None:
                change.set(unanswered=(), promised_by=None)
            return "silent"
        case OptOut():
            _opt_out(change, turn, decision, setup)
            return "reply" if decision.words else "silent"
        case _:
            assert_never(decision)


def _speak(change: Change, turn: Turn, words: Words, decision: Decision, purpose: Purpose, setup: Setup) -> None:
    variants = (*change.conversation.variants_used, words.variant)
    change.set(variants_used=variants[-VARIANTS_KEPT:])
    if not setup.live:
        return
    text, discloses = with_disclosure(change, turn, words, setup)
    earliest = decision.earliest if isinstance(decision, Reply) else change.now
    for action in reply_actions(change, text, earliest, setup, purpose, discloses=discloses):
        change.act(action)


def _escalate(change: Change, turn: Turn, decision: Escalate, setup: Setup) -> None:
    if decision.draft is not None:
        _offer(change, decision.draft, decision)
    else:
        _withdraw_draft(change)
    change.need_person(_ground(decision), decision.priority, decision.deadline)
    if decision.holding is not None:
        _speak(change, turn, decision.holding, decision, "holding", setup)


def _offer(change: Change, words: Words, decision: Decision) -> None:
    """Puts a draft before people. What a person typed and could not send is not overwritten."""
    current = change.conversation.draft
    if current is not None and current.author != BOT:
        return
    change.set(
        draft=Draft(
            id=DraftId(f"d:{change.event.id}"),
            text=words.text,
            reason=decision.reason.code,
            language=words.language,
            author=BOT,
            at=change.now,
        ),
        variants_used=(*change.conversation.variants_used, words.variant)[-VARIANTS_KEPT:],
    )


def _withdraw_draft(change: Change) -> None:
    """The bot's own draft answered less than what is known now."""
    if change.conversation.draft is not None and change.conversation.draft.author == BOT:
        change.set(draft=None)


def _opt_out(change: Change, turn: Turn, decision: OptOut, setup: Setup) -> None:
    change.cancel_pending("opted_out")
    change.set_contact(opted_out=True, opted_out_at=change.now)
    if decision.words is not None:
        _speak(change, turn, decision.words, decision, "opt_out", setup)
    change.set(unanswered=(), promised_by=None)


def _ground(decision: Decision) -> str:
    """The code that a person reads first: what changed the decision last, else why it was made."""
    return decision.tightened[-1].code if decision.tightened else decision.reason.code


def _hide(change: Change) -> HideComment:
    return HideComment(
        id=new_action_id(change.event.id, 1),
        conversation=change.conversation.id,
        decided_upto=change.at.stream_id,
        earliest=change.now,
        purpose="moderation",
        comment_id=change.conversation.unanswered[-1].external_id,
    )


def _like(change: Change) -> Like:
    return Like(
        id=new_action_id(change.event.id, 1),
        conversation=change.conversation.id,
        decided_upto=change.at.stream_id,
        earliest=change.now,
        external_id=change.conversation.unanswered[-1].external_id,
    )
