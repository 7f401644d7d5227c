"""The values that pass between the parts of the sandbox, and what a simulated platform has to be.

A platform computes: it gets an API call, a customer's words or an act, changes the world, and says what to answer and
what to deliver. Sockets, queues, waiting and misbehaviour are other files' matter.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from sandbox.world import Entry, Profile


@dataclass(frozen=True, slots=True)
class Rules:
    """How strict and how quick the platforms are.

    `speed` divides every wait and lifetime of theirs: deliveries' retries and expiry, rate windows. It leaves alone how
    long a delivery may take to be answered. Rates are (calls, seconds); `burst` is how many may come at once.
    """

    speed: float = 1.0
    facebook_timeout_s: float = 5.0
    telegram_timeout_s: float = 60.0
    facebook_messages: tuple[int, float] = (300, 1)
    facebook_private_replies: tuple[int, float] = (750, 3600)
    facebook_calls: tuple[int, float] = (4800 * 3, 86_400)
    telegram_chat: tuple[int, float] = (1, 1)
    telegram_chat_burst: int = 5
    telegram_group: tuple[int, float] = (20, 60)
    telegram_bot: tuple[int, float] = (30, 1)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a platform's API. `path` begins after the platform's name; `params` joins query and body."""

    method: str
    path: str
    headers: Mapping[str, str]
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to deliver. Of one `queue`, Telegram delivers one at a time and in order."""

    profile: Profile
    queue: str
    content: dict[str, Any]
    at: datetime
    life_s: float
    """How long the platform tries."""
    kind: Literal["words", "echo", "receipt", "change"] = "change"
    entry: Entry | None = None
    """Whose status becomes `delivered` once it is, or `lost`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answers, and what the platform delivers because of the call."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    deliveries: tuple[Outgoing, ...] = ()
    outcome: str = "ok"
    """`ok`, or the platform's error code."""


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


class Platform(Protocol):
    """One simulated platform. It holds nothing but the world and its rate counters."""

    channel: str
    manner: Literal["batches", "queues"]
    """How it delivers: Meta gathers what waits into one POST, Telegram sends one update after the other."""

    def answer(self, call: Call) -> Answer: ...

    def account_of(self, call: Call) -> str | None:
        """Whose call it is, for the record; `None` when its token is nobody's."""
        ...

    def writes(self, call: Call) -> bool:
        """Whether it changes what customers see."""
        ...

    def broken(self, mode: Literal["429", "500"], after_s: float | None) -> Answer:
        """How it answers when it is overrun or ill."""
        ...

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]: ...

    def act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]: ...

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes: ...

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        """Headers that show the delivery to be the platform's."""
        ...

    def handshake(self, profile: Profile) -> dict[str, str] | None:
        """The query of the set-up handshake; `None` where the platform makes none."""
        ...

    def timeout_s(self) -> float:
        """How long a delivery may take to be answered."""
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
