"""What a guard may make of a decision."""

from datetime import timedelta

import pytest

from bot.model.decision import Decision, Hide, Ignore, React, Wait
from policies.tightening import tightens
from tests.unit.test_policies import ALONE, AND, DRAFT, HELD, LATER, NOW, REPLY, SILENCE, WHY, WORDS


def changed(decision: Decision, **fields: object) -> Decision:
    return decision.model_copy(update={"tightened": AND, **fields})


HIDE, REACT, IGNORE = Hide(reason=WHY, grounds="spam"), React(reason=WHY), Ignore(reason=WHY)
WAIT = Wait(reason=WHY, until=LATER)


@pytest.mark.parametrize(
    ("name", "before", "after", "allowed"),
    [
        ("nothing changed", REPLY, REPLY, True),
        ("changed without a reason", REPLY, DRAFT, False),
        ("reason of another guard lost", changed(REPLY), changed(DRAFT), False),
        ("reasons rewritten", changed(REPLY), DRAFT.model_copy(update={"tightened": (WHY, WHY)}), False),
        ("auto to approve", REPLY, changed(DRAFT), True),
        ("approve to auto", DRAFT, changed(REPLY), False),
        ("later", REPLY, changed(REPLY, earliest=LATER, latest=LATER), True),
        ("earlier", REPLY, changed(REPLY, earliest=NOW - timedelta(seconds=1)), False),
        ("latest brought forward", REPLY, changed(REPLY, latest=NOW), False),
        ("higher priority", REPLY, changed(REPLY, priority="high"), True),
        ("lower priority", REPLY, changed(REPLY, priority="low"), False),
        ("other words", REPLY, changed(REPLY, words=WORDS.model_copy(update={"text": "x"})), False),
        ("not a clarification any more", REPLY, changed(REPLY, clarifies=True), False),
        ("auto to a person", REPLY, changed(ALONE), True),
        ("auto to a person with words", REPLY, changed(HELD), True),
        ("draft to a person with words", DRAFT, changed(HELD), False),
        ("reply to a person of lower priority", REPLY, changed(ALONE, priority="low"), False),
        ("words taken back", HELD, changed(ALONE), True),
        ("words added", ALONE, changed(HELD), False),
        ("sooner", HELD, changed(HELD, deadline=NOW), True),
        ("deadline moved", HELD, changed(HELD, deadline=LATER), False),
        ("escalation lowered", HELD, changed(HELD, priority="low"), False),
        ("escalation answered", ALONE, changed(REPLY), False),
        ("reply dropped", REPLY, changed(IGNORE), False),
        ("hidden to a person", HIDE, changed(ALONE), True),
        ("ignored to a person with words", IGNORE, changed(HELD), False),
        ("liked to hidden", REACT, changed(HIDE), False),
        ("hidden on other grounds", HIDE, changed(HIDE, grounds="abuse"), False),
        ("only a reason", HIDE, changed(HIDE), True),
        ("waits longer", WAIT, changed(WAIT, until=LATER + timedelta(hours=1)), True),
        ("waits less", WAIT, changed(WAIT, until=NOW), False),
        ("opt-out in silence", SILENCE, changed(SILENCE, words=None), True),
        ("opt-out with other words", SILENCE, changed(SILENCE, words=WORDS.model_copy(update={"text": "x"})), False),
        ("opt-out to a person", SILENCE, changed(ALONE), False),
    ],
)
def test_tightens(name: str, before: Decision, after: Decision, allowed: bool) -> None:
    assert tightens(before, after) is allowed
