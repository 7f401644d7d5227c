"""Values survive the way into the store and back, as they are written there."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.model.action import Action, ActionRecord, ActionState
from bot.model.contact import Contact
from bot.model.conversation import Conversation, HeldEcho, Note, Said
from bot.model.decision import Decision
from bot.model.event import EVENT, SUPERSEDING, Attachment
from bot.model.ids import ActionId, EventId, StreamId
from bot.model.outcome import Outcome
from bot.model.turn import Opinion, TurnRecord
from bot.model.understanding import Toxicity, Understanding
from bot.store.state import record_json, record_of
from tests.unit.turns import (
    ANN,
    BOB,
    DEFAULTS,
    DM,
    IGNORE,
    NOW,
    OPT_OUT,
    REACT,
    THREAD,
    WAIT,
    WHY,
    WORDS,
    action,
    awaited,
    draft,
    escalate,
    happened,
    hide,
    incoming,
    record,
    reply,
)

FULLER: dict[str, dict[str, object]] = {
    "message.received": {"reply_to": "m0", "payload": "HELP", "author_name": "Ann", "late": True},
    "comment.received": {"parent_id": "c0", "attachments": (Attachment(type="image", url="https://x.example/1"),)},
    "review.received": {"rating": 5, "recommends": True},
    "reaction.added": {"reaction": None},
    "echoed": {"tag": "a1", "elsewhere": False, "locate": "m1"},
    "delivery.updated": {"external_ids": ("m1", "m2"), "upto": NOW},
    "content.unavailable": {"external_id": "m1", "fetch": "comment:m1"},
    "erasure.requested": {"confirmation": "c1"},
    "post.published": {"text": "New lamps"},
    "time.came": {"purpose": "echo_hold", "ref": "m1"},
    "draft.approved": {"text": ""},
    "action.sent": {"external_id": None, "recipient": BOB},
}
MILLISECONDS = st.datetimes(datetime(2020, 1, 1), datetime(2038, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def test_every_kind_is_tried() -> None:
    kinds = {get_args(event.model_fields["kind"].annotation)[0] for event in get_args(get_args(EVENT._type)[0])}
    assert kinds == set(DEFAULTS)
    assert kinds >= SUPERSEDING


@pytest.mark.parametrize("kind", DEFAULTS)
@pytest.mark.parametrize("fuller", [False, True])
def test_events(kind: str, fuller: bool) -> None:
    event = happened(kind, **FULLER.get(kind, {}) if fuller else {})
    assert EVENT.validate_json(event.model_dump_json(exclude_none=True)) == event


def test_an_unknown_field_of_an_event_is_an_error() -> None:
    raw = json.loads(happened("message.received").model_dump_json())
    with pytest.raises(ValidationError, match="more"):
        EVENT.validate_python(raw | {"more": 1})


FULL = Conversation(
    id=THREAD,
    owner="agent",
    assignee="Léa",
    status="waiting",
    subject_line="77",
    customer_name="Ann",
    language="fr",
    window_closes_at=NOW,
    last_customer_at=NOW,
    unanswered=(
        incoming(),
        incoming(external_id="m2", understanding=None),
        incoming(
            external_id="m3",
            understanding=Understanding(
                intent="praise",
                also=(("report_damaged", 0.6),),
                sentiment=-0.2,
                toxicity=(Toxicity(kind="insult", target="person", score=0.9),),
            ),
        ),
    ),
    recent=(Said(by="customer", text="Hi", at=NOW, external_id="m1"), Said(by="bot", text="", at=NOW, deleted=True)),
    external_ids=("m1", "m2"),
    draft=draft(stale="customer_wrote", author="Léa"),
    escalation=awaited(told_customer=True),
    promised_by=NOW,
    asked_to_clarify=1,
    auto_replies=(NOW,),
    variants_used=("greet/1",),
    held_echoes=(HeldEcho(event=EventId("e"), external_id="echo1", text="Hello", at=NOW),),
    tombstones=("m9",),
    notes=(Note(agent="Léa", text="a regular", at=NOW),),
    decided_upto=StreamId("5-0"),
    basis_version=6,
    basis_change="agent.took_over",
    action_ids=(ActionId("a1"),),
)


@pytest.mark.parametrize("conversation", [Conversation.new(DM), FULL])
def test_conversations(conversation: Conversation) -> None:
    assert Conversation.model_validate_json(conversation.model_dump_json(exclude_defaults=True)) == conversation


def test_a_conversation_kept_before_understanding_said_more() -> None:
    kept = json.loads(FULL.model_dump_json(exclude_defaults=True))
    understood = {"intent": "greet", "confidence": 0.9, "ranking": [["greet", 0.9]], "language": "en", "model": "m0"}
    kept["unanswered"] = [kept["unanswered"][0] | {"understanding": understood}]
    (words,) = Conversation.model_validate_json(json.dumps(kept)).unanswered
    assert words.understanding == Understanding(
        intent="greet", confidence=0.9, ranking=(("greet", 0.9),), language="en", model="m0"
    )


def test_a_conversation_at_rest_is_small() -> None:
    assert len(Conversation.new(DM).model_dump_json(exclude_defaults=True)) < 50


@pytest.mark.parametrize(
    "contact",
    [
        Contact.new(ANN),
        Contact(id=ANN, opted_out=True, opted_out_at=NOW, disclosed_at=NOW, language="fr", name="Ann", aliases=(BOB,)),
        Contact(id=ANN, reachable=False),
    ],
)
def test_contacts(contact: Contact) -> None:
    assert Contact.model_validate_json(contact.model_dump_json(exclude_defaults=True)) == contact


DECISIONS: list[Decision | None] = [
    None,
    reply(mode="approve", clarifies=True),
    escalate(holding=WORDS, draft=WORDS, tightened=(WHY,)),
    escalate(),
    hide(),
    REACT,
    WAIT,
    IGNORE,
    OPT_OUT,
    OPT_OUT.model_copy(update={"words": None}),
]


@pytest.mark.parametrize("decision", DECISIONS)
def test_turn_records(decision: Decision | None) -> None:
    turn = TurnRecord(
        id=EventId("e"),
        stream_id=StreamId("1-0"),
        conversation=DM,
        at=NOW,
        unanswered=(incoming(), incoming(understanding=None)),
        opinions=(Opinion(policy="answer", decided=True),),
        decision=decision,
        invariant=None if decision else WHY,
        outcome="silent",
        brand_rev="r1",
        model="m1",
        salt="salt",
    )
    assert TurnRecord.model_validate_json(turn.model_dump_json(exclude_none=True)) == turn
    outcome = Outcome(turn=turn, conversation=FULL, records=(record(),), reasons=("x",), counters={"n": 1})
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


KINDS = (
    *("send_message", "reply_to_comment", "private_reply"),
    *("hide_comment", "unhide_comment", "delete_comment", "like"),
)
ACTIONS = st.builds(
    action,
    st.sampled_from(KINDS),
    author=st.sampled_from(["bot", "Léa"]),
    decided_upto=st.sampled_from(["", "1764079200000-3"]),
    earliest=MILLISECONDS,
    after=st.none() | st.just("a0"),
    part=st.integers(1, 9),
    purpose=st.sampled_from(["answer", "clarify", "holding", "opt_out", "moderation"]),
    discloses=st.booleans(),
)


@given(
    ACTIONS,
    st.sampled_from(get_args(ActionState)),
    st.none() | MILLISECONDS,
    st.integers(0, 9),
    st.none() | st.text(min_size=1),
)
def test_action_records(
    what: Action, state: ActionState, attempted_at: datetime | None, attempts: int, external_id: str | None
) -> None:
    kept = record(what, state, attempted_at=attempted_at, attempts=attempts, external_id=external_id)
    assert record_of(record_json(kept)) == kept


def test_what_the_claim_reads_is_plain() -> None:
    kept = json.loads(record_json(record(action(after="a0", purpose="opt_out"), attempted_at=NOW, attempts=2)))
    del kept["body"], kept["fingerprint"]
    assert kept == {
        "state": "pending",
        "author": "bot",
        "purpose": "opt_out",
        "upto": "1-0",
        "after": "a0",
        "earliest": str(int(NOW.timestamp() * 1000)),
        "attempted": str(int(NOW.timestamp() * 1000)),
        "attempts": 2,
        "external_id": "",
    }


def test_what_an_action_says_is_kept_apart_from_when() -> None:
    """The sender puts an action off by changing `earliest` beside the action's body."""
    raw = json.loads(record_json(record()))
    later = NOW + timedelta(seconds=90)
    put_off = record_of(json.dumps(raw | {"earliest": str(int(later.timestamp() * 1000))}))
    assert put_off.action == action(earliest=later)


def test_another_time_zone_is_the_same_moment() -> None:
    kept: ActionRecord = record(action(earliest=NOW.astimezone(timezone(timedelta(hours=9)))))
    assert record_of(record_json(kept)) == kept


@pytest.mark.parametrize(
    ("name", "change"), [("a state of no action", {"state": "lost"}), ("an action of no kind", {"body": "{}"})]
)
def test_what_was_never_written_is_refused(name: str, change: dict[str, str]) -> None:
    raw = json.loads(record_json(record()))
    with pytest.raises(ValidationError):
        record_of(json.dumps(raw | change))
