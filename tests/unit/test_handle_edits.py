"""The customer edited or deleted: the words as they stand now are what counts."""

import pytest

from tests.unit.turns import KNOWN, draft, happened, incoming, message, pending, settled, state, story, tell, texts


def test_an_edit_is_unanswered_again() -> None:
    before = state(recent=(KNOWN, KNOWN.model_copy(update={"external_id": "m0"})), external_ids=("m0", "m1"))
    outcome = tell(happened("message.edited", text="Where is my lamp?"), before)
    conversation = settled(outcome)
    assert [said.text for said in conversation.recent] == ["Where is my lamp?", "Hi"]
    assert [i.text for i in conversation.unanswered] == ["Where is my lamp?"]
    assert conversation.basis_change == "message.edited"
    assert texts(outcome) == ["Hello"]


def test_an_edit_replaces_what_was_unanswered() -> None:
    before = story([message("Hi", "m1"), message("Where is my lmap?", "m2")])
    outcome = tell(happened("message.edited", external_id="m2", text="Where is my lamp?"), before)
    assert [i.text for i in settled(outcome).unanswered] == ["Hi", "Where is my lamp?"]
    assert len(pending(outcome)) == 1


def test_an_edit_ahead_of_its_words_stands_for_them() -> None:
    before = story([happened("message.edited", text="Hi again")])
    assert before.conversation
    assert [said.text for said in before.conversation.recent] == ["Hi again"]
    late = tell(message("Hi"), before)
    assert late.turn is None
    assert [said.text for said in settled(late).recent] == ["Hi again"]


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("they were there", [message(), happened("message.deleted")]),
        ("they never came", [happened("message.deleted")]),
    ],
)
def test_an_edit_does_not_bring_deleted_words_back(name: str, events: list[object]) -> None:
    before = story(events)  # type: ignore[arg-type]
    outcome = tell(happened("message.edited", text="Hi again"), before)
    assert outcome.turn is None
    assert settled(outcome).unanswered == ()
    assert "Hi again" not in [said.text for said in settled(outcome).recent]


@pytest.mark.parametrize(
    ("name", "waiting", "decided"), [("others are unanswered", ("m1", "m2"), True), ("none is", ("m1",), False)]
)
def test_a_deletion_empties_the_words(name: str, waiting: tuple[str, ...], decided: bool) -> None:
    before = story([message(external_id=id_) for id_ in waiting])
    outcome = tell(happened("message.deleted"), before)
    conversation = settled(outcome)
    assert (conversation.recent[0].text, conversation.recent[0].deleted) == ("", True)
    assert [i.external_id for i in conversation.unanswered] == list(waiting[1:])
    assert (outcome.turn is not None) is decided
    assert len(pending(outcome)) == decided


@pytest.mark.parametrize(
    ("name", "stale", "stays"), [("the bot's draft goes", None, False), ("a person's words stay", "human_owns", True)]
)
def test_a_deletion_takes_the_draft_along(name: str, stale: str | None, stays: bool) -> None:
    before = state(recent=(KNOWN,), external_ids=("m1",), unanswered=(incoming(),), draft=draft(stale=stale))
    assert (settled(tell(happened("message.deleted"), before)).draft is not None) is stays


def test_a_deletion_without_a_draft() -> None:
    before = state(recent=(KNOWN,), external_ids=("m1",), unanswered=(incoming(),))
    assert settled(tell(happened("message.deleted"), before)).draft is None
