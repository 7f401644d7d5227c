"""Asks a platform for lists, and brings what they hold in by the door: for polling, backfill and single fetches."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot import metrics
from bot.ask import Asker, Unanswered
from bot.ingest import Ingest
from bot.model.action import ListSince
from bot.model.event import Event, Unhandled
from bot.model.ids import AccountId
from connectors import CONNECTORS
from connectors.base import Listed, SendError

log = structlog.get_logger()

REQUESTS_AT_MOST = 200
"""Of one round of polling."""
WAITS_AT_MOST_S = 900.0
"""A backfill waits so long for its next token; a poll does not wait."""


@dataclass(slots=True)
class Crawled:
    """What came of it. `stopped`: why it did not reach the end; "" when it did."""

    requests: int = 0
    listed: int = 0
    new: int = 0
    unhandled: Counter[str] = field(default_factory=Counter)
    remember: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    unlisted: bool = False
    """The platform has no such list."""


class Crawler:
    def __init__(self, asker: Asker, ingest: Ingest, clock: Callable[[], datetime]) -> None:
        self._asker = asker
        self._ingest = ingest
        self._clock = clock

    async def crawl(
        self,
        account: AccountId,
        first: ListSince,
        *,
        late: bool = False,
        patient: bool = False,
        at_most: int = REQUESTS_AT_MOST,
        progress: Callable[[Crawled], None] = lambda _: None,
    ) -> Crawled:
        """Asks `first` and all that its answers say to ask next, breadth first.

        `late`: what is found joins the history and is not answered by itself. `patient`: waits for the allowance.
        """
        done, questions = Crawled(), deque([first])
        while questions:
            if done.requests >= at_most:
                done.stopped = f"after {at_most} requests, with more to ask"
                break
            question = questions.popleft()
            reading = await self._asker.ask(question, account)
            if isinstance(reading, Unanswered) and reading.why == "later" and patient:
                if reading.wait_s > WAITS_AT_MOST_S:
                    done.stopped = f"the allowance is used up for {reading.wait_s:.0f} s"
                    break
                await asyncio.sleep(reading.wait_s)
                questions.appendleft(question)
                continue
            done.requests += 1
            if not isinstance(reading, Listed):
                done.stopped = told(reading)
                done.unlisted = isinstance(reading, Unanswered) and reading.why == "unsupported"
                break
            await self._keep(account, reading, done, late)
            known = {**question.known, **done.remember}
            questions.extend(more.model_copy(update={"known": known}) for more in reading.more)
            progress(done)
        return done

    async def _keep(self, account: AccountId, reading: Listed, done: Crawled, late: bool) -> None:
        events: list[Event] = []
        for each in reading.found:
            if isinstance(each, Unhandled):
                done.unhandled[each.what] += 1
                metrics.count_unhandled(account.channel, each.what)
            else:
                events.append(each.model_copy(update={"late": True}) if late else each)
        connector = CONNECTORS[account.channel]
        horizon_s = connector.capabilities(self._asker.accounts[account]).redelivery_horizon_s
        kept = await self._ingest.append(events, horizon_s)
        done.listed += len(events)
        done.new += sum(each is not None for each in kept)
        done.remember |= reading.remember


def told(reading: object) -> str:
    """Why a list was not read, for a person."""
    match reading:
        case Unanswered("later"):
            return f"the allowance is used up for {reading.wait_s:.0f} s"
        case Unanswered():
            return f"{reading.why}: {reading.detail}"
        case SendError():
            return f"{reading.fault}: {reading.code} {reading.detail}".strip()
        case _:
            return "an answer of another kind"
