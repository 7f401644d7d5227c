"""Markdown tables and what stands in their cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MISSED = "✗"
LONGEST_QUOTE = 110


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column is text; the others are right-aligned if they hold numbers only."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(3, *(width(row[column]) for row in cells)) for column in range(len(head))]
    right = [column > 0 and all(_is_number(row[column]) for row in rows) for column in range(len(head))]
    rule = ["-" * (size - 1) + ":" if to_right else "-" * size for size, to_right in zip(widths, right, strict=True)]
    lines = [
        [_padded(cell, size, to_right) for cell, size, to_right in zip(row, widths, right, strict=True)]
        for row in cells
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (lines[0], rule, *lines[1:]))


def width(text: str) -> int:
    """In a terminal's columns."""
    return sum(
        0
        if unicodedata.combining(char) or char in "\u200d\ufe0f"
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def _padded(cell: str, size: int, to_right: bool) -> str:
    blank = " " * (size - width(cell))
    return blank + cell if to_right else cell + blank


def _is_number(cell: str) -> bool:
    return cell == "" or cell.lstrip("*−-–")[:1].isdigit() or cell == "–"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def whole(share: float) -> str:
    return f"{100 * share:.0f} %"


def bold(text: str) -> str:
    return f"**{text}**"


def floor(share: float, bar: float) -> str:
    """Marked when the share is below the bar."""
    return percent(share) if share >= bar else f"**{percent(share)} {MISSED}**"


def ceiling(value: float, bar: float, said: str) -> str:
    """`said`, marked when the value is above the bar."""
    return said if value <= bar else f"**{said} {MISSED}**"


def quoted(text: str) -> str:
    """One line of a customer's words, without the markup or the links that Markdown would see in it."""
    line = " ".join(text.split())
    line = line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1].rstrip() + "…"
    for char in "\\`*_[]<>|#~":
        line = line.replace(char, f"\\{char}")
    return line.replace("://", "\\://")
