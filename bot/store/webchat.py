"""Mailboxes of visitors who chat on a web page: what was said, for as long as somebody may come back to read it.

A mailbox is a sorted set by time. A letter put twice is there once, since it is the same member; so whoever does not
know whether theirs arrived may put it again.
"""

import contextlib
import json
from asyncio import sleep
from collections.abc import AsyncIterator
from typing import Literal

from bot.errors import StoreUnavailable
from bot.model.base import Value
from bot.model.ids import ContactId
from bot.store.keys import WEBCHAT_FEED, webchat, webchat_rate
from bot.store.redis import Connection, checked

BOX_S = 30 * 86400
"""How long a mailbox outlives the last words in it."""
KEPT = 200
"""Letters in a mailbox; the oldest go first."""
LISTEN_S = 30.0

News = Literal["words", "typing", "seen", "gone"]
"""What is new of a visitor: `gone`, they were erased."""


class Letter(Value):
    """`by`: the visitor, an assistant or a person of the brand. `choices`: short answers, as buttons."""

    id: str
    by: Literal["visitor", "bot", "person"]
    text: str
    choices: tuple[str, ...] = ()


class Mailboxes:
    def __init__(self, connection: Connection) -> None:
        self._redis = connection

    async def open(self, visitor: ContactId) -> None:
        await self._redis.call("SET", webchat(visitor, "here"), 1, "EX", BOX_S)

    async def is_open(self, visitor: ContactId) -> bool:
        """False once the visitor was erased, or away for too long."""
        return bool(await self._redis.call("EXISTS", webchat(visitor, "here")))

    async def put(self, visitor: ContactId, letter: Letter, at_ms: int) -> None:
        """On return it is on disk."""
        box = webchat(visitor, "box")
        commands = [
            ("ZADD", box, "NX", at_ms, letter.model_dump_json()),
            ("ZREMRANGEBYRANK", box, 0, -KEPT - 1),
            ("EXPIRE", box, BOX_S),
            ("SET", webchat(visitor, "here"), 1, "EX", BOX_S),
        ]
        for answer in await self._redis.call_many(commands, durable=True):
            checked(answer)

    async def letters(self, visitor: ContactId, since_ms: int = 0) -> list[tuple[int, Letter]]:
        """With their times, the oldest first."""
        found = await self._redis.call("ZRANGEBYSCORE", webchat(visitor, "box"), since_ms, "+inf", "WITHSCORES")
        pairs = found if found and isinstance(found[0], list | tuple) else zip(found[::2], found[1::2], strict=True)
        return [(int(float(score)), Letter.model_validate_json(raw)) for raw, score in pairs]

    async def erase(self, visitor: ContactId) -> None:
        await self._redis.call("DEL", webchat(visitor, "box"), webchat(visitor, "here"))

    async def tell(self, visitor: ContactId, news: News) -> None:
        """Wakes whoever shows this mailbox, in any process; nobody hears it later."""
        await self._redis.alone("PUBLISH", WEBCHAT_FEED, json.dumps([visitor, news]))

    async def news(self) -> AsyncIterator[tuple[ContactId, News]]:
        """Endless. A lost connection is taken up again; what was missed meanwhile is not told."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                async with self._redis.subscribed(WEBCHAT_FEED) as subscription:
                    while True:
                        told = await self._redis.next_message(subscription, LISTEN_S)
                        if told:
                            visitor, news = json.loads(told)
                            yield ContactId(visitor), news
            await sleep(1)

    async def allows(self, what: str, who: str, count: int, per_s: int) -> bool:
        """Counts one more; whether it is among the first `count` of this span of `per_s`."""
        key = webchat_rate(what, who)
        counted, _ = await self._redis.call_many([("INCR", key), ("EXPIRE", key, per_s, "NX")])
        return int(checked(counted)) <= count
