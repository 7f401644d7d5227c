"""The HTTP side, with the real model, and the gathering of calls with a counting one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from intents.batching import MAX_BATCH, Batcher, Busy, Closed
from intents.parsing import Model
from intents.server import MAX_CHARS, application, is_loopback, main

T = TypeVar("T")


def talk(model: Model, conversation: Callable[[TestClient], Awaitable[T]], **settings: Any) -> T:
    async def run() -> T:
        async with TestClient(TestServer(application(model, **settings))) as client:
            return await conversation(client)

    return asyncio.run(run())


def post(model: Model, path: str, body: Any, **settings: Any) -> tuple[int, Any]:
    async def conversation(client: TestClient) -> tuple[int, Any]:
        response: ClientResponse = await client.post(
            path, **({"data": body} if isinstance(body, bytes) else {"json": body})
        )
        return response.status, await response.json()

    return talk(model, conversation, **settings)


def test_parse_has_rasas_shape(model: Model) -> None:
    status, parse = post(model, "/model/parse", {"text": "bonsoir, c'est combien la lampe ?", "message_id": "m1"})
    assert status == 200
    assert set(parse) == {"text", "intent", "entities", "intent_ranking", "language"}
    assert parse["intent"]["name"] == "ask_price"
    assert parse["language"]["code"] == "fr"


def test_batch_keeps_the_order(model: Model) -> None:
    texts = ["where is my order", "", "merci beaucoup", "😍"]
    status, answer = post(model, "/model/parse/batch", {"messages": [{"text": text} for text in texts]})
    assert status == 200
    assert answer["model"] == model.id
    assert [parse["text"] for parse in answer["parses"]] == texts
    assert answer["parses"][1]["intent"] == {"name": None, "confidence": 0.0}


def test_batches_at_their_limits(model: Model) -> None:
    assert post(model, "/model/parse/batch", {"messages": []}) == (200, {"model": model.id, "parses": []})
    status, answer = post(model, "/model/parse/batch", {"messages": [{"text": "merci"}] * MAX_BATCH})
    assert status == 200
    assert len(answer["parses"]) == MAX_BATCH
    assert post(model, "/model/parse", {"text": "é" * MAX_CHARS})[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/model/parse", b"{", "JSON"),
        ("/model/parse", b"\xff", "JSON"),
        ("/model/parse", b"[" * 100_000, "JSON"),
        ("/model/parse", {}, '"text"'),
        ("/model/parse", [], '"text"'),
        ("/model/parse", {"text": None}, '"text"'),
        ("/model/parse", {"text": 5}, '"text"'),
        ("/model/parse", {"text": "a" * (MAX_CHARS + 1)}, str(MAX_CHARS)),
        ("/model/parse/batch", {"text": "a"}, "messages"),
        ("/model/parse/batch", {"messages": "a"}, "messages"),
        ("/model/parse/batch", {"messages": ["a"]}, "messages[0]"),
        ("/model/parse/batch", {"messages": [{"text": "a"}, {"text": "a" * (MAX_CHARS + 1)}]}, "messages[1]"),
        ("/model/parse/batch", {"messages": [{"text": "a"}] * (MAX_BATCH + 1)}, str(MAX_BATCH)),
    ],
)
def test_bad_requests_are_told_why(model: Model, path: str, body: Any, says: str) -> None:
    status, answer = post(model, path, body)
    assert status == 400
    assert says in answer["message"]


def test_status_and_version(model: Model) -> None:
    async def conversation(client: TestClient) -> tuple[Any, Any]:
        return await (await client.get("/status")).json(), await (await client.get("/version")).json()

    status, version = talk(model, conversation)
    assert status == {"model_file": model.file, "model_id": model.id, "num_active_training_jobs": 0, "ready": True}
    assert version == {"version": "3.6.21", "minimum_compatible_version": "3.6.21"}


def test_a_full_queue_says_come_back(model: Model) -> None:
    async def conversation(client: TestClient) -> ClientResponse:
        return await client.post("/model/parse/batch", json={"messages": [{"text": "merci"}] * 3})

    response = talk(model, conversation, max_queued=2)
    assert response.status == 503
    assert response.headers["Retry-After"] == "1"


def test_loopback_is_told_from_the_rest() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "::1", "localhost"))
    assert not any(is_loopback(host) for host in ("192.168.1.5", "8.8.8.8", "::"))


def test_a_name_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--host", "example.org"])
    assert "not an address" in capsys.readouterr().err


def test_without_a_model_the_server_says_so(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.nice", lambda increment: increment)
    with pytest.raises(SystemExit) as ended:
        main(["--model", str(tmp_path)])
    assert ended.value.code == 1
    assert "intents.train" in capsys.readouterr().err


class Counting:
    """Stands for the model: remembers the sizes of the batches, and can be held."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.free = threading.Event()
        self.free.set()

    def parse(self, texts: Sequence[str], ids: Sequence[str | None]) -> list[str]:
        self.free.wait(5)
        self.sizes.append(len(texts))
        if "fail" in texts:
            raise RuntimeError("fail")
        return [text.upper() for text in texts]


def gather(conversation: Callable[[Batcher, Counting], Awaitable[None]], max_queued: int = 1_000) -> Counting:
    async def run() -> Counting:
        model = Counting()
        batcher = Batcher(model.parse, 0.01, max_queued)
        task = asyncio.create_task(batcher.serve())
        try:
            await asyncio.wait_for(conversation(batcher, model), 5)
        finally:
            model.free.set()
            batcher.close()
            await asyncio.wait_for(task, 5)
        return model

    return asyncio.run(run())


def test_calls_that_arrive_together_share_a_batch() -> None:
    async def conversation(batcher: Batcher, model: Counting) -> None:
        answers = await asyncio.gather(*(batcher.parse([f"a{n}", f"b{n}"], [None, None]) for n in range(20)))
        assert answers == [[f"A{n}", f"B{n}"] for n in range(20)]

    assert gather(conversation).sizes == [40]


def test_batches_stay_within_their_bound() -> None:
    async def conversation(batcher: Batcher, model: Counting) -> None:
        await asyncio.gather(*(batcher.parse(["a"] * 200, [None] * 200) for _ in range(3)))

    assert gather(conversation).sizes == [200, 200, 200]


def test_a_failure_reaches_its_callers_and_no_others() -> None:
    async def conversation(batcher: Batcher, model: Counting) -> None:
        with pytest.raises(RuntimeError):
            await batcher.parse(["fail"], [None])
        assert await batcher.parse(["a"], [None]) == ["A"]

    gather(conversation)


def test_more_than_the_queue_holds_is_refused_at_once() -> None:
    async def conversation(batcher: Batcher, model: Counting) -> None:
        model.free.clear()
        first = asyncio.create_task(batcher.parse(["a"] * 4, [None] * 4))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await batcher.parse(["b"] * 2, [None] * 2)
        model.free.set()
        assert await first == ["A"] * 4

    gather(conversation, max_queued=5)


def test_a_caller_that_went_away_costs_nothing() -> None:
    async def conversation(batcher: Batcher, model: Counting) -> None:
        gone = asyncio.create_task(batcher.parse(["gone"], [None]))
        await asyncio.sleep(0)
        gone.cancel()
        assert await batcher.parse(["a"], [None]) == ["A"]

    assert gather(conversation).sizes == [1]


def test_what_was_taken_is_answered_before_the_end() -> None:
    async def conversation(batcher: Batcher, model: Counting) -> None:
        taken = asyncio.create_task(batcher.parse(["a"], [None]))
        await asyncio.sleep(0)
        batcher.close()
        assert await taken == ["A"]
        with pytest.raises(Closed):
            await batcher.parse(["b"], [None])

    async def run() -> None:
        model = Counting()
        batcher = Batcher(model.parse, 0.01, 10)
        task = asyncio.create_task(batcher.serve())
        await conversation(batcher, model)
        await asyncio.wait_for(task, 5)

    asyncio.run(run())
