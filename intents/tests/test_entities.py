"""The entities that are found without a model: each kind, what only looks like one, and any text at all."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
import yaml
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from intents.components.amounts import number_of, spoken
from intents.components.entities import EntityFinder
from intents.components.names import read_places
from intents.components.spans import Folded
from intents.tests.conftest import ROOT
from intents.tests.entity_rows import PRODUCTS, ROWS, Found

KINDS = ("order_number", "email", "phone", "amount", "date", "product", "place", "url", "handle")


def finder(**settings: Any) -> EntityFinder:
    return EntityFinder({**EntityFinder.get_default_config(), "products": PRODUCTS, **settings})


FINDER = finder()
SLACK = 4
"""Machines that are busy or slow; a pattern that backtracks takes seconds or hours."""


def find(text: str, **settings: Any) -> Found:
    """Kind, the text as written and the value. Fails where offsets are not the original's or spans overlap."""
    spans = (finder(**settings) if settings else FINDER).find(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    return [(span.kind, text[span.start : span.end], span.value) for span in spans]


@pytest.mark.parametrize(("text", "expected"), ROWS.values(), ids=ROWS.keys())
def test_finds(text: str, expected: Found) -> None:
    assert find(text) == expected


@pytest.mark.parametrize(
    ("text", "settings", "expected"),
    [
        ("03/04", {"day_first": False}, [("date", "03/04", "--03-04")]),
        ("25/03", {"day_first": False}, [("date", "25/03", "--03-25")]),
        ("20 $", {"dollar": "CAD"}, [("amount", "20 $", "20.00 CAD")]),
        ("0470123456", {"regions": ["BE"]}, [("phone", "0470123456", "+32470123456")]),
        ("06 12 34 56 78", {"regions": []}, []),
        ("ml/77 please", {"order_patterns": [r"\bML/\d\d\b"]}, [("order_number", "ml/77", "ML/77")]),
        ("dossier <77>", {"order_patterns": [r"<(\d\d)>"]}, [("order_number", "77", "77")]),
        ("49 € payés", {"order_patterns": [r"\b\d\d\b"]}, [("order_number", "49", "49")]),
        ("rien", {"order_patterns": [r"x*"]}, []),
        ("au Vieux Moulin", {"places": ["Vieux Moulin"]}, [("place", "Vieux Moulin", "Vieux Moulin")]),
        ("à Panam", {"places": [{"name": "Paris", "also": ["Panam"]}]}, [("place", "Panam", "Paris")]),
        ("in Allemagne", {"places": [{"name": "DE", "also": ["Allemagne"]}]}, [("place", "Allemagne", "DE")]),
        ("une lumen", {"products": []}, []),
        ("Sol", {"products": [{"name": "Sol"}]}, [("product", "Sol", "Sol")]),
        ("lampe paris", {"products": ["Paris"]}, [("product", "paris", "Paris")]),
    ],
)
def test_settings(text: str, settings: dict[str, Any], expected: Found) -> None:
    assert find(text, **settings) == expected


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("products", [3]),
        ("products", [{"also": ["x"]}]),
        ("products", ["!!"]),
        ("products", None),
        ("places", [{"name": "A", "also": "B"}]),
        ("order_patterns", ["("]),
        ("order_patterns", [3]),
        ("regions", ["XX"]),
        ("regions", [False]),
    ],
)
def test_a_wrong_setting_is_named(setting: str, value: Any) -> None:
    with pytest.raises(InvalidConfigException, match=setting):
        finder(**{setting: value})


def test_messages_keep_what_others_found() -> None:
    other = {"entity": "mood", "start": 0, "end": 2, "value": "ok", "extractor": "Other"}
    messages = [Message({TEXT: "ok pour 20 €", ENTITIES: [other]}), Message({TEXT: ""}), Message({})]
    assert FINDER.process(messages) is messages
    found = {"entity": "amount", "start": 8, "end": 12, "value": "20.00 EUR"}
    assert messages[0].get(ENTITIES) == [other, {**found, "confidence_entity": 1.0, "extractor": "EntityFinder"}]
    assert messages[0].as_dict(only_output_properties=True)[ENTITIES] == messages[0].get(ENTITIES)
    assert [message.get(ENTITIES) for message in messages[1:]] == [[], []]


def test_the_names_of_places_are_whole() -> None:
    places = read_places()
    assert len(places) > 400
    for canonical, others in places.items():
        for name in (canonical, *others):
            ((kind, written, value),) = find(f"boutique de {name}")
            assert (kind, written) == ("place", name.rstrip("."))
            assert value in places


ODD = {
    "empty": "",
    "blank": " \t\n\u00a0",
    "zero width": "com\u200bmande n\u200d° 88\ufeff213",
    "right to left": "مرحبا 12/03 @كيف €",
    "bidi control": "\u202e€ 02\u202c",
    "lone surrogates": "\udc00 20 € \ud83d",
    "combining marks": "2\u03360\u0336 €\u0336",
    "marks before anything": "\u0301\u0301",
    "control characters": "a\x00b\x07 20 €\x00",
    "only marks": "?!…---#@€$+()[]",
    "unusual figures": "²³ ½ ① Ⅻ ١٢ 12 𝟏𝟐",
    "html": "<script>alert('20 €')</script>",
    "signs that begin something": "@ # + € $ www. http:// n° le du @. #- +0 00",
    "long words": "a" * 50_000 + " " + "9" * 50_000,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts(text: str) -> None:
    find(text)


REPEATED = [
    "1 ", "a@", "12/", "a", "1", "0", "+", "#1", "a.", "a-", "1-", "A1-", "www.", "http://", "€", "1€", "1 €", "1,",
    "100 ", "deux ", "cent ", "commande ", "commande n° ", "ref:", "n°12 ", "il y a ", "mars ", "12 mars ", "mars 12 ",
    "Paris ", "à paris!", "Saint-", "lumen", "é", "e\u0301", "\u200b", "œ", "@a", "a@a.", " ", "\n", "a1", "(0)",
    "2026-", "😀", "\ud83d", "٠", "00 ", "01 ", "06 12 34 56 78 ", "0699 99 99 99 ", "(212) 555-0143 ",
    "tel 2125550143 ", "+33 ", ")", "_", "lost 10 pounds ", "a'", "İ", "\u0300", "ß", "\u202e", "\x00", "½", "²", "aa ",
    "Aa1 ", "$1 ", "@a ", "$", "lumen mini ", "A-1 ", "a@a.fr ", "12 12 ", "ref 1234 5678 ", "Commande\n\n", "un ",
]  # fmt: skip


@pytest.mark.parametrize("piece", REPEATED, ids=ascii)
def test_long_texts_cost_little(piece: str) -> None:
    text = (piece * 50_000)[:50_000]
    find(text)
    started = time.process_time()
    FINDER.find(text[:10_000])
    assert time.process_time() - started < 0.05 * SLACK


def test_an_ordinary_message_costs_little() -> None:
    text = "Bonjour, je voudrais savoir si la lampe est encore en stock à Lyon"
    FINDER.find(text)
    started = time.process_time()
    for _ in range(200):
        FINDER.find(text)
    assert (time.process_time() - started) / 200 < 0.0001 * SLACK


@pytest.mark.parametrize(
    "raw", ["abc", "Ça œuvre", "e\u0301te\u0301", "\u200ba\u200b", "ﬁn ½ №5", "İstanbul", "\ud83dx"]
)
def test_folded_text_knows_where_it_stood(raw: str) -> None:
    text = Folded.of(raw)
    for place in range(len(text.plain)):
        start, end = text.bounds(place, place + 1)
        assert 0 <= start < end <= len(raw)
        assert text.plain[place] in Folded.of(raw[start:end]).plain


@pytest.mark.parametrize(
    ("figures", "value"),
    [
        ("12", "12"),
        ("12,5", "12.5"),
        ("1.200", "1200"),
        ("1,200.50", "1200.50"),
        ("1'200", "1200"),
        ("1 200,5", "1200.5"),
    ],
)
def test_numbers(figures: str, value: str) -> None:
    assert str(number_of(figures).normalize()) == str(number_of(value).normalize())
    assert float(number_of(figures)) == float(value)


@pytest.mark.parametrize(
    ("words", "value"),
    [("un", 1), ("vingt et un", 21), ("soixante-dix-sept", 77), ("quatre-vingts", 80), ("quatre-vingt-douze", 92),
     ("cent vingt", 120), ("deux mille trois cents", 2300), ("two hundred and five", 205), ("mille", 1000)],
)  # fmt: skip
def test_numbers_in_words(words: str, value: int) -> None:
    assert spoken(words) == value


def held_out() -> dict[str, Any]:
    return yaml.load((ROOT / "intents/test/entities.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def test_held_out_sentences_are_many_and_well_formed() -> None:
    sentences = held_out()["sentences"]
    assert len({sentence["text"] for sentence in sentences}) == len(sentences)
    for language in ("fr", "en"):
        assert sum(sentence["language"] == language for sentence in sentences) >= 60
    for sentence in sentences:
        for kind, written in sentence["entities"]:
            assert kind in KINDS
            assert sentence["text"].count(written) >= 1
    assert {kind for sentence in sentences for kind, _ in sentence["entities"]} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_held_out_sentences(kind: str) -> None:
    """Micro F1 over exact spans."""
    data = held_out()
    here = finder(products=data["products"])
    hits = wanted = given = 0
    for sentence in data["sentences"]:
        text = sentence["text"]
        expected = sorted(written for its, written in sentence["entities"] if its == kind)
        found = sorted(text[span.start : span.end] for span in here.find(text) if span.kind == kind)
        hits += sum(min(expected.count(each), found.count(each)) for each in set(expected))
        wanted, given = wanted + len(expected), given + len(found)
    assert 2 * hits / (wanted + given) >= 0.9
