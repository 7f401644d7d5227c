"""What YouTube's refusals mean for the sender, by the reason they give and not by their status.

https://developers.google.com/youtube/v3/docs/comments and …/commentThreads, errors of each method (checked 2026-11-27)

Nothing tells how much of the day's units is left, so that the account's rate counts them.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.model.action import Action, Query, Speaking
from connectors.base import Account, Fault, Response, SendError
from connectors.wire import Id, Maybe, Part, Several, Text, decode

REASONS: Final[dict[str, Fault]] = {
    "quotaExceeded": "pause_account",
    "dailyLimitExceeded": "pause_account",
    "rateLimitExceeded": "pause_account",
    "authError": "reconnect",
    "insufficientPermissions": "reconnect",
    "ineligibleAccount": "reconnect",
    "youtubeSignupRequired": "reconnect",
    "forbidden": "refused",
    "commentsDisabled": "refused",
    "commentTextRequired": "refused",
    "commentTextTooLong": "refused",
    "invalidCustomEmoji": "refused",
    "invalidCommentMetadata": "refused",
    "parentIdMissing": "refused",
    "parentCommentIsPrivate": "refused",
    "operationNotSupported": "refused",
    "banWithoutReject": "refused",
    "parentCommentNotFound": "refused",
    "commentNotFound": "refused",
    "videoNotFound": "refused",
    "backendError": "unknown",
}
PROCESSING: Final = "processingFailure"
"""A deleted target, or an outage of days; whether the words went through it does not say."""
FOR_THE_DAY: Final = frozenset({"quotaExceeded", "dailyLimitExceeded"})
GONE: Final = frozenset({"parentCommentNotFound", "commentNotFound", "videoNotFound"})
MIDNIGHT_UTC_HOUR: Final = 8
"""Units are given anew at midnight in California: 08:00 UTC, in summer an hour earlier, which is not reckoned with."""
THROTTLED_S: Final = 60.0
PROCESSING_S: Final = 60.0
LONGEST_S: Final = 86_400.0
DIGITS: Final = 6
DETAIL_CHARACTERS: Final = 300


class _Reason(Part):
    reason: Id = None


class GoogleError(Part):
    message: Text = ""
    errors: Several[_Reason] = ()

    @property
    def reason(self) -> str:
        return next((each.reason for each in self.errors if each.reason), "")


class _Envelope(Part):
    error: Maybe[GoogleError] = None


class _OAuthError(Part):
    error: Id = None
    error_description: Text = ""


def read_error(what: Action | Query, response: Response, account: Account, now: datetime) -> SendError | None:
    """The error of an answer; `None` for a success that may be read on."""
    error = _Envelope.model_validate(_object(response)).error
    if error is None:
        return None if 200 <= response.status < 300 else _without_envelope(response)
    reason = error.reason
    fault = REASONS.get(reason) or _by_status(response.status)
    if reason == PROCESSING:
        fault = "unknown" if isinstance(what, Speaking) else "retry"
    return SendError(
        fault=fault,
        code=reason or f"HTTP {response.status}",
        detail=account.without_secrets(error.message)[:DETAIL_CHARACTERS],
        after_s=_after_s(fault, reason, response, now),
    )


def read_oauth_error(response: Response, account: Account) -> SendError:
    """Of the token endpoint. `invalid_grant`: revoked, or unused for too long; `invalid_client`: not our app's."""
    error = _OAuthError.model_validate(_object(response))
    certain = error.error is not None and 400 <= response.status < 500
    return SendError(
        fault="reconnect" if certain else "unknown",
        code=error.error or f"HTTP {response.status}",
        detail=account.without_secrets(error.error_description)[:DETAIL_CHARACTERS],
    )


def until_midnight_s(now: datetime) -> float:
    """Until the day's units are given anew."""
    midnight = now.replace(hour=MIDNIGHT_UTC_HOUR, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=now >= midnight) - now).total_seconds()


def _object(response: Response) -> dict[str, object]:
    try:
        body = decode(response.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _by_status(status: int) -> Fault:
    match status:
        case 401:
            return "reconnect"
        case 429:
            return "pause_account"
        case _ if 400 <= status < 500:
            return "refused"
        case _:
            return "unknown"


def _without_envelope(response: Response) -> SendError:
    """Something between us and YouTube answered."""
    fault: Fault = "pause_account" if response.status == 429 else "unknown"
    after_s = _retry_after(response) if response.status == 429 else None
    return SendError(fault=fault, code=f"HTTP {response.status}", detail="no error of YouTube's", after_s=after_s)


def _after_s(fault: Fault, reason: str, response: Response, now: datetime) -> float | None:
    match fault:
        case "pause_account":
            return until_midnight_s(now) if reason in FOR_THE_DAY else _retry_after(response)
        case "retry":
            return PROCESSING_S
        case _:
            return None


def _retry_after(response: Response) -> float:
    """YouTube names no time for it; where something does, it is believed."""
    given = response.headers.get("retry-after", "")
    named = given.isascii() and given.isdecimal() and len(given) <= DIGITS
    return min(float(given), LONGEST_S) if named else THROTTLED_S
