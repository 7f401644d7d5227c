"""The engine, the order of the chain; and the turns that all tests of policies are made of."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from bot.model.brand import Brand, BrandState, Fact, OpeningHours
from bot.model.capability import Capabilities
from bot.model.contact import Contact
from bot.model.conversation import Conversation, Escalation, Incoming, Priority, Said
from bot.model.decision import Decision, Escalate, OptOut, Reason, Reply, Words
from bot.model.ids import AccountId, ContactId, ConversationId, EventId
from bot.model.turn import Opinion, Turn
from bot.model.understanding import Toxicity, ToxicityKind, Understanding
from policies import GUARDS, POLICIES
from policies.base import Guard, Policy, Replier
from policies.engine import chain_problems, decide
from policies.replies import Replies, Wordings

NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
"""A Wednesday, 15:00 in Lyon."""
ANN = ContactId.of(AccountId.of("facebook", "1001"), "ann")
FOLDER = Path(__file__).parents[2] / "policies" / "replies"
WORDINGS: Wordings = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yml"))}
CAPABILITIES = Capabilities(
    message_limit=2000,
    comment_limit=1000,
    text_unit="characters",
    window_s=86400,
    person_window_s=604800,
    redelivery_horizon_s=129600,
    private_reply=True,
    hide=True,
    react=True,
    edits=True,
    echoes=True,
    find_own=True,
)
FACT_NAMES = (
    *("price", "availability", "shipping", "returns", "location"),
    *("product", "size", "payment", "discount", "warranty", "sustainability"),
)
BRAND = Brand(
    name="Maison Lumen",
    website="maisonlumen.example",
    hours=(
        OpeningHours(days=("tue", "wed", "thu", "fri", "sat"), opens=time(10), closes=time(19)),
        OpeningHours(days=("sun",), opens=time(14, 30), closes=time(18)),
    ),
    facts={name: Fact(text={"fr": f"Fait {name}.", "en": f"Fact {name}."}) for name in FACT_NAMES},
)
REPLIES = Replies.of(WORDINGS, BRAND)
CHAIN: tuple[Policy, ...] = tuple(policy() for policy in POLICIES.values())
GUARD_CHAIN: tuple[Guard, ...] = tuple(guard() for guard in GUARDS.values())


def read(
    intent: str | None, confidence: float = 0.95, *ranking: tuple[str, float], language: str = "fr"
) -> Understanding:
    return Understanding(intent=intent, confidence=confidence, ranking=ranking, language=language)


def said(text: str, understanding: Understanding | None = None, attachments: int = 0) -> Incoming:
    event = EventId(f"e:{text}")
    return Incoming(
        event=event, external_id=text, text=text, at=NOW, attachments=attachments, understanding=understanding
    )


def meant(intent: str | None, confidence: float = 0.95, *ranking: tuple[str, float]) -> Incoming:
    return said(f"words that mean {intent}", read(intent, confidence, *ranking))


def both(main: str | None, *also: tuple[str, float], confidence: float = 0.95) -> Incoming:
    """Words that mean several things."""
    understood = read(main, confidence).model_copy(update={"also": also})
    return said(f"words that mean {main} and {', '.join(name for name, _ in also)}", understood)


def toxic(main: str | None, kind: ToxicityKind, score: float = 0.9, *also: tuple[str, float]) -> Incoming:
    found = (Toxicity(kind=kind, target="person", score=score),)
    understood = read(main).model_copy(update={"toxicity": found, "also": also})
    return said(f"{kind} words that mean {main}", understood)


def turn(*unanswered: Incoming, public: bool = False, now: datetime = NOW, **changes: object) -> Turn:
    """`changes` go to the conversation, but for `contact`, `brand` and `capabilities`."""
    parts = {name: changes.pop(name) for name in ("contact", "brand", "capabilities") if name in changes}
    contact = parts.get("contact", Contact(id=ANN, disclosed_at=NOW))
    where = ConversationId.public(ANN, "77_88") if public else ConversationId.private(ANN)
    return Turn.model_validate(
        {
            "event": unanswered[-1].event,
            "unanswered": unanswered,
            "conversation": Conversation.new(where).model_copy(update=changes),
            "contact": contact,
            "brand": BrandState(rev="1", brand=Brand.model_validate(parts.get("brand", BRAND))),
            "capabilities": parts.get("capabilities", CAPABILITIES),
            "now": now,
        }
    )


def awaited(
    reason: str = "no_fact", told: bool = True, priority: Priority = "normal", by: datetime = NOW
) -> Escalation:
    return Escalation(reason=reason, priority=priority, deadline=by, since=NOW, told_customer=told)


def decision_of(policy: Policy, at: Turn) -> Decision | None:
    return policy.decide(at, REPLIES)


def escalated(decision: Decision | None) -> Escalate:
    assert isinstance(decision, Escalate)
    return decision


WORDS = Words(text="Bonjour", language="fr", variant="answer_greet/1")
WHY = Reason(code="answered", by="answer")
AND = (Reason(code="quiet_hours", by="quiet_hours"),)
REPLY = Reply(reason=WHY, words=WORDS, earliest=NOW, latest=NOW + timedelta(minutes=1))
HELD = Escalate(reason=WHY, priority="normal", deadline=NOW + timedelta(hours=1), holding=WORDS)
ALONE = HELD.model_copy(update={"holding": None})
DRAFT = REPLY.model_copy(update={"mode": "approve"})
LATER = NOW + timedelta(hours=2)
SILENCE = OptOut(reason=WHY, words=WORDS)


class Says(Policy):
    """Decides what it is told to."""

    name: ClassVar[str] = "says"
    what: Decision | None = None

    def decide(self, turn: Turn, replies: Replier) -> Decision | None:
        return self.what


class Turns(Guard):
    """Makes of any decision what it is told to."""

    name: ClassVar[str] = "turns"
    into: Decision

    def review(self, turn: Turn, decision: Decision) -> Decision:
        return self.into


def test_first_opinion_decides() -> None:
    chain = (Says(), Says(what=REPLY), Says(what=HELD))
    decision, opinions = decide(turn(meant("greet")), chain, (), REPLIES)
    assert decision == REPLY
    assert opinions == (Opinion(policy="says", decided=False), Opinion(policy="says", decided=True))


def test_nobody_has_an_opinion() -> None:
    decision, opinions = decide(turn(meant("greet")), (Says(),), (), REPLIES)
    assert isinstance(decision, Escalate)
    assert (decision.reason.code, decision.reason.by) == ("undecided", "engine")
    assert [opinion.decided for opinion in opinions] == [False]


def test_a_guard_that_tightens_is_followed() -> None:
    tighter = DRAFT.model_copy(update={"tightened": AND})
    decision, _ = decide(turn(meant("greet")), (Says(what=REPLY),), (Turns(into=tighter),), REPLIES)
    assert decision == tighter


def test_a_guard_that_loosens_is_not_followed_and_said_so() -> None:
    looser = REPLY.model_copy(update={"tightened": AND})
    decision, _ = decide(turn(meant("greet")), (Says(what=DRAFT),), (Turns(into=looser),), REPLIES)
    reason = Reason(code="guard_loosened", by="engine", facts={"guard": "turns"})
    assert decision == DRAFT.model_copy(update={"tightened": (reason,)})


@pytest.mark.parametrize(
    ("name", "public", "unit", "limit", "kept"),
    [
        ("fits to the letter", True, "characters", 7, True),
        ("one too many", True, "characters", 6, False),
        ("private can be split", False, "characters", 6, True),
        ("in bytes", True, "bytes", 8, False),
        ("in utf-16", True, "utf16", 8, False),
    ],
)
def test_a_comment_too_long_becomes_a_draft(name: str, public: bool, unit: str, limit: int, kept: bool) -> None:
    text = {"characters": "Bonjour", "bytes": "Été été", "utf16": "🙂🙂🙂🙂🙂"}[unit]
    reply = REPLY.model_copy(update={"words": WORDS.model_copy(update={"text": text})})
    can = CAPABILITIES.model_copy(update={"comment_limit": limit, "message_limit": limit, "text_unit": unit})
    decision, _ = decide(turn(meant("greet"), public=public, capabilities=can), (Says(what=reply),), (), REPLIES)
    assert isinstance(decision, Reply)
    assert (decision.mode == "auto") is kept
    if not kept:
        assert decision.tightened[0].code == "too_long"
        assert decision.latest >= NOW + timedelta(hours=4)


def test_a_draft_may_be_too_long() -> None:
    can = CAPABILITIES.model_copy(update={"comment_limit": 3})
    at = turn(meant("greet"), public=True, capabilities=can)
    assert decide(at, (Says(what=DRAFT),), (), REPLIES)[0] == DRAFT


FULL = list(POLICIES)


@pytest.mark.parametrize(
    ("name", "names", "problems"),
    [
        ("as recommended", FULL, []),
        ("unknown names are not our business", [*FULL[:2], "vip", "answer"], []),
        ("the least", ["opt_out", "safety"], []),
        ("twice", ["opt_out", "safety", "safety"], ["safety is there 2 times: keep the first"]),
        (
            "nobody hears stop",
            ["safety"],
            ["opt_out is missing, and somebody who says stop must be heard: add `- name: opt_out` at the top"],
        ),
        (
            "nobody sees danger",
            ["opt_out"],
            ["safety is missing, and somebody in danger must reach a person: add `- name: safety` at the top"],
        ),
        (
            "confidence before complaint",
            ["opt_out", "safety", "confidence", "complaint"],
            ["complaint is asked after confidence, too late to be heard: move complaint above confidence"],
        ),
        (
            "answer before confidence",
            ["opt_out", "safety", "answer", "confidence"],
            ["confidence is asked after answer, too late to be heard: move confidence above answer"],
        ),
        (
            "a rule of one's own after answer",
            ["opt_out", "safety", "answer", "vip"],
            ["vip stands after answer, which always has an opinion, and is never asked: move it above answer"],
        ),
        (
            "twice, the second too late",
            ["opt_out", "safety", "answer", "answer"],
            ["answer is there 2 times: keep the first"],
        ),
    ],
)
def test_chain_problems(name: str, names: list[str], problems: list[str]) -> None:
    assert chain_problems(names) == problems


def test_the_contract_has_no_default_opinion() -> None:
    at = turn(meant("greet"), recent=(Said(by="bot", text="", at=NOW),))
    with pytest.raises(NotImplementedError):
        Policy().decide(at, REPLIES)
    with pytest.raises(NotImplementedError):
        Guard().review(at, REPLY)
