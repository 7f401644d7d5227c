"""Which language a message is in, also when it is three words of slang."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents.components.language import LANGUAGE, LanguageIdentifier
from intents.judging import OTHER_LANGUAGES, TRAINED_LANGUAGES
from intents.parsing import Model
from intents.tests.test_features import CONTEXT, example, loaded, processed
from intents.tests.test_model import judged

HELD_OUT_FLOOR = 0.94
UNDETERMINED = {"code": "und", "probability": 0.0}

ROWS = {
    "fr": [
        "je n'ai toujours pas reçu ma commande",
        "merci bcp !",
        "vous livrez en suisse ?",
        "cest combien svp",
        "trop belle cette lampe",
        "j'adore vos produits 😍",
        "la honte ce service client",
        "slt vs ouvrez quand",
        "stp repondez moi vite",
        "c'est pas normal du tout",
    ],
    "en": [
        "so cute 😍",
        "thx u guys",
        "where is my order pls",
        "do you ship to Norway?",
        "worst service ever, never again",
        "is this still in stock",
        "omg i need this lamp",
        "can i talk to someone please",
        "u never reply to dms",
        "my parcel never arrived",
    ],
    "es": [
        "¿dónde está mi pedido? llevo dos semanas esperando",
        "hola, cuánto cuesta la lámpara",
        "no me ha llegado nada",
        "muchas gracias por todo",
        "quiero devolver este producto",
        "¿hacéis envíos a Canarias?",
        "me encanta, es preciosa",
    ],
    "de": [
        "ich habe meine Bestellung noch nicht erhalten",
        "wo bleibt mein Paket",
        "wie viel kostet die Lampe",
        "vielen Dank für die schnelle Antwort",
        "liefert ihr auch nach Österreich",
        "das ist leider kaputt angekommen",
        "sehr schöne Lampe, gefällt mir",
    ],
    "it": [
        "quando arriva il mio ordine, sono due settimane che aspetto",
        "grazie mille per la risposta",
        "non mi è arrivato niente",
        "vorrei restituire il prodotto",
        "spedite anche in Svizzera?",
        "è bellissima, la voglio subito",
    ],
    "pt": [
        "onde está a minha encomenda, já não aguento esperar",
        "quanto custa este candeeiro",
        "muito obrigada pela ajuda",
        "ainda não recebi nada",
        "vocês entregam no Brasil?",
        "quero trocar o meu produto",
        "adorei, é tão bonito",
    ],
    "nl": [
        "waar blijft mijn bestelling, ik wacht al twee weken",
        "hoeveel kost deze lamp",
        "dank je wel voor het antwoord",
        "leveren jullie ook in België",
        "ik wil mijn geld terug",
        "wat een mooie lamp zeg",
        "mijn pakket is niet aangekomen",
    ],
    "ar": [
        "أين طلبي لم يصل بعد",
        "كم سعر هذا المصباح",
        "شكرا جزيلا لكم",
        "أريد استرجاع المال من فضلكم",
        "منتج جميل جدا",
    ],
    "ru": ["где мой заказ"],
    "uk": ["де моє замовлення, вже два тижні чекаю"],
    "el": ["πού είναι η παραγγελία μου"],
    "he": ["איפה ההזמנה שלי"],
    "tr": ["siparişim nerede kaldı"],
    "pl": ["gdzie jest moje zamówienie"],
    "ja": ["注文はいつ届きますか"],
    "zh": ["我的订单在哪里"],
    "ko": ["주문은 언제 도착하나요"],
    "und": [
        "",
        "ok",
        "xx",
        "+1",
        "!!! ??? …",
        "😍 😍 😍",
        "<3 :) ^^",
        "12,50 € 7 8",
        "@bob 123",
        "@lea @tom @bob 🔥",
        "https://a.b/c 12,50 € !!!",
        "a@b.fr 06 12 34 56 78",
    ],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in ROWS.items() for text in texts])
def test_languages(model: Model, code: str, text: str) -> None:
    (parse,) = model.parse([text])
    assert parse["language"]["code"] == code
    assert (parse["language"] == UNDETERMINED) == (code == "und")


def test_held_out_sentences(model: Model) -> None:
    verdicts = judged(model, *TRAINED_LANGUAGES, *OTHER_LANGUAGES)
    assert sum(verdict.language == verdict.example.language for verdict in verdicts) >= HELD_OUT_FLOOR * len(verdicts)


DATA = TrainingData(
    [
        example("wesh bsr la zone", "greet", language="fr"),
        example("wesh bsr bsr", "greet", language="fr"),
        example("yo m8 bruv", "greet", language="en"),
        example("yo bruv bruv zone", "greet", language="en"),
        example("kkk kkk", "greet", language="tlh"),
        example("zzz zzz", "greet"),
    ]
)


def language(component: LanguageIdentifier, text: str) -> Any:
    return processed([component], text)[0].get(LANGUAGE)


def test_words_of_the_examples_decide(tmp_path: Path) -> None:
    trained, untaught = loaded(LanguageIdentifier, DATA, tmp_path), LanguageIdentifier.get_default_config()
    without = LanguageIdentifier(untaught, LocalModelStorage(tmp_path), Resource("none"))
    for text, code in (("wesh bsr", "fr"), ("yo bruv", "en")):
        assert language(trained, text)["code"] == code
        assert language(trained, text)["probability"] > 0.9
        assert language(without, text)["probability"] < language(trained, text)["probability"]


def test_languages_that_are_not_configured_are_passed_over(tmp_path: Path) -> None:
    component = loaded(LanguageIdentifier, DATA, tmp_path, languages=["fr", "en"])
    assert language(component, "ich habe meine Bestellung noch nicht erhalten")["code"] in ("fr", "en", "und")
    assert set(component._familiar) == {"wesh", "bsr", "la", "zone", "yo", "m8", "bruv"}


@pytest.mark.parametrize("text", ["", "  ", "ok", "😍", "12 34", "@bob", "\ud83d"])
def test_too_few_letters_have_no_language(tmp_path: Path, text: str) -> None:
    assert language(loaded(LanguageIdentifier, DATA, tmp_path), text) == UNDETERMINED


def test_too_little_certainty_is_none(tmp_path: Path) -> None:
    sceptic = loaded(LanguageIdentifier, DATA, tmp_path, min_probability=1.1)
    assert language(sceptic, "je n'ai toujours pas reçu ma commande") == UNDETERMINED


def test_a_batch_equals_one_by_one(tmp_path: Path) -> None:
    component = loaded(LanguageIdentifier, DATA, tmp_path)
    texts = [text for texts in ROWS.values() for text in texts]
    together = [message.get(LANGUAGE) for message in processed([component], *texts)]
    assert together == [language(component, text) for text in texts]
    assert len({found["code"] for found in together}) > 5


def test_it_is_told(tmp_path: Path) -> None:
    component = loaded(LanguageIdentifier, DATA, tmp_path)
    messages = [Message({TEXT: "wesh bsr"}), Message({})]
    assert component.process(messages) is messages
    assert messages[0].as_dict(only_output_properties=True)[LANGUAGE]["code"] == "fr"
    assert messages[1].get(LANGUAGE) == UNDETERMINED
    assert component.process([]) == []


def test_another_format_is_refused(tmp_path: Path) -> None:
    loaded(LanguageIdentifier, DATA, tmp_path)
    (file,) = tmp_path.rglob("words.json")
    file.write_text(json.dumps({"format": 0, "examples": {}}), encoding="utf-8")
    storage = LocalModelStorage(tmp_path / "LanguageIdentifier")
    with pytest.raises(ValueError, match="train again"):
        LanguageIdentifier.load(
            LanguageIdentifier.get_default_config(), storage, Resource("LanguageIdentifier"), CONTEXT
        )
