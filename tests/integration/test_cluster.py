"""The same code on a real cluster of three masters: nothing in it may span two slots."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from bot.processes import die_with_parent
from bot.store.embedded import binary
from tests.integration.conftest import free_port
from tests.integration.house import house, private, until

MASTERS = 3
SLOTS = 16384
FORMING_S = 30
QUESTION = "Bonjour, quels sont vos horaires d'ouverture ?"


@asynccontextmanager
async def node(port: int, bus_port: int, folder: Path) -> AsyncIterator[Any]:
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(folder),
        "cluster-enabled": "yes",
        "cluster-port": str(bus_port),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    process = await asyncio.create_subprocess_exec(
        binary(), *arguments, stdout=asyncio.subprocess.DEVNULL, preexec_fn=die_with_parent
    )
    client: Any = Redis(port=port, decode_responses=True)
    try:
        await until(lambda: _answers(client), FORMING_S)
        yield client
    finally:
        await client.aclose()
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _answers(client: Any) -> bool:
    try:
        return bool(await client.execute_command("PING"))
    except ConnectionError:
        return False


async def _formed(nodes: Sequence[Any]) -> bool:
    told = [await client.execute_command("CLUSTER", "INFO") for client in nodes]
    return all("cluster_state:ok" in info for info in told)


@pytest.fixture
async def cluster_url() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as name:
        async with AsyncExitStack() as stack:
            ports = [(free_port(), free_port()) for _ in range(MASTERS)]
            nodes = []
            for number, (port, bus_port) in enumerate(ports):
                folder = Path(name) / str(number)
                folder.mkdir()
                nodes.append(await stack.enter_async_context(node(port, bus_port, folder)))
            share = SLOTS // MASTERS
            for number, client in enumerate(nodes):
                last = SLOTS - 1 if number == MASTERS - 1 else (number + 1) * share - 1
                await client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
                await client.execute_command("CLUSTER", "MEET", "127.0.0.1", *ports[0])
            await until(lambda: _formed(nodes), FORMING_S)
            yield f"redis+cluster://127.0.0.1:{ports[0][0]}"


async def test_an_event_goes_its_way_on_a_cluster(cluster_url: str, nlu_url: str, tmp_path: Path) -> None:
    async with house(cluster_url, nlu_url, tmp_path) as the_house:
        await the_house.start_worker()
        await the_house.start_scheduler()
        people = [f"p{number}" for number in range(6)]
        for who in people:
            await the_house.say("facebook", who, QUESTION)
        for who in people:
            await the_house.said(private("facebook", who), "customer", "bot")
        assert [len(await the_house.brand_words("facebook", who)) for who in people] == [1] * 6
        await the_house.store.outbox.stop()
        assert await the_house.store.outbox.stopped()
        changes = the_house.store.desk.changes()
        told = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        await the_house.say("facebook", "p0", "Ma lampe est arrivée cassée, c'est inadmissible !")
        async with asyncio.timeout(20):
            while not told.done():
                await the_house.say("facebook", "p1", "merci")
                await asyncio.sleep(0.5)
        assert str(await told).startswith("facebook/")
        waiting = await the_house.store.desk.waiting()
        assert [row.conversation for row in waiting] == [private("facebook", "p0")]
