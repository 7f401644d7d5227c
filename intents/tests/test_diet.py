"""Rasa's own DIETClassifier stays one line of config.yml: trained, loaded and served beside a component of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intents import train
from intents.parsing import Model
from intents.tests.served import serving

CONFIG = """recipe: default.v1
assistant_id: diet
language: fr
pipeline:
  - name: intents.components.language.LanguageIdentifier
    languages: [fr, en]
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - {name: DIETClassifier, epochs: 5, evaluate_every_number_of_epochs: -1, constrain_similarities: true, random_seed: 1,
     embedding_dimension: 8, transformer_size: 32, number_of_transformer_layers: 1}
"""
EXAMPLES = """version: "3.1"
nlu:
  - intent: greet
    metadata: {language: fr}
    examples: |
      - bonjour
      - bonsoir
      - salut à tous
      - bonjour madame
      - coucou
      - bien le bonjour
      - salut la compagnie
      - bonsoir tout le monde
  - intent: track_order
    metadata: {language: en}
    examples: |
      - where is my parcel
      - where is my order
      - any news of my parcel
      - has my order been shipped
      - track my parcel please
      - what is the status of my order
      - when does my parcel come
      - tracking number please
  - intent: ask_price
    metadata: {language: fr}
    examples: |
      - combien coûte la lampe
      - quel est le prix
      - c'est combien
      - le prix svp
      - combien pour deux
      - quel prix pour le grand modèle
      - ça coûte combien
      - prix de la suspension
"""
INTENTS = {"greet", "track_order", "ask_price"}
TEXTS = {"quel est le prix de la lampe": "fr", "where is my parcel please": "en", "¿?": "und", "": "und"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("diet")
    (project / "data").mkdir()
    (project / "config.yml").write_text(CONFIG, encoding="utf-8")
    (project / "data/all.yml").write_text(EXAMPLES, encoding="utf-8")
    return train.train(project / "config.yml", project / "data", project / "models", "0" * 64)


def test_it_is_trained_and_named_by_time_and_fingerprint(archive: Path) -> None:
    assert re.fullmatch(r"nlu-\d{8}-\d{6}-00000000\.tar\.gz", archive.name)
    assert archive.parent.name == train.CANDIDATES


def test_it_is_loaded_and_reads_many_texts_at_once(archive: Path) -> None:
    parses = Model.load(str(archive)).parse(list(TEXTS))
    assert [parse["language"]["code"] for parse in parses] == list(TEXTS.values())
    for parse in parses[:2]:
        ranked = [entry["confidence"] for entry in parse["intent_ranking"]]
        assert {entry["name"] for entry in parse["intent_ranking"]} == INTENTS
        assert ranked == sorted(ranked, reverse=True)
        assert sum(ranked) == pytest.approx(1, abs=1e-3)


def test_it_is_served_until_sigterm(archive: Path) -> None:
    with serving(archive, "--readers", "1") as server:
        assert server.file == archive.name
        for text, language in list(TEXTS.items())[:2]:
            parse = server.parse(text)
            assert (parse["text"], parse["entities"], parse["language"]["code"]) == (text, [], language)
            assert parse["intent"]["name"] in INTENTS
            assert 0 < parse["intent"]["confidence"] <= 1
            assert parse["intent_ranking"][0] == parse["intent"]
            assert len(parse["intent_ranking"]) == 3
        status, answer = server.ask("POST", "/model/parse/batch", {"messages": [{"text": text} for text in TEXTS]})
        assert (status, [parse["text"] for parse in answer["parses"]]) == (200, list(TEXTS))
    assert server.process.returncode == 0
