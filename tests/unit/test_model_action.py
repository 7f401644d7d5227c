"""Actions: whose words they are, and how they are recognised."""

import pytest

from bot.model.action import fingerprint, text_of
from tests.unit.turns import DM, THREAD, action


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("send_message", "Hello"),
        ("reply_to_comment", "Hello"),
        ("private_reply", "Hello"),
        ("hide_comment", None),
        ("unhide_comment", None),
        ("delete_comment", None),
        ("like", None),
    ],
)
def test_the_words_of_an_action(kind: str, text: str | None) -> None:
    assert text_of(action(kind)) == text


@pytest.mark.parametrize(("author", "by_person"), [("bot", False), ("Léa", True)])
def test_whose_action(author: str, by_person: bool) -> None:
    assert action(author=author).by_person is by_person


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("as it was", "Hello, Ann!", True),
        ("other case", "HELLO, ann!", True),
        ("other spacing", "  Hello,\n\tAnn! ", True),
        ("without its mark", "Hello, Ann", False),
        ("other words", "Hello, Bob!", False),
    ],
)
def test_fingerprint(name: str, text: str, same: bool) -> None:
    assert (fingerprint(DM, text) == fingerprint(DM, "Hello, Ann!")) is same


def test_the_same_words_elsewhere_are_others() -> None:
    assert fingerprint(DM, "Hello") != fingerprint(THREAD, "Hello")
