"""What the import contracts of pyproject.toml cannot see: pure code that waits, opens a file or looks at the clock."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PURE = ("bot/model", "bot/handle", "bot/handle.py", "bot/retry.py", "connectors", "policies")
IMPURE_MODULES = ("http.client", "http.server", "urllib.request")
IMPURE_BUILTINS = ("input", "open", "print")
CLOCKS = ("now", "today", "utcnow")


def impurities(source: str) -> list[str]:
    """`line: what` for each await, file, request and look at the clock in `source`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Await() | ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith():
                found.append(f"{node.lineno}: waits")
            case ast.Import(names=names) if any(name.name in IMPURE_MODULES for name in names):
                found.append(f"{node.lineno}: speaks HTTP")
            case ast.ImportFrom(module=module, names=names) if module in IMPURE_MODULES or any(
                f"{module}.{name.name}" in IMPURE_MODULES for name in names
            ):
                found.append(f"{node.lineno}: speaks HTTP")
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_BUILTINS:
                found.append(f"{node.lineno}: calls {name}()")
            case ast.Call(func=ast.Attribute(value=ast.Name(id="date" | "datetime"), attr=name)) if name in CLOCKS:
                found.append(f"{node.lineno}: looks at the clock")
            case _:
                pass
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("async def f() -> None: ...", ["1: waits"]),
        ("import urllib.request", ["1: speaks HTTP"]),
        ("from urllib import request", ["1: speaks HTTP"]),
        ("from urllib.request import urlopen", ["1: speaks HTTP"]),
        ("x = 1\ny = open('f')", ["2: calls open()"]),
        ("t = datetime.now(UTC)", ["1: looks at the clock"]),
        ("from urllib.parse import quote\nt = turn.now", []),
        ("def f(now: datetime) -> datetime: return datetime.fromtimestamp(0, UTC)", []),
    ],
)
def test_impurities_are_seen(source: str, found: list[str]) -> None:
    assert impurities(source) == found


def test_pure_code_neither_waits_nor_opens_nor_asks_the_time() -> None:
    paths = [
        path for place in PURE for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    present = [path for path in paths if path.exists()]
    assert len(present) > len(PURE)
    found = {str(path.relative_to(ROOT)): impurities(path.read_text(encoding="utf-8")) for path in present}
    assert {path: what for path, what in found.items() if what} == {}
