"""The connection over a real server: shared round trips, forgotten scripts, and settings that risk what was kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import ConfigurationError, StoreUnavailable
from bot.store.embedded import PrivateServer, is_running
from bot.store.redis import Connection, agree_on_shards, risks


@pytest.fixture
async def connection(redis_url: str) -> AsyncIterator[Connection]:
    opened = await Connection.open(redis_url)
    await opened.alone("FLUSHALL")
    yield opened
    await opened.close()


@pytest.mark.parametrize("tasks", [1, 2, 3, 8])
async def test_tasks_that_ask_again_at_once_all_get_their_answers(connection: Connection, tasks: int) -> None:
    """Nobody waits for a round trip that has just ended."""

    async def one(number: int) -> int:
        total = 0
        for _ in range(2000):
            total = int(await connection.call("INCR", f"{{{number}}}:n"))
        return total

    async with asyncio.timeout(30):
        assert await asyncio.gather(*(one(number) for number in range(tasks))) == [2000] * tasks


async def test_one_wrong_command_harms_none_of_its_companions(connection: Connection) -> None:
    await connection.call("SET", "text", "a")
    answers = await asyncio.gather(
        connection.call("GET", "text"),
        connection.call("INCR", "text"),
        connection.call("GET", "text"),
        return_exceptions=True,
    )
    assert (answers[0], answers[2]) == ("a", "a")
    assert isinstance(answers[1], StoreUnavailable)


async def test_forgotten_scripts_are_loaded_again(connection: Connection) -> None:
    await connection.alone("SCRIPT", "FLUSH")
    assert await connection.call(*connection.script("lease", ["{1}:lease"], ["me", 1000])) == 2
    await connection.alone("SCRIPT", "FLUSH")
    answers = await connection.call_many([connection.script("lease", ["{1}:lease"], ["me", 1000])])
    assert answers == [1]


async def test_a_store_made_with_other_shards_is_refused(connection: Connection) -> None:
    await agree_on_shards(connection, 64)
    await agree_on_shards(connection, 64)
    with pytest.raises(ConfigurationError, match=r"set redis\.shards: 64"):
        await agree_on_shards(connection, 32)


async def test_settings_that_risk_what_was_kept_are_named(tmp_path: Path) -> None:
    async with PrivateServer(tmp_path) as server:
        connection = await Connection.open(server.url)
        assert await risks(connection) == []
        await connection.alone("CONFIG", "SET", "appendfsync", "everysec")
        await connection.alone("CONFIG", "SET", "maxmemory", "1gb", "maxmemory-policy", "allkeys-lru")
        found = await risks(connection)
        assert [risk.partition(":")[0] for risk in found] == ["maxmemory-policy allkeys-lru", "appendfsync everysec"]
        await connection.close()


async def test_two_servers_never_share_a_folder(tmp_path: Path) -> None:
    async with PrivateServer(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(ConfigurationError, match="another Aplomb runs there"):
            await PrivateServer(tmp_path).__aenter__()
    assert not is_running(tmp_path)
