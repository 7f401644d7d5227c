"""What a person does at the console: what stands, and what is refused because the ground moved."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.action import PrivateReply, ReplyToComment, SendMessage
from bot.model.conversation import Note, Status
from bot.model.desk import ActResult
from bot.model.ids import ConversationId
from bot.model.outcome import Outcome
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
    settled,
    state,
    story,
    tell,
    texts,
)


def result(outcome: Outcome) -> tuple[str, str]:
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


MINE: dict[str, Any] = {"owner": "agent", "assignee": "Léa"}
ELSEWHERE: dict[str, Any] = {"owner": "agent", "assignee": None}
TAKEN: dict[str, Any] = {"owner": "agent", "assignee": "Tom"}
OWNED: list[tuple[str, dict[str, Any], bool]] = [
    ("the bot has it", {}, True),
    ("I have it", MINE, True),
    ("somebody in the platform's app has it", ELSEWHERE, True),
    ("a colleague has it", TAKEN, False),
]


@pytest.mark.parametrize("kind", ["agent.took_over", "agent.replied", "agent.released", "conversation.resolved"])
@pytest.mark.parametrize(("name", "owned", "stands"), OWNED)
def test_one_person_at_a_time(name: str, owned: dict[str, Any], stands: bool, kind: str) -> None:
    outcome = tell(happened(kind), state(**owned))
    assert result(outcome) == (("done", "") if stands else ("refused", "already_taken"))


@pytest.mark.parametrize(("name", "owned", "stands"), OWNED)
def test_one_person_at_a_draft(name: str, owned: dict[str, Any], stands: bool) -> None:
    outcome = tell(happened("draft.approved"), state(draft=draft(), **owned))
    assert result(outcome) == (("done", "") if stands else ("refused", "already_taken"))


VERSIONS = [("saw all of it", 6, True), ("saw later things", 7, True), ("saw less", 5, False)]
CHANGES = [
    ("message.received", "customer_wrote"),
    ("message.edited", "customer_wrote"),
    ("comment.received", "customer_wrote"),
    ("mention.received", "customer_wrote"),
    ("review.received", "customer_wrote"),
    ("agent.took_over", "colleague_acted"),
    ("draft.rejected", "colleague_acted"),
]


@pytest.mark.parametrize(
    "kind", ["agent.replied", "draft.approved", "draft.rejected", "agent.released", "conversation.resolved"]
)
@pytest.mark.parametrize(("name", "seen", "stands"), VERSIONS)
@pytest.mark.parametrize(("change", "code"), CHANGES)
def test_the_ground_moved(name: str, seen: int, stands: bool, change: str, code: str, kind: str) -> None:
    before = state(draft=draft(), basis_version=6, basis_change=change, unanswered=(incoming(),))
    outcome = tell(happened(kind, seen_version=seen), before)
    if stands:
        assert result(outcome) == ("done", "")
    else:
        assert refused(outcome) == code
        assert settled(outcome).unanswered == (incoming(),)


@pytest.mark.parametrize("kind", ["agent.took_over", "agent.noted"])
def test_some_acts_need_no_ground(kind: str) -> None:
    outcome = tell(happened(kind, seen_version=0), state(basis_version=6, basis_change="message.received"))
    assert result(outcome) == ("done", "")


def test_words_that_came_while_the_page_was_open_are_not_resolved_away() -> None:
    before = story([message("Hi", "m1")])
    assert before.conversation
    seen = before.conversation.version
    before = story([message("It does not work!", "m2")], before=before)
    assert refused(tell(happened("conversation.resolved", seen_version=seen), before)) == "customer_wrote"


def test_taking_over() -> None:
    bots, persons = record(action()), record(action(id="a2", author="Tom", text="Good morning"))
    outcome = tell(happened("agent.took_over"), state(bots, persons, promised_by=NOW))
    conversation = settled(outcome)
    assert (conversation.owner, conversation.assignee, conversation.status) == ("agent", "Léa", "waiting")
    assert conversation.promised_by is None
    assert (conversation.basis_version, conversation.basis_change) == (8, "agent.took_over")
    assert outcome.dropped == ("a1", "a2")
    assert conversation.draft
    assert (conversation.draft.author, conversation.draft.stale) == ("Tom", "taken_over")
    assert (outcome.notice, outcome.acknowledged) == (None, True)
    assert outcome.result == ActResult(outcome="done", version=8)
    assert outcome.reasons == ("agent_took_over",)
    assert outcome.counters["acts.agent.took_over"] == 1


@pytest.mark.parametrize(
    ("name", "before", "then"),
    [
        ("of one's own accord", None, awaited("taken_over", "normal")),
        ("because it was asked for", awaited("threat", "urgent"), awaited("threat", "urgent")),
    ],
)
def test_why_a_person_has_it(name: str, before: Any, then: Any) -> None:
    assert settled(tell(happened("agent.took_over"), state(escalation=before))).escalation == then


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


@pytest.mark.parametrize("kind", ["draft.approved", "draft.rejected"])
@pytest.mark.parametrize(("name", "there"), [("another", draft(id="d2")), ("none", None)])
def test_the_draft_is_another(name: str, there: Any, kind: str) -> None:
    outcome = tell(happened(kind), state(draft=there))
    assert refused(outcome) == "draft_changed"
    assert settled(outcome).draft == there


def test_rejecting() -> None:
    outcome = tell(happened("draft.rejected"), state(draft=draft(), escalation=awaited()))
    conversation = settled(outcome)
    assert (conversation.draft, conversation.escalation, conversation.basis_version) == (None, awaited(), 8)
    assert result(outcome) == ("done", "")


LETTING_GO: list[tuple[str, Status, Status]] = [
    ("agent.released", "waiting", "open"),
    ("agent.released", "open", "open"),
    ("agent.released", "resolved", "resolved"),
    ("conversation.resolved", "waiting", "resolved"),
    ("conversation.resolved", "open", "resolved"),
    ("conversation.resolved", "resolved", "resolved"),
]


@pytest.mark.parametrize(("kind", "status", "then"), LETTING_GO)
def test_letting_go(kind: str, status: Status, then: Status) -> None:
    before = state(
        record(action()),
        status=status,
        draft=draft(),
        escalation=awaited(),
        unanswered=(incoming(),),
        promised_by=NOW,
        asked_to_clarify=1,
        **MINE,
    )
    outcome = tell(happened(kind), before)
    conversation = settled(outcome)
    assert (conversation.status, conversation.owner, conversation.assignee) == (then, "bot", None)
    assert (conversation.draft, conversation.escalation, conversation.unanswered) == (None, None, ())
    assert (conversation.promised_by, conversation.asked_to_clarify) == (None, 0)
    assert (outcome.dropped, outcome.acknowledged) == (("a1",), True)
    assert outcome.turn is None


@pytest.mark.parametrize("kind", ["agent.released", "conversation.resolved"])
def test_a_reply_goes_although_its_author_let_go_at_once(kind: str) -> None:
    """Whoever answers and closes means both: the words are neither lost nor held back by the claim."""
    before = story([message(), happened("agent.replied")])
    outcome = tell(happened(kind), before)
    assert texts(outcome) == ["Good morning"]
    assert [action.decided_upto for action in pending(outcome)] == [settled(outcome).decided_upto]


def test_noting() -> None:
    outcome = tell(happened("agent.noted"), state(record(action()), basis_version=3))
    conversation = settled(outcome)
    assert conversation.notes == (Note(agent="Léa", text="a regular", at=NOW),)
    assert (conversation.basis_version, conversation.owner) == (3, "bot")
    assert texts(outcome) == ["Hello"]


def test_notes_are_bounded() -> None:
    notes = [happened("agent.noted", text=f"{n}") for n in range(25)]
    conversation = story(notes).conversation
    assert conversation
    assert [note.text for note in conversation.notes] == [f"{n}" for n in range(5, 25)]


@pytest.mark.parametrize("sent", [True, False])
def test_confirming_what_nobody_knew(sent: bool) -> None:
    before = state(record(action(), "unknown"), unanswered=(incoming(),), escalation=awaited("unknown_outcome", "high"))
    outcome = tell(happened("action.confirmed", sent=sent), before)
    conversation = settled(outcome)
    assert result(outcome) == ("done", "")
    if sent:
        assert [r.state for r in outcome.records] == ["sent"]
        assert conversation.recent[-1].text == "Hello"
        assert (conversation.unanswered, conversation.escalation, conversation.status) == ((), None, "open")
        assert outcome.acknowledged
    else:
        assert outcome.dropped == ("a1",)
        assert (conversation.unanswered, conversation.status) == ((incoming(),), "waiting")
        assert outcome.reasons == ("failed_confirmed_not_sent", "action_confirmed")


@pytest.mark.parametrize(
    ("name", "records"), [("there by now", [record(action(), "sent")]), ("forgotten", []), ("going", [record()])]
)
def test_nothing_to_confirm(name: str, records: list[Any]) -> None:
    assert refused(tell(happened("action.confirmed"), state(*records))) == "already_settled"
