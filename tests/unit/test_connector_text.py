"""Measuring and splitting, in each unit and at each boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.capability import TextUnit
from bot.model.length import measure
from connectors.text import split

FAMILY = "👨‍👩‍👧‍👦"
HEART = "❤️"
WAVE = "👋🏽"
FRANCE, JAPAN = "🇫🇷", "🇯🇵"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
E_ACUTE = "e\u0301"
LINK = "https://example.com/a/b?c=d&e=f#g"


@pytest.mark.parametrize(
    ("text", "characters", "utf16", "bytes_"),
    [
        ("", 0, 0, 0),
        ("abc", 3, 3, 3),
        ("é", 1, 1, 2),
        (E_ACUTE, 2, 2, 3),
        ("中文", 2, 2, 6),
        ("😀", 1, 2, 4),
        (FAMILY, 7, 11, 25),
        (FRANCE, 2, 4, 8),
        ("\ud83d", 1, 1, 3),
    ],
)
def test_measure(text: str, characters: int, utf16: int, bytes_: int) -> None:
    assert (measure(text, "characters"), measure(text, "utf16"), measure(text, "bytes")) == (characters, utf16, bytes_)


@pytest.mark.parametrize(
    ("name", "text", "limit", "unit", "parts"),
    [
        ("fits exactly", "abcdefgh", 8, "characters", ("abcdefgh",)),
        ("fits as it is, spaces and all", " a\n", 8, "characters", (" a\n",)),
        ("nothing", "", 8, "characters", ("",)),
        ("one over, between words", "abcd efgh", 8, "characters", ("abcd", "efgh")),
        ("one over, in a word", "abcdefghi", 8, "characters", ("abcdefgh", "i")),
        ("space at the limit is no loss", "abcdefgh ij", 8, "characters", ("abcdefgh", "ij")),
        ("between paragraphs", "One. Two.\n\nThree. Four.", 17, "characters", ("One. Two.", "Three. Four.")),
        ("between lines", "one two\nthree four five", 15, "characters", ("one two", "three four five")),
        ("between sentences", "One two. Three four five", 16, "characters", ("One two.", "Three four five")),
        ("a line break that is too early", "a\nbbbb cccc dddd eeee", 16, "characters", ("a\nbbbb cccc dddd", "eeee")),
        ("a full stop in a number is none", "cost 3.50 euros", 12, "characters", ("cost 3.50", "euros")),
        ("a link stays whole", f"see {LINK} now", 35, "characters", ("see", LINK, "now")),
        ("a link without spaces around it", f"请看{LINK}谢谢你们", 34, "characters", ("请看", LINK + "谢", "谢你们")),
        ("a link that is over the limit", LINK, 20, "characters", (LINK[:20], LINK[20:])),
        ("emoji in utf16", "😀" * 5, 4, "utf16", ("😀😀", "😀😀", "😀")),
        ("emoji at an odd limit", "😀" * 3, 5, "utf16", ("😀😀", "😀")),
        ("emoji in bytes", "😀" * 3, 9, "bytes", ("😀😀", "😀")),
        ("a family is one sign", FAMILY * 2, 12, "utf16", (FAMILY, FAMILY)),
        ("a heart keeps its colour", HEART * 3, 5, "utf16", (HEART * 2, HEART)),
        ("a hand keeps its skin", WAVE * 2, 7, "utf16", (WAVE, WAVE)),
        ("flags stay flags", FRANCE + JAPAN + FRANCE, 11, "utf16", (FRANCE + JAPAN, FRANCE)),
        ("a flag of tags", SCOTLAND * 2, 20, "utf16", (SCOTLAND, SCOTLAND)),
        ("accents stay on their letters", E_ACUTE * 5, 5, "characters", (E_ACUTE * 2, E_ACUTE * 2, E_ACUTE)),
        ("a family that is over the limit", FAMILY, 4, "utf16", ("👨‍👩"[:2], "👩‍", "👧‍", "👦")),
        (
            "Chinese ends at its own full stop",
            "今天下雨。明天会晴吗？不知道",
            11,
            "characters",
            ("今天下雨。明天会晴吗？", "不知道"),
        ),
        ("Chinese pauses at its comma", "今天下雨，明天会晴", 7, "characters", ("今天下雨，", "明天会晴")),
        ("Chinese without a pause", "一二三四五六七八九", 4, "characters", ("一二三四", "五六七八", "九")),
        ("kana may be parted", "こんにちは", 4, "characters", ("こんにち", "は")),
        ("white space only", " " * 9, 4, "characters", ()),
        ("more white space than a part holds", "ab" + " " * 9 + "cd", 4, "characters", ("ab", "cd")),
        ("white space before", "\n\n  ab cd", 6, "characters", ("ab cd",)),
    ],
)
def test_split(name: str, text: str, limit: int, unit: TextUnit, parts: tuple[str, ...]) -> None:
    assert split(text, limit, unit) == parts


def test_many_wide_characters_come_in_as_many_parts_as_they_need() -> None:
    """Counting bytes for characters, or waiting for a length to be hit exactly, leaves these in one part."""
    text = "汉" * 1500
    assert [len(part) for part in split(text, 1000, "characters")] == [1000, 500]
    assert [len(part) for part in split(text, 1000, "bytes")] == [333, 333, 333, 333, 168]


def test_a_limit_below_one_sign_is_refused() -> None:
    with pytest.raises(ValueError, match="parts of 3"):
        split("abcdef", 3, "bytes")


texts = st.text(st.characters(codec="utf-8"), max_size=60)
PIECES = ("a", "bcd", " ", "\n", "\n\n", ". ", "。", "，", "é", "中", "\u200d", "\u0301")
pieces = st.lists(st.sampled_from((*PIECES, E_ACUTE, FAMILY, HEART, FRANCE, WAVE, LINK)), max_size=25).map("".join)


@given(text=texts | pieces, limit=st.integers(4, 40), unit=st.sampled_from(["characters", "utf16", "bytes"]))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, limit: int, unit: TextUnit) -> None:
    parts = split(text, limit, unit)
    assert all(measure(part, unit) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert parts == (text,) or all(part and part == part.strip() for part in parts)


@given(text=pieces, unit=st.sampled_from(["characters", "utf16", "bytes"]))
def test_signs_and_links_stay_whole_where_they_fit(text: str, unit: TextUnit) -> None:
    parts = split(text, 64, unit)
    for whole in (FAMILY, FRANCE, WAVE, HEART):
        assert sum(part.count(whole) for part in parts) == text.count(whole)
