"""wrk, a load generator in C: it costs next to nothing beside the server that is measured on the same cores."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import CannotMeasure

_SCRIPT = """
local calls = {}
for line in io.lines(%(calls)s) do calls[#calls + 1] = line end
local n = 0
request = function()
  n = n + 1
  return wrk.format("POST", %(path)s, {["Content-Type"] = "application/json"}, calls[n %% #calls + 1])
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"requests": %%d, "us": %%d, "failed": %%d, "p50": %%f, "p99": %%f}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Answered requests a second, latencies in seconds, and how many requests failed."""

    per_s: float
    p50: float
    p99: float
    failed: int
    requests: int


async def load(folder: Path, port: int, path: str, bodies: Sequence[str], connections: int, for_s: float) -> Load:
    """Posts these JSON bodies, one a line, over and over. Raises CannotMeasure where wrk is missing or fails."""
    if shutil.which("wrk") is None:
        raise CannotMeasure("wrk is missing: apt-get install wrk")
    calls, script = folder / "calls.txt", folder / "calls.lua"
    calls.write_text("\n".join(bodies), encoding="utf-8")
    script.write_text(_SCRIPT % {"calls": json.dumps(str(calls)), "path": json.dumps(path)}, encoding="utf-8")
    command = ("wrk", "-t1", f"-c{connections}", f"-d{max(round(for_s), 1)}s", "-s", str(script))
    process = await asyncio.create_subprocess_exec(
        *command, f"http://127.0.0.1:{port}", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await process.communicate())[0].decode(errors="replace")
    try:
        found = json.loads(said.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise CannotMeasure(f"wrk failed: {said[-500:]}") from error
    seconds = found["us"] / 1e6
    return Load(found["requests"] / seconds, found["p50"] / 1e6, found["p99"] / 1e6, found["failed"], found["requests"])
