"""What Aplomb costs when nothing happens: CPU and memory of each role, and a conversation at rest in Redis."""

import asyncio
import itertools
import json
from collections import defaultdict
from typing import Any

from bench.endtoend import TURNS, answering, converse
from bench.house import House, Plan
from bench.processes import cpu_s, memory_mb
from bench.report import Report
from bench.wire import callers
from bot.store import Store

IDLE_S = 20.0
SETTLE_S = 3.0
CLIENTS = 16
PAGES = 16
TALK_S = 8.0
SETTLED_WITHIN_S = 60.0
PARTS = {
    "conv": "conversation",
    "contact": "contact",
    "actions": "actions sent lately",
    "turns": "turn records",
    "ledger": "ledger",
    "seen": "dedupe keys",
    "head": "heads",
    "where": "places",
}
"""What is reported, by the word in its key (bot/store/keys.py)."""


async def measure(report: Report, seconds: float) -> None:
    """`seconds` only lengthens the wait: less than 20 says nothing."""
    idle_s = max(seconds, IDLE_S)
    async with answering(Plan(pages=PAGES)) as (house, replies):
        await asyncio.sleep(SETTLE_S)
        _show_roles(report, "Idle, before the first message", await _cpu_of(house, idle_s), house, idle_s)
        async with callers(CLIENTS, house.web_port) as pool:
            sample = await converse(pool, replies.ask, itertools.count(), TALK_S)
        await _settled(house)
        await asyncio.sleep(SETTLE_S)
        title = f"Idle, after {len(sample.latencies)} answered messages"
        _show_roles(report, title, await _cpu_of(house, idle_s), house, idle_s)
        async with house.store() as store:
            await _show_keys(report, store)


async def _cpu_of(house: House, for_s: float) -> dict[str, float]:
    """CPU seconds by role."""
    before = {name: cpu_s(pid) for name, pid in house.pids().items()}
    await asyncio.sleep(for_s)
    return {name: cpu_s(house.pids()[name]) - spent for name, spent in before.items()}


def _show_roles(report: Report, title: str, spent: dict[str, float], house: House, for_s: float) -> None:
    shares = {name: 100 * cpu / for_s for name, cpu in spent.items()}
    memory = {name: memory_mb(pid) for name, pid in house.pids().items()}
    rows = [(name, f"{share:.2f}", f"{memory[name]:.0f}") for name, share in shares.items()]
    rows.append(("all but nlu", f"{sum(s for name, s in shares.items() if name != 'nlu'):.2f}", ""))
    report.table(title, ("", "% of a core", "MB"), rows)
    report.keep(title.split(",")[1].split()[0] + "_idle", {"cpu_percent": shares, "memory_mb": memory})


async def _settled(house: House) -> None:
    """Until every event is committed, at most a minute."""
    async with house.store() as store:
        for _ in range(int(SETTLED_WITHIN_S / 0.2)):
            if await store.events.backlog() == 0:
                return
            await asyncio.sleep(0.2)


async def _show_keys(report: Report, store: Store) -> None:
    """Bytes per conversation, by kind of key, from MEMORY USAGE of every key."""
    sizes: dict[str, int] = defaultdict(int)
    texts = conversations = 0
    async for key in _keys(store):
        kind = key.split(":")[1] if key.startswith("{") else key.split(":")[0]
        sizes[kind] += int(await store.connection.call("MEMORY", "USAGE", key, "SAMPLES", 0))
        if kind == "conv":
            conversations += 1
            texts += _texts_in(json.loads(await store.connection.call("HGET", key, "body")))
    each = {PARTS[kind]: sizes[kind] / max(conversations, 1) for kind in PARTS}
    at_rest = each["conversation"] + each["contact"] - texts / max(conversations, 1)
    rows = [(what, f"{size:.0f}") for what, size in each.items()]
    rows.append(("of the conversation, texts", f"{texts / max(conversations, 1):.0f}"))
    rows.append(("conversation and contact without texts", f"{at_rest:.0f}"))
    report.table(f"Bytes per conversation, {conversations} of up to {TURNS} exchanges", ("", "bytes"), rows)
    report.keep("bytes_per_conversation", {**each, "texts": texts / max(conversations, 1), "at_rest": at_rest})


async def _keys(store: Store) -> Any:
    cursor: Any = 0
    while True:
        cursor, keys = await store.connection.call("SCAN", cursor, "COUNT", 1000)
        for key in keys:
            yield key
        if int(cursor) == 0:
            return


def _texts_in(body: dict[str, Any]) -> int:
    """Bytes of what was said, as it stands in the conversation."""
    said = [*body.get("recent", ()), *body.get("unanswered", ())]
    return sum(len(entry.get("text", "").encode()) for entry in said)
