"""A YAML file with the line of every key, and values as Rasa reads them.

Plain scalars are YAML 1.2's, not PyYAML's 1.1: there `live: on` would be true, `closes: 18:00` the number 1080 and
`010` the number 8. A key that stands twice is a problem, where PyYAML keeps the last without a word.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ConfigurationError

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """`problems`: places with what is wrong there and its cure."""

    path: Path
    value: Any
    lines: Mapping[Place, int]
    problems: tuple[tuple[Place, str], ...]

    def line(self, place: Place) -> int:
        """Of the place, or of the closest thing around it that stands in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def shown(place: Place) -> str:
    """`accounts[0].secrets.token`."""
    words = ""
    for part in place:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
    return words


def read(path: Path, what: str) -> Document:
    """`what`: the file's role, for who has to find it. Raises `ConfigurationError` when it can't be read as YAML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no {what}; create it, or name another") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: can't be read ({error}); make it a readable file in UTF-8") from error
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(path, None, {}, ())
        lines: dict[Place, int] = {}
        problems = tuple(_walk(node, (), lines, ()))
        return Document(path, loader.construct_document(node), lines, problems)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        raise ConfigurationError(f"{path}:{line + 1}: not YAML: {error.problem}; {_cure(text, line)}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(f"{path}: not YAML: {error}") from error
    finally:
        loader.dispose()


def scalar(text: str) -> object:
    """A value as it would be read out of a file; anything but a plain value stays the text it is."""
    loader = _Loader(text)
    try:
        value = loader.get_single_data()
    except yaml.YAMLError:
        return text
    finally:
        loader.dispose()
    return text if isinstance(value, dict | list) else value


def _cure(text: str, line: int) -> str:
    lines = text.splitlines()
    around = "\n".join(lines[max(0, line - 1) : line + 1])
    if "\t" in around:
        return "indent with spaces, not with tabs"
    if "${" in around:
        return 'put "${NAME}" in quotes where it stands inside [ ] or { }'
    return "look at the indentation, and put texts with : or # in quotes"


def _walk(
    node: yaml.Node, place: Place, lines: dict[Place, int], above: tuple[yaml.Node, ...]
) -> Iterator[tuple[Place, str]]:
    """Notes the line of every place, and yields what is wrong."""
    lines.setdefault(place, node.start_mark.line + 1)
    if node in above:
        raise ValueError(f"line {node.start_mark.line + 1} holds itself: remove the alias")
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*place, index), lines, (*above, node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            first = lines.get(inner)
            if first is not None and key.tag != _MERGE:
                yield inner, f"stands on line {first} and again on line {key.start_mark.line + 1}; remove one"
            lines[inner] = key.start_mark.line + 1
            yield from _walk(value, inner, lines, (*above, node))


_MERGE = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """https://yaml.org/spec/1.2.2/#103-core-schema, and merge keys."""

    def construct_decimal(self, node: yaml.ScalarNode) -> int:
        return int(node.value)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$",
        list("-+.0123456789"),
    ),
    (_MERGE, r"^<<$", ["<"]),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_decimal)
