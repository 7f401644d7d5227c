"""What every chain of policies and guards must keep, whatever is configured and whoever writes."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.contact import Contact
from bot.model.conversation import PRIORITIES, Incoming, Said
from bot.model.decision import Escalate, OptOut, Reply
from bot.model.ids import EventId
from bot.model.turn import Turn
from bot.model.understanding import Toxicity, ToxicityKind, ToxicityTarget, Understanding
from policies import GUARDS, POLICIES
from policies.base import Guard, Policy
from policies.decide.answer import Answer
from policies.engine import chain_problems, decide
from policies.fit import fits
from policies.gravity import COMPLAINT, DANGER, INSULT, INTENTS, levels
from policies.reasons import WORDS
from policies.replies import REQUIRED
from policies.tightening import tightens
from policies.words import OPT_OUT, danger_in
from tests.unit.test_policies import (
    ANN,
    BRAND,
    CAPABILITIES,
    CHAIN,
    GUARD_CHAIN,
    NOW,
    REPLIES,
    WORDINGS,
    awaited,
    said,
    turn,
)

ROOT = Path(__file__).parents[2]
ANSWERS = [key.removeprefix("answer_") for key in WORDINGS["fr"] if key.startswith("answer_")]
INTENT = st.sampled_from([*INTENTS, *ANSWERS, "never_heard_of"])
SHARE = st.floats(0, 1)
TEXT = st.one_of(st.text(max_size=40), st.sampled_from(["stop", "je veux mourir", "je vais vous tuer", "Bonjour", ""]))
MOMENT = st.integers(-7 * 86400, 7 * 86400).map(lambda s: NOW + timedelta(seconds=s))

TOXICITY = st.builds(
    Toxicity,
    kind=st.sampled_from(get_args(ToxicityKind)),
    target=st.sampled_from(get_args(ToxicityTarget)),
    score=SHARE,
)
UNDERSTANDING = st.builds(
    Understanding,
    intent=st.none() | INTENT,
    confidence=SHARE,
    ranking=st.lists(st.tuples(INTENT, SHARE), max_size=4).map(tuple),
    also=st.just(()) | st.lists(st.tuples(INTENT, SHARE), max_size=3).map(tuple),
    toxicity=st.just(()) | st.lists(TOXICITY, max_size=2).map(tuple),
    language=st.sampled_from(["fr", "en", "de", "und"]),
)
INCOMING = st.builds(
    Incoming,
    event=st.just(EventId("e")),
    external_id=st.just("m"),
    text=TEXT,
    at=st.just(NOW),
    attachments=st.integers(0, 2),
    understanding=st.none() | UNDERSTANDING,
)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    escalation = st.builds(
        awaited,
        reason=st.sampled_from(["no_fact", "self_harm"]),
        told=st.booleans(),
        priority=st.sampled_from(PRIORITIES),
        by=MOMENT,
    )
    facts = draw(st.sets(st.sampled_from(sorted(BRAND.facts))))
    return turn(
        *draw(st.lists(INCOMING, min_size=1, max_size=4)),
        public=draw(st.booleans()),
        now=draw(MOMENT),
        escalation=draw(st.none() | escalation),
        promised_by=draw(st.none() | MOMENT),
        asked_to_clarify=draw(st.integers(0, 2)),
        auto_replies=tuple(draw(st.lists(MOMENT, max_size=8))),
        variants_used=tuple(
            draw(st.lists(st.sampled_from(["clarify/1", "self_harm_holding/1", "handover/2"]), max_size=3))
        ),
        recent=tuple(Said(by="bot", text=text, at=NOW) for text in draw(st.lists(TEXT, max_size=2))),
        customer_name=draw(st.none() | st.text(max_size=30)),
        language=draw(st.sampled_from([None, "fr", "en", "xx"])),
        contact=Contact(id=ANN, disclosed_at=draw(st.sampled_from([None, NOW]))),
        brand=BRAND.model_copy(
            update={
                "facts": {name: BRAND.facts[name] for name in facts},
                "hours": draw(st.sampled_from([BRAND.hours, ()])),
            }
        ),
        capabilities=CAPABILITIES.model_copy(
            update={
                "comment_limit": draw(st.sampled_from([150, 280, 1000])),
                "text_unit": draw(st.sampled_from(["characters", "utf16", "bytes"])),
            }
        ),
    )


@given(turns(), st.permutations(CHAIN), st.permutations(GUARD_CHAIN))
@settings(max_examples=200, deadline=None)
def test_whatever_the_order(at: Turn, chain: list, guards: list) -> None:  # type: ignore[type-arg]
    unguarded, _ = decide(at, chain, (), REPLIES)
    decision, opinions = decide(at, chain, guards, REPLIES)

    assert (decision, opinions) == decide(at, chain, guards, REPLIES), "deterministic"
    assert tightens(unguarded, decision), "guards only tighten"
    assert [opinion.policy for opinion in opinions] == [policy.name for policy in chain[: len(opinions)]]
    assert all(reason.code in WORDS for reason in (decision.reason, *decision.tightened))
    assert "guard_loosened" not in [reason.code for reason in decision.tightened]
    if isinstance(decision, Reply):
        assert decision.earliest <= decision.latest
        assert decision.earliest >= at.now
        auto = decision.mode == "auto"
        if at.conversation.id.is_public and auto:
            assert fits(decision.words.text, at), "within the channel's limit"
            found = {level for message in at.unanswered for level in levels(message)}
            assert found.isdisjoint({DANGER, INSULT, COMPLAINT}), "no automatic word on what hurts"
    if isinstance(decision, Escalate):
        assert decision.deadline >= at.now
        complaint = any(COMPLAINT in levels(message) for message in at.unanswered)
        if at.conversation.id.is_public and complaint and decision.holding:
            assert decision.reason.code == "self_harm"


@given(turns(), st.sampled_from([phrase for phrases in OPT_OUT.values() for phrase in phrases]))
@settings(max_examples=100, deadline=None)
def test_words_that_ask_for_silence_beat_everything_but_danger(at: Turn, phrase: str) -> None:
    at = at.model_copy(update={"unanswered": (*at.unanswered, said(phrase.upper()))})
    decision, _ = decide(at, CHAIN, GUARD_CHAIN, REPLIES)
    if any(danger_in(message.text) for message in at.unanswered):
        assert isinstance(decision, Escalate)
        assert decision.priority == "urgent"
    else:
        assert isinstance(decision, OptOut)


@given(turns(), st.sampled_from(["complaint_holding", "clarify", "answer_greet", "handover"]))
@settings(max_examples=50, deadline=None)
def test_variants_do_not_return_until_all_are_used(at: Turn, key: str) -> None:
    roomy = CAPABILITIES.model_copy(update={"comment_limit": 5000, "message_limit": 5000})
    used: list[str] = []
    first = REPLIES.say(key, at, NOW)
    assert first is None or first == REPLIES.say(key, at, NOW)
    for _ in range(2):
        conversation = at.conversation.model_copy(update={"variants_used": tuple(used)})
        words = REPLIES.say(key, at.model_copy(update={"conversation": conversation, "capabilities": roomy}), NOW)
        assert words
        assert words.variant not in used
        used.append(words.variant)


def test_the_recommended_order_is_in_order() -> None:
    assert chain_problems(list(POLICIES)) == []
    wrong = [names for names in permutations(POLICIES) if names[-1] != "answer" and not chain_problems(list(names))]
    assert wrong == []


@pytest.mark.parametrize("parts", [POLICIES, GUARDS])
def test_every_part_is_listed_under_its_name_and_needs_no_setting(parts: dict[str, type]) -> None:
    for name, part in parts.items():
        assert part().name == name
        assert part.__doc__


@pytest.mark.parametrize(("name", "part"), [*POLICIES.items(), *GUARDS.items()])
def test_every_setting_is_in_the_readme(name: str, part: type[Policy] | type[Guard]) -> None:
    _, _, section = (ROOT / "policies" / "README.md").read_text().partition(f"### `{name}`\n")
    section, _, _ = section.partition("\n#")
    assert [setting for setting in part.model_fields if f"`{setting}`" not in section] == []


def _source(*folders: str) -> Iterator[str]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.read_text()


CODES = re.compile(r'(?:because|need_person|tightened|to_person)\((?:[\w.]+, )*"(\w+)"|code="(\w+)"')


def test_every_reason_has_words_in_both_languages() -> None:
    codes = {one or other for text in _source("policies", "bot/handle") for one, other in CODES.findall(text)}
    codes |= {"self_harm", "threat"}
    assert codes - set(WORDS) == set()
    assert all(french.strip() and english.strip() for french, english in WORDS.values())


def test_every_key_that_the_code_names_is_in_both_languages() -> None:
    named = re.compile(r'(?:say\(|holding=|draft=|holding = )"(\w+)"')
    keys = {key for text in _source("policies", "bot/handle") for key in named.findall(text)}
    assert keys <= set(REQUIRED)
    for wordings in WORDINGS.values():
        assert keys <= set(wordings)
        courtesies = {intent for intent, weight in INTENTS.items() if weight == "social"}
        assert {f"answer_{intent}" for intent in courtesies - set(Answer().silent)} <= set(wordings)


PROMISES = re.compile(r"garanti|promett|rembours|promise|guarantee|refund|notre faute|our fault|responsab|liab", re.I)
ENCHANTED = re.compile("[\U0001f300-\U0001faff☀-➿]|!")


def test_words_to_a_complaint_are_sober_and_admit_nothing() -> None:
    for wordings in WORDINGS.values():
        for key, variants in wordings.items():
            if key.startswith(("complaint", "self_harm", "opt_out", "handover")):
                assert not PROMISES.search(str(variants))
                assert not ENCHANTED.search(str(variants))
