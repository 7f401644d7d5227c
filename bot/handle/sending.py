"""What became of our actions: the sender's word, the platform's echo, or nobody's.

An action is sent again only when it certainly was not accepted. What nobody can say stays `unknown` until an echo, a
look-up or a person settles it.
"""

from datetime import timedelta
from typing import assert_never

from bot.handle.change import Change, is_bots
from bot.handle.keeping import expire, refresh, refreshed
from bot.handle.setup import Setup
from bot.model.action import ActionRecord, fingerprint, text_of
from bot.model.conversation import HeldEcho, Said
from bot.model.event import ActionFailed, ActionOutcome, ActionSent, ActionUnknown, ContactsLinked, Echoed, TimeCame
from bot.model.ids import ActionId, ConversationId, EventId

SILENT_FAILURES = frozenset({"not_live", "opted_out", "human_owns", "contact_gone"})
"""Reasons after which there is nothing for a person to do."""


def settle(change: Change, event: ActionOutcome, setup: Setup) -> None:
    """The sender's word. What an echo or a person already showed to be there stays there."""
    record = change.records.get(event.action_id)
    if record is None:
        change.count(f"late.{event.kind}")
        return
    match event:
        case ActionSent():
            if record.state != "sent":
                sent(change, record, event.external_id)
            elif event.external_id:
                change.put_record(record, "sent", event.external_id)
                change.know(event.external_id)
            _link(change, event)
        case ActionFailed():
            if record.state != "sent" or event.after_acceptance:
                _unsay(change, record)
                settled_failure(change, record, event.reason)
        case ActionUnknown():
            if record.state == "inflight":
                _unknown(change, record, event.reason, setup)
        case _:
            assert_never(event)


def sent(change: Change, record: ActionRecord, external_id: str | None) -> None:
    """It is there: it joins the thread, and what it answered is answered."""
    action = record.action
    record = change.put_record(record, "sent", external_id)
    change.because(f"sent_{action.kind}")
    change.count(f"sent.{action.kind}")
    text = text_of(action)
    if text is None:
        change.answered_upto(action.decided_upto)
        return
    by_bot = is_bots(record)
    change.say(
        Said(
            by="bot" if by_bot else "agent",
            text=text,
            at=change.now,
            external_id=record.external_id,
            author=None if by_bot else action.author,
            action=action.id,
        )
    )
    if action.discloses:
        change.set_contact(disclosed_at=change.now)
    if by_bot:
        change.set(auto_replies=(*change.conversation.auto_replies, change.now)[-20:])
    if action.purpose == "holding":
        _told(change)
        return
    if action.purpose == "clarify":
        change.set(asked_to_clarify=change.conversation.asked_to_clarify + 1)
    if action.purpose != "opt_out":
        change.answered_upto(action.decided_upto)
    change.set(promised_by=None)
    if change.conversation.owner == "bot" and _settles_all(change, by_bot=by_bot):
        change.nothing_waits()
    if change.conversation.owner == "bot" and change.conversation.escalation is None:
        change.move("answered")


def _settles_all(change: Change, *, by_bot: bool) -> bool:
    """Whether no person is needed any more: one has answered all, or only this outcome was asked about."""
    if change.conversation.unanswered:
        return False
    asked = change.conversation.escalation
    only_asked = asked is not None and asked.reason == "unknown_outcome" and change.conversation.draft is None
    return not by_bot or (only_asked and not change.in_state("unknown"))


def _told(change: Change) -> None:
    if change.conversation.escalation is not None:
        change.set(escalation=change.conversation.escalation.model_copy(update={"told_customer": True}))


def _link(change: Change, event: ActionSent) -> None:
    """A private reply revealed who its reader is in private: both sides learn of each other."""
    if event.recipient is None or event.recipient == change.contact.id:
        return
    change.set_contact(aliases=tuple(dict.fromkeys((*change.contact.aliases, event.recipient))))
    change.relay(
        ContactsLinked(
            id=EventId(f"{event.id}/1"),
            account=event.account,
            contact=event.recipient,
            conversation=ConversationId.private(event.recipient),
            occurred_at=event.occurred_at,
            received_at=event.received_at,
            other=change.contact.id,
        )
    )


def _unsay(change: Change, record: ActionRecord) -> None:
    """Words that the platform had taken and did not bring are not part of the thread."""
    left = tuple(said for said in change.conversation.recent if said.action != record.action.id)
    if left != change.conversation.recent:
        change.set(recent=left)


def settled_failure(change: Change, record: ActionRecord, reason: str) -> None:
    """It certainly is not there. What came after it does not go either; a person learns of it where that helps."""
    change.put_record(record, "failed")
    change.because(f"failed_{reason}")
    change.count(f"failed.{reason}")
    if reason == "contact_gone":
        change.set_contact(reachable=False)
    for unsaid in (record, *_drop_followers(change, record.action.id)):
        if not is_bots(unsaid):
            change.hand_back(unsaid.action, reason)
        elif reason not in SILENT_FAILURES:
            change.need_person("send_failed", "high", change.now + timedelta(minutes=30))


def _drop_followers(change: Change, action: ActionId) -> list[ActionRecord]:
    dropped: list[ActionRecord] = []
    for follower in [r for r in change.in_state("pending") if r.action.after == action]:
        del change.records[follower.action.id]
        dropped += [follower, *_drop_followers(change, follower.action.id)]
    return dropped


def _unknown(change: Change, record: ActionRecord, reason: str, setup: Setup) -> None:
    change.put_record(record, "unknown")
    change.because(f"unknown_{reason}")
    change.count("sends.unknown")
    if setup.capabilities.echoes or setup.capabilities.find_own:
        change.remind(setup.unknown_after_s, "unknown_hold", record.action.id)
    else:
        _ask_person(change)


def _ask_person(change: Change) -> None:
    change.because("unknown_outcome")
    change.need_person("unknown_outcome", "high", change.now + timedelta(minutes=30))


def time_came(change: Change, event: TimeCame, setup: Setup) -> bool:
    """True when the turn has to be decided (again)."""
    conversation = change.conversation
    match event.purpose:
        case "decide":
            return bool(conversation.unanswered) and conversation.owner == "bot"
        case "unknown_hold":
            record = change.records.get(ActionId(event.ref))
            if record is not None and record.state == "unknown":
                _ask_person(change)
            return False
        case "echo_hold":
            _release_echo(change, event.ref, setup)
            return False
        case "refresh":
            refresh(change, event, setup)
            return False
        case "refreshed":
            refreshed(change, event, setup)
            return False
        case "expire":
            expire(change, event, setup)
            return False
        case _:
            assert_never(event.purpose)


def echoed(change: Change, event: Echoed, setup: Setup) -> None:
    """The account spoke. Ours when it bears our tag, our id or our words; else a person's in the platform's own app."""
    change.count("events.echoed")
    text = "" if event.elsewhere else event.text
    record = _ours(change, event.external_id, text, event.tag)
    if record is not None:
        if record.state in ("inflight", "unknown", "pending"):
            sent(change, record, event.external_id)
        else:
            change.know(event.external_id)
        return
    if event.external_id in change.conversation.external_ids:
        return
    if event.elsewhere is False:
        change.know(event.external_id)
        return
    if event.elsewhere is None and change.in_state("inflight", "unknown"):
        held = HeldEcho(event=event.id, external_id=event.external_id, text=event.text, at=event.occurred_at)
        change.set(held_echoes=(*change.conversation.held_echoes, held)[-10:])
        change.remind(setup.echo_hold_s, "echo_hold", event.external_id)
        return
    person_spoke(change, event.external_id, event.text)


def _ours(change: Change, external_id: str, text: str, tag: str | None) -> ActionRecord | None:
    if tag and ActionId(tag) in change.records:
        return change.records[ActionId(tag)]
    for record in change.records.values():
        if record.external_id == external_id:
            return record
    print_ = fingerprint(change.conversation.id, text)
    said = (*change.in_state("inflight", "unknown"), *change.in_state("sent"))
    return next((record for record in said if text and record.fingerprint == print_), None)


def _release_echo(change: Change, external_id: str, setup: Setup) -> None:
    held = next((echo for echo in change.conversation.held_echoes if echo.external_id == external_id), None)
    if held is None:
        return
    change.set(held_echoes=tuple(e for e in change.conversation.held_echoes if e.external_id != external_id))
    if external_id in change.conversation.external_ids:
        return
    record = _ours(change, external_id, held.text, None)
    if record is not None:
        if record.state != "sent":
            sent(change, record, external_id)
        change.know(external_id)
        return
    person_spoke(change, external_id, held.text)


def person_spoke(change: Change, external_id: str, text: str) -> None:
    """Somebody of the brand answered in the platform's own app: it is theirs now, and the bot is silent."""
    change.because("person_spoke_elsewhere")
    change.count("takeovers.elsewhere")
    change.cancel_pending("answered_elsewhere")
    change.say(Said(by="agent", text=text, at=change.now, external_id=external_id))
    change.set(unanswered=(), promised_by=None)
    change.taken_elsewhere("answered_elsewhere")
