"""The gathering of calls, with a model that counts, and the answers when the model is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from aiohttp.test_utils import TestClient, TestServer

from intents.batching import Batcher, Busy, Closed
from intents.reader import packed, unpacked
from intents.readers import Answer, CannotStart, ReaderGone, ReadingFailed
from intents.server import application


class Counting:
    """Stands for the model: remembers the sizes of the batches, and can be held."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.at_once = 0
        self.most_at_once = 0
        self.free = asyncio.Event()
        self.free.set()
        self.two_at_once = asyncio.Event()

    async def parse(self, texts: Sequence[str], ids: Sequence[str | None]) -> list[str]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.at_once == 2:
            self.two_at_once.set()
        try:
            await self.free.wait()
            self.sizes.append(len(texts))
            if "fail" in texts:
                raise RuntimeError("fail")
            return [text.upper() for text in texts]
        finally:
            self.at_once -= 1


def gather(
    conversation: Callable[[Batcher, Counting], Awaitable[None]], max_queued: int = 1_000, at_once: int = 1
) -> Counting:
    async def run() -> Counting:
        model = Counting()
        batcher = Batcher(model.parse, 0.01, max_queued, at_once)
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
        answers = await asyncio.gather(*(batcher.parse([f"a{n}", f"b{n}"], [None, None]) for n in range(15)))
        assert answers == [[f"A{n}", f"B{n}"] for n in range(15)]

    assert gather(conversation).sizes == [30]


def test_batches_stay_within_their_bound() -> None:
    async def conversation(batcher: Batcher, model: Counting) -> None:
        await asyncio.gather(*(batcher.parse(["a"] * 200, [None] * 200) for _ in range(3)))

    assert gather(conversation).sizes == [200, 200, 200]


def test_several_readers_share_what_waits() -> None:
    async def conversation(batcher: Batcher, model: Counting) -> None:
        model.free.clear()
        calls = [asyncio.create_task(batcher.parse(["a"] * 10, [None] * 10)) for _ in range(16)]
        await model.two_at_once.wait()
        model.free.set()
        await asyncio.gather(*calls)

    model = gather(conversation, at_once=2)
    assert model.most_at_once == 2
    assert model.sizes[0] == 80
    assert sum(model.sizes) == 160


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
    async def run() -> None:
        model = Counting()
        batcher = Batcher(model.parse, 0.01, 10)
        task = asyncio.create_task(batcher.serve())
        taken = asyncio.create_task(batcher.parse(["a"], [None]))
        await asyncio.sleep(0)
        batcher.close()
        assert await taken == ["A"]
        with pytest.raises(Closed):
            await batcher.parse(["b"], [None])
        await asyncio.wait_for(task, 5)

    asyncio.run(run())


class AwayEngine:
    """Stands for readers that fail in one way."""

    file = id = "away"
    count = 1

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def parse(self, texts: Sequence[str], ids: Sequence[str | None]) -> Answer:
        if self._error:
            raise self._error
        return Answer([b"{}"] * len(texts), 0.0, {})


@pytest.mark.parametrize(
    ("error", "max_queued", "status", "says"),
    [
        (ReaderGone(), 10, 503, "away"),
        (CannotStart("no"), 10, 503, "away"),
        (ReadingFailed("KeyError"), 10, 500, "KeyError"),
        (None, 2, 503, "full"),
    ],
)
def test_what_callers_are_told_of_trouble(error: Exception | None, max_queued: int, status: int, says: str) -> None:
    async def run() -> None:
        app = application(AwayEngine(error), max_queued=max_queued)  # type: ignore[arg-type]
        async with TestClient(TestServer(app)) as client:
            response = await client.post("/model/parse/batch", json={"messages": [{"text": "a"}] * 3})
            assert response.status == status
            assert says in (await response.json())["message"]
            assert response.headers.get("Retry-After") == ("1" if status == 503 else None)

    asyncio.run(run())


@pytest.mark.parametrize("documents", [[], [b"{}"], [b'{"a": 1}', b"", b"x" * 100_000]])
def test_frames_bring_back_what_was_put_in(documents: list[bytes]) -> None:
    assert unpacked(packed({"seconds": 0.5}, documents)) == ({"seconds": 0.5}, documents)
