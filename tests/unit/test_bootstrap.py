"""bootstrap.py where it decides: which interpreter, which uv, whether an environment still stands, what is said."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import bootstrap
from bootstrap import BOT, INTENTS, STAMP, CannotGoOn
from tests import checks

REPOSITORY = Path(bootstrap.__file__).parent


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# ---- interpreters


@pytest.mark.parametrize(
    ("reports", "chosen"),
    [
        pytest.param({"/a": "CPython 3.10 /real/a", "/b": "CPython 3.10 /real/b"}, "/real/a", id="first that fits"),
        pytest.param({"/a": None, "/b": "CPython 3.10 /real/b"}, "/real/b", id="a shim that does not run"),
        pytest.param({"/a": "CPython 3.11 /real/a", "/b": "CPython 3.10 /real/b"}, "/real/b", id="another version"),
        pytest.param({"/a": "PyPy 3.10 /real/a", "/b": "CPython 3.10 /real/b"}, "/real/b", id="another Python"),
        pytest.param({"/a": "CPython 3.10 /with a space/p"}, "/with a space/p", id="space in the path"),
        pytest.param({"/a": "", "/b": "CPython 3.10"}, None, id="answers nothing of use"),
        pytest.param({}, None, id="no candidates"),
    ],
)
def test_choose_python(reports: dict[str, str | None], chosen: str | None) -> None:
    assert bootstrap.choose_python("3.10", reports, reports.get) == chosen


def test_candidates_are_path_then_pyenv_newest_first(tmp_path: Path) -> None:
    for name in ("3.10.2", "3.10.13", "3.10-dev", "3.10.x", "3.11.7"):
        (tmp_path / "versions" / name).mkdir(parents=True)
    environ = {"PATH": "/shims::/usr/bin", "PYENV_ROOT": str(tmp_path)}

    assert list(bootstrap.python_candidates("3.10", environ)) == [
        "/shims/python3.10",
        "/usr/bin/python3.10",
        f"{tmp_path}/versions/3.10.13/bin/python3.10",
        f"{tmp_path}/versions/3.10.2/bin/python3.10",
        "/opt/homebrew/bin/python3.10",
    ]


def test_python_report_is_of_the_interpreter_itself() -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert bootstrap.python_report(sys.executable) == f"CPython {version} {sys.executable}"


def test_python_report_of_a_failing_shim_and_of_nothing(tmp_path: Path) -> None:
    shim = executable(tmp_path / "python3.10", "echo 'CPython 3.10 /shim'; exit 127")
    assert bootstrap.python_report(str(shim)) is None
    assert bootstrap.python_report(str(tmp_path / "absent")) is None


def test_a_named_python_is_taken_as_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = executable(tmp_path / "mine", "echo CPython 3.10 /real/python")
    monkeypatch.setenv("APLOMB_PYTHON310", str(named))
    assert bootstrap.find_python310("/no/uv") == str(named)


def test_a_named_python_that_is_wrong_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = executable(tmp_path / "mine", "echo CPython 3.12 /real/python")
    monkeypatch.setenv("APLOMB_PYTHON310", str(named))
    with pytest.raises(CannotGoOn, match=r"mine, which is not a CPython 3\.10 that runs") as refusal:
        bootstrap.find_python310("/no/uv")
    assert refusal.value.code == 3


@pytest.mark.parametrize("installs", [True, False])
def test_without_any_python310_uv_is_asked_for_one(
    installs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = executable(tmp_path / "managed", f"echo CPython 3.10 {tmp_path}/managed")
    found = f'[ -e "{tmp_path}/installed" ] && echo "{python}"'
    install = f'touch "{tmp_path}/installed"' if installs else "exit 1"
    uv = executable(tmp_path / "uv", f'case "$2" in find) {found};; install) {install};; esac')
    monkeypatch.delenv("APLOMB_PYTHON310", raising=False)
    monkeypatch.setattr(bootstrap, "python_candidates", lambda version, environ: [])

    if installs:
        assert bootstrap.find_python310(str(uv)) == str(python)
        return
    with pytest.raises(CannotGoOn) as refusal:
        bootstrap.find_python310(str(uv))
    assert refusal.value.code == 3
    for cure in ("pyenv install 3.10", "uv python install 3.10", "APLOMB_PYTHON310"):
        assert cure in str(refusal.value)


# ---- uv


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ("uv 0.13.9 (x86_64-unknown-linux-gnu)", True),
        ("uv 0.5.0", True),
        ("uv 1.0.0", True),
        ("uv 0.4.30", False),
        ("pyenv: uv: command not found", False),
        ("", False),
        (None, False),
    ],
)
def test_is_uv(said: str | None, good: bool) -> None:
    assert bootstrap.is_uv(said) is good


def test_a_uv_on_the_path_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path / "shims" / "uv", "exit 127")
    executable(tmp_path / ".tools" / "bin" / "uv", "echo uv 0.13.9")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "absent" / "python3"))
    assert bootstrap.find_uv() == str(tmp_path / ".tools" / "bin" / "uv")


def test_neither_uv_nor_pip_is_told_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", str(executable(tmp_path / "bare" / "python3", "exit 1")))
    with pytest.raises(CannotGoOn, match="apt-get install python3-venv") as refusal:
        bootstrap.find_uv()
    assert refusal.value.code == 3
    assert not (tmp_path / ".tools").exists()


def test_without_a_browser_the_cure_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("APLOMB_CHROMIUM", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    bootstrap.set_up_chromium()
    assert capsys.readouterr().out.startswith("No Chromium, so the browser tests skip: install it, or name one in")


# ---- stamps


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "uv.lock").write_text("version = 1\n")
    executable(tmp_path / ".venv/bin/python", "exit 0")
    stamp = {"interpreter": "/py", "digest": bootstrap.digest(tmp_path, "/py")}
    (tmp_path / ".venv" / STAMP).write_text(json.dumps(stamp))
    return tmp_path


def test_a_stamped_environment_stands(project: Path) -> None:
    assert bootstrap.is_current(project)
    assert bootstrap.is_current(project, "/py")
    assert bootstrap.is_current(project, "")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda p: (p / "uv.lock").write_text("version = 2\n"), id="another lock"),
        pytest.param(lambda p: (p / "pyproject.toml").write_text("[tool]\n"), id="another pyproject"),
        pytest.param(lambda p: (p / ".venv/bin/python").unlink(), id="its python is gone"),
        pytest.param(lambda p: (p / ".venv" / STAMP).unlink(), id="no stamp"),
        pytest.param(lambda p: (p / ".venv" / STAMP).write_text('{"interp'), id="half a stamp"),
        pytest.param(lambda p: (p / ".venv" / STAMP).write_text("[]"), id="not a stamp"),
    ],
)
def test_a_spoilt_environment_does_not_stand(spoil: Callable[[Path], object], project: Path) -> None:
    spoil(project)
    assert not bootstrap.is_current(project)


def test_an_environment_does_not_stand_for_another_python_nor_in_another_place(project: Path, tmp_path: Path) -> None:
    assert not bootstrap.is_current(project, "/other")
    moved = project.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    assert not bootstrap.is_current(moved)


def test_sync_that_fails_leaves_no_stamp(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bootstrap.INSTALLING, project, "a trial")
    uv = executable(project / "uv", "echo no route to host; exit 2")
    with pytest.raises(CannotGoOn, match=r"no route to host\ninstalling a trial: failed \(exit 2\)\. Read uv's words"):
        bootstrap.sync(project, str(uv), "/py")
    assert not bootstrap.is_current(project)


def test_sync_stamps_what_uv_made_and_clears_a_broken_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bootstrap.INSTALLING, project, "a trial")
    leftover = executable(project / ".venv/bin/python", "exit 1").with_name("leftover")
    leftover.touch()
    make = 'mkdir -p "$3/.venv/bin" && cp /bin/true "$3/.venv/bin/python" && echo "$@" > "$3/asked"'
    uv = executable(project / "uv", make)

    bootstrap.sync(project, str(uv), "/new")

    assert (project / "asked").read_text().split() == [
        "sync", "--directory", str(project), "--frozen", "--python", "/new",
    ]  # fmt: skip
    assert bootstrap.is_current(project, "/new")
    assert not leftover.exists()


# ---- what is said


def test_a_failing_step_shows_the_end_of_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["sh", "-c", "seq 1 100; echo 'the reason' >&2; exit 4"]
    with pytest.raises(CannotGoOn) as failure:
        bootstrap.run_long("a step", command, "Do this.")
    lines = str(failure.value).splitlines()
    assert lines[0] == str(100 - bootstrap.TAIL_LINES + 2)
    assert lines[-2:] == ["the reason", "a step: failed (exit 4). Do this."]
    assert capsys.readouterr().out == ""


def test_a_long_step_tells_the_time(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    patience = iter([None, None, 0])
    monkeypatch.setattr(bootstrap, "ended", lambda child, patience_s: next(patience))
    monkeypatch.setattr(bootstrap, "QUIET_S", 0.0)
    bootstrap.run_long("a step", ["true"], "")
    assert capsys.readouterr().out == "a step …\n  … 0 s\na step: done in 0 s\n"


def test_help_names_every_command_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in ("setup", "clean", *bootstrap.STARTS):
        assert f"\n  {command} " in shown
        assert f"python3 bootstrap.py {command}" in shown


def test_an_unknown_command_is_answered_with_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["rnu"]) == 2
    assert capsys.readouterr().out.startswith("usage: ")


def test_make_knows_every_command() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    rule = next(line for line in makefile.splitlines() if line.startswith("help "))
    assert set(rule.rstrip(":").split()) == {"help", "setup", "clean", *bootstrap.STARTS}


def test_all_checks_run_and_the_failed_are_named(capfd: pytest.CaptureFixture[str]) -> None:
    failed = checks.run_steps({"one": ("sh", "-c", "echo first"), "two": ("false",), "three": ("echo", "third")})
    shown = capfd.readouterr().out
    assert failed == ["two"]
    assert shown.index("==> one") < shown.index("first") < shown.index("FAILED after") < shown.index("third")
    assert shown.endswith("2 of 3 steps passed; failed: two\n")


# ---- what is kept in step


@pytest.mark.parametrize("folder", [BOT, INTENTS], ids=["bot", "intents"])
def test_the_lock_was_made_from_this_pyproject(folder: Path) -> None:
    """`uv sync --frozen` does not look, so that a mirror set on a machine cannot make it refuse our lock."""
    project = tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text())
    lock = tomllib.loads((REPOSITORY / folder / "uv.lock").read_text())
    ours = next(package for package in lock["package"] if package["name"] == project["project"]["name"])

    def names(requirements: list[str]) -> list[str]:
        return sorted(re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower() for requirement in requirements)

    locked = ours["metadata"]
    assert sorted(entry["name"] for entry in locked["requires-dist"]) == names(project["project"]["dependencies"])
    assert sorted(entry["name"] for entry in locked["requires-dev"]["dev"]) == names(
        project["dependency-groups"]["dev"]
    )


def test_the_dockerfile_pins_the_same_uv() -> None:
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    assert dockerfile.count(f"uv=={bootstrap.UV_VERSION}") == dockerfile.count("pip install") == 2


def test_an_older_python_is_told_what_to_do() -> None:
    """Run as an older Python would read it: the check stands before anything that only a newer one has."""
    pretend = (
        "import sys; sys.version_info = (3, 9, 0); exec(compile(open('bootstrap.py').read(), 'bootstrap.py', 'exec'))"
    )
    done = subprocess.run([sys.executable, "-c", pretend], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == ("Aplomb needs Python 3.11 or newer, and this is 3.9: try `make PYTHON=python3.12 run`.\n")
