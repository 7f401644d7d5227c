"""The signed webhook of a brand's own app, for the tests of every channel."""

import json
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from connectors.base import Fault, Response
from connectors.signing import standard_signature
from tests.channels.base import ODD_TEXT, ChannelFacts, Headers, Refusal, Scene, text_of_10_000

APP = "maison-aubepine"
ANN, BOB = {"id": "u-510001", "name": "Ann Lemoine"}, {"id": "u-510002", "name": "Bob Marchal"}
EVERYTHING = (
    "message.send comment.reply private.reply comment.hide own.edit own.delete like seen thread.pass choices images"
)

KINDS = (
    "send_message",
    "reply_to_comment",
    "private_reply",
    "hide_comment",
    "unhide_comment",
    "delete_comment",
    "edit_own",
    "like",
    "mark_seen",
    "pass_thread",
    "probe_token",
)
"""Of actions and queries that the app answers."""


def sign(secret: str, body: bytes, now: datetime) -> Headers:
    timestamp = str(int(now.timestamp()))
    signature = standard_signature(SecretStr(secret), "msg_1", timestamp, body)
    return {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}


def item(type_: str, number: int, **more: Any) -> dict[str, Any]:
    return {"type": type_, "id": f"evt-{number}", "account": APP, "at": "2026-11-22T11:58:30Z", **more}


def message(number: int, text: str, **more: Any) -> dict[str, Any]:
    return item("message.received", number, user=ANN, message_id=f"m-{number}", text=text, **more)


def comment(number: int, text: str, **more: Any) -> dict[str, Any]:
    return item("comment.received", number, user=BOB, post_id="p-1", message_id=f"c-{number}", text=text, **more)


def scene(body: Any, *leaves: str) -> Scene:
    return Scene((json.dumps(body).encode(),), leaves)


def refusal(name: str, status: int, fault: Fault, after_s: float | None = None, **error: str) -> Refusal:
    body = json.dumps({"error": error}).encode() if error else b""
    return Refusal(name, Response(status, body), fault, after_s)


OWN = item("agent.replied", 20, user=ANN, message_id="m-900", action_id="act-1", text="Bonjour Ann")

WEBHOOK = ChannelFacts(
    channel="webhook",
    accounts={APP: {"takes": EVERYTHING}, "maison-aubepine-uk": {}},
    signed_with="signing_secret",
    sign=sign,
    stamped=True,
    kinds=frozenset(
        {
            "message.received",
            "message.edited",
            "message.deleted",
            "comment.received",
            "visibility.changed",
            "reaction.added",
            "echoed",
            "delivery.updated",
            "thread_control.changed",
            "contact.opted_out",
            "erasure.requested",
            "post.published",
        }
    ),
    scenes={
        "dm": scene(message(1, "Bonjour"), "message.received"),
        "comment": scene(comment(1, "Bravo"), "comment.received"),
        "several_entries": scene(
            [message(20, "Bonjour"), message(21, "Vous êtes là ?"), message(22, "Ohé")],
            *["message.received"] * 3,
        ),
        "dm_and_comment": scene([message(23, "Bonjour"), comment(23, "Bravo")], "message.received", "comment.received"),
        "duplicate_in_body": scene([message(24, "Bonjour"), message(24, "Bonjour")], "message.received"),
        "out_of_order": scene(
            [comment(26, "Moi aussi", thread_id="c-25", parent_id="c-25"), comment(25, "J'adore")],
            *["comment.received"] * 2,
        ),
        "echo": scene(OWN, "echoed"),
        "echo_of_another_id": scene(OWN | {"id": "evt-21", "message_id": "m-other"}, "echoed"),
        "edit": scene(item("message.edited", 4, user=ANN, message_id="m-1", text="Bonsoir"), "message.edited"),
        "delete": scene(item("comment.deleted", 5, message_id="c-1"), "message.deleted"),
        "reaction": scene(item("message.reacted", 6, user=ANN, message_id="m-900", reaction="❤"), "reaction.added"),
        "media_only": scene(
            message(7, "", attachments=[{"type": "image", "url": "https://app.example/1.jpg"}]), "message.received"
        ),
        "empty_text": scene(message(8, "   "), "message.received"),
        "long_text": scene(message(9, text_of_10_000()), "message.received"),
        "odd_text": scene(message(10, ODD_TEXT), "message.received"),
        "numeric_ids": scene(message(11, "Bonjour") | {"id": 11, "message_id": 11}, "message.received"),
        "unknown_field": scene(message(12, "Bonjour", mood="merry"), "message.received"),
        "unknown_type": scene(item("order.paid", 13, user=ANN), "unhandled.order.paid"),
        "wrong_account": scene(message(14, "Bonjour", account="somebody-else"), "unhandled.unknown_account"),
    },
    refusals=(
        refusal("throttled", 429, "pause_account", 60),
        Refusal("throttled for a while", Response(429, b"", {"retry-after": "7"}), "pause_account", 7),
        refusal("one person is busy", 409, "pause_chat", 60, code="user_busy", message="typing"),
        refusal("restarting", 503, "retry", 30, code="try_again", message="restarting"),
        refusal("our signature is not known", 401, "reconnect"),
        refusal("our signature is not known, by code", 400, "reconnect", code="not_authentic"),
        refusal("forbidden", 403, "reconnect"),
        refusal("window closed", 409, "window_closed"),
        refusal("contact gone", 410, "contact_gone"),
        refusal("contact gone, by code", 404, "contact_gone", code="user_gone"),
        refusal("no such thing", 404, "refused"),
        refusal("refused", 422, "refused", code="refused", message="no"),
        refusal("too slow", 408, "unknown"),
        refusal("server error", 500, "unknown"),
        refusal("an error with a success", 200, "unknown", code="odd"),
        Refusal("a page", Response(200, b"<html>"), "unknown"),
    ),
    comment_id="c-901",
    message_id="m-901",
    user="u-510001",
    answers={kind: {"id": "m-9001"} for kind in KINDS},
)
