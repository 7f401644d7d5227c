"""That a person is needed is told in the staff chat, with a deadline; then to the next person, until somebody looks."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.config import NotifySettings, TelegramRecipient, WebhookRecipient
from bot.model.event import AgentTookOver
from connectors.signing import standard_signature
from tests.e2e.door import PLAYED
from tests.e2e.talk import THREAT, until_waiting, whole_house, write
from tests.integration.house import BOT, House

CHAT = "900"
SECRET = SecretStr("whsec_aW52ZW50ZWQgYW5kIHdvcnRoIG5vdGhpbmc=")
SOON_S = 0.5
LATE_S = 300.0

channels = pytest.mark.parametrize("channel", PLAYED)


class Pager:
    """The second person's pager: keeps what it is told, once it has checked the signature."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        given = request.headers
        right = standard_signature(SECRET, given["webhook-id"], given["webhook-timestamp"], body)
        if given["webhook-signature"] != right:
            return web.Response(status=401)
        self.told.append(json.loads(body))
        return web.Response(status=204)


@pytest.fixture
async def pager() -> AsyncIterator[Pager]:
    built = Pager()
    app = web.Application()
    app.router.add_post("/", built.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    built.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield built
    await runner.cleanup()


@asynccontextmanager
async def staffed(
    redis_url: str, nlu_url: str, var: Path, pager: Pager, acknowledge_within_s: float, chat: str = CHAT
) -> AsyncIterator[House]:
    """The staff chat is told first, the pager second."""
    notify = NotifySettings(
        acknowledge_within_s={"urgent": acknowledge_within_s},
        people=(
            TelegramRecipient(by="telegram", name="astreinte", account=f"telegram/{BOT}", chat=chat),
            WebhookRecipient(by="webhook", name="pager", url=pager.url, secret=SECRET),
        ),
    )
    async with whole_house(redis_url, nlu_url, var, notify=notify) as built:
        await built.start_worker()
        await built.start_scheduler()
        yield built


async def in_chat(house: House) -> list[str]:
    return await house.brand_words("telegram", CHAT)


async def until_told_in_chat(house: House) -> str:
    async def told() -> bool:
        return bool(await in_chat(house))

    await house.until(told)
    return (await in_chat(house))[0]


@channels
async def test_the_staff_chat_is_told_of_what_is_urgent(
    redis_url: str, nlu_url: str, tmp_path: Path, pager: Pager, channel: str
) -> None:
    async with staffed(redis_url, nlu_url, tmp_path, pager, LATE_S) as built:
        conversation = await write(built, channel, THREAT["fr"])
        await until_waiting(built, conversation)
        told = await until_told_in_chat(built)
        assert told.startswith("[urgent] Maison Lumen")
        assert "Avant : " in told, "by when"
        assert "/console/c/" in told, "where"
        assert "tuer" not in told, "never what the customer wrote"
        assert pager.told == []


@channels
async def test_the_next_person_is_told_when_nobody_looks(
    redis_url: str, nlu_url: str, tmp_path: Path, pager: Pager, channel: str
) -> None:
    async with staffed(redis_url, nlu_url, tmp_path, pager, SOON_S) as built:
        conversation = await write(built, channel, THREAT["fr"])

        async def told() -> bool:
            return bool(pager.told)

        await built.until(told)
        assert len(await in_chat(built)) == 1, "the chat was told first"
        said = pager.told[0]["data"]
        assert (said["conversation"], said["reason"], said["priority"]) == (str(conversation), "threat", "urgent")
        waiting = await built.conversation(conversation)
        assert waiting.escalation is not None
        assert said["deadline"] == waiting.escalation.deadline.isoformat()


async def test_nobody_else_is_told_once_somebody_has_it(
    redis_url: str, nlu_url: str, tmp_path: Path, pager: Pager
) -> None:
    async with staffed(redis_url, nlu_url, tmp_path, pager, LATE_S) as built:
        conversation = await write(built, "facebook", THREAT["fr"])
        await until_waiting(built, conversation)
        await until_told_in_chat(built)
        assert await notices(built) == 1
        assert (await built.act(AgentTookOver, conversation)).outcome == "done"
        assert await notices(built) == 0, "nothing is left to be told"


async def test_who_cannot_be_reached_is_passed_over_at_once(
    redis_url: str, nlu_url: str, tmp_path: Path, pager: Pager
) -> None:
    async with staffed(redis_url, nlu_url, tmp_path, pager, LATE_S, chat="not-a-chat") as built:
        await write(built, "facebook", THREAT["fr"])

        async def told() -> bool:
            return bool(pager.told)

        await built.until(told)


async def notices(house: House) -> int:
    """How many conversations people are still to be told of."""
    commands = [("HLEN", shard.notices) for shard in house.store.events.shards]
    return sum(int(answer) for answer in await house.store.connection.call_many(commands))
