"""The demo page's side of the simulators' control API. Nobody's browser speaks to it directly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Literal

import aiohttp
from pydantic import AwareDatetime, BaseModel, TypeAdapter

ANSWER_S = 5.0
SILENCE_S = 60.0
"""The stream says something every quarter of a minute; longer silence is a dead connection."""


class Away(Exception):
    """The simulated platforms don't answer."""


class NotDone(Exception):
    """They answered that it can't be done, and why."""


class Post(BaseModel):
    id: str
    text: str
    at: AwareDatetime


class Customer(BaseModel):
    id: str
    name: str
    language: str = ""


class Channel(BaseModel):
    channel: str
    account: str
    name: str
    posts: tuple[Post, ...] = ()
    customers: tuple[Customer, ...] = ()


class Entry(BaseModel):
    external_id: str
    by: Literal["customer", "brand", "person"]
    name: str
    text: str
    at: AwareDatetime
    parent: str | None = None
    hidden: bool = False
    deleted: bool = False
    likes: int = 0
    edited: bool = False
    status: str = ""


class _World(BaseModel):
    channels: tuple[Channel, ...]


class _Thread(BaseModel):
    entries: tuple[Entry, ...]


_REFUSAL: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


class Simulators:
    """`changed` is called whenever a thread changed, and when the simulators come or go."""

    def __init__(self, base: str, changed: Callable[[], None]) -> None:
        self._base = base
        self._changed = changed
        self._session: aiohttp.ClientSession | None = None

    async def world(self) -> tuple[Channel, ...]:
        return _World.model_validate_json(await self._call("GET", "/control/world")).channels

    async def thread(self, channel: str, account: str, customer: str, where: str) -> tuple[Entry, ...]:
        query = {"channel": channel, "account": account, "customer": customer, "where": where}
        return _Thread.model_validate_json(await self._call("GET", "/control/thread", query)).entries

    async def post(self, what: Literal["say", "act", "fail"], body: dict[str, object]) -> None:
        """Raises `NotDone`."""
        await self._call("POST", f"/control/{what}", body=body)

    async def lifetime(self, app: object) -> AsyncIterator[None]:
        """For `cleanup_ctx`."""
        async with aiohttp.ClientSession() as session:
            self._session = session
            task = asyncio.create_task(self._listen(session))
            yield
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _call(
        self, method: str, path: str, query: dict[str, str] | None = None, body: dict[str, object] | None = None
    ) -> bytes:
        if self._session is None:
            raise Away("not started")
        try:
            timeout = aiohttp.ClientTimeout(total=ANSWER_S)
            async with self._session.request(
                method, self._base + path, params=query, json=body, timeout=timeout
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Away(path) from error
        if answer.status >= 500:
            raise Away(path)
        if answer.status >= 400:
            raise NotDone(_why(content))
        return content

    async def _listen(self, session: aiohttp.ClientSession) -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_S, sock_read=SILENCE_S)
        while True:
            try:
                async with session.get(f"{self._base}/control/stream", timeout=timeout) as answer:
                    self._changed()
                    async for line in answer.content:
                        if line.startswith(b"data:"):
                            self._changed()
            except (aiohttp.ClientError, TimeoutError):
                self._changed()
            await asyncio.sleep(1)


def _why(content: bytes) -> str:
    try:
        return str(_REFUSAL.validate_json(content).get("error", ""))
    except ValueError:
        return content[:200].decode(errors="replace")
