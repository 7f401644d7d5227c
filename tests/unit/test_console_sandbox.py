"""The demo page through real HTTP, before simulators that live in memory."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.model.conversation import Conversation
from bot.model.ids import AccountId, ConversationId
from sandbox.page import add_sandbox
from sandbox.page_control import Channel, Customer, Post
from sandbox.page_scene import scene_of
from tests.unit.test_console_desk import (
    ANN,
    EVIL,
    NOW,
    PAGE,
    SAME_ORIGIN,
    MemoryDesk,
    complaint,
    settings,
    turn_of,
)

CHANNEL = {
    "channel": "facebook",
    "account": "1001",
    "name": "Maison Lune",
    "posts": [{"id": "1001_77", "text": "Nouvelle collection", "at": NOW.isoformat()}],
    "customers": [{"id": "ann", "name": "Ann", "language": "fr"}, {"id": "bob", "name": "Bob", "language": "en"}],
}
SCENE = {"channel": "facebook", "account": "1001", "customer": "ann", "where": "1001_77"}


def entry(external_id: str, text: str, **changes: object) -> dict[str, object]:
    at = (NOW - timedelta(minutes=4)).isoformat()
    return {"external_id": external_id, "by": "customer", "name": "Ann", "text": text, "at": at} | changes


@dataclass
class MemorySimulators:
    entries: list[dict[str, object]] = field(default_factory=list)
    called: list[tuple[str, Any]] = field(default_factory=list)
    refusal: str = ""
    readers: list[asyncio.Event] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/control/world", self._world)
        app.router.add_get("/control/thread", self._thread)
        app.router.add_get("/control/stream", self._stream)
        app.router.add_post("/control/{what}", self._called)
        app.on_shutdown.append(self._end)
        return app

    async def _world(self, request: web.Request) -> web.Response:
        return web.json_response({"channels": [CHANNEL]})

    async def _thread(self, request: web.Request) -> web.Response:
        return web.json_response({"entries": self.entries})

    async def _called(self, request: web.Request) -> web.Response:
        self.called.append((request.match_info["what"], await request.json()))
        if self.refusal:
            return web.json_response({"error": self.refusal}, status=400)
        return web.json_response({"external_id": "x"})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": hello\n\n")
        end = asyncio.Event()
        self.readers.append(end)
        await end.wait()
        return response

    async def _end(self, app: web.Application) -> None:
        for end in self.readers:
            end.set()


@dataclass
class Play:
    client: TestClient[web.Request, web.Application]
    desk: MemoryDesk
    simulators: MemorySimulators

    async def get(self, **query: str) -> tuple[int, str]:
        answer = await self.client.get("/sandbox", params=query, headers={"Accept-Language": "en"})
        return answer.status, await answer.text()

    async def post(self, what: str, headers: dict[str, str] | None = None, /, **fields: str) -> tuple[int, str]:
        answer = await self.client.post(
            f"/sandbox/{what}",
            data=SCENE | fields,
            allow_redirects=False,
            headers={"Accept-Language": "en"} | (SAME_ORIGIN if headers is None else headers),
        )
        return answer.status, answer.headers.get("Location") or await answer.text()


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    simulators, desk = MemorySimulators(), MemoryDesk()
    async with TestServer(simulators.app()) as server:
        app = web.Application()
        add_sandbox(app, desk, str(server.make_url("")).rstrip("/"), settings())
        async with TestClient(TestServer(app)) as client:
            yield Play(client, desk, simulators)


async def learnt(play: Play, conversation: ConversationId) -> None:
    """Until the page has seen the hint."""
    async with asyncio.timeout(5):
        await play.desk.is_read.wait()
    for hints in play.desk.readers:
        hints.put_nowait(conversation)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_what_is_said_reaches_the_platform(play: Play) -> None:
    status, where = await play.post("say", text=" Bonjour ", reply="88")
    assert (status, where) == (303, "/sandbox?channel=facebook&account=1001&customer=ann&where=1001_77")
    ((what, body),) = play.simulators.called
    assert what == "say"
    assert body == {
        "channel": "facebook",
        "account": "1001",
        "customer": {"id": "ann", "name": "Ann"},
        "where": "1001_77",
        "parent": "88",
        "text": "Bonjour",
    }


async def test_with_a_script_the_composer_comes_back_empty(play: Play) -> None:
    status, page = await play.post("say", {**SAME_ORIGIN, "HX-Request": "true"}, text="Bonjour")
    assert status == 200
    assert 'id="composer"' in page
    assert "Bonjour" not in page


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}], ids=str)
async def test_other_sites_play_nobody(play: Play, headers: dict[str, str]) -> None:
    status, page = await play.post("say", headers, text="Bonjour")
    assert status == 403
    assert "did not come from this page" in page
    assert not play.simulators.called


@pytest.mark.parametrize(
    ("what", "fields", "status"),
    [
        ("act", {"do": "edit", "external_id": "88", "text": "Mieux"}, 303),
        ("act", {"do": "delete", "external_id": "88"}, 303),
        ("act", {"do": "native_reply", "text": "Bonjour"}, 303),
        ("act", {"do": "block"}, 400),
        ("fail", {"mode": "429"}, 303),
        ("fail", {"mode": "refuse"}, 400),
    ],
)
async def test_buttons_reach_the_platform(play: Play, what: str, fields: dict[str, str], status: int) -> None:
    assert (await play.post(what, **fields))[0] == status
    assert len(play.simulators.called) == (status == 303)


async def test_a_refusal_of_the_platform_is_shown(play: Play) -> None:
    play.simulators.refusal = "a message is edited at most 5 times <b>"
    status, page = await play.post("act", do="edit", external_id="88", text="Mieux")
    assert status == 400
    assert "at most 5 times &lt;b&gt;" in page


async def test_decisions_stand_beside_what_was_said(play: Play) -> None:
    conversation = complaint(EVIL).model_copy(update={"external_ids": ("88",)})
    play.desk.put(conversation, turn_of(conversation, EVIL))
    await learnt(play, ANN)
    play.simulators.entries = [entry("88", EVIL), entry("89", "Réponse", by="brand", name="Maison Lune", parent="88")]
    status, page = await play.get(**SCENE)
    assert status == 200
    assert "A public complaint (complaint about quality)" in page
    assert "A draft waits in the console" in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    assert '<hx-partial hx-target="#work">' not in page


async def test_private_decisions_are_found_without_a_hint(play: Play) -> None:
    private = ConversationId.private(ANN.contact.of(PAGE, "ann"))
    conversation = Conversation(id=private, version=1)
    play.desk.put(conversation, turn_of(conversation, "Bonjour"))
    play.simulators.entries = [entry("88", "Bonjour")]
    _, page = await play.get(**(SCENE | {"where": "dm"}))
    assert 'data-outcome="draft"' in page


async def test_unread_words_are_being_read(play: Play) -> None:
    play.simulators.entries = [entry("88", "Bonjour")]
    _, page = await play.get(**SCENE)
    assert "Aplomb is reading" in page


async def test_the_page_is_live(play: Play) -> None:
    async with play.client.get("/sandbox/live", params=SCENE) as answer:
        first = (await answer.content.readuntil(b"\n\n")).decode()
        assert "Be the first" in first or "commenter" in first
        play.simulators.entries = [entry("88", "Bonjour")]
        await learnt(play, ANN)
        async with asyncio.timeout(5):
            second = (await answer.content.readuntil(b"\n\n")).decode()
    assert "Bonjour" in second


async def test_without_the_simulators_the_page_says_so() -> None:
    app = web.Application()
    add_sandbox(app, MemoryDesk(), "http://127.0.0.1:9", settings())
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/sandbox", headers={"Accept-Language": "en"})
        assert answer.status == 502
        assert "python -m bot sandbox" in await answer.text()


def test_what_is_not_named_is_the_first_there_is() -> None:
    post = Post(id="p", text="", at=NOW)
    channel = Channel(channel="facebook", account="1", name="", posts=(post,), customers=(Customer(id="a", name="A"),))
    empty = Channel(channel="telegram", account="2", name="")
    private = {AccountId.of("facebook", "1")}
    scene = scene_of((empty, channel), {"channel": "telegram", "where": "gone", "reply": "88"}, private)
    assert scene is not None
    assert (scene.channel, scene.where, scene.reply) == (channel, "dm", None)
    assert scene_of((empty,), {}, private) is None
    assert scene_of((channel,), {"where": "p", "reply": "88"}, private).path() == (  # type: ignore[union-attr]
        "/sandbox?channel=facebook&account=1&customer=a&where=p&reply=88"
    )
    assert scene.path(channel="telegram", account="2") == "/sandbox?channel=telegram&account=2"
    public = scene_of((channel,), {"where": "dm"}, frozenset())
    assert public is not None
    assert (public.where, public.has_private) == ("p", False)
