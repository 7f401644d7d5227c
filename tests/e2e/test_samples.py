"""Every sample of the platforms' real deliveries, signed and over HTTP, yields exactly what is expected of it.

The samples are kept beside the project and are not part of it: where they are missing, these tests skip.
"""

import os
from pathlib import Path

import pytest

from bot.config import Settings
from tests.e2e.door import CHANNELS, Door, accounts_for, settings_for
from tests.e2e.yields import expectations, handled, unhandled, yielded
from tests.integration.house import ROOT

SAMPLES = ROOT.parent / "shared" / "platforms" / "samples"
EXPECTED = {channel: expectations(channel) for channel in CHANNELS}
DELIVERIES = [
    pytest.param(channel, name, id=f"{channel}-{Path(name).stem}")
    for channel in CHANNELS
    for name in EXPECTED[channel].deliveries
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


@pytest.mark.parametrize(("channel", "name"), DELIVERIES)
async def test_a_sample_yields_its_events_and_once(the_door: Door, channel: str, name: str) -> None:
    body, expected = sample(channel, name), EXPECTED[channel].deliveries[name]
    assert await the_door.deliver(channel, body) == 200
    assert yielded(await the_door.events()) == handled(expected)
    assert await the_door.unhandled(channel) == unhandled(expected)
    assert len(await the_door.archived()) == (1 if unhandled(expected) else 0)

    assert await the_door.deliver(channel, body) == 200
    assert yielded(await the_door.events()) == handled(expected), "a redelivery was taken for something new"


@pytest.mark.parametrize(("channel", "name"), OTHERS)
async def test_a_sample_that_is_no_delivery_is_taken_and_archived(the_door: Door, channel: str, name: str) -> None:
    assert await the_door.deliver(channel, sample(channel, name)) == 200
    assert await the_door.events() == []
    assert (await the_door.unhandled(channel)).total() == 1
    assert len(await the_door.archived()) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_sample_has_its_expectation(channel: str) -> None:
    there = {path.name for path in (SAMPLES / channel).glob("*.json")}
    assert there == {*EXPECTED[channel].deliveries, *EXPECTED[channel].not_a_delivery}
