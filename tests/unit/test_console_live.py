"""What changes on a screen by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.console.live import Hub, message
from bot.console.routes import add_console
from bot.console.thread import lines, reason_of, said_since
from bot.model.action import ActionRecord, HideComment, SendMessage
from bot.model.conversation import Conversation, Loaded, Said
from bot.model.desk import Shown
from bot.model.ids import ActionId, StreamId
from tests.unit.test_console_desk import (
    ANN,
    IDRIS,
    NOW,
    PASSWORD_HASH,
    Browser,
    MemoryDesk,
    MemorySessions,
    complaint,
    settings,
    turn_of,
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    desk, sessions = MemoryDesk(), MemorySessions(PASSWORD_HASH)
    app = web.Application()
    add_console(app, desk, sessions, settings(), lambda: NOW)
    async with TestClient(TestServer(app)) as client:
        yield Browser(client, desk, sessions)


async def test_the_list_changes_by_itself(browser: Browser) -> None:
    await browser.log_in()
    async with browser.client.get("/console/live", headers={"Accept": "text/event-stream"}) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        first = await answer.content.readuntil(b"\n\n")
        assert b"hx-partial" in first
        browser.desk.put(complaint("Ligne une\nligne deux"))
        async with asyncio.timeout(5):
            second = await answer.content.readuntil(b"\n\n")
    assert "Ann Vasseur" in second.decode()
    assert all(line.startswith("data: ") for line in second.decode().strip().split("\n"))


async def test_an_open_conversation_is_told_when_the_ground_moved(browser: Browser) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    stream = "/console/live/c/" + quote(ANN, safe="/") + "?seen=7"
    async with browser.client.get(stream, headers={"Accept": "text/event-stream"}) as answer:
        first = (await answer.content.readuntil(b"\n\n")).decode()
        assert 'name="seen_version" value="7"' in first
        browser.desk.put(complaint("Cassé.").model_copy(update={"version": 8, "basis_version": 8}))
        async with asyncio.timeout(5):
            second = (await answer.content.readuntil(b"\n\n")).decode()
    assert "seen_version" not in second
    assert 'data-test="moved"' in second


async def test_streams_end_with_the_server() -> None:
    desk, sessions = MemoryDesk(), MemorySessions(PASSWORD_HASH)
    app = web.Application()
    add_console(app, desk, sessions, settings(), lambda: NOW)
    async with TestClient(TestServer(app)) as client:
        await Browser(client, desk, sessions).log_in()
        answer = await client.get("/console/live", headers={"Accept": "text/event-stream"})
        await answer.content.readuntil(b"\n\n")
        async with asyncio.timeout(5):
            await client.server.close()
            assert await answer.content.read() == b""


async def test_a_hint_wakes_who_wants_it_and_closing_wakes_all() -> None:
    hub = Hub(MemoryDesk())
    with hub.listen(lambda changed: changed == ANN) as listener:
        hub.tell(IDRIS)
        assert not listener.woken.is_set()
        hub.tell(ANN)
        assert listener.woken.is_set()
        listener.woken.clear()
        await hub.close(web.Application())
        assert listener.woken.is_set()
    with pytest.raises(web.HTTPServiceUnavailable), hub.listen(lambda _: True):
        pass


@pytest.mark.parametrize(
    ("html", "sent"),
    [
        ("a", b"data: a\n\n"),
        ("a\nb", b"data: a\ndata: b\n\n"),
        ("a\r\nb\rc", b"data: a\ndata: b\ndata: c\n\n"),
        ("a\u2028b\x0bc", "data: a\u2028b\x0bc\n\n".encode()),
    ],
)
def test_no_line_of_a_page_ends_the_event(html: str, sent: bytes) -> None:
    assert message(html) == sent


def test_a_thread_has_what_was_said_what_is_coming_and_what_fell_out() -> None:
    old, new = complaint("Vieux"), complaint("Neuf")
    kept = Said(by="customer", text="Neuf", at=NOW, external_id="99")
    conversation = new.model_copy(update={"recent": (kept,), "notes": ()})
    coming = SendMessage(
        id=ActionId("x/1"),
        conversation=ANN,
        decided_upto=StreamId("1-1"),
        earliest=NOW + timedelta(minutes=2),
        text="Bonjour",
        author="Léa",
    )
    hidden = HideComment(
        id=ActionId("x/2"),
        conversation=ANN,
        decided_upto=StreamId("1-1"),
        earliest=NOW + timedelta(minutes=1),
        comment_id="88",
    )
    records = (ActionRecord(action=coming), ActionRecord(action=hidden, state="sent"))
    shown = Shown(loaded=Loaded(conversation=conversation, actions=records), turns=(turn_of(old, "Vieux"),))
    found = lines(shown)
    assert [(line.side, line.text, line.state) for line in found if line.text != "Vieux"] == [
        ("customer", "Neuf", None),
        ("deed", "hide_comment", "sent"),
        ("agent", "Bonjour", "pending"),
    ]
    (fallen,) = (line for line in found if line.text == "Vieux")
    assert [turn.id for turn in fallen.turns] == ["e1"]


def test_what_was_sent_is_shown_once() -> None:
    action = SendMessage(
        id=ActionId("x/1"), conversation=IDRIS, decided_upto=StreamId("1-1"), earliest=NOW, text="Bonjour"
    )
    said = Said(by="bot", text="Bonjour", at=NOW, action=action.id)
    loaded = Loaded(conversation=Conversation(id=IDRIS, recent=(said,)), actions=(ActionRecord(action=action),))
    assert [line.text for line in lines(Shown(loaded=loaded, turns=()))] == ["Bonjour"]


def test_the_reason_of_an_escalation_comes_with_its_figures() -> None:
    conversation = complaint("Cassé")
    shown = Shown(loaded=Loaded(conversation=conversation), turns=(turn_of(conversation, "Cassé"),))
    found = reason_of(shown, "complaint_in_public")
    assert found is not None
    assert found.facts == {"intent": "complain_quality"}
    assert reason_of(shown, "spam") is None


@pytest.mark.parametrize(
    ("last", "told"),
    [("1", ["b", "c"]), ("3", []), ("", ["a", "b", "c"]), ("fell out", ["a", "b", "c"])],
)
def test_what_happened_meanwhile_is_what_came_after_the_last_words_seen(last: str, told: list[str]) -> None:
    recent = tuple(Said(by="customer", text=text, at=NOW, external_id=str(n)) for n, text in enumerate("abc", 1))
    shown = Shown(loaded=Loaded(conversation=Conversation(id=IDRIS, recent=recent)), turns=())
    assert [said.text for said in said_since(shown, last)] == told
