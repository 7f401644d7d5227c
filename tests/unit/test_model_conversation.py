"""The status table, line by line; and what a conversation says of itself."""

from itertools import product
from typing import get_args

import pytest

from bot.errors import IllegalMove
from bot.model.conversation import Conversation, Move, Said, Status, move
from tests.unit.turns import DM, NOW

TABLE: dict[Status, dict[Move, Status]] = {
    "open": {
        "customer_spoke": "open",
        "needs_person": "waiting",
        "taken_over": "waiting",
        "answered": "open",
        "released": "open",
        "resolved": "resolved",
    },
    "waiting": {
        "customer_spoke": "waiting",
        "needs_person": "waiting",
        "taken_over": "waiting",
        "answered": "open",
        "released": "open",
        "resolved": "resolved",
    },
    "resolved": {
        "customer_spoke": "open",
        "needs_person": "waiting",
        "taken_over": "waiting",
        "answered": "resolved",
    },
}
CELLS: list[tuple[Status, Move]] = list(product(get_args(Status), get_args(Move)))


@pytest.mark.parametrize(("status", "what"), [cell for cell in CELLS if cell[1] in TABLE[cell[0]]])
def test_a_move(status: Status, what: Move) -> None:
    assert move(status, what) == TABLE[status][what]


@pytest.mark.parametrize(("status", "what"), [cell for cell in CELLS if cell[1] not in TABLE[cell[0]]])
def test_an_illegal_move(status: Status, what: Move) -> None:
    with pytest.raises(IllegalMove, match=f"a {status} conversation can't be {what}"):
        move(status, what)


CUSTOMER = Said(by="customer", text="Hi", at=NOW)
BOT = Said(by="bot", text="Hello", at=NOW)
AGENT = Said(by="agent", text="Good morning", at=NOW)


@pytest.mark.parametrize(
    ("name", "recent", "last"),
    [
        ("nothing was said", (), None),
        ("only the customer spoke", (CUSTOMER,), None),
        ("the bot spoke, then the customer", (BOT, CUSTOMER), BOT),
        ("a person spoke last", (BOT, CUSTOMER, AGENT), AGENT),
    ],
)
def test_our_last_word(name: str, recent: tuple[Said, ...], last: Said | None) -> None:
    assert Conversation.new(DM).model_copy(update={"recent": recent}).last_said == last


def test_a_new_conversation_is_the_bots() -> None:
    new = Conversation.new(DM)
    assert (new.owner, new.status, new.version, new.action_ids) == ("bot", "open", 0, ())
