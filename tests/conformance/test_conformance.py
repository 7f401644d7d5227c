"""The kit, as part of the tests: no channel may fail any of its cases, and the report is what it finds."""

from pathlib import Path

import pytest

from tests.channels import FACTS
from tests.conformance import deliveries, outgoing
from tests.conformance.deliveries import CASES, CHECKS, Result
from tests.conformance.inside import target
from tests.e2e.door import settings_for
from tests.integration.conftest import redis_url

__all__ = ["redis_url"]

channels = pytest.mark.parametrize("channel", FACTS)


def failed(results: list[Result]) -> list[str]:
    return [f"{result.case}: {result.told}" for result in results if result.verdict == "failed"]


@channels
async def test_deliveries(channel: str, tmp_path: Path, redis_url: str) -> None:
    async with target(FACTS[channel], tmp_path, redis_url) as aimed:
        results = [result async for result in deliveries.run(aimed)]
    assert failed(results) == []
    assert [result.case for result in results] == [*CASES, *CHECKS]
    assert sum(result.verdict == "passed" for result in results) >= len(results) / 2


@channels
async def test_outgoing(channel: str, tmp_path: Path, redis_url: str) -> None:
    results = [result async for result in outgoing.run(FACTS[channel], settings_for(tmp_path, redis_url))]
    assert failed(results) == []
    assert {fault.fault for fault in FACTS[channel].refusals} >= {"reconnect", "refused", "unknown"}
