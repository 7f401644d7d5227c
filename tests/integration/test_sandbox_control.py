"""The sandbox as a whole: whom it starts for, its side door, its streams and its end."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from bot.config import AccountSettings, Settings
from bot.errors import ConfigurationError
from bot.model.brand import Brand
from sandbox.exchange import Rules
from sandbox.receiver import Arrival
from sandbox.rehearsal import Denied, FacebookRehearsal, rehearsing
from sandbox.server import create_app, running

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


def test_refuses_to_start_beside_a_real_account() -> None:
    with pytest.raises(ConfigurationError):
        create_app(settings(AccountSettings(channel="facebook", id=PAGE, name="Maison Aube")), "http://127.0.0.1:1")


async def test_reset_begins_anew(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail("500", count=5)
    await stage.control("reset")
    assert await stage.thread(ANN["id"]) == []
    await stage.say("Bonjour", ANN)
    assert (await stage.send(TO_ANN))[0] == 200


async def test_what_can_not_be_done_is_told(stage: FacebookRehearsal) -> None:
    with pytest.raises(Denied, match="nobody"):
        await stage.say("?", ANN, account="nobody")
    with pytest.raises(Denied, match="there is no post"):
        await stage.say("?", ANN, where="elsewhere")
    with pytest.raises(Denied, match="do: "):
        await stage.act("dance")
    with pytest.raises(Denied, match="not a way for send to fail"):
        await stage.fail("duplicate")


async def test_the_world_has_posts_in_two_languages_and_three_customers(stage: FacebookRehearsal) -> None:
    (channel,) = (await stage.look("world"))["channels"]
    assert (channel["channel"], channel["account"], channel["name"]) == ("facebook", PAGE, "Maison Aube")
    assert len(channel["posts"]) == 2
    assert {customer["language"] for customer in channel["customers"]} == {"fr", "en"}
    assert len(channel["customers"]) == 3
    await stage.say("Bonjour", ANN)
    (channel,) = (await stage.look("world"))["channels"]
    assert ANN["name"] in {customer["name"] for customer in channel["customers"]}


async def test_rules_change_while_it_runs(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    assert (await stage.control("rules", rates={"facebook.messages": [1, 3600]}))["rates"] == {
        "facebook.messages": [1, 3600]
    }
    assert [(await stage.send(TO_ANN))[0] for _ in range(2)] == [200, 400]


async def test_the_handshake(stage: FacebookRehearsal) -> None:
    assert await stage.control("handshake") == {"ok": False, "status": 200}
    verify_token = ACCOUNT.simulated_secret("verify_token").get_secret_value()

    def answer(arrival: Arrival) -> web.Response:
        assert arrival.query["hub.verify_token"] == verify_token
        return web.Response(text=arrival.query["hub.challenge"])

    stage.receiver.answer = answer
    assert await stage.control("handshake") == {"ok": True, "status": 200}


async def test_calls_are_recorded_without_their_token(stage: FacebookRehearsal) -> None:
    await stage.call("GET", PAGE, fields="name", access_token="another")
    (request,) = (await stage.look("requests"))["requests"]
    assert request["path"] == f"/v25.0/{PAGE}"
    assert (request["account"], request["outcome"]) == (PAGE, "ok")
    assert "access_token" not in request["body"]


@pytest.mark.parametrize("header", ["Host", "Origin"])
async def test_other_peoples_pages_do_not_get_in(stage: FacebookRehearsal, header: str) -> None:
    named = {header: "http://shop.example" if header == "Origin" else "shop.example"}
    async with stage.client.get(f"{stage.url}/control/world", headers=named) as answer:
        assert answer.status == 403


async def test_streams_end_with_the_sandbox() -> None:
    async with ClientSession() as client:
        async with running(settings(ACCOUNT), port=0, webhook_base="http://127.0.0.1:1") as sandbox:
            stream = await client.get(f"{sandbox.url}/control/stream")
            body = {"channel": "facebook", "account": PAGE, "customer": ANN, "text": "Bonjour"}
            async with client.post(f"{sandbox.url}/control/say", json=body) as answer:
                assert answer.status == 200
            seen = b""
            async with asyncio.timeout(10):
                while b"data:" not in seen:
                    seen += await stream.content.readany()
        async with asyncio.timeout(10):
            await stream.read()
        assert stream.content.at_eof()
