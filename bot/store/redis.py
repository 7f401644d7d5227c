"""The connection: scripts, pipelines and blocking reads, on one server or a cluster, behind one class.

Whatever Redis can do wrong comes out as `StoreUnavailable`, and nothing is repeated behind the caller's back: a claim
whose answer was lost must not be claimed again. Scripts are sent by digest through `execute_command`, which a cluster's
pipelines accept too, and loaded again when the server has forgotten them.

Single calls of many tasks share round trips: while one is under way, the next gathers.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, Self

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from bot.errors import ConfigurationError, StoreUnavailable
from bot.store.keys import META

_SCRIPTS = ("append", "lease", "release", "read", "load", "commit", "claim", "unclaim", "rate", "due", "swap", "erase")

Command = tuple[Any, ...]


AT_ONCE = 256
ANSWER_WITHIN_S = 10.0
UNDER_WAY_AT_MOST = 2


class Connection:
    """`call` for one command, `call_many` for a round trip of many, `script` to make a command of a script."""

    def __init__(self, client: Any, readers: Any, replicas: int = 0) -> None:
        self._client = client
        self._readers = readers
        self._replicas = replicas
        self._sources = {name: files("bot.store").joinpath(f"{name}.lua").read_text() for name in _SCRIPTS}
        self._digests: dict[str, str] = {}
        self._gathered: list[tuple[Command, asyncio.Future[Any]]] = []
        self._trips: set[asyncio.Task[None]] = set()
        self._under_way = 0

    @classmethod
    async def open(cls, url: str, *, replicas: int = 0) -> Self:
        """`url`: `redis://`, `rediss://`, `unix://`, or `redis+cluster://host:port`."""
        if url.startswith("redis+cluster://"):
            cluster: Any = RedisCluster.from_url(url.replace("redis+cluster", "redis", 1), decode_responses=True)
            connection = cls(cluster, cluster, replicas)
        else:
            client = Redis.from_url(
                url, decode_responses=True, socket_timeout=None, max_connections=256, retry=Retry(NoBackoff(), 0)
            )
            readers = Redis.from_url(url, decode_responses=True, socket_timeout=None, max_connections=1100)
            connection = cls(client, readers, replicas)
        await connection._load_scripts()
        return connection

    async def close(self) -> None:
        await asyncio.gather(*self._trips, return_exceptions=True)
        await self._client.aclose()
        if self._readers is not self._client:
            await self._readers.aclose()

    async def call(self, *command: Any) -> Any:
        answer = await self._together(command)
        if isinstance(answer, NoScriptError):
            await self._load_scripts()
            answer = await self._together(command)
        return checked(answer)

    async def alone(self, *command: Any) -> Any:
        """A command about a whole server, which a cluster takes in no pipeline."""
        return await self._guard(self._client.execute_command(*command))

    async def call_durably(self, *command: Any) -> Any:
        """As `call`, and on the configured replicas before it returns."""
        if self._replicas == 0:
            return await self.call(*command)
        return checked((await self.call_many([command], durable=True))[0])

    def _together(self, command: Command) -> "asyncio.Future[Any]":
        """The answer, which may be an error, of a command that leaves with the next round trip."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._gathered.append((command, answer))
        if self._under_way < UNDER_WAY_AT_MOST:
            self._under_way += 1
            trip = asyncio.create_task(self._trip(), name="redis")
            self._trips.add(trip)
            trip.add_done_callback(self._trips.discard)
        return answer

    async def _trip(self) -> None:
        """Round trips until nothing is gathered. It counts as over in the same step that finds nothing."""
        try:
            await self._carry_gathered()
        finally:
            self._under_way -= 1

    async def _carry_gathered(self) -> None:
        while self._gathered:
            batch, self._gathered = self._gathered[:AT_ONCE], self._gathered[AT_ONCE:]
            try:
                answers: list[Any] = await self._pipeline([command for command, _ in batch], durable=False)
            except StoreUnavailable as error:
                _fail(batch, error)
                continue
            except BaseException:
                _fail(batch, StoreUnavailable("the connection was closed"))
                raise
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if not waiting.done():
                    waiting.set_result(answer)

    async def call_many(self, commands: Sequence[Command], *, durable: bool = False) -> list[Any]:
        """One round trip. An answer may be an exception, in its place. `durable` waits for the configured replicas.

        Scripts and other commands don't mix: a server that has forgotten a script is asked for all of them again.
        """
        if not commands:
            return []
        answers = await self._pipeline(commands, durable)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            await self._load_scripts()
            answers = await self._pipeline(commands, durable)
        return answers

    async def _pipeline(self, commands: Sequence[Command], durable: bool) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        waits = durable and self._replicas > 0
        if waits:
            pipeline.execute_command("WAIT", self._replicas, 1000)
        answers = list(await self._guard(pipeline.execute(raise_on_error=False)))
        if waits and answers.pop() < self._replicas:
            raise StoreUnavailable(f"fewer than {self._replicas} replicas confirmed within a second")
        return answers

    async def blocking(self, *command: Any) -> Any:
        """A command that may wait at the server, on a connection of its own."""
        return await self._guard(self._readers.execute_command(*command), within_s=None)

    async def scan(self, pattern: str) -> AsyncIterator[str]:
        """Names of keys, of the whole store; some may come twice. For rare work: it looks at every key."""
        try:
            async for name in self._client.scan_iter(match=pattern, count=1000):
                yield name
        except (RedisError, OSError) as error:
            raise StoreUnavailable(str(error)) from error

    def script(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> Command:
        return ("EVALSHA", self._digests[name], len(keys), *keys, *args)

    @asynccontextmanager
    async def subscribed(self, channel: str) -> AsyncIterator[Any]:
        subscription = self._readers.pubsub()
        try:
            await self._guard(subscription.subscribe(channel))
            yield subscription
        finally:
            await subscription.aclose()

    async def next_message(self, subscription: Any, timeout_s: float) -> str | None:
        news = subscription.get_message(ignore_subscribe_messages=True, timeout=timeout_s)
        message = await self._guard(news, within_s=timeout_s + ANSWER_WITHIN_S)
        return message["data"] if message else None

    async def _load_scripts(self) -> None:
        for name, source in self._sources.items():
            self._digests[name] = await self._guard(self._client.script_load(source))

    async def _guard(self, answer: Awaitable[Any], within_s: float | None = ANSWER_WITHIN_S) -> Any:
        """`within_s` stands in for the library's own timeout, whose `wait_for` loses cancellations in Python 3.11."""
        try:
            async with asyncio.timeout(within_s):
                return await answer
        except (RedisError, OSError) as error:
            raise StoreUnavailable(str(error) or f"no answer within {within_s} s") from error


def _fail(batch: Sequence[tuple[Command, "asyncio.Future[Any]"]], error: StoreUnavailable) -> None:
    for _, waiting in batch:
        if not waiting.done():
            waiting.set_exception(error)


def checked(answer: Any) -> Any:
    """An answer of `call_many`, raised if it is an error."""
    if isinstance(answer, RedisError):
        raise StoreUnavailable(str(answer)) from answer
    return answer


async def agree_on_shards(connection: Connection, shards: int) -> None:
    """Writes the number of shards at first start. Raises `ConfigurationError` when the store was made with another."""
    await connection.call("HSETNX", META, "shards", shards)
    kept = int(await connection.call("HGET", META, "shards"))
    if kept != shards:
        raise ConfigurationError(
            f"redis.shards is {shards}, but this store was made with {kept}: "
            f"events would be looked for in the wrong place; set redis.shards: {kept}"
        )


async def risks(connection: Connection) -> list[str]:
    """What this server's settings may cost, in sentences; empty when every answer 200 is on disk for good."""
    found: list[str] = []
    try:
        answer = await connection.alone("CONFIG", "GET", "maxmemory-policy", "appendonly", "appendfsync", "maxmemory")
    except StoreUnavailable:
        return ["this Redis does not show its settings: see to it that it evicts nothing and syncs every write"]
    config = answer if isinstance(answer, dict) else dict(zip(answer[::2], answer[1::2], strict=True))
    if config.get("maxmemory") != "0" and config.get("maxmemory-policy") != "noeviction":
        found.append(f"maxmemory-policy {config.get('maxmemory-policy')}: conversations may be evicted; use noeviction")
    if config.get("appendonly") != "yes":
        found.append("appendonly no: a crash loses what came since the last snapshot; set appendonly yes")
    elif config.get("appendfsync") != "always":
        found.append(f"appendfsync {config.get('appendfsync')}: a crash may lose a second of events; set always")
    return found
