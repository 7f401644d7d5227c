"""The door: deliveries a second that are on disk when they are answered, and how long one takes.

Two web processes on one port, one private server that syncs every write, and the generator share the cores.
"""

from bench.generator import Deliveries, Sample, closed_loop, open_loop
from bench.house import House, Plan, opened
from bench.processes import Spent
from bench.receiver import Receiver
from bench.report import Report, cpu_table, median, ms
from bench.wire import callers, serving

CONNECTIONS = (4, 16, 64)
ROUNDS = 3
WARM_UP_S = 1.0
RATE = 300
CUSTOMERS = 2_000
PAGES_WITH_WORKER = 32
SHORTEST_BY_THE_CLOCK_S = 8.0

Timed = tuple[str, Sample, Spent]


async def measure(report: Report, seconds: float) -> None:
    """`seconds` for each round at full load."""
    by_the_clock_s = max(2 * seconds, SHORTEST_BY_THE_CLOCK_S)
    async with opened(Plan(web=2)) as house:
        await house.start_web()
        await _full_load(report, house, seconds)
        rows = [await _by_the_clock(house, "web alone", by_the_clock_s)]
    async with opened(Plan(web=2, pages=PAGES_WITH_WORKER)) as house:
        rows.append(await _with_backlog(house, by_the_clock_s))
    report.table(
        f"Ingest at {RATE}/s by the clock (ms from the intended moment)",
        ("", "p50", "p99", "max", "failed", "others' CPU"),
        [(what, ms(s.at(0.5)), ms(s.at(0.99)), ms(s.at(1)), s.failed, spent.neighbours) for what, s, spent in rows],
    )
    cpu_table(
        report,
        f"CPU seconds per 1,000 deliveries at {RATE}/s",
        [(what, spent, len(sample.latencies)) for what, sample, spent in rows],
    )
    figures = [
        {"with": what, "p50_ms": s.at(0.5) * 1e3, "p99_ms": s.at(0.99) * 1e3, "failed": s.failed} for what, s, _ in rows
    ]
    report.keep("ingest_by_the_clock", figures)


async def _full_load(report: Report, house: House, seconds: float) -> None:
    """Every connection count in each round, so that a neighbour's burst hits all of them alike."""
    runs: dict[int, list[tuple[Sample, Spent]]] = {count: [] for count in CONNECTIONS}
    deliveries = Deliveries(house.settings).of_many(CUSTOMERS)
    async with callers(max(CONNECTIONS), house.web_port) as pool:
        await closed_loop(pool, deliveries, WARM_UP_S)
        for _ in range(ROUNDS):
            for count in CONNECTIONS:
                meter = house.meter()
                sample = await closed_loop(pool[:count], deliveries, seconds)
                runs[count].append((sample, meter.spent()))
    rows, figures, spendings = [], {}, []
    for count, taken in runs.items():
        samples = [sample for sample, _ in taken]
        rates = [sample.per_s for sample in samples]
        p50, p99 = (median([sample.at(share) for sample in samples]) for share in (0.5, 0.99))
        failed = sum(sample.failed for sample in samples)
        each = " ".join(f"{rate:.0f}" for rate in rates)
        rows.append((f"{count} connections", f"{median(rates):.0f}", each, ms(p50), ms(p99), failed))
        figures[count] = {"per_s": rates, "p50_ms": p50 * 1e3, "p99_ms": p99 * 1e3, "failed": failed}
        spendings += [(f"{count} connections", spent, len(sample.latencies)) for sample, spent in taken[-1:]]
    report.table("Ingest at full load", ("", "median/s", "each round", "p50 ms", "p99 ms", "failed"), rows)
    cpu_table(report, "CPU seconds per 1,000 deliveries at full load (last round)", spendings)
    report.keep("ingest_full_load", figures)


async def _by_the_clock(house: House, what: str, for_s: float) -> Timed:
    deliveries = Deliveries(house.settings).of_many(CUSTOMERS)
    async with callers(max(CONNECTIONS), house.web_port) as pool:
        await open_loop(pool, deliveries, RATE, WARM_UP_S)
        meter = house.meter()
        sample = await open_loop(pool, deliveries, RATE, for_s)
        return what, sample, meter.spent()


async def _with_backlog(house: House, for_s: float) -> Timed:
    """First a backlog that outlasts the measurement, then a worker and NLU that work it off meanwhile."""
    async with serving(Receiver().answer, house.platform_port), house.store() as store:
        await house.start_web()
        await house.start_nlu()
        deliveries = Deliveries(house.settings).of_many(CUSTOMERS)
        async with callers(max(CONNECTIONS), house.web_port) as pool:
            await closed_loop(pool, deliveries, for_s)
        house.start_scheduler()
        await house.start_worker()
        before = await store.events.backlog()
        what, sample, spent = await _by_the_clock(house, "", for_s)
        after = await store.events.backlog()
        return f"worker and NLU at work, backlog {before} → {after}{what}", sample, spent
