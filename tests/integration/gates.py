"""The store with gates: whoever loads, commits or claims can be held, so that an order is forced and not hoped for."""

import asyncio
from typing import Any, Literal

from bot.model.action import Action
from bot.store.keys import Shard
from bot.store.outbox import Claim, Outbox
from bot.store.state import Snapshot, StateStore

HELD_AT_MOST_S = 20.0


class Gate:
    """Holds whoever passes, once closed; tells when somebody stands before it."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.reached = asyncio.Event()

    def close(self) -> None:
        self.reached.clear()
        self._open.clear()

    async def is_reached(self) -> None:
        """Waits until somebody stands before it."""
        async with asyncio.timeout(HELD_AT_MOST_S):
            await self.reached.wait()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self) -> None:
        if not self._open.is_set():
            self.reached.set()
            await self._open.wait()


class GatedOutbox(Outbox):
    """The outbox with a gate before its claim, and the answers it gave."""

    gate: Gate
    answers: list[Claim]

    async def claim(self, shard: Shard, action: Action, *, live: bool) -> Claim:
        await self.gate.pass_through()
        answer = await super().claim(shard, action, live=live)
        self.answers.append(answer)
        return answer


class GatedState(StateStore):
    """The state with gates before its load and before its commit."""

    before_load: Gate
    before_commit: Gate

    async def load(self, *args: Any, **more: Any) -> Snapshot:
        await self.before_load.pass_through()
        return await super().load(*args, **more)

    async def commit(self, *args: Any, **more: Any) -> Literal["ok", "done", "conflict"]:
        await self.before_commit.pass_through()
        return await super().commit(*args, **more)
