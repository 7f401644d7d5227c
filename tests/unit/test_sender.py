"""The sender's loop, without anything to send."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bot.config import Settings
from bot.model.action import Like
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from bot.sender import Sender, _Due
from bot.store.keys import Shard
from tests.integration.house import ROOT, test_settings


@pytest.fixture
def settings() -> Settings:
    return test_settings(ROOT / "var", None, "http://127.0.0.1:9")


async def test_it_ends_when_it_is_cancelled_in_the_moment_it_is_woken(settings: Settings) -> None:
    """Python 3.11's `wait_for` forgets the cancellation then, and whoever awaits its end waits for ever."""
    sender = Sender(cast(Any, None), cast(Any, None), cast(Any, None), settings, lambda: datetime.now(UTC))
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    action = Like(
        id=ActionId("1"),
        conversation=ConversationId.private(ContactId.of(AccountId.of("facebook", "1"), "2")),
        decided_upto=StreamId("1-0"),
        earliest=in_an_hour,
        external_id="3",
    )
    sender._push(_Due(in_an_hour.timestamp(), action, Shard(0)))
    running = asyncio.create_task(sender.run())
    await asyncio.sleep(0.01)
    sender._more.set()
    running.cancel()
    _, left = await asyncio.wait([running], timeout=5)
    assert not left
    assert running.cancelled()
