"""Parses a second: our server of the trained model, alone and in batches, beside `rasa run` on the very same model."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench import rasa
from bench.generator import Sample, closed_loop, questions
from bench.house import start_nlu
from bench.processes import Meter, Processes, Spent, free_port
from bench.report import Report, cpu_table, median, ms
from bench.wire import Call, callers

ROUNDS = 3
BATCH = 64
WARM_UP_S = 1.0
CASES: tuple[tuple[str, str, int, int], ...] = (
    ("ours, one by one", "nlu", 1, 1),
    ("rasa run, one by one", "rasa", 1, 1),
    ("ours, 64 at once", "nlu", 64, 1),
    ("rasa run, 64 at once", "rasa", 64, 1),
    (f"ours, batches of {BATCH}, 2 at once", "nlu", 2, BATCH),
)
"""What, which server, how many connections, how many texts in a call."""


async def measure(report: Report, seconds: float) -> None:
    clock = asyncio.get_running_loop().time
    with tempfile.TemporaryDirectory(prefix="aplomb-bench-") as folder:
        async with Processes(Path(folder)) as processes:
            started, port = clock(), free_port()
            await start_nlu(processes, port, "nlu")
            ready = {"nlu": clock() - started}
            started = clock()
            async with rasa.running(processes, with_rules=False) as rasa_port:
                ready["rasa"] = clock() - started
                runs = await _runs(processes, {"nlu": port, "rasa": rasa_port}, seconds)
    _show(report, runs, ready)


async def _runs(
    processes: Processes, ports: dict[str, int], seconds: float
) -> dict[str, list[tuple[float, Sample, Spent]]]:
    """By case: texts a second, latencies of the calls, CPU."""
    runs: dict[str, list[tuple[float, Sample, Spent]]] = {what: [] for what, *_ in CASES}
    for round_number in range(ROUNDS + 1):
        for what, server, connections, texts in CASES:
            async with callers(connections, ports[server]) as pool:
                meter = Meter(processes.pids)
                sample = await closed_loop(pool, _calls(texts), seconds if round_number else WARM_UP_S)
                if round_number:
                    runs[what].append((sample.per_s * texts, sample, meter.spent()))
    return runs


def _calls(texts: int) -> Iterator[Call]:
    asked = questions()
    while True:
        several = [{"text": text} for text in islice(asked, texts)]
        path = "/model/parse" if texts == 1 else "/model/parse/batch"
        yield Call(path, json.dumps(several[0] if texts == 1 else {"messages": several}).encode())


def _show(report: Report, runs: dict[str, list[tuple[float, Sample, Spent]]], ready: dict[str, float]) -> None:
    rows, figures, spendings = [], {}, []
    for what, server, _, texts in CASES:
        rates = [rate for rate, *_ in runs[what]]
        samples = [sample for _, sample, _ in runs[what]]
        p50, p99 = (median([sample.at(share) for sample in samples]) for share in (0.5, 0.99))
        failed = sum(sample.failed for sample in samples)
        each = " ".join(f"{rate:.0f}" for rate in rates)
        rows.append((what, f"{median(rates):.0f}", each, ms(p50), ms(p99), failed))
        figures[what] = {"texts_per_s": rates, "p50_ms": p50 * 1e3, "p99_ms": p99 * 1e3, "server": server}
        _, last, spent = runs[what][-1]
        spendings.append((what, spent, len(last.latencies) * texts))
    report.table("Parses", ("", "median texts/s", "each round", "p50 ms", "p99 ms", "failed"), rows)
    best = {name: max(median([r for r, *_ in runs[w]]) for w, s, *_ in CASES if s == name) for name in ("nlu", "rasa")}
    ratio = best["nlu"] / max(best["rasa"], 1e-9)
    report.say(f"\n  best of each: {best['nlu']:.0f} and {best['rasa']:.0f} texts/s: {ratio:.1f} ×")
    report.say(f"  ready after {ready['nlu']:.1f} s; rasa run after {ready['rasa']:.1f} s")
    cpu_table(report, "CPU seconds per 1,000 texts (last round)", spendings)
    report.keep("nlu", {"runs": figures, "ratio": ratio, "ready_s": ready})
