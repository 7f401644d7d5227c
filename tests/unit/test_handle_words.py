"""What an answer becomes: who is told that an assistant writes, in how many parts, to which comment."""

import pytest

from bot.model.action import ReplyToComment
from bot.model.contact import Contact
from bot.model.conversation import Said
from bot.model.decision import Decision
from bot.model.ids import ConversationId
from bot.model.outcome import State
from tests.unit.turns import (
    ANN,
    DISCLOSURE,
    NOW,
    OPT_OUT,
    THREAD,
    WORDS,
    Wordings,
    after,
    claimed,
    deciding,
    escalate,
    happened,
    incoming,
    message,
    pending,
    reply,
    state,
    tell,
    texts,
)

FRESH = Contact(id=ANN)
SAYING: list[tuple[str, Decision, Contact, Wordings, str, bool]] = [
    ("the first words", reply(), FRESH, Wordings(), f"{DISCLOSURE} Hello", True),
    ("the first words are a holding", escalate(holding=WORDS), FRESH, Wordings(), f"{DISCLOSURE} Hello", True),
    ("the first words confirm an opt-out", OPT_OUT, FRESH, Wordings(), f"{DISCLOSURE} Hello", True),
    ("told before", reply(), Contact(id=ANN, disclosed_at=NOW), Wordings(), "Hello", False),
    ("there is no wording for it", reply(), FRESH, Wordings({}), "Hello", False),
]


@pytest.mark.parametrize(("name", "decision", "contact", "replies", "text", "discloses"), SAYING)
def test_the_first_automatic_words_disclose_the_assistant(
    name: str, decision: Decision, contact: Contact, replies: Wordings, text: str, discloses: bool
) -> None:
    outcome = tell(message(), state(contact=contact), deciding(decision, replies=replies))
    assert texts(outcome) == [text]
    assert pending(outcome)[0].discloses is discloses
    assert outcome.contact
    assert outcome.contact.disclosed_at == contact.disclosed_at, "told only once it is there"


def test_told_once_it_is_there() -> None:
    answered = claimed(after(State(), tell(message())))
    sent = tell(happened("action.sent", action_id=answered.records[0].action.id), answered)
    assert sent.contact
    assert sent.contact.disclosed_at == NOW
    assert texts(tell(message("And?", "m2"), after(answered, sent))) == ["Hello"]


LONG = f"{'a' * 150}. {'b' * 150}. {'c' * 150}."


def test_long_private_words_are_parted() -> None:
    outcome = tell(message(), state(contact=FRESH), deciding(reply(LONG)))
    said = pending(outcome)
    assert texts(outcome) == [f"{DISCLOSURE} {'a' * 150}.", "b" * 150 + ".", "c" * 150 + "."]
    assert [(a.part, a.discloses) for a in said] == [(1, True), (2, False), (3, False)]
    assert [a.after for a in said] == [None, said[0].id, said[1].id]
    assert len({a.id for a in said}) == 3


TARGETS: list[tuple[str, list[Said], ConversationId, str]] = [
    ("the last comment", [], THREAD, "c1"),
    ("ours are no target", [Said(by="bot", text="", at=NOW, external_id="c2")], THREAD, "c1"),
    ("deleted ones are none", [Said(by="customer", text="", at=NOW, external_id="c2", deleted=True)], THREAD, "c1"),
    ("nor those without an id", [Said(by="customer", text="", at=NOW)], THREAD, "c1"),
]


@pytest.mark.parametrize(("name", "later", "where", "target"), TARGETS)
def test_which_comment_is_answered(name: str, later: list[Said], where: ConversationId, target: str) -> None:
    first = Said(by="customer", text="Hi", at=NOW, external_id="c1")
    before = state(where=where, recent=(first, *later), unanswered=(incoming(external_id="c1"),))
    [said] = pending(tell(happened("time.came", conversation=where), before))
    assert isinstance(said, ReplyToComment)
    assert said.comment_id == target


def test_the_root_is_answered_where_no_comment_is_left() -> None:
    before = state(where=THREAD, unanswered=(incoming(external_id="c1"),))
    [said] = pending(tell(happened("time.came", conversation=THREAD), before))
    assert isinstance(said, ReplyToComment)
    assert said.comment_id == "77_88"
