"""The simulated Facebook: what it delivers, and what its API takes and refuses."""

import hmac
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest

from bot.config import AccountSettings, Settings
from bot.model.brand import Brand
from sandbox.exchange import Rules
from sandbox.facebook_shapes import PAGE_INBOX
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


async def test_a_message_is_delivered_signed_over_its_escaped_bytes(stage: FacebookRehearsal) -> None:
    mid = await stage.say("Où est mon colis ? 📦", ANN)
    (arrival,) = await stage.receiver.until(lambda arrived: len(arrived) == 1)
    secret = ACCOUNT.simulated_secret("app_secret").get_secret_value().encode()
    expected = hmac.new(secret, arrival.body, sha256).hexdigest()
    assert arrival.path == "/webhooks/facebook/main"
    assert arrival.headers["x-hub-signature-256"] == f"sha256={expected}"
    assert arrival.body.isascii()
    assert b"\\u00f9" in arrival.body
    (entry,) = arrival.json["entry"]
    (item,) = entry["messaging"]
    assert (arrival.json["object"], entry["id"]) == ("page", PAGE)
    assert item["sender"] == {"id": ANN["id"]}
    assert item["recipient"] == {"id": PAGE}
    assert item["message"] == {"mid": mid, "text": "Où est mon colis ? 📦"}
    assert entry["time"] > 10**12 < item["timestamp"]


async def test_a_comment_is_delivered_as_a_feed_change_and_its_author_is_not_the_page_scoped_id(
    stage: FacebookRehearsal,
) -> None:
    post = await stage.post()
    comment = await stage.say("Superbe !", ANN, where=post)
    root = await stage.change("add")
    assert root["comment_id"] == comment
    assert root["post_id"] == root["parent_id"] == post
    assert root["from"]["name"] == ANN["name"]
    assert root["from"]["id"] != ANN["id"]
    assert root["created_time"] < 10**10
    answer = await stage.say("Merci à vous", BOB, post, parent=comment)
    nested = await stage.change("add", count=2)
    assert (nested["comment_id"], nested["parent_id"]) == (answer, comment)


async def test_a_comment_without_an_author(stage: FacebookRehearsal) -> None:
    await stage.say("Qui suis-je ?", ANN, where=await stage.post(), anonymous=True)
    assert "from" not in await stage.change("add")


async def test_a_button_is_a_postback(stage: FacebookRehearsal) -> None:
    await stage.say("Suivi", ANN, payload="TRACK")
    pressed = await stage.item("postback")
    assert pressed["postback"]["title"] == "Suivi"
    assert pressed["postback"]["payload"] == "TRACK"


async def test_the_bots_answer_is_echoed_with_its_metadata_then_receipted(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    status, sent = await stage.send(TO_ANN, message={"text": "Bienvenue", "metadata": "action-1"})
    assert (status, sent["recipient_id"]) == (200, ANN["id"])
    echo = (await stage.item("echo"))["message"]
    assert (echo["mid"], echo["metadata"], echo["text"]) == (sent["message_id"], "action-1", "Bienvenue")
    assert isinstance(echo["app_id"], int)
    receipt = await stage.item("delivery")
    assert receipt["delivery"]["mids"] == [sent["message_id"]]
    assert "timestamp" not in receipt
    assert [entry["by"] for entry in await stage.thread(ANN["id"])] == ["customer", "brand"]
    await stage.act("read", customer=ANN["id"])
    assert (await stage.item("read"))["read"]["watermark"] > 10**12


async def test_a_customer_who_is_looking_reads_at_once(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    query = {"channel": "facebook", "account": PAGE, "customer": ANN["id"]}
    async with stage.client.get(f"{stage.url}/control/stream", params=query) as stream:
        await stage.send(TO_ANN)
        await stage.item("read")
        seen = b""
        while b'"where": "dm"' not in seen:
            seen += await stream.content.readany()
    assert (await stage.thread(ANN["id"]))[-1]["status"] == "read"


async def test_the_pages_comment_comes_back_without_an_app(stage: FacebookRehearsal) -> None:
    post = await stage.post()
    comment = await stage.say("Superbe !", ANN, where=post)
    status, answer = await stage.call("POST", f"{comment}/comments", {"message": "Merci !"})
    echo = await stage.change("add", count=2)
    assert status == 200
    assert echo["comment_id"] == answer["id"]
    assert echo["parent_id"] == comment
    assert echo["from"] == {"id": PAGE, "name": "Maison Aube"}
    _, listed = await stage.call("GET", f"{comment}/comments", filter="stream", order="reverse_chronological")
    assert [node["message"] for node in listed["data"]] == ["Merci !"]


@pytest.mark.parametrize(
    ("method", "path", "body", "verb", "item"),
    [
        ("POST", "", {"is_hidden": True}, "hide", "comment"),
        ("POST", "", {"is_hidden": False}, "unhide", "comment"),
        ("DELETE", "", None, "remove", "comment"),
        ("POST", "/likes", {}, "add", "reaction"),
        ("DELETE", "/likes", None, "remove", "reaction"),
    ],
)
async def test_moderation(stage: FacebookRehearsal, method: str, path: str, body: Any, verb: str, item: str) -> None:
    comment = await stage.say("Superbe !", ANN, where=await stage.post())
    assert await stage.call(method, f"{comment}{path}", body) == (200, {"success": True})
    change = await stage.change(verb, item)
    assert change["comment_id"] == comment
    assert ("message" in change) == (verb in {"hide", "unhide"})


@pytest.mark.parametrize(
    ("ago_s", "more", "expected"),
    [
        (60, {}, None),
        (25 * 3600, {}, (10, 2018278)),
        (25 * 3600, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}, None),
        (8 * 86400, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}, (10, 2018278)),
        (60, {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, (100, None)),
        (60, {"message": {"text": "a" * 2001}}, (100, None)),
        (60, {"message": {}}, (100, None)),
        (60, {"to": {"id": "nobody"}}, (100, 2018001)),
    ],
)
async def test_the_window_and_what_else_is_refused(
    stage: FacebookRehearsal, ago_s: float, more: dict[str, Any], expected: tuple[int, int | None] | None
) -> None:
    await stage.say("Bonjour", ANN, ago_s=ago_s)
    status, answer = await stage.send(**{"to": TO_ANN, **more})
    if expected is None:
        assert status == 200
        return
    error = answer["error"]
    assert (status, error["code"], error.get("error_subcode")) == (400, *expected)
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]


async def test_a_blocked_page_and_a_thread_of_another_app(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.act("take_thread", customer=ANN["id"])
    taken = await stage.item("take_thread_control")
    assert taken["take_thread_control"]["new_owner_app_id"] == str(PAGE_INBOX)
    assert (await stage.send(TO_ANN))[1]["error"]["error_subcode"] == 2018300
    await stage.say("Toujours là ?", ANN)
    arrived = await stage.receiver.until(lambda arrived: any("standby" in a.json["entry"][0] for a in arrived))
    assert arrived
    await stage.act("pass_thread", customer=ANN["id"])
    assert (await stage.send(TO_ANN))[0] == 200
    await stage.act("block", customer=ANN["id"])
    assert (await stage.send(TO_ANN))[1]["error"]["code"] == 551
    await stage.act("unblock", customer=ANN["id"])
    assert (await stage.send(TO_ANN))[0] == 200


async def test_one_private_reply_to_a_comment_and_no_more_until_they_answer(stage: FacebookRehearsal) -> None:
    comment = await stage.say("Mon colis est cassé", ANN, where=await stage.post())
    status, sent = await stage.send({"comment_id": comment})
    assert (status, sent["recipient_id"]) == (200, ANN["id"])
    assert (await stage.item("echo"))["recipient"] == {"id": ANN["id"]}
    assert (await stage.send({"comment_id": comment}))[1]["error"]["code"] == 10900
    assert (await stage.send(TO_ANN))[1]["error"]["error_subcode"] == 2018278
    fields = "can_reply_privately,private_reply_conversation{messages.limit(50){id,message,created_time,from}}"
    _, node = await stage.call("GET", comment, fields=fields)
    assert node["can_reply_privately"] is False
    assert node["private_reply_conversation"]["messages"]["data"][0]["id"] == sent["message_id"]
    await stage.say("Merci de votre réponse", ANN)
    assert (await stage.send(TO_ANN))[0] == 200


async def test_a_private_reply_after_seven_days_or_to_nothing(stage: FacebookRehearsal) -> None:
    old = await stage.say("Il y a longtemps", ANN, where=await stage.post(), ago_s=8 * 86400)
    assert (await stage.send({"comment_id": old}))[1]["error"]["code"] == 10902
    assert (await stage.send({"comment_id": "1_2"}))[1]["error"]["error_subcode"] == 2018292


async def test_a_wrong_token(stage: FacebookRehearsal) -> None:
    stage.token = "another"
    status, answer = await stage.call("GET", PAGE, fields="name")
    assert (status, answer["error"]["code"]) == (400, 190)


async def test_what_the_page_can_look_up(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.send(TO_ANN, "Bienvenue")
    assert await stage.call("GET", PAGE, fields="name") == (200, {"name": "Maison Aube", "id": PAGE})
    query = {
        "platform": "messenger",
        "user_id": ANN["id"],
        "fields": "messages.limit(50){id,message,created_time,from}",
    }
    _, found = await stage.call("GET", f"{PAGE}/conversations", **query)
    (thread,) = found["data"]
    assert [said["message"] for said in thread["messages"]["data"]] == ["Bienvenue", "Bonjour"]
    assert thread["messages"]["data"][0]["from"]["id"] == PAGE
    status, answer = await stage.call("GET", "1_2")
    assert (status, answer["error"]["code"], answer["error"]["error_subcode"]) == (400, 100, 33)


@pytest.mark.parametrize("rules", [Rules(rates={"facebook.messages": (2, 3600), "facebook.calls": (1, 3600)})])
async def test_rates_are_counted_and_the_usage_is_told(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    answers = [await stage.send(TO_ANN) for _ in range(3)]
    assert [answer.get("error", {}).get("code") for _, answer in answers] == [None, None, 613]
    await stage.call("GET", PAGE)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with stage.client.get(f"{stage.url}/facebook/v25.0/{PAGE}", headers=headers) as answer:
        (usage,) = json.loads(answer.headers["X-Business-Use-Case-Usage"])[PAGE]
        assert (await answer.json())["error"]["code"] == 80001
    assert usage["call_count"] == 100
    assert usage["estimated_time_to_regain_access"] == 60


async def test_what_people_do_comes_as_webhooks(stage: FacebookRehearsal) -> None:
    mid = await stage.say("Bonjour", ANN)
    await stage.act("edit", external_id=mid, text="Bonsoir")
    assert (await stage.item("message_edit"))["message_edit"] == {"mid": mid, "text": "Bonsoir", "num_edit": 1}
    await stage.act("react", external_id=mid, customer=ANN["id"], text="😍")
    assert (await stage.item("reaction"))["reaction"]["emoji"] == "😍"
    await stage.act("unreact", external_id=mid, customer=ANN["id"])
    assert (await stage.item("reaction", 2))["reaction"] == {"action": "unreact", "mid": mid}
    await stage.act("native_reply", customer=ANN["id"], text="Je m'en occupe, Léa")
    echo = (await stage.item("echo"))["message"]
    assert echo["app_id"] == PAGE_INBOX
    assert "metadata" not in echo
    await stage.act("delete", external_id=mid)
    assert (await stage.item("message", 2))["message"] == {"mid": mid, "is_deleted": True}
    entries = await stage.thread(ANN["id"])
    assert [(e["by"], e["deleted"], e["edited"]) for e in entries] == [
        ("customer", True, True),
        ("person", False, False),
    ]
