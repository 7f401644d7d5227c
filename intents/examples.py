"""Reads example files (Rasa's YAML) with what they say of themselves, without importing rasa."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CALIBRATION = "calibration"


@dataclass(frozen=True)
class Example:
    """`use`: what it is for, where that is not learning: `calibration`."""

    text: str
    intent: str
    language: str
    use: str = ""
    toxicity: str | None = None
    target: str | None = None


def read(folder: Path) -> list[Example]:
    """The examples that are learned from, of a folder's files in order."""
    return [example for example in read_all(folder) if example.use != CALIBRATION]


def read_all(folder: Path) -> list[Example]:
    """All examples of a folder and the folders in it, in order, those for calibration too."""
    return read_files(sorted(folder.rglob("*.yml")))


def read_files(paths: Iterable[Path]) -> list[Example]:
    """A block without `metadata: language:` is in the language that its file is named for. Blocks without an intent are
    passed over."""
    examples: list[Example] = []
    for path in paths:
        for block in load_yaml(path).get("nlu", ()):
            if "intent" in block:
                examples.extend(_of_block(block, path.stem))
    return examples


def load_yaml(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as stream:
        content = yaml.load(stream, Loader=yaml.CSafeLoader)
    return content if isinstance(content, dict) else {}


def _of_block(block: dict[str, Any], language: str) -> Iterable[Example]:
    metadata = block.get("metadata", {})
    for line in block["examples"].splitlines():
        text = line.removeprefix("- ").strip()
        if text:
            yield Example(
                text,
                block["intent"],
                metadata.get("language", language),
                metadata.get("use", ""),
                metadata.get("toxicity"),
                metadata.get("target"),
            )
