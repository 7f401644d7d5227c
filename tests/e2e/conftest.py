"""The real parts, shared with the integration tests, and a door where deliveries are brought by hand."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import Settings
from tests.e2e.door import Door, door, settings_for
from tests.e2e.talk import whole_house
from tests.integration.conftest import nlu_url, redis_url
from tests.integration.house import House

__all__ = ["nlu_url", "redis_url"]


@pytest.fixture
async def the_house(redis_url: str, nlu_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Everything but the worker, which a test starts when it wants to."""
    async with whole_house(redis_url, nlu_url, tmp_path) as built:
        yield built


@pytest.fixture
def door_settings(redis_url: str, tmp_path: Path) -> Settings:
    """The project's own configuration; a test module with accounts of its own overrides this."""
    return settings_for(tmp_path, redis_url)


@pytest.fixture
async def the_door(door_settings: Settings) -> AsyncIterator[Door]:
    async with door(door_settings) as built:
        yield built
