"""What the models see of a text."""

from __future__ import annotations

import pytest

from intents.components.concepts import Concepts
from intents.components.text import character_features, fold, normalise, plain_words, tokens, word_features

ODD = {
    "empty": "",
    "blank": " \t\n ",
    "emoji only": "😍😍🔥",
    "family emoji": "👨‍👩‍👧‍👦",
    "flags": "🇫🇷🇧🇪",
    "ten thousand characters": "a" * 10_000,
    "ten thousand words": "mot " * 10_000,
    "zero width": "re\u200bmbour\u200dse\ufeffment",
    "right to left": "مرحبا كيف الحال",
    "bidi control": "\u202eabc\u202c",
    "lone surrogate": "salut \ud83d",
    "control characters": "a\x00b\x07c",
    "combining marks": "z̶̢̛a̷l̶g̵o̷",
    "only marks": "?!…---",
    "many digits": "1 2 3 4 5 " * 500,
    "dots and at signs": "@.@.@." * 1_000,
    "html": "<script>alert(1)</script>",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_every_text_has_features(text: str) -> None:
    assert isinstance(normalise(text), str)
    list(word_features(text))
    list(character_features(text))
    assert plain_words(text) == plain_words(text).strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DÉÇUE !!!", ["déçue", "!"]),
        ("c'est troooop beau", ["c", "est", "troop", "beau"]),
        ("𝗙𝗥𝗘𝗘 m\u200boney", ["free", "money"]),
        ("voir https://a.b/c?d=1 ou promo-xx.shop", ["voir", "xurl", "ou", "xurl"]),
        ("@marion.l regarde 😍😍", ["xuser", "regarde", "😍"]),
        ("écris à a.b@c.fr", ["écris", "à", "xmail"]),
        ("commande n° 45 821", ["commande", "n", "xnum"]),
        ("12,50€", ["xnum", "€"]),
        ("l’œuf", ["l", "oeuf"]),
        ("👍🏽", ["👍"]),
        ("3ème", ["xnum", "ème"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(normalise(text)) == expected


def test_folding_removes_accents_only() -> None:
    assert fold("déçue naïve über") == "decue naive uber"


def test_plain_words_leave_out_what_has_no_language() -> None:
    assert plain_words("@bob regarde https://x.io 😍 45 #déco") == "regarde déco"


def test_accented_words_are_kept_beside_the_folded_ones() -> None:
    assert {"decu", "^déçu"} <= set(word_features("déçu"))


def test_concepts_join_words_of_two_languages() -> None:
    concepts = Concepts({"order": ["colis", "parcel*"], "not": ["pas", "not"], "good": ["beau"]})
    assert list(concepts.features("mon colis")) == list(concepts.features("my parcels")) == ["order"]
    assert list(concepts.features("pas très beau")) == ["not", "not good", "not+not good"]
    assert list(concepts.features("beau")) == ["good"]
