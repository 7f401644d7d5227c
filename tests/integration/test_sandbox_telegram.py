"""The simulated Telegram: its updates, its methods, and what they refuse."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.config import AccountSettings, Settings
from bot.model.action import ListSince, Query, Subscribe
from bot.model.brand import Brand
from bot.model.event import MessageReceived
from connectors.base import Account, Listed, Reading, Response, SendError, Subscribed
from connectors.telegram.connector import TELEGRAM
from sandbox.exchange import Rules
from sandbox.receiver import Arrival
from sandbox.rehearsal import Denied, TelegramRehearsal, rehearsing

BOT = "8267003872"
ANN = {"id": "427770117", "name": "Ann Lemoine"}
BOB = {"id": "427770118", "name": "Bob Marchal"}
STAFF = -1001234567890
ACCOUNT = AccountSettings(channel="telegram", id=BOT, name="Maison Aube", simulated=True)
SETTINGS = Settings(
    recipe="default.v1", language="fr", pipeline=(), brand=Brand(name="Maison Aube"), accounts=(ACCOUNT,), policies=()
)


CHAT = int(ANN["id"])
SOME_TIME = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def rules() -> Rules:
    return Rules(speed=1000)


@pytest.fixture
async def stage(rules: Rules) -> AsyncIterator[TelegramRehearsal]:
    async with rehearsing(TelegramRehearsal, SETTINGS, rules) as it:
        yield it


def texts(arrived: list[Arrival]) -> list[str]:
    return [arrival.json["message"]["text"] for arrival in arrived if "message" in arrival.json]


async def test_a_message_is_delivered_with_the_secret_token(stage: TelegramRehearsal) -> None:
    external_id = await stage.say("/start été", ANN)
    (arrival,) = await stage.receiver.until(lambda arrived: len(arrived) == 1)
    assert arrival.path == "/webhooks/telegram/main"
    secret = ACCOUNT.simulated_secret("secret_token").get_secret_value()
    assert arrival.headers["x-telegram-bot-api-secret-token"] == secret
    assert arrival.headers["content-type"] == "application/json"
    assert set(arrival.json) == {"update_id", "message"}
    message = arrival.json["message"]
    person = {"id": int(ANN["id"]), "first_name": "Ann", "last_name": "Lemoine"}
    assert message["from"] == {**person, "is_bot": False, "language_code": "fr"}
    assert message["chat"] == {**person, "type": "private"}
    assert f"{message['chat']['id']}:{message['message_id']}" == external_id
    assert message["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]
    assert message["date"] < 10**10


async def test_the_first_comment_brings_the_post_and_its_copy(stage: TelegramRehearsal) -> None:
    post = await stage.post()
    comment = await stage.say("Superbe !", ANN, where=post)
    await stage.say("Oui !", BOB, post, parent=comment)
    await stage.receiver.until(lambda arrived: len(arrived) == 4)
    (channel_post,) = stage.updates("channel_post")
    copy, first, nested = stage.updates("message")
    assert "from" not in channel_post
    assert (copy["is_automatic_forward"], copy["from"]["id"], copy["sender_chat"]) == (
        True,
        777000,
        channel_post["chat"],
    )
    assert copy["forward_origin"]["message_id"] == channel_post["message_id"]
    assert first["message_thread_id"] == nested["message_thread_id"] == copy["message_id"]
    assert first["reply_to_message"] == copy
    assert nested["reply_to_message"]["message_id"] == first["message_id"]
    assert "reply_to_message" not in nested["reply_to_message"]


async def test_somebody_comments_as_a_channel(stage: TelegramRehearsal) -> None:
    await stage.say("Au nom d'un autre", ANN, where=await stage.post(), anonymous=True)
    message = await stage.update("message", 2)
    assert message["from"]["id"] == 136817688
    assert message["sender_chat"]["type"] == "channel"


async def test_the_bot_answers_and_nothing_is_echoed(stage: TelegramRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    status, answer = await stage.send(CHAT, "Bienvenue")
    assert (status, answer["ok"]) == (200, True)
    assert answer["result"]["from"]["is_bot"] is True
    assert answer["result"]["chat"]["id"] == int(ANN["id"])
    await stage.say("Merci", ANN)
    await stage.receiver.until(lambda arrived: len(arrived) == 2)
    assert texts(stage.receiver.arrived) == ["Bonjour", "Merci"]
    assert [entry["by"] for entry in await stage.thread(ANN["id"])] == ["customer", "brand", "customer"]


async def test_the_bot_answers_a_comment(stage: TelegramRehearsal) -> None:
    post = await stage.post()
    comment = await stage.say("Superbe !", ANN, where=post)
    group, number = map(int, comment.split(":"))
    _, answer = await stage.send(group, "Merci !", reply_parameters={"message_id": number})
    message = answer["result"]
    assert message["reply_to_message"]["text"] == "Superbe !"
    assert message["message_thread_id"] == (await stage.update("message", 2))["message_thread_id"]
    assert [(entry["by"], entry["parent"]) for entry in await stage.thread(where=post)] == [
        ("customer", None),
        ("brand", comment),
    ]
    status, refused = await stage.send(group, "?", message_thread_id=message["message_thread_id"])
    assert (status, refused["description"]) == (400, "Bad Request: message thread not found")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 4096, None),
        ("a" * 4097, "Bad Request: message is too long"),
        ("😀" * 2048, None),
        ("😀" * 2048 + "a", "Bad Request: message is too long"),
        (" ", "Bad Request: message text is empty"),
    ],
)
async def test_length_counts_utf16_units(stage: TelegramRehearsal, text: str, expected: str | None) -> None:
    await stage.say("Bonjour", ANN)
    _, answer = await stage.send(CHAT, text)
    assert answer.get("description") == expected


async def test_who_can_not_be_written_to(stage: TelegramRehearsal) -> None:
    await stage.say("Superbe !", ANN, where=await stage.post())
    assert await stage.send(CHAT) == (403, _error(403, "Forbidden: bot can't initiate conversation with a user"))
    await stage.say("Bonjour", ANN)
    await stage.act("block", customer=ANN["id"])
    left = await stage.update("my_chat_member")
    assert left["new_chat_member"]["status"] == "kicked"
    assert await stage.send(CHAT) == (403, _error(403, "Forbidden: bot was blocked by the user"))
    await stage.act("unblock", customer=ANN["id"])
    assert (await stage.send(CHAT))[0] == 200
    gone = {"message_id": 1}
    assert (await stage.send(CHAT, reply_parameters=gone))[1][
        "description"
    ] == "Bad Request: message to be replied not found"
    assert (await stage.send(CHAT, reply_parameters={**gone, "allow_sending_without_reply": True}))[0] == 200
    assert (await stage.send("@nobody"))[1]["description"] == "Bad Request: chat not found"


def _error(code: int, description: str) -> dict[str, Any]:
    return {"ok": False, "error_code": code, "description": description}


async def test_a_staff_chat_is_an_ordinary_chat(stage: TelegramRehearsal) -> None:
    assert (await stage.send(STAFF, "Un client attend"))[0] == 200
    assert [entry["text"] for entry in await stage.thread(str(STAFF))] == ["Un client attend"]


@pytest.mark.parametrize("rules", [Rules(rates={"telegram.chat": (1, 60)}, bursts={"telegram.chat": 2})])
async def test_floods_are_stopped_per_chat(stage: TelegramRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.say("Bonjour", BOB)
    assert [(await stage.send(CHAT))[0] for _ in range(2)] == [200, 200]
    token = stage.token
    body = {"chat_id": ANN["id"], "text": "encore"}
    async with stage.client.post(f"{stage.url}/telegram/bot{token}/sendMessage", json=body) as answer:
        told = await answer.json()
        assert answer.status == 429
        assert answer.headers["Retry-After"] == str(told["parameters"]["retry_after"])
    assert told["description"] == f"Too Many Requests: retry after {told['parameters']['retry_after']}"
    assert 59 <= told["parameters"]["retry_after"] <= 60
    assert (await stage.send(BOB["id"]))[0] == 200


@pytest.mark.parametrize("rules", [Rules(rates={"telegram.bot": (1, 3600)})])
async def test_floods_are_stopped_per_bot(stage: TelegramRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.say("Bonjour", BOB)
    assert (await stage.send(CHAT))[0] == 200
    assert (await stage.send(BOB["id"]))[0] == 429


async def test_reactions_edits_and_deletions_of_the_bots(stage: TelegramRehearsal) -> None:
    mid = await stage.say("Bonjour", ANN)
    chat, number = map(int, mid.split(":"))
    like = [{"type": "emoji", "emoji": "👍"}]
    assert await stage.call("setMessageReaction", chat_id=chat, message_id=number, reaction=like) == (
        200,
        {"ok": True, "result": True},
    )
    assert (await stage.thread(ANN["id"]))[0]["likes"] == 1
    _, sent = await stage.send(CHAT, "Bienvenu")
    own = {"chat_id": chat, "message_id": sent["result"]["message_id"]}
    _, edited = await stage.call("editMessageText", **own, text="Bienvenue")
    assert edited["result"]["edit_date"] >= edited["result"]["date"]
    _, again = await stage.call("editMessageText", **own, text="Bienvenue")
    assert again["description"].startswith("Bad Request: message is not modified")
    assert (await stage.call("editMessageText", chat_id=chat, message_id=number, text="?"))[0] == 400
    assert (await stage.call("deleteMessage", **own))[0] == 200
    assert (await stage.call("deleteMessage", **own))[1]["description"] == "Bad Request: message to delete not found"
    old = await stage.say("Avant-hier", ANN, ago_s=49 * 3600)
    _, refused = await stage.call("deleteMessage", chat_id=chat, message_id=int(old.split(":")[1]))
    assert refused["description"] == "Bad Request: message can't be deleted"


async def test_buttons(stage: TelegramRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await stage.send(CHAT, "Que puis-je faire ?")
    await stage.say("Suivi", ANN, payload="TRACK")
    pressed = await stage.update("callback_query")
    assert pressed["data"] == "TRACK"
    assert pressed["message"]["text"] == "Que puis-je faire ?"
    assert pressed["message"]["reply_markup"]["inline_keyboard"] == [[{"text": "Suivi", "callback_data": "TRACK"}]]
    assert (await stage.call("answerCallbackQuery", callback_query_id=pressed["id"]))[0] == 200
    assert (await stage.call("answerCallbackQuery", callback_query_id=pressed["id"]))[0] == 400


async def test_what_people_do(stage: TelegramRehearsal) -> None:
    mid = await stage.say("Bonjour", ANN)
    await stage.act("edit", external_id=mid, text="Bonsoir")
    edited = await stage.update("edited_message")
    assert (edited["text"], "edit_date" in edited) == ("Bonsoir", True)
    await stage.act("react", external_id=mid, customer=ANN["id"], text="🔥")
    added = await stage.update("message_reaction")
    assert (added["old_reaction"], added["new_reaction"]) == ([], [{"type": "emoji", "emoji": "🔥"}])
    await stage.act("unreact", external_id=mid, customer=ANN["id"])
    assert (await stage.update("message_reaction", 2))["new_reaction"] == []
    await stage.act("delete", external_id=mid)
    post = await stage.post()
    await stage.act("native_reply", where=post, text="L'équipe est là")
    admin = await stage.update("message", 3)
    assert admin["from"]["username"] == "GroupAnonymousBot"
    assert admin["sender_chat"]["id"] == admin["chat"]["id"]
    assert [entry["by"] for entry in await stage.thread(where=post)] == ["person"]
    with pytest.raises(Denied):
        await stage.act("hide", external_id=mid)


async def test_wrong_tokens_and_methods(stage: TelegramRehearsal) -> None:
    good = stage.token
    stage.token = f"{BOT}:another"
    assert await stage.call("getMe") == (401, _error(401, "Unauthorized"))
    stage.token = "malformed"
    assert (await stage.call("getMe"))[0] == 404
    stage.token = good
    assert (await stage.call("sendNothing"))[0] == 404
    assert (await stage.call("getUpdates"))[0] == 409
    _, me = await stage.call("getMe")
    assert (me["result"]["id"], me["result"]["is_bot"]) == (int(BOT), True)


async def test_the_webhook_is_set_and_narrowed(stage: TelegramRehearsal) -> None:
    assert (await stage.call("setWebhook", url="https://x.example", secret_token="no spaces"))[0] == 400
    wanted = ["message"]
    assert (await stage.call("setWebhook", url="https://x.example", secret_token="ok", allowed_updates=wanted))[
        0
    ] == 200
    _, info = await stage.call("getWebhookInfo")
    assert (info["result"]["url"], info["result"]["allowed_updates"]) == ("https://x.example", wanted)
    mid = await stage.say("un", ANN)
    await stage.act("react", external_id=mid, customer=ANN["id"])
    await stage.say("deux", ANN)
    arrived = await stage.receiver.until(lambda arrived: "deux" in texts(arrived))
    assert len(arrived) == 2


async def test_chats_and_their_links(stage: TelegramRehearsal) -> None:
    channel = int((await stage.post()).split(":")[0])
    _, found = await stage.call("getChat", chat_id=channel)
    assert found["result"]["type"] == "channel"
    _, linked = await stage.call("getChat", chat_id=found["result"]["linked_chat_id"])
    assert (linked["result"]["type"], linked["result"]["linked_chat_id"]) == ("supergroup", channel)
    assert await stage.call("sendChatAction", chat_id=STAFF, action="typing") == (200, {"ok": True, "result": True})


async def test_a_bot_that_asks_gets_its_updates_until_it_asks_for_later_ones() -> None:
    polled = ACCOUNT.model_copy(update={"settings": {"receive": "polling"}})
    settings = SETTINGS.model_copy(update={"accounts": (polled,)})
    async with rehearsing(TelegramRehearsal, settings, Rules(speed=1000)) as stage:
        for text in ("un", "deux"):
            await stage.say(text, ANN)
        _, first = await stage.call("getUpdates")
        assert [update["message"]["text"] for update in first["result"]] == ["un", "deux"]
        _, again = await stage.call("getUpdates", limit=1)
        assert again["result"] == first["result"][:1]
        _, later = await stage.call("getUpdates", offset=first["result"][0]["update_id"] + 1)
        assert later["result"] == first["result"][1:]
        assert [entry["status"] for entry in await stage.thread(ANN["id"])] == ["delivered", "sending"]
        await stage.call("setWebhook", url="https://maison.example/webhooks/telegram/main")
        assert (await stage.call("getUpdates"))[0] == 409
    assert stage.receiver.arrived == []


async def test_polling_reads_each_update_once_and_acknowledges_buttons() -> None:
    polled = ACCOUNT.model_copy(update={"settings": {"receive": "polling"}})
    settings = SETTINGS.model_copy(update={"accounts": (polled,)})
    async with rehearsing(TelegramRehearsal, settings, Rules(speed=1000)) as stage:
        secrets = {name: (polled.simulated_secret(name),) for name in ("token", "secret_token")}
        account = Account(polled.account_id, "x", secrets, f"{stage.url}/telegram", polled.settings)

        async def ask(what: Query) -> Reading:
            request, now = TELEGRAM.build(what, account, datetime.now(UTC)), datetime.now(UTC)
            async with stage.client.post(request.url, data=request.body, headers=request.headers) as answer:
                return TELEGRAM.interpret(what, Response(answer.status, await answer.read()), account, now)

        async def poll(known: Mapping[str, str]) -> tuple[list[str], dict[str, str], list[str]]:
            questions, told, asked = [ListSince(since=SOME_TIME, known=known)], list[str](), list[str]()
            remember: dict[str, str] = {}
            while questions:
                question = questions.pop(0)
                reading = await ask(question)
                assert isinstance(reading, Listed), reading
                told += [each.text for each in reading.found if isinstance(each, MessageReceived)]
                remember |= reading.remember
                questions += reading.more
                asked.append(question.what)
            return told, remember, asked

        await stage.say("Bonjour", ANN)
        told, known, _ = await poll({})
        assert told == ["Bonjour"]
        await stage.send(CHAT, "Que puis-je faire ?")
        await stage.say("Suivi", ANN, payload="TRACK")
        told, known, asked = await poll(known)
        assert (told, len(asked)) == (["Suivi"], 3)
        assert await poll(known) == ([], {}, [""])
        query = asked[1].removeprefix("pressed:")
        assert (await stage.call("answerCallbackQuery", callback_query_id=query))[0] == 400, "it was, already"
        await stage.call("setWebhook", url="https://maison.example/webhooks/telegram/main")
        refused = await ask(ListSince(since=SOME_TIME))
        assert isinstance(refused, SendError)
        assert (refused.fault, "webhook is active" in refused.detail) == ("retry", True)
        assert await ask(Subscribe(callback_url="")) == Subscribed()
        assert isinstance(await ask(ListSince(since=SOME_TIME)), Listed)


async def test_a_picture_has_a_caption_of_1024_characters(stage: TelegramRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    status, sent = await stage.call("sendPhoto", chat_id=CHAT, photo="https://maison.example/1.jpg", caption="Voici")
    assert (status, sent["result"]["text"]) == (200, "Voici")
    for wrong in ({"photo": "1.jpg"}, {"photo": "https://maison.example/1.jpg", "caption": "a" * 1025}):
        assert (await stage.call("sendPhoto", chat_id=CHAT, **wrong))[0] == 400
