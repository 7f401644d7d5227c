"""What Telegram's refusals mean for the sender.

https://core.telegram.org/bots/api#making-requests (checked 2026-11-22)
https://github.com/tdlib/telegram-bot-api, whose wording the descriptions have (checked 2026-11-22)

Telegram refuses in an envelope of its own, and such a refusal is certain. There is no idempotency key: an error of the
server, or an answer without the envelope, may hide a message that went through and is `unknown`.
"""

from http import HTTPStatus
from typing import Final

from bot.model.action import Action, Gesture, PrivateReply, Query, Speaking
from connectors.base import Account, Fault, Response, SendError
from connectors.wire import Flag, Maybe, Part, Text, Whole

WAIT_S: Final = 30.0
"""For a refusal for haste that names no time, which Telegram's own always do."""
CONFLICT_S: Final = 5.0
DETAIL_CHARACTERS: Final = 300
NEVER_STARTED: Final = "can't initiate conversation"
"""They have written in public but never to the bot: they are no less there for it."""
BAD_REQUEST: Final = HTTPStatus.BAD_REQUEST.value
NOT_MODIFIED: Final = "message is not modified"
"""The words are already these."""


class Parameters(Part):
    retry_after: Whole = None
    migrate_to_chat_id: Whole = None


class Envelope(Part):
    """`{"ok": false, "error_code": 429, "description": "…", "parameters": {"retry_after": 8}}`"""

    ok: Flag = False
    error_code: Whole = None
    description: Text = ""
    parameters: Maybe[Parameters] = None


def read_error(what: Action | Query, envelope: Envelope, response: Response, account: Account) -> SendError:
    """What an answer without `ok: true` says."""
    code = envelope.error_code
    detail = account.without_secrets(envelope.description)[:DETAIL_CHARACTERS]
    match code:
        case None:
            return _without_envelope(response)
        case HTTPStatus.TOO_MANY_REQUESTS:
            whom: Fault = "pause_chat" if isinstance(what, Speaking | Gesture) else "pause_account"
            return SendError(fault=whom, code=str(code), detail=detail, after_s=_after_s(envelope, response))
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND:
            return SendError(fault="reconnect", code=str(code), detail=detail)
        case HTTPStatus.FORBIDDEN:
            gone = _is_private(what) and NEVER_STARTED not in detail
            return SendError(fault="contact_gone" if gone else "refused", code=str(code), detail=detail)
        case HTTPStatus.CONFLICT:
            return SendError(fault="retry", code=str(code), detail=detail, after_s=CONFLICT_S)
        case HTTPStatus.BAD_REQUEST if envelope.parameters and envelope.parameters.migrate_to_chat_id:
            detail = f"the group is now {envelope.parameters.migrate_to_chat_id}"
            return SendError(fault="refused", code=str(code), detail=detail)
        case _ if HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return SendError(fault="refused", code=str(code), detail=detail)
        case _:
            return SendError(fault="unknown", code=str(code), detail=detail)


def _without_envelope(response: Response) -> SendError:
    """Something between us and Telegram answered."""
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        return SendError(fault="pause_account", code="HTTP 429", after_s=_after_s(Envelope(), response))
    return SendError(fault="unknown", code=f"HTTP {response.status}", detail="not an answer of Telegram's")


def _after_s(envelope: Envelope, response: Response) -> float:
    header = response.headers.get("retry-after", "")
    named = envelope.parameters.retry_after if envelope.parameters else None
    return float(named if named is not None else header if header.isdecimal() else WAIT_S)


def _is_private(what: Action | Query) -> bool:
    """Whether it speaks to one person: only then does a refusal to let us in mean that they are gone."""
    return isinstance(what, PrivateReply) or (isinstance(what, Speaking | Gesture) and not what.conversation.is_public)
