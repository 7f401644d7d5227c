"""Logging: events named `noun.verb` with ids as fields, as JSON where nobody watches.

Whatever a library or a careless line hands over, what looks like a secret and what customers wrote does not get out:
every entry, ours or of the standard library, passes `redact` last.
"""

import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
PRIVATE_KEYS = frozenset({"text", "message", "body"})
"""Fields that would hold a customer's words, at any depth."""
_SECRETS = re.compile(
    r"\d+:[A-Za-z0-9_-]{30,}"  # https://core.telegram.org/bots/api#authorizing-your-bot
    r"|(?i:\bbearer\s+)[^\s\"',]+"
    r"|\bwhsec_[A-Za-z0-9+/=_-]+"
    r"|(?<=input_value=).*?(?=, input_type=)"  # what pydantic was given, in its errors
    r"|(?i:(?<=access_token=)|(?<=verify_token=))[^&\s\"']+",
    re.DOTALL,
)


def redact(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """A structlog processor; the last before rendering, so that tracebacks pass it too."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:
    if key in PRIVATE_KEYS:
        return REDACTED
    if isinstance(value, str):
        return _SECRETS.sub(REDACTED, value)
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), held) for inner, held in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
        return [_clean("", held) for held in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _SECRETS.sub(REDACTED, str(value))


def configure(role: str, level: int = logging.INFO, stream: TextIO = sys.stderr) -> None:
    """For the whole process. `role`: which of Aplomb's processes speaks; a field of every entry.

    Libraries are heard from WARNING on.
    """

    def say_role(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        event.setdefault("role", role)
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        say_role,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if stream.isatty():
        last = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[*shared, redact, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))
