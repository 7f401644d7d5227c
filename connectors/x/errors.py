"""What X's refusals mean for the sender, and what its headers say before the wall.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors
https://docs.x.com/x-api/fundamentals/rate-limits (checked 2026-11-27)
"""

from datetime import datetime
from typing import Final

from connectors.base import Account, Fault, Response, SendError
from connectors.wire import decode
from connectors.x.payloads import Listing, Problem

ERRORS_FROM: Final = 300
DETAIL_CHARACTERS: Final = 300
TOO_MANY: Final = 429
QUARTER_S: Final = 900.0
HOUR_S: Final = 3600.0
NEARLY_NONE: Final = 1
BY_STATUS: Final[dict[int, Fault]] = {400: "refused", 401: "reconnect", 403: "refused", 404: "refused", 409: "refused"}
CAPPED: Final = "usage-capped"
"""In a problem's type: the spending cap is reached."""
GONE: Final = ("cannot send messages to this user", "not following you", "blocked from")
"""In a refusal's words: nobody to be written to. X gives it no code."""


def read_error(response: Response, account: Account, now: datetime) -> SendError | None:
    """The error an answer holds; `None` when it is a success that may be read on."""
    if response.status < ERRORS_FROM:
        return None
    problem = _problem(response)
    said = problem.detail or problem.message or problem.title
    fault = BY_STATUS.get(response.status, "unknown")
    after_s = None
    if problem.type.endswith(CAPPED):
        fault, after_s = "pause_account", HOUR_S
    elif response.status == TOO_MANY:
        fault, after_s = "pause_account", reset_s(response, now) or QUARTER_S
    elif fault == "refused" and not said:
        fault = "unknown"
    elif fault == "refused" and any(words in said.lower() for words in GONE):
        fault = "contact_gone"
    kind = problem.type.rpartition("/")[2] or (str(problem.code) if problem.code is not None else "")
    code = f"{response.status}/{kind}" if kind else str(response.status)
    return SendError(fault=fault, code=code, detail=account.without_secrets(said)[:DETAIL_CHARACTERS], after_s=after_s)


def _problem(response: Response) -> Problem:
    try:
        body = decode(response.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return Problem()
    listed = Listing.model_validate(body).errors
    own = Problem.model_validate(body)
    return own if own.title or own.detail or not listed else listed[0]


def reset_s(response: Response, now: datetime) -> float | None:
    """Seconds until the window of this call begins anew; `None`: not told."""
    header = response.headers.get("x-rate-limit-reset", "")
    left = float(header) - now.timestamp() if header.isdecimal() and len(header) < 13 else 0
    return left if left > 0 else None


def rest_s(response: Response, now: datetime) -> float | None:
    """How long to rest before the wall is met."""
    remaining = response.headers.get("x-rate-limit-remaining", "")
    return reset_s(response, now) if remaining.isdecimal() and int(remaining[:9]) <= NEARLY_NONE else None
