"""How a message is meant: the model's way with the functions of `test/tone.yml`, and the parts that it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from intents.components.features import CommentFeaturizer
from intents.components.tone import (
    KINDS,
    NONE,
    TARGETS,
    TONE_EVIDENCE,
    ToneEvidence,
    ToneReader,
    _fitting,
    gravest,
    kind_of,
    sentiment_of,
    set_tone,
    target_of,
)
from intents.judging import parses
from intents.parsing import Model, Parse
from intents.tests.conftest import ROOT
from intents.tests.test_features import example, loaded, processed
from intents.tone_functions import Reading, Share, harmless_left_alone, load, reading, sentiments, targets, toxic_found

CASES = load(ROOT / "intents/test/tone.yml")

FLOORS = {
    0.85: """crude_about_service swearing_as_joy swearing_at_own_bad_luck word_contains_slur threat_direct_at_person
        threat_at_brand hate_dehumanisation hate_with_disclaimer sentiment_positive_plain sentiment_negative_plain
        sentiment_neutral_question sentiment_mixed_negative sentiment_irony_negative sentiment_negative_with_negation
        emoji_decides_negative""",
    0.75: """insult_at_brand_people self_irony question_about_word threat_conditional threat_masked hate_derogation
        hate_exclusion criticism_of_institution_or_belief sexual_remark_on_staff_or_model sexual_demand_for_pictures
        sexual_words_in_product_question self_harm_direct self_harm_indirect self_harm_worry_for_other
        sentiment_positive_with_negation emoji_decides_positive""",
    0.65: """insult_direct_at_person crude_about_product legal_threat hate_masked hate_reported identity_words_neutral
        sexual_harassment_direct compliment_not_sexual self_harm_masked tiredness_idiom_harmless""",
    0.60: "insult_masked insult_animal_or_body violent_idiom_harmless",
    0.55: """insult_at_other_commenter negated_insult threat_veiled violence_in_game_film_sport_cooking
        harsh_about_nonprotected_group""",
    0.45: "insult_reported_by_victim",
    0.35: "insult_in_long_complaint counter_speech_insult group_positive",
    0.30: "insult_implicit counter_speech_hate",
    0.25: "threat_reported",
    0.05: "hate_implicit",
}
"""The least share of a function's sentences that must be read right, in each language."""
FLOOR_OF = {function: floor for floor, functions in FLOORS.items() for function in functions.split()}
TOXIC_FOUND_FLOOR, HARMLESS_LEFT_ALONE_FLOOR, TARGETS_FLOOR, SENTIMENTS_FLOOR = 0.864, 0.857, 0.95, 0.76


@pytest.fixture(scope="module")
def found(model: Model) -> list[Parse]:
    return parses(model, [case.text for case in CASES])


@pytest.fixture(scope="module")
def readings(found: list[Parse]) -> list[Reading]:
    return [reading(case, parse) for case, parse in zip(CASES, found, strict=True)]


def test_every_function_has_its_floor() -> None:
    assert set(FLOOR_OF) == {case.function for case in CASES}
    assert sum(len(functions.split()) for functions in FLOORS.values()) == len(FLOOR_OF)
    assert {case.kind for case in CASES} == set(KINDS)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("function", FLOOR_OF)
def test_functions(readings: list[Reading], function: str, language: str) -> None:
    group = [each for each in readings if (each.case.function, each.case.language) == (function, language)]
    wrong = [each.case.text for each in group if not each.kind_right]
    assert 1 - len(wrong) / len(group) >= FLOOR_OF[function], wrong


def test_all_functions_together(readings: list[Reading]) -> None:
    def share(found: Share | None) -> float:
        assert found is not None
        assert found.of > 100
        return found.hits / found.of

    assert share(toxic_found(readings)) >= TOXIC_FOUND_FLOOR
    assert share(harmless_left_alone(readings)) >= HARMLESS_LEFT_ALONE_FLOOR
    assert share(targets(readings)) >= TARGETS_FLOOR
    assert share(sentiments(readings)) >= SENTIMENTS_FLOOR


def test_ranges(found: list[Parse]) -> None:
    for parse in found:
        assert -1 <= parse["sentiment"] <= 1
        kinds = [entry["kind"] for entry in parse["toxicity"]]
        assert len(set(kinds)) == len(kinds)
        for entry in parse["toxicity"]:
            assert set(entry) == {"kind", "target", "score"}
            assert entry["kind"] in set(KINDS) - {NONE}
            assert entry["target"] in TARGETS
            assert 0.5 <= entry["score"] <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c'est de la merde ce produit", None),
        ("this product is absolute garbage", None),
        ("votre service est nul à chier", None),
        ("putain c'est trop beau", None),
        ("je meurs de faim", None),
        ("i'd kill for this bag", None),
        ("où est mon colis ?", None),
        ("", None),
        ("😍", None),
        ("t'es une merde", ("insult", "person")),
        ("Julien est un connard", ("insult", "person")),
        ("you idiot", ("insult", "person")),
        ("c o n n a r d", ("insult", "person")),
        ("f.u.c.k you", ("insult", "person")),
        ("espèce de c0nnard", ("insult", "person")),
        ("bande de guignols", ("insult", "brand")),
        ("you bunch of clowns", ("insult", "brand")),
        ("je vais te casser la gueule", ("threat", "person")),
        ("je vais venir tout casser dans votre boutique", ("threat", "brand")),
        ("i will burn your shop down", ("threat", "brand")),
        ("i know where you live", ("threat", "person")),
        ("tous les arabes dehors", ("hate", "group")),
        ("all immigrants are animals", ("hate", "group")),
        ("montre tes seins", ("sexual", "person")),
        ("send nudes babe", ("sexual", "person")),
        ("j'ai envie de mourir", ("self_harm", "self")),
        ("i want to kill myself", ("self_harm", "self")),
        ("ma soeur veut en finir, je ne sais pas quoi faire", ("self_harm", "person")),
        ("Bonjour, j'ai commandé une lampe. Elle est belle. T'es une grosse merde.", ("insult", "person")),
    ],
)
def test_targets(model: Model, text: str, expected: tuple[str, str] | None) -> None:
    (parse,) = model.parse([text])
    assert [(entry["kind"], entry["target"]) for entry in parse["toxicity"]] == ([expected] if expected else [])


def logs(**probabilities: float) -> np.ndarray:
    rest = (1 - sum(probabilities.values())) / (len(KINDS) - len(probabilities))
    return np.log([probabilities.get(kind, rest) for kind in KINDS])


def aimed(target: str) -> np.ndarray:
    return np.array([float(name == target) for name in TARGETS])


def tone(evidence: ToneEvidence, toxic_from: float = 0.5) -> dict[str, Any]:
    message = Message({TEXT: "a"})
    set_tone(message, evidence, toxic_from)
    return message.as_dict(only_output_properties=True)


def test_a_kind_is_told_from_its_bound_on() -> None:
    evidence = ToneEvidence(logs(insult=0.6, none=0.3), aimed("brand"), -0.51234)
    assert tone(evidence)["toxicity"] == [{"kind": "insult", "target": "brand", "score": 0.6}]
    assert tone(evidence)["sentiment"] == -0.512
    assert tone(evidence, 0.61)["toxicity"] == []


def test_several_kinds_may_be_told_and_harmless_is_none() -> None:
    evidence = ToneEvidence(logs(hate=0.45, threat=0.45), aimed("person"), -3.0)
    told = tone(evidence, 0.4)
    assert [(entry["kind"], entry["target"]) for entry in told["toxicity"]] == [("hate", "group"), ("threat", "person")]
    assert told["sentiment"] == -1.0
    assert tone(ToneEvidence(logs(none=0.99), aimed("self"), 2.0)) == {"text": "a", "sentiment": 1.0, "toxicity": []}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != NONE])
def test_targets_fit_their_kinds(kind: str) -> None:
    fitting = {
        "hate": ["group", "group", "group", "group"],
        "insult": ["brand", "person", "person", "person"],
        "self_harm": ["self", "self", "person", "self"],
        "sexual": ["person", "person", "person", "person"],
        "threat": ["brand", "group", "person", "person"],
    }
    assert [_fitting(kind, target) for target in TARGETS] == fitting[kind]


def test_the_gravest_clause_counts() -> None:
    rows = np.stack([logs(none=0.9), logs(none=0.1, threat=0.7), logs(none=0.2, insult=0.75)])
    assert gravest(rows).tolist() == rows[1].tolist()
    assert gravest(rows[:1]).tolist() == rows[0].tolist()


def test_what_an_example_teaches() -> None:
    assert [kind_of(example("a", name)) for name in ("hate_speech", "praise", "sexual_harassment")] == [
        "hate",
        "none",
        "sexual",
    ]
    said = example("a", "praise", toxicity="insult", target="brand", sentiment=-0.3)
    assert (kind_of(said), target_of(said), sentiment_of(said)) == ("insult", "brand", -0.3)
    assert kind_of(example("a", "insult", toxicity="none")) == "none"
    assert (target_of(example("a", "insult")), sentiment_of(example("a", "ask_price"))) == (None, 0.0)
    assert sentiment_of(example("a", "praise")) > 0 > sentiment_of(example("a", "insult"))


def small(*more: Message) -> TrainingData:
    good = ("j'adore cette lampe", "trop belle lampe", "merci la lampe est belle", "très contente")
    bad = ("espèce de crétin", "quel crétin celui-là", "sale crétin va", "vous êtes des crétins")
    harmless = [example(text, "praise", language="fr") for text in good]
    return TrainingData([*harmless, *(example(text, "insult", target="person") for text in bad), *more])


def reader(folder: Path, data: TrainingData) -> list[Any]:
    return [loaded(CommentFeaturizer, data, folder), loaded(ToneReader, data, folder)]


def test_the_reader_reads_clauses_too(tmp_path: Path) -> None:
    components = reader(tmp_path, small())
    whole, bad, good = processed(components, "j'adore cette lampe. espèce de crétin.", "sale crétin", "trop belle")
    assert [entry["kind"] for entry in whole.get("toxicity")] == ["insult"]
    assert bad.get("toxicity")[0]["target"] == "person"
    assert good.get("toxicity") == []
    assert bad.get("sentiment") < whole.get("sentiment") < good.get("sentiment")
    assert np.exp(whole.get(TONE_EVIDENCE).kinds).sum() == pytest.approx(1)
    assert components[1].process([]) == []


def test_calibration_examples_make_it_humble(tmp_path: Path) -> None:
    wrong = [example("trop belle", "insult", use="calibration"), example("sale crétin", "praise", use="calibration")]
    (sure,) = processed(reader(tmp_path / "a", small()), "sale crétin")
    (humble,) = processed(reader(tmp_path / "b", small(*wrong)), "sale crétin")
    assert np.exp(humble.get(TONE_EVIDENCE).kinds).max() < np.exp(sure.get(TONE_EVIDENCE).kinds).max()


def test_without_toxic_examples_all_is_harmless(tmp_path: Path) -> None:
    data = TrainingData([example("j'adore", "praise"), example("où est mon colis", "track_order")])
    (message,) = processed(reader(tmp_path, data), "espèce de crétin")
    assert message.get("toxicity") == []
    assert np.exp(message.get(TONE_EVIDENCE).kinds[KINDS.index(NONE)]) == pytest.approx(1)
