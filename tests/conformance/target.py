"""A running Aplomb as a platform sees it: deliveries go to its webhook, and its metrics tell what was kept."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from aiohttp import ClientSession

from tests.channels.base import ChannelFacts, Headers

_LINE = re.compile(
    r'^aplomb_(?P<counter>events_kept|unhandled)_total\{channel="(?P<channel>[^"]+)",\w+="(?P<what>[^"]+)"\} '
    r"(?P<n>\S+)$"
)


@dataclass(frozen=True, slots=True)
class Target:
    """`account`: which configured account stands for the facts' first. `secrets`: by name, as configured there."""

    url: str
    client: ClientSession
    facts: ChannelFacts
    secrets: Mapping[str, str]
    account: str
    endpoint: str = "main"

    @property
    def webhook(self) -> str:
        return f"{self.url}/webhooks/{self.facts.channel}/{self.endpoint}"

    def meant(self, body: bytes) -> bytes:
        """The body, about the account that is configured."""
        return body.replace(next(iter(self.facts.accounts)).encode(), self.account.encode())

    def signed(self, body: bytes, at: datetime | None = None) -> Headers:
        secret = self.secrets[self.facts.signed_with]
        return self.facts.sign(secret, body, at or datetime.now(UTC))

    async def deliver(self, body: bytes, headers: Headers | None = None) -> int:
        """The status of the answer. Signed as the platform would, unless `headers` are given."""
        headers = self.signed(body) if headers is None else headers
        given = {"Content-Type": "application/json", **headers}
        async with self.client.post(self.webhook, data=BytesIO(body), headers=given) as answer:
            await answer.read()
            return answer.status

    async def greet(self, query: Mapping[str, str]) -> tuple[int, bytes]:
        named = {name: self.meant(value.encode()).decode() for name, value in query.items()}
        async with self.client.get(self.webhook, params=named) as answer:
            return answer.status, await answer.read()

    async def counted(self) -> Counter[str]:
        """Events kept by kind, and `unhandled.<what>`, of the channel, since the process began."""
        async with self.client.get(f"{self.url}/metrics") as answer:
            page = await answer.text()
        found: Counter[str] = Counter()
        for line in page.splitlines():
            match = _LINE.match(line)
            if match and match["channel"] == self.facts.channel:
                name = match["what"] if match["counter"] == "events_kept" else f"unhandled.{match['what']}"
                found[name] += int(float(match["n"]))
        return found
