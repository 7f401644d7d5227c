"""The simulated app of a brand: what it delivers, what it does when told, and what it refuses."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.config import AccountSettings, Settings
from bot.model.brand import Brand
from connectors.signing import matches_standard_signature, standard_signature
from sandbox.exchange import Rules
from sandbox.rehearsal import Denied, Rehearsal, rehearsing

APP = "maison-aube"
ANN = {"id": "u-1", "name": "Ann Lemoine"}
BOB = {"id": "u-2", "name": "Bob Marchal"}
ACCOUNT = AccountSettings(channel="webhook", id=APP, name="Maison Aube", simulated=True)
SETTINGS = Settings(
    recipe="default.v1", language="fr", pipeline=(), brand=Brand(name="Maison Aube"), accounts=(ACCOUNT,), policies=()
)


class Stage(Rehearsal):
    number = 0

    async def tell(self, type_: str, **fields: Any) -> tuple[int, Any]:
        """The app's status and answer to a signed request. `id`, `key`, `at`, `account` differ where given."""
        Stage.number += 1
        message_id = fields.pop("id", f"act-{Stage.number}")
        key = fields.pop("key", ACCOUNT.simulated_secret("delivery_key"))
        timestamp = str(int(fields.pop("at", datetime.now(UTC)).timestamp()))
        body = json.dumps({"account": APP, **fields, "type": type_, "id": message_id}).encode()
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": standard_signature(key, message_id, timestamp, body),
        }
        async with self.client.post(f"{self.url}/webhook/deliver", data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    def items(self, type_: str) -> list[dict[str, Any]]:
        bodies = [arrival.json for arrival in self.receiver.arrived]
        every = [item for body in bodies for item in (body if isinstance(body, list) else [body])]
        return [item for item in every if item["type"] == type_]

    async def item(self, type_: str, count: int = 1) -> dict[str, Any]:
        """The newest of that type, once there are so many."""
        await self.receiver.until(lambda _: len(self.items(type_)) >= count)
        return self.items(type_)[-1]


@pytest.fixture
def rules() -> Rules:
    return Rules(speed=1000)


@pytest.fixture
async def stage(rules: Rules) -> AsyncIterator[Stage]:
    async with rehearsing(Stage, SETTINGS, rules) as it:
        yield it


async def test_a_message_is_delivered_and_signed(stage: Stage) -> None:
    external_id = await stage.say("Bonjour, été !", ANN)
    (arrival,) = await stage.receiver.until(lambda arrived: len(arrived) == 1)
    assert arrival.path == "/webhooks/webhook/main"
    secret = ACCOUNT.simulated_secret("signing_secret")
    assert matches_standard_signature(arrival.headers, arrival.body, [secret], datetime.now(UTC))
    item = arrival.json
    assert item.pop("id").startswith("evt-")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(item.pop("at"))) < timedelta(minutes=1)
    assert item == {
        "type": "message.received",
        "account": APP,
        "user": ANN,
        "message_id": external_id,
        "text": "Bonjour, été !",
    }


async def test_a_comment_names_post_and_thread(stage: Stage) -> None:
    post = await stage.post()
    first = await stage.say("Superbe !", ANN, where=post)
    second = await stage.say("Oui", BOB, where=post, parent=first)
    third = await stage.say("N'est-ce pas", ANN, where=post, parent=second)
    await stage.say("Qui suis-je", ANN, where=post, anonymous=True)
    await stage.item("comment.received", 4)
    places = [(i.get("user"), i["thread_id"], i.get("parent_id")) for i in stage.items("comment.received")]
    assert places[:3] == [(ANN, first, None), (BOB, first, first), (ANN, first, second)]
    assert places[3][0] is None
    assert stage.items("comment.received")[2]["message_id"] == third


async def test_the_app_does_what_it_is_told_once(stage: Stage) -> None:
    await stage.say("Bonjour", ANN)
    status, answer = await stage.tell("message.send", id="act-a", user=ANN, text="Bienvenue")
    assert status == 200
    assert await stage.tell("message.send", id="act-a", user=ANN, text="Bienvenue") == (200, answer)
    assert [(entry["by"], entry["text"]) for entry in await stage.thread(ANN["id"])] == [
        ("customer", "Bonjour"),
        ("brand", "Bienvenue"),
    ]
    assert (await stage.item("delivered"))["message_id"] == answer["id"]


async def test_comments_are_answered_hidden_shown_and_liked(stage: Stage) -> None:
    post = await stage.post()
    comment = await stage.say("Superbe !", ANN, where=post)
    _, reply = await stage.tell("comment.reply", message_id=comment, text="Merci !")
    assert await stage.tell("comment.hide", message_id=comment) == (200, {"id": comment})
    assert (await stage.thread(where=post))[0]["hidden"]
    await stage.tell("comment.show", message_id=comment)
    await stage.tell("like", message_id=comment)
    await stage.tell("own.edit", message_id=reply["id"], text="Merci beaucoup !")
    shown, ours = await stage.thread(where=post)
    assert (shown["hidden"], shown["likes"], ours["text"], ours["parent"]) == (False, 1, "Merci beaucoup !", comment)
    await stage.tell("own.delete", message_id=reply["id"])
    assert (await stage.thread(where=post))[1]["deleted"]
    _, private = await stage.tell("private.reply", message_id=comment, text="Écrivons-nous ici.")
    assert private["user"] == ANN["id"]
    assert [entry["text"] for entry in await stage.thread(ANN["id"])] == ["Écrivons-nous ici."]


async def test_seen_and_passed(stage: Stage) -> None:
    message = await stage.say("Bonjour", ANN)
    assert await stage.tell("seen", message_id=message, typing=True) == (200, {"id": message})
    assert await stage.tell("thread.pass", user=ANN) == (200, {"id": ANN["id"]})
    assert (await stage.item("conversation.taken"))["user"]["id"] == ANN["id"]
    assert await stage.tell("ping") == (200, {"id": APP})


@pytest.mark.parametrize(
    ("type_", "fields", "status", "code"),
    [
        ("message.send", {"user": {"id": "nobody"}, "text": "Bonjour"}, 404, "refused"),
        ("message.send", {"text": "Bonjour"}, 404, "refused"),
        ("message.send", {"user": ANN, "text": " "}, 422, "refused"),
        ("message.send", {"user": ANN, "text": "a" * 2001}, 422, "refused"),
        ("comment.reply", {"message_id": "c-0", "text": "Merci"}, 404, "refused"),
        ("order.ship", {}, 422, "refused"),
        ("message.send", {"account": "another", "user": ANN, "text": "Bonjour"}, 401, "not_authentic"),
        ("message.send", {"key": SecretStr("wrong"), "user": ANN, "text": "Bonjour"}, 401, "not_authentic"),
        ("ping", {"at": datetime(2020, 1, 1, tzinfo=UTC)}, 401, "not_authentic"),
    ],
)
async def test_what_is_refused(stage: Stage, type_: str, fields: dict[str, Any], status: int, code: str) -> None:
    await stage.say("Bonjour", ANN)
    told, answer = await stage.tell(type_, **fields)
    assert (told, answer["error"]["code"]) == (status, code)


async def test_what_is_not_for_that_place_is_refused(stage: Stage) -> None:
    message = await stage.say("Bonjour", ANN)
    assert (await stage.tell("comment.hide", message_id=message))[0] == 422
    assert (await stage.tell("own.edit", message_id=message, text="?"))[0] == 422
    async with stage.client.get(f"{stage.url}/webhook/elsewhere") as answer:
        assert answer.status == 404


async def test_who_has_opted_out_is_gone(stage: Stage) -> None:
    await stage.say("Bonjour", ANN)
    await stage.act("block", customer=ANN["id"])
    assert (await stage.item("opted_out"))["user"] == {"id": ANN["id"]}
    status, answer = await stage.tell("message.send", user=ANN, text="Bonjour")
    assert (status, answer["error"]["code"]) == (410, "user_gone")
    await stage.act("unblock", customer=ANN["id"])
    await stage.item("opted_in")
    assert (await stage.tell("message.send", user=ANN, text="Bonjour"))[0] == 200


async def test_people_act_in_the_app(stage: Stage) -> None:
    post = await stage.post()
    message, comment = await stage.say("Bonjour", ANN), await stage.say("Bravo", BOB, where=post)
    await stage.act("edit", external_id=message, text="Bonsoir")
    assert (await stage.item("message.edited"))["text"] == "Bonsoir"
    await stage.act("react", external_id=message, text="👍")
    assert (await stage.item("message.reacted"))["reaction"] == "👍"
    await stage.act("unreact", external_id=message)
    assert (await stage.item("message.reacted", 2))["reaction"] is None
    await stage.act("hide", external_id=comment)
    await stage.act("unhide", external_id=comment)
    assert (await stage.item("comment.shown"))["message_id"] == (await stage.item("comment.hidden"))["message_id"]
    own = await stage.act("native_reply", customer=ANN["id"], text="Je regarde. Léa")
    assert (await stage.item("agent.replied"))["message_id"] == own["external_id"]
    await stage.act("native_reply", external_id=comment, text="Merci ! Léa")
    told = await stage.item("agent.replied", 2)
    assert (told["thread_id"], told["parent_id"], "user" in told) == (comment, comment, False)
    await stage.act("read", customer=ANN["id"])
    await stage.act("read", customer=ANN["id"])
    await stage.act("take_thread", customer=ANN["id"])
    await stage.act("pass_thread", customer=ANN["id"])
    await stage.item("conversation.returned")
    assert len(stage.items("read")) == 1
    await stage.act("delete", external_id=comment)
    assert (await stage.item("comment.deleted"))["user"]["id"] == BOB["id"]


async def test_what_people_can_not_do(stage: Stage) -> None:
    message = await stage.say("Bonjour", ANN)
    for do, fields in (
        ("hide", {"external_id": message}),
        ("edit", {"external_id": "m-0", "text": "?"}),
        ("edit", {"external_id": message}),
        ("native_reply", {"where": "p-0", "text": "?"}),
    ):
        with pytest.raises(Denied):
            await stage.act(do, **fields)
    for fields in ({"where": "p-0"}, {"parent": "m-0"}):
        with pytest.raises(Denied):
            await stage.say("?", ANN, **fields)


@pytest.mark.parametrize("rules", [Rules(rates={"webhook.account": (1, 3600)})])
async def test_who_sends_too_much_waits(stage: Stage) -> None:
    assert (await stage.tell("ping"))[0] == 200
    assert (await stage.tell("ping"))[0] == 429


@pytest.mark.parametrize(("mode", "status"), [("429", 429), ("500", 500), ("token_expired", 401)])
async def test_it_breaks_on_demand(stage: Stage, mode: str, status: int) -> None:
    message = await stage.say("Bonjour", ANN)
    await stage.fail(mode)
    assert (await stage.tell("seen", message_id=message))[0] == 200
    assert (await stage.tell("like", message_id=message))[0] == status
    await stage.control("reset")


async def test_what_is_not_taken_comes_again(stage: Stage) -> None:
    await stage.fail("lost", on="webhook")
    await stage.say("Bonjour", ANN, payload="yes")
    assert (await stage.item("message.received"))["payload"] == "yes"
