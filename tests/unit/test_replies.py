"""The brand's wordings: what is refused when they are read, and which one is said."""

from datetime import datetime, timedelta
from zlib import crc32

import pytest

from bot.errors import ReplyMissing
from bot.model.brand import Brand
from bot.model.contact import Contact
from bot.model.conversation import Incoming
from bot.model.ids import ConversationId
from policies.replies import REQUIRED, Replies, Wordings, problems
from tests.unit.test_policies import ANN, BRAND, CAPABILITIES, NOW, REPLIES, WORDINGS, meant, read, said, turn

LEAST: dict[str, object] = dict.fromkeys(REQUIRED, "…")
ONE = BRAND.model_copy(update={"languages": ("fr",)})


def made(brand: Brand = ONE, **keys: object) -> Replies:
    return Replies.of({"fr": LEAST | keys}, brand)


def text(
    replies: Replies, key: str, *unanswered: Incoming, deadline: datetime | None = None, **changes: object
) -> str | None:
    words = replies.say(key, turn(*(unanswered or (meant("greet"),)), **changes), deadline)  # type: ignore[arg-type]
    return words.text if words else None


def test_the_files_are_in_order() -> None:
    assert problems(WORDINGS, BRAND) == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("a sentence", "Bonjour", None),
        ("several", ["Bonjour", "Salut"], None),
        (
            "every variable",
            "{{ brand.name }} {{ brand.website }} {{ facts.x }} {{ hours }} {{ deadline }} {{ name }}",
            None,
        ),
        ("a condition", "Bonjour{% if name and not hours %} {{ name }}{% else %} !{% endif %}", None),
        ("an expression", "{{ name or 'vous' }} {{ 'a' if name else 'b' }}", None),
        ("empty", "", "x is empty or not text: give it a sentence, or a list of sentences"),
        ("nothing", None, "x is empty or not text: give it a sentence, or a list of sentences"),
        ("no variants", [], "x is empty or not text: give it a sentence, or a list of sentences"),
        ("a blank variant", ["Bonjour", " "], "x is empty or not text: give it a sentence, or a list of sentences"),
        ("a number", 3114, "x is empty or not text: give it a sentence, or a list of sentences"),
        (
            "open braces",
            "a\n{{ name",
            "x/1: line 2: unexpected end of template, expected 'end of print statement'.: correct",
        ),
        (
            "unknown variable",
            ["Bonjour", "{{ nom }}"],
            "x/2: line 1: no variable 'nom'; there are brand, facts, hours,",
        ),
        ("unknown attribute", "{{ brand.nmae }}", "x/1: line 1: no variable brand.nmae: remove it"),
        ("behind a text", "{{ name.upper }}", "x/1: line 1: no variable name.upper: remove it"),
        ("two dots", "{{ facts.x.y }}", "x/1: line 1: no variable .y: remove it"),
        ("the inside of Python", "{{ facts.__class__ }}", "x/1: line 1: no variable facts.__class__: remove it"),
        ("facts as a whole", "{{ facts }}", "x/1: line 1: facts alone says nothing: write facts.<name>"),
        ("a call", "{{ name() }}", "x/1: line 1: call is not for sentences: use variables and `if` only"),
        ("a filter", "{{ name|upper }}", "x/1: line 1: filter is not for sentences: use variables and `if` only"),
        (
            "a loop",
            "{% for n in name %}{% endfor %}",
            "x/1: line 1: for is not for sentences: use variables and `if` only",
        ),
        ("arithmetic", "{{ 1 / 0 }}", "x/1: line 1: div is not for sentences: use variables and `if` only"),
    ],
)
def test_a_wording_is_read(name: str, value: object, problem: str | None) -> None:
    found = problems({"fr": LEAST | {"x": value}}, ONE)
    if problem is None:
        assert found == []
    else:
        assert found[0].startswith(f"fr.yml: {problem}")
        with pytest.raises(ValueError, match=r"^fr\.yml: x"):
            made(x=value)


@pytest.mark.parametrize(
    ("name", "wordings", "found"),
    [
        (
            "a language of the brand",
            {"fr": LEAST},
            ["there are no replies in en: add en.yml, or take en out of brand.languages"],
        ),
        (
            "a key that the code needs",
            {"fr": LEAST, "en": {key: "…" for key in REQUIRED if key != "clarify"}},
            ["en.yml: clarify is missing: write it, or remove it from the other languages"],
        ),
        (
            "a key that the other language has",
            {"fr": LEAST | {"answer_x": "…"}, "en": LEAST},
            ["en.yml: answer_x is missing: write it, or remove it from the other languages"],
        ),
        (
            "all at once",
            {"fr": LEAST | {"answer_x": "{{ nom }}"}},
            [
                "there are no replies in en: add en.yml, or take en out of brand.languages",
                "fr.yml: answer_x/1: line 1: no variable 'nom'; there are brand, facts, hours, deadline, name",
            ],
        ),
    ],
)
def test_what_is_missing(name: str, wordings: Wordings, found: list[str]) -> None:
    assert problems(wordings, BRAND) == found
    with pytest.raises(ReplyMissing) as raised:
        Replies.of(wordings, BRAND)
    assert str(raised.value) == "\n".join(found)


def test_a_language_that_cannot_say_the_time() -> None:
    brand = BRAND.model_copy(update={"languages": ("sv",)})
    found = problems({"sv": LEAST | {"x": "Senast {{ deadline }}"}}, brand)
    assert found == ["sv.yml: x/1: line 1: deadline can't be said in sv: add sv to policies/spoken.py"]
    assert text(Replies.of({"sv": LEAST}, brand), "clarify", brand=brand, deadline=NOW) == "…"


@pytest.mark.parametrize(
    ("name", "wording", "expected"),
    [
        ("the brand", "{{ brand.name }}, {{ brand.website }}", "Maison Lumen, maisonlumen.example"),
        ("a fact", "{{ facts.price }}", "Fait price."),
        ("hours", "Ouvert {{ hours }}.", "Ouvert du mardi au samedi de 10 h à 19 h, le dimanche de 14 h 30 à 18 h."),
        ("deadline", "{{ deadline }}", "aujourd'hui à 18 h"),
        ("an unknown fact", "{{ facts.secret }}", None),
        ("a method of Python is not a fact", "{{ facts.items }}", None),
        ("half an expression", "{{ 'a' if facts.secret }}", None),
        ("nothing left", "{% if name %}{{ name }}{% endif %}", None),
    ],
)
def test_variables(name: str, wording: str, expected: str | None) -> None:
    assert text(made(x=wording), "x", deadline=NOW + timedelta(hours=3)) == expected


def test_a_variable_without_value_is_not_said() -> None:
    bare = Brand(name="x")
    replies = made(a="{{ hours }}", b="{{ deadline }}", c="{{ brand.website }}", d=["{{ facts.price }}", "Sans prix."])
    assert [text(replies, key, brand=bare) for key in "abcd"] == [None, None, None, "Sans prix."]
    assert text(replies, "unknown") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ann", "Ann"),
        ("Anne-Sophie de La Tour", "Anne-Sophie"),
        ("Zoé Durand", "Zoé"),
        ("O'Brien", "O'Brien"),
        ("  ", ""),
        ("", ""),
        ("{{ brand.name }}", ""),
        ("http://x.example", ""),
        ("l33t", ""),
        ("🙂 Ann", ""),
        ("A" * 20, "A" * 20),
        ("A" * 21, ""),
    ],
)
def test_first_names(name: str, expected: str) -> None:
    assert text(made(x="<{{ name }}>"), "x", customer_name=name) == f"<{expected}>"


def test_the_contact_s_name_where_the_thread_has_none() -> None:
    contact = Contact(id=ANN, name="Bob", disclosed_at=NOW)
    assert text(made(x="{{ name }}"), "x", contact=contact) == "Bob"


def heard(*languages: str) -> list[Incoming]:
    return [said(f"{n}", read("greet", language=language)) for n, language in enumerate(languages)]


@pytest.mark.parametrize(
    ("name", "unanswered", "conversation", "contact", "brand", "expected"),
    [
        ("what they speak now", heard("en"), "fr", "fr", ("fr", "en"), "en"),
        ("the latest of what they speak", heard("en", "fr"), None, None, ("fr", "en"), "fr"),
        ("untold: the one before", heard("en", "und"), None, None, ("fr", "en"), "en"),
        ("not ours: the one before", heard("en", "de"), None, None, ("fr", "en"), "en"),
        ("the thread's", [said("?")], "en", "fr", ("fr", "en"), "en"),
        ("the contact's", heard("und"), None, "en", ("fr", "en"), "en"),
        ("the brand's first", heard("de"), "de", "de", ("en", "fr"), "en"),
        ("not in the brand's list", heard("en"), "en", "en", ("fr",), "fr"),
    ],
)
def test_language(
    name: str,
    unanswered: list[Incoming],
    conversation: str | None,
    contact: str | None,
    brand: tuple[str, ...],
    expected: str,
) -> None:
    at = turn(
        *unanswered,
        language=conversation,
        contact=Contact(id=ANN, language=contact, disclosed_at=NOW),
        brand=BRAND.model_copy(update={"languages": brand}),
    )
    words = REPLIES.say("clarify", at)
    assert words
    assert words.language == expected


def test_no_language_no_words() -> None:
    assert text(REPLIES, "clarify", brand=BRAND.model_copy(update={"languages": ("xx",)})) is None


THREE = made(x=["un", "deux", "trois"])


def test_variants_turn_until_all_are_used() -> None:
    start = crc32(ConversationId.private(ANN).encode()) % 3
    used: list[str] = []
    for _ in range(6):
        words = THREE.say("x", turn(meant("greet"), variants_used=("other/1", *used)))
        assert words
        used.append(words.variant)
    once = [f"x/{(start + step) % 3 + 1}" for step in range(3)]
    assert used == once * 2


def test_a_variant_in_a_joined_answer_counts() -> None:
    assert text(THREE, "x", variants_used=("y/1+x/1", "x/2")) == "trois"


def test_other_customers_hear_other_variants() -> None:
    starts = {crc32(f"facebook/1001/{user}/dm".encode()) % 3 for user in ("ann", "bob", "cleo", "dan", "eve")}
    assert len(starts) > 1


def test_public_threads_have_their_own_words() -> None:
    replies = made(x="en privé", x_public="ici")
    assert text(replies, "x") == "en privé"
    assert text(replies, "x", public=True) == "ici"
    assert text(replies, "clarify", public=True) == "…"


@pytest.mark.parametrize(
    ("name", "limit", "told", "expected"),
    [
        ("room for the long one", 20, True, "long " * 3 + "long"),
        ("just room", 19, True, "long " * 3 + "long"),
        ("no room", 18, True, "court"),
        ("room for neither", 3, True, "long " * 3 + "long"),
        ("room for the disclosure", 27, False, "long " * 3 + "long"),
        ("no room for the disclosure", 26, False, "court"),
    ],
)
def test_the_variant_that_fits(name: str, limit: int, told: bool, expected: str) -> None:
    replies = made(x=["long " * 3 + "long", "court"], disclosure="machine")
    can = CAPABILITIES.model_copy(update={"message_limit": limit})
    contact = Contact(id=ANN, disclosed_at=NOW if told else None)
    used = () if crc32(ConversationId.private(ANN).encode()) % 2 == 0 else ("x/2",)
    assert text(replies, "x", capabilities=can, contact=contact, variants_used=used) == expected


def test_a_disclosure_that_cannot_be_said_needs_no_room() -> None:
    replies = made(x="mots", disclosure="{{ facts.unknown }}")
    assert text(
        replies, "x", contact=Contact(id=ANN), capabilities=CAPABILITIES.model_copy(update={"message_limit": 4})
    )
