"""What is counted. Every label has few values: never a person, a conversation or a text."""

from collections import defaultdict
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, start_http_server
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

KINDS_OF_UNHANDLED = 50
"""Of each channel."""
OTHER = "other"

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

deliveries = Counter(
    "aplomb_deliveries", "Webhook deliveries by what became of them", ("channel", "outcome"), registry=REGISTRY
)
events = Counter("aplomb_events", "Events handled", ("kind",), registry=REGISTRY)
decisions = Counter("aplomb_decisions", "Decisions and the reason for each", ("kind", "reason"), registry=REGISTRY)
claims = Counter("aplomb_claims", "Actions that asked to go", ("outcome",), registry=REGISTRY)
sends = Counter("aplomb_sends", "Requests to platforms by outcome", ("channel", "outcome"), registry=REGISTRY)
kept = Counter("aplomb_events_kept", "New events by kind, as they came in", ("channel", "kind"), registry=REGISTRY)
queries = Counter(
    "aplomb_queries", "Questions to platforms by outcome", ("channel", "kind", "outcome"), registry=REGISTRY
)
notices = Counter("aplomb_notices", "Tellings of people by what became of them", ("outcome",), registry=REGISTRY)
parse_seconds = Histogram(
    "aplomb_parse_seconds",
    "One call to the understanding server",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
_unhandled = Counter(
    "aplomb_unhandled", "Parts of deliveries that there is no event for", ("channel", "what"), registry=REGISTRY
)
_seen_unhandled: defaultdict[str, set[str]] = defaultdict(set)


def count_unhandled(channel: str, what: str) -> None:
    """`what` comes from a platform, so only the first kinds get a line of their own, and the rest is `other`."""
    seen, named = _seen_unhandled[channel], what[:60]
    if named not in seen and len(seen) >= KINDS_OF_UNHANDLED:
        named = OTHER
    else:
        seen.add(named)
    _unhandled.labels(channel, named).inc()


def show(port: int | None) -> None:
    """Shows this process's numbers on loopback; `None`: nowhere."""
    if port is not None:
        start_http_server(port, addr="127.0.0.1", registry=REGISTRY)


def render(totals: Mapping[str, int]) -> bytes:
    """The text format that Prometheus reads: this process's numbers, and `totals` of all workers by name."""
    lines = ["# HELP aplomb_total Counted by all workers since the store was made", "# TYPE aplomb_total counter"]
    lines += [f'aplomb_total{{name="{name}"}} {count}' for name, count in sorted(totals.items())]
    return generate_latest(REGISTRY) + "\n".join([*lines, ""]).encode()
