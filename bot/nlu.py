"""Client of the understanding server: ours in `intents/`, or any Rasa server.

A parse call costs about the same however small it is, so what concurrent callers ask for within `gather_s` goes out as
one call, equal texts once. A server that is away is waited for as long as each text has patience, counted from its
receipt; after that the text stays without an understanding, and whoever asked decides without. One text that the server
can't read must not take the others with it: a batch that fails with an answer is halved.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import structlog

from bot import metrics
from bot.breaker import Breaker
from bot.config import NluSettings
from bot.errors import TransportError
from bot.http import Http
from bot.model.understanding import Understanding
from bot.nlu_answers import model_of, single_understanding_of, understandings_of
from connectors.base import Request, Response

log = structlog.get_logger()

MAX_BATCH = 256
CALLS_AT_ONCE = 4
SINGLE_CALLS_AT_ONCE = 8
MAX_CHARACTERS = 10_000
"""What is longer is cut for parsing; offsets of entities stay true."""
RETRY_S = 0.25

Clock = Callable[[], datetime]
Sleep = Callable[[float], Awaitable[None]]


class _Away(Exception):
    """No usable answer: the server can't be reached, is not ready, or says what nobody understands."""


class _Failed(_Away):
    """The server answered that it failed on this request."""


class Nlu:
    """`async with Nlu(…) as nlu`: leaving it ends the calls that are under way.

    `sleep` waits as `asyncio.sleep` does, in the time that `clock` tells.
    """

    def __init__(self, http: Http, settings: NluSettings, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self._http = http
        self._settings = settings
        self._url = settings.url.rstrip("/")
        self._clock = clock
        self._sleep = sleep
        self._breaker = Breaker(trial_s=settings.timeout_s + 1)
        self._has_batches = True
        self._waiting: dict[str, asyncio.Future[Understanding | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)
        self._single_calls = asyncio.Semaphore(SINGLE_CALLS_AT_ONCE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _end(self._waiting, _Away("closed"))

    async def parse(self, texts: Sequence[str], received_at: Sequence[datetime]) -> list[Understanding | None]:
        """One understanding for each text, in order. `None`: blank, unreadable, or its patience was over first."""
        patience = timedelta(seconds=self._settings.patience_s)
        until = {place: at + patience for place, at in enumerate(received_at) if texts[place].strip()}
        found: list[Understanding | None] = [None] * len(texts)
        while until:
            now = self._clock()
            if self._breaker.allows(now):
                until = await self._ask(texts, until, found)
                now = self._clock()
            until = {place: end for place, end in until.items() if end > now}
            if until:
                left_s = (max(until.values()) - now).total_seconds()
                await self._sleep(min(max(self._breaker.wait_s(now), RETRY_S), left_s))
        return found

    async def status(self) -> str | None:
        """The id of the model that is served; `None` when the server is away or has none."""
        try:
            answer = await self._http.send(Request("GET", f"{self._url}/status"), self._settings.timeout_s)
            return model_of(answer.body) if answer.status == 200 else None
        except (TransportError, ValueError):
            return None

    async def _ask(
        self, texts: Sequence[str], until: dict[int, datetime], found: list[Understanding | None]
    ) -> dict[int, datetime]:
        """Fills `found` where the server answered, and returns the places where it did not."""
        answers = {place: self._answer_to(texts[place][:MAX_CHARACTERS]) for place in until}
        await asyncio.wait(answers.values())
        left = {}
        for place, answer in answers.items():
            if answer.exception():
                left[place] = until[place]
            else:
                found[place] = answer.result()
        return left

    def _answer_to(self, text: str) -> asyncio.Future[Understanding | None]:
        """The answer that will come with the next call; the first to want one starts its gathering."""
        if not self._waiting:
            self._own(self._gather())
        if text not in self._waiting:
            answer: asyncio.Future[Understanding | None] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(_retrieved)
            self._waiting[text] = answer
        return self._waiting[text]

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _gather(self) -> None:
        await self._sleep(self._settings.gather_s)
        waiting, self._waiting = self._waiting, {}
        texts = list(waiting)
        chunks = [texts[start : start + MAX_BATCH] for start in range(0, len(texts), MAX_BATCH)]
        await asyncio.gather(*(self._call({text: waiting[text] for text in chunk}) for chunk in chunks))

    async def _call(self, waiting: dict[str, asyncio.Future[Understanding | None]]) -> None:
        """Brings an answer, or the same failure, to everybody who waits for these texts."""
        try:
            async with self._calls:
                self._breaker = self._breaker.step("tried", self._clock())
                with metrics.parse_seconds.time():
                    answers = await self._understand(list(waiting))
        except _Away as away:
            self._failed(away)
            _end(waiting, away)
        except BaseException:
            _end(waiting, _Away("closed"))
            raise
        else:
            self._breaker = self._breaker.step("succeeded", self._clock())
            for text, answer in zip(waiting, answers, strict=True):
                if not waiting[text].done():
                    waiting[text].set_result(answer)

    def _failed(self, away: _Away) -> None:
        before = self._breaker.state
        self._breaker = self._breaker.step("failed", self._clock())
        self._has_batches = True
        if before == "closed" and self._breaker.state == "open":
            log.warning("nlu.away", url=self._url, why=str(away))

    async def _understand(self, texts: list[str]) -> list[Understanding | None]:
        if self._has_batches:
            try:
                return await self._batch(texts)
            except _NoSuchRoute:
                self._has_batches = False
                log.info("nlu.singles", url=self._url)
        return await self._singles(texts)

    async def _batch(self, texts: list[str]) -> list[Understanding | None]:
        """Halves a batch that the server failed on; a single text that fails beside good ones is unreadable."""
        try:
            return await self._batch_call(texts)
        except _Failed:
            if len(texts) == 1:
                raise
        middle = len(texts) // 2
        halves: list[list[Understanding | None] | _Failed] = []
        for half in (texts[:middle], texts[middle:]):
            try:
                halves.append(await self._batch_call(half))
            except _Failed as failed:
                halves.append(failed)
        match halves:
            case [list(first), list(second)]:
                return first + second
            case [list(first), _Failed()]:
                return first + await self._rest(texts[middle:])
            case [_Failed(), list(second)]:
                return await self._rest(texts[:middle]) + second
            case _:
                raise _Failed("failed on both halves of a batch")

    async def _rest(self, texts: list[str]) -> list[Understanding | None]:
        """The half that failed while the other half did not."""
        if len(texts) == 1:
            log.warning("nlu.unreadable", characters=len(texts[0]))
            return [None]
        return await self._batch(texts)

    async def _batch_call(self, texts: list[str]) -> list[Understanding | None]:
        answer = await self._post("/model/parse/batch", {"messages": [{"text": text} for text in texts]})
        try:
            return list(understandings_of(answer.body, len(texts)))
        except ValueError as error:
            raise _Away("malformed answer") from error

    async def _singles(self, texts: list[str]) -> list[Understanding | None]:
        async def one(text: str) -> Understanding | _Failed:
            async with self._single_calls:
                try:
                    answer = await self._post("/model/parse", {"text": text})
                    return single_understanding_of(answer.body)
                except _Failed as failed:
                    return failed
                except ValueError as error:
                    raise _Away("malformed answer") from error

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(text)) for text in texts]
        except* _Away as several:
            raise _Away(str(several.exceptions[0])) from None
        answers = [task.result() for task in tasks]
        if all(isinstance(answer, _Failed) for answer in answers):
            raise _Away(str(answers[0]))
        return [None if isinstance(answer, _Failed) else answer for answer in answers]

    async def _post(self, path: str, body: dict[str, Any]) -> Response:
        headers = {"content-type": "application/json"}
        request = Request("POST", f"{self._url}{path}", headers, json.dumps(body).encode())
        try:
            answer = await self._http.send(request, self._settings.timeout_s)
        except TransportError as error:
            raise _Away(str(error)) from error
        if answer.status == 404 and path.endswith("/batch"):
            raise _NoSuchRoute
        if answer.status in (400, 413, 422, 500):
            raise _Failed(f"status {answer.status}")
        if answer.status != 200:
            raise _Away(f"status {answer.status}")
        return answer


class _NoSuchRoute(Exception):
    """The server has no batches: a Rasa server of somebody else's."""


def _end(waiting: dict[str, asyncio.Future[Understanding | None]], away: _Away) -> None:
    for answer in waiting.values():
        if not answer.done():
            answer.set_exception(away)


def _retrieved(answer: asyncio.Future[Understanding | None]) -> None:
    """Marks the exception as seen: whoever waited may have been cancelled."""
    if not answer.cancelled():
        answer.exception()
