"""A model's verdicts on the project's held-out sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intents.examples import Example, load_yaml, read_files
from intents.measures import Spans, Verdict

if TYPE_CHECKING:
    from intents.parsing import Model, Parse

HELD_OUT = Path("intents/test")
TRAINED_LANGUAGES = ("fr", "en")
OTHER_LANGUAGES = ("es", "de", "it", "pt", "nl")
BATCH = 16
"""Few enough at a time for a second look at each that needs one."""
LARGE_BATCH = 256
SAFETY = frozenset({"insult", "hate_speech", "threat", "self_harm", "spam", "scam", "sexual_harassment"})

Progress = Callable[[int, int], None]


def held_out(folder: Path, languages: Sequence[str]) -> list[Example]:
    return read_files([path for code in languages if (path := folder / f"{code}.yml").exists()])


def digest(examples: Sequence[Example]) -> str:
    """Which sentences a score was made on."""
    content = "\n".join(f"{example.intent}\t{example.text}" for example in examples)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def parses(model: Model, texts: Sequence[str], batch: int = BATCH, progress: Progress | None = None) -> list[Parse]:
    found: list[Parse] = []
    for start in range(0, len(texts), batch):
        found.extend(model.parse(texts[start : start + batch]))
        if progress:
            progress(len(found), len(texts))
    return found


def judge(
    model: Model, examples: Sequence[Example], batch: int = BATCH, progress: Progress | None = None
) -> list[Verdict]:
    found = parses(model, [example.text for example in examples], batch, progress)
    return [verdict(example, parse) for example, parse in zip(examples, found, strict=True)]


def verdict(example: Example, parse: dict[str, Any]) -> Verdict:
    return Verdict(
        example,
        parse["intent"]["name"],
        parse["intent"]["confidence"],
        parse.get("language", {}).get("code", "und"),
        parse.get("cascade", ""),
    )


def entity_spans(file: Path) -> list[tuple[Spans, Spans]]:
    """Found and wanted spans for each sentence of `entities.yml`, with that file's own products."""
    from rasa.shared.nlu.training_data.message import Message

    from intents.components.entities import EntityFinder

    content = load_yaml(file)
    finder = EntityFinder({**EntityFinder.get_default_config(), "products": content["products"]})
    pairs = []
    for sentence in content["sentences"]:
        (message,) = finder.process([Message({"text": sentence["text"]})])
        found = frozenset((span["entity"], span["start"], span["end"]) for span in message.get("entities", []))
        pairs.append((found, frozenset(_wanted(sentence["text"], sentence["entities"]))))
    return pairs


def _wanted(text: str, entities: Sequence[tuple[str, str]]) -> list[tuple[str, int, int]]:
    """Places of the labelled words, which stand in the order of the sentence."""
    spans, after = [], 0
    for kind, words in entities:
        start = text.find(words, after)
        start = text.index(words) if start < 0 else start
        after = start + len(words)
        spans.append((kind, start, after))
    return spans
