"""The examples: enough of them, varied, in the right form, and never a held-out sentence among them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

from intents.components.text import fold, normalise, tokens
from intents.components.tone import KIND_OF_INTENT, KINDS, NONE, TARGETS
from intents.evaluate import ALIKE_BAR, CATALOGUE, share_alike
from intents.examples import CALIBRATION, Example, load_yaml, read, read_all
from intents.judging import HELD_OUT, OTHER_LANGUAGES, SAFETY, TRAINED_LANGUAGES, held_out
from intents.tests.conftest import ROOT

DATA = ROOT / "intents/data"
GROUPS = {group: list(intents) for group, intents in load_yaml(ROOT / CATALOGUE).items()}
INTENTS = [intent for intents in GROUPS.values() for intent in intents]
MORE = {*GROUPS["safety"], "opt_out", "ask_human", "out_of_scope"}
MIXED = {"tone.yml", "calibration/fr.yml", "calibration/en.yml"}
"""Files that are not named for the one intent that they hold."""
MARKUP = set("[]{}\\")
"""What Rasa reads as entities or escapes."""

TRAINING = read(DATA)
APART = [example for example in read_all(DATA) if example.use == CALIBRATION]
HELD = held_out(ROOT / HELD_OUT, TRAINED_LANGUAGES)
FOREIGN = held_out(ROOT / HELD_OUT, OTHER_LANGUAGES)
FILES = {path.relative_to(DATA).as_posix(): load_yaml(path).get("nlu", []) for path in sorted(DATA.rglob("*.yml"))}
BLOCKS = [(file, block) for file, blocks in FILES.items() for block in blocks if "intent" in block]


def key(example: Example) -> str:
    """What is the same to the linear models is the same sentence."""
    return " ".join(tokens(fold(normalise(example.text)))) or example.text


def per_intent(examples: Iterable[Example]) -> Counter[tuple[str, str]]:
    return Counter((example.intent, example.language) for example in examples)


def fewer_than(least: dict[str, int], examples: Iterable[Example], languages: Iterable[str]) -> dict[Any, int]:
    found = per_intent(examples)
    wanted = [(intent, language) for intent in INTENTS for language in languages]
    return {pair: found[pair] for pair in wanted if found[pair] < least[pair[0]]}


def test_the_catalogue_is_of_sixty_intents() -> None:
    assert len(INTENTS) == len(set(INTENTS)) == 60
    assert set(GROUPS["safety"]) == SAFETY


@pytest.mark.parametrize("examples", [TRAINING, APART, HELD, FOREIGN], ids=["training", "apart", "held_out", "foreign"])
def test_the_catalogue_names_what_there_are_examples_of(examples: list[Example]) -> None:
    assert {example.intent for example in examples} == set(INTENTS)


def test_files_are_named_by_their_intent() -> None:
    held = {file: {block["intent"] for block in blocks if "intent" in block} for file, blocks in FILES.items()}
    named = {file: intents for file, intents in held.items() if intents and file not in MIXED}
    assert named == {f"{intent}.yml": {intent} for intent in INTENTS}
    assert set(held) >= MIXED


def test_enough_training_examples() -> None:
    least = {intent: 150 if intent in MORE else 60 for intent in INTENTS}
    assert fewer_than(least, TRAINING, TRAINED_LANGUAGES) == {}


def test_enough_held_out_sentences() -> None:
    least = {intent: 60 if intent in SAFETY else 15 for intent in INTENTS}
    assert fewer_than(least, HELD, TRAINED_LANGUAGES) == {}


def test_three_held_out_sentences_in_each_other_language() -> None:
    assert per_intent(FOREIGN) == {(intent, language): 3 for intent in INTENTS for language in OTHER_LANGUAGES}


def test_each_intent_is_calibrated_in_both_languages() -> None:
    assert fewer_than(dict.fromkeys(INTENTS, 1), APART, TRAINED_LANGUAGES) == {}


def test_calibration_sentences_lie_in_their_folder() -> None:
    assert {(file, block["metadata"]["language"]) for file, block in BLOCKS if block["metadata"].get("use")} == {
        ("calibration/fr.yml", "fr"),
        ("calibration/en.yml", "en"),
    }


@pytest.mark.parametrize("held", [HELD, FOREIGN], ids=["fr_en", "others"])
@pytest.mark.parametrize("known", [TRAINING, APART], ids=["training", "calibration"])
def test_no_held_out_sentence_is_learned_from(known: list[Example], held: list[Example]) -> None:
    learned = {key(example) for example in known}
    assert [example.text for example in held if key(example) in learned] == []


def test_no_training_example_stands_twice() -> None:
    assert [text for text, times in Counter(key(example) for example in TRAINING).items() if times > 1] == []


def test_examples_hold_no_entity_markup() -> None:
    assert [example for example in (*TRAINING, *APART, *HELD, *FOREIGN) if set(example.text) & MARKUP] == []


def test_examples_are_a_list_with_one_on_each_line() -> None:
    lines = [line for _, block in BLOCKS for line in block["examples"].splitlines()]
    assert [line for line in lines if not line.startswith("- ") or not line[2:].strip()] == []
    assert len(lines) == len(TRAINING) + len(APART)


def test_examples_are_varied() -> None:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example in TRAINING:
        groups[example.intent, example.language].append(example.text)
    assert {group: share for group, texts in groups.items() if (share := share_alike(texts)) > ALIKE_BAR} == {}


def is_known(name: str, value: Any) -> bool:
    if name == "sentiment":
        return type(value) in (int, float) and -1 <= value <= 1
    known = {"language": ("fr", "en", "und"), "use": (CALIBRATION,), "toxicity": KINDS, "target": TARGETS}
    return value in known.get(name, ())


def test_metadata_are_known() -> None:
    told = [(file, name, value) for file, block in BLOCKS for name, value in block["metadata"].items()]
    assert [each for each in told if not is_known(*each[1:])] == []


def test_every_block_tells_its_language() -> None:
    assert [(file, block["intent"]) for file, block in BLOCKS if "language" not in block["metadata"]] == []


def test_blocks_hold_nothing_else() -> None:
    kinds = ({"intent", "metadata", "examples"}, {"lookup", "examples"})
    assert [(file, set(block)) for file, blocks in FILES.items() for block in blocks if set(block) not in kinds] == []


@pytest.mark.parametrize("code", [*TRAINED_LANGUAGES, *OTHER_LANGUAGES])
def test_held_out_files_are_in_their_language(code: str) -> None:
    assert {example.language for example in held_out(ROOT / HELD_OUT, (code,))} == {code}


def test_a_target_stands_beside_a_toxic_kind() -> None:
    aimed = [(file, block["intent"], block["metadata"]) for file, block in BLOCKS if "target" in block["metadata"]]
    kinds = [(file, intent, told.get("toxicity", KIND_OF_INTENT.get(intent, NONE))) for file, intent, told in aimed]
    assert [each for each in kinds if each[2] == NONE] == []
