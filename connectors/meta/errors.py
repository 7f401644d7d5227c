"""What a refusal of the Graph API means for the sender; the codes are each product's own.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/overview/rate-limiting (checked 2026-11-22)

A code that is documented as a rejection is a certain no. Codes 1 and 2, an answer marked as transient, and any answer
without a Graph error in it may hide a message that went through: they are `unknown`, and not sent again by themselves.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from connectors.base import Account, Fault, Response, SendError
from connectors.wire import Flag, Maybe, Part, Text, Whole, decode

THROTTLED_S: Final = 300.0
"""Facebook documents no waiting time but the one in its header; this is ours where there is none."""
HOUR_S: Final = 3600.0
"""The limits count over a rolling hour, so a full one is free again after it."""
LONGEST_S: Final = 24 * HOUR_S
USED_UP_PERCENT: Final = 100
NEARLY_USED_UP_PERCENT: Final = 90
SHARES: Final = frozenset({"call_count", "total_cputime", "total_time"})
DETAIL_CHARACTERS: Final = 300
MINUTE_S: Final = 60.0
SERVER_ERRORS_FROM: Final = 500
REDIRECTS_FROM: Final = 300
TOO_MANY_REQUESTS: Final = 429

PERMISSIONS: Final = range(200, 300)
"""Codes for a permission that the app or the person who connected the page does not have."""

WAITS_S: Final[dict[Fault, float]] = {"pause_account": THROTTLED_S, "pause_chat": THROTTLED_S, "retry": MINUTE_S}


class GraphError(Part):
    message: Text = ""
    code: Whole = None
    error_subcode: Whole = None
    is_transient: Flag = False


class Answer(Part):
    error: Maybe[GraphError] = None


@dataclass(frozen=True, slots=True)
class Codes:
    """A product's table of errors. `for_policy`: pauses imposed for what was said, not for how often."""

    by_code: Mapping[tuple[int, int | None], Fault]
    """By code and subcode; `None`: whatever the subcode. What is not here was refused as it is."""
    for_policy: frozenset[tuple[int, int | None]] = frozenset()


def read_error(response: Response, account: Account, codes: Codes) -> SendError | None:
    """The error an answer holds; `None` when it is a success that may be read on."""
    try:
        answer = Answer.model_validate(decode(response.body))
    except (ValueError, ValidationError):
        answer = Answer()
    if answer.error is not None and answer.error.code is not None:
        return graph_error(answer.error, response, account, codes)
    if response.status == TOO_MANY_REQUESTS:
        return SendError(fault="pause_account", code="HTTP 429", after_s=_after_s(response, THROTTLED_S))
    if answer.error is not None or response.status >= REDIRECTS_FROM:
        return SendError(fault="unknown", code=f"HTTP {response.status}", detail="no Graph error in the answer")
    return None


def graph_error(error: GraphError, response: Response, account: Account, codes: Codes) -> SendError:
    code, subcode = error.code or 0, error.error_subcode
    keys = [(code, subcode), (code, None), *([(subcode, None)] if subcode is not None else [])]
    key = next((key for key in keys if key in codes.by_code), None)
    fault = codes.by_code[key] if key else _unlisted(code, error, response)
    wait = HOUR_S if key in codes.for_policy else WAITS_S.get(fault)
    return SendError(
        fault=fault,
        code=f"{code}/{subcode}" if subcode else str(code),
        detail=account.without_secrets(error.message)[:DETAIL_CHARACTERS],
        after_s=None if wait is None else _after_s(response, wait),
    )


def _unlisted(code: int, error: GraphError, response: Response) -> Fault:
    if code in PERMISSIONS:
        return "refused"
    return "unknown" if error.is_transient or response.status >= SERVER_ERRORS_FROM else "refused"


def _after_s(response: Response, otherwise: float) -> float:
    """How long to stay away: Facebook's own estimate, an hour when the app's share is used up, or `otherwise`.

    `estimated_time_to_regain_access` counts minutes.
    """
    estimates = [
        minutes
        for uses in _header(response, "x-business-use-case-usage").values()
        for use in (uses if isinstance(uses, list) else ())
        if isinstance(use, dict) and isinstance(minutes := use.get("estimated_time_to_regain_access"), int | float)
    ]
    if estimates and max(estimates) > 0:
        return min(max(estimates) * MINUTE_S, LONGEST_S)
    shares = [share for share in _header(response, "x-app-usage").values() if isinstance(share, int | float)]
    return HOUR_S if shares and max(shares) >= USED_UP_PERCENT else otherwise


def _header(response: Response, name: str) -> dict[str, object]:
    try:
        found = json.loads(response.headers.get(name, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def rest_s(response: Response) -> float | None:
    """How long an account should rest before the wall is reached; `None` while enough of the allowance is left.

    Calling on when it is used up lengthens the block.
    """
    uses = [
        use
        for listed in _header(response, "x-business-use-case-usage").values()
        for use in (listed if isinstance(listed, list) else ())
        if isinstance(use, dict)
    ]
    shares = [
        share
        for use in (*uses, _header(response, "x-app-usage"))
        for name, share in use.items()
        if name in SHARES and isinstance(share, int | float)
    ]
    return _after_s(response, THROTTLED_S) if shares and max(shares) >= NEARLY_USED_UP_PERCENT else None
