"""Nobody can say whether it went: it is never sent again by itself, and somebody finds out."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.action import ActionState
from tests.unit.turns import (
    NOW,
    action,
    after,
    awaited,
    claimed,
    deciding,
    happened,
    incoming,
    message,
    pending,
    record,
    reply,
    settled,
    state,
    states,
    story,
    tell,
    texts,
)

KNOWING: list[tuple[str, dict[str, bool], bool]] = [
    ("an echo may tell", {"echoes": True, "find_own": False}, True),
    ("the platform can be asked", {"echoes": False, "find_own": True}, True),
    ("nobody can tell", {"echoes": False, "find_own": False}, False),
]


@pytest.mark.parametrize(("name", "can", "later"), KNOWING)
def test_nobody_knows(name: str, can: dict[str, Any], later: bool) -> None:
    before = state(record(action(), "inflight"), unanswered=(incoming(),))
    outcome = tell(happened("action.unknown"), before, deciding(**can))
    assert states(outcome) == {"a1": "unknown"}
    assert outcome.counters["sends.unknown"] == 1
    assert outcome.reasons[0] == "unknown_no_answer"
    if later:
        [timer] = outcome.timers
        assert timer.at == NOW + timedelta(seconds=20)
        assert (timer.event.purpose, timer.event.ref) == ("unknown_hold", "a1")  # type: ignore[union-attr]
        assert outcome.notice is None
    else:
        assert settled(outcome).escalation == awaited("unknown_outcome", "high", deadline=NOW + timedelta(minutes=30))
        assert outcome.timers == ()


@pytest.mark.parametrize("at", ["pending", "sent", "unknown"])
def test_only_what_was_on_its_way_becomes_unknown(at: ActionState) -> None:
    outcome = tell(happened("action.unknown"), state(record(action(), at)))
    assert states(outcome) == {"a1": at}
    assert (outcome.timers, outcome.reasons) == ((), ())


def test_nothing_is_sent_again_by_itself() -> None:
    before = claimed(story([message()]))
    lost = after(before, tell(happened("action.unknown", action_id=before.records[0].action.id), before))
    assert pending(tell(happened("time.came"), lost)) == []
    assert texts(tell(message("Hello?", "m2"), lost, deciding(reply("Yes?"))))[0]
