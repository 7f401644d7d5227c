"""Reading the wire: times in either unit, ids of either type, and what is neither."""

from datetime import UTC, datetime

import pytest

from connectors.wire import Flag, Id, Ids, Items, Maybe, Part, Several, Text, Whole, decode, digest, label, moment


class Inner(Part):
    id: Id = None


class Outer(Part):
    id: Id = None
    ids: Ids = ()
    text: Text = ""
    whole: Whole = None
    flag: Flag = False
    inner: Maybe[Inner] = None
    inners: Several[Inner] = ()
    items: Items = ()


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("id", 7, "7"),
        ("id", "7", "7"),
        ("id", "", None),
        ("id", True, None),
        ("id", 1.5, None),
        ("id", None, None),
        ("id", [], None),
        ("ids", [1, "a", None, [], ""], ("1", "a")),
        ("ids", "ab", ()),
        ("text", "x", "x"),
        ("text", None, ""),
        ("text", 3, ""),
        ("whole", 3, 3),
        ("whole", "3", 3),
        ("whole", "-3", None),
        ("whole", "9" * 30, None),
        ("whole", True, None),
        ("whole", 3.0, None),
        ("flag", True, True),
        ("flag", "true", False),
        ("flag", 1, False),
        ("inner", {"id": 1}, Inner(id="1")),
        ("inner", [], None),
        ("inner", None, None),
        ("inners", [{"id": 1}, None, []], (Inner(id="1"),)),
        ("inners", {"id": 1}, ()),
        ("items", [1, None], (1, None)),
        ("items", "ab", ()),
    ],
)
def test_fields(field: str, value: object, read: object) -> None:
    assert getattr(Outer.model_validate({field: value}), field) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1_795_300_000, datetime(2026, 11, 21, 22, 26, 40, tzinfo=UTC)),
        (1_795_300_000_250, datetime(2026, 11, 21, 22, 26, 40, 250_000, tzinfo=UTC)),
        (10**11 - 1, datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
        (10**11, datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
        (253_402_300_799_999, datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
        (253_402_300_800_000, None),
        (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (0, None),
        (-1, None),
        (None, None),
    ],
)
def test_moments(value: int | None, read: datetime | None) -> None:
    assert moment(value) == read


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("policy-enforcement", "policy-enforcement"),
        ("feed", "feed"),
        ("", "other"),
        ("<b>", "other"),
        (None, "other"),
        ("a" * 40, "a" * 40),
        ("a" * 41, "other"),
        ("a\n", "other"),
        (7, "other"),
    ],
)
def test_labels(name: object, read: str) -> None:
    assert label(name) == read


def test_a_digest_tells_its_parts_apart() -> None:
    assert len({digest("a", None), digest(None, "a"), digest("a"), digest("b")}) == 4
    assert digest("a", "b") == digest("a", "b")


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\ud83d"', "?"),
        ('"😀"'.encode(), "😀"),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'"\xff"', "\ufffd"),
    ],
)
def test_bodies(body: bytes, read: object) -> None:
    assert decode(body) == read


@pytest.mark.parametrize(
    ("body", "message"), [(b"", "Expecting value"), (b"{", "Expecting property"), (b"[" * 100_000, "nested too deeply")]
)
def test_what_is_no_json_is_a_value_error(body: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode(body)
