"""What the models see of a text."""

from __future__ import annotations

import time
import unicodedata

import pytest

from intents.components.concepts import Concepts
from intents.components.text import (
    MAX_CHARS,
    PLACEHOLDERS,
    emoji_words,
    fold,
    is_emoji_only,
    letters,
    normalise,
    pieces,
    plain_tokens,
    plain_words,
    read,
    tokens,
    word_features,
)

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
SLACK = 4
"""Machines that are busy or slow."""


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_every_text_has_features(text: str) -> None:
    reading = read(text)
    assert len(reading.words) == len(reading.plain)
    assert all(word and not word.isspace() for word in reading.words)
    assert plain_tokens(text) == reading.plain
    assert bool(list(word_features(text))) == bool(reading.words)
    assert plain_words(text) == plain_words(text).strip()
    assert is_emoji_only(text) <= (letters(text) == 0)
    for emoji in text[:10]:
        assert all(name.startswith("~") for name in emoji_words(emoji))


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_nothing_unseen_is_left(text: str) -> None:
    found = normalise(text)
    assert not {unicodedata.category(ch) for ch in found} & {"Cf", "Cs", "Co"}
    assert found == found.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DÉÇUE !!!", ["déçue", "!"]),
        ("c'est troooop beau", ["c", "est", "troop", "beau"]),
        ("𝗙𝗥𝗘𝗘 m\u200boney", ["free", "money"]),
        ("ＦＲＥＥ 𝓯𝓻𝓮𝓮", ["free", "free"]),
        ("voir https://a.b/c?d=1 ou promo-xx.shop", ["voir", "xurl", "ou", "xurl"]),
        ("@marion.l regarde 😍😍", ["xuser", "regarde", "😍"]),
        ("écris à a.b@c.fr", ["écris", "à", "xmail"]),
        ("commande n° 45 821", ["commande", "n", "xnum"]),
        ("12,50€", ["xnum", "€"]),
        ("de 10h30 à 24/7", ["de", "xnum", "h3", "xnum", "à", "xnum"]),
        ("l’œuf, L’ŒUF, Straße", ["l", "oeuf", "l", "oeuf", "strasse"]),
        ("👍🏽 ❤️", ["👍", "❤"]),
        ("🫠🫨🩷🪿", ["🫠", "🫨", "🩷", "🪿"]),
        ("3ème", ["xnum", "ème"]),
        ("#déco", ["déco"]),
        ("où est mon colis ?", ["où", "est", "mon", "colis", "?"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(normalise(text)) == list(read(text).words) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c0nnard", ["connard"]),
        ("sh1t", ["shit"]),
        ("k1ll", ["kill"]),
        ("b1tch", ["bitch"]),
        ("a$$hole", ["asshole"]),
        ("n00b, c00l", ["noob", "cool"]),
        ("f*ck", ["f*ck"]),
        ("f**k", ["f*k"]),
        ("f.u.c.k", ["fuck"]),
        ("f_u_c_k", ["fuck"]),
        ("c-o-n-n-a-r-d", ["connard"]),
        ("c o n n a r d", ["connard"]),
        ("bande de c o n n a r d s !", ["bande", "de", "connards", "!"]),
        ("ｆ ｕ ｃ ｋ", ["fuck"]),
        ("con\u00adn\u200bard", ["connard"]),
        ("\u0441onn\u0430rd", ["connard"]),
        ("p\u0430yp\u0430l", ["paypal"]),
        ("\u03bfk", ["ok"]),
    ],
)
def test_disguises_are_seen_through(text: str, expected: list[str]) -> None:
    assert tokens(normalise(text)) == expected


@pytest.mark.parametrize(
    "text", ["где мой заказ", "πού είναι", "t u e", "u.s.a", "r2d2", "co2", "niice", "le bar", "a+b", "c'est à toi"]
)
def test_what_is_no_disguise_stays(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1", ["xplus"]),
        ("+1 !", ["xplus", "!"]),
        ("je mets +1 à ça", ["je", "mets", "xplus", "à", "ça"]),
        ("+10", ["xnum"]),
        ("a+1", ["a", "xnum"]),
        ("+1k", ["xnum", "k"]),
    ],
)
def test_plus_one(text: str, expected: list[str]) -> None:
    assert tokens(normalise(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("merci :)", ["merci", "🙂"]),
        ("<3 :D xD", ["❤", "😃", "😆"]),
        (">:( :'( T_T", ["😠", "😢", "😭"]),
        ("^^", ["😊"]),
        ("à 10 :)", ["à", "xnum", "🙂"]),
        ("voir http://a.b :/", ["voir", "xurl", "😕"]),
        ("10:30", ["xnum"]),
        ("a:b", ["a", "b"]),
        ("note:)", ["note"]),
    ],
)
def test_smileys(text: str, expected: list[str]) -> None:
    assert tokens(normalise(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["😍", "❤️❤️", "👍🏽 !", "🫠", "🇫🇷", "👨‍👩‍👧‍👦", ":)", "<3", ":D", "xD", "T_T", "^^ 😂", "???", "!!", "—", "+"],
)
def test_emoji_only(text: str) -> None:
    assert is_emoji_only(text)


@pytest.mark.parametrize(
    "text",
    ["", " \n", "ok 👍", "👍1", "1️⃣", "1", "+1", "…", "...", "\u200b", "\ufe0f", "\u0301", "\ud83d", ":) lol", "ツ"],
)
def test_not_emoji_only(text: str) -> None:
    assert not is_emoji_only(text)


@pytest.mark.parametrize(
    ("emoji", "expected"),
    [
        ("🧡", ("~orange", "~heart")),
        ("👍", ("~thumbs", "~up")),
        ("🙂", ("~slightly", "~smiling")),
        ("\ue000", ()),
        ("🫠", None),
    ],
)
def test_emoji_are_named(emoji: str, expected: tuple[str, ...] | None) -> None:
    """A newer emoji may be unknown to this Python's Unicode: then it has no name, and that is all."""
    if expected is None:
        expected = ("~melting",) if unicodedata.name(emoji, "") else ()
    assert emoji_words(emoji) == expected


def test_emoji_names_stand_beside_them() -> None:
    assert {"merci", "🧡", "~orange", "~heart", "< merci", "merci 🧡", "🧡 >"} <= set(word_features("merci 🧡"))


def test_folding_removes_accents_only() -> None:
    assert fold("déçue naïve über") == "decue naive uber"
    assert fold("où ça ?") == "ou ca ?"


def test_words_keep_their_accents_beside_the_folded_ones() -> None:
    reading = read("Déçue, très déçue")
    assert reading.words == ("déçue", "très", "déçue")
    assert reading.plain == plain_tokens("Déçue, très déçue") == ("decue", "tres", "decue")
    assert {"decu", "^déçu"} <= set(word_features("déçu"))


def test_plain_words_leave_out_what_has_no_language() -> None:
    assert plain_words("@bob regarde https://x.io 😍 45 #déco +1 a@b.fr :)") == "regarde déco"
    assert not set(plain_words("12 €, @bob").split()) & PLACEHOLDERS


def test_letters_of_any_script_count() -> None:
    assert [letters(text) for text in ("été 12", "где", "مرحبا", "😍_1", "")] == [3, 3, 5, 0, 0]


def test_text_beyond_the_bound_is_not_read() -> None:
    assert read("mot " * MAX_CHARS).words == ("mot",) * (MAX_CHARS // 4)
    assert is_emoji_only("😍" * MAX_CHARS + " ok")


@pytest.mark.parametrize(
    "piece", ["a", "a ", "a b c d ", "а", "аa", "a1", "a.", "@a", ":)", "+1 ", "1 ", " ", "$$", "*"]
)
def test_long_texts_cost_little(piece: str) -> None:
    text = (piece * MAX_CHARS)[:MAX_CHARS]
    started = time.process_time()
    list(word_features(text))
    is_emoji_only(text)
    assert time.process_time() - started < 0.05 * SLACK


def test_pieces_of_a_word() -> None:
    assert pieces("ab") == [" a", "ab", "b ", " ab", "ab ", " ab "]
    assert pieces("été", 3, 4) == [" ét", "été", "té ", " été", "été "]
    assert pieces("", 2, 6) == ["  "]
    assert max(map(len, pieces("remboursement"))) == 6


def test_concepts_join_words_of_two_languages() -> None:
    concepts = Concepts({"order": ["colis", "parcel*"], "not": ["pas", "not"], "good": ["beau"]})
    assert list(concepts.features("mon colis")) == list(concepts.features("my parcels")) == ["order"]
    assert list(concepts.features("pas très beau")) == ["not", "not good", "not+not good"]
    assert list(concepts.features("beau")) == ["good"]
    assert list(concepts.features("pas un seul mot de plus beau")) == ["not", "good", "good+not"]
