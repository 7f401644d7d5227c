"""The simulated WhatsApp: what it delivers, and what its API takes and refuses."""

import hmac
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import web

from bot.config import AccountSettings, Settings
from bot.model.brand import Brand
from sandbox.exchange import Rules
from sandbox.receiver import Arrival
from sandbox.rehearsal import Denied, Rehearsal, rehearsing

NUMBER, WABA = "106500000000077", "102290000000077"
ANN = {"id": "33600000011", "name": "Ann Lemoine"}
BOB = {"id": "33600000012", "name": "Bob Marchal"}
ACCOUNT = AccountSettings(channel="whatsapp", id=NUMBER, name="Maison Aube", simulated=True, settings={"waba_id": WABA})
DAY_S = 86_400
YES = {"type": "reply", "reply": {"id": "YES", "title": "Oui"}}


class WhatsAppRehearsal(Rehearsal):
    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The Cloud API's status and answer."""
        url, headers = f"{self.url}/whatsapp/v25.0/{path}", {"Authorization": f"Bearer {self.token}"}
        async with self.client.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def send(self, to: str = ANN["id"], kind: str = "text", **more: Any) -> tuple[int, Any]:
        what = {} if kind in more else {"text": {"body": "Bonjour !"}}
        body = {"messaging_product": "whatsapp", "to": to, "type": kind, **what, **more}
        return await self.call("POST", f"{NUMBER}/messages", body)

    async def sent(self, **more: Any) -> str:
        """The id of a message that is taken."""
        status, answer = await self.send(**more)
        assert status == 200, answer
        return str(answer["messages"][0]["id"])

    async def told(self, key: str, count: int = 1) -> list[dict[str, Any]]:
        """All `messages`, `statuses` or `message_echoes` that were delivered, once they are so many."""
        arrived = await self.receiver.until(lambda arrived: len(items(arrived, key)) >= count)
        return items(arrived, key)


def items(arrived: list[Arrival], key: str) -> list[dict[str, Any]]:
    changes = [change for each in arrived for entry in each.json["entry"] for change in entry["changes"]]
    return [item for change in changes for item in change["value"].get(key, [])]


def code(answered: tuple[int, Any]) -> int | None:
    """The error's code, or `None` when the call was taken."""
    status, answer = answered
    assert (status == 200) == ("error" not in answer)
    return answer["error"]["code"] if "error" in answer else None


@pytest.fixture
def rules() -> Rules:
    return Rules(speed=1000)


@pytest.fixture
async def stage(rules: Rules) -> AsyncIterator[WhatsAppRehearsal]:
    brand = Brand(name="Maison Aube")
    settings = Settings(recipe="default.v1", language="fr", pipeline=(), brand=brand, accounts=(ACCOUNT,), policies=())
    async with rehearsing(WhatsAppRehearsal, settings, rules) as it:
        yield it


# what it delivers


async def test_a_message_is_delivered_signed(stage: WhatsAppRehearsal) -> None:
    wamid = await stage.say("Où est mon colis ? 📦", ANN)
    (arrival,) = await stage.receiver.until(lambda arrived: len(arrived) == 1)
    secret = ACCOUNT.simulated_secret("app_secret").get_secret_value().encode()
    expected = hmac.new(secret, arrival.body, sha256).hexdigest()
    assert arrival.path == "/webhooks/whatsapp/main"
    assert arrival.headers["x-hub-signature-256"] == f"sha256={expected}"
    (entry,) = arrival.json["entry"]
    (change,) = entry["changes"]
    value = change["value"]
    assert (arrival.json["object"], entry["id"], change["field"]) == ("whatsapp_business_account", WABA, "messages")
    assert "time" not in entry
    assert value["metadata"]["phone_number_id"] == NUMBER
    assert value["contacts"] == [{"profile": {"name": ANN["name"]}, "wa_id": ANN["id"]}]
    (message,) = value["messages"]
    assert isinstance(message.pop("timestamp"), str)
    assert message == {
        "from": ANN["id"],
        "id": wamid,
        "type": "text",
        "text": {"body": "Où est mon colis ? 📦"},
    }


async def test_a_quotation_and_a_tapped_short_answer(stage: WhatsAppRehearsal) -> None:
    first = await stage.say("Bonjour", ANN)
    await stage.say("Toujours là ?", ANN, parent=first)
    await stage.say("Oui", ANN, payload="YES")
    _, quoting, tapped = await stage.told("messages", 3)
    assert quoting["context"] == {"from": NUMBER, "id": first}
    assert tapped["type"] == "interactive"
    assert tapped["interactive"] == {"type": "button_reply", "button_reply": {"id": "YES", "title": "Oui"}}
    assert "text" not in tapped


async def test_what_people_do_comes_as_messages(stage: WhatsAppRehearsal) -> None:
    wamid = await stage.say("Bonjour", ANN)
    await stage.act("edit", external_id=wamid, text="Bonsoir")
    await stage.act("react", external_id=wamid, customer=ANN["id"], text="😍")
    await stage.act("unreact", external_id=wamid, customer=ANN["id"])
    await stage.act("delete", external_id=wamid)
    _, edited, reacted, unreacted, deleted = await stage.told("messages", 5)
    assert edited["edit"] == {
        "original_message_id": wamid,
        "message": {"type": "text", "text": {"body": "Bonsoir"}},
    }
    assert reacted["reaction"] == {"message_id": wamid, "emoji": "😍"}
    assert unreacted["reaction"] == {"message_id": wamid}
    assert deleted["revoke"] == {"original_message_id": wamid}
    assert len({each["id"] for each in (edited, reacted, unreacted, deleted)} - {wamid}) == 4


async def test_a_person_answers_on_the_phone(stage: WhatsAppRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.act("native_reply", customer=ANN["id"], text="Je m'en occupe, Léa")
    (echo,) = await stage.told("message_echoes")
    assert (echo["from"], echo["to"], echo["text"]) == (NUMBER, ANN["id"], {"body": "Je m'en occupe, Léa"})
    (change,) = stage.receiver.arrived[-1].json["entry"][0]["changes"]
    assert change["field"] == "smb_message_echoes"


async def test_statuses_tell_what_became_of_a_message(stage: WhatsAppRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    wamid = await stage.sent(biz_opaque_callback_data="action-1")
    sent, delivered = await stage.told("statuses", 2)
    assert (sent["status"], delivered["status"]) == ("sent", "delivered")
    for status in (sent, delivered):
        assert (status["id"], status["recipient_id"]) == (wamid, ANN["id"])
        assert status["biz_opaque_callback_data"] == "action-1"
        assert isinstance(status["timestamp"], str)
    await stage.act("read", customer=ANN["id"])
    read = (await stage.told("statuses", 3))[-1]
    assert (read["status"], read["id"]) == ("read", wamid)
    assert items(stage.receiver.arrived, "message_echoes") == []


async def test_a_status_bears_only_what_was_attached(stage: WhatsAppRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.sent()
    assert all("biz_opaque_callback_data" not in status for status in await stage.told("statuses", 2))


async def test_what_was_taken_for_who_blocked_the_number_fails_later(stage: WhatsAppRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.act("block", customer=ANN["id"])
    wamid = await stage.sent(biz_opaque_callback_data="action-1")
    (failed,) = await stage.told("statuses")
    assert (failed["id"], failed["status"], failed["biz_opaque_callback_data"]) == (wamid, "failed", "action-1")
    assert [error["code"] for error in failed["errors"]] == [131026]
    assert (await stage.thread(ANN["id"]))[-1]["status"] == "lost"
    await stage.act("unblock", customer=ANN["id"])
    await stage.sent()
    assert [status["status"] for status in await stage.told("statuses", 3)] == ["failed", "sent", "delivered"]


async def test_a_customer_who_is_looking_reads_at_once(stage: WhatsAppRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    query = {"channel": "whatsapp", "account": NUMBER, "customer": ANN["id"]}
    async with stage.client.get(f"{stage.url}/control/stream", params=query):
        await stage.sent()
        assert [status["status"] for status in await stage.told("statuses", 3)] == ["sent", "delivered", "read"]


async def test_a_refused_delivery_comes_again_with_what_is_new(stage: WhatsAppRehearsal) -> None:
    stage.receiver.answer = lambda arrival: web.Response(status=500)
    first = await stage.say("Bonjour", ANN)
    await stage.receiver.until(lambda arrived: len(arrived) >= 2)
    stage.receiver.answer = lambda arrival: web.Response()
    second = await stage.say("Vous êtes là ?", BOB)
    arrived = await stage.receiver.until(lambda arrived: second in [each["id"] for each in items(arrived, "messages")])
    ids = [each["id"] for each in items(arrived, "messages")]
    assert ids.count(first) >= 2
    assert ids.count(second) == 1


async def test_a_delivery_can_come_twice(stage: WhatsAppRehearsal) -> None:
    await stage.fail("duplicate", on="webhook")
    await stage.say("Bonjour", ANN)
    first, again = await stage.receiver.until(lambda arrived: len(arrived) == 2)
    assert first.body == again.body


async def test_an_operator_can_try_the_handshake(stage: WhatsAppRehearsal) -> None:
    token = ACCOUNT.simulated_secret("verify_token").get_secret_value()
    stage.receiver.answer = lambda arrival: web.Response(text=arrival.query["hub.challenge"])
    assert (await stage.control("handshake"))["ok"]
    (asked,) = stage.receiver.arrived
    assert (asked.query["hub.mode"], asked.query["hub.verify_token"]) == ("subscribe", token)


@pytest.mark.parametrize("deed", ["hide", "take_thread"])
async def test_what_people_can_not_do(stage: WhatsAppRehearsal, deed: str) -> None:
    wamid = await stage.say("Bonjour", ANN)
    with pytest.raises(Denied, match=f"WhatsApp has no {deed}"):
        await stage.act(deed, external_id=wamid, customer=ANN["id"])
    with pytest.raises(Denied, match="no post"):
        await stage.say("Superbe !", ANN, where="77_88")


# its API


def buttons(count: int, text: str = "On vous l'envoie ?") -> dict[str, Any]:
    return {"interactive": {"type": "button", "body": {"text": text}, "action": {"buttons": [YES] * count}}}


@pytest.mark.parametrize(
    ("kind", "more", "reads"),
    [
        ("text", {"text": {"body": "a" * 4096}}, "a" * 4096),
        ("interactive", buttons(3), "On vous l'envoie ?"),
        ("image", {"image": {"link": "https://x.example/1", "caption": "Voici"}}, "Voici"),
        ("image", {"image": {"link": "https://x.example/1"}}, "🖼"),
        ("template", {"template": {"name": "suite", "language": {"code": "fr"}}}, "[suite]"),
        (
            "template",
            {"template": {"name": "suite", "components": [{"type": "body", "parameters": [{"text": "Ann"}]}]}},
            "[suite] Ann",
        ),
    ],
)
async def test_what_it_takes(stage: WhatsAppRehearsal, kind: str, more: dict[str, Any], reads: str) -> None:
    first = await stage.say("Bonjour", ANN)
    wamid = await stage.sent(kind=kind, context={"message_id": first}, **more)
    entry = (await stage.thread(ANN["id"]))[-1]
    assert (entry["external_id"], entry["by"], entry["text"], entry["parent"]) == (wamid, "brand", reads, first)


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("text", {"text": {"body": "a" * 4097}}, 131009),
        ("text", {"text": {"body": " "}}, 131009),
        ("text", {"to": ""}, 131008),
        ("interactive", buttons(4), 131009),
        ("interactive", buttons(1, "a" * 1025), 131009),
        ("image", {"image": {"link": "https://x.example/1", "caption": "a" * 1025}}, 131009),
        ("template", {"template": {"name": "unknown"}}, 132001),
        ("hologram", {}, 131051),
        ("reaction", {"reaction": {"message_id": "wamid.unknown", "emoji": "👍"}}, 131009),
    ],
)
async def test_what_it_refuses(stage: WhatsAppRehearsal, kind: str, more: dict[str, Any], expected: int) -> None:
    await stage.say("Bonjour", ANN)
    assert code(await stage.send(kind=kind, **more)) == expected
    assert len(await stage.thread(ANN["id"])) == 1


@pytest.mark.parametrize(
    ("ago_s", "kind", "more", "expected"),
    [
        (DAY_S - 60, "text", {}, None),
        (DAY_S + 60, "text", {}, 131047),
        (DAY_S + 60, "interactive", buttons(1), 131047),
        (DAY_S + 60, "template", {"template": {"name": "suite"}}, None),
    ],
)
async def test_after_a_day_only_a_template_goes(
    stage: WhatsAppRehearsal, ago_s: float, kind: str, more: dict[str, Any], expected: int | None
) -> None:
    await stage.say("Bonjour", ANN, ago_s=ago_s)
    assert code(await stage.send(kind=kind, **more)) == expected


async def test_who_never_wrote_gets_a_template_or_nothing(stage: WhatsAppRehearsal) -> None:
    assert code(await stage.send(to=BOB["id"])) == 131047
    assert code(await stage.send(to=BOB["id"], kind="template", template={"name": "follow_up"})) is None
    assert code(await stage.send(to=BOB["id"])) == 131047
    await stage.say("Bonjour", BOB)
    assert code(await stage.send(to=BOB["id"])) is None


async def test_a_user_id_stands_for_a_number(stage: WhatsAppRehearsal) -> None:
    hidden = {"id": "FR.13491208655302741918", "name": "Zoé"}
    await stage.say("Bonjour", hidden)
    body = {"type": "text", "text": {"body": "Bonjour !"}, "recipient": hidden["id"]}
    assert code(await stage.call("POST", f"{NUMBER}/messages", body)) is None
    assert (await stage.thread(hidden["id"]))[-1]["by"] == "brand"


async def test_reactions_and_read_marks(stage: WhatsAppRehearsal) -> None:
    wamid = await stage.say("Merci !", ANN)
    assert code(await stage.send(kind="reaction", reaction={"message_id": wamid, "emoji": "👍"})) is None
    (entry,) = await stage.thread(ANN["id"])
    assert entry["likes"] == 1
    seen = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    assert await stage.call("POST", f"{NUMBER}/messages", seen) == (200, {"success": True})
    assert code(await stage.call("POST", f"{NUMBER}/messages", {**seen, "message_id": "wamid.unknown"})) == 131009


async def test_the_business_account_is_subscribed(stage: WhatsAppRehearsal) -> None:
    _, before = await stage.call("GET", f"{WABA}/subscribed_apps")
    assert len(before["data"]) == 1
    assert await stage.call("POST", f"{WABA}/subscribed_apps") == (200, {"success": True})
    _, number = await stage.call("GET", NUMBER)
    assert (number["id"], number["verified_name"]) == (NUMBER, "Maison Aube")


async def test_a_wrong_token_and_an_unknown_path(stage: WhatsAppRehearsal) -> None:
    status, answer = await stage.call("GET", "1_2/photos")
    assert (status, answer["error"]["code"]) == (400, 100)
    stage.token = "another"
    status, answer = await stage.call("GET", NUMBER)
    assert (status, answer["error"]["code"]) == (401, 190)


@pytest.mark.parametrize("rules", [Rules(rates={"whatsapp.pair": (2, 3600)})])
async def test_one_person_is_written_to_so_often_and_others_still(stage: WhatsAppRehearsal) -> None:
    for person in (ANN, BOB):
        await stage.say("Bonjour", person)
    assert [code(await stage.send()) for _ in range(3)] == [None, None, 131056]
    assert code(await stage.send(to=BOB["id"])) is None


@pytest.mark.parametrize("rules", [Rules(rates={"whatsapp.messages": (2, 3600)})])
async def test_a_number_writes_so_often(stage: WhatsAppRehearsal) -> None:
    for person in (ANN, BOB):
        await stage.say("Bonjour", person)
    people = (ANN, BOB, ANN)
    assert [code(await stage.send(to=person["id"])) for person in people] == [None, None, 130429]
    await stage.control("reset")
    await stage.say("Bonjour", ANN)
    assert code(await stage.send()) is None


@pytest.mark.parametrize(
    ("mode", "expected"), [("429", (400, 130429)), ("500", (500, 2)), ("token_expired", (401, 190))]
)
async def test_it_breaks_on_demand(stage: WhatsAppRehearsal, mode: str, expected: tuple[int, int]) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail(mode)
    status, answer = await stage.send()
    assert (status, answer["error"]["code"]) == expected
    assert code(await stage.send()) is None
    assert len(await stage.thread(ANN["id"])) == 2


async def test_it_may_take_a_message_and_not_say_so(stage: WhatsAppRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.fail("500_after_accepting")
    status, _ = await stage.send(biz_opaque_callback_data="action-1")
    assert status == 500
    sent = (await stage.told("statuses", 2))[0]
    assert (sent["status"], sent["biz_opaque_callback_data"]) == ("sent", "action-1")
