"""What was measured, as tables for people and as JSON for programs."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.processes import Spent

CPU_COLUMNS = ("redis", "web-1", "web-2", "worker", "scheduler", "sandbox", "nlu", "rasa", "generator")

Row = Sequence[object]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share (0–1) lies; 0 when there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def ms(seconds: float) -> str:
    """A duration as it is read best: `0.21`, `7.4`, `138`."""
    value = seconds * 1000
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


@dataclass(slots=True)
class Report:
    """Prints each table as soon as it is there, and keeps the figures behind it."""

    figures: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str) -> None:
        print(text, flush=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """The first column is text and stands left, the others right."""
        texts = [[str(cell) for cell in row] for row in (columns, *rows)]
        widths = [max(len(line[place]) for line in texts) for place in range(len(columns))]
        self.say(f"\n{title}")
        for number, line in enumerate(texts):
            cells = [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
            self.say(f"  {'   '.join(cells)}".rstrip())
            if number == 0:
                self.say(f"  {'   '.join('-' * width for width in widths)}")

    def keep(self, name: str, figures: object) -> None:
        self.figures[name] = figures

    def write(self, path: Path) -> None:
        about = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "cores": os.cpu_count()}
        path.write_text(json.dumps({**about, **self.figures}, indent=2) + "\n", encoding="utf-8")


def cpu_table(report: Report, title: str, runs: Sequence[tuple[str, Spent, int]]) -> None:
    """CPU by process for so many calls, and what strangers took of the machine meanwhile."""
    names = [name for name in CPU_COLUMNS if any(spent.by_name.get(name) for _, spent, _ in runs)]
    rows = []
    for what, spent, count in runs:
        each = [1000 * spent.by_name.get(name, 0.0) / max(count, 1) for name in names]
        rows.append((what, *(f"{value:.2f}" for value in each), f"{sum(each):.2f}", spent.neighbours))
    report.table(title, ("", *names, "all", "others' CPU"), rows)
    report.keep(
        title, [{"what": what, "calls": n, "cpu_s": dict(s.by_name), "others_s": s.others_s} for what, s, n in runs]
    )
