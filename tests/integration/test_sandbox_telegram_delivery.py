"""The simulated Telegram: the order of its deliveries, its retries, and misbehaviour on demand."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientConnectionError, web

from bot.config import AccountSettings, Settings
from bot.model.brand import Brand
from sandbox.exchange import Rules
from sandbox.receiver import Arrival
from sandbox.rehearsal import TelegramRehearsal, rehearsing

BOT = "8267003872"
ANN = {"id": "427770117", "name": "Ann Lemoine"}
BOB = {"id": "427770118", "name": "Bob Marchal"}
ACCOUNT = AccountSettings(channel="telegram", id=BOT, name="Maison Aube", simulated=True)
SETTINGS = Settings(
    recipe="default.v1", language="fr", pipeline=(), brand=Brand(name="Maison Aube"), accounts=(ACCOUNT,), policies=()
)


CHAT = int(ANN["id"])


@pytest.fixture
def rules() -> Rules:
    return Rules(speed=1000)


@pytest.fixture
async def stage(rules: Rules) -> AsyncIterator[TelegramRehearsal]:
    async with rehearsing(TelegramRehearsal, SETTINGS, rules) as it:
        yield it


def texts(arrived: list[Arrival]) -> list[str]:
    return [arrival.json["message"]["text"] for arrival in arrived if "message" in arrival.json]


async def test_a_refused_update_holds_up_its_chat_and_no_other(stage: TelegramRehearsal) -> None:
    refusals = {"un": 3}

    def answer(arrival: Arrival) -> web.Response:
        text = arrival.json["message"]["text"]
        if refusals.get(text, 0):
            refusals[text] -= 1
            return web.Response(status=503)
        return web.Response()

    stage.receiver.answer = answer
    for text in ("un", "deux", "trois"):
        await stage.say(text, ANN)
    await stage.say("ailleurs", BOB)
    arrived = await stage.receiver.until(lambda arrived: {"trois", "ailleurs"} <= set(texts(arrived)))
    assert [text for text in texts(arrived) if text != "ailleurs"] == ["un", "un", "un", "un", "deux", "trois"]
    ids = [arrival.json["update_id"] for arrival in arrived if arrival.json["message"]["text"] == "un"]
    assert len(set(ids)) == 1
    _, info = await stage.call("getWebhookInfo")
    assert info["result"]["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


@pytest.mark.parametrize("rules", [Rules(speed=10)])
async def test_the_webhooks_retry_after_is_respected(stage: TelegramRehearsal) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []

    def answer(arrival: Arrival) -> web.Response:
        times.append(loop.time())
        return web.Response(status=503 if len(times) == 1 else 200, headers={"Retry-After": "2"})

    stage.receiver.answer = answer
    await stage.say("un", ANN)
    await stage.receiver.until(lambda arrived: len(arrived) == 2)
    assert times[1] - times[0] >= 0.19


@pytest.mark.parametrize("rules", [Rules(speed=24 * 3600 * 5)])
async def test_what_is_never_taken_expires(stage: TelegramRehearsal) -> None:
    stage.receiver.answer = lambda arrival: web.Response(status=500)
    await stage.say("perdu", ANN)
    async with asyncio.timeout(10):
        while (await stage.thread(ANN["id"]))[0]["status"] != "lost":
            pass
    stage.receiver.answer = lambda arrival: web.Response()
    await stage.say("entendu", ANN)
    await stage.receiver.until(lambda arrived: "entendu" in texts(arrived))


async def test_a_message_of_yesterday_is_not_delivered(stage: TelegramRehearsal) -> None:
    await stage.say("vieux", ANN, ago_s=25 * 3600)
    await stage.say("neuf", ANN)
    arrived = await stage.receiver.until(lambda arrived: len(arrived) == 1)
    assert texts(arrived) == ["neuf"]


@pytest.mark.parametrize(
    ("mode", "status", "accepted"), [("429", 429, False), ("500", 500, False), ("500_after_accepting", 500, True)]
)
async def test_errors_on_demand(stage: TelegramRehearsal, mode: str, status: int, accepted: bool) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail(mode, after_s=3 if mode == "429" else None)
    got, answer = await stage.send(CHAT)
    assert (got, answer["ok"], answer["error_code"]) == (status, False, status)
    assert answer.get("parameters", {}).get("retry_after") == (3 if mode == "429" else None)
    assert len(await stage.thread(ANN["id"])) == 1 + accepted
    assert (await stage.send(CHAT))[0] == 200


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("wrong", ["reset", "hang", "garbage"])
async def test_no_answer_on_demand(stage: TelegramRehearsal, wrong: str, accepted: bool) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail(wrong + "_after_accepting" * accepted, after_s=0.05)
    with pytest.raises((ClientConnectionError, ValueError)):
        await stage.send(CHAT)
    assert len(await stage.thread(ANN["id"])) == 1 + accepted


async def test_reading_calls_are_spared_unless_asked(stage: TelegramRehearsal) -> None:
    await stage.fail("500")
    assert (await stage.call("getMe"))[0] == 200
    await stage.fail("500", on="api")
    assert (await stage.call("getMe"))[0] == 500
