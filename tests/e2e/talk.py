"""Words that these tests' customers say, and what is awaited of the house."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.model.conversation import Conversation
from bot.model.ids import AccountId, ConversationId
from tests.integration.house import ACCOUNTS, House, house, private

ANN = "4411"
"""A customer whose id both platforms take: Telegram's are numbers."""
DM = "dm"
POST = "post"

HOURS = {"fr": "Bonjour, quels sont vos horaires d'ouverture ?", "en": "Hello, what are your opening hours?"}
ANGRY = {
    "fr": "Toujours pas livré, c'est honteux, je suis furieux.",
    "en": "My order still has not arrived, this is a disgrace, I am furious.",
}
THREAT = {"fr": "Je vais vous tuer, bande d'incapables.", "en": "I know where you live and I will kill you."}

SAID_IN: dict[str, tuple[str, str]] = {
    "fr": ("de 9 h 30 à 19 h", "assistant automatique"),
    "en": ("9:30 to 19:00", "utomated"),
}
"""How the hours are said in each language, and that an assistant says them."""


@asynccontextmanager
async def whole_house(redis_url: str, nlu_url: str, var: Path, **changes: Any) -> AsyncIterator[House]:
    """The house, which is left with nothing of it still under way."""
    async with house(redis_url, nlu_url, var, **changes) as built:
        try:
            yield built
        finally:
            await built.stop_tasks()
            await _end_of_sends()
    await built.store.close()  # deliveries came in until the end


async def _end_of_sends() -> None:
    """A sender that is cancelled leaves its requests and look-ups to end by themselves."""
    left = [task for task in asyncio.all_tasks() if task.get_name().startswith(("send-", "find-"))]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def place(house: House, channel: str, where: str) -> str:
    """`dm`, or the id of the channel's first post."""
    return DM if where == DM else (await house.posts(channel))[0]


async def write(house: House, channel: str, text: str, where: str = DM, who: str = ANN) -> ConversationId:
    """The customer writes; the conversation that it will be in."""
    external_id = await house.say(channel, who, text, await place(house, channel, where))
    return private(channel, who) if where == DM else await _public(house, channel, external_id)


async def write_on(house: House, channel: str, text: str, where: str = DM, who: str = ANN) -> str:
    """The customer answers in the thread that they began; the platform's id of what they wrote."""
    there = await place(house, channel, where)
    begun = next(entry for entry in await house.thread(channel, who, there) if entry["by"] == "customer")
    return await house.say(channel, who, text, there, parent=begun["external_id"])


async def _public(house: House, channel: str, root: str) -> ConversationId:
    """Facebook shows a commenter under another id than in private, so the door is asked where the comment went."""
    account = AccountId.of(channel, ACCOUNTS[channel])
    found: list[ConversationId] = []

    async def kept() -> bool:
        found.extend(place for place in await house.store.events.locate([(account, root)]) if place)
        return bool(found)

    await house.until(kept)
    return found[0]


async def brand_said(house: House, channel: str, where: str = DM, who: str = ANN) -> list[str]:
    return await house.brand_words(channel, who, await place(house, channel, where))


async def until_brand_said(house: House, channel: str, times: int, where: str = DM, who: str = ANN) -> list[str]:
    async def enough() -> bool:
        return len(await brand_said(house, channel, where, who)) >= times

    await house.until(enough)
    await until_quiet(house)
    said = await brand_said(house, channel, where, who)
    assert len(said) == times, f"said more than was awaited: {said}"
    return said


async def until_waiting(house: House, conversation: ConversationId) -> Conversation:
    """Until the conversation waits for a person and nothing else is to be done."""

    async def waits() -> bool:
        return any(row.conversation == conversation for row in await house.store.desk.waiting())

    await house.until(waits)
    await until_quiet(house)
    return await house.conversation(conversation)


async def until_quiet(house: House) -> None:
    """Until every event is handled and no action is still to go: what was not said by then will not be said."""

    async def quiet() -> bool:
        unfinished = [await house.store.outbox.unfinished(shard) for shard in house.store.events.shards]
        return await house.settled() and not any(unfinished)

    await house.until(quiet)


async def until_all_delivered(house: House, channel: str) -> None:
    """Until the platform has brought all it had for us, and all of that is handled."""

    async def delivered() -> bool:
        world = await house.look("world")
        return all(found["webhook"]["pending"] == 0 for found in world["channels"] if found["channel"] == channel)

    await house.until(delivered)
    await until_quiet(house)
