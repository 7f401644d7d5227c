"""Taking words out of the store: one message of a conversation, or everything of a contact.

The ledger keeps its ids and salted commitments, which say nothing about a person without the records that go here.
"""

import json
from collections.abc import AsyncIterator, Iterable

from bot.model.ids import ContactId, ConversationId
from bot.model.turn import TurnRecord
from bot.store.keys import Shard
from bot.store.redis import Connection
from bot.store.webchat import Mailboxes

_MAGIC = str.maketrans({sign: f"\\{sign}" for sign in "*?[]^\\-"})


class Erasure:
    def __init__(self, connection: Connection) -> None:
        self._redis = connection

    async def forget(self, shard: Shard, conversation: ConversationId, external_ids: Iterable[str]) -> None:
        """Empties these messages in the records of why a turn was decided as it was. May be done again."""
        gone = frozenset(external_ids)
        key = shard.turns(conversation)
        kept: list[str] = await self._redis.call("LRANGE", key, 0, -1)
        changes = [(raw, emptied) for raw in kept if (emptied := _emptied(raw, gone)) != raw]
        for raw, emptied in changes:
            await self._redis.call(*self._redis.script("swap", [key], [raw, emptied]))

    async def erase(self, shard: Shard, contact: ContactId) -> int:
        """Everything kept of a contact but the fact that they opted out. Returns how many conversations went."""
        begins = f"{contact}/"
        conversations = [name async for name in self._named(f"{shard.tag}:conv:", begins)]
        turns = [name async for name in self._named(f"{shard.tag}:turns:", begins)]
        subjects = [name.removeprefix(f"{shard.tag}:conv:") for name in conversations]
        if subjects:
            for hash_ in (shard.waiting, shard.notices):
                await self._redis.call("HDEL", hash_, *subjects)
            await self._redis.call("ZREM", shard.notices_due, *subjects)
        await self._drop_actions(shard, begins)
        await self._drop_timers(shard, begins)
        await self._drop_letters(shard, contact)
        for name in (*conversations, *turns):
            await self._redis.call("DEL", name)
        await Mailboxes(self._redis).erase(contact)
        await self._redis.call(*self._redis.script("erase", [shard.contact(contact)], [contact]))
        return len(conversations)

    async def _drop_actions(self, shard: Shard, begins: str) -> None:
        for name, raw in (await self._redis.call("HGETALL", shard.actions)).items():
            if json.loads(json.loads(raw)["body"])["conversation"].startswith(begins):
                await self._redis.call("HDEL", shard.actions, name)
                await self._redis.call("ZREM", shard.due, name)

    async def _drop_timers(self, shard: Shard, begins: str) -> None:
        for raw in await self._redis.call("ZRANGE", shard.timers, 0, -1):
            if (json.loads(raw).get("conversation") or "").startswith(begins):
                await self._redis.call("ZREM", shard.timers, raw)

    async def _drop_letters(self, shard: Shard, contact: ContactId) -> None:
        for name, raw in (await self._redis.call("HGETALL", shard.dead)).items():
            if f'"{contact}' in json.loads(raw)["event"]:
                await self._redis.call("HDEL", shard.dead, name)

    async def _named(self, before: str, begins: str) -> AsyncIterator[str]:
        async for name in self._redis.scan(f"{(before + begins).translate(_MAGIC)}*"):
            yield name


def _emptied(raw: str, gone: frozenset[str]) -> str:
    turn = TurnRecord.model_validate_json(raw)
    if not any(incoming.external_id in gone and incoming.text for incoming in turn.unanswered):
        return raw
    unanswered = tuple(
        incoming.model_copy(update={"text": "", "understanding": None}) if incoming.external_id in gone else incoming
        for incoming in turn.unanswered
    )
    return turn.model_copy(update={"unanswered": unanswered}).model_dump_json(exclude_none=True)
