"""The kit against an Aplomb of its own: the web role over a private server, with the facts' accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.store.embedded import PrivateServer
from connectors import CONNECTORS
from tests.channels.base import ChannelFacts
from tests.conformance import deliveries, outgoing
from tests.conformance.deliveries import Result
from tests.conformance.target import Target
from tests.e2e.door import accounts_for, door, settings_for


@asynccontextmanager
async def target(facts: ChannelFacts, var: Path, redis_url: str) -> AsyncIterator[Target]:
    settings = settings_for(var, redis_url, accounts=accounts_for(facts.channel, facts.accounts))
    first = settings.accounts[0]
    names = [spec.name for spec in CONNECTORS[facts.channel].secrets]
    secrets = {name: first.simulated_secret(name).get_secret_value() for name in names}
    async with door(settings, clock=lambda: datetime.now(UTC)) as opened:
        yield Target(opened.url, opened.client, facts, secrets, first.id)


async def both(facts: ChannelFacts, var: Path, redis_url: str) -> tuple[list[Result], list[Result]]:
    """What the channel does with deliveries, and with answers."""
    async with target(facts, var, redis_url) as aimed:
        found = [result async for result in deliveries.run(aimed)]
    settings = settings_for(var, redis_url)
    return found, [result async for result in outgoing.run(facts, settings)]


@asynccontextmanager
async def private_server(var: Path) -> AsyncIterator[str]:
    async with PrivateServer(var) as server:
        yield server.url
