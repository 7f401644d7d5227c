"""A sandbox with a webhook that records, and a client for one account: what tests and drills play on."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

from aiohttp import ClientSession

from bot.config import AccountSettings, Settings
from sandbox.exchange import Rules
from sandbox.receiver import Arrival, Receiver, receiving
from sandbox.server import running


class Denied(Exception):
    """The control API answered 400; the message says why."""


class Rehearsal:
    """`token` is what `call` shows; spoil it to be refused."""

    def __init__(self, url: str, account: AccountSettings, receiver: Receiver, client: ClientSession) -> None:
        self.url, self.account, self.receiver, self.client = url, account, receiver, client
        self.token = account.simulated_secret("token").get_secret_value()

    async def control(self, path: str, **body: Any) -> Any:
        """Posts to the control API in the account's name. Raises `Denied`."""
        whose = {} if path in {"reset", "rules"} else {"channel": self.account.channel}
        if path in {"say", "act", "handshake"}:
            whose["account"] = self.account.id
        async with self.client.post(f"{self.url}/control/{path}", json={**whose, **body}) as answer:
            found = await answer.json()
            if answer.status != 200:
                raise Denied(found["error"])
            return found

    async def look(self, path: str, **query: str) -> Any:
        async with self.client.get(f"{self.url}/control/{path}", params=query) as answer:
            return await answer.json()

    async def say(self, text: str, customer: dict[str, str], where: str = "dm", **more: Any) -> str:
        """A customer writes; returns the id that the platform gives it."""
        said = await self.control("say", customer=customer, where=where, text=text, **more)
        return str(said["external_id"])

    async def act(self, do: str, **more: Any) -> Any:
        return await self.control("act", do=do, **more)

    async def fail(self, mode: str, **more: Any) -> None:
        await self.control("fail", mode=mode, **more)

    async def thread(self, customer: str = "", where: str = "dm") -> list[dict[str, Any]]:
        query = {"channel": self.account.channel, "account": self.account.id, "customer": customer, "where": where}
        return list((await self.look("thread", **query))["entries"])

    async def post(self) -> str:
        """The id of the account's first post."""
        channels = (await self.look("world"))["channels"]
        mine = (self.account.channel, self.account.id)
        (own,) = (found for found in channels if (found["channel"], found["account"]) == mine)
        return str(own["posts"][0]["id"])


class FacebookRehearsal(Rehearsal):
    async def call(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """The Graph API's status and answer."""
        url = f"{self.url}/facebook/v25.0/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.client.request(method, url, json=body, params=query, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def send(self, to: dict[str, str], text: str = "Bonjour !", **more: Any) -> tuple[int, Any]:
        body = {"recipient": to, "messaging_type": "RESPONSE", "message": {"text": text}, **more}
        return await self.call("POST", f"{self.account.id}/messages", body)

    def items(self, key: str) -> list[dict[str, Any]]:
        """What was delivered: items of messages that have `key`, `echo` for the page's own, `changes` for all those."""
        return list(_items(self.receiver.arrived, key))

    async def item(self, key: str, count: int = 1) -> dict[str, Any]:
        """The newest such item, once there are so many."""
        await self.receiver.until(lambda arrived: len(list(_items(arrived, key))) >= count)
        return self.items(key)[-1]

    async def change(self, verb: str, item: str = "comment", count: int = 1) -> dict[str, Any]:
        """The newest change of that kind, once there are so many."""

        def found(arrived: list[Arrival]) -> list[dict[str, Any]]:
            values = [change["value"] for change in _items(arrived, "changes")]
            return [value for value in values if value["verb"] == verb and value["item"] == item]

        await self.receiver.until(lambda arrived: len(found(arrived)) >= count)
        return found(self.receiver.arrived)[-1]


class TelegramRehearsal(Rehearsal):
    async def call(self, method: str, **body: Any) -> tuple[int, Any]:
        """The Bot API's status and answer."""
        async with self.client.post(f"{self.url}/telegram/bot{self.token}/{method}", json=body) as answer:
            return answer.status, await answer.json(content_type=None)

    async def send(self, chat: int | str, text: str = "Bonjour !", **more: Any) -> tuple[int, Any]:
        return await self.call("sendMessage", chat_id=chat, text=text, **more)

    async def update(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The newest update of that kind, once there are so many."""
        await self.receiver.until(lambda arrived: len(_updates(arrived, kind)) >= count)
        return _updates(self.receiver.arrived, kind)[-1]

    def updates(self, kind: str) -> list[dict[str, Any]]:
        return _updates(self.receiver.arrived, kind)


def _items(arrived: list[Arrival], key: str) -> Iterator[dict[str, Any]]:
    for entry in (entry for arrival in arrived for entry in arrival.json["entry"]):
        if key == "changes":
            yield from entry.get("changes", [])
        for item in [*entry.get("messaging", []), *entry.get("standby", [])]:
            own = item.get("message", {}).get("is_echo", False)
            if (own and key == "echo") or (not own and key in item):
                yield item


def _updates(arrived: list[Arrival], kind: str) -> list[dict[str, Any]]:
    return [arrival.json[kind] for arrival in arrived if kind in arrival.json]


Kind = TypeVar("Kind", bound=Rehearsal)


@asynccontextmanager
async def rehearsing(kind: type[Kind], settings: Settings, rules: Rules | None = None) -> AsyncIterator[Kind]:
    """On free ports, for the first account of the settings."""
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(receiving())
        sandbox = await stack.enter_async_context(running(settings, port=0, webhook_base=receiver.url, rules=rules))
        client = await stack.enter_async_context(ClientSession())
        yield kind(sandbox.url, settings.accounts[0], receiver, client)
