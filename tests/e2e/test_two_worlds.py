"""A rehearsal and the real world never mix: not in one configuration, and not on one web server."""

import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config import AccountSettings
from bot.config_file import load
from bot.errors import ConfigurationError
from sandbox.server import create_app
from tests.e2e.door import Door, door, settings_for
from tests.integration.house import ROOT

REAL = AccountSettings(
    channel="telegram",
    id="7200300400",
    name="Maison Aubépine",
    live="on",
    secrets={"token": (SecretStr("7200300400:invented"),), "secret_token": (SecretStr("invented"),)},
)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """The project's configuration with its second account made a real one."""
    own = (ROOT / "config.yml").read_text()
    before, found, telegram = own.partition("  - channel: telegram\n")
    assert found
    head, found, tail = telegram.partition("    simulated: true\n")
    assert found
    secrets = "    secrets: {token: invented, secret_token: invented}\n"
    path = tmp_path / "config.yml"
    path.write_text(f"{before}  - channel: telegram\n{head}    simulated: false\n{secrets}{tail}")
    return path


def test_a_configuration_of_both_kinds_is_refused(mixed: Path) -> None:
    with pytest.raises(ConfigurationError, match="mixes simulated and real"):
        load(mixed, {})


async def test_the_command_line_says_so_and_starts_nothing(mixed: Path) -> None:
    process = await create_subprocess_exec(
        sys.executable, "-m", "bot", "run", "--config", str(mixed), cwd=ROOT, stdout=PIPE, stderr=PIPE
    )
    told, problems = await process.communicate()
    assert process.returncode == 2
    assert told == b""
    assert "mixes simulated and real" in problems.decode()
    assert not (mixed.parent / "var").exists()


async def status_and_home(built: Door, path: str) -> tuple[int, str]:
    async with built.client.get(f"{built.url}{path}", allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", "")


@pytest.mark.parametrize("path", ["/sandbox", "/sandbox/live", "/sandbox/static/sandbox.css"])
async def test_there_is_no_sandbox_where_accounts_are_real(redis_url: str, tmp_path: Path, path: str) -> None:
    async with door(settings_for(tmp_path, redis_url, accounts=(REAL,))) as built:
        assert (await status_and_home(built, path))[0] == 404
        async with built.client.post(f"{built.url}/sandbox/say", data={"text": "?"}) as answer:
            assert answer.status == 404
        assert await status_and_home(built, "/") == (302, "/console")


async def test_a_rehearsal_begins_in_the_sandbox(the_door: Door) -> None:
    assert await status_and_home(the_door, "/") == (302, "/sandbox")
    assert (await status_and_home(the_door, "/sandbox/static/sandbox.css"))[0] == 200


def test_the_simulators_do_not_start_beside_real_accounts(redis_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="simulated accounts only"):
        create_app(settings_for(tmp_path, redis_url, accounts=(REAL,)), "http://127.0.0.1:1")
