"""Whoever is cancelled while speaking to the store ends, at whatever moment it was."""

import asyncio
from pathlib import Path

from bot.store import Store
from tests.integration.house import test_settings

MOMENTS = 40
ROUNDS = 8


async def test_a_cancellation_is_never_lost(redis_url: str, tmp_path: Path) -> None:
    """Python 3.11's `wait_for`, by which the client library bounds its sending, forgets one in the wrong moment."""
    store = await Store.open(redis_url, test_settings(tmp_path, redis_url, "http://127.0.0.1:9"))

    async def speak_for_ever() -> None:
        await store.connection.call_many([("PING",)])
        await asyncio.sleep(3600)

    try:
        for moment in range(MOMENTS * ROUNDS):
            task = asyncio.create_task(speak_for_ever())
            for _ in range(moment % MOMENTS):
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=5)
            assert done, f"not ended when cancelled after {moment % MOMENTS} steps"
    finally:
        await store.close()
