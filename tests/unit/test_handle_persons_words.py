"""Words that a person types or approves: when they go, and what is refused that the platform would refuse."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.action import PrivateReply, ReplyToComment, SendMessage
from bot.model.ids import ConversationId
from tests.unit.turns import (
    DM,
    NOW,
    THREAD,
    action,
    after,
    awaited,
    claimed,
    comment,
    deciding,
    draft,
    escalate,
    happened,
    incoming,
    message,
    pending,
    record,
    refused,
    result,
    settled,
    state,
    story,
    tell,
    texts,
)


def test_replying() -> None:
    before = state(record(action()), draft=draft(), unanswered=(incoming(),))
    outcome = tell(happened("agent.replied"), before)
    [said] = pending(outcome)
    assert said == SendMessage(
        id="e:agent.replied:.1",  # type: ignore[arg-type]
        conversation=DM,
        author="Léa",
        decided_upto="6-0",  # type: ignore[arg-type]
        earliest=NOW,
        text="Good morning",
    )
    conversation = settled(outcome)
    assert (conversation.owner, conversation.assignee) == ("agent", "Léa")
    assert conversation.unanswered == (incoming(),), "until it is there"
    assert conversation.draft is None, "something else was written instead"
    assert outcome.dropped == ("a1",)
    assert outcome.counters == {"actions.superseded": 1, "acts.agent.replied": 1}


def test_a_text_that_came_back_stays_while_its_author_writes_another() -> None:
    own = draft(author="Léa", stale="customer_wrote")
    assert settled(tell(happened("agent.replied"), state(draft=own))).draft == own


def test_replying_again_before_the_first_went() -> None:
    """The first text may answer less than what is known now: it comes back."""
    before = story([happened("agent.replied", text="One", id="r1")])
    outcome = tell(happened("agent.replied", text="Two", id="r2"), before)
    assert texts(outcome) == ["Two"]
    returned = settled(outcome).draft
    assert returned
    assert (returned.text, returned.stale) == ("One", "colleague_answered")


def test_approving_what_came_back_brings_back_what_was_written_since() -> None:
    before = story([happened("agent.replied", text="One", id="r1"), happened("agent.replied", text="Two", id="r2")])
    outcome = tell(happened("draft.approved", draft_id="d:r1.1"), before)
    assert texts(outcome) == ["One"]
    returned = settled(outcome).draft
    assert returned
    assert (returned.text, returned.author) == ("Two", "Léa")


def test_a_reply_that_is_there_is_the_agents() -> None:
    on_its_way = claimed(story([message(), happened("agent.replied")]))
    outcome = tell(happened("action.sent", action_id="e:agent.replied:.1"), on_its_way)
    conversation = settled(outcome)
    assert (conversation.recent[-1].by, conversation.recent[-1].author) == ("agent", "Léa")
    assert (conversation.unanswered, conversation.owner, conversation.status) == ((), "agent", "waiting")
    assert conversation.escalation, "it is theirs until they give it back"
    assert outcome.contact is None, "a person discloses nothing"


DAY, WEEK = timedelta(days=1), timedelta(days=7)
AGES: list[tuple[str, timedelta, int | None, int | None, str, str | None]] = [
    ("within both windows", DAY, 86400, 604800, "done", None),
    ("after the automatic one", DAY + timedelta(seconds=1), 86400, 604800, "done", "human_agent"),
    ("at the end of a person's", WEEK, 86400, 604800, "done", "human_agent"),
    ("after a person's", WEEK + timedelta(seconds=1), 86400, 604800, "outside_window", None),
    ("where no window ever closes", WEEK * 99, None, None, "done", None),
]


@pytest.mark.parametrize(("name", "later", "window_s", "person_window_s", "what", "tag"), AGES)
def test_a_persons_window(
    name: str, later: timedelta, window_s: int | None, person_window_s: int | None, what: str, tag: str | None
) -> None:
    using = deciding(window_s=window_s, person_window_s=person_window_s)
    outcome = tell(happened("agent.replied"), state(last_customer_at=NOW), using, now=NOW + later)
    if what == "done":
        [said] = pending(outcome)
        assert isinstance(said, SendMessage)
        assert said.tag == tag
    else:
        assert refused(outcome) == what


def test_no_window_where_the_customer_never_wrote_or_in_public() -> None:
    assert result(tell(happened("agent.replied"), state(), now=NOW + WEEK * 99)) == ("done", "")
    before = state(where=THREAD, last_customer_at=NOW)
    [said] = pending(tell(happened("agent.replied", conversation=THREAD), before, now=NOW + WEEK * 99))
    assert isinstance(said, ReplyToComment)


WORDS: list[tuple[str, ConversationId, str, bool, str]] = [
    ("nothing", DM, "", False, "empty"),
    ("spaces", DM, " \n ", False, "empty"),
    ("long in private is parted", DM, "a" * 201, False, "done"),
    ("a comment to the letter", THREAD, "a" * 100, False, "done"),
    ("a comment one too long", THREAD, "a" * 101, False, "too_long"),
    ("a private reply to the letter", THREAD, "a" * 200, True, "done"),
    ("a private reply is never parted", THREAD, "a" * 201, True, "too_long"),
    ("a private reply in private", DM, "Good morning", True, "no_private_reply"),
]


@pytest.mark.parametrize(("name", "where", "text", "private", "what"), WORDS)
def test_words_that_the_platform_takes(name: str, where: ConversationId, text: str, private: bool, what: str) -> None:
    before = state(where=where, last_customer_at=NOW, draft=draft())
    outcome = tell(happened("agent.replied", conversation=where, text=text, private=private), before)
    if what == "done":
        assert "".join(text or "" for text in texts(outcome)) == text
        assert {action.author for action in pending(outcome)} == {"Léa"}
    else:
        assert refused(outcome) == what
        assert settled(outcome).owner == "bot"
        assert settled(outcome).draft == draft()


def test_a_persons_parts_follow_each_other() -> None:
    one, two = pending(tell(happened("agent.replied", text="a" * 201), state()))
    assert (one.after, two.after, one.part, two.part) == (None, one.id, 1, 2)


PRIVATE: list[tuple[str, dict[str, Any], timedelta, list[Any], bool]] = [
    ("at the last moment", {}, WEEK, [], True),
    ("too late", {}, WEEK + timedelta(seconds=1), [], False),
    ("not on this channel", {"private_reply": False}, DAY, [], False),
    ("only one to a comment", {}, DAY, [record(action("private_reply"), "sent")], False),
    ("another comment had one", {}, DAY, [record(action("private_reply", comment_id="c0"), "sent")], True),
    ("the one before was refused", {}, DAY, [record(action("private_reply"), "failed")], True),
    ("beside a public one", {}, DAY, [record(action("reply_to_comment"), "sent")], True),
]


@pytest.mark.parametrize(("name", "can", "later", "records", "goes"), PRIVATE)
def test_a_private_reply(name: str, can: dict[str, Any], later: timedelta, records: list[Any], goes: bool) -> None:
    commented = tell(comment(), state(*records, where=THREAD), deciding(escalate()))
    before = after(state(where=THREAD), commented)
    event = happened("agent.replied", conversation=THREAD, private=True)
    outcome = tell(event, before, deciding(**can), now=NOW + later)
    if goes:
        [said] = pending(outcome)
        assert isinstance(said, PrivateReply)
        assert said.comment_id == "c1"
    else:
        assert refused(outcome) == "no_private_reply"


def test_no_private_reply_where_nobody_commented() -> None:
    event = happened("agent.replied", conversation=THREAD, private=True)
    assert refused(tell(event, state(where=THREAD))) == "no_private_reply"


APPROVALS: list[tuple[str, str | None, str, str]] = [
    ("as it stands", None, "A draft", "drafts.unchanged"),
    ("typed again", "A draft", "A draft", "drafts.unchanged"),
    ("edited", "A better draft", "A better draft", "drafts.edited"),
]


@pytest.mark.parametrize(("name", "text", "said", "counted"), APPROVALS)
def test_approving(name: str, text: str | None, said: str, counted: str) -> None:
    before = state(draft=draft(), escalation=awaited(), unanswered=(incoming(),), status="waiting")
    outcome = tell(happened("draft.approved", text=text), before)
    assert texts(outcome) == [said]
    assert outcome.counters == {counted: 1, "acts.draft.approved": 1}
    conversation = settled(outcome)
    assert (conversation.draft, conversation.owner, conversation.basis_version) == (None, "bot", 8)
    assert (conversation.escalation, conversation.unanswered) == (awaited(), (incoming(),)), "until it is there"
    assert outcome.acknowledged
    there = tell(happened("action.sent", action_id=pending(outcome)[0].id), claimed(after(before, outcome)))
    assert (settled(there).escalation, settled(there).unanswered, settled(there).status) == (None, (), "open")
    assert there.acknowledged


@pytest.mark.parametrize("text", ["", "  "])
def test_approving_nothing(text: str) -> None:
    outcome = tell(happened("draft.approved", text=text), state(draft=draft()))
    assert refused(outcome) == "empty"
    assert settled(outcome).draft == draft()


@pytest.mark.parametrize("private", [True, False])
def test_a_draft_goes_where_it_was_meant_to(private: bool) -> None:
    before = state(where=THREAD, last_customer_at=NOW, draft=draft(private=private))
    [said] = pending(tell(happened("draft.approved", conversation=THREAD), before))
    assert isinstance(said, PrivateReply if private else ReplyToComment)
