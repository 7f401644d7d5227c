"""Reading the brand's wordings, and what is refused in them."""

from pathlib import Path

import pytest

from bot.config_file import load, reply_texts
from bot.errors import ConfigurationError
from policies.replies import Replies
from tests.unit.test_policies import NOW, read, said, turn


def test_by_language_and_key(tmp_path: Path) -> None:
    (tmp_path / "fr.yml").write_text("thank: [Merci !, Merci beaucoup]\nno: Non\n", encoding="utf-8")
    (tmp_path / "en.yml").write_text("thank: Thanks\n")
    assert reply_texts(tmp_path) == {
        "en": {"thank": "Thanks"},
        "fr": {"thank": ["Merci !", "Merci beaucoup"], "no": "Non"},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b\na: c\n", "fr.yml:2: a: stands on line 1 and again on line 2; remove one"),
        ("- a", "fr.yml:1: must hold keys, each with a text or a list of texts"),
        ("", "fr.yml:1: must hold keys, each with a text or a list of texts"),
        ("a: [b", "fr.yml:1: not YAML: "),
    ],
)
def test_mistakes(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "fr.yml").write_text(text)
    (tmp_path / "en.yml").write_text("a: b")
    with pytest.raises(ConfigurationError) as caught:
        reply_texts(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/{expected}")


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_no_replies(tmp_path: Path, folder: str) -> None:
    with pytest.raises(ConfigurationError, match="there are no replies; set `replies` to a folder"):
        reply_texts(tmp_path / folder)


def test_the_replies_that_come_with_it() -> None:
    texts = reply_texts(Path("policies/replies"))
    assert {"fr", "en"} <= set(texts)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_brand_that_comes_with_it_has_the_facts_for_its_answers(language: str) -> None:
    texts, brand = reply_texts(Path("policies/replies")), load(Path("config.yml"), {}).brand
    replies = Replies.of(texts, brand)
    asked = said("?", read("greet", language=language))
    answers = [key for key in texts[language] if key.startswith("answer_")]
    untold = [key for key in answers if replies.say(key, turn(asked, brand=brand), NOW) is None]
    assert untold == ["answer_ask_event", "answer_ask_contest"], "what there is none of is a person's to say"
