"""Parses a second: our server of the trained model, one text a call and in batches, beside `rasa run` on the very same
model; then what the second look costs, on the held-out sentences."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import yaml

from bench import rasa
from bench.generator import questions
from bench.house import start_nlu
from bench.processes import ROOT, Meter, Processes, Spent, free_port, memory_mb
from bench.report import Report, cpu_table, median, ms
from bench.wire import Call, Caller
from bench.wrk import Load, load

ROUNDS = 3
BATCH = 64
CALLS = 6_000
WARM_UP_S = 1.0
CASES: tuple[tuple[str, str, int, int], ...] = (
    *(
        (f"{name}, {connections} connections", server, connections, 1)
        for connections in (1, 8, 64)
        for name, server in (("ours", "nlu"), ("rasa run", "rasa"))
    ),
    (f"ours, batches of {BATCH}, 4 at once", "nlu", 4, BATCH),
)
"""What, which server, how many connections, how many texts in a call."""
Runs = dict[str, list[tuple[Load, Spent]]]


async def measure(report: Report, seconds: float) -> None:
    clock = asyncio.get_running_loop().time
    with tempfile.TemporaryDirectory(prefix="aplomb-bench-") as name:
        folder = Path(name)
        async with Processes(folder) as processes:
            started, port = clock(), free_port()
            await start_nlu(processes, port, "nlu")
            ready = {"nlu": clock() - started}
            started = clock()
            async with rasa.running(processes, with_rules=False) as rasa_port:
                ready["rasa"] = clock() - started
                runs = await _runs(processes, folder, {"nlu": port, "rasa": rasa_port}, seconds)
                memory = {server: memory_mb(processes.pids[server]) for server in ("nlu", "rasa")}
            _show(report, runs, ready, memory)
            await _second_look(report, port)


async def _runs(processes: Processes, folder: Path, ports: dict[str, int], seconds: float) -> Runs:
    runs: Runs = {what: [] for what, *_ in CASES}
    bodies = {texts: list(islice(_bodies(texts), CALLS // texts)) for texts in (1, BATCH)}
    for round_number in range(ROUNDS + 1):
        for what, server, connections, texts in CASES:
            path = "/model/parse" if texts == 1 else "/model/parse/batch"
            meter = Meter(processes.pids)
            for_s = seconds if round_number else WARM_UP_S
            found = await load(folder, ports[server], path, bodies[texts], connections, for_s)
            if round_number:
                runs[what].append((found, meter.spent()))
    return runs


def _bodies(texts: int) -> Iterator[str]:
    asked = questions()
    while True:
        several = [{"text": text} for text in islice(asked, texts)]
        yield json.dumps(several[0] if texts == 1 else {"messages": several})


def _show(report: Report, runs: Runs, ready: dict[str, float], memory: dict[str, float]) -> None:
    rows, figures, spendings = [], {}, []
    for what, server, _, texts in CASES:
        loads = [found for found, _ in runs[what]]
        rates = [found.per_s * texts for found in loads]
        p50, p99 = median([found.p50 for found in loads]), median([found.p99 for found in loads])
        failed = sum(found.failed for found in loads)
        rows.append((what, f"{median(rates):.0f}", " ".join(f"{r:.0f}" for r in rates), ms(p50), ms(p99), failed))
        figures[what] = {"texts_per_s": rates, "p50_ms": p50 * 1e3, "p99_ms": p99 * 1e3, "server": server}
        last, spent = runs[what][-1]
        spendings.append((what, spent, last.requests * texts))
    report.table("Parses, fast path", ("", "median texts/s", "each round", "p50 ms", "p99 ms", "failed"), rows)
    ratios = {c: _ratio(runs, f"ours, {c} connections", f"rasa run, {c} connections") for c in (1, 8, 64)}
    best = max(_rate(runs, what, texts) for what, server, _, texts in CASES if server == "nlu")
    best_ratio = best / max(_rate(runs, what, texts) for what, server, _, texts in CASES if server == "rasa")
    said = ", ".join(f"{ratio:.1f} × at {connections}" for connections, ratio in ratios.items())
    report.say(f"\n  one text a call, connections alike: {said}; best of each: {best_ratio:.1f} ×")
    report.say(f"  ready after {ready['nlu']:.1f} s; rasa run after {ready['rasa']:.1f} s")
    report.say(f"  memory: {memory['nlu']:.0f} MB; rasa run {memory['rasa']:.0f} MB")
    cpu_table(report, "CPU seconds per 1,000 texts (last round)", spendings)
    report.keep("nlu", {"runs": figures, "ratios": ratios, "best_ratio": best_ratio, "ready_s": ready, "mb": memory})


def _rate(runs: Runs, what: str, texts: int) -> float:
    return median([found.per_s * texts for found, _ in runs[what]])


def _ratio(runs: Runs, ours: str, theirs: str) -> float:
    return _rate(runs, ours, 1) / _rate(runs, theirs, 1)


async def _second_look(report: Report, port: int) -> None:
    """Held-out sentences one by one: how many got a second look, and what their parses took beside the others'."""
    clock, caller = asyncio.get_running_loop().time, Caller(port)
    times: dict[str, list[float]] = {}
    try:
        for text in _held_out():
            sent = clock()
            _, answer = await caller.send(Call("/model/parse", json.dumps({"text": text}).encode()))
            times.setdefault(json.loads(answer)["cascade"], []).append(clock() - sent)
    finally:
        caller.close()
    total = sum(map(len, times.values()))
    rows = [(state, f"{len(of) / total:.1%}", ms(median(of))) for state, of in sorted(times.items())]
    report.table("Held-out sentences, one by one", ("second look", "share", "p50 ms"), rows)
    report.keep("second_look", {state: {"share": len(of) / total, "p50_s": median(of)} for state, of in times.items()})


def _held_out() -> Sequence[str]:
    files = [ROOT / "intents" / "test" / f"{code}.yml" for code in ("fr", "en")]
    blocks = [block for file in files for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]]
    return [line.removeprefix("- ") for block in blocks for line in block["examples"].splitlines()][::4]
