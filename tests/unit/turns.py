"""Events, states, setups and decisions, each built in a line: what the tests of `handle` and the model are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.handle import At, Setup, handle
from bot.model.action import ACTION, Action, ActionRecord, ActionState, fingerprint, text_of
from bot.model.brand import Brand, BrandState
from bot.model.capability import Capabilities
from bot.model.contact import Contact
from bot.model.conversation import Conversation, Draft, Escalation, Incoming, Priority, Said
from bot.model.decision import Decision, Escalate, Hide, Ignore, OptOut, React, Reason, Reply, Wait, Words
from bot.model.event import EVENT, Event
from bot.model.ids import AccountId, ContactId, ConversationId, DraftId, EventId, StreamId, stream_order
from bot.model.outcome import Outcome, State
from bot.model.turn import Opinion, Turn
from bot.model.understanding import Understanding

NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
ACCOUNT = AccountId.of("facebook", "1001")
ANN = ContactId.of(ACCOUNT, "ann")
BOB = ContactId.of(ACCOUNT, "bob")
DM = ConversationId.private(ANN)
THREAD = ConversationId.public(ANN, "77_88")
CAPABILITIES = Capabilities(
    message_limit=200,
    comment_limit=100,
    text_unit="characters",
    window_s=86400,
    person_window_s=604800,
    redelivery_horizon_s=129600,
    private_reply=True,
    private_reply_s=604800,
    hide=True,
    react=True,
    react_privately=True,
    edits=True,
    echoes=True,
    find_own=False,
)
BRAND = BrandState(rev="r1", brand=Brand(name="Maison Lumen"))
DISCLOSURE = "I am an assistant."
WHY = Reason(code="because", by="policy")
WORDS = Words(text="Hello", language="en", variant="greet/1")
KNOWN = Said(by="customer", text="Hi", at=NOW, external_id="m1")
"""What `message()` leaves in the thread."""
UNDERSTOOD = Understanding(intent="greet", confidence=0.9, language="en", model="m1")

DEFAULTS: dict[str, dict[str, object]] = {
    "message.received": {"external_id": "m1", "text": "Hi"},
    "comment.received": {"external_id": "c1", "text": "Hi", "post_id": "77", "conversation": THREAD},
    "mention.received": {"external_id": "n1", "text": "Hi", "post_id": "78", "conversation": THREAD},
    "review.received": {"external_id": "v1", "text": "Hi", "conversation": THREAD},
    "message.edited": {"external_id": "m1", "text": "Hi again"},
    "message.deleted": {"external_id": "m1"},
    "visibility.changed": {"external_id": "c1", "hidden": True},
    "reaction.added": {"external_id": "m1", "reaction": "love"},
    "echoed": {"external_id": "echo1", "text": "Hello"},
    "delivery.updated": {"status": "read"},
    "thread_control.changed": {"ours": False},
    "contact.opted_out": {},
    "contacts.linked": {"other": BOB},
    "time.came": {"purpose": "decide"},
    "handling.failed": {"failed": "x", "error": "x"},
    "content.unavailable": {"why": "not shown"},
    "post.published": {"external_id": "p1"},
    "account.revoked": {"why": "removed"},
    "erasure.requested": {},
    "agent.took_over": {},
    "agent.replied": {"text": "Good morning"},
    "draft.approved": {"draft_id": "d1"},
    "draft.rejected": {"draft_id": "d1"},
    "agent.noted": {"text": "a regular"},
    "agent.released": {},
    "conversation.resolved": {},
    "action.confirmed": {"action_id": "a1", "sent": True},
    "action.sent": {"action_id": "a1", "external_id": "s1"},
    "action.failed": {"action_id": "a1", "reason": "refused"},
    "action.unknown": {"action_id": "a1", "reason": "no_answer"},
}
"""What an event of a kind needs beside what all have."""
ACTS = (
    *("agent.took_over", "agent.replied", "draft.approved", "draft.rejected"),
    *("agent.noted", "agent.released", "conversation.resolved", "action.confirmed"),
)


def happened(kind: str, /, **fields: object) -> Event:
    """An event of that kind, in Ann's private conversation unless told otherwise; an act is Léa's, who saw it all."""
    given = {**DEFAULTS[kind], **fields}
    conversation = given.get("conversation", DM)
    common = {
        "id": f"e:{kind}:{given.get('external_id', '')}",
        "account": ACCOUNT,
        "contact": conversation.contact if isinstance(conversation, ConversationId) else ANN,
        "conversation": conversation,
        "occurred_at": NOW,
        "received_at": NOW,
        "kind": kind,
    }
    act = {"agent": "Léa", "seen_version": 1000} if kind in ACTS else {}
    return EVENT.validate_python({**common, **act, **given})


def message(text: str = "Hi", external_id: str = "m1", **fields: object) -> Event:
    return happened("message.received", text=text, external_id=external_id, **fields)


def comment(text: str = "Hi", external_id: str = "c1", **fields: object) -> Event:
    return happened("comment.received", text=text, external_id=external_id, **fields)


def incoming(text: str = "Hi", external_id: str = "m1", stream_id: str = "1-0", **fields: Any) -> Incoming:
    return Incoming(
        **{
            "event": EventId(f"e:{external_id}"),
            "external_id": external_id,
            "text": text,
            "at": NOW,
            "stream_id": StreamId(stream_id),
            "understanding": UNDERSTOOD,
            **fields,
        }
    )


def action(kind: str = "send_message", /, **fields: object) -> Action:
    """The bot's, `a1`, decided when the stream was at 1-0; `conversation` where a comment is the thread."""
    private = kind == "send_message"
    needs: dict[str, dict[str, object]] = {
        "send_message": {"text": "Hello"},
        "reply_to_comment": {"text": "Hello", "comment_id": "c1"},
        "private_reply": {"text": "Hello", "comment_id": "c1"},
        "like": {"external_id": "m1"},
    }
    common = {"id": "a1", "conversation": DM if private else THREAD, "decided_upto": "1-0", "earliest": NOW}
    return ACTION.validate_python({"kind": kind, **common, **needs.get(kind, {"comment_id": "c1"}), **fields})


def record(what: Action | None = None, state: ActionState = "pending", **fields: Any) -> ActionRecord:
    what = what or action()
    text = text_of(what)
    print_ = fingerprint(what.conversation, text) if text else None
    return ActionRecord(**{"action": what, "state": state, "fingerprint": print_, **fields})


def draft(**fields: Any) -> Draft:
    common = {"id": DraftId("d1"), "text": "A draft", "reason": "r", "language": "en", "author": "bot", "at": NOW}
    return Draft(**{**common, **fields})


def awaited(reason: str = "complaint", priority: Priority = "normal", **fields: Any) -> Escalation:
    common = {"reason": reason, "priority": priority, "deadline": NOW + timedelta(hours=4), "since": NOW}
    return Escalation(**{**common, **fields})


def state(*records: ActionRecord, where: ConversationId = DM, contact: Contact | None = None, **fields: Any) -> State:
    """`fields` are the conversation's. It has been there for a while: version 7, the stream is at 5-0."""
    given = {"version": 7, "decided_upto": StreamId("5-0"), **fields}
    return State(
        conversation=Conversation.new(where).model_copy(update=given),
        contact=contact or Contact(id=where.contact, disclosed_at=NOW),
        records=records,
        inflight=any(r.state == "inflight" for r in records),
    )


def reply(text: str = "Hello", **fields: Any) -> Reply:
    words = WORDS.model_copy(update={"text": text})
    return Reply(**{"reason": WHY, "words": words, "earliest": NOW, "latest": NOW + timedelta(minutes=1), **fields})


def escalate(**fields: Any) -> Escalate:
    return Escalate(**{"reason": WHY, "priority": "normal", "deadline": NOW + timedelta(hours=4), **fields})


def hide(**fields: Any) -> Hide:
    return Hide(**{"reason": WHY, "grounds": "abuse", **fields})


REACT = React(reason=WHY)
WAIT = Wait(reason=WHY, until=NOW + timedelta(minutes=3))
IGNORE = Ignore(reason=WHY)
OPT_OUT = OptOut(reason=WHY, words=WORDS)


@dataclass(frozen=True)
class Wordings:
    """Says each key as it stands here."""

    texts: Mapping[str, str] = field(default_factory=lambda: {"disclosure": DISCLOSURE})

    def say(self, key: str, turn: Turn, deadline: datetime | None = None) -> Words | None:
        return Words(text=self.texts[key], language="en", variant=f"{key}/1") if key in self.texts else None


def deciding(
    decision: Decision | None = None, /, *, live: bool = True, replies: Wordings | None = None, **can: Any
) -> Setup:
    """Decides `decision` (a short reply unless given) whatever comes; `can` are the channel's capabilities."""
    decided = decision or reply()
    return Setup(
        decide=lambda turn: (decided, (Opinion(policy="told", decided=True),)),
        replies=replies or Wordings(),
        brand=BRAND,
        capabilities=CAPABILITIES.model_copy(update=can),
        live=live,
        echo_hold_s=5,
        unknown_after_s=20,
    )


def at(before: State, now: datetime = NOW) -> At:
    """The next place in the stream."""
    upto = before.conversation.decided_upto if before.conversation else StreamId("")
    return At(StreamId(f"{max(stream_order(upto)[0], 0) + 1}-0"), now, "salt")


def tell(event: Event, before: State | None = None, using: Setup | None = None, *, now: datetime = NOW) -> Outcome:
    """What `handle` says; words are understood as a greeting."""
    before = before or State()
    words = event.kind.endswith((".received", ".edited"))
    return handle(event, before, at(before, now), using or deciding(), UNDERSTOOD if words else None)


def after(before: State, outcome: Outcome) -> State:
    """The state as a commit leaves it."""
    return State(
        conversation=outcome.conversation or before.conversation,
        contact=outcome.contact or before.contact,
        records=outcome.records if outcome.conversation else before.records,
        inflight=any(r.state == "inflight" for r in outcome.records),
    )


def claimed(before: State) -> State:
    """The first pending action is on its way."""
    first = next(r for r in before.records if r.state == "pending")
    records = tuple(r.model_copy(update={"state": "inflight"}) if r is first else r for r in before.records)
    assert before.conversation
    conversation = before.conversation.model_copy(update={"version": before.conversation.version + 1})
    return before.model_copy(update={"conversation": conversation, "records": records, "inflight": True})


def story(events: Sequence[Event], using: Setup | None = None, before: State | None = None) -> State:
    """The state after events that came one after the other."""
    now = before or State()
    for event in events:
        now = after(now, tell(event, now, using))
    return now


def settled(outcome: Outcome) -> Conversation:
    """The conversation of an outcome that has one."""
    assert outcome.conversation is not None
    return outcome.conversation


def pending(outcome: Outcome) -> list[Action]:
    return [r.action for r in outcome.records if r.state == "pending"]


def texts(outcome: Outcome) -> list[str | None]:
    """What is about to be said."""
    return [text_of(action) for action in pending(outcome)]


def result(outcome: Outcome) -> tuple[str, str]:
    """What became of an act, and the code of a refusal."""
    assert outcome.result
    return outcome.result.outcome, outcome.result.code


def refused(outcome: Outcome) -> str:
    """The code. Nothing but the version has changed, and the ledger says so."""
    assert outcome.result
    assert outcome.result.outcome == "refused"
    assert outcome.result.says
    assert outcome.result.version == settled(outcome).version - 1
    assert outcome.reasons == (f"refused_{outcome.result.code}",)
    assert (outcome.notice, outcome.acknowledged, outcome.relay, outcome.dropped) == (None, False, (), ())
    return outcome.result.code


def states(outcome: Outcome) -> dict[str, ActionState]:
    """How far each action got."""
    return {r.action.id: r.state for r in outcome.records}
