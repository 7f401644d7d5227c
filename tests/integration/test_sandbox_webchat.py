"""Simulated visitors of a web page: what they send, what they are shown, and what is refused."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.config import AccountSettings, Settings
from bot.model.brand import Brand
from connectors.signing import standard_signature
from connectors.webchat.session import HEADER, visitor_of
from sandbox.exchange import Rules
from sandbox.rehearsal import Denied, Rehearsal, rehearsing
from tests.integration.house import until

ANN = {"id": "visitor-1", "name": "Ann Lemoine"}
ACCOUNT = AccountSettings(channel="webchat", id="shop", name="Maison Aube", simulated=True)
SETTINGS = Settings(
    recipe="default.v1", language="fr", pipeline=(), brand=Brand(name="Maison Aube"), accounts=(ACCOUNT,), policies=()
)


class Stage(Rehearsal):
    async def tell(self, type_: str, id_: str = "act-1", **fields: Any) -> tuple[int, Any]:
        """Status and answer to a signed delivery. `key` and `account` differ where given."""
        key = fields.pop("key", ACCOUNT.simulated_secret("delivery_key"))
        timestamp = str(int(datetime.now(UTC).timestamp()))
        body = json.dumps({"account": "shop", "user": ANN, **fields, "type": type_, "id": id_}).encode()
        headers = {
            "content-type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": timestamp,
            "webhook-signature": standard_signature(key, id_, timestamp, body),
        }
        async with self.client.post(f"{self.url}/webchat/webchat/deliver", data=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def rules() -> Rules:
    return Rules(speed=1000)


@pytest.fixture
async def stage(rules: Rules) -> AsyncIterator[Stage]:
    async with rehearsing(Stage, SETTINGS, rules) as it:
        yield it


async def test_words_come_with_the_visitors_session(stage: Stage) -> None:
    external_id = await stage.say("Bonjour", ANN)
    (arrival,) = await stage.receiver.until(lambda arrived: len(arrived) == 1)
    assert arrival.path == "/webhooks/webchat/main"
    secrets = [ACCOUNT.simulated_secret("session_key")]
    assert visitor_of(arrival.headers[HEADER], secrets, datetime.now(UTC)) == ANN["id"]
    assert arrival.json == {"type": "message.received", "visitor": ANN["id"], "id": external_id, "text": "Bonjour"}


async def test_an_answer_is_shown_once_and_read(stage: Stage) -> None:
    message = await stage.say("Bonjour", ANN)

    async def taken() -> bool:
        return bool((await stage.thread(ANN["id"]))[0]["status"] == "delivered")

    await until(taken)
    assert await stage.tell("seen", message_id=message, typing=True) == (200, {"id": message})
    for _ in range(2):
        assert await stage.tell("message.send", "act-2", text="Bienvenue") == (200, {"id": "act-2"})
    entries = await stage.thread(ANN["id"])
    assert [(entry["by"], entry["text"], entry["status"]) for entry in entries] == [
        ("customer", "Bonjour", "read"),
        ("brand", "Bienvenue", "delivered"),
    ]
    for _ in range(2):
        await stage.act("read", customer=ANN["id"])
    arrived = await stage.receiver.until(lambda arrived: len(arrived) == 2)
    assert arrived[-1].json == {"type": "read", "visitor": ANN["id"], "id": "act-2"}
    assert await stage.tell("ping", "p-1") == (200, {"id": "p-1"})


@pytest.mark.parametrize(
    ("type_", "fields", "status", "code"),
    [
        ("message.send", {"user": {"id": "nobody"}, "text": "Bonjour"}, 410, "user_gone"),
        ("seen", {"user": None}, 410, "user_gone"),
        ("message.send", {"text": " "}, 422, "refused"),
        ("message.send", {"text": "a" * 2001}, 422, "refused"),
        ("like", {"message_id": "x"}, 422, "refused"),
        ("ping", {"account": "another"}, 401, "not_authentic"),
        ("ping", {"key": SecretStr("wrong")}, 401, "not_authentic"),
    ],
)
async def test_what_is_refused(stage: Stage, type_: str, fields: dict[str, Any], status: int, code: str) -> None:
    await stage.say("Bonjour", ANN)
    told, answer = await stage.tell(type_, **fields)
    assert (told, answer["error"]["code"]) == (status, code)
    async with stage.client.get(f"{stage.url}/webchat/webchat/deliver") as answer:
        assert answer.status == 404


async def test_what_visitors_and_colleagues_can_not_do(stage: Stage) -> None:
    message = await stage.say("Bonjour", ANN)
    for do, fields in (
        ("edit", {"external_id": message, "text": "?"}),
        ("native_reply", {"customer": ANN["id"], "text": "?"}),
        ("read", {}),
    ):
        with pytest.raises(Denied):
            await stage.act(do, **fields)
    with pytest.raises(Denied):
        await stage.say("?", ANN, where="p-1")
    with pytest.raises(Denied):
        await stage.say("?", {"id": "a b"})


@pytest.mark.parametrize("rules", [Rules(rates={"webchat.account": (1, 3600)})])
async def test_who_sends_too_much_waits(stage: Stage) -> None:
    assert (await stage.tell("ping"))[0] == 200
    assert (await stage.tell("ping"))[0] == 429


@pytest.mark.parametrize(("mode", "status"), [("429", 429), ("500", 500), ("token_expired", 401)])
async def test_it_breaks_on_demand(stage: Stage, mode: str, status: int) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail(mode)
    assert (await stage.tell("seen", message_id="x"))[0] == 200
    assert (await stage.tell("message.send", text="Bonjour"))[0] == status
    await stage.control("reset")


async def test_words_come_in_order_and_again_until_they_are_taken(stage: Stage) -> None:
    await stage.fail("lost", on="webhook")
    await stage.say("Un", ANN)
    await stage.say("Deux", ANN)
    arrived = await stage.receiver.until(lambda arrived: len(arrived) == 2)
    assert [arrival.json["text"] for arrival in arrived] == ["Un", "Deux"]
