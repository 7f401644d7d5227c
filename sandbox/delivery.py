"""Deliveries: what the platforms bring to the webhooks, how often they try, and when they give up.

Two manners. *Batches* (Meta): what waits for an endpoint goes together; a failed batch comes again, at once at first,
then ever later, mixed with what is new by then, so order holds only while nothing fails. *Queues* (Telegram): per chat
one update at a time and in order, and one that is refused holds up its chat, but no other.

Every queue is bounded, and every task belongs to the courier.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from sandbox.exchange import Handshake, Outgoing, Platform, Rules, Schedule, Verification
from sandbox.faults import Fault, Faults
from sandbox.record import Record
from sandbox.world import Profile, World

WAITING = 10_000
"""Parcels of one queue or lane; what comes beyond is lost, and recorded as lost."""
CONNECTIONS = 40
"""https://core.telegram.org/bots/api#setwebhook, `max_connections` (checked 2026-11-22)"""
RETRY_AFTER_MAX_S = 3600
ANSWER_READ = 65_536


@dataclass(slots=True, eq=False)
class Parcel:
    outgoing: Outgoing
    done: asyncio.Future[bool]
    expires: float
    due: float
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    taken: bool
    retry_after_s: float = 0


class Courier:
    def __init__(
        self,
        base: str,
        platforms: Mapping[str, Platform],
        world: World,
        rules: Callable[[], Rules],
        faults: Faults,
        record: Record,
    ) -> None:
        self._base, self._platforms, self._world = base.rstrip("/"), platforms, world
        self._rules, self._faults, self._record = rules, faults, record
        self._random = Random(1)
        self._session: ClientSession | None = None
        self._queues: dict[tuple[str, ...], deque[Parcel]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(CONNECTIONS))
        self._fresh: defaultdict[tuple[str, ...], asyncio.Event] = defaultdict(asyncio.Event)

    async def open(self) -> None:
        connector = TCPConnector(limit=CONNECTIONS * 4)
        self._session = ClientSession(connector=connector, timeout=ClientTimeout(total=None))

    async def close(self) -> None:
        """Stops trying; what waits is lost, as it is when a rehearsal ends."""
        await self.reset()
        if self._session is not None:
            await self._session.close()

    async def reset(self) -> None:
        """Forgets everything that waits."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for queue in self._queues.values():
            for parcel in queue:
                parcel.done.cancel()
        self._queues.clear()

    def post(self, outgoing: Outgoing) -> asyncio.Future[bool]:
        """Queues it. The result is whether it was taken before the platform gave up."""
        loop = asyncio.get_running_loop()
        profile, schedule = outgoing.profile, self._platforms[outgoing.profile.channel].schedule
        now = loop.time()
        parcel = Parcel(outgoing, loop.create_future(), now + outgoing.life_s / self._rules().speed, now)
        key = (profile.channel, profile.settings.endpoint, outgoing.queue)
        if schedule.manner == "queues":
            key = (profile.channel, profile.id, outgoing.queue)
        queue = self._queues.get(key, ())
        if len(queue) >= WAITING or (outgoing.queue in schedule.unsubscribing and not profile.webhook.subscribed):
            self._settle(parcel, taken=False)
            self._record.gave_up(outgoing, "queue full" if profile.webhook.subscribed else "unsubscribed")
            return parcel.done
        profile.webhook.pending += 1
        if key not in self._queues:
            self._queues[key] = deque()
            task = asyncio.create_task(self._work(key, self._queues[key], schedule), name="/".join(key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._queues[key].append(parcel)
        self._fresh[key].set()
        return parcel.done

    async def _work(self, key: tuple[str, ...], queue: deque[Parcel], schedule: Schedule) -> None:
        """Empties one queue, and ends with it."""
        try:
            while queue:
                if schedule.manner == "batches":
                    await self._batch(key, queue, schedule)
                else:
                    await self._first(queue)
        finally:
            if self._queues.get(key) is queue:
                del self._queues[key]
                self._fresh.pop(key, None)

    async def _first(self, queue: deque[Parcel]) -> None:
        parcel = queue[0]
        if self._expired(parcel):
            queue.popleft()
            self._give_up(parcel)
            return
        async with self._connections[parcel.outgoing.profile.id]:
            attempt = await self._attempt([parcel])
        if attempt.taken:
            queue.popleft()
            self._arrived(parcel)
            return
        await asyncio.sleep(self._pause_s(parcel.attempts, attempt) / self._rules().speed)

    def _pause_s(self, attempts: int, attempt: Attempt) -> float:
        """Once more at once, then 2, 4, 8… seconds, up to one or two minutes (WebhookActor.cpp, checked 2026-11-22)."""
        if attempt.retry_after_s:
            return min(attempt.retry_after_s, RETRY_AFTER_MAX_S)
        return 0 if attempts == 1 else min(2.0 ** min(attempts - 1, 10), self._random.uniform(60, 120))

    async def _batch(self, key: tuple[str, ...], queue: deque[Parcel], schedule: Schedule) -> None:
        now = asyncio.get_running_loop().time()
        for parcel in [parcel for parcel in queue if self._expired(parcel)]:
            queue.remove(parcel)
            self._give_up(parcel)
        due = [parcel for parcel in queue if parcel.due <= now][: schedule.batch]
        if not due:
            await self._until_due(key, queue, now)
            return
        attempt = await self._attempt(due)
        if not attempt.taken:
            for parcel in due:
                pause_s = schedule.retries_s[min(parcel.attempts, len(schedule.retries_s)) - 1]
                parcel.due = asyncio.get_running_loop().time() + pause_s / self._rules().speed
            return
        taken = set(due)
        left = [parcel for parcel in queue if parcel not in taken]
        queue.clear()
        queue.extend(left)
        for parcel in due:
            self._arrived(parcel)

    async def _until_due(self, key: tuple[str, ...], queue: deque[Parcel], now: float) -> None:
        if not queue:
            return
        fresh = self._fresh[key]
        fresh.clear()
        try:
            async with asyncio.timeout(max(0.0, min(parcel.due for parcel in queue) - now)):
                await fresh.wait()
        except TimeoutError:
            return

    async def _attempt(self, parcels: list[Parcel]) -> Attempt:
        outgoing = parcels[0].outgoing
        profile = outgoing.profile
        fault = self._faults.take(profile.channel, "webhook")
        for parcel in parcels:
            parcel.attempts += 1
        if fault and fault.after_s:
            await asyncio.sleep(fault.after_s)
        error, retry_after_s = await self._deliver(parcels, fault)
        if error:
            profile.webhook.last_error, profile.webhook.last_error_at = error, self._world.now()
        if error is None and fault and fault.mode == "duplicate":
            await self._deliver(parcels, None)
        return Attempt(error is None, retry_after_s)

    async def _deliver(self, parcels: list[Parcel], fault: Fault | None) -> tuple[str | None, float]:
        """One POST. Returns what went wrong, if anything, and the wait that the answer asks for."""
        profile = parcels[0].outgoing.profile
        platform = self._platforms[profile.channel]
        body = platform.body([parcel.outgoing.content for parcel in parcels])
        headers = platform.sign(profile, body)
        if fault and fault.mode == "bad_signature":
            headers = {n: value if n == "Content-Type" else _spoilt(value) for n, value in headers.items()}
        url = self._url(profile)
        status, error, retry_after = 0, None, ""
        if fault and fault.mode == "lost":
            error = "Connection lost"
        elif self._session is not None:
            try:
                async with asyncio.timeout(platform.schedule.timeout_s):
                    async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                        await answer.content.read(ANSWER_READ)
                        status, retry_after = answer.status, answer.headers.get("Retry-After", "")
                error = None if 200 <= status < 300 else f"Wrong response from the webhook: {status} {answer.reason}"
            except TimeoutError:
                error = "Read timeout expired"
            except (ClientError, OSError) as problem:
                error = f"Connection failed: {type(problem).__name__}"
        self._record.attempted(profile, body, parcels[0].attempts, len(parcels), status, error)
        return error, float(retry_after) if retry_after.isdecimal() else 0

    def verify(self, verification: Verification) -> None:
        task = asyncio.create_task(self._verify(verification), name=f"verify/{verification.profile.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _verify(self, verification: Verification) -> None:
        status, told = await self.ask(verification.profile, verification.handshake)
        verification.done(status == 200 and told == verification.handshake.wants)

    async def ask(self, profile: Profile, handshake: Handshake) -> tuple[int, str]:
        """A GET of the webhook; status 0 when nobody answers."""
        if self._session is None:
            return 0, ""
        try:
            async with asyncio.timeout(self._platforms[profile.channel].schedule.timeout_s):
                async with self._session.get(self._url(profile), params=handshake.query) as answer:
                    return answer.status, (await answer.content.read(ANSWER_READ)).decode(errors="replace")
        except (TimeoutError, ClientError, OSError):
            return 0, ""

    def _url(self, profile: Profile) -> str:
        return f"{self._base}/webhooks/{profile.channel}/{profile.settings.endpoint}"

    def _expired(self, parcel: Parcel) -> bool:
        return asyncio.get_running_loop().time() >= parcel.expires

    def _arrived(self, parcel: Parcel) -> None:
        parcel.outgoing.profile.webhook.pending -= 1
        self._settle(parcel, taken=True)

    def _give_up(self, parcel: Parcel) -> None:
        outgoing = parcel.outgoing
        outgoing.profile.webhook.pending -= 1
        if outgoing.queue in self._platforms[outgoing.profile.channel].schedule.unsubscribing:
            outgoing.profile.webhook.subscribed = False
        self._record.gave_up(outgoing, "expired")
        self._settle(parcel, taken=False)

    def _settle(self, parcel: Parcel, taken: bool) -> None:
        entry = parcel.outgoing.entry
        if entry:
            entry.status = "delivered" if taken else "lost"
            self._world.changed(entry.place)
        if not parcel.done.done():
            parcel.done.set_result(taken)


def _spoilt(value: str) -> str:
    return value[:-1] + ("0" if value[-1] != "0" else "1")
