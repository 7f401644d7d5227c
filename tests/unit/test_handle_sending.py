"""What became of our actions, in the sender's words: there, or certainly not there."""

from datetime import timedelta
from typing import Any

import pytest

from bot.handle.change import SENT_RECORDS_KEPT
from bot.handle.sending import SILENT_FAILURES
from bot.model.action import ActionState
from bot.model.contact import Contact
from bot.model.conversation import Said
from bot.model.event import ContactsLinked
from bot.model.ids import ActionId, ConversationId
from tests.unit.turns import (
    ACCOUNT,
    ANN,
    BOB,
    NOW,
    THREAD,
    action,
    after,
    awaited,
    claimed,
    deciding,
    draft,
    escalate,
    happened,
    incoming,
    message,
    record,
    settled,
    state,
    states,
    tell,
    texts,
)


def test_an_answer_that_is_there() -> None:
    waiting = (incoming(), incoming("And?", "m2", "2-0"))
    before = state(record(action(), "inflight"), unanswered=waiting, promised_by=NOW)
    outcome = tell(happened("action.sent"), before)
    conversation = settled(outcome)
    [said] = conversation.recent
    assert (said.by, said.text, said.external_id, said.author, said.action) == ("bot", "Hello", "s1", None, "a1")
    assert conversation.unanswered == waiting[1:], "what came after it was decided is still to be answered"
    assert (conversation.promised_by, conversation.status) == (None, "open")
    assert (conversation.auto_replies, conversation.external_ids) == ((NOW,), ("s1",))
    assert conversation.asked_to_clarify == 0
    assert states(outcome) == {"a1": "sent"}
    assert outcome.records[0].external_id == "s1"
    assert (outcome.reasons, outcome.counters) == (("sent_send_message",), {"sent.send_message": 1})
    assert outcome.turn is None


PURPOSES: list[tuple[str, dict[str, int | bool]]] = [
    ("answer", {"unanswered": 0, "clarified": 0, "told": False}),
    ("clarify", {"unanswered": 0, "clarified": 1, "told": False}),
    ("holding", {"unanswered": 1, "clarified": 0, "told": True}),
    ("opt_out", {"unanswered": 1, "clarified": 0, "told": False}),
]


@pytest.mark.parametrize(("purpose", "then"), PURPOSES)
def test_what_words_were_for(purpose: str, then: dict[str, int | bool]) -> None:
    before = state(record(action(purpose=purpose), "inflight"), unanswered=(incoming(),), escalation=awaited())
    conversation = settled(tell(happened("action.sent"), before))
    assert conversation.escalation
    assert {
        "unanswered": len(conversation.unanswered),
        "clarified": conversation.asked_to_clarify,
        "told": conversation.escalation.told_customer,
    } == then
    assert conversation.status == "open"


def test_holding_words_without_anybody_to_wait_for() -> None:
    before = state(record(action(purpose="holding"), "inflight"))
    assert settled(tell(happened("action.sent"), before)).escalation is None


@pytest.mark.parametrize(("author", "discloses"), [("bot", True), ("bot", False), ("Léa", False)])
def test_who_was_told_that_an_assistant_writes(author: str, discloses: bool) -> None:
    before = state(record(action(author=author, discloses=discloses), "inflight"), contact=Contact(id=ANN))
    outcome = tell(happened("action.sent"), before)
    assert outcome.contact == (Contact(id=ANN, disclosed_at=NOW) if discloses else None)
    assert len(settled(outcome).auto_replies) == (author == "bot")


@pytest.mark.parametrize("kind", ["like", "hide_comment"])
def test_an_act_without_words_is_an_answer(kind: str) -> None:
    before = state(record(action(kind), "inflight"), unanswered=(incoming(),))
    outcome = tell(happened("action.sent", external_id=None), before)
    assert (settled(outcome).unanswered, settled(outcome).recent) == ((), ())
    assert outcome.reasons == (f"sent_{kind}",)


def test_an_approved_draft_leaves_later_words_to_people() -> None:
    """While it was on its way the customer wrote again: what waits for a person then does not vanish."""
    before = state(draft=draft(), escalation=awaited(), unanswered=(incoming(),))
    on_its_way = claimed(after(before, tell(happened("draft.approved"), before)))
    asked = after(on_its_way, tell(message("It burns!", "m2"), on_its_way, deciding(escalate(priority="high"))))
    outcome = tell(happened("action.sent", action_id=asked.records[0].action.id), asked)
    conversation = settled(outcome)
    assert [i.text for i in conversation.unanswered] == ["It burns!"]
    assert conversation.escalation == awaited("because", "high")
    assert not outcome.acknowledged


UNSURE = awaited("unknown_outcome", "high")
SETTLED: list[tuple[str, list[Any], dict[str, Any], bool]] = [
    ("that was all", [], {}, False),
    ("another is unknown", [record(action(id="a2"), "unknown")], {}, True),
    ("words are unanswered", [], {"unanswered": (incoming(stream_id="9-0"),)}, True),
    ("a draft waits", [], {"draft": draft()}, True),
    ("a person is needed for more", [], {"escalation": awaited("threat", "urgent")}, True),
    ("an agent has it", [], {"owner": "agent", "assignee": "Léa"}, True),
]


@pytest.mark.parametrize(("name", "others", "changes", "waits"), SETTLED)
def test_nobody_need_look_any_more(name: str, others: list[Any], changes: dict[str, Any], waits: bool) -> None:
    before = state(record(action(), "unknown"), *others, **{"escalation": UNSURE, **changes})
    outcome = tell(happened("action.sent"), before)
    assert (settled(outcome).escalation is not None) is waits
    assert outcome.acknowledged is not waits


def test_said_twice_that_it_is_there() -> None:
    before = state(record(action(), "sent", external_id="x1"), external_ids=("x1",))
    outcome = tell(happened("action.sent", external_id="s1"), before)
    assert settled(outcome).external_ids == ("x1", "s1")
    assert settled(outcome).recent == ()
    assert outcome.records[0].external_id == "s1"


def test_said_twice_without_an_id() -> None:
    before = state(record(action(), "sent", external_id="x1"), external_ids=("x1",))
    outcome = tell(happened("action.sent", external_id=None), before)
    assert outcome.records[0].external_id == "x1"
    assert settled(outcome).external_ids == ("x1",)


@pytest.mark.parametrize("kind", ["action.sent", "action.failed", "action.unknown"])
def test_of_an_action_that_is_forgotten(kind: str) -> None:
    outcome = tell(happened(kind), state())
    assert outcome.counters == {f"late.{kind}": 1}
    assert (outcome.records, outcome.reasons) == ((), ())


@pytest.mark.parametrize("at", ["inflight", "sent"])
def test_a_private_reply_reveals_its_reader(at: ActionState) -> None:
    reader = ConversationId.private(BOB)
    before = state(record(action("private_reply"), at), where=THREAD)
    event = happened("action.sent", conversation=THREAD, recipient=BOB, id="sent:1")
    outcome = tell(event, before)
    assert outcome.contact
    assert outcome.contact.aliases == (BOB,)
    assert outcome.relay == (
        ContactsLinked(
            id="sent:1/1",  # type: ignore[arg-type]
            account=ACCOUNT,
            contact=BOB,
            conversation=reader,
            occurred_at=NOW,
            received_at=NOW,
            other=ANN,
        ),
    )


@pytest.mark.parametrize(("name", "recipient"), [("nobody else", None), ("the same one", ANN)])
def test_nobody_to_link(name: str, recipient: object) -> None:
    outcome = tell(happened("action.sent", recipient=recipient), state(record(action(), "inflight")))
    assert (outcome.relay, outcome.contact) == ((), None)


def test_linked_once() -> None:
    before = state(record(action("private_reply"), "inflight"), where=THREAD, contact=Contact(id=ANN, aliases=(BOB,)))
    outcome = tell(happened("action.sent", conversation=THREAD, recipient=BOB), before)
    assert outcome.contact is None
    assert len(outcome.relay) == 1


REASONS = [("refused", True), ("window_closed", True), *((reason, False) for reason in sorted(SILENT_FAILURES))]


@pytest.mark.parametrize(("reason", "person"), REASONS)
@pytest.mark.parametrize("at", ["inflight", "unknown", "pending"])
def test_words_of_the_bot_that_certainly_did_not_go(reason: str, person: bool, at: ActionState) -> None:
    before = state(record(action(), at), unanswered=(incoming(),))
    outcome = tell(happened("action.failed", reason=reason), before)
    assert outcome.dropped == ("a1",)
    assert outcome.reasons == (f"failed_{reason}",)
    assert outcome.counters[f"failed.{reason}"] == 1
    assert (outcome.notice is not None) is person
    assert settled(outcome).escalation == (
        awaited("send_failed", "high", deadline=NOW + timedelta(minutes=30)) if person else None
    )
    assert settled(outcome).unanswered == (incoming(),)
    assert (outcome.contact is not None) is (reason == "contact_gone")


def test_somebody_gone_can_not_be_reached() -> None:
    outcome = tell(happened("action.failed", reason="contact_gone"), state(record(action(), "inflight")))
    assert outcome.contact
    assert not outcome.contact.reachable


@pytest.mark.parametrize("reason", ["refused", "taken_over", "contact_gone"])
def test_a_persons_words_that_did_not_go_come_back_whole(reason: str) -> None:
    parts = [
        record(action(id="a1", author="Léa", text="one"), "inflight"),
        record(action(id="a2", author="Léa", text="two", after="a1")),
        record(action(id="a3", author="Léa", text="three", after="a2")),
    ]
    outcome = tell(happened("action.failed", reason=reason), state(*parts))
    returned = settled(outcome).draft
    assert returned
    assert (returned.text, returned.author, returned.stale) == ("one\ntwo\nthree", "Léa", reason)
    assert outcome.dropped == ("a1", "a2", "a3")
    assert outcome.notice
    assert outcome.notice.reason == "returned_to_author"


def test_parts_that_followed_do_not_go() -> None:
    parts = [
        record(action(id="a1"), "inflight"),
        record(action(id="a2", after="a1")),
        record(action(id="a3", after="a2")),
        record(action(id="a4")),
    ]
    outcome = tell(happened("action.failed"), state(*parts))
    assert states(outcome) == {"a4": "pending"}
    assert outcome.counters["escalated.send_failed"] == 1


def test_parts_that_follow_go_on() -> None:
    parts = [record(action(id="a1"), "inflight"), record(action(id="a2", after="a1", text="two"))]
    outcome = tell(happened("action.sent"), state(*parts, unanswered=(incoming(),)))
    assert texts(outcome) == ["two"]
    assert settled(outcome).unanswered == ()


def test_what_is_there_can_not_have_failed() -> None:
    """The echo of a person's words came first: they do not come back to be sent twice."""
    outcome = tell(happened("action.failed"), state(record(action(author="Léa"), "sent")))
    assert states(outcome) == {"a1": "sent"}
    assert settled(outcome).draft is None
    assert outcome.reasons == ()


def test_what_was_sent_is_remembered_for_its_echo_for_a_while() -> None:
    there = [record(action(id=f"a{n}"), "sent") for n in range(SENT_RECORDS_KEPT)]
    before = state(*there, record(action(id="a9"), "inflight"))
    outcome = tell(happened("action.sent", action_id="a9"), before)
    assert outcome.dropped == ("a0",)
    assert settled(outcome).action_ids == ("a1", "a2", "a3", "a4", "a5", "a9")


def test_what_was_taken_and_did_not_arrive_is_for_a_person() -> None:
    there = Said(by="bot", text="Hello", at=NOW, external_id="s1", action=ActionId("a1"))
    sent_one = record(action(), "sent", external_id="s1")
    before = state(sent_one, recent=(there,), action_ids=(ActionId("a1"),))
    event = happened("action.failed", reason="undelivered", after_acceptance=True)
    outcome = tell(event, before)
    assert ActionId("a1") in outcome.dropped
    assert "failed_undelivered" in outcome.reasons
    assert settled(outcome).recent == ()
    escalation = settled(outcome).escalation
    assert escalation is not None
    assert escalation.reason == "send_failed"
    assert tell(happened("action.failed", reason="refused"), before).records[0].state == "sent"
