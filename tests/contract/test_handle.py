"""Whatever comes, in whatever order: what `handle` promises with the policies that are configured."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import setups
from bot.config_file import load
from bot.handle import At, Setup, handle
from bot.handle.sending import SILENT_FAILURES
from bot.model.action import ActionRecord, text_of
from bot.model.contact import Contact
from bot.model.conversation import Conversation
from bot.model.event import EVENT, Event
from bot.model.ids import ConversationId, StreamId
from bot.model.outcome import Outcome, State
from bot.model.understanding import Understanding
from bot.store.state import record_json, record_of
from policies.gravity import INTENTS
from tests.unit.turns import ACTS, DEFAULTS, DM, NOW, THREAD, happened

ROOT = Path(__file__).parents[2]
CONFIGURED = [*setups(load(ROOT / "config.yml", {})).values()]
NARROW = {"message_limit": 12}
SETUPS = [*CONFIGURED, *(replace(s, capabilities=s.capabilities.model_copy(update=NARROW)) for s in CONFIGURED)]
ON_ITS_WAY = ("inflight", "unknown")
LONG = "words " * 3
"""On a narrow channel, several messages."""
WEIGHTY = ("answer", "clarify")

UNDERSTANDING = st.builds(
    Understanding,
    intent=st.sampled_from([*["greet", "ask_price", "complain_quality", "out_of_scope"] * 5, *INTENTS, None]),
    confidence=st.sampled_from([0.95, 0.95, 0.95, 0.6, 0.4, 0.0]),
    language=st.sampled_from(["fr", "en", "und"]),
    model=st.just("m1"),
)


@dataclass(frozen=True)
class Step:
    """One thing that happens; what its numbers mean depends on what is there by then."""

    kind: str
    text: str
    one: int
    other: int
    flag: bool
    later_s: int
    understood: Understanding | None


STEPS = st.builds(
    Step,
    kind=st.sampled_from(
        [
            *["message"] * 8,
            *["claim", "sent"] * 5,
            *["agent.replied", "draft.approved", "failed", "unknown"] * 2,
            *("message.edited", "message.deleted", "echoed", "timer", "timer", "time.came"),
            *("delivery.updated", "reaction.added", "visibility.changed", "handling.failed"),
            *("contact.opted_out", "thread_control.changed", "contacts.linked"),
            *ACTS,
        ]
    ),
    text=st.sampled_from(["Bonjour", "Where is my lamp?", "stop", "je veux mourir", "", LONG, "🙂"]),
    one=st.integers(0, 4),
    other=st.integers(0, 3),
    flag=st.booleans(),
    later_s=st.sampled_from([0, 0, 1, 30, 3600, 90_000]),
    understood=st.none() | UNDERSTANDING,
)


@dataclass
class World:
    """What stands around `handle`: the store, the stream, the clock, the sender."""

    using: Setup
    where: ConversationId
    state: State
    now: datetime = NOW
    place: int = 1
    timers: list[Event] = field(default_factory=list)
    answering: dict[str, frozenset[str]] = field(default_factory=dict)
    """Which of the customer's events each automatic answer is for."""
    lost_in_silence: bool = False


def conversation_of(now: State | Outcome) -> Conversation:
    assert now.conversation is not None
    return now.conversation


def event_of(step: Step, world: World) -> Event | None:
    """`None` where such a thing can't happen now."""
    conversation, records = conversation_of(world.state), world.state.records
    fields: dict[str, object] = {"id": f"e{world.place}", "conversation": world.where}
    fields |= {"occurred_at": world.now, "received_at": world.now}
    external_id = f"m{step.one}"
    match step.kind:
        case "message":
            kind = "comment.received" if world.where.is_public else "message.received"
            fields |= {"external_id": f"m{world.place % 9}", "late": step.flag and step.one == 0}
            return happened(kind, **fields, text=step.text)
        case "message.edited":
            return happened(step.kind, **fields, external_id=external_id, text=step.text)
        case "echoed":
            ours = [text_of(r.action) or "" for r in records]
            text = ours[step.one % len(ours)] if ours and step.flag else step.text
            tag = records[0].action.id if records and step.other == 0 else None
            elsewhere = [None, None, True, False][step.other]
            return happened(step.kind, **fields, external_id=f"x{step.one}", text=text, tag=tag, elsewhere=elsewhere)
        case "sent" | "failed" | "unknown":
            going = [r for r in records if r.state in ON_ITS_WAY]
            if not going:
                return None
            fields["action_id"] = going[step.one % len(going)].action.id
            if step.kind == "failed":
                fields["reason"] = ["refused", "refused", "window_closed", "contact_gone"][step.other]
            if step.kind == "sent":
                fields["external_id"] = f"s{world.place}" if step.flag else None
            return happened(f"action.{step.kind}", **fields)
        case "timer":
            return world.timers.pop(step.one % len(world.timers)) if world.timers else None
        case "time.came":
            purpose = ["decide", "echo_hold", "unknown_hold"][step.other % 3]
            return happened(step.kind, **fields, purpose=purpose, ref=str(conversation.basis_version))
        case "contact.opted_out":
            return happened(step.kind, **fields, opted_out=step.flag)
        case "thread_control.changed":
            return happened(step.kind, **fields, ours=step.flag)
        case kind if kind in ACTS:
            return act_of(step, world, fields)
        case _:
            ids = {"external_id": external_id} if "external_id" in DEFAULTS[step.kind] else {}
            return happened(step.kind, **fields, **ids)


def act_of(step: Step, world: World, fields: dict[str, object]) -> Event:
    conversation = conversation_of(world.state)
    seen = conversation.version - (3 if step.one == 0 else 0)
    fields |= {"agent": ["Léa", "Léa", "Léa", "Tom"][step.other], "seen_version": seen}
    match step.kind:
        case "agent.replied":
            fields |= {"text": step.text, "private": step.flag and step.one == 1}
        case "draft.approved":
            draft = conversation.draft
            fields |= {"draft_id": draft.id if draft else "none", "text": step.text if step.flag else None}
        case "draft.rejected":
            fields |= {"draft_id": conversation.draft.id if conversation.draft else "none"}
        case "action.confirmed":
            unknown = [r.action.id for r in world.state.records if r.state == "unknown"]
            fields |= {"action_id": unknown[0] if unknown else "none", "sent": step.flag}
    return happened(step.kind, **fields)


def claim(world: World) -> None:
    """As claim.lua: what may go is on its way, one at a time."""
    conversation, contact = conversation_of(world.state), world.state.contact
    if any(r.state == "inflight" for r in world.state.records):
        return
    for record in world.state.records:
        bots = not record.action.by_person
        out = contact is not None and contact.opted_out and record.action.purpose != "opt_out"
        owner_fits = conversation.owner == "bot" if bots else conversation.assignee in (None, record.action.author)
        before = next((r.state for r in world.state.records if r.action.id == record.action.after), "sent")
        if record.state != "pending" or not owner_fits or (bots and out) or before != "sent":
            continue
        assert record.action.decided_upto == StreamId(f"{world.place - 1}-0"), "nothing came after it was decided"
        is_answered_once(record, world)
        world.state = stored(
            State(
                conversation=conversation.model_copy(update={"version": conversation.version + 1}),
                contact=contact,
                records=tuple(
                    r.model_copy(update={"state": "inflight"}) if r is record else r for r in world.state.records
                ),
                inflight=True,
            )
        )
        return


def is_answered_once(record: ActionRecord, world: World) -> None:
    """No words of the customer get a second automatic answer while the first is there, or may be."""
    wanted = world.answering.get(record.action.id)
    if wanted is None or record.action.part > 1:
        return
    for other in world.state.records:
        if other.state in (*ON_ITS_WAY, "sent") and other.action.part == 1:
            assert not wanted & world.answering.get(other.action.id, frozenset())


def stored(state: State) -> State:
    """The state as it comes back from the store."""
    conversation, contact = conversation_of(state), state.contact
    assert contact is not None
    body = Conversation.model_validate_json(conversation.model_dump_json(exclude_defaults=True))
    return State(
        conversation=body.model_copy(update={"version": conversation.version}),
        contact=Contact.model_validate_json(contact.model_dump_json(exclude_defaults=True)),
        records=tuple(record_of(record_json(record)) for record in state.records),
        inflight=state.inflight,
    )


def committed(world: World, outcome: Outcome) -> None:
    world.state = State(
        conversation=outcome.conversation,
        contact=outcome.contact or world.state.contact,
        records=outcome.records,
        inflight=any(r.state == "inflight" for r in outcome.records),
    )
    world.timers += [timer.event for timer in outcome.timers]
    if outcome.turn:
        events = frozenset(str(i.event) for i in outcome.turn.unanswered)
        for record in outcome.records:
            if record.action.id.startswith(f"{outcome.turn.id}.") and record.action.purpose in WEIGHTY:
                world.answering[record.action.id] = events


def promises_hold(event: Event, world: World, outcome: Outcome) -> None:
    before, conversation = world.state, conversation_of(outcome)
    assert conversation.version == conversation_of(before).version + 1
    contact = outcome.contact or before.contact
    assert contact is not None
    known = {r.action.id for r in before.records}
    waiting = [r.action for r in outcome.records if r.state == "pending"]
    bots = [action for action in waiting if not action.by_person]
    if conversation.owner == "agent":
        assert all(action.purpose == "opt_out" and action.id in known for action in bots), "a person has it"
    if contact.opted_out:
        assert all(action.purpose == "opt_out" for action in bots), "they said stop"
    assert len([a for a in bots if a.part == 1 and a.purpose != "opt_out"]) <= 1, "one automatic answer"
    assert len([a for a in bots if a.part == 1 and a.purpose == "opt_out"]) <= 1, "one confirmation"
    new = [action for action in bots if action.id not in known]
    closes = conversation.window_closes_at
    assert all(closes is None or action.earliest <= closes for action in new), "within the channel's window"
    if event.late:
        assert not new, "late words are a person's to answer"
    if conversation_of(before).escalation is not None and conversation.escalation is not None:
        assert not any(action.purpose in WEIGHTY for action in new), "a person is awaited"
    assert set(outcome.dropped) == known - {r.action.id for r in outcome.records}
    assert conversation.action_ids == tuple(r.action.id for r in outcome.records)
    persons_words_are_kept(before, outcome)
    nothing_is_forgotten(event, world, outcome)


def persons_words_are_kept(before: State, outcome: Outcome) -> None:
    """What a person typed is on its way, there, or back with them."""
    left = {r.action.id for r in outcome.records}
    draft = conversation_of(outcome).draft
    for record in before.records:
        text = text_of(record.action)
        if record.action.by_person and text and record.state != "sent" and record.action.id not in left:
            assert draft is not None
            assert text in draft.text


def nothing_is_forgotten(event: Event, world: World, outcome: Outcome) -> None:
    """Words without an answer have one on its way, a time to be thought over, or a person."""
    conversation = conversation_of(outcome)
    if event.kind == "action.failed" and event.reason in SILENT_FAILURES:
        world.lost_in_silence = True
    if not conversation.unanswered or world.lost_in_silence:
        return
    persons = conversation.owner == "agent" or conversation.escalation is not None
    going = any(r.state in ("pending", *ON_ITS_WAY) for r in outcome.records)
    timed = any(t.kind == "time.came" and t.purpose == "decide" for t in world.timers)
    assert persons or going or timed


@pytest.mark.slow
@given(st.sampled_from(SETUPS), st.sampled_from([DM, THREAD]), st.lists(STEPS, min_size=10, max_size=40))
@settings(max_examples=100, deadline=None)
def test_whatever_comes(using: Setup, where: ConversationId, steps: list[Step]) -> None:
    world = World(using, where, State(conversation=Conversation.new(where), contact=Contact.new(where.contact)))
    for step in steps:
        world.now += timedelta(seconds=step.later_s)
        if step.kind == "claim":
            claim(world)
            continue
        event = event_of(step, world)
        if event is None:
            continue
        assert EVENT.validate_json(event.model_dump_json(exclude_none=True)) == event
        understood = step.understood if event.kind.endswith((".received", ".edited")) else None
        at = At(StreamId(f"{world.place}-0"), world.now, "salt")
        outcome = handle(event, world.state, at, world.using, understood)
        assert outcome == handle(event, world.state, at, world.using, understood), "deterministic"
        assert outcome == handle(event, stored(world.state), at, world.using, understood), "the same from the store"
        assert Outcome.model_validate_json(outcome.model_dump_json(exclude_none=True)) == outcome
        promises_hold(event, world, outcome)
        committed(world, outcome)
        world.place += 1
