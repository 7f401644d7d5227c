"""The customer spoke: what is taken in, and what is decided on."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.handle import At, handle
from bot.handle.turn import TOMBSTONES_KEPT, UNANSWERED_KEPT
from bot.model.action import ActionState
from bot.model.contact import Contact
from bot.model.conversation import EXTERNAL_IDS_KEPT, RECENT_KEPT, Priority, Status
from bot.model.decision import Decision
from bot.model.event import Attachment
from bot.model.ids import StreamId
from bot.model.outcome import State
from bot.model.turn import Opinion, Turn
from bot.model.understanding import Understanding
from tests.unit.turns import (
    ANN,
    IGNORE,
    KNOWN,
    NOW,
    UNDERSTOOD,
    action,
    after,
    awaited,
    claimed,
    comment,
    deciding,
    happened,
    incoming,
    message,
    record,
    reply,
    settled,
    state,
    story,
    tell,
    texts,
)


def test_first_words() -> None:
    event = message("Hi", attachments=(Attachment(type="image"),), author_name="Ann")
    outcome = tell(event)
    conversation = settled(outcome)
    assert conversation.recent == (KNOWN.model_copy(update={"author": "Ann", "attachments": 1}),)
    assert conversation.unanswered == (incoming(event=event.id, attachments=1),)
    assert (conversation.external_ids, conversation.last_customer_at) == (("m1",), NOW)
    assert (conversation.customer_name, conversation.language, conversation.status) == ("Ann", "en", "open")
    assert (conversation.basis_version, conversation.basis_change) == (1, "message.received")
    assert outcome.contact == Contact(id=ANN, language="en", name="Ann")
    assert outcome.counters == {"events.message.received": 1, "decisions.reply.because": 1}
    assert outcome.turn
    assert (outcome.turn.model, outcome.turn.salt, outcome.turn.brand_rev) == ("m1", "salt", "r1")
    assert outcome.turn.opinions == (Opinion(policy="told", decided=True),)
    assert outcome.reasons == ("because",)


@pytest.mark.parametrize(
    ("name", "understood", "language", "model"),
    [
        ("read", UNDERSTOOD, "en", "m1"),
        ("in no language", UNDERSTOOD.model_copy(update={"language": "und"}), "fr", "m1"),
        ("not read", None, "fr", ""),
    ],
)
def test_the_language_stays_until_another_is_heard(
    name: str, understood: Understanding | None, language: str, model: str
) -> None:
    before = state(language="fr", contact=Contact(id=ANN, language="fr"), customer_name="Ann")
    outcome = handle(message(), before, At(StreamId("6-0"), NOW), deciding(), understood)
    assert settled(outcome).language == language
    assert outcome.contact == Contact(id=ANN, language=language, name="Ann")
    assert outcome.turn
    assert outcome.turn.model == model


def test_a_contact_that_did_not_change_is_not_written() -> None:
    contact = Contact(id=ANN, language="en", name="Ann")
    assert tell(message(author_name="Ann"), state(contact=contact)).contact is None


@pytest.mark.parametrize(
    ("name", "occurred_at", "last"),
    [
        ("later", NOW + timedelta(seconds=1), NOW + timedelta(seconds=1)),
        ("earlier", NOW - timedelta(days=1), NOW),
    ],
)
def test_the_window_counts_from_the_last_words(name: str, occurred_at: datetime, last: datetime) -> None:
    conversation = settled(tell(message(occurred_at=occurred_at), state(last_customer_at=NOW)))
    assert conversation.last_customer_at == last
    assert conversation.window_closes_at == last + timedelta(days=1)


def test_words_already_seen_change_nothing() -> None:
    before = state(recent=(KNOWN,), external_ids=("m1",))
    outcome = tell(message(), before)
    assert outcome.turn is None
    assert outcome.counters == {"events.message.received": 1, "events.known_by_id": 1}
    assert before.conversation
    assert settled(outcome) == before.conversation.model_copy(update={"version": 8, "decided_upto": "6-0"})


def test_words_deleted_before_they_came() -> None:
    early = tell(happened("message.deleted"))
    assert early.turn is None
    assert settled(early).tombstones == ("m1",)
    outcome = tell(message(), after(State(), early))
    assert outcome.turn is None
    assert settled(outcome).recent == (KNOWN.model_copy(update={"text": "", "deleted": True}),)
    assert settled(outcome).unanswered == ()
    assert settled(outcome).external_ids == ("m1",)


def test_what_is_kept_is_bounded() -> None:
    spoken = [message(f"{n}", f"m{n}") for n in range(EXTERNAL_IDS_KEPT + 5)]
    deleted = [happened("message.deleted", external_id=f"d{n}") for n in range(TOMBSTONES_KEPT + 5)]
    conversation = story([*spoken, *deleted], deciding(IGNORE), state(escalation=awaited())).conversation
    assert conversation
    assert [len(conversation.recent), len(conversation.external_ids)] == [RECENT_KEPT, EXTERNAL_IDS_KEPT]
    assert [len(conversation.unanswered), len(conversation.tombstones)] == [UNANSWERED_KEPT, TOMBSTONES_KEPT]
    assert conversation.unanswered[-1].text == conversation.recent[-1].text == f"{EXTERNAL_IDS_KEPT + 4}"


def test_policies_see_all_that_is_unanswered() -> None:
    seen: list[Turn] = []

    def decide(turn: Turn) -> tuple[Decision, tuple[Opinion, ...]]:
        seen.append(turn)
        return reply(), ()

    told = [message("My lamp is broken", "m1"), message("Hello?", "m2"), message("?", "m3")]
    story(told, replace(deciding(), decide=decide))
    assert [[i.text for i in turn.unanswered] for turn in seen] == [
        ["My lamp is broken"],
        ["My lamp is broken", "Hello?"],
        ["My lamp is broken", "Hello?", "?"],
    ]
    assert [turn.late for turn in seen] == [False] * 3


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("words", "message.received", "customer_wrote"),
        ("an edit", "message.edited", "customer_edited"),
        ("a deletion", "message.deleted", "customer_deleted"),
    ],
)
def test_new_words_stop_what_waits_to_go(name: str, kind: str, why: str) -> None:
    """The bot's reply is dropped and thought over; a person's own words go back to that person."""
    bots, persons = record(action()), record(action(id="a2", author="Léa", text="Good morning"))
    confirming = record(action(id="a3", purpose="opt_out"))
    known = (KNOWN.model_copy(update={"external_id": "m0"}),)
    before = state(
        bots, persons, confirming, recent=known, external_ids=("m0",), unanswered=(incoming(external_id="m0"),)
    )
    outcome = tell(happened(kind, external_id="m0" if kind != "message.received" else "m1"), before)
    assert {"a1", "a2"} <= set(outcome.dropped)
    assert "a3" in [r.action.id for r in outcome.records]
    returned = settled(outcome).draft
    assert returned
    assert (returned.id, returned.text, returned.author, returned.stale) == ("d:a2", "Good morning", "Léa", why)
    assert settled(outcome).escalation
    assert outcome.notice
    assert (outcome.notice.reason, outcome.notice.priority) == ("returned_to_author", "high")
    assert outcome.counters["actions.superseded"] == 1


def test_several_parts_of_a_persons_words_come_back_as_one() -> None:
    parts = [record(action(id=f"a{n}", author="Léa", text=f"part {n}")) for n in (1, 2)]
    returned = settled(tell(happened("message.edited"), state(*parts, language="fr"))).draft
    assert returned
    assert (returned.text, returned.language) == ("part 1\npart 2", "fr")


@pytest.mark.parametrize(
    ("name", "kind", "private"), [("private", "private_reply", True), ("public", "reply_to_comment", False)]
)
def test_where_a_persons_words_were_going_is_kept(name: str, kind: str, private: bool) -> None:
    persons = action(kind, author="Léa")
    before = state(record(persons), where=persons.conversation)
    returned = settled(tell(comment(external_id="c2"), before)).draft
    assert returned
    assert returned.private is private


def test_an_act_without_words_does_not_come_back() -> None:
    hidden = action("hide_comment", author="Léa")
    outcome = tell(comment(external_id="c2"), state(record(hidden), where=hidden.conversation))
    assert outcome.dropped == ("a1",)
    assert settled(outcome).draft is None


UNDER_WAY: list[tuple[ActionState, str, str, int]] = [
    ("inflight", "send_message", "1-0", 1),
    ("unknown", "send_message", "1-0", 1),
    ("pending", "send_message", "1-0", 1),
    ("sent", "send_message", "1-0", 2),
    ("inflight", "like", "1-0", 2),
    ("inflight", "send_message", "0-9", 2),
]


@pytest.mark.parametrize(("at", "kind", "upto", "decided_on"), UNDER_WAY)
def test_what_is_being_answered_is_not_decided_on_again(at: ActionState, kind: str, upto: str, decided_on: int) -> None:
    """Time came, with two messages unanswered: what an action under way has taken into account is left out."""
    both = (incoming(), incoming("Anybody?", "m2", "2-0"))
    outcome = tell(happened("time.came"), state(record(action(kind, decided_upto=upto), at), unanswered=both))
    assert outcome.turn
    assert len(outcome.turn.unanswered) == decided_on


def test_nothing_is_left_to_decide() -> None:
    before = claimed(story([message()]))
    outcome = tell(happened("time.came"), before)
    assert outcome.turn is None
    assert [r.state for r in outcome.records] == ["inflight"]


def test_words_while_the_answer_is_on_its_way_are_decided_on_alone() -> None:
    before = claimed(story([message()]))
    outcome = tell(message("And?", "m2"), before)
    assert outcome.turn
    assert [i.text for i in outcome.turn.unanswered] == ["And?"]
    assert [r.state for r in outcome.records] == ["inflight", "pending"]


def test_deciding_again_replaces_the_reply() -> None:
    before = story([message()], deciding(reply("One answer")), state())
    outcome = tell(message("And?", "m2"), before, deciding(reply("Another")))
    assert texts(outcome) == ["Another"]
    assert len(outcome.dropped) == 1


STATUSES: list[tuple[Status, Priority | None, Status]] = [
    ("resolved", None, "open"),
    ("open", None, "open"),
    ("waiting", "normal", "waiting"),
]


@pytest.mark.parametrize(("status", "priority", "then"), STATUSES)
def test_the_status_after_words(status: Status, priority: Priority | None, then: Status) -> None:
    before = state(status=status, escalation=awaited(priority=priority) if priority else None)
    assert settled(tell(message(), before)).status == then
