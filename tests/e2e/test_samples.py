"""Every sample of the platforms' real deliveries, signed and over HTTP, yields exactly what is expected of it.

The samples are kept beside the project and are not part of it: where they are missing, these tests skip.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from bot.config import Settings
from bot.ingest import Ingest
from bot.model.event import Unhandled
from connectors import CONNECTORS
from connectors.base import Listed, Response
from tests.channels import FACTS
from tests.e2e.door import CHANNELS, NOW, Door, accounts_for, settings_for
from tests.e2e.yields import expectations, handled, unhandled, yielded
from tests.integration.house import ROOT

SAMPLES = ROOT.parent / "shared" / "platforms" / "samples"
EXPECTED = {channel: expectations(channel) for channel in CHANNELS}
DELIVERIES = [
    pytest.param(channel, name, id=f"{channel}-{Path(name).stem}")
    for channel in CHANNELS
    for name in EXPECTED[channel].deliveries
]
HANDSHAKES = [
    pytest.param(channel, name, id=f"{channel}-{Path(name).stem}")
    for channel in CHANNELS
    for name in EXPECTED[channel].handshakes
]
OTHERS = [
    pytest.param(channel, name, id=f"{channel}-{Path(name).stem}")
    for channel in CHANNELS
    for name in EXPECTED[channel].not_a_delivery
]


@pytest.fixture(autouse=True)
def _samples_are_here() -> None:
    if SAMPLES.is_dir():
        return
    reason = f"the platforms' samples are not there: {SAMPLES}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def door_settings(channel: str, redis_url: str, tmp_path: Path) -> Settings:
    return settings_for(tmp_path, redis_url, accounts=accounts_for(channel, EXPECTED[channel].accounts))


def sample(channel: str, name: str) -> bytes:
    return (SAMPLES / channel / name).read_bytes()


async def bring(door: Door, channel: str, name: str) -> Counter[str]:
    """To the webhook; or, where the channel is pulled and it is an answer, as polling does. What has no event."""
    body, pull = sample(channel, name), FACTS[channel].pull
    if pull is None or not name.endswith(".json"):
        archived = len(await door.archived())
        assert await door.deliver(channel, body) == 200
        left = await door.unhandled(channel)
        assert len(await door.archived()) - archived == (1 if left else 0)
        return left
    one = json.loads(body)
    answer = one if "items" in one else {"items": [one]}
    account = next(iter(door.settings.connected.values()))
    reading = CONNECTORS[channel].interpret(pull(NOW), Response(200, json.dumps(answer).encode()), account, NOW)
    assert isinstance(reading, Listed), reading
    async with Ingest(door.store, door.settings, lambda: NOW) as ingest:
        await ingest.append([each for each in reading.found if not isinstance(each, Unhandled)], 3600)
    return Counter(each.what for each in reading.found if isinstance(each, Unhandled))


@pytest.mark.parametrize(("channel", "name"), DELIVERIES)
async def test_a_sample_yields_its_events_and_once(the_door: Door, channel: str, name: str) -> None:
    expected = EXPECTED[channel].deliveries[name]
    assert await bring(the_door, channel, name) == unhandled(expected)
    assert yielded(await the_door.events()) == handled(expected)

    await bring(the_door, channel, name)
    assert yielded(await the_door.events()) == handled(expected), "a redelivery was taken for something new"


@pytest.mark.parametrize(("channel", "name"), OTHERS)
async def test_a_sample_that_is_no_delivery_is_taken_and_archived(the_door: Door, channel: str, name: str) -> None:
    assert await the_door.deliver(channel, sample(channel, name)) == 200
    assert await the_door.events() == []
    assert (await the_door.unhandled(channel)).total() == 1
    assert len(await the_door.archived()) == 1


@pytest.mark.parametrize(("channel", "name"), HANDSHAKES)
async def test_a_sample_of_a_handshake_is_answered(the_door: Door, channel: str, name: str) -> None:
    query = json.loads(sample(channel, name))
    async with the_door.client.get(the_door.webhook(channel), params=query) as answer:
        assert (answer.status, await answer.text()) == (200, EXPECTED[channel].handshakes[name])


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_sample_has_its_expectation(channel: str) -> None:
    folder, expected = SAMPLES / channel, EXPECTED[channel]
    there = {path.name for path in (*folder.glob("*.json"), *folder.glob("*.xml"))}
    assert there == {*expected.deliveries, *expected.not_a_delivery, *expected.handshakes}
