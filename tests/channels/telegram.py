"""Telegram, for the tests of every channel."""

import json
from typing import Any

from connectors.base import Fault, Response
from tests.channels.base import ODD_TEXT, ChannelFacts, Refusal, Scene, text_of_10_000

ANN, BOB = {"id": 510001, "is_bot": False, "first_name": "Ann"}, {"id": 510002, "is_bot": False, "first_name": "Bob"}
GROUP = {"id": -1002000000001, "title": "Maison Aubépine Chat", "type": "supergroup"}
CHANNEL = {"id": -1002000000002, "title": "Maison Aubépine", "type": "channel"}
AT = 1795348710
SERVICE = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
POST = {
    "message_id": 20,
    "from": SERVICE,
    "sender_chat": CHANNEL,
    "chat": GROUP,
    "date": AT,
    "is_automatic_forward": True,
    "forward_origin": {"type": "channel", "chat": CHANNEL, "message_id": 7, "date": AT},
    "text": "La Lumen Mini est là",
}
MESSAGE, COMMENT, ECHO = "message.received", "comment.received", "echoed"


def message(number: object, text: str = "Bonjour", **more: Any) -> dict[str, Any]:
    private = {"id": ANN["id"], "first_name": "Ann", "type": "private"}
    return {"message_id": number, "from": ANN, "chat": private, "date": AT, "text": text, **more}


def comment(number: int, text: str = "Superbe", **more: Any) -> dict[str, Any]:
    under = {"message_thread_id": 20, "reply_to_message": POST}
    return message(number, text) | {"from": BOB, "chat": GROUP, **under, **more}


def business(number: int, **more: Any) -> dict[str, Any]:
    return message(number, business_connection_id="bc1", **more)


def update(number: int, kind: str, content: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"update_id": number, kind: content, **more}).encode()


def scene(*updates: tuple[str, dict[str, Any]], leaves: tuple[str, ...], number: int = 100) -> Scene:
    """One update a delivery."""
    bodies = tuple(update(number + index, kind, content) for index, (kind, content) in enumerate(updates))
    return Scene(bodies, leaves)


def refusal(name: str, status: int, description: str, fault: Fault, after_s: float | None = None) -> Refusal:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if status == 429 and after_s is not None:
        body["parameters"] = {"retry_after": int(after_s)}
    return Refusal(name, Response(status, json.dumps(body).encode()), fault, after_s)


PICTURE = {"file_id": "f1", "file_unique_id": "u1", "width": 90, "height": 90}
WITHOUT_WORDS = message(60, photo=[PICTURE])
del WITHOUT_WORDS["text"]
OWNER = {"id": 510009, "is_bot": False, "first_name": "Maison"}
OURS = {"id": 7001000001, "is_bot": True, "first_name": "Aubépine"}
REACTED = {
    "chat": message(1)["chat"],
    "message_id": 9,
    "user": ANN,
    "date": AT,
    "old_reaction": [],
    "new_reaction": [{"type": "emoji", "emoji": "❤"}],
}

TELEGRAM = ChannelFacts(
    channel="telegram",
    accounts={"7001000001": {"username": "aubepine_bot"}},
    signed_with="secret_token",
    sign=lambda secret, body, now: {"x-telegram-bot-api-secret-token": secret},
    signs_body=False,
    secrets_in_requests="path",
    kinds=frozenset(
        {
            "message.received",
            "message.edited",
            "comment.received",
            "mention.received",
            "reaction.added",
            "echoed",
            "contact.opted_out",
            "message.deleted",
        }
    ),
    scenes={
        "dm": scene(("message", message(11)), leaves=(MESSAGE,), number=101),
        "comment": scene(("message", comment(21)), leaves=(COMMENT,), number=111),
        "several_entries": scene(*(("message", message(n)) for n in (12, 13, 14)), leaves=(MESSAGE,) * 3, number=121),
        "dm_and_comment": scene(
            ("message", message(15)), ("message", comment(22)), leaves=(MESSAGE, COMMENT), number=131
        ),
        "duplicate_in_body": "one delivery holds one update",
        "out_of_order": scene(
            ("message", comment(24, reply_to_message=comment(23))),
            ("message", comment(23)),
            leaves=(COMMENT, COMMENT),
            number=141,
        ),
        "echo": scene(
            ("business_message", business(31) | {"from": OWNER, "sender_business_bot": OURS}),
            leaves=(ECHO,),
            number=151,
        ),
        "echo_of_another_id": scene(("business_message", business(32) | {"from": OWNER}), leaves=(ECHO,), number=161),
        "edit": scene(("edited_message", message(11, "Bonsoir", edit_date=AT + 5)), leaves=("message.edited",)),
        "delete": scene(
            (
                "deleted_business_messages",
                {"business_connection_id": "bc1", "chat": message(1)["chat"], "message_ids": [33, 34]},
            ),
            leaves=("message.deleted", "message.deleted"),
            number=171,
        ),
        "reaction": scene(("message_reaction", REACTED), leaves=("reaction.added",), number=181),
        "media_only": scene(("message", WITHOUT_WORDS), leaves=(MESSAGE,), number=191),
        "empty_text": scene(("message", message(61, " ")), leaves=(MESSAGE,), number=201),
        "long_text": scene(("message", message(62, text_of_10_000())), leaves=(MESSAGE,), number=211),
        "odd_text": scene(("message", message(63, ODD_TEXT)), leaves=(MESSAGE,), number=221),
        "numeric_ids": "Telegram's ids are numbers; a text in their place is not one",
        "unknown_field": scene(("message", message(65, weather={"rain": True})), leaves=(MESSAGE,), number=241),
        "unknown_type": scene(("telepathy", {"id": 1}), leaves=("unhandled.telepathy",), number=251),
        "wrong_account": "a delivery does not say whose it is: the address and the secret do",
    },
    refusals=(
        refusal("too fast", 429, "Too Many Requests: retry after 8", "pause_chat", 8),
        Refusal("too fast, says something between", Response(429, b"<html>", {"retry-after": "9"}), "pause_account", 9),
        refusal("token revoked", 401, "Unauthorized", "reconnect"),
        refusal("token malformed", 404, "Not Found", "reconnect"),
        refusal("blocked", 403, "Forbidden: bot was blocked by the user", "contact_gone"),
        refusal("deactivated", 403, "Forbidden: user is deactivated", "contact_gone"),
        refusal("never started", 403, "Forbidden: bot can't initiate conversation with a user", "refused"),
        refusal("too long", 400, "Bad Request: message is too long", "refused"),
        Refusal(
            "group upgraded",
            Response(
                400,
                b'{"ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded",'
                b' "parameters": {"migrate_to_chat_id": -1002000000009}}',
            ),
            "refused",
        ),
        refusal("another asks", 409, "Conflict: terminated by other getUpdates request", "retry", 5),
        refusal("server error", 500, "Internal Server Error", "unknown"),
        Refusal("bad gateway", Response(502, b"<html>"), "unknown"),
    ),
    comment_id="-1002000000001:21",
)
