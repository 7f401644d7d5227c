"""Every check, then every test: what `make test` and `make check` run once the environments stand.

All steps run, also after a failure. pytest comes last, so that its closing line is what is left on the screen.
"""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

TOOLS = Path(sys.prefix) / "bin"
CHECKS: Mapping[str, Sequence[str]] = {
    "ruff format": (f"{TOOLS}/ruff", "format", "--check"),
    "ruff check": (f"{TOOLS}/ruff", "check"),
    "mypy": (f"{TOOLS}/mypy",),
    "lint-imports": (f"{TOOLS}/lint-imports",),
    "deptry": (f"{TOOLS}/deptry", "bot", "connectors", "policies", "sandbox"),
}
SHAPING: Mapping[str, Sequence[str]] = {
    "ruff check --fix": (f"{TOOLS}/ruff", "check", "--fix"),
    "ruff format": (f"{TOOLS}/ruff", "format"),
}
UNDERSTANDING: Mapping[str, Sequence[str]] = {
    "the understanding's tests": ("intents/.venv/bin/python", "-m", "pytest", "intents/tests", "-q"),
}
PYTEST = (sys.executable, "-m", "pytest", "--cov", "--cov-report=term")


def run_steps(steps: Mapping[str, Sequence[str]]) -> list[str]:
    """Runs all of them and returns the names of those that failed."""
    failed = []
    for name, command in steps.items():
        print(f"\n==> {name}", flush=True)
        started = time.monotonic()
        if subprocess.run(command).returncode != 0:
            failed.append(name)
        print(f"{'FAILED' if name in failed else 'passed'} after {time.monotonic() - started:.1f} s", flush=True)
    print(f"\n{summary(len(steps), failed)}", flush=True)
    return failed


def summary(count: int, failed: Sequence[str]) -> str:
    return f"{count - len(failed)} of {count} steps passed" + (f"; failed: {', '.join(failed)}" if failed else "")


def test(arguments: Sequence[str]) -> int:
    steps = {**CHECKS, **UNDERSTANDING}
    failed = run_steps(steps)
    print("\n==> pytest", flush=True)
    code = subprocess.run([*PYTEST, *arguments]).returncode
    if failed:
        print(f"before pytest: {summary(len(steps), failed)}")
    return code or int(bool(failed))


def main(command: str, arguments: Sequence[str]) -> int:
    try:
        if command == "test":
            return test(arguments)
        return int(bool(run_steps(SHAPING if command == "format" else CHECKS)))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
