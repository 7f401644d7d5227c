"""Everything a checkout needs before the bot can run, with nothing but the standard library.

Two environments are made, because Rasa needs Python 3.10 and libraries too old for the bot: `.venv` for the bot and
`intents/.venv` for the understanding. Both hold their development tools as well: one environment for running and
testing is one thing less that can differ. What is up to date is left alone, so a second start costs a few file reads.

An environment counts as good only through its stamp, which is removed before a change and written after it.

One file, and longer than others: it runs before there is anything that it could import.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is for those who run it with an older one
    older = f"{sys.version_info[0]}.{sys.version_info[1]}"
    sys.stderr.write(f"Aplomb needs Python 3.11 or newer, and this is {older}: try `make PYTHON=python3.12 run`.\n")
    sys.exit(2)

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

Command = Sequence[str | Path]
Report = Callable[[str], str | None]

BOT, INTENTS, TOOLS = Path("."), Path("intents"), Path(".tools")
STAMP = "aplomb.json"
UV_VERSION, OLDEST_UV = "0.13.9", (0, 5)
QUIET_S, TICK_S, LOOK_S, FETCH_S, TAIL_LINES = 1.0, 15.0, 30.0, 600.0, 30

MISLEADING = ("PYENV_DIR", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BOT_PYTHON, INTENTS_PYTHON = ".venv/bin/python", "intents/.venv/bin/python"
MODEL = ("--config", "config.yml", "--data", "intents/data", "--out", "var/models")
TRAIN = (INTENTS_PYTHON, "-m", "intents.train", *MODEL)
MODEL_REFUSED = 3
"""The trainer's exit when a new model is worse than the one that serves, which goes on."""
STARTS: Mapping[str, Sequence[str]] = {
    "run": (BOT_PYTHON, "-m", "bot", "run"),
    **{name: (BOT_PYTHON, "-m", "tests.checks", name) for name in ("test", "check", "format")},
    "train": TRAIN,
    "evaluate": (INTENTS_PYTHON, "-m", "intents.evaluate"),
    "benchmark-intents": (INTENTS_PYTHON, "-m", "intents.benchmark"),
    "bench": (BOT_PYTHON, "-m", "bench"),
}

HELP = """\
usage: python3 bootstrap.py COMMAND [ARGUMENTS], or make COMMAND [ARGS="ARGUMENTS"]

  setup      make both environments and train the model       python3 bootstrap.py setup
  run        set up, then start the bot                        python3 bootstrap.py run --help
  test       every check, then every test (pytest arguments)   python3 bootstrap.py test -k telegram
  check      the fast checks without the tests                 python3 bootstrap.py check
  format     put the code into shape                           python3 bootstrap.py format
  train      train the model if anything changed               python3 bootstrap.py train --help
  evaluate   how good the model is: intents/report.md          python3 bootstrap.py evaluate --help
  benchmark-intents   the classifier on a public yardstick     python3 bootstrap.py benchmark-intents --help
  bench      measure                                           python3 bootstrap.py bench --help
  clean      remove environments and caches, keep var/         python3 bootstrap.py clean

APLOMB_PYTHON310 names the Python for the understanding, APLOMB_CHROMIUM the browser for the tests.
"""
INSTALLING = {BOT: "the bot's environment", INTENTS: "the understanding environment (2.5 GB, some minutes)"}
NO_PYTHON310 = (
    "The understanding (Rasa) needs CPython 3.10 and none was found. Install one with `pyenv install 3.10` or "
    "`uv python install 3.10`, or name one in APLOMB_PYTHON310."
)
NO_UV = (
    "uv is missing and could not be fetched with pip. If it is pip that is missing, install it "
    "(Debian: `apt-get install python3-venv`); or install uv itself; then run this again."
)


class CannotGoOn(Exception):
    """Ends the program with its message as the last words and `code` as the exit status."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def say(text: str) -> None:
    print(text, flush=True)


def output_of(command: Command, timeout_s: float = LOOK_S) -> str | None:
    """None if it cannot be started or fails: a pyenv shim exists and still may not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def run_long(label: str, command: Command, cure: str, fine: Sequence[int] = (0,)) -> None:
    """Runs a step that may take minutes. A terminal shows its output; elsewhere a line tells the time now and then,
    and the end of the output follows an exit other than 0. What takes less than a second leaves no line."""
    started, seen = time.monotonic(), sys.stdout.isatty()
    with tempfile.TemporaryFile(mode="w+", encoding="utf-8", errors="replace") as log:
        with subprocess.Popen(command, stdout=None if seen else log, stderr=None if seen else log) as child:
            code = ended(child, QUIET_S)
            if code is None:
                say(f"{label} …")
            while code is None:
                code = ended(child, TICK_S)
                if code is None and not seen:
                    say(f"  … {time.monotonic() - started:.0f} s")
        log.seek(0)
        last_words = "".join(log.readlines()[-TAIL_LINES:])
        if code not in fine:
            raise CannotGoOn(f"{last_words}{label}: failed (exit {code}). {cure}")
        if code != 0 and not seen:
            say(last_words)
    if time.monotonic() - started > QUIET_S:
        say(f"{label}: done in {time.monotonic() - started:.0f} s")


def ended(child: subprocess.Popen[bytes], patience_s: float) -> int | None:
    try:
        return child.wait(patience_s)
    except subprocess.TimeoutExpired:
        return None


def python_candidates(version: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Places where an interpreter of `version` ("3.10") may be, best first; none of them is known to run."""
    name = f"python{version}"
    yield from (str(Path(folder) / name) for folder in environ.get("PATH", "").split(os.pathsep) if folder)
    pyenv = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    patches = (folder for folder in (pyenv / "versions").glob(f"{version}.*") if folder.suffix[1:].isdigit())
    for folder in sorted(patches, key=lambda folder: int(folder.suffix[1:]), reverse=True):
        yield str(folder / "bin" / name)
    yield f"/opt/homebrew/bin/{name}"


def python_report(path: str) -> str | None:
    """`CPython 3.10 /its/real/path`, or None if it does not run."""
    said = "platform.python_implementation(), '%d.%d' % sys.version_info[:2], sys.executable"
    return output_of([path, "-c", f"import platform, sys; print({said})"])


def choose_python(version: str, candidates: Iterable[str], report: Report = python_report) -> str | None:
    """The real path of the first candidate that runs and reports to be CPython `version`."""
    for candidate in candidates:
        said = (report(candidate) or "").split(" ", 2)
        if said[:2] == ["CPython", version] and len(said) == 3:
            return said[2]
    return None


def find_python310(uv: str) -> str:
    named = os.environ.get("APLOMB_PYTHON310")
    chosen = choose_python("3.10", [named] if named else python_candidates("3.10", os.environ))
    if named:
        if chosen is None:
            raise CannotGoOn(f"APLOMB_PYTHON310 is {named}, which is not a CPython 3.10 that runs.", 3)
        return named
    chosen = chosen or python310_of(uv)
    if chosen is None:
        say("no Python 3.10 here: asking uv to install one …")
        output_of([uv, "python", "install", "3.10"], FETCH_S)
        chosen = python310_of(uv)
    if chosen is None:
        raise CannotGoOn(NO_PYTHON310, 3)
    return chosen


def python310_of(uv: str) -> str | None:
    found = output_of([uv, "python", "find", "--managed-python", "--no-python-downloads", "3.10"])
    return choose_python("3.10", [found]) if found else None


def is_uv(said: str | None) -> bool:
    """Whether this is the answer of a uv new enough ("uv 0.13.9 (…)") to `--version`."""
    version = re.match(r"uv (\d+)\.(\d+)", said or "")
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_UV


def find_uv() -> str:
    """A uv that runs; where there is none, pip puts one into `.tools/`, with a venv or, lacking that, without."""
    in_venv, in_target = TOOLS / "bin" / "uv", TOOLS / "target" / "bin" / "uv"
    for place in (shutil.which("uv"), Path(sys.executable).parent / "uv", in_venv, in_target):
        if place and is_uv(output_of([place, "--version"])):
            return str(Path(place).absolute())
    say(f"no uv here: fetching uv {UV_VERSION} into {TOOLS}/ …")
    wanted = f"uv=={UV_VERSION}"
    shutil.rmtree(TOOLS, ignore_errors=True)
    if output_of([sys.executable, "-m", "venv", TOOLS], FETCH_S) is not None:
        output_of([TOOLS / "bin" / "python", "-m", "pip", "install", wanted], FETCH_S)
    else:
        shutil.rmtree(TOOLS, ignore_errors=True)
        output_of([sys.executable, "-m", "pip", "install", "--target", TOOLS / "target", wanted], FETCH_S)
    for place in (in_venv, in_target):
        if is_uv(output_of([place, "--version"])):
            return str(place.absolute())
    raise CannotGoOn(NO_UV, 3)


def digest(folder: Path, interpreter: str) -> str:
    """Changes with whatever may change the environment of the project in `folder`."""
    parts = [(folder / name).read_bytes() for name in ("pyproject.toml", "uv.lock")]
    places = (str(folder.resolve()), interpreter)
    return hashlib.sha256(b"\0".join([*parts, *(place.encode() for place in places)])).hexdigest()


def is_current(folder: Path, wanted: str | None = None) -> bool:
    """Whether the environment is whole and was made from today's files, by the interpreter `wanted` if one is named."""
    try:
        stamp = json.loads((folder / ".venv" / STAMP).read_text())
        interpreter = str(stamp["interpreter"])
        same = stamp["digest"] == digest(folder, interpreter)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return same and (folder / ".venv/bin/python").exists() and wanted in (None, "", interpreter)


def sync(folder: Path, uv: str, interpreter: str) -> None:
    venv = folder / ".venv"
    (venv / STAMP).unlink(missing_ok=True)
    if venv.exists() and output_of([venv / "bin" / "python", "-c", ""]) is None:
        shutil.rmtree(venv)
    cure = "Read uv's words above; if it was the network, run this again."
    run_long(
        f"installing {INSTALLING[folder]}",
        [uv, "sync", "--directory", folder, "--frozen", "--python", interpreter],
        cure,
    )
    stamp = {"interpreter": interpreter, "digest": digest(folder, interpreter)}
    (venv / STAMP).write_text(json.dumps(stamp))


def set_up(folder: Path) -> None:
    named = os.environ.get("APLOMB_PYTHON310") if folder == INTENTS else None
    if is_current(folder, named):
        return
    uv = find_uv()
    sync(folder, uv, find_python310(uv) if folder == INTENTS else os.path.realpath(sys.executable))


def set_up_chromium() -> None:
    """Leaves the browser's path in APLOMB_CHROMIUM, where the tests look; installs it only as root with apt-get."""
    if chromium() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        install = "apt-get update && apt-get install -y --no-install-recommends chromium fonts-noto-color-emoji"
        try:
            run_long("installing Chromium for the browser tests (360 MB)", ["sh", "-c", install], "")
        except CannotGoOn as failure:
            say(str(failure))
    found = chromium()
    if found:
        os.environ["APLOMB_CHROMIUM"] = found
    else:
        say("No Chromium, so the browser tests skip: install it, or name one in APLOMB_CHROMIUM.")


def chromium() -> str | None:
    return os.environ.get("APLOMB_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def start(command: list[str]) -> NoReturn:
    """Becomes the program, so that Ctrl-C and signals reach it alone."""
    sys.stdout.flush()
    os.execv(command[0], command)


def obey(command: str, arguments: Sequence[str]) -> None:
    """Returns when there is nothing to start after the set-up."""
    if command == "clean":
        for path in (BOT / ".venv", INTENTS / ".venv", TOOLS, *Path(".").glob(".*_cache")):
            shutil.rmtree(path, ignore_errors=True)
        return
    set_up(BOT)
    if command not in ("check", "format"):
        set_up(INTENTS)
    if command in ("setup", "run", "test", "evaluate"):
        run_long("training the model", TRAIN, "Read the trainer's words above.", fine=(0, MODEL_REFUSED))
    if command == "test":
        set_up_chromium()
    if command != "setup":
        start([*STARTS[command], *arguments])


def main(arguments: Sequence[str]) -> int:
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("help", [])
    if command not in ("setup", "clean", *STARTS):
        say(HELP)
        return 0 if command in ("help", "-h", "--help") else 2
    os.chdir(Path(__file__).resolve().parent)
    for name in MISLEADING:
        os.environ.pop(name, None)
    try:
        obey(command, rest[1:] if rest[:1] == ["--"] else rest)
    except CannotGoOn as reason:
        sys.stderr.write(f"{reason}\n")
        return reason.code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
