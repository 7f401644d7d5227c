"""A worker process that dies, for real, at a chosen moment: `python -m tests.integration.role --help`.

It is the worker of `python -m bot worker`; only the moment of its death is built in, by SIGKILL to itself.
"""

import argparse
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bot.worker
from bot.__main__ import start
from bot.app import run_worker
from bot.config_file import load
from bot.handle import handle
from bot.ingest import Ingest
from bot.model.event import Event, MessageReceived
from bot.store.state import StateStore


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_before_commit(kind: str, once: Path) -> None:
    """After understanding and deciding, before anything of it is written."""
    commit = StateStore.commit

    async def deadly(self: StateStore, shard: Any, stream_id: Any, event: Event | None, *args: Any, **more: Any) -> Any:
        if event is not None and event.kind == kind and _first(once):
            die()
        return await commit(self, shard, stream_id, event, *args, **more)

    StateStore.commit = deadly  # type: ignore[method-assign]


def die_before_record(once: Path) -> None:
    """After the platform has answered, before that is recorded."""
    append = Ingest.append

    async def deadly(self: Ingest, events: Sequence[Event], horizon_s: Any) -> Any:
        if any(event.kind == "action.sent" for event in events) and _first(once):
            die()
        return await append(self, events, horizon_s)

    Ingest.append = deadly  # type: ignore[method-assign]


def die_of_poison(words: str) -> None:
    """Every time these words are handled."""

    def deadly(event: Event, *args: Any, **more: Any) -> Any:
        if isinstance(event, MessageReceived) and event.text == words:
            die()
        return handle(event, *args, **more)

    bot.worker.handle = deadly  # type: ignore[attr-defined]


def _first(once: Path) -> bool:
    if once.exists():
        return False
    once.touch()
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: … --config c.yml --poison POISON")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--once", type=Path, help="made at the death, so that the next process lives")
    parser.add_argument("--before-commit", metavar="KIND")
    parser.add_argument("--before-record", action="store_true")
    parser.add_argument("--poison", metavar="WORDS")
    given = parser.parse_args()
    if given.before_commit:
        die_before_commit(given.before_commit, given.once)
    if given.before_record:
        die_before_record(given.once)
    if given.poison:
        die_of_poison(given.poison)
    start("worker", run_worker(load(given.config, os.environ)))


if __name__ == "__main__":
    main()
