"""What the app's refusals mean for the sender: the code it gives, else the HTTP status.

A status of 400 to 499 is a certain no. Anything else that is no success may hide words that went through, unless the
app says one of the codes.
"""

from typing import Final

from connectors.base import Account, Fault, Response, SendError
from connectors.wire import Id, Maybe, Part, Text, decode

CODES: Final[dict[str, Fault]] = {
    "try_again": "retry",
    "slow_down": "pause_account",
    "user_busy": "pause_chat",
    "not_authentic": "reconnect",
    "window_closed": "window_closed",
    "user_gone": "contact_gone",
    "refused": "refused",
}
STATUSES: Final[dict[int, Fault]] = {
    401: "reconnect",
    403: "reconnect",
    408: "unknown",
    409: "window_closed",
    410: "contact_gone",
    429: "pause_account",
}
WAITS_S: Final[dict[Fault, float]] = {"retry": 30.0, "pause_account": 60.0, "pause_chat": 60.0}
"""Where no `retry-after` says it."""
LONGEST_S: Final = 24 * 3600.0
DIGITS: Final = 8
DETAIL_CHARACTERS: Final = 300


class Error(Part):
    code: Id = None
    message: Text = ""


class Answer(Part):
    """Of a success `id`, and `user` where a private reply reveals who that is in private; else `error`."""

    id: Id = None
    user: Id = None
    error: Maybe[Error] = None


def read_answer(response: Response) -> Answer:
    """What the body holds; nothing when it is no JSON object."""
    try:
        body = decode(response.body)
    except ValueError:
        body = None
    return Answer.model_validate(body if isinstance(body, dict) else {})


def read_error(answer: Answer, response: Response, account: Account) -> SendError | None:
    """The error of an answer; `None` for 200 to 299 without one."""
    error = answer.error or Error()
    fault = CODES.get(error.code or "")
    if fault is None:
        if 200 <= response.status < 300 and answer.error is None:
            return None
        fault = STATUSES.get(response.status, "refused" if 400 <= response.status < 500 else "unknown")
    return SendError(
        fault=fault,
        code=error.code or f"HTTP {response.status}",
        detail=account.without_secrets(error.message)[:DETAIL_CHARACTERS],
        after_s=None if fault not in WAITS_S else (rest_s(response) or WAITS_S[fault]),
    )


def rest_s(response: Response) -> float | None:
    """`retry-after` in seconds: a wait, and in a success a wish for rest."""
    given = response.headers.get("retry-after", "")
    return min(float(given), LONGEST_S) if given.isdecimal() and len(given) <= DIGITS else None
