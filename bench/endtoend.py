"""From a customer's message to the brand's reply, beside `rasa run` in the same run.

Clients write, wait for their reply, and write again. Each speaks for some customers in turn, so that a conversation
rests a moment after a reply, and for new ones after a while, as people do. Both sides hear the same texts, use the same
understanding pipeline, and share the cores with the clients.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

from bench import rasa
from bench.generator import Deliveries, Sample, questions
from bench.house import House, Plan, opened
from bench.processes import Meter, Spent
from bench.receiver import Receiver
from bench.report import Report, cpu_table, median, ms
from bench.wire import Caller, callers, serving

CLIENTS = (1, 16, 64, 128)
ROUNDS = 3
PAGES = 64
TURNS = 4
"""Customers that a client speaks for at a time, and messages that each of them writes."""
REPLY_WITHIN_S = 20.0
WARM_UP_S = 2.0

Ask = Callable[[Caller, str, str], Awaitable[bool]]
"""Sends a customer's text; true when the reply is there, in time."""


class Replies:
    """Who waits for a reply, by customer."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._number = itertools.count()

    def heard(self, customer: str) -> None:
        waiting = self._waiting.get(customer)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def ask(self, caller: Caller, customer: str, text: str) -> bool:
        page = self._deliveries.page_of(int(customer.rpartition("-")[2]))
        reply: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[customer] = reply
        try:
            async with asyncio.timeout(REPLY_WITHIN_S):
                status, _ = await caller.send(self._deliveries.message(customer, text, page))
                if status != 200:
                    return False
                await reply
                return True
        except (OSError, TimeoutError):
            return False
        finally:
            del self._waiting[customer]


async def converse(clients: list[Caller], ask: Ask, people: Iterator[int], for_s: float) -> Sample:
    """`people`: numbers for new customers. A latency is from the message to its reply."""
    sample, clock = Sample(), asyncio.get_running_loop().time
    texts, started = questions(), clock()

    async def client(caller: Caller) -> None:
        while clock() - started < for_s:
            customers = [f"client-{next(people)}" for _ in range(TURNS)]
            for customer in customers * TURNS:
                if (sent := clock()) - started >= for_s:
                    return
                if await ask(caller, customer, next(texts)):
                    sample.latencies.append(clock() - sent)
                else:
                    sample.failed += 1

    async with asyncio.TaskGroup() as tasks:
        for caller in clients:
            tasks.create_task(client(caller))
    sample.wall_s = clock() - started
    return sample


async def measure(report: Report, seconds: float) -> None:
    """`seconds` for each number of clients, each round and each side."""
    async with answering() as (house, ours), rasa.running(house.processes, with_rules=True) as rasa_port:
        runs: dict[tuple[int, str], list[tuple[Sample, Spent]]] = {}
        people = itertools.count()
        sides: dict[str, tuple[int, Ask]] = {"Aplomb": (house.web_port, ours.ask), "rasa run": (rasa_port, rasa.ask)}
        for port, ask in sides.values():
            async with callers(16, port) as pool:
                await converse(pool, ask, people, WARM_UP_S)
        for _ in range(ROUNDS):
            for count, (name, (port, ask)) in itertools.product(CLIENTS, sides.items()):
                async with callers(count, port) as pool:
                    meter = Meter(house.pids())
                    sample = await converse(pool, ask, people, seconds)
                    runs.setdefault((count, name), []).append((sample, meter.spent()))
    _show(report, runs)


@asynccontextmanager
async def answering(plan: Plan | None = None) -> AsyncIterator[tuple[House, Replies]]:
    """All roles as real processes, and a platform here that takes their replies."""
    async with opened(plan or Plan(pages=PAGES)) as house:
        replies = Replies(Deliveries(house.settings))
        async with serving(Receiver(replies.heard).answer, house.platform_port):
            await house.start_nlu()
            await house.start_web()
            house.start_scheduler()
            await house.start_worker()
            yield house, replies


def _show(report: Report, runs: dict[tuple[int, str], list[tuple[Sample, Spent]]]) -> None:
    rows, figures, spendings = [], [], []
    rates: dict[tuple[int, str], float] = {}
    for (count, name), taken in runs.items():
        samples = [sample for sample, _ in taken]
        each = [sample.per_s for sample in samples]
        rates[count, name] = median(each)
        p50, p99 = (median([sample.at(share) for sample in samples]) for share in (0.5, 0.99))
        failed = sum(sample.failed for sample in samples)
        shown = " ".join(f"{rate:.0f}" for rate in each)
        rows.append((f"{count} clients, {name}", f"{rates[count, name]:.0f}", shown, ms(p50), ms(p99), failed))
        figures.append({"clients": count, "side": name, "per_s": each, "p50_ms": p50 * 1e3, "p99_ms": p99 * 1e3})
        spendings += [(f"{count} clients, {name}", spent, len(sample.latencies)) for sample, spent in taken[-1:]]
    report.table("Answered messages", ("", "median/s", "each round", "p50 ms", "p99 ms", "unanswered"), rows)
    best = {name: max(rate for (_, side), rate in rates.items() if side == name) for name in ("Aplomb", "rasa run")}
    ratio = best["Aplomb"] / max(best["rasa run"], 1e-9)
    report.say(f"\n  best of each: Aplomb {best['Aplomb']:.0f}/s, rasa run {best['rasa run']:.0f}/s: {ratio:.1f} ×")
    cpu_table(report, "CPU seconds per 1,000 answered messages (last round)", spendings)
    report.keep("endtoend", {"runs": figures, "ratio": ratio})
