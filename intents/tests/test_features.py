"""Clauses, vectors, and the component that makes rows of them; and how the tests of other components come by one."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents.components.clauses import MAX_CLAUSES, clauses
from intents.components.features import (
    CommentFeaturizer,
    NoFeatures,
    TrainingRows,
    common_words,
    is_for_calibration,
    metadata_of,
    rows_of,
    strangeness,
)
from intents.components.text import pieces, plain_tokens
from intents.components.vectors import Kind, UnknownFormat, Vectors

CONTEXT = ExecutionContext(GraphSchema({}))


def example(text: str, intent: str, **metadata: Any) -> Message:
    """As Rasa reads it from a block with `metadata`."""
    return Message({TEXT: text, INTENT: intent, METADATA: {METADATA_INTENT: metadata}})


def loaded(kind: type[Any], data: TrainingData, folder: Path, **settings: Any) -> Any:
    """A component as it serves: trained, its way with the training data gone, and read from the disk."""
    config = {**kind.get_default_config(), **settings}
    place, resource = folder / kind.__name__, Resource(kind.__name__)
    place.mkdir(parents=True)
    storage = LocalModelStorage(place)
    trainee = kind.create(config, storage, resource, CONTEXT)
    assert trainee.train(data) == resource
    if hasattr(trainee, "process_training_data"):
        assert trainee.process_training_data(data) is data
    return kind.load(config, storage, resource, CONTEXT)


def processed(components: Sequence[GraphComponent], *texts: str) -> list[Message]:
    messages = [Message({TEXT: text}) for text in texts]
    for component in components:
        assert component.process(messages) is messages
    return messages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Love it! How much is it, and do you ship to Norway?",
            ["Love it", "How much is it", "do you ship to Norway"],
        ),
        ("C'est magnifique ! Vous livrez en Suisse ?", ["C'est magnifique", "Vous livrez en Suisse"]),
        ("Très joli mais un peu cher", ["Très joli", "un peu cher"]),
        ("très joli, par contre la livraison est longue", ["très joli", "la livraison est longue"]),
        ("merci beaucoup, au fait vous ouvrez quand", ["merci beaucoup", "vous ouvrez quand"]),
        ("it is nice BUT too small", ["it is nice", "too small"]),
        ("i like it, by the way where is it made", ["i like it", "where is it made"]),
        ("belle lampe – elle coûte combien", ["belle lampe", "elle coûte combien"]),
        ("one two\nthree four", ["one two", "three four"]),
        ("taille 38,5 ou 39 ? merci bcp", ["taille 38,5 ou 39", "merci bcp"]),
        ("Love it! 😍 How much is it?", ["Love it", "How much is it"]),
        ("trop belle 😍😍 vous livrez où", ["trop belle", "vous livrez où"]),
        ("trop belle, vous livrez en Suisse", ["trop belle", "vous livrez en Suisse"]),
        ("rien reçu… je suis déçue", ["rien reçu", "je suis déçue"]),
        ("J'aime bien. Bof. La livraison est longue.", ["J'aime bien", "La livraison est longue"]),
        ("Dr. Watson is here. He is late.", ["Dr. Watson is here", "He is late"]),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "bonjour",
        "où est mon colis ?",
        "Merci d'avance. Cordialement",
        "Bonjour ! Où est mon colis ?",
        "J'ai vu M. Dupont hier soir",
        "Ask Mrs. Smith about my order please",
        "c'est env. 20 cm de large",
        "e.g. the small one is nice",
        "the 5 p.m. slot is fine",
        "la lampe à 12.50 est belle",
        "1,200.50 est trop cher",
        "ouvert à 10:30 le samedi ?",
        "porte-clés bleu et porte-monnaie",
        "mon adresse est a.b@c.fr et c'est tout",
        "mais oui bien sûr",
        "rouge, vert, bleu",
        "merci beaucoup 😍",
    ],
)
def test_one_clause_is_none(text: str) -> None:
    assert clauses(text) == []


def test_clauses_are_few() -> None:
    assert clauses("un deux. " * 50) == ["un deux"] * MAX_CLAUSES


@pytest.mark.parametrize(
    "piece",
    [" ", "\t", "\n", " \n", ", ", " , ", ", a b", "😍", "😍 a ", "- ", " mais", "mais ", ". ", ".", "m. ", "a "],
)
def test_clauses_of_long_texts_cost_little(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    started = time.process_time()
    clauses(text)
    assert time.process_time() - started < 0.2


def test_strangeness_is_told_in_tenths_and_by_length() -> None:
    common = common_words(["mon colis", "le colis", "colis colis mon", "rare"])
    assert common == {"mon", "colis"}
    assert list(strangeness("Mon colis", common)) == ["length 2", "strange 0", "strange 0 of 2"]
    assert list(strangeness("mon colis xyz", common)) == ["length 2", "strange 3", "strange 3 of 2"]
    assert list(strangeness("abc def", common)) == ["length 2", "strange 10", "strange 10 of 2"]
    assert list(strangeness("abc " * 100, common)) == ["length 6", "strange 10", "strange 10 of 6"]
    assert list(strangeness("", common)) == []


KINDS = (
    Kind(plain_tokens, 1.0),
    Kind(plain_tokens, 0.5, 2, lambda word: pieces(word, 2, 3)),
)
TEXTS = ["où est mon colis", "mon colis est perdu", "merci beaucoup", "merci merci"]


def test_each_block_has_its_weight_for_length() -> None:
    vectors = Vectors.fit(TEXTS, KINDS)
    rows = vectors.transform([*TEXTS, "colis zzz", "zzz", ""])
    edge = vectors.blocks[1].offset
    words, parts = rows[:, :edge].toarray(), rows[:, edge:].toarray()
    assert np.linalg.norm(words, axis=1) == pytest.approx([1, 1, 1, 1, 1, 0, 0])
    assert np.linalg.norm(parts, axis=1) == pytest.approx([0.5, 0.5, 0.5, 0.5, 0.5, 0, 0])


def test_what_is_rare_weighs_more_and_what_is_too_rare_is_left_out() -> None:
    vectors = Vectors.fit(TEXTS, (Kind(plain_tokens),))
    place = vectors.blocks[0].vocabulary
    (row,) = vectors.transform(["perdu colis"]).toarray()
    assert row[place["perdu"]] > row[place["colis"]] > 0
    assert list(Vectors.fit(TEXTS, (Kind(plain_tokens, min_count=2),)).blocks[0].vocabulary) == [
        "colis",
        "est",
        "merci",
        "mon",
    ]


def test_a_word_said_twice_weighs_more_but_not_twice() -> None:
    vectors = Vectors.fit(TEXTS, (Kind(plain_tokens),))
    place = vectors.blocks[0].vocabulary
    (row,) = vectors.transform(["merci merci beaucoup"]).toarray()
    assert row[place["merci"]] / vectors.idf[place["merci"]] == pytest.approx(
        (1 + np.log(2)) * row[place["beaucoup"]] / vectors.idf[place["beaucoup"]], rel=1e-5
    )


def test_vectors_come_back_from_the_disk(tmp_path: Path) -> None:
    vectors = Vectors.fit(TEXTS, KINDS)
    vectors.save(tmp_path)
    again = Vectors.load(tmp_path, KINDS)
    texts = [*TEXTS, "où sont mes colis ?", ""]
    assert again.width == vectors.width
    assert (again.transform(texts) != vectors.transform(texts)).nnz == 0


def test_another_format_is_refused(tmp_path: Path) -> None:
    Vectors.fit(TEXTS, KINDS).save(tmp_path)
    with pytest.raises(UnknownFormat, match="train again"):
        Vectors.load(tmp_path, KINDS[:1])
    file = tmp_path / "vocabularies.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**stored, "format": 1}), encoding="utf-8")
    with pytest.raises(UnknownFormat, match="format 1"):
        Vectors.load(tmp_path, KINDS)


def tiny() -> TrainingData:
    return TrainingData(
        [
            example("où est mon colis", "track_order", language="fr"),
            example("mon paquet est où", "track_order"),
            example("merci beaucoup", "thank"),
            example("merci à vous", "thank", use="calibration", language="fr"),
            example("", "thank"),
        ],
        lookup_tables=[{"name": "order", "elements": ["colis", "paquet*"]}],
    )


def test_the_featurizer_trains_loads_and_processes(tmp_path: Path) -> None:
    data = tiny()
    featurizer = loaded(CommentFeaturizer, data, tmp_path, min_counts=[1, 1, 1, 5])
    messages = processed([featurizer], "Mon colis est perdu. Merci beaucoup !", "zzz", "", "où est mon colis")
    rows = rows_of(messages)
    assert [row.whole for row in rows] == [0, 1, 2, 3]
    assert [len(row.clauses) for row in rows] == [2, 0, 0, 0]
    assert all(row.matrix is rows[0].matrix for row in rows)
    assert [row.known for row in rows] == [True, False, False, True]
    whole = TrainingRows.of(data).matrix[0].toarray()
    assert rows[3].matrix[3].toarray() == pytest.approx(whole)
    assert [rows[0].matrix[place].nnz > 0 for place in rows[0].clauses] == [True, True]


def test_concepts_of_lookup_tables_are_seen(tmp_path: Path) -> None:
    featurizer = loaded(CommentFeaturizer, tiny(), tmp_path, weights=[0, 0, 1, 0], min_counts=[1, 1, 1, 1])
    rows = rows_of(processed([featurizer], "colis", "les paquets", "merci"))[0].matrix.toarray()
    assert rows[0] == pytest.approx(rows[1])
    assert rows.sum(axis=1) == pytest.approx([1, 1, 0])


def test_calibration_examples_are_marked_and_teach_no_word(tmp_path: Path) -> None:
    data = tiny()
    featurizer = loaded(CommentFeaturizer, data, tmp_path, weights=[1, 0, 0, 0])
    rows = TrainingRows.of(data)
    assert metadata_of(rows.examples[0]) == {"language": "fr"}
    assert [is_for_calibration(each) for each in rows.examples] == rows.apart.tolist() == [False, False, False, True]
    (apart,) = rows.where(rows.apart).examples
    assert apart.get(TEXT) == "merci à vous"
    assert rows.where(~rows.apart).matrix.shape == (3, rows.matrix.shape[1])
    known = featurizer._vectors.blocks[0].vocabulary
    assert "merci" in known
    assert "vous" not in known


def test_no_message_is_fine(tmp_path: Path) -> None:
    assert loaded(CommentFeaturizer, tiny(), tmp_path).process([]) == []


def test_without_the_featurizer_others_say_what_is_missing() -> None:
    with pytest.raises(NoFeatures, match="CommentFeaturizer"):
        TrainingRows.of(tiny())
    with pytest.raises(NoFeatures, match="CommentFeaturizer"):
        rows_of([Message({TEXT: "bonjour"})])
