"""An outcome in the making: what `handle` changes, collected, and then frozen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.model.action import FINISHED, Action, ActionRecord, ActionState, fingerprint, text_of
from bot.model.contact import Contact
from bot.model.conversation import (
    EXTERNAL_IDS_KEPT,
    PRIORITIES,
    RECENT_KEPT,
    Conversation,
    Draft,
    Escalation,
    Move,
    Priority,
    Said,
    move,
)
from bot.model.desk import ActResult
from bot.model.event import Event, TimeCame
from bot.model.ids import BOT, ActionId, DraftId, EventId, StreamId, stream_order
from bot.model.notice import Notice
from bot.model.outcome import Outcome, State, Timer
from bot.model.turn import TurnRecord

SENT_RECORDS_KEPT = 6
"""How many sent actions stay with a conversation, so that late echoes find them."""

LISTED = frozenset({"taken_over", "answered_elsewhere", "thread_taken_elsewhere"})
"""Reasons that only say that a person has it, not that one is needed."""


@dataclass(frozen=True, slots=True)
class At:
    """Where and when an event is handled: its place in the stream, and the clock passed in."""

    stream_id: StreamId
    now: datetime
    salt: str = ""
    """Random, for the ledger's commitment."""


class Change:
    """One conversation (and its contact) while an event is handled. Holds values, touches nothing."""

    def __init__(self, event: Event, state: State, conversation: Conversation, contact: Contact, at: At) -> None:
        self.event = event
        self.at = at
        self.now = at.now
        self.conversation = conversation
        self.contact = contact
        self.records: dict[ActionId, ActionRecord] = {record.action.id: record for record in state.records}
        self._contact_before = contact
        self._before = dict(self.records)
        self._relay: list[Event] = []
        self._timers: list[Timer] = []
        self._forgotten: list[str] = []
        self._counters: dict[str, int] = {}
        self._reasons: list[str] = []
        self._notice: Notice | None = None
        self._acknowledged = False
        self._turn: TurnRecord | None = None
        self._result: ActResult | None = None

    def set(self, **fields: Any) -> None:
        self.conversation = self.conversation.model_copy(update=fields)

    def set_contact(self, **fields: Any) -> None:
        self.contact = self.contact.model_copy(update=fields)

    def move(self, what: Move) -> None:
        self.set(status=move(self.conversation.status, what))

    def count(self, name: str) -> None:
        self._counters[name] = self._counters.get(name, 0) + 1

    def because(self, *codes: str) -> None:
        self._reasons.extend(codes)

    def record_turn(self, turn: TurnRecord) -> None:
        self._turn = turn

    def relay(self, event: Event) -> None:
        self._relay.append(event)

    def remind(self, after_s: float, purpose: str, ref: str = "") -> None:
        """Asks for a `TimeCame` about this conversation."""
        moment = self.now + timedelta(seconds=after_s)
        event = TimeCame.model_validate(
            {
                "id": f"t:{purpose}:{ref}:{self.event.id}",
                "account": self.conversation.id.account,
                "contact": self.conversation.id.contact,
                "conversation": self.conversation.id,
                "occurred_at": moment,
                "received_at": moment,
                "purpose": purpose,
                "ref": ref,
            }
        )
        self._timers.append(Timer(at=moment, event=event))

    def later(self, at: datetime, event: Event) -> None:
        """The event happens then."""
        self._timers.append(Timer(at=at, event=event))

    def forget(self, external_id: str) -> None:
        self._forgotten.append(external_id)

    def done(self) -> None:
        self._result = ActResult(outcome="done", version=self.conversation.version + 1)

    def refuse(self, code: str, says: str) -> None:
        self.because(f"refused_{code}")
        self._result = ActResult(outcome="refused", code=code, says=says, version=self.conversation.version)

    def ground_moved(self) -> None:
        """From here on, an act that was prepared before must not be carried out."""
        self.set(basis_version=self.conversation.version + 1, basis_change=self.event.kind)

    def say(self, said: Said) -> None:
        """Adds to the thread; the oldest entries fall out."""
        self.set(recent=(*self.conversation.recent, said)[-RECENT_KEPT:])
        if said.external_id:
            self.know(said.external_id)

    def know(self, external_id: str) -> None:
        if external_id not in self.conversation.external_ids:
            known = (*self.conversation.external_ids, external_id)
            self.set(external_ids=known[-EXTERNAL_IDS_KEPT:])

    def answered_upto(self, stream_id: StreamId) -> None:
        """What the customer said until there has been answered."""
        left = [i for i in self.conversation.unanswered if stream_order(i.stream_id) > stream_order(stream_id)]
        self.set(unanswered=tuple(left))

    def act(self, action: Action) -> None:
        text = text_of(action)
        print_ = fingerprint(action.conversation, text) if text else None
        self.records[action.id] = ActionRecord(action=action, fingerprint=print_)

    def put_record(self, record: ActionRecord, state: ActionState, external_id: str | None = None) -> ActionRecord:
        changed = record.model_copy(update={"state": state, "external_id": external_id or record.external_id})
        self.records[record.action.id] = changed
        return changed

    def in_state(self, *states: ActionState) -> list[ActionRecord]:
        return [record for record in self.records.values() if record.state in states]

    def cancel_pending(self, why: str) -> None:
        """Nothing undecided goes out: the bot's pending actions are dropped, a person's own words go back to them."""
        self.withdraw_bots()
        for record in self.in_state("pending"):
            if record.action.by_person:
                del self.records[record.action.id]
                self.hand_back(record.action, why)

    def withdraw_bots(self) -> None:
        """The bot's pending actions are dropped, but for the word that confirms an opt-out."""
        for record in self.in_state("pending"):
            if not record.action.by_person and record.action.purpose != "opt_out":
                del self.records[record.action.id]
                self.count("actions.superseded")

    def hand_back(self, action: Action, why: str) -> None:
        """A person's words that can't go as they are wait for that person as a draft."""
        text = text_of(action)
        if text is None:
            return
        earlier = self.conversation.draft
        if earlier is not None and earlier.author == action.author and earlier.stale:
            text = f"{earlier.text}\n{text}"
        draft = Draft(
            id=DraftId(f"d:{action.id}"),
            text=text,
            reason="returned_to_author",
            language=self.conversation.language or "und",
            author=action.author,
            at=self.now,
            stale=why,
            private=action.kind == "private_reply",
        )
        self.set(draft=draft)
        self.need_person("returned_to_author", "high", self.now + timedelta(minutes=15))

    def need_person(self, reason: str, priority: Priority, deadline: datetime) -> None:
        """Puts the conversation before people. A graver reason raises what was there, a lighter one changes nothing."""
        before = self.conversation.escalation
        self.move("needs_person")
        if before is None or PRIORITIES.index(priority) > PRIORITIES.index(before.priority):
            told = before.told_customer if before else False
            since = before.since if before else self.now
            escalation = Escalation(
                reason=reason, priority=priority, deadline=deadline, since=since, told_customer=told
            )
            self.set(escalation=escalation)
            self._notice = Notice(
                conversation=self.conversation.id, reason=reason, priority=priority, deadline=deadline, since=self.now
            )
            self._acknowledged = False
            self.count(f"escalated.{reason}")

    def person_sees(self) -> None:
        """Somebody has it: nobody else need be told."""
        self._notice = None
        self._acknowledged = True

    def taken_elsewhere(self, reason: str) -> None:
        """A person has it in the platform's own app; the console lists it, so that it can be given back from there."""
        deadline = self.now + timedelta(days=1)
        listed = Escalation(reason=reason, priority="low", deadline=deadline, since=self.now)
        draft = self.conversation.draft
        returned = draft if draft is not None and draft.stale is not None else None
        self.set(owner="agent", assignee=None, escalation=listed, draft=returned)
        self.person_sees()
        self.ground_moved()

    def given_back(self) -> None:
        """The person who had it has let go of it without a word: what they were listed for is over."""
        listed = self.conversation.escalation
        if listed is not None and listed.reason in LISTED:
            self.set(escalation=None)
            self.person_sees()
        self.set(owner="bot", assignee=None)
        self.ground_moved()

    def nothing_waits(self) -> None:
        self.set(escalation=None, draft=None)
        self.person_sees()

    def freeze(self) -> Outcome:
        """The outcome. Sent actions beyond the last few are forgotten, cancelled and failed ones at once.

        What still waits to go has outlived this event: it is decided up to here.
        """
        for record in self.in_state("pending"):
            action = record.action.model_copy(update={"decided_upto": self.at.stream_id})
            self.records[action.id] = record.model_copy(update={"action": action})
        sent = [record for record in self.records.values() if record.state == "sent"]
        kept = {
            action_id: record
            for action_id, record in self.records.items()
            if record.state not in FINISHED or record in sent[-SENT_RECORDS_KEPT:]
        }
        self.set(action_ids=tuple(kept), version=self.conversation.version + 1)
        if stream_order(self.at.stream_id) > stream_order(self.conversation.decided_upto):
            self.set(decided_upto=self.at.stream_id)
        contact_changed = self.contact != self._contact_before
        return Outcome(
            conversation=self.conversation,
            contact=self.contact if contact_changed else None,
            records=tuple(kept.values()),
            changed=frozenset(i for i, record in kept.items() if self._before.get(i) is not record),
            dropped=tuple(action_id for action_id in self._before if action_id not in kept),
            relay=tuple(self._relay),
            timers=tuple(self._timers),
            forgotten=tuple(self._forgotten),
            turn=self._turn,
            reasons=tuple(self._reasons),
            counters=self._counters,
            notice=self._notice,
            acknowledged=self._acknowledged,
            result=self._result,
        )


def new_action_id(event: EventId, part: int) -> ActionId:
    """The same event decided again makes the same ids, so that it can't make a second action."""
    return ActionId(f"{event}.{part}")


def is_bots(record: ActionRecord) -> bool:
    return record.action.author == BOT
