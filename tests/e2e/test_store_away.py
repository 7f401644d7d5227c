"""Redis dies and comes back: the platform is asked to come again, nothing answered with 200 is lost, and all goes on.

A server of these tests' own, since they kill it.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StoreUnavailable
from bot.ingest import Ingest
from bot.model.event import MessageReceived
from bot.model.ids import AccountId, ContactId, ConversationId, EventId
from bot.store.embedded import PrivateServer
from tests.e2e.door import NOW, PLAYED, door, settings_for, signed
from tests.e2e.talk import whole_house
from tests.e2e.test_door import DM
from tests.integration.house import PAGE, House

ANSWERED_WITHIN_S = 5.0
"""After which Facebook takes a delivery for failed, and calls again."""

channels = pytest.mark.parametrize("channel", PLAYED)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[PrivateServer]:
    async with PrivateServer(tmp_path) as running:
        yield running


async def kill(server: PrivateServer) -> None:
    assert server.process is not None
    server.process.kill()
    await server.process.wait()


@channels
async def test_the_platform_is_asked_to_come_again(channel: str, server: PrivateServer, tmp_path: Path) -> None:
    first, second = (json.dumps(DM[channel]).replace("Bonjour", word).encode() for word in ("Bonjour", "Bonsoir"))
    second = second.replace(b"m_1", b"m_2").replace(b'"message_id": 7', b'"message_id": 8').replace(b": 31,", b": 32,")
    async with door(settings_for(tmp_path, server.url)) as built:
        assert await built.deliver(channel, first) == 200
        await kill(server)
        begun = time.monotonic()
        headers = signed(built.settings, channel, second)
        async with built.client.post(built.webhook(channel), data=second, headers=headers) as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() - begun < ANSWERED_WITHIN_S
        async with built.client.get(f"{built.url}/health/ready") as answer:
            assert answer.status == 503
        async with built.client.get(f"{built.url}/health/live") as answer:
            assert answer.status == 200

        await server.start()
        assert await built.deliver(channel, second) == 200
        kept = [getattr(event, "text", "") for event in await built.events()]
        assert sorted(kept) == ["Bonjour", "Bonsoir"], "what was answered with 200 before is still there, and once"
        assert await built.deliver(channel, first) == 200
        assert len(await built.events()) == 2


@channels
async def test_all_goes_on_by_itself(channel: str, server: PrivateServer, nlu_url: str, tmp_path: Path) -> None:
    async with whole_house(server.url, nlu_url, tmp_path) as built:
        await built.start_worker()
        await built.say(channel, "4411", "Bonjour, quels sont vos horaires d'ouverture ?")
        await built.until(lambda: brand_spoke(built, channel, 1))
        await kill(server)
        await built.say(channel, "4411", "Et votre adresse ? Où est la boutique ?")

        async def turned_away() -> bool:
            deliveries = (await built.look("deliveries"))["deliveries"]
            return any(delivery["status"] == 503 for delivery in deliveries)

        await built.until(turned_away)
        await server.start()
        await built.until(lambda: brand_spoke(built, channel, 2))
        await built.until(built.settled)
        words = await built.brand_words(channel, "4411")
        assert len(words) == 2, "answered twice"
        assert "Lanternes" in words[1]


async def brand_spoke(built: House, channel: str, times: int) -> bool:
    return len(await built.brand_words(channel, "4411")) >= times


async def test_a_door_that_closes_first_keeps_what_is_under_way(redis_url: str, tmp_path: Path) -> None:
    """Whoever waits for an answer gets one: it is on disk, or try again."""
    ann = ContactId.of(AccountId.of("facebook", PAGE), "4411")
    events = [
        MessageReceived(
            id=EventId(f"m{n}"),
            account=ann.account,
            contact=ann,
            conversation=ConversationId.private(ann),
            occurred_at=NOW,
            received_at=NOW,
            external_id=f"m{n}",
        )
        for n in range(100)
    ]
    async with door(settings_for(tmp_path, redis_url)) as built:
        async with Ingest(built.store, built.settings, lambda: NOW) as ingest:
            delivered = [asyncio.create_task(ingest.append([event], 60)) for event in events]
            while not await built.events():  # noqa: ASYNC110 (only the store can tell)
                await asyncio.sleep(0)
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            answers = await asyncio.gather(*delivered, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert all(isinstance(answer, StoreUnavailable) for answer in refused)
        assert len(await built.events()) == len(events) - len(refused)
        with pytest.raises(StoreUnavailable):
            await ingest.append(events[:1], 60)
