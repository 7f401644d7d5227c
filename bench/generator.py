"""Deliveries as Facebook makes them, and the two ways to send them: as fast as they are taken, or by the clock.

By the clock, a delivery's time counts from the moment it should have left: a server that stalls can't hide the
deliveries that it kept from being sent.
"""

import asyncio
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from bench.report import percentile
from bench.wire import Call, Caller
from bot.config import AccountSettings, Settings

QUESTIONS = (
    "Bonjour, quels sont vos horaires d'ouverture ?",
    "Combien coûte la livraison en France ?",
    "Quel est le prix de cette lampe ?",
    "Où se trouve votre boutique ?",
    "Quelle est votre politique de retour ?",
    "Bonjour",
    "Hello, what are your opening hours?",
    "How much is shipping to Germany?",
    "Where is your shop?",
    "What is your return policy?",
    "Merci beaucoup !",
    "How much does this lamp cost?",
)
"""What customers ask, in words that the trained model is sure of."""


def questions() -> Iterator[str]:
    """Endless, no two alike: a server that remembers a text gains nothing by it."""
    for number in itertools.count():
        yield f"{QUESTIONS[number % len(QUESTIONS)]} {'!' * (number // len(QUESTIONS) % 3)}({number})"


@dataclass(slots=True)
class Sample:
    """What a run of calls came to: latencies (s) of those that went well, and how many did not."""

    wall_s: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def per_s(self) -> float:
        return len(self.latencies) / self.wall_s if self.wall_s else 0.0

    def at(self, share: float) -> float:
        return percentile(self.latencies, share)


class Deliveries:
    """Signed deliveries to the accounts of a configuration, each with one new message."""

    def __init__(self, settings: Settings) -> None:
        self._pages = [account for account in settings.accounts if account.channel == "facebook"]
        self._keys = {
            page.id: settings.connected[page.account_id].secret("app_secret").encode() for page in self._pages
        }
        self._run = time.time_ns() // 1_000_000
        self._number = itertools.count()

    def page_of(self, customer: int) -> AccountSettings:
        return self._pages[customer % len(self._pages)]

    def message(self, customer: str, text: str, page: AccountSettings) -> Call:
        """A private message that was never delivered before."""
        now_ms = time.time_ns() // 1_000_000
        item = {
            "sender": {"id": customer},
            "recipient": {"id": page.id},
            "timestamp": now_ms,
            "message": {"mid": f"m_{self._run}_{next(self._number)}", "text": text},
        }
        delivery = {"object": "page", "entry": [{"id": page.id, "time": now_ms, "messaging": [item]}]}
        body = json.dumps(delivery, ensure_ascii=False).encode()
        signature = hmac.new(self._keys[page.id], body, sha256).hexdigest()
        return Call(f"/webhooks/facebook/{page.endpoint}", body, {"x-hub-signature-256": f"sha256={signature}"})

    def of_many(self, customers: int) -> Iterator[Call]:
        """Endless: these customers write in turn."""
        for number, text in enumerate(questions()):
            customer = number % customers
            yield self.message(f"c{self._run}-{customer}", text, self.page_of(customer))


async def closed_loop(callers: list[Caller], calls: Iterator[Call], for_s: float) -> Sample:
    """Every connection sends its next call when the last one is answered."""
    sample, clock = Sample(), asyncio.get_running_loop().time
    started = clock()

    async def call_on(caller: Caller) -> None:
        while clock() - started < for_s:
            sent = clock()
            if await _succeeds(caller, next(calls)):
                sample.latencies.append(clock() - sent)
            else:
                sample.failed += 1

    async with asyncio.TaskGroup() as tasks:
        for caller in callers:
            tasks.create_task(call_on(caller))
    sample.wall_s = clock() - started
    return sample


async def open_loop(callers: list[Caller], calls: Iterator[Call], rate: float, for_s: float) -> Sample:
    """So many calls a second by the clock, whatever the answers do. A call waits for a connection if all are taken."""
    sample, clock = Sample(), asyncio.get_running_loop().time
    free: asyncio.LifoQueue[Caller] = asyncio.LifoQueue()
    for caller in callers:
        free.put_nowait(caller)
    started = clock()

    async def call_at(intended: float) -> None:
        caller = await free.get()
        good = await _succeeds(caller, next(calls))
        free.put_nowait(caller)
        if good:
            sample.latencies.append(clock() - intended)
        else:
            sample.failed += 1

    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * for_s)):
            intended = started + number / rate
            if (wait_s := intended - clock()) > 0:
                await asyncio.sleep(wait_s)
            tasks.create_task(call_at(intended))
    sample.wall_s = clock() - started
    return sample


async def _succeeds(caller: Caller, call: Call) -> bool:
    try:
        status, _ = await caller.send(call)
    except (OSError, TimeoutError):
        return False
    return status == 200
