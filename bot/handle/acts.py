"""What a person at the console does: it stands, unless the ground moved under it. Then it is refused, with why."""

from datetime import datetime, timedelta
from typing import assert_never

from bot.handle.change import Change
from bot.handle.sending import sent, settled_failure
from bot.handle.setup import Setup
from bot.handle.words import by_person, fits, target_of
from bot.model.action import PrivateReply
from bot.model.conversation import Draft, Escalation, Note
from bot.model.event import (
    Act,
    ActionConfirmed,
    AgentNoted,
    AgentReleased,
    AgentReplied,
    AgentTookOver,
    ConversationResolved,
    DraftApproved,
    DraftRejected,
)

_NOTES_KEPT = 20


def act(change: Change, event: Act, setup: Setup) -> None:
    """Ends with `change.done()` or `change.refuse(…)`."""
    match event:
        case AgentNoted():
            note = Note(agent=event.agent, text=event.text, at=change.now)
            change.set(notes=(*change.conversation.notes, note)[-_NOTES_KEPT:])
        case ActionConfirmed():
            if not _confirmed(change, event):
                return
        case AgentTookOver():
            if _someone_else_has_it(change, event.agent):
                return
            change.cancel_pending("taken_over")
            _take_over(change, event.agent)
        case AgentReplied():
            if _someone_else_has_it(change, event.agent) or _ground_moved(change, event.seen_version):
                return
            if _can_not_be_said(change, event.text, setup, private=event.private):
                return
            _withdraw_draft(change)
            _say(change, event.text, event.agent, setup, private=event.private)
            _take_over(change, event.agent)
        case DraftApproved():
            if not _approved(change, event, setup):
                return
        case DraftRejected():
            if _someone_else_has_it(change, event.agent) or _the_draft(change, event) is None:
                return
            change.set(draft=None)
            change.ground_moved()
        case AgentReleased() | ConversationResolved():
            if _someone_else_has_it(change, event.agent) or _ground_moved(change, event.seen_version):
                return
            _let_go(change, resolved=isinstance(event, ConversationResolved))
        case _:
            assert_never(event)
    change.because(event.kind.replace(".", "_"))
    change.count(f"acts.{event.kind}")
    change.done()


def _someone_else_has_it(change: Change, agent: str) -> bool:
    conversation = change.conversation
    if conversation.owner == "agent" and conversation.assignee not in (None, agent):
        change.refuse("already_taken", f"{conversation.assignee} has it")
        return True
    return False


def _ground_moved(change: Change, seen_version: int) -> bool:
    conversation = change.conversation
    if seen_version >= conversation.basis_version:
        return False
    what = conversation.basis_change
    code = "customer_wrote" if what.startswith(("message.", "comment.", "mention.", "review.")) else "colleague_acted"
    change.refuse(code, f"{what} came at version {conversation.basis_version}, the act saw {seen_version}")
    return True


def _the_draft(change: Change, event: DraftApproved | DraftRejected) -> Draft | None:
    """The draft that the act is about; `None`: refused."""
    draft = change.conversation.draft
    if draft is None or draft.id != event.draft_id:
        change.refuse("draft_changed", "this draft is not there any more")
        return None
    return None if _ground_moved(change, event.seen_version) else draft


def _approved(change: Change, event: DraftApproved, setup: Setup) -> bool:
    if _someone_else_has_it(change, event.agent):
        return False
    draft = _the_draft(change, event)
    if draft is None:
        return False
    text = draft.text if event.text is None else event.text
    if _can_not_be_said(change, text, setup, private=draft.private):
        return False
    change.count("drafts.unchanged" if text == draft.text else "drafts.edited")
    change.set(draft=None)
    _say(change, text, event.agent, setup, private=draft.private)
    change.ground_moved()
    change.person_sees()
    return True


def _can_not_be_said(change: Change, text: str, setup: Setup, *, private: bool) -> bool:
    """Refuses what the platform would."""
    if not text.strip():
        change.refuse("empty", "there are no words to send")
    elif _window_is_over(change, setup):
        change.refuse("outside_window", "the platform takes no more messages here until the customer writes again")
    elif not fits(change, text, setup, private=private):
        change.refuse("too_long", "longer than this channel takes in one comment")
    elif private and not _may_reply_privately(change, setup):
        change.refuse("no_private_reply", "the platform takes no private reply to this comment (any more)")
    else:
        return False
    return True


def _say(change: Change, text: str, agent: str, setup: Setup, *, private: bool) -> None:
    """Makes the actions of a person's words, instead of whatever else waited to go."""
    change.cancel_pending("colleague_answered")
    for action in by_person(change, text, agent, setup, private=private):
        change.act(action)


def _window_is_over(change: Change, setup: Setup) -> bool:
    last, window_s = change.conversation.last_customer_at, setup.capabilities.person_window_s
    private = not change.conversation.id.is_public
    return private and window_s is not None and last is not None and change.now > last + timedelta(seconds=window_s)


def _may_reply_privately(change: Change, setup: Setup) -> bool:
    last = change.conversation.last_customer_at
    in_time = last is not None and change.now <= last + timedelta(seconds=setup.capabilities.private_reply_s)
    answered = target_of(change)
    used = any(
        isinstance(record.action, PrivateReply) and record.action.comment_id == answered and record.state != "failed"
        for record in change.records.values()
    )
    return change.conversation.id.is_public and setup.capabilities.private_reply and in_time and not used


def _withdraw_draft(change: Change) -> None:
    """Somebody wrote something else instead. What came back to its author stays with them."""
    draft = change.conversation.draft
    if draft is not None and draft.stale is None:
        change.set(draft=None)


def _take_over(change: Change, agent: str) -> None:
    change.move("taken_over")
    change.set(owner="agent", assignee=agent, promised_by=None)
    if change.conversation.escalation is None:
        change.set(escalation=_own_initiative(change.now))
    change.ground_moved()
    change.person_sees()


def _own_initiative(now: datetime) -> Escalation:
    return Escalation(reason="taken_over", priority="normal", deadline=now + timedelta(hours=4), since=now)


def _let_go(change: Change, *, resolved: bool) -> None:
    change.withdraw_bots()
    if resolved and change.conversation.status != "resolved":
        change.move("resolved")
    elif not resolved and change.conversation.status != "resolved":
        change.move("released")
    change.set(owner="bot", assignee=None, unanswered=(), promised_by=None, asked_to_clarify=0)
    change.nothing_waits()
    change.ground_moved()


def _confirmed(change: Change, event: ActionConfirmed) -> bool:
    record = change.records.get(event.action_id)
    if record is None or record.state != "unknown":
        change.refuse("already_settled", "what became of it is known by now")
        return False
    if event.sent:
        sent(change, record, None)
    else:
        settled_failure(change, record, "confirmed_not_sent")
    return True
