"""The simulated Telegram, where a bot answers for a business account, and what the connector makes of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.config import AccountSettings, Settings
from bot.model.action import Action, DeleteComment, EditOwn, MarkSeen, SendMessage
from bot.model.brand import Brand
from bot.model.event import Echoed, MessageDeleted, MessageEdited, MessageReceived
from bot.model.ids import ActionId, ContactId, ConversationId, StreamId
from connectors.base import Account, Endpoint, Reading, Request, Response, SendError, Sent
from connectors.telegram.connector import TELEGRAM
from sandbox.exchange import Rules
from sandbox.rehearsal import Denied, TelegramRehearsal, rehearsing

ANN = {"id": "427770117@bc1", "name": "Ann Lemoine"}
ACCOUNT = AccountSettings(channel="telegram", id="8267003872", name="Maison Aube", simulated=True)
SETTINGS = Settings(
    recipe="default.v1", language="fr", pipeline=(), brand=Brand(name="Maison Aube"), accounts=(ACCOUNT,), policies=()
)
THREAD = ConversationId.private(ContactId.of(ACCOUNT.account_id, ANN["id"]))


@pytest.fixture
async def stage() -> AsyncIterator[TelegramRehearsal]:
    async with rehearsing(TelegramRehearsal, SETTINGS, Rules(speed=1000)) as it:
        yield it


def connected(stage: TelegramRehearsal) -> Account:
    secrets = {name: (ACCOUNT.simulated_secret(name),) for name in ("token", "secret_token")}
    return Account(ACCOUNT.account_id, ACCOUNT.name, secrets, f"{stage.url}/telegram")


async def act(stage: TelegramRehearsal, action: Action) -> Reading:
    account, now = connected(stage), datetime.now(UTC)
    request = TELEGRAM.build(action, account, now)
    async with stage.client.post(request.url, data=request.body, headers=request.headers) as answer:
        return TELEGRAM.interpret(action, Response(answer.status, await answer.read()), account, now)


async def told(stage: TelegramRehearsal, count: int) -> list[Any]:
    """What so many deliveries mean."""
    endpoint, now = Endpoint("telegram", "main", (connected(stage),)), datetime.now(UTC)
    events: list[Any] = []
    for arrival in await stage.receiver.until(lambda arrived: len(arrived) == count):
        request = Request("POST", arrival.path, arrival.headers, arrival.body)
        TELEGRAM.verify(request, endpoint, now)
        events += TELEGRAM.parse(request, endpoint, now)
    return events


def common(thread: ConversationId = THREAD) -> dict[str, Any]:
    begun = datetime.now(UTC)
    return {"id": ActionId("act-1"), "conversation": thread, "decided_upto": StreamId("1-0"), "earliest": begun}


async def test_a_customer_of_the_business_is_answered_in_its_name(stage: TelegramRehearsal) -> None:
    asked = await stage.say("Prix ?", ANN)
    (message,) = await told(stage, 1)
    assert isinstance(message, MessageReceived)
    assert (message.external_id, message.conversation) == (asked, THREAD)
    sent = await act(stage, SendMessage(**common(), text="49 euros", reply_to=asked))
    assert isinstance(sent, Sent)
    _, echo = await told(stage, 2)
    assert isinstance(echo, Echoed)
    assert (echo.external_id, echo.conversation, echo.elsewhere) == (sent.external_id, THREAD, False)
    shown = await stage.thread(ANN["id"])
    assert [(entry["by"], entry["parent"]) for entry in shown] == [("customer", None), ("brand", asked)]


async def test_the_owner_answers_too(stage: TelegramRehearsal) -> None:
    await stage.say("Prix ?", ANN)
    await stage.act("native_reply", customer=ANN["id"], text="49 euros")
    _, echo = await told(stage, 2)
    assert isinstance(echo, Echoed)
    assert (echo.text, echo.conversation, echo.elsewhere) == ("49 euros", THREAD, True)


async def test_the_same_person_is_another_contact_of_the_bot_itself(stage: TelegramRehearsal) -> None:
    await stage.say("Prix ?", ANN)
    await stage.say("Bonjour", {**ANN, "id": "427770117"})
    first, second = await told(stage, 2)
    assert {first.contact.user, second.contact.user} == {"427770117@bc1", "427770117"}
    assert first.external_id != second.external_id


async def test_edits_and_deletions_are_told(stage: TelegramRehearsal) -> None:
    asked = await stage.say("Prx ?", ANN)
    await stage.act("edit", external_id=asked, text="Prix ?")
    await stage.act("delete", external_id=asked)
    _, edited, deleted = await told(stage, 3)
    assert isinstance(edited, MessageEdited)
    assert (edited.text, edited.conversation) == ("Prix ?", THREAD)
    assert isinstance(deleted, MessageDeleted)
    assert (deleted.external_id, deleted.conversation) == (asked, THREAD)


async def test_a_button_is_pressed_in_the_same_conversation(stage: TelegramRehearsal) -> None:
    await stage.say("Bonjour", ANN)
    await act(stage, SendMessage(**common(), text="Que puis-je faire ?", choices=("Suivi",)))
    await stage.say("Suivi", ANN, payload="Suivi")
    events = await told(stage, 3)
    (pressed,) = [event for event in events if isinstance(event, MessageReceived) and event.payload]
    assert (pressed.text, pressed.conversation) == ("Suivi", THREAD)


async def test_own_words_can_be_changed_and_taken_back(stage: TelegramRehearsal) -> None:
    asked = await stage.say("Prix ?", ANN)
    sent = await act(stage, SendMessage(**common(), text="49 euros"))
    assert isinstance(sent, Sent)
    own = str(sent.external_id)
    assert await act(stage, EditOwn(**common(), external_id=own, text="59 euros")) == Sent()
    assert await act(stage, MarkSeen(**common(), external_id=asked)) == Sent()
    assert await act(stage, MarkSeen(**common(), external_id=asked, typing=True)) == Sent()
    assert await act(stage, DeleteComment(**common(), comment_id=own)) == Sent()
    refused = await act(stage, DeleteComment(**common(), comment_id=own))
    assert isinstance(refused, SendError)
    assert refused.fault == "refused"
    assert [entry["deleted"] for entry in await stage.thread(ANN["id"])] == [False, True]


async def test_what_can_not_be_done(stage: TelegramRehearsal) -> None:
    asked = await stage.say("Prix ?", ANN)
    with pytest.raises(Denied, match="not told of reactions"):
        await stage.act("react", external_id=asked)
    with pytest.raises(Denied, match="is a number"):
        await stage.act("block", customer=ANN["id"])
    with pytest.raises(Denied, match="is a number"):
        await stage.say("Bonjour", {**ANN, "id": "ann@bc1"})
    stranger = ConversationId.private(ContactId.of(ACCOUNT.account_id, "427770117@bc2"))
    refused = await act(stage, SendMessage(**common(stranger), text="Bonjour"))
    assert isinstance(refused, SendError)
    assert refused.fault == "refused"
