"""What Facebook's refusals mean for the sender.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes (checked 2026-11-22)
https://developers.facebook.com/docs/graph-api/overview/rate-limiting (checked 2026-11-22)

A code that is documented as a rejection is a certain no. Codes 1 and 2, an answer marked as transient, and any answer
without a Graph error in it may hide a message that went through: they are `unknown`, and not sent again by themselves.
"""

import json
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
DETAIL_CHARACTERS: Final = 300
MINUTE_S: Final = 60.0
SERVER_ERRORS_FROM: Final = 500
REDIRECTS_FROM: Final = 300
TOO_MANY_REQUESTS: Final = 429

PERMISSIONS: Final = range(200, 300)
"""Codes for a permission that the app or the person who connected the page does not have."""

BY_CODE: Final[dict[tuple[int, int | None], Fault]] = {
    (190, None): "reconnect",
    (10, 2018278): "window_closed",
    (10, 2018065): "window_closed",
    (10, 2534022): "window_closed",
    (10, 2018108): "contact_gone",
    (551, None): "contact_gone",
    (200, 1545041): "contact_gone",
    (10, 1893063): "pause_account",
    (368, None): "pause_account",
    (4, None): "pause_account",
    (17, None): "pause_account",
    (32, None): "pause_account",
    (613, None): "pause_account",
    (80001, None): "pause_account",
    (80002, None): "pause_account",
    (80006, None): "pause_account",
    (80008, None): "pause_account",
    (1200, None): "retry",  # "Temporary send message failure": it says itself that nothing went
    (2018321, None): "pause_chat",  # a question-and-answer flow of the page has the thread for a while
    (2018300, None): "refused",  # another app has the thread, which is for a person to see
    (100, 2534037): "refused",
    (9000001, None): "refused",
    (506, None): "refused",  # the same words under the same post
    (1, None): "unknown",
    (2, None): "unknown",
}
"""By code and subcode; `None`: whatever the subcode. What is not here was refused as it is."""

WAITS_S: Final[dict[Fault, float]] = {"pause_account": THROTTLED_S, "pause_chat": THROTTLED_S, "retry": MINUTE_S}
FOR_POLICY: Final = frozenset({(10, 1893063), (368, None)})
"""Pauses that Facebook imposes for what was said, not for how often: calling meanwhile lengthens them."""


class GraphError(Part):
    message: Text = ""
    code: Whole = None
    error_subcode: Whole = None
    is_transient: Flag = False


class Answer(Part):
    error: Maybe[GraphError] = None


def read_error(response: Response, account: Account) -> SendError | None:
    """The error an answer holds; `None` when it is a success that may be read on."""
    try:
        answer = Answer.model_validate(decode(response.body))
    except (ValueError, ValidationError):
        answer = Answer()
    if answer.error is not None and answer.error.code is not None:
        return _graph_error(answer.error, response, account)
    if response.status == TOO_MANY_REQUESTS:
        return SendError(fault="pause_account", code="HTTP 429", after_s=_after_s(response, THROTTLED_S))
    if answer.error is not None or response.status >= REDIRECTS_FROM:
        return SendError(fault="unknown", code=f"HTTP {response.status}", detail="no Graph error in the answer")
    return None


def _graph_error(error: GraphError, response: Response, account: Account) -> SendError:
    code, subcode = error.code or 0, error.error_subcode
    key = next((key for key in ((code, subcode), (code, None), (subcode or 0, None)) if key in BY_CODE), None)
    fault = BY_CODE[key] if key else _unlisted(code, error, response)
    wait = HOUR_S if key in FOR_POLICY else WAITS_S.get(fault)
    return SendError(
        fault=fault,
        code=f"{code}/{subcode}" if subcode else str(code),
        detail=_without_secrets(error.message, account)[:DETAIL_CHARACTERS],
        after_s=None if wait is None else _after_s(response, wait),
    )


def _unlisted(code: int, error: GraphError, response: Response) -> Fault:
    if code in PERMISSIONS:
        return "refused"
    return "unknown" if error.is_transient or response.status >= SERVER_ERRORS_FROM else "refused"


def _without_secrets(message: str, account: Account) -> str:
    """Facebook quotes a malformed token in its message."""
    for secret in (secret.get_secret_value() for secrets in account.secrets.values() for secret in secrets):
        message = message.replace(secret, "…") if secret else message
    return message


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
