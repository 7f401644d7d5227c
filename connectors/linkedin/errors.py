"""What LinkedIn's refusals mean for the sender.

https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling
https://learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits
https://www.rfc-editor.org/rfc/rfc6749#section-5.2, for refused refresh tokens (checked 2026-11-27)

Limits count by the day and are free again at midnight UTC. An answer of another shape may hide that it went through.
"""

from datetime import datetime
from typing import Final

from connectors.base import Account, Fault, Response, SendError
from connectors.wire import Part, Text, Whole, decode, until_midnight_s

DETAIL_CHARACTERS: Final = 300
ERRORS_FROM: Final = 300
BY_STATUS: Final[dict[int, Fault]] = {
    400: "refused",
    401: "reconnect",
    403: "refused",
    404: "refused",
    409: "refused",
    422: "refused",  # the same words again
    426: "refused",  # a version that is no longer served: the setting `version`
    429: "pause_account",
}


GRANT_ENDED: Final = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})


class Answer(Part):
    message: Text = ""
    error: Text = ""
    error_description: Text = ""
    serviceErrorCode: Whole = None
    status: Whole = None


def read_error(response: Response, account: Account, now: datetime) -> SendError | None:
    """The error an answer holds; `None` when it is a success that may be read on."""
    if response.status < ERRORS_FROM:
        return None
    try:
        body = decode(response.body)
    except ValueError:
        body = None
    answer = Answer.model_validate(body if isinstance(body, dict) else {})
    documented = answer.status is not None or answer.message != ""
    code = f"{response.status}" + (f"/{answer.serviceErrorCode}" if answer.serviceErrorCode is not None else "")
    if answer.error in GRANT_ENDED:
        detail = account.without_secrets(answer.error_description)[:DETAIL_CHARACTERS]
        return SendError(fault="reconnect", code=answer.error, detail=detail)
    fault = BY_STATUS.get(response.status, "unknown")
    if fault == "refused" and not documented:
        fault = "unknown"
    return SendError(
        fault=fault,
        code=code,
        detail=account.without_secrets(answer.message)[:DETAIL_CHARACTERS],
        after_s=until_midnight_s(now) if fault == "pause_account" else None,
    )
