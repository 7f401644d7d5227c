"""Reads example files (Rasa's YAML) with their language, without importing rasa: for the evaluation and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Example:
    text: str
    intent: str
    language: str


def read(folder: Path) -> list[Example]:
    """All examples of a folder's files, in order. A block without `metadata: language:` is in its file's language."""
    examples: list[Example] = []
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            if "intent" not in block:
                continue
            language = block.get("metadata", {}).get("language", path.stem)
            texts = (line.removeprefix("- ").strip() for line in block["examples"].splitlines())
            examples.extend(Example(text, block["intent"], language) for text in texts if text)
    return examples
