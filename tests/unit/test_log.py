"""What a log line looks like, and what never stands in one."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from pydantic import TypeAdapter

from bot import metrics
from bot.log import REDACTED, configure, redact

TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw8"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    configure("worker", stream=written)
    yield written
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line(stream: io.StringIO) -> None:
    structlog.get_logger().info("event.handled", event_id="e1", took_ms=3)
    structlog.get_logger().debug("event.seen")
    (line,) = lines(stream)
    at = datetime.fromisoformat(line.pop("timestamp"))
    assert at.utcoffset() == timedelta(0)
    assert line == {"event": "event.handled", "event_id": "e1", "took_ms": 3, "level": "info", "role": "worker"}


def test_the_standard_library_speaks_the_same(stream: io.StringIO) -> None:
    logging.getLogger("aiohttp.access").info("GET /webhooks/facebook/main")
    logging.getLogger("asyncio").warning("token %s", TOKEN)
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["role"]) == (f"token {REDACTED}", "warning", "worker")


def test_tracebacks_hold_no_secret(stream: io.StringIO) -> None:
    try:
        raise RuntimeError(f"POST /bot{TOKEN}/sendMessage")
    except RuntimeError:
        structlog.get_logger().exception("send.failed")
    assert TOKEN not in stream.getvalue()
    assert "RuntimeError" in lines(stream)[0]["exception"]


@pytest.mark.usefixtures("stream")
def test_on_a_terminal_people_read() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    configure("web", stream=terminal)
    structlog.get_logger().info("web.ready", secret=f"Bearer {TOKEN}")
    assert "web.ready" in terminal.getvalue()
    assert TOKEN not in terminal.getvalue()
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(terminal.getvalue())


def test_validation_errors_show_nothing_that_was_validated(stream: io.StringIO) -> None:
    words = "I am" + " ill"
    try:
        TypeAdapter(int).validate_python(words)
    except ValueError:
        structlog.get_logger().exception("delivery.malformed")
    assert "int_parsing" in stream.getvalue()
    assert words not in stream.getvalue()


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("text", "I am ill", REDACTED),
        ("body", b"{}", REDACTED),
        ("message", {"a": 1}, REDACTED),
        ("url", f"https://host/bot{TOKEN}/getMe", f"https://host/bot{TOKEN}/getMe".replace(TOKEN, REDACTED)),
        ("header", "Bearer abc.def-ghi", REDACTED),
        ("header", "authorization: bearer abc", f"authorization: {REDACTED}"),
        ("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", REDACTED),
        ("url", "https://host/me?access_token=EAAG&limit=1", f"https://host/me?access_token={REDACTED}&limit=1"),
        ("path", "/hook?hub.verify_token=abc", f"/hook?hub.verify_token={REDACTED}"),
        ("held", {"deep": [{"text": "I am ill", "id": 7}]}, {"deep": [{"text": REDACTED, "id": 7}]}),
        ("ids", ("a", TOKEN), ["a", REDACTED]),
        ("error", ValueError(TOKEN), REDACTED),
        ("count", 3, 3),
        ("ok", True, True),
        ("nothing", None, None),
        ("at", "12:30 today", "12:30 today"),
    ],
)
def test_redact(field: str, value: object, shown: object) -> None:
    assert redact(None, "info", {field: value}) == {field: shown}


def test_metrics_are_rendered() -> None:
    metrics.sends.labels("facebook", "sent").inc()
    assert b'aplomb_sends_total{channel="facebook",outcome="sent"}' in metrics.render({})


def test_kinds_of_unhandled_are_bounded() -> None:
    for number in range(metrics.KINDS_OF_UNHANDLED + 10):
        metrics.count_unhandled("x", f"kind {number}" + "." * 100)
    kinds = [line for line in metrics.render({}).splitlines() if line.startswith(b'aplomb_unhandled_total{channel="x"')]
    assert len(kinds) <= metrics.KINDS_OF_UNHANDLED + 1
    assert any(b'what="other"' in line for line in kinds)
