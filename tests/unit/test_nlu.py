"""Nlu against a little server that parses, fails and goes away, in a time that only the test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.config import NluSettings
from bot.http import Http
from bot.model.understanding import Understanding
from bot.nlu import MAX_CHARACTERS, Nlu

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def parse_of(text: str) -> dict[str, Any]:
    return {"text": text, "intent": {"name": f"about_{text[:20]}", "confidence": 0.9}, "entities": []}


@dataclass
class Server:
    """Counts calls. `status`: what each call is answered with; `poison`: texts that it fails on."""

    batches: bool = True
    statuses: list[int] = field(default_factory=list)
    poison: frozenset[str] = frozenset()
    answer: bytes | None = None
    calls: list[list[str]] = field(default_factory=list)
    refused_routes: int = 0
    url: str = ""
    meanwhile: Callable[[], None] = lambda: None

    async def batch(self, request: web.Request) -> web.Response:
        if not self.batches:
            self.refused_routes += 1
            return web.Response(status=404)
        texts = [message["text"] for message in (await request.json())["messages"]]
        return self.answered(texts, lambda: {"model": "m1", "parses": [parse_of(text) for text in texts]})

    async def single(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        return self.answered([text], lambda: parse_of(text))

    def answered(self, texts: list[str], body: Callable[[], Any]) -> web.Response:
        self.calls.append(texts)
        self.meanwhile()
        if self.statuses:
            status = self.statuses.pop(0)
            if status != 200:
                return web.Response(status=status)
        if self.poison & set(texts):
            return web.Response(status=500)
        if self.answer is not None:
            return web.Response(body=self.answer)
        return web.json_response(body())

    async def status_page(self, request: web.Request) -> web.Response:
        return web.Response(body=self.answer or b'{"model": "m1"}')

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        app = web.Application()
        app.router.add_post("/model/parse/batch", self.batch)
        app.router.add_post("/model/parse", self.single)
        app.router.add_get("/status", self.status_page)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()


@dataclass
class Time:
    """Only sleeping makes it pass."""

    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def client(url: str, time: Time, patience_s: float = 30) -> AsyncIterator[Nlu]:
    settings = NluSettings(url=url, patience_s=patience_s, timeout_s=2)
    async with Http() as http, Nlu(http, settings, time.clock, time.sleep) as nlu:
        yield nlu


def intents(found: list[Understanding | None]) -> list[str | None]:
    return [one.intent if one else None for one in found]


async def test_concurrent_callers_share_a_call_and_equal_texts_are_parsed_once() -> None:
    async with Server().running() as server, client(server.url, Time()) as nlu:
        first, second = await asyncio.gather(nlu.parse(["a", "b", "a"], [NOW] * 3), nlu.parse(["b", "c"], [NOW] * 2))
    assert intents(first) == ["about_a", "about_b", "about_a"]
    assert intents(second) == ["about_b", "about_c"]
    assert server.calls == [["a", "b", "c"]]
    assert first[0]
    assert first[0].model == "m1"


async def test_nothing_to_read_is_not_asked() -> None:
    async with Server().running() as server, client(server.url, Time()) as nlu:
        assert await nlu.parse([], []) == []
        assert intents(await nlu.parse(["", "a", " \n"], [NOW] * 3)) == [None, "about_a", None]
    assert server.calls == [["a"]]


@pytest.mark.parametrize(("texts", "sizes"), [(256, [256]), (257, [256, 1]), (600, [256, 256, 88])])
async def test_calls_are_bounded(texts: int, sizes: list[int]) -> None:
    async with Server().running() as server, client(server.url, Time()) as nlu:
        found = await nlu.parse([f"{n}" for n in range(texts)], [NOW] * texts)
    assert intents(found) == [f"about_{n}" for n in range(texts)]
    assert sorted(len(call) for call in server.calls) == sorted(sizes)


async def test_long_texts_are_cut() -> None:
    async with Server().running() as server, client(server.url, Time()) as nlu:
        await nlu.parse(["é" * (MAX_CHARACTERS + 1)], [NOW])
    assert [len(text) for text in server.calls[0]] == [MAX_CHARACTERS]


async def test_a_rasa_server_without_batches_is_asked_one_by_one() -> None:
    async with Server(batches=False).running() as server, client(server.url, Time()) as nlu:
        assert intents(await nlu.parse(["a", "b"], [NOW] * 2)) == ["about_a", "about_b"]
        assert intents(await nlu.parse(["c"], [NOW])) == ["about_c"]
    assert sorted(server.calls) == [["a"], ["b"], ["c"]]
    assert server.refused_routes == 1


@pytest.mark.parametrize("batches", [True, False])
@pytest.mark.parametrize("poison", ["0", "9", "13", "19"])
async def test_one_unreadable_text_takes_no_other_with_it(batches: bool, poison: str) -> None:
    texts = [f"{n}" for n in range(20)]
    async with Server(batches, poison=frozenset({poison})).running() as server, client(server.url, Time()) as nlu:
        found = await nlu.parse(texts, [NOW] * 20)
    assert intents(found) == [None if text == poison else f"about_{text}" for text in texts]


async def test_a_server_that_fails_on_everything_is_not_asked_for_every_text() -> None:
    texts = [f"{n}" for n in range(64)]
    async with Server(poison=frozenset(texts)).running() as server, client(server.url, Time(), patience_s=0) as nlu:
        assert await nlu.parse(texts, [NOW] * 64) == [None] * 64
    assert [len(call) for call in server.calls] == [64, 32, 32]


async def test_a_server_that_comes_back_in_time_is_waited_for() -> None:
    time = Time()
    async with Server(statuses=[503, 409, 500, 502, 503]).running() as server, client(server.url, time) as nlu:
        assert intents(await nlu.parse(["a"], [NOW])) == ["about_a"]
    assert len(server.calls) == 6
    assert time.now - NOW < timedelta(seconds=30)


@pytest.mark.parametrize("batches", [True, False])
async def test_patience_counts_from_receipt(batches: bool) -> None:
    time = Time()
    async with Server(batches, statuses=[503] * 1000).running() as server, client(server.url, time) as nlu:
        assert await nlu.parse(["a"], [NOW - timedelta(seconds=20)]) == [None]
    assert timedelta(seconds=10) <= time.now - NOW < timedelta(seconds=11)
    assert 3 < len(server.calls) < 12


async def test_nobody_listens() -> None:
    async with Server().running() as server:
        url = server.url
    time = Time()
    async with client(url, time) as nlu:
        assert await nlu.parse(["a", "b"], [NOW, NOW - timedelta(seconds=5)]) == [None, None]
        assert await nlu.status() is None
        waited = time.now
        assert await nlu.parse(["old"], [NOW - timedelta(hours=1)]) == [None]
    assert time.now == waited


async def test_old_texts_are_read_when_the_server_is_there() -> None:
    async with Server().running() as server, client(server.url, Time()) as nlu:
        assert intents(await nlu.parse(["a"], [NOW - timedelta(days=1)])) == ["about_a"]


async def test_texts_without_patience_are_not_asked_again() -> None:
    async with Server(statuses=[503]).running() as server, client(server.url, Time()) as nlu:
        old = NOW - timedelta(hours=1)
        assert intents(await nlu.parse(["old", "new"], [old, NOW])) == [None, "about_new"]
    assert server.calls == [["old", "new"], ["new"]]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b'{"parses": []}',
        b'{"parses": [{}]}',
        b'{"parses": [{"intent": {"name": "a", "confidence": "high"}}]}',
        b'{"parses": [{"intent": {"name": "a", "confidence": NaN}}]}',
        b"<html>",
    ],
)
async def test_malformed_answers_count_as_away(answer: bytes) -> None:
    async with Server(answer=answer).running() as server, client(server.url, Time(), patience_s=1) as nlu:
        assert await nlu.parse(["a"], [NOW]) == [None]
    assert len(server.calls) > 1


async def test_while_it_is_away_few_calls_are_made() -> None:
    async with Server(statuses=[503] * 1000).running() as server, client(server.url, Time(), 1000) as nlu:
        await asyncio.gather(*(nlu.parse([f"{n}"], [NOW]) for n in range(20)))
    assert len(server.calls) < 150


async def test_a_caller_that_goes_away_leaves_the_others_their_answer() -> None:
    async with Server().running() as server, client(server.url, Time()) as nlu:
        leaving = asyncio.create_task(nlu.parse(["a"], [NOW]))
        staying = asyncio.create_task(nlu.parse(["a", "b"], [NOW] * 2))
        await asyncio.sleep(0)
        leaving.cancel()
        assert intents(await staying) == ["about_a", "about_b"]
    assert leaving.cancelled()


async def test_leaving_ends_what_is_under_way() -> None:
    time, asked = Time(), asyncio.Event()
    async with Server().running() as server:
        server.meanwhile = asked.set
        server.statuses = [503] * 1000
        async with client(server.url, time, patience_s=0) as nlu:
            waiting = asyncio.create_task(nlu.parse(["a"], [NOW]))
            await asked.wait()
        assert await waiting == [None]


@pytest.mark.parametrize(
    ("answer", "model"),
    [
        (b'{"model": "m1"}', "m1"),
        (b'{"model_id": "m2", "model_file": "x.tar.gz"}', "m2"),
        (b'{"fingerprint": {}, "model_file": "x.tar.gz"}', "x.tar.gz"),
        (b'{"model_file": null}', None),
        (b"no", None),
    ],
)
async def test_status(answer: bytes, model: str | None) -> None:
    async with Server(answer=answer).running() as server, client(server.url, Time()) as nlu:
        assert await nlu.status() == model
