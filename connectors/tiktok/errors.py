"""What TikTok's refusals mean for the sender.

https://business-api.tiktok.com/portal/docs?id=1737172488964097 (numbers partly from memory; checked 2026-11-27)

Answers are HTTP 200, and their `code` says. An answer of another shape may hide that it went through.
"""

from datetime import datetime
from typing import Final

from connectors.base import Account, Response, SendError
from connectors.wire import Part, Text, Whole, until_midnight_s

OK: Final = 0
THROTTLED: Final = 40100
THROTTLED_S: Final = 300.0
"""At least that long, say the notes; where the day's allowance is used up, until midnight UTC."""
RECONNECT: Final = frozenset({40001, 40102, 40104, 40105})
"""No permission for the account, or a token that is invalid or has expired."""
SERVER_FROM: Final = 50000
REFUSED_FROM: Final = 40000
WINDOW: Final = "window"
"""No code of its own is documented: what a refusal says is all there is to go by."""
DETAIL_CHARACTERS: Final = 300


class Answer(Part):
    code: Whole = None
    message: Text = ""


def read_error(answer: Answer, response: Response, account: Account, now: datetime) -> SendError | None:
    """The error an answer holds; `None` when it is a success that may be read on."""
    detail = account.without_secrets(answer.message)[:DETAIL_CHARACTERS]
    match answer.code:
        case None:
            return _without_code(response, detail)
        case code if code == OK:
            return None
        case code if code == THROTTLED:
            after_s = until_midnight_s(now) if "daily" in answer.message.lower() else THROTTLED_S
            return SendError(fault="pause_account", code=str(THROTTLED), detail=detail, after_s=after_s)
        case code if code in RECONNECT:
            return SendError(fault="reconnect", code=str(code), detail=detail)
        case code if REFUSED_FROM <= code < SERVER_FROM:
            return SendError(
                fault="window_closed" if WINDOW in detail.lower() else "refused", code=str(code), detail=detail
            )
        case code:
            return SendError(fault="unknown", code=str(code), detail=detail)


def _without_code(response: Response, detail: str) -> SendError:
    """Something between us and TikTok answered."""
    code = f"HTTP {response.status}"
    if response.status == 429:
        given = response.headers.get("retry-after", "")
        return SendError(fault="pause_account", code=code, after_s=float(given) if given.isdecimal() else THROTTLED_S)
    return SendError(fault="unknown", code=code, detail=detail or "not an answer that TikTok documents")
