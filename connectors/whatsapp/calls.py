"""What Aplomb asks of WhatsApp, and what the answers mean.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages (checked 2026-11-27)
"""

import re
from typing import assert_never

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
    Subscribe,
    Subscriptions,
    UnhideComment,
)
from connectors.base import Account, Probed, Reading, Request, Response, SendError, Sent, Subscribed, Unsupported
from connectors.meta.errors import read_error, rest_s
from connectors.meta.graph import get, post
from connectors.whatsapp.errors import CODES
from connectors.wire import Flag, Id, Items, Part, Several, Text, decode

THUMBS_UP = "👍"
CHOICES = 3
CHOICE_CHARACTERS = 20
CHOICE_ID_CHARACTERS = 256
SHORT_BODY_CHARACTERS = 1024
"""Of words above buttons, and below a picture.
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages (checked 2026-11-27)
"""
_BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]+")
"""A business-scoped user id, which stands where a person hides their number: a country, and letters or digits."""


def build(what: Action | Query, account: Account) -> Request:
    """Raises `Unsupported` for what the Cloud API has no call for."""
    number = account.id.external_id
    match what:
        case SendMessage():
            return _send(account, what, _content(what), what.reply_to)
        case SendTemplate():
            return _send(account, what, {"type": "template", "template": _template(what)})
        case Like() if not what.conversation.is_public:
            reaction = {"message_id": what.external_id, "emoji": THUMBS_UP}
            return _send(account, what, {"type": "reaction", "reaction": reaction})
        case MarkSeen():
            seen: dict[str, object] = {"status": "read", "message_id": what.external_id}
            typing = {"typing_indicator": {"type": "text"}} if what.typing else {}
            return post(account, (number, "messages"), {"messaging_product": "whatsapp", **seen, **typing})
        case ProbeToken():
            return get(account, (number,), {"fields": "verified_name,display_phone_number"})
        case Subscriptions():
            return get(account, (_business(account), "subscribed_apps"), {})
        case Subscribe():
            return post(account, (_business(account), "subscribed_apps"), {})
        case ReplyToComment() | PrivateReply() | HideComment() | UnhideComment() | DeleteComment():
            raise Unsupported("WhatsApp has no public comments")
        case Like() | EditOwn() | PassThread() | FindOwn() | RefreshToken() | ListSince():
            raise Unsupported(f"the Cloud API has no {what.kind}")
        case _:
            assert_never(what)


def _send(
    account: Account, action: SendMessage | SendTemplate | Like, content: dict[str, object], answers: str | None = None
) -> Request:
    """`biz_opaque_callback_data` comes back in the statuses, and so tells our words from anybody else's."""
    person = action.conversation.contact.user
    body: dict[str, object] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **({"recipient": person} if _BSUID.fullmatch(person) else {"to": person}),
        **content,
        "biz_opaque_callback_data": action.id,
    }
    if answers:
        body["context"] = {"message_id": answers}
    return post(account, (account.id.external_id, "messages"), body)


def _content(action: SendMessage) -> dict[str, object]:
    if (action.choices or action.image_url) and len(action.text) > SHORT_BODY_CHARACTERS:
        raise Unsupported(f"with buttons or a picture: at most {SHORT_BODY_CHARACTERS} characters")
    if action.choices:
        buttons = [
            {
                "type": "reply",
                "reply": {"id": choice[:CHOICE_ID_CHARACTERS], "title": choice[:CHOICE_CHARACTERS]},
            }
            for choice in action.choices[:CHOICES]
        ]
        body: dict[str, object] = {"type": "button", "body": {"text": action.text}, "action": {"buttons": buttons}}
        if action.image_url:
            body["header"] = {"type": "image", "image": {"link": action.image_url}}
        return {"type": "interactive", "interactive": body}
    if action.image_url:
        return {"type": "image", "image": {"link": action.image_url, "caption": action.text}}
    return {"type": "text", "text": {"body": action.text, "preview_url": False}}


def _template(action: SendTemplate) -> dict[str, object]:
    named: dict[str, object] = {"name": action.template, "language": {"code": action.language}}
    if action.values:
        parameters = [{"type": "text", "text": value} for value in action.values]
        named["components"] = [{"type": "body", "parameters": parameters}]
    return named


def _business(account: Account) -> str:
    waba = account.settings.get("waba_id", "")
    if not waba:
        raise Unsupported("the business account is subscribed, not the number: set `waba_id`")
    return waba


class _Sent(Part):
    id: Id = None


class Answer(Part):
    """All that the answers to our calls may hold."""

    id: Id = None
    verified_name: Text = ""
    success: Flag = False
    messages: Several[_Sent] = ()
    data: Items | None = None


def interpret(what: Action | Query, response: Response, account: Account) -> Reading:
    """Success only in the documented shape: any other answer may hide that it went through."""
    if error := read_error(response, account, CODES):
        return error
    try:
        body = decode(response.body)
    except ValueError:
        body = None
    answer = Answer.model_validate(body if isinstance(body, dict) else {})
    reading = _read(what, answer, isinstance(body, dict) and "data" in body, account)
    if reading is None:
        detail = "not an answer that WhatsApp documents"
        return SendError(fault="unknown", code=f"HTTP {response.status}", detail=detail)
    rest = rest_s(response)
    return reading if rest is None else reading.model_copy(update={"rest_s": rest})


def _read(what: Action | Query, answer: Answer, listed: bool, account: Account) -> Sent | Probed | Subscribed | None:
    match what:
        case ProbeToken():
            return Probed(name=answer.verified_name or account.name) if answer.id else None
        case Subscriptions():
            return Subscribed(missing=() if answer.data else ("messages",)) if listed else None
        case Subscribe():
            return Subscribed() if answer.success else None
        case SendMessage() | SendTemplate():
            return Sent(external_id=answer.messages[0].id) if answer.messages and answer.messages[0].id else None
        case _:
            return Sent() if answer.success or answer.messages else None
