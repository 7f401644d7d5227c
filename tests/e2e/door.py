"""The whole web application over a real store, and deliveries brought to it by hand. No worker: what came in stays."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from bot.config import AccountSettings, Settings
from bot.ingest import Ingest
from bot.model.event import EVENT, Event
from bot.store import Store
from bot.store.keys import ARCHIVE, DOOR_COUNTERS
from bot.web.server import create_app, listening
from connectors import CONNECTORS
from tests.channels import FACTS
from tests.integration.house import ROOT, test_settings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def signed(settings: Settings, channel: str, body: bytes) -> dict[str, str]:
    """The headers that the platform would send with that body to the endpoint `main`."""
    account = next(account for account in settings.accounts if account.channel == channel)
    facts = FACTS[channel]
    secret = account.simulated_secret(facts.signed_with).get_secret_value()
    return {"Content-Type": "application/json", **facts.sign(secret, body, NOW)}


def accounts_for(channel: str, ids: Mapping[str, Mapping[str, str]]) -> tuple[AccountSettings, ...]:
    """Simulated accounts of one endpoint, with their settings."""
    return tuple(
        AccountSettings(
            channel=channel, id=id_, name=f"Maison {id_}", live="on", simulated=True, settings=dict(settings)
        )
        for id_, settings in ids.items()
    )


def settings_for(var: Path, redis_url: str, **changes: Any) -> Settings:
    """The project's own configuration on a free port, without anybody to understand."""
    settings = test_settings(var, redis_url, "http://127.0.0.1:9", **changes)
    return settings.model_copy(update={"web": settings.web.model_copy(update={"port": 0})})


@dataclass(frozen=True, slots=True)
class Door:
    url: str
    settings: Settings
    store: Store
    client: ClientSession

    def webhook(self, channel: str) -> str:
        return f"{self.url}/webhooks/{channel}/main"

    async def deliver(self, channel: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        """The status of the answer. Signed as the platform would, unless `headers` are given."""
        headers = signed(self.settings, channel, body) if headers is None else headers
        async with self.client.post(self.webhook(channel), data=BytesIO(body), headers=headers) as answer:
            await answer.read()
            return answer.status

    async def events(self) -> list[Event]:
        """All that was kept, shard by shard, in each shard's order."""
        commands = [("XRANGE", shard.events, "-", "+") for shard in self.store.events.shards]
        found = []
        for entries in await self.store.connection.call_many(commands):
            for _, fields in entries:
                found.append(EVENT.validate_json(fields[1] if isinstance(fields, list) else fields["e"]))
        return found

    async def unhandled(self, channel: str) -> Counter[str]:
        """What the door counted without an event for it."""
        counters = await self.store.connection.call("HGETALL", DOOR_COUNTERS)
        start = f"unhandled.{channel}."
        return Counter({name.removeprefix(start): int(n) for name, n in counters.items() if name.startswith(start)})

    async def archived(self) -> list[dict[str, str]]:
        entries = await self.store.connection.call("XRANGE", ARCHIVE, "-", "+")
        return [
            fields if isinstance(fields, dict) else dict(zip(fields[::2], fields[1::2], strict=True))
            for _, fields in entries
        ]

    async def keys(self) -> int:
        """How many keys the store has; a refused delivery must not change it."""
        return int(await self.store.connection.call("DBSIZE"))

    async def counted(self, channel: str, outcome: str) -> float:
        """`aplomb_deliveries_total` as the metrics page tells it."""
        async with self.client.get(f"{self.url}/metrics") as answer:
            page = await answer.text()
        wanted = f'aplomb_deliveries_total{{channel="{channel}",outcome="{outcome}"}} '
        return next((float(line.removeprefix(wanted)) for line in page.splitlines() if line.startswith(wanted)), 0.0)


@asynccontextmanager
async def door(settings: Settings, clock: Callable[[], datetime] = lambda: NOW) -> AsyncIterator[Door]:
    """The web role on a free port over an emptied store."""
    assert settings.redis.url is not None
    async with AsyncExitStack() as stack:
        emptied = await Store.open(settings.redis.url, settings)
        await emptied.connection.call("FLUSHALL")
        await emptied.close()
        store = await Store.open(settings.redis.url, settings)
        stack.push_async_callback(store.close)
        ingest = await stack.enter_async_context(Ingest(store, settings, clock))
        port = await stack.enter_async_context(listening(create_app(store, ingest, settings, clock), settings))
        client = await stack.enter_async_context(ClientSession())
        yield Door(f"http://127.0.0.1:{port}", settings, store, client)


def fixtures(channel: str) -> list[Path]:
    """The project's own deliveries of a channel, each beside its expectation."""
    found = (ROOT / "connectors" / channel / "fixtures").glob("*.json")
    return sorted(path for path in found if not path.name.endswith(".expected.json"))


CHANNELS = tuple(sorted(CONNECTORS))
PLAYED = ("facebook", "telegram")
"""A platform with echoes and receipts, and one without: what is the same for every channel is played on these."""
