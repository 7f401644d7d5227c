"""What the command line prints."""

from bot.operate import explained
from tests.unit.test_console_desk import complaint, turn_of
from tests.unit.test_policies import both, meant, said, toxic


def test_a_turn_is_explained_with_all_that_was_understood() -> None:
    turn = turn_of(complaint("Cassée."), "Cassée.").model_copy(
        update={
            "unanswered": (
                meant("greet"),
                said("?"),
                both("praise", ("report_damaged", 0.6)),
                toxic(None, "insult", 0.93, ("thank", 0.5)),
            )
        }
    )
    why, understood = explained(turn).splitlines()
    assert "[complaint: complaint_in_public]" in why
    assert understood == (
        "    understood: greet 0.95 (fr), not understood, praise 0.95 + report_damaged 0.60 (fr), "
        "None 0.95 + thank 0.50 insult at person 0.93 (fr)"
    )
