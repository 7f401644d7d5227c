"""Each guard, case by case."""

from datetime import UTC, datetime, time, timedelta

import pytest
from pydantic import ValidationError

from bot.model.conversation import Said
from bot.model.decision import Decision, Escalate, Reply
from policies.guard.loop_fuse import LoopFuse
from policies.guard.quiet_hours import QuietHours
from policies.tightening import tightens
from tests.unit.test_policies import ALONE, DRAFT, HELD, NOW, REPLY, SILENCE, meant, said, turn

OURS = "Nos lampes coûtent de 45 à 390 €."


def at_times(*minutes_ago: float) -> tuple[datetime, ...]:
    return tuple(NOW - timedelta(minutes=minutes) for minutes in minutes_ago)


@pytest.mark.parametrize(
    ("name", "times", "blown"),
    [
        ("none", (), False),
        ("one short", at_times(1, 2, 3, 4, 5), False),
        ("full", at_times(1, 2, 3, 4, 5, 6), True),
        ("one just outside the window", at_times(1, 2, 3, 4, 5, 60), False),
        ("one just inside", at_times(1, 2, 3, 4, 5, 59.9), True),
    ],
)
def test_loop_fuse_counts(name: str, times: tuple[datetime, ...], blown: bool) -> None:
    reviewed = LoopFuse().review(turn(meant("thank"), auto_replies=times), REPLY)
    assert isinstance(reviewed, Escalate) is blown
    if isinstance(reviewed, Escalate):
        assert (reviewed.reason.code, reviewed.priority, reviewed.holding) == ("loop_fuse", "normal", None)
        assert reviewed.draft == REPLY.words
        assert reviewed.tightened == (reviewed.reason,)
        assert tightens(REPLY, reviewed)


@pytest.mark.parametrize(
    ("name", "by", "theirs", "blown"),
    [
        ("our words, as they were", "bot", OURS, True),
        ("our words, changed by a platform", "bot", " nos lampes coûtent DE 45 à 390 € ", True),
        ("a person's words", "agent", OURS, True),
        ("their own words again", "customer", OURS, False),
        ("other words", "bot", "Nos lampes coûtent trop cher.", False),
    ],
)
def test_loop_fuse_hears_echoes(name: str, by: str, theirs: str, blown: bool) -> None:
    recent = (Said.model_validate({"by": by, "text": OURS, "at": NOW}),)
    reviewed = LoopFuse().review(turn(meant("greet"), said(theirs), recent=recent), REPLY)
    assert isinstance(reviewed, Escalate) is blown


def test_courtesies_are_not_echoes() -> None:
    recent = (Said(by="bot", text="Belle journée !", at=NOW),)
    assert LoopFuse().review(turn(said("belle journée"), recent=recent), REPLY) == REPLY


@pytest.mark.parametrize(
    ("name", "decision", "changed"),
    [
        ("a draft stays", DRAFT, False),
        ("holding words are dropped", HELD, True),
        ("an escalation without words stays", ALONE, False),
        ("urgent words stay", HELD.model_copy(update={"priority": "urgent"}), False),
        ("an opt-out is confirmed", SILENCE, False),
    ],
)
def test_loop_fuse_blown(name: str, decision: Decision, changed: bool) -> None:
    reviewed = LoopFuse(max_replies=1).review(turn(meant("thank"), auto_replies=(NOW,)), decision)
    assert (reviewed != decision) is changed
    assert tightens(decision, reviewed)
    if isinstance(reviewed, Escalate) and changed:
        assert reviewed.holding is None


def local(hour: int, minute: int = 0, day: int = 25) -> datetime:
    """Of November 2026 in Lyon, an hour ahead of UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "starts", "ends", "earliest", "until"),
    [
        ("by day", time(22), time(8), local(15), None),
        ("just before", time(22), time(8), local(21, 59), None),
        ("at the start", time(22), time(8), local(22), local(8, day=26)),
        ("after midnight", time(22), time(8), local(3, day=26), local(8, day=26)),
        ("just before the end", time(22), time(8), local(7, 59), local(8)),
        ("at the end", time(22), time(8), local(8), None),
        ("never", time(8), time(8), local(8), None),
        ("a quiet lunch", time(12), time(14), local(13), local(14)),
        ("before a quiet lunch", time(12), time(14), local(11, 59), None),
        ("after a quiet lunch", time(12), time(14), local(14), None),
    ],
)
def test_quiet_hours(name: str, starts: time, ends: time, earliest: datetime, until: datetime | None) -> None:
    reply = REPLY.model_copy(update={"earliest": earliest, "latest": earliest + timedelta(seconds=60)})
    reviewed = QuietHours(starts=starts, ends=ends).review(turn(meant("greet")), reply)
    assert isinstance(reviewed, Reply)
    assert tightens(reply, reviewed)
    if until is None:
        assert reviewed == reply
    else:
        assert (reviewed.earliest, reviewed.latest) == (until, until + timedelta(seconds=60))
        assert [reason.code for reason in reviewed.tightened] == ["quiet_hours"]


def test_clocks_that_go_forward_do_not_bring_a_reply_forward() -> None:
    spring = datetime(2027, 3, 28, 1, 10, tzinfo=UTC)
    reply = REPLY.model_copy(update={"earliest": spring, "latest": spring})
    reviewed = QuietHours(starts=time(1), ends=time(3, 30)).review(turn(meant("greet")), reply)
    assert isinstance(reviewed, Reply)
    assert reviewed.earliest >= spring


@pytest.mark.parametrize(
    ("name", "decision", "public_only", "public", "waits"),
    [
        ("private reply", REPLY, False, False, True),
        ("clarification", REPLY.model_copy(update={"clarifies": True}), False, False, True),
        ("draft", DRAFT, False, False, False),
        ("escalation", HELD, False, False, False),
        ("private, where only the public is quiet", REPLY, True, False, False),
        ("public, where only the public is quiet", REPLY, True, True, True),
    ],
)
def test_what_is_quiet(name: str, decision: Decision, public_only: bool, public: bool, waits: bool) -> None:
    guard = QuietHours(starts=time(0), ends=time(23, 59), public_only=public_only)
    reviewed = guard.review(turn(meant("greet"), public=public), decision)
    assert (reviewed != decision) is waits


def test_times_must_be_quoted() -> None:
    assert QuietHours.model_validate({"starts": "21:30", "ends": "07:00"}).starts == time(21, 30)
    with pytest.raises(ValidationError, match='write "22:00"'):
        QuietHours.model_validate({"starts": 1320})
