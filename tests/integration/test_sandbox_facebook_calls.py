"""The simulated Facebook: what a page can list and subscribe to, and the calls beside plain words."""

from collections.abc import AsyncIterator
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
SETTINGS = Settings(
    recipe="default.v1", language="fr", pipeline=(), brand=Brand(name="Maison Aube"), accounts=(ACCOUNT,), policies=()
)
TO_ANN = {"id": ANN["id"]}


@pytest.fixture
async def stage() -> AsyncIterator[FacebookRehearsal]:
    async with rehearsing(FacebookRehearsal, SETTINGS, Rules(speed=1000)) as it:
        yield it


async def test_what_the_page_is_subscribed_to(stage: FacebookRehearsal) -> None:
    path = f"{PAGE}/subscribed_apps"
    (app,) = (await stage.call("GET", path))[1]["data"]
    assert {"feed", "messages"} <= set(app["subscribed_fields"])
    assert await stage.call("DELETE", path) == (200, {"success": True})
    assert await stage.call("GET", path) == (200, {"data": []})
    await stage.call("POST", path, {"subscribed_fields": "messages,message_echoes"})
    (app,) = (await stage.call("GET", path))[1]["data"]
    assert app["subscribed_fields"] == ["messages", "message_echoes"]


async def test_posts_and_their_comments_are_listed(stage: FacebookRehearsal) -> None:
    _, posts = await stage.call("GET", f"{PAGE}/feed", fields="id,created_time")
    assert posts["data"][0]["created_time"] > posts["data"][1]["created_time"]
    _, none = await stage.call("GET", f"{PAGE}/feed", since="32503680000")
    assert none == {"data": []}
    post = await stage.post()
    root = await stage.say("Superbe !", ANN, where=post)
    answer = await stage.say("Merci à vous", BOB, post, parent=root)
    query = {"filter": "stream", "order": "chronological", "limit": "1"}
    _, first = await stage.call("GET", f"{post}/comments", **query)
    _, second = await stage.call("GET", f"{post}/comments", after=first["paging"]["cursors"]["after"], **query)
    assert [node["id"] for node in (*first["data"], *second["data"])] == [root, answer]
    assert second["data"][0]["parent"] == {"id": root}
    assert "next" in first["paging"]
    assert "paging" not in second


async def test_threads_are_listed_newest_first_and_read_on(stage: FacebookRehearsal) -> None:
    await stage.say("un", ANN, ago_s=90)
    await stage.say("deux", ANN, ago_s=80)
    await stage.say("trois", BOB, ago_s=70)
    fields = "id,updated_time,participants,messages.limit(1){id,message,created_time,from}"
    _, found = await stage.call("GET", f"{PAGE}/conversations", platform="messenger", fields=fields)
    bob, ann = found["data"]
    assert [person["id"] for person in bob["participants"]["data"]] == [BOB["id"], PAGE]
    assert ("paging" in bob["messages"], "paging" in ann["messages"]) == (False, True)
    after = ann["messages"]["paging"]["cursors"]["after"]
    _, rest = await stage.call("GET", f"{ann['id']}/messages", after=after)
    assert [said["message"] for said in (*ann["messages"]["data"], *rest["data"])] == ["deux", "un"]
    assert (await stage.call("GET", "t_1/messages"))[1]["error"]["error_subcode"] == 33


async def test_the_bot_passes_the_thread_to_the_inbox(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    path = f"{PAGE}/pass_thread_control"
    passed = await stage.call("POST", path, {"recipient": TO_ANN, "target_app_id": str(PAGE_INBOX)})
    assert passed == (200, {"success": True})
    assert (await stage.send(TO_ANN))[1]["error"]["error_subcode"] == 2018300
    assert (await stage.call("POST", path, {"recipient": {"id": "1"}}))[1]["error"]["error_subcode"] == 2018001


CARD = {"title": "Voici", "image_url": "https://maison.example/lampe.jpg"}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"text": "Laquelle ?", "quick_replies": [{"content_type": "text", "title": "La bleue"}] * 13}, "Laquelle ?"),
        ({"text": "Laquelle ?", "quick_replies": [{"content_type": "text", "title": "La bleue"}] * 14}, None),
        ({"attachment": {"type": "template", "payload": {"elements": [CARD]}}}, "Voici"),
        ({"attachment": {"type": "template", "payload": {"elements": []}}}, None),
    ],
)
async def test_choices_and_pictures(stage: FacebookRehearsal, message: dict[str, Any], said: str | None) -> None:
    await stage.say("Bonjour", ANN)
    status, _ = await stage.send(TO_ANN, message=message)
    assert status == (400 if said is None else 200)
    assert [e["text"] for e in await stage.thread(ANN["id"])] == ["Bonjour", *([said] if said else [])]


async def test_signs_of_reading_and_writing(stage: FacebookRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    for sign in ("mark_seen", "typing_on"):
        body = {"recipient": TO_ANN, "sender_action": sign}
        assert await stage.call("POST", f"{PAGE}/messages", body) == (200, {"recipient_id": ANN["id"]})
    assert len(await stage.thread(ANN["id"])) == 1


async def test_the_page_changes_its_own_words_alone(stage: FacebookRehearsal) -> None:
    post = await stage.post()
    comment = await stage.say("Superbe !", ANN, where=post)
    _, ours = await stage.call("POST", f"{comment}/comments", {"message": "Merci !"})
    assert await stage.call("POST", ours["id"], {"message": "Merci beaucoup !"}) == (200, {"success": True})
    assert (await stage.change("edited"))["message"] == "Merci beaucoup !"
    assert (await stage.call("POST", comment, {"message": "Affreux"}))[1]["error"]["code"] == 100
