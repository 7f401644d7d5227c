"""The project's own deliveries, written in the platforms' shapes with invented people, signed and over HTTP.

They cover by themselves every kind of event that a channel has: these tests need nothing from outside of the project.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings
from bot.ingest import Ingest
from bot.model.event import EVENT, Event, Unhandled
from connectors import CONNECTORS
from tests.channels import FACTS
from tests.contract.test_connectors import delivery, endpoint, meaning
from tests.e2e.door import CHANNELS, NOW, Door, accounts_for, fixtures, settings_for
from tests.e2e.yields import expectations

ALL = [pytest.param(channel, path, id=f"{channel}-{path.stem}") for channel in CHANNELS for path in fixtures(channel)]


@pytest.fixture
def door_settings(channel: str, redis_url: str, tmp_path: Path) -> Settings:
    settings = settings_for(tmp_path, redis_url, accounts=accounts_for(channel, FACTS[channel].accounts))
    in_time = settings.worker.model_copy(update={"late_after_s": 10.0**9})
    return settings.model_copy(update={"worker": in_time})


def expected(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.with_suffix(".expected.json").read_text())
    return found


def events_in(path: Path) -> list[Event]:
    return [EVENT.validate_python(each) for each in expected(path) if "kind" in each]


def body_of(path: Path) -> bytes:
    return path.read_bytes()


async def bring(door: Door, channel: str, body: bytes) -> None:
    """To the webhook; or, where the channel is pulled, as polling does."""
    if FACTS[channel].pull is None:
        assert await door.deliver(channel, body) == 200
        return
    connected = next(iter(door.settings.connected.values()))
    horizon_s = CONNECTORS[channel].capabilities(connected).redelivery_horizon_s
    async with Ingest(door.store, door.settings, lambda: NOW) as ingest:
        await ingest.append([each for each in meaning(channel, body) if not isinstance(each, Unhandled)], horizon_s)


@pytest.mark.parametrize(("channel", "path"), ALL)
async def test_a_fixture_yields_its_events_in_order_and_once(the_door: Door, channel: str, path: Path) -> None:
    body = body_of(path)
    await bring(the_door, channel, body)
    kept = await the_door.events()
    placed = {event.id: event for event in (*events_in(path), *kept)}
    shard_for = the_door.store.events.shard_for
    by_shard = sorted(events_in(path), key=lambda event: shard_for(placed[event.id]).number)
    assert [unplaced(event) for event in kept] == [unplaced(event) for event in by_shard]
    pulled = FACTS[channel].pull is not None
    whats = [] if pulled else [each["what"] for each in expected(path) if "kind" not in each]
    assert sorted((await the_door.unhandled(channel)).elements()) == sorted(whats)
    assert [found["body"] for found in await the_door.archived()] == ([body.decode()] if whats else [])

    await bring(the_door, channel, body)
    assert await the_door.events() == kept, "a redelivery was taken for something new"


def unplaced(event: Event) -> Event:
    """Where a delivery does not say whose conversation it touches, the door finds it: that is not the fixture's."""
    return event.model_copy(update={"conversation": None, "contact": None}) if event.locate else event


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_fixtures_cover_every_kind_of_event(channel: str) -> None:
    pushed = CONNECTORS[channel].parse(delivery(channel, FACTS[channel].pushed), endpoint(channel), NOW)
    kinds = {event.kind for path in fixtures(channel) for event in events_in(path)}
    kinds |= {each.kind for each in pushed if not isinstance(each, Unhandled)}
    assert kinds == FACTS[channel].kinds


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_fixtures_cover_what_the_samples_yield(channel: str) -> None:
    kinds = {kind for yields in expectations(channel).deliveries.values() for kind, _ in yields}
    assert kinds - {"unhandled"} <= FACTS[channel].kinds
