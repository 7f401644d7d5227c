"""What Aplomb asks of the brand's app, and what the answers mean: a signed POST for each action."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import assert_never

from pydantic import SecretStr

from bot.model.action import (
    Action,
    DeleteComment,
    EditOwn,
    FindOwn,
    HideComment,
    Like,
    ListSince,
    MarkSeen,
    PassThread,
    PrivateReply,
    ProbeToken,
    Query,
    RefreshToken,
    ReplyToComment,
    SendMessage,
    SendTemplate,
    Speaking,
    Subscribe,
    Subscriptions,
    UnhideComment,
)
from bot.model.ids import ContactId
from connectors.base import Account, Probed, Request, Response, SendError, Sent, Unsupported
from connectors.signing import standard_signature
from connectors.webhook.errors import read_answer, read_error, rest_s

DELIVERY_KEY = "delivery_key"
PING = "ping"


def build(what: Action | Query, account: Account, url: str, takes: frozenset[str], now: datetime) -> Request:
    """Raises `Unsupported` for what is not among `takes`, and for questions: an app is only told things."""
    match what:
        case FindOwn() | RefreshToken() | Subscriptions() | Subscribe() | ListSince():
            raise Unsupported(what.kind)
        case ProbeToken():
            return _post(account, url, f"{PING}-{int(now.timestamp())}", {"type": PING}, now)
        case _:
            return _post(account, url, what.id, _common(what) | _body(what, takes), now)


def _common(action: Action) -> dict[str, object]:
    contact, root = action.conversation.contact, action.conversation.root
    common: dict[str, object] = {"by": "person" if action.by_person else "bot"}
    if not contact.is_nobody:
        common["user"] = {"id": contact.user}
    return common | ({"thread_id": root} if root else {})


def _body(action: Action, takes: frozenset[str]) -> dict[str, object]:
    match action:
        case SendMessage():
            wanted = [("choices", list(action.choices)), ("image_url", action.image_url), ("reply_to", action.reply_to)]
            _taken(takes, "message.send", *(["choices"] * bool(action.choices)), *(["images"] * bool(action.image_url)))
            return {"type": "message.send", "text": action.text} | {name: value for name, value in wanted if value}
        case ReplyToComment():
            return _about(takes, "comment.reply", action.comment_id, text=action.text)
        case PrivateReply():
            return _about(takes, "private.reply", action.comment_id, text=action.text)
        case HideComment():
            return _about(takes, "comment.hide", action.comment_id, for_good=action.for_good)
        case UnhideComment():
            return _about(takes, "comment.hide", action.comment_id) | {"type": "comment.show"}
        case DeleteComment():
            return _about(takes, "own.delete", action.comment_id)
        case EditOwn():
            return _about(takes, "own.edit", action.external_id, text=action.text)
        case Like():
            return _about(takes, "like", action.external_id)
        case MarkSeen():
            return _about(takes, "seen", action.external_id, typing=action.typing)
        case PassThread():
            _taken(takes, "thread.pass")
            return {"type": "thread.pass"}
        case SendTemplate():
            raise Unsupported(action.kind)
        case _:
            assert_never(action)


def _about(takes: frozenset[str], name: str, message_id: str, **more: object) -> dict[str, object]:
    _taken(takes, name)
    return {"type": name, "message_id": message_id, **more}


def _taken(takes: frozenset[str], *names: str) -> None:
    if missing := set(names) - takes:
        raise Unsupported(f"this app does not take {', '.join(sorted(missing))}")


def _post(account: Account, url: str, id_: str, body: Mapping[str, object], now: datetime) -> Request:
    """Signed by the Standard Webhooks scheme. `webhook-id` is the same however often it is sent.

    It is made of the action's id, which may hold anything that another platform puts into an id, and dots.
    """
    named = {"id": id_, "account": account.id.external_id, **body}
    message_id = f"msg_{sha256(id_.encode('utf-8', 'replace')).hexdigest()[:32]}"
    raw = json.dumps(named, ensure_ascii=False).encode("utf-8", "replace")
    timestamp = str(int(now.timestamp()))
    key = SecretStr(account.secret(DELIVERY_KEY))
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": standard_signature(key, message_id, timestamp, raw),
    }
    return Request("POST", url, headers, raw)


def interpret(what: Action | Query, response: Response, account: Account) -> Sent | Probed | SendError:
    """Success only with an `id`: a page that says 200 to everything has taken nothing."""
    answer = read_answer(response)
    if error := read_error(answer, response, account):
        return error
    rest = rest_s(response)
    if answer.id is None or isinstance(what, FindOwn | RefreshToken | Subscriptions | Subscribe | ListSince):
        return SendError(fault="unknown", code=f"HTTP {response.status}", detail="an answer without an id")
    if isinstance(what, ProbeToken):
        return Probed(name=account.name, rest_s=rest)
    if not isinstance(what, Speaking):
        return Sent(rest_s=rest)
    return Sent(external_id=answer.id, recipient=_recipient(what, answer.user, account), rest_s=rest)


def _recipient(action: Speaking, user: str | None, account: Account) -> ContactId | None:
    if not isinstance(action, PrivateReply):
        return None
    if user:
        return ContactId.of(account.id, user)
    return None if action.conversation.contact.is_nobody else action.conversation.contact
