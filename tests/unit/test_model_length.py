"""How long a text is, in each platform's unit. X's figures are those of its own documentation."""

import pytest

from bot.model.capability import TextUnit
from bot.model.length import measure


@pytest.mark.parametrize(
    ("unit", "text", "length"),
    [
        ("characters", "héhé 👋", 6),
        ("utf16", "héhé 👋", 7),
        ("bytes", "héhé 👋", 11),
        ("bytes", "\ud83d", 3),
        ("weighted", "", 0),
        ("weighted", "Bonjour à tous", 14),
        ("weighted", "“quoted” — fine…", 17),
        ("weighted", "日本", 4),
        ("weighted", "👋", 2),
        ("weighted", "👩‍👩‍👧‍👦", 2),
        ("weighted", "👍🏽", 2),
        ("weighted", "👍👍", 4),
        ("weighted", "e\u0301", 1),
        ("weighted", "https://maison-lumen.example/lampes/lumen-mini?couleur=bleu", 23),
        ("weighted", "Voir http://a.io ou https://maison.example !", 5 + 23 + 4 + 23 + 2),
    ],
)
def test_a_text_is_measured_as_its_platform_does(unit: TextUnit, text: str, length: int) -> None:
    assert measure(text, unit) == length
