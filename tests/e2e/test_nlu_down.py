"""The understanding server is away: what came in waits for it, then goes to a person; what needs none still works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.config import NluSettings
from tests.e2e.door import PLAYED
from tests.e2e.talk import (
    ANGRY,
    HOURS,
    POST,
    SAID_IN,
    THREAT,
    brand_said,
    until_brand_said,
    until_waiting,
    whole_house,
    write,
)
from tests.integration.conftest import free_port
from tests.integration.house import House

IMPATIENT_S = 0.5
PATIENT_S = 60.0

channels = pytest.mark.parametrize("channel", PLAYED)


@asynccontextmanager
async def passage(port: int, to_url: str) -> AsyncIterator[None]:
    """Passes bytes from a port on to where the server really is, until the block ends."""
    there = urlsplit(to_url)
    busy: set[asyncio.StreamWriter] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        busy.add(writer)
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_there, to_there = await asyncio.open_connection(there.hostname, there.port)
        await asyncio.gather(carry(reader, to_there), carry(from_there, writer))

    server = await asyncio.start_server(meet, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for writer in busy:
            writer.transport.abort()
        await server.wait_closed()


@asynccontextmanager
async def house_without_nlu(redis_url: str, var: Path, patience_s: float) -> AsyncIterator[tuple[House, int]]:
    """The house, and the port where it looks for a server that is not there."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    nlu = NluSettings(url=url, patience_s=patience_s, timeout_s=2)
    async with whole_house(redis_url, url, var, nlu=nlu) as built:
        await built.start_worker()
        yield built, port


@pytest.fixture
async def alone(redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_without_nlu(redis_url, tmp_path, IMPATIENT_S) as (built, _):
        yield built


@channels
@pytest.mark.parametrize("said", [HOURS["fr"], ANGRY["en"]], ids=["a question", "a complaint"])
async def test_what_nobody_can_read_goes_to_a_person(alone: House, channel: str, said: str) -> None:
    conversation = await write(alone, channel, said, POST)
    waiting = await until_waiting(alone, conversation)
    assert waiting.escalation is not None
    assert waiting.escalation.reason == "not_understood_by_model"
    assert [each.understanding for each in waiting.unanswered] == [None]
    assert await brand_said(alone, channel, POST) == []


@channels
async def test_words_of_danger_are_urgent_without_a_model(alone: House, channel: str) -> None:
    conversation = await write(alone, channel, THREAT["en"])
    waiting = await until_waiting(alone, conversation)
    assert waiting.escalation is not None
    assert (waiting.escalation.reason, waiting.escalation.priority) == ("threat", "urgent")
    assert await brand_said(alone, channel) == []


@channels
async def test_stop_is_heard_without_a_model(alone: House, channel: str) -> None:
    await write(alone, channel, "STOP")
    await until_brand_said(alone, channel, 1)
    conversation = await write(alone, channel, HOURS["en"])
    await until_waiting(alone, conversation)
    assert len(await brand_said(alone, channel)) == 1


@channels
async def test_what_came_meanwhile_waits_and_is_answered(
    redis_url: str, nlu_url: str, tmp_path: Path, channel: str
) -> None:
    async with house_without_nlu(redis_url, tmp_path, PATIENT_S) as (built, port):
        conversation = await write(built, channel, HOURS["en"])

        async def kept() -> bool:
            return await built.store.events.backlog() > 0

        await built.until(kept)
        assert await built.show(conversation) is None, "nothing is decided yet"
        async with passage(port, nlu_url):
            (said,) = await until_brand_said(built, channel, 1)
            assert SAID_IN["en"][0] in said
        assert (await built.conversation(conversation)).escalation is None


@channels
async def test_a_server_that_goes_and_comes_back_is_found_again(
    redis_url: str, nlu_url: str, tmp_path: Path, channel: str
) -> None:
    async with house_without_nlu(redis_url, tmp_path, PATIENT_S) as (built, port):
        async with passage(port, nlu_url):
            await write(built, channel, HOURS["en"])
            await until_brand_said(built, channel, 1)
        await write(built, channel, "Where is your shop?")
        async with passage(port, nlu_url):
            assert "Lanternes" in (await until_brand_said(built, channel, 2))[1]
