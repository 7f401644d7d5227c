"""`docs/conformance.md`: a table per channel of what the kit found."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.conformance.deliveries import Result

SIGNS = {"passed": "✓", "failed": "✗", "none": "–"}
INTRODUCTION = """# Conformance

What each channel does with whatever its platform brings or answers. Made by `python -m tests.conformance --write`; the
same cases run in `make test`. ✓ as it should be · – the platform has no such thing · ✗ not as it should be.

*Deliveries* go signed over HTTP to a running Aplomb, and what was kept is read from its metrics: to try a channel of a
running one, `python -m tests.conformance --url http://127.0.0.1:8080 --channel facebook`. *Outgoing* calls go to the
simulated platform, which misbehaves as told; errors are answers in the platform's documented form.
"""


def write(path: Path, found: Mapping[str, tuple[Sequence[Result], Sequence[Result]]]) -> None:
    parts = [INTRODUCTION, _summary(found)]
    for channel, (deliveries, outgoing) in found.items():
        parts += [f"## {channel}\n", _table("delivered", deliveries), _table("outgoing", outgoing)]
    path.write_text("\n".join(parts))


def _summary(found: Mapping[str, tuple[Sequence[Result], Sequence[Result]]]) -> str:
    lines = ["| channel | delivered | outgoing |", "|---|---|---|"]
    for channel, halves in found.items():
        told = []
        for results in halves:
            passed = sum(result.verdict == "passed" for result in results)
            failed = sum(result.verdict == "failed" for result in results)
            none = len(results) - passed - failed
            told.append(f"{passed} ✓, {none} –" + (f", **{failed} ✗**" if failed else ""))
        lines.append(f"| [{channel}](#{channel}) | {told[0]} | {told[1]} |")
    return "\n".join([*lines, ""])


def _table(title: str, results: Sequence[Result]) -> str:
    lines = [f"| {title} | | what became of it |", "|---|---|---|"]
    lines += [f"| {r.case.replace('_', ' ')} | {SIGNS[r.verdict]} | {r.told.replace('|', '/')} |" for r in results]
    return "\n".join([*lines, ""])
