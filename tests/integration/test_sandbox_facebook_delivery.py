"""The simulated Facebook: its retries, and how it misbehaves on demand."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientConnectorError, web

from bot.config import AccountSettings, Settings
from bot.model.brand import Brand
from sandbox.exchange import Rules
from sandbox.rehearsal import FacebookRehearsal, rehearsing

PAGE = "404217156637689"
ANN = {"id": "1423587017700273", "name": "Ann Lemoine"}
BOB = {"id": "1423587017700274", "name": "Bob Marchal"}
ACCOUNT = AccountSettings(channel="facebook", id=PAGE, name="Maison Aube", simulated=True)
TOKEN = ACCOUNT.simulated_secret("token").get_secret_value()


def settings(*accounts: AccountSettings) -> Settings:
    return Settings(
        recipe="default.v1", language="fr", pipeline=(), brand=Brand(name="Maison Aube"), accounts=accounts, policies=()
    )


TO_ANN = {"id": ANN["id"]}


@pytest.fixture
def rules() -> Rules:
    return Rules(speed=1000)


@pytest.fixture
async def stage(rules: Rules) -> AsyncIterator[FacebookRehearsal]:
    async with rehearsing(FacebookRehearsal, settings(ACCOUNT), rules) as it:
        yield it


async def test_a_failed_delivery_comes_again_together_with_what_waits(stage: FacebookRehearsal) -> None:
    stage.receiver.answer = lambda arrival: web.Response(status=200 if len(stage.receiver.arrived) > 3 else 503)
    first = await stage.say("un", ANN)
    await stage.receiver.until(lambda arrived: len(arrived) >= 1)
    second = await stage.say("deux", ANN)
    await stage.receiver.until(lambda arrived: len(arrived) >= 4)

    def settled(entries: list[dict[str, Any]]) -> bool:
        return all(entry["status"] == "delivered" for entry in entries)

    async with asyncio.timeout(10):
        while not settled(await stage.thread(ANN["id"])):
            pass
    seen = [item["message"]["mid"] for item in stage.items("message")]
    assert {first, second} == set(seen)
    assert seen.count(first) > 1
    attempts = [delivery["status"] for delivery in (await stage.look("deliveries"))["deliveries"]]
    assert attempts[0] == 503
    assert attempts[-1] == 200


@pytest.mark.parametrize("rules", [Rules(speed=36_000)])
async def test_messages_are_given_up_and_the_page_unsubscribed(stage: FacebookRehearsal) -> None:
    stage.receiver.answer = lambda arrival: web.Response(status=500)
    await stage.say("perdu", ANN)
    async with asyncio.timeout(10):
        while (await stage.thread(ANN["id"]))[0]["status"] != "lost":
            pass
    world = (await stage.look("world"))["channels"][0]
    assert world["webhook"]["subscribed"] is False
    stage.receiver.answer = lambda arrival: web.Response()
    before = len(stage.items("message"))
    await stage.say("perdu aussi", ANN)
    assert await stage.call("POST", f"{PAGE}/subscribed_apps", {}) == (200, {"success": True})
    await stage.say("entendu", ANN)
    await stage.item("message", before + 1)
    assert [item["message"]["text"] for item in stage.items("message")[before:]] == ["entendu"]


@pytest.mark.parametrize(
    ("mode", "status", "code", "accepted"),
    [("429", 400, 613, False), ("500", 500, 2, False), ("500_after_accepting", 500, 2, True)],
)
async def test_errors_on_demand(stage: FacebookRehearsal, mode: str, status: int, code: int, accepted: bool) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail(mode)
    got, answer = await stage.send(TO_ANN)
    assert (got, answer["error"]["code"]) == (status, code)
    assert len(await stage.thread(ANN["id"])) == 1 + accepted
    assert (await stage.send(TO_ANN))[0] == 200
    outcomes = [request["outcome"] for request in (await stage.look("requests"))["requests"]]
    assert outcomes == [mode, "ok"]


@pytest.mark.parametrize("accepted", [False, True])
async def test_garbage_on_demand(stage: FacebookRehearsal, accepted: bool) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail("garbage_after_accepting" if accepted else "garbage")
    with pytest.raises(ValueError, match="Expecting value"):
        await stage.send(TO_ANN)
    assert len(await stage.thread(ANN["id"])) == 1 + accepted


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("wrong", ["reset", "hang"])
async def test_no_answer_on_demand(stage: FacebookRehearsal, wrong: str, accepted: bool) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail(wrong + "_after_accepting" * accepted, after_s=0.05)
    with pytest.raises(ClientConnectionError):
        await stage.send(TO_ANN)
    assert len(await stage.thread(ANN["id"])) == 1 + accepted
    if accepted:
        await stage.item("echo")


async def test_connections_refused_on_demand(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail("refuse", after_s=0.2)
    refused = False
    async with asyncio.timeout(10):
        while not refused:
            refused = await _is_refused(stage)
        while await _is_refused(stage):
            pass


async def _is_refused(stage: FacebookRehearsal) -> bool:
    try:
        assert (await stage.send(TO_ANN))[0] == 200
    except ClientConnectorError:
        return True
    except ClientConnectionError:
        return False
    return False


async def test_an_echo_before_the_answer(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail("ok", echo="before_answer")
    _, sent = await stage.send(TO_ANN)
    (echo,) = stage.items("echo")
    assert echo["message"]["mid"] == sent["message_id"]


async def test_an_echo_under_another_id(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail("ok", echo="other_id")
    _, sent = await stage.send(TO_ANN)
    assert (await stage.item("echo"))["message"]["mid"] != sent["message_id"]


async def test_no_echo(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail("ok", echo="none")
    await stage.send(TO_ANN)
    await stage.item("delivery")
    assert not stage.items("echo")


async def test_deliveries_go_wrong_on_demand(stage: FacebookRehearsal) -> None:
    await stage.fail("duplicate", on="webhook")
    await stage.say("deux fois", ANN)
    twice = await stage.receiver.until(lambda arrived: len(arrived) == 2)
    assert twice[0].json["entry"][0]["messaging"] == twice[1].json["entry"][0]["messaging"]
    await stage.fail("bad_signature", on="webhook")
    await stage.say("douteux", ANN)
    arrival = (await stage.receiver.until(lambda arrived: len(arrived) == 3))[-1]
    secret = ACCOUNT.simulated_secret("app_secret").get_secret_value().encode()
    assert arrival.headers["x-hub-signature-256"] != f"sha256={hmac.new(secret, arrival.body, sha256).hexdigest()}"
