"""What the console says, in both languages."""

import re
from datetime import timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from bot.console.reasons import NAMES, in_words
from bot.console.render import Renderer, Visitor
from bot.console.times import Lang, ago, clock, due, span
from bot.console.words import WORDS, coded, preferred, teller
from bot.model.decision import Reason
from bot.model.understanding import ToxicityKind, ToxicityTarget
from policies import GUARDS, POLICIES
from policies.reasons import WORDS as REASONS
from sandbox.page_words import WORDS as PLAY
from tests.unit.test_console_desk import NOW
from tests.unit.test_policies import toxic, turn
from tests.unit.test_policies_gravity import CATALOGUE

ROOT = Path(__file__).parents[2]
TEMPLATES = [*ROOT.glob("bot/console/templates/*.html"), *ROOT.glob("sandbox/templates/*.html")]


@pytest.mark.parametrize("key", [*WORDS, *PLAY])
def test_both_languages_say_the_same_with_the_same_values(key: str) -> None:
    french, english = (WORDS | PLAY)[key]
    assert french.strip()
    assert english.strip()
    assert set(re.findall(r"\{\w+\}", french)) == set(re.findall(r"\{\w+\}", english))


def test_templates_say_only_what_is_in_the_table() -> None:
    said = {
        key
        for template in TEMPLATES
        for key in re.findall(r"""say\(["']([a-z_]+\.[a-z_0-9]+)["']""", template.read_text(encoding="utf-8"))
    }
    assert said
    assert said <= set(WORDS | PLAY)


def test_french_marks_keep_their_words() -> None:
    assert teller({"a": ("Prêt ? « Oui »", "")}, "fr")("a") == "Prêt\u202f? «\u00a0Oui\u00a0»"


@pytest.mark.parametrize(
    ("header", "chosen", "lang"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.8", None, "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", None, "en"),
        ("de,fr;q=0.5,en;q=0.4", None, "fr"),
        ("fr;q=0.1,en;q=0.9", None, "en"),
        ("fr;q=0", None, "en"),
        ("fr;q=x", None, "en"),
        ("ja", None, "en"),
        ("", None, "en"),
        ("en", "fr", "fr"),
        ("fr", "xx", "fr"),
    ],
)
def test_the_language_is_the_readers(header: str, chosen: str | None, lang: str) -> None:
    assert preferred(header, chosen) == lang


def test_a_code_without_words_has_some() -> None:
    say = teller(WORDS, "en")
    assert coded("refused", "already_taken", say) == "Somebody else already has it."
    assert coded("refused", "never_heard_of", say) == "The conversation changed meanwhile."
    assert coded("stale", "131047", say) == "the platform did not take it"


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("code", [*REASONS, "brand_new_code"])
def test_a_bare_code_is_a_sentence_without_holes(code: str, lang: Lang) -> None:
    sentence = in_words(code, lang)
    assert "?" not in sentence
    assert "{" not in sentence
    assert sentence.endswith(".")


def test_a_reason_names_its_intent() -> None:
    given = Reason(code="answered", by="answer", facts={"intent": "ask_price"})
    assert in_words(given, "en") == "There is a known answer (asks for a price)."
    several = Reason(code="answered", by="answer", facts={"intent": "ask_price, suggest_idea"})
    assert in_words(several, "fr") == "Une réponse connue existe (demande de prix, idée)."


def test_everything_that_decides_has_a_name() -> None:
    assert {f"policy.{name}" for name in POLICIES} <= set(NAMES)
    assert {f"guard.{name}" for name in GUARDS} <= set(NAMES)
    assert {f"intent.{name}" for group in CATALOGUE.values() for name in group} <= set(NAMES)
    assert {f"toxicity.{kind}" for kind in get_args(ToxicityKind)} <= set(NAMES)
    assert {f"target.{target}" for target in get_args(ToxicityTarget)} <= set(NAMES)


@pytest.mark.parametrize(
    ("lang", "shown"),
    [
        ("fr", "compliment 95 % fr aussi article abîmé 60 %, remerciement 50 % insulte envers une personne 93 %"),
        ("en", "praise 95 % fr also damaged item 60 %, thanks 50 % insult at a person 93 %"),
    ],
)
def test_what_a_message_was_understood_as(lang: Lang, shown: str, tmp_path: Path) -> None:
    template = '{% import "_macros.html" as draw with context %}{{ draw.intents(turn) }}'
    (tmp_path / "turn.html").write_text(template)
    message = toxic("praise", "insult", 0.93, ("report_damaged", 0.6), ("thank", 0.5))
    page = Renderer("Europe/Paris", tmp_path)("turn.html", Visitor(lang, NOW), turn=turn(message))
    assert " ".join(re.sub("<[^>]+>", " ", page).split()) == shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3900, "1 h 05"),
        (10 * 3600 + 300, "10 h"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 d"),
        (-5, "0 s"),
    ],
)
def test_lengths(seconds: float, words: str) -> None:
    assert span(seconds, "en") == words


def test_moments() -> None:
    assert ago(NOW, NOW, "fr") == "à l’instant"
    assert ago(NOW - timedelta(minutes=5), NOW, "fr") == "il y a 5 min"
    assert due(NOW + timedelta(minutes=5), NOW, "en") == "5 min left"
    assert due(NOW - timedelta(days=3), NOW, "fr") == "en retard de 3 j"
    paris = ZoneInfo("Europe/Paris")
    assert clock(NOW, NOW, "fr", paris) == "15:00"
    assert clock(NOW - timedelta(days=1), NOW, "fr", paris) == "22 nov. 15:00"
    assert clock(NOW - timedelta(days=365), NOW, "en", paris) == "23 Nov 2025 15:00"
