"""The chat on the brand's pages over a real store: sessions, words, the stream, what Aplomb's sender delivers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from pydantic import SecretStr

from bot.config import AccountSettings, Settings
from bot.model.action import MarkSeen, ProbeToken, SendMessage
from bot.model.event import ErasureRequested, MessageReceived
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from bot.store.webchat import Letter, Mailboxes
from bot.web.webchat import SESSIONS_AN_HOUR, WORDS_A_MINUTE
from connectors.base import Request, Response, SendError, Sent
from connectors.signing import standard_signature
from connectors.webchat.connector import WEBCHAT
from connectors.webchat.session import token
from tests.e2e.door import NOW, Door, door, settings_for

SHOP = AccountId.of("webchat", "shop")
OURS = {"Sec-Fetch-Site": "same-origin"}
ACCOUNT = AccountSettings(
    channel="webchat",
    id="shop",
    name='Maison "Aube" <Lyon>',
    live="on",
    secrets={"session_key": (SecretStr("session"),), "delivery_key": (SecretStr("delivery"),)},
    settings={"origins": "https://maison-aube.example 'unsafe' https://a.example;x http://127.0.0.1:81"},
)


def settings_with(tmp_path: Path, redis_url: str, **changes: Any) -> Settings:
    return settings_for(tmp_path, redis_url, accounts=(ACCOUNT.model_copy(update=changes),))


@pytest.fixture
async def the_door(tmp_path: Path, redis_url: str) -> AsyncIterator[Door]:
    async with door(settings_with(tmp_path, redis_url)) as built:
        yield built


class Visitor:
    def __init__(self, at: Door, session: dict[str, str]) -> None:
        self._door, self.id, self.token = at, session["visitor"], session["token"]

    @property
    def contact(self) -> ContactId:
        return ContactId.of(SHOP, self.id)

    async def post(self, **item: Any) -> int:
        body = json.dumps({"type": "message.received", "visitor": self.id, **item}).encode()
        return await self._door.deliver("webchat", body, {"x-aplomb-visitor": self.token})

    @asynccontextmanager
    async def window(self, **headers: str) -> AsyncIterator["Window"]:
        url = f"{self._door.url}/webchat/main/stream"
        async with self._door.client.get(url, headers={"x-aplomb-visitor": self.token, **headers}) as answer:
            assert answer.status == 200
            yield Window(answer)


class Window:
    def __init__(self, answer: ClientResponse) -> None:
        self._content = answer.content

    async def next(self) -> tuple[str, Any]:
        """The next event and its data; what is only there to keep the connection open is passed over."""
        async with asyncio.timeout(10):
            while True:
                block = (await self._content.readuntil(b"\n\n")).decode()
                fields = dict(line.split(":", 1) for line in block.strip().split("\n"))
                if "event" in fields:
                    data = fields["data"].strip()
                    return fields["event"].strip(), json.loads(data) if data else None

    async def ended(self) -> bool:
        async with asyncio.timeout(10):
            return await self._content.read() is not None


async def begun(at: Door) -> Visitor:
    async with at.client.post(f"{at.url}/webchat/main/session", headers=OURS) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return Visitor(at, await answer.json())


def saying(visitor: Visitor, text: str, number: int = 1, **more: Any) -> SendMessage:
    return SendMessage(**common(visitor, number), text=text, **more)


def sent_as(number: int) -> str:
    """The id under which the widget knows what `saying` says."""
    return f"msg_{sha256(f'act-{number}'.encode()).hexdigest()[:32]}"


def common(visitor: Visitor, number: int) -> dict[str, Any]:
    conversation = ConversationId.private(visitor.contact)
    return {
        "id": ActionId(f"act-{number}"),
        "conversation": conversation,
        "decided_upto": StreamId("1-0"),
        "earliest": NOW,
    }


async def delivered(at: Door, what: Any, **changes: Any) -> Any:
    """What the connector makes of the web role's answer to its own request."""
    account = at.settings.connected[SHOP]
    request = WEBCHAT.build(what, account, NOW)
    assert request.url == "http://127.0.0.1:8080/webchat/deliver"
    return WEBCHAT.interpret(what, await sent(at, request, **changes), account, NOW)


async def sent(at: Door, request: Request, **headers: str) -> Response:
    url = f"{at.url}/webchat/deliver"
    async with at.client.post(url, data=request.body, headers={**request.headers, **headers}) as answer:
        return Response(answer.status, await answer.read())


async def test_words_go_in_and_an_answer_comes_out(the_door: Door) -> None:
    visitor = await begun(the_door)
    async with visitor.window() as window:
        assert await visitor.post(id="a1", text="Bonjour <b>") == 200
        assert await window.next() == ("words", {"id": "a1", "by": "visitor", "text": "Bonjour <b>", "choices": []})
        (event,) = await the_door.events()
        assert isinstance(event, MessageReceived)
        assert (event.conversation, event.text) == (ConversationId.private(visitor.contact), "Bonjour <b>")

        seen = MarkSeen(**common(visitor, 1), external_id="a1", typing=True)
        assert await delivered(the_door, seen) == Sent()
        assert await window.next() == ("typing", None)
        answer = saying(visitor, "Bienvenue", 2, choices=("Oui", "Non"))
        assert await delivered(the_door, answer) == Sent(external_id=sent_as(2))
        assert await window.next() == (
            "words",
            {"id": sent_as(2), "by": "bot", "text": "Bienvenue", "choices": ["Oui", "Non"]},
        )
        assert await delivered(the_door, answer) == Sent(external_id=sent_as(2))
        assert await delivered(the_door, saying(visitor, "C'est Léa.", 3, author="lea")) == Sent(external_id=sent_as(3))
        assert (await window.next())[1]["by"] == "person"


async def test_the_same_words_twice_count_once(the_door: Door) -> None:
    visitor = await begun(the_door)
    assert [await visitor.post(id="a1", text="Bonjour") for _ in range(2)] == [200, 200]
    assert len(await the_door.events()) == 1
    letters = await Mailboxes(the_door.store.connection).letters(visitor.contact)
    assert [letter.id for _, letter in letters] == ["a1"]


async def test_who_comes_back_sees_what_was_said(the_door: Door) -> None:
    visitor = await begun(the_door)
    await visitor.post(id="a1", text="Bonjour")
    await delivered(the_door, saying(visitor, "Bienvenue"))
    async with visitor.window() as window:
        assert [(await window.next())[1]["text"] for _ in range(2)] == ["Bonjour", "Bienvenue"]
    late = str(round(NOW.timestamp() * 1000) + 120_000)
    async with visitor.window(**{"Last-Event-ID": late}) as window:
        await delivered(the_door, MarkSeen(**common(visitor, 9), external_id="a1"))
        assert await window.next() == ("seen", None)


async def test_a_mailbox_keeps_the_newest(the_door: Door) -> None:
    boxes, contact = Mailboxes(the_door.store.connection), ContactId.of(SHOP, "v")
    for number in range(205):
        await boxes.put(contact, Letter(id=str(number), by="bot", text="x"), number)
    letters = await boxes.letters(contact)
    assert [letters[0][1].id, letters[-1][1].id, len(letters)] == ["5", "204", 200]


async def test_who_asks_to_be_forgotten_is(the_door: Door) -> None:
    visitor = await begun(the_door)
    await visitor.post(id="a1", text="Bonjour")
    async with visitor.window() as window:
        await window.next()
        assert await visitor.post(type="erasure.requested", id="a2") == 200
        assert await window.next() == ("gone", None)
        assert await window.ended()
    events = await the_door.events()
    assert [type(event) for event in events] == [MessageReceived, ErasureRequested]
    assert await Mailboxes(the_door.store.connection).letters(visitor.contact) == []
    gone = await delivered(the_door, saying(visitor, "Bonjour ?"))
    assert isinstance(gone, SendError)
    assert (gone.fault, gone.code) == ("contact_gone", "user_gone")


@pytest.mark.parametrize("given", ["", "x", "a.1.b", token("wrong", "v", NOW), token("session", "other", NOW)])
async def test_nobody_speaks_or_listens_in_anothers_name(the_door: Door, given: str) -> None:
    visitor = await begun(the_door)
    right, visitor.token = visitor.token, given
    assert await visitor.post(id="a1", text="Bonjour") == 401
    assert await the_door.events() == []
    url, headers = f"{the_door.url}/webchat/main/stream", {"x-aplomb-visitor": given}
    async with the_door.client.get(url, headers=headers) as answer:
        assert answer.status == (200 if "other" in given else 401)
    visitor.token = right
    assert await visitor.post(id="a1", text="Bonjour") == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"webhook-signature": "v1,AAAA"}, "not_authentic"),
        ({"webhook-timestamp": str(int((NOW - timedelta(hours=1)).timestamp()))}, "not_authentic"),
        ({"webhook-id": "another"}, "not_authentic"),
    ],
)
async def test_only_aplomb_delivers(the_door: Door, change: dict[str, str], code: str) -> None:
    visitor = await begun(the_door)
    refused = await delivered(the_door, saying(visitor, "Bonjour"), **change)
    assert isinstance(refused, SendError)
    assert (refused.fault, refused.code) == ("reconnect", code)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 401),
        (b"[]", 401),
        (b'{"account": "another", "id": "1", "type": "ping"}', 401),
        (b'{"account": "shop", "id": "1", "type": "message.send"}', 422),
        (b'{"account": "shop", "id": "1", "type": "like", "user": {"id": "v"}}', 422),
        (b'{"account": "shop", "id": "1", "type": "message.send", "user": {"id": "v"}}', 410),
    ],
)
async def test_odd_deliveries_are_refused(the_door: Door, body: bytes, status: int) -> None:
    account = the_door.settings.connected[SHOP]
    model = WEBCHAT.build(ProbeToken(), account, NOW)
    timestamp = str(int(NOW.timestamp()))
    signature = standard_signature(SecretStr("delivery"), "m", timestamp, body)
    headers = {"webhook-id": "m", "webhook-timestamp": timestamp, "webhook-signature": signature}
    answer = await sent(the_door, Request("POST", model.url, headers, body))
    assert answer.status == status
    assert "error" in json.loads(answer.body)


async def test_a_probe_is_answered(the_door: Door) -> None:
    found = await delivered(the_door, ProbeToken())
    assert found.name == ACCOUNT.name


async def test_a_session_is_begun_by_the_widget_only(the_door: Door) -> None:
    url = f"{the_door.url}/webchat/main/session"
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        async with the_door.client.post(url, headers=headers) as answer:
            assert answer.status == 403
    async with the_door.client.post(f"{the_door.url}/webchat/other/session", headers=OURS) as answer:
        assert answer.status == 404


async def test_nobody_begins_endless_sessions(the_door: Door) -> None:
    url, statuses = f"{the_door.url}/webchat/main/session", []
    for _ in range(SESSIONS_AN_HOUR + 1):
        async with the_door.client.post(url, headers=OURS) as answer:
            statuses.append(answer.status)
    assert statuses == [200] * SESSIONS_AN_HOUR + [429]
    assert not [key async for key in the_door.store.connection.scan("webchat:*127.0.0.1*")], "an address is kept"


async def test_nobody_writes_without_end(the_door: Door) -> None:
    visitor = await begun(the_door)
    statuses = [await visitor.post(id=f"a{number}", text="Bonjour") for number in range(WORDS_A_MINUTE + 2)]
    assert statuses == [200] * WORDS_A_MINUTE + [429] * 2
    assert len(await the_door.events()) == WORDS_A_MINUTE
    assert await (await begun(the_door)).post(id="b1", text="Bonjour") == 200


async def test_a_book_is_too_long(the_door: Door) -> None:
    visitor = await begun(the_door)
    assert await visitor.post(id="a1", text="x" * 40_000) == 413


async def test_what_is_no_message_is_not_shown(the_door: Door) -> None:
    visitor = await begun(the_door)
    assert await visitor.post(id="a b", text="Bonjour") == 200
    assert await visitor.post(type="read", id="act-1") == 200
    assert await the_door.deliver("webchat", b"?", {"x-aplomb-visitor": visitor.token}) == 200
    assert await Mailboxes(the_door.store.connection).letters(visitor.contact) == []


async def test_only_so_many_windows(the_door: Door) -> None:
    visitor = await begun(the_door)
    url, headers = f"{the_door.url}/webchat/main/stream", {"x-aplomb-visitor": visitor.token}
    async with ClientSession() as client:
        open_ones = [await client.get(url, headers=headers) for _ in range(5)]
        async with the_door.client.get(url, headers=headers) as answer:
            assert answer.status == 503
        for each in open_ones:
            each.close()


async def test_the_page_may_be_framed_by_the_named_origins_only(the_door: Door) -> None:
    async with the_door.client.get(f"{the_door.url}/webchat/main/frame") as answer:
        policy, page = answer.headers["Content-Security-Policy"], await answer.text()
    assert policy.endswith("frame-ancestors https://maison-aube.example http://127.0.0.1:81")
    assert "default-src 'none'" in policy
    assert "<title>Maison &quot;Aube&quot; &lt;Lyon&gt;</title>" in page
    assert "Set-Cookie" not in answer.headers


async def test_without_origins_only_by_our_own(tmp_path: Path, redis_url: str) -> None:
    settings = settings_with(tmp_path, redis_url, settings={})
    async with door(settings) as built, built.client.get(f"{built.url}/webchat/main/frame") as answer:
        assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("name", ["widget.js", "frame.js", "frame.css"])
async def test_the_files_are_there(the_door: Door, name: str) -> None:
    async with the_door.client.get(f"{the_door.url}/webchat/main/{name}") as answer:
        assert answer.status == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        text = await answer.text()
    assert "innerHTML" not in text
    assert "cookie" not in text.replace("there are no cookies", "")
    assert "http" not in text.replace("https://<aplomb>", ""), "something is fetched from elsewhere"
    for path in (f"other/{name}", "main/frame.html", "main/..%2fwebchat.py"):
        async with the_door.client.get(f"{the_door.url}/webchat/{path}") as answer:
            assert answer.status == 404


async def test_without_such_an_account_nothing_is_mounted(tmp_path: Path, redis_url: str) -> None:
    settings = settings_with(tmp_path, redis_url, live="off")
    async with door(settings) as built, built.client.get(f"{built.url}/webchat/main/widget.js") as answer:
        assert answer.status == 404


async def test_a_rehearsal_counts_nobodys_words(tmp_path: Path, redis_url: str) -> None:
    rehearsed = {"simulated": True, "secrets": {}}
    async with door(settings_with(tmp_path, redis_url, **rehearsed)) as built:
        visitor = await begun(built)
        for number in range(WORDS_A_MINUTE + 1):
            assert await visitor.post(id=f"a{number}", text="Bonjour") == 200
