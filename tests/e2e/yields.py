"""What each sample of the platforms' real deliveries is expected to yield, as `expectations/<channel>.json` says."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.model.event import Event

HERE = Path(__file__).parent / "expectations"
UNHANDLED = "unhandled"

Yield = tuple[str, str]
"""An event's kind and external id (empty where it has none), or `unhandled` and what it is counted under."""


@dataclass(frozen=True, slots=True)
class Expectations:
    accounts: dict[str, dict[str, str]]
    """The settings of the accounts that the samples speak of, by id."""
    deliveries: dict[str, list[Yield]]
    not_a_delivery: tuple[str, ...]
    """Answers of the platform's API, which are no business of a webhook."""
    handshakes: dict[str, str]
    """Queries that the platform asks the webhook, and the answers that they want."""


def expectations(channel: str) -> Expectations:
    found = json.loads((HERE / f"{channel}.json").read_text())
    return Expectations(
        accounts={id_: found["settings"].get(id_, {}) for id_ in found["accounts"]},
        deliveries={name: [(kind, what) for kind, what in yields] for name, yields in found["deliveries"].items()},
        not_a_delivery=tuple(found["not_a_delivery"]),
        handshakes=found.get("handshakes", {}),
    )


def handled(yields: list[Yield]) -> Counter[Yield]:
    return Counter(each for each in yields if each[0] != UNHANDLED)


def unhandled(yields: list[Yield]) -> Counter[str]:
    return Counter(what for kind, what in yields if kind == UNHANDLED)


def yielded(events: list[Event]) -> Counter[Yield]:
    return Counter((event.kind, str(getattr(event, "external_id", ""))) for event in events)
