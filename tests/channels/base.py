"""What the tests need to know of a channel: its accounts, how its platform signs, what it may deliver and answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.model.action import ListSince
from connectors.base import Fault, Response

Headers = dict[str, str]
Case = Literal[
    "dm",
    "comment",
    "several_entries",
    "dm_and_comment",
    "duplicate_in_body",
    "out_of_order",
    "echo",
    "echo_of_another_id",
    "edit",
    "delete",
    "reaction",
    "media_only",
    "empty_text",
    "long_text",
    "odd_text",
    "numeric_ids",
    "unknown_field",
    "unknown_type",
    "wrong_account",
]
"""What a platform may deliver.

dm, comment          the plainest there is of each
several_entries      N entries of M items, or the nearest that the platform has
dm_and_comment       both in one body, or one after the other where a body holds one
duplicate_in_body    the same item twice in one body
out_of_order         a reply before the comment that it answers, or the later of two messages first
echo                 our own words come back
echo_of_another_id   the same under another id than the API gave
media_only           a picture without words
empty_text           words that are empty or blank
long_text            10,000 characters
odd_text             emoji, right-to-left, zero-width
numeric_ids          ids as JSON numbers where strings are usual, or the other way round
wrong_account        for an account that is not configured
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """Deliveries, and the kinds of events that they leave, in any order.

    `unhandled.<what>` stands for what is only counted.
    """

    bodies: tuple[bytes, ...]
    leaves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of the platform's API, and what the sender has to make of it. `name`: what happened."""

    name: str
    answer: Response
    fault: Fault
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Greeting:
    """A set-up handshake: query, and the answer that it wants (`None`: it must be refused). `secrets` by name."""

    query: Callable[[Mapping[str, str], bool], dict[str, str]]
    """From the endpoint's secrets and whether the handshake shall be right."""
    answer: Callable[[Mapping[str, str], dict[str, str]], bytes]
    """The body of the right answer to that query."""


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """Everything is about the first of `accounts`, unless it says otherwise.

    `sign` makes the headers (lower case) of a body from the secret `signed_with`. `stamped`: the signature carries a
    time, and old ones are refused. `signs_body`: another body does not verify. `kinds`: every kind of event that the
    platform has something for. `comment_id`, `user`: well-formed ids for actions. A channel that is pulled is not
    delivered to: its bodies are answers to `pull`, or to what their own `asked` says.
    """

    channel: str
    accounts: Mapping[str, Mapping[str, str]]
    signed_with: str
    sign: Callable[[str, bytes, datetime], Headers]
    kinds: frozenset[str]
    scenes: Mapping[Case, Scene | str]
    """By case; a sentence where the platform has no such thing."""
    refusals: tuple[Refusal, ...]
    comment_id: str
    message_id: str = ""
    """A well-formed id of a private message, where comments' ids are of another form."""
    user: str = "510001"
    finds: frozenset[str] = frozenset({"send_message", "reply_to_comment", "private_reply"})
    """Kinds of words of ours that the platform can be asked for."""
    wordless: frozenset[str] = frozenset()
    """Kinds of actions whose success is a 204 without a body."""
    stamped: bool = False
    signs_body: bool = True
    greeting: Greeting | None = None
    pull: Callable[[datetime], ListSince] | None = None
    pushed: bytes = b""
    """What such a channel may deliver to its webhook all the same."""
    secrets_in_requests: Literal["headers", "path", "body"] = "headers"
    """Where the platform wants the token."""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """By kind of action or query: the JSON of a plain success."""


def text_of_10_000() -> str:
    return ("Bonjour, ma lampe ne s'allume plus depuis hier. " * 250)[:10_000]


ODD_TEXT = "مرحبا 👩‍👩‍👧‍👦 a\u200bb \u202eredro ym si erehw\u202c é🇫🇷 \u0000"
