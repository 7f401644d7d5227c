"""The command line of the benchmarks: `python -m bench --help`."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import endtoend, handle, idle, ingest, nlu
from bench.processes import CannotMeasure
from bench.report import Report

Measure = Callable[[Report, float], Awaitable[None]]
BENCHMARKS: dict[str, tuple[Measure, str]] = {
    "ingest": (ingest.measure, "deliveries a second at the door, and their latency at 300 a second"),
    "endtoend": (endtoend.measure, "answered messages a second, beside `rasa run`"),
    "handle": (handle.measure, "the time that deciding takes"),
    "nlu": (nlu.measure, "parses a second, beside `rasa run` on the same model"),
    "idle": (idle.measure, "CPU and memory with nothing to do, and bytes in Redis per conversation"),
}


def main() -> int:
    """2: something is missing that a benchmark needs."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures Aplomb with real processes on loopback; prints figures, asserts nothing.",
        epilog="example: python -m bench ingest endtoend --seconds 5 --json figures.json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = "; ".join(f"{name}: {says}" for name, (_, says) in BENCHMARKS.items())
    parser.add_argument("which", nargs="*", choices=[*BENCHMARKS, "all"], default="all", help=what)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each round lasts, default: %(default)s")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args()
    chosen = list(BENCHMARKS) if "all" in options.which else options.which
    report = Report()
    try:
        for name in chosen:
            asyncio.run(_measured(BENCHMARKS[name][0], report, options.seconds))
    except CannotMeasure as missing:
        print(f"{parser.prog}: {missing}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        if options.json:
            report.write(options.json)
    return 0


async def _measured(measure: Measure, report: Report, seconds: float) -> None:
    await measure(report, seconds)


if __name__ == "__main__":
    sys.exit(main())
