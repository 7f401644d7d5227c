"""The values that pass between the parts of the sandbox, and what a simulated platform has to be.

A platform computes: it gets an API call, a customer's words or an act, changes the world, and says what to answer and
what to deliver. Sockets, queues, waiting and misbehaviour are other files' matter.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from sandbox.world import Entry, Profile

Rate = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Rules:
    """How strict and how quick the platforms are.

    `speed` divides every wait and lifetime of theirs: deliveries' retries and expiry, rate windows. It leaves alone how
    long a delivery may take to be answered. `rates`, (calls, seconds) by `<channel>.<name>`, replace a platform's own;
    `bursts` are how many of such calls may come at once.
    """

    speed: float = 1.0
    rates: Mapping[str, Rate] = field(default_factory=dict)
    bursts: Mapping[str, int] = field(default_factory=dict)

    def rate(self, name: str, otherwise: Rate) -> Rate:
        """As it is to be kept at this speed."""
        count, per_s = self.rates.get(name, otherwise)
        return count, per_s / self.speed


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a platform delivers.

    `batches`: what waits in a queue goes in POSTs of at most `batch` contents; a failed one comes again after
    `retries_s`, the last of them again and again. `queues`: one content at a time and in order, and one that is refused
    holds up its queue. `timeout_s`: how long a delivery may take to be answered. A queue of `unsubscribing` is served
    no longer once something in it was given up.
    """

    manner: Literal["batches", "queues"] = "batches"
    batch: int = 1
    retries_s: tuple[float, ...] = (0, 10, 60, 300, 1800, 3600)
    timeout_s: float = 5.0
    unsubscribing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the platform asks when a callback URL is entered, and the answer it wants: text, or JSON."""

    query: dict[str, str]
    wants: str | dict[str, str]


Kind = Literal["words", "echo", "receipt", "change"]


@dataclass(frozen=True, slots=True)
class Verification:
    """A callback that is asked before anything is delivered there. `done` learns whether it answered as it should."""

    profile: Profile
    handshake: Handshake
    done: Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a platform's API. `path` begins after the platform's name; `params` joins query and body.

    `body`: the very bytes, where they are no form; some callers sign them.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    params: Mapping[str, Any]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to deliver. Of one `queue`, Telegram delivers one at a time and in order."""

    profile: Profile
    queue: str
    content: dict[str, Any]
    at: datetime
    life_s: float
    """How long the platform tries."""
    kind: Kind = "change"
    entry: Entry | None = None
    """Whose status becomes `delivered` once it is, or `lost`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answers, and what the platform delivers because of the call. `body` `None`: nothing."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    deliveries: tuple[Outgoing, ...] = ()
    outcome: str = "ok"
    """`ok`, or the platform's error code."""
    verification: Verification | None = None


class Refused(Exception):
    """The API refuses the call."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.outcome)
        self.answer = answer


class NotPossible(Exception):
    """People can't do this in the platform's app; the message says why."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A customer writes. `ago_s`: it happened so long before, and comes late."""

    customer: str
    name: str | None
    where: str
    parent: str | None
    text: str
    payload: str | None = None
    anonymous: bool = False
    ago_s: float = 0


Deed = Literal[
    "edit",
    "delete",
    "hide",
    "unhide",
    "react",
    "unreact",
    "block",
    "unblock",
    "native_reply",
    "read",
    "pass_thread",
    "take_thread",
]


@dataclass(frozen=True, slots=True)
class Doing:
    """A customer, or a person of the brand, acts in the platform's own app."""

    do: Deed
    external_id: str | None = None
    customer: str | None = None
    text: str | None = None
    where: str | None = None


Broken = Literal["429", "500", "token_expired"]


class Platform(Protocol):
    """One simulated platform. It holds nothing but the world and its rate counters."""

    channel: str
    schedule: Schedule
    id_fields: frozenset[str]
    """Names of the fields in an echo that hold the id of what was said."""

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str | None:
        """The id of the brand's post of that number in a new world; `None` where there are no posts."""
        ...

    def answer(self, call: Call) -> Answer: ...

    def account_of(self, call: Call) -> str | None:
        """Whose call it is, for the record; `None` when its token is nobody's."""
        ...

    def writes(self, call: Call) -> bool:
        """Whether it changes what customers see."""
        ...

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        """How it answers when it is overrun or ill, or when the token has expired."""
        ...

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]: ...

    def act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]: ...

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes: ...

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        """Headers that show the delivery to be the platform's."""
        ...

    def handshake(self, profile: Profile) -> Handshake | None:
        """`None` where the platform makes none."""
        ...

    def read(self, profile: Profile, customer: str) -> list[Outgoing]:
        """The customer has read their private thread."""
        ...

    def reset(self) -> None:
        """Forgets how much of the rates was used."""
        ...


class Buckets:
    """Token buckets by key. Times are seconds of any one clock."""

    KEPT = 10_000

    def __init__(self) -> None:
        self._full_at: dict[str, float] = {}

    def take(self, key: str, now: float, rate: tuple[int, float], burst: int | None = None) -> float:
        """Takes one token. Returns 0, or the seconds until there is one; then nothing was taken."""
        count, per_s = rate
        step = per_s / count
        room = (burst or count) * step
        full_at = max(self._full_at.get(key, now), now)
        if full_at + step - now > room + 1e-9:
            return full_at + step - now - room
        if len(self._full_at) >= self.KEPT:
            self._full_at = {k: at for k, at in self._full_at.items() if at > now}
        self._full_at[key] = full_at + step
        return 0

    def used(self, key: str, now: float, rate: tuple[int, float]) -> int:
        """How much of the allowance is used, in percent."""
        return min(100, round(100 * max(0.0, self._full_at.get(key, now) - now) / rate[1]))


def opaque(size: int = 12) -> str:
    return secrets.token_urlsafe(size)
