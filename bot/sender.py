"""The sender: lets actions go, one HTTP request each, and tells what became of them as events.

It knows what is due from the commits of the worker beside it, so that an idle sender asks nothing. Before a request the
claim decides whether the words may still go; after it an event records what happened. What died in between is
`unknown`: never sent again, and settled by an echo, a look-up or a person.
"""

import asyncio
import contextlib
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot import metrics
from bot.accounts import Accounts
from bot.ask import Asker
from bot.config import Settings
from bot.errors import NoAnswer, NothingSent, StoreUnavailable
from bot.gestures import Gestures
from bot.http import Http
from bot.ingest import ACT_HORIZON_S, Ingest
from bot.model.action import Action, ActionRecord, FindOwn
from bot.model.event import ActionOutcome
from bot.model.ids import ActionId
from bot.outcomes import failed, sent, unknown
from bot.retry import Again, GiveUp, Park, Reconnect, Step, Unknown, next_step
from bot.store import Store
from bot.store.keys import Shard
from bot.store.outbox import Asking, Go, Gone, Hold, Refused
from connectors import CONNECTORS
from connectors.base import Found, Listed, Probed, Refreshed, Response, SendError, Sent, Subscribed, Unsupported

log = structlog.get_logger()

LOOK_AGAIN_S = 0.1
LOOK_AGAIN_AT_MOST_S = 2.0
SHORTEST_LOOK_S = 0.01
"""Long enough for the attempt that asks for another to have ended: while it is under way, the next is not begun."""
FIND_OWN_AFTER_S = (3.0, 10.0)
"""When the platform is asked for our own words after an unknown outcome."""


@dataclass(order=True, slots=True)
class _Due:
    at: float
    action: Action = field(compare=False)
    shard: Shard = field(compare=False)
    looks: int = field(compare=False, default=0)
    unsure: bool = field(compare=False, default=False)
    """The answer to a claim was lost: it may be claimed, by us, and nothing was sent."""


class Sender:
    """`run` until cancelled; `stop` lets what is under way be finished and recorded."""

    def __init__(
        self,
        store: Store,
        ingest: Ingest,
        http: Http,
        settings: Settings,
        clock: Callable[[], datetime],
        accounts: Accounts | None = None,
    ) -> None:
        self._accounts = accounts or Accounts(store, settings)
        self._asker = Asker(store, self._accounts, http, settings, clock)
        self._gestures = Gestures(store, http, self._accounts, settings, clock)
        self._store = store
        self._ingest = ingest
        self._http = http
        self._settings = settings
        self._clock = clock
        self._due: list[_Due] = []
        self._known: set[ActionId] = set()
        self._ours: set[int] = set()
        self._more = asyncio.Event()
        self._free = asyncio.Semaphore(settings.worker.sends_at_once)
        self._under_way: dict[ActionId, asyncio.Task[None]] = {}
        self._lookups: set[asyncio.Task[None]] = set()

    async def adopt(self, shard: Shard) -> None:
        """Takes over a shard's unfinished actions. One whose sender died on the way is of unknown outcome."""
        self._ours.add(shard.number)
        for record in await self._store.outbox.unfinished(shard):
            if record.state == "pending":
                self.wake(shard, (record,))
            elif record.action.id not in self._under_way:
                await self._tell(unknown(record, "sender_died", self._clock()))

    def abandon(self, shard: Shard) -> None:
        self._ours.discard(shard.number)

    def wake(self, shard: Shard, records: tuple[ActionRecord, ...]) -> None:
        for record in records:
            if record.state == "pending" and record.action.id not in self._known:
                self._push(_Due(record.action.earliest.timestamp(), record.action, shard))
                self._gestures.announce(record)

    def _push(self, due: _Due) -> None:
        self._known.add(due.action.id)
        heapq.heappush(self._due, due)
        self._more.set()

    async def run(self) -> None:
        while True:
            await self._wait_for_due()
            while self._due and self._due[0].at <= self._clock().timestamp():
                due = heapq.heappop(self._due)
                self._known.discard(due.action.id)
                if due.shard.number not in self._ours or due.action.id in self._under_way:
                    continue
                await self._free.acquire()
                task = asyncio.create_task(self._attempt(due), name=f"send-{due.action.id}")
                self._under_way[due.action.id] = task
                task.add_done_callback(partial(self._finished, due.action.id))

    def _finished(self, action_id: ActionId, _: "asyncio.Task[None]") -> None:
        self._under_way.pop(action_id, None)
        self._free.release()

    async def _wait_for_due(self) -> None:
        self._more.clear()
        wait_s = self._due[0].at - self._clock().timestamp() if self._due else None
        if wait_s is not None and wait_s <= 0:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):  # unlike Python 3.11's wait_for it never swallows a cancellation
                await self._more.wait()

    async def stop(self) -> None:
        """Waits for the requests under way and their record, at most the configured time."""
        tasks = [*self._under_way.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=self._settings.worker.drain_s)
        self._gestures.stop()
        for task in (*self._under_way.values(), *self._lookups):
            task.cancel()

    async def _attempt(self, due: _Due) -> None:
        try:
            await self._try_to_send(due)
        except StoreUnavailable as error:
            log.warning("store.unavailable", at="sender", error=str(error))
            due.unsure = True
            self._look_again(due, 1.0)
        except Exception:
            log.exception("send.failed", action=due.action.id, action_kind=due.action.kind)
            metrics.sends.labels(due.action.conversation.account.channel, "bug").inc()

    async def _try_to_send(self, due: _Due) -> None:
        action = due.action
        account = self._settings.account(action.conversation.account)
        if account is None:
            return
        connector = CONNECTORS[account.channel]
        rates = connector.capabilities(self._accounts[account.account_id]).rates
        asking = Asking.of(action)
        wait_s = await self._store.outbox.take_rates(asking, rates)
        if wait_s > 0:
            self._look_again(due, wait_s)
            return
        claim = await self._store.outbox.claim(due.shard, action, live=account.live == "on")
        metrics.claims.labels(getattr(claim, "why", type(claim).__name__.lower())).inc()
        if not isinstance(claim, Go):
            await self._store.outbox.give_back(asking, rates)
        match claim:
            case Go(record):
                await self._send(due, record)
            case Hold(_, until):
                wait_s = (until - self._clock()).total_seconds() if until else LOOK_AGAIN_S * 2 ** min(due.looks, 5)
                self._look_again(due, max(LOOK_AGAIN_S, min(wait_s, LOOK_AGAIN_AT_MOST_S)))
            case Refused(why):
                await self._tell(failed(ActionRecord(action=action), why, self._clock()))
            case Gone() if due.unsure:
                await self._settle_lost_claim(due)
            case Gone():
                return

    async def _settle_lost_claim(self, due: _Due) -> None:
        """Nothing left here; but who else may have claimed it can't be known, so a person is asked."""
        for record in await self._store.outbox.unfinished(due.shard):
            if record.action.id == due.action.id and record.state == "inflight":
                await self._tell(unknown(record, "claim_lost", self._clock()))

    def _look_again(self, due: _Due, wait_s: float) -> None:
        at = self._clock() + timedelta(seconds=max(wait_s, SHORTEST_LOOK_S))
        self._push(_Due(at.timestamp(), due.action, due.shard, due.looks + 1, due.unsure))

    async def _send(self, due: _Due, record: ActionRecord) -> None:
        """From here on the words may be out: whatever happens is recorded as an event."""
        action = record.action
        account = self._accounts[action.conversation.account]
        connector = CONNECTORS[account.id.channel]
        try:
            request = connector.build(action, account, self._clock())
        except Unsupported as error:
            await self._tell(failed(record, "unsupported", self._clock(), str(error)))
            return
        if due.shard.number not in self._ours:
            await self._store.outbox.unclaim(due.shard, record, self._clock())
            return
        answer: Sent | SendError | NothingSent | NoAnswer
        try:
            response = await self._http.send(request, self._settings.worker.send_timeout_s)
            answer = self._read(action, response)
        except (NothingSent, NoAnswer) as error:
            answer = error
        if isinstance(answer, Sent):
            metrics.sends.labels(account.id.channel, "sent").inc()
            await self._tell(sent(record, answer, self._clock()))
            if answer.rest_s:
                until = self._clock() + timedelta(seconds=answer.rest_s)
                await self._store.outbox.rest(account.id, until)
            return
        step = next_step(answer, record.attempts, self._settings.worker.retries_s, self._clock(), random.random())  # noqa: S311 (jitter)
        metrics.sends.labels(account.id.channel, type(step).__name__.lower()).inc()
        log.info("send.not_accepted", action=action.id, step=type(step).__name__, code=getattr(answer, "code", ""))
        await self._carry_out(due, record, step, answer)

    def _read(self, action: Action, response: Response) -> Sent | SendError:
        account = self._accounts[action.conversation.account]
        answer = CONNECTORS[account.id.channel].interpret(action, response, account, self._clock())
        match answer:
            case Sent() | SendError():
                return answer
            case Found() | Probed() | Refreshed() | Subscribed() | Listed():
                return SendError(fault="unknown", code="wrong_answer")

    async def _carry_out(
        self, due: _Due, record: ActionRecord, step: Step, answer: SendError | NothingSent | NoAnswer
    ) -> None:
        conversation = record.action.conversation
        detail = answer.detail if isinstance(answer, SendError) else str(answer)
        match step:
            case Again(at):
                await self._put_back(due, record, at)
            case Park(scope, until):
                await self._store.outbox.pause(
                    conversation.account if scope == "account" else conversation.contact, until
                )
                await self._put_back(due, record, until)
            case Reconnect() if await self._accounts.reload(conversation.account):
                await self._put_back(due, record, self._clock())
            case Reconnect():
                await self._store.outbox.pause(conversation.account, "reconnect")
                await self._store.accounts.problem(conversation.account, "token", detail)
                await self._store.accounts.hurry(conversation.account, "probe")
                log.error("account.needs_reconnecting", account=conversation.account)
                await self._put_back(due, record, self._clock() + timedelta(seconds=LOOK_AGAIN_AT_MOST_S))
            case GiveUp(reason):
                await self._tell(failed(record, reason, self._clock(), detail))
            case Unknown(reason):
                await self._tell(unknown(record, reason, self._clock()))
                self._look_up(record)

    async def _put_back(self, due: _Due, record: ActionRecord, at: datetime) -> None:
        if await self._store.outbox.unclaim(due.shard, record, at):
            self._push(_Due(at.timestamp(), record.action, due.shard))

    def _look_up(self, record: ActionRecord) -> None:
        """Asks the platform for our own words, where it can be asked."""
        account = self._accounts[record.action.conversation.account]
        if not CONNECTORS[account.id.channel].capabilities(account).find_own:
            return
        task = asyncio.create_task(self._find_own(record), name=f"find-{record.action.id}")
        self._lookups.add(task)
        task.add_done_callback(self._lookups.discard)

    async def _find_own(self, record: ActionRecord) -> None:
        for wait_s in FIND_OWN_AFTER_S:
            await asyncio.sleep(wait_s)
            with contextlib.suppress(StoreUnavailable):
                found = await self._asker.ask(FindOwn(action=record.action), record.action.conversation.account)
                if isinstance(found, Found) and found.external_id is not None:
                    await self._tell(sent(record, Sent(external_id=found.external_id), self._clock()))
                    return
                log.info("find_own.failed", action=record.action.id, answer=type(found).__name__)

    async def _tell(self, event: ActionOutcome) -> None:
        """Keeps what happened; while the store is away it is tried again, for the words may be out."""
        while True:
            try:
                await self._ingest.append([event], ACT_HORIZON_S)
                return
            except StoreUnavailable as error:
                log.warning("store.unavailable", at="outcome", error=str(error))
                await asyncio.sleep(0.5)
