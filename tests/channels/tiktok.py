"""TikTok, for the tests of every channel."""

import json
from datetime import datetime
from typing import Any

from connectors.base import Fault, Response
from connectors.signing import hmac_sha256_hex
from tests.channels.base import ODD_TEXT, ChannelFacts, Headers, Refusal, Scene, text_of_10_000
from tests.channels.meta import AT_MS

OWN, ANN, BOB = "biz-7101", "conv-510001", "uid-510002"
VIDEO = "7203946942097900001"
MESSAGE, COMMENT = "message.received", "comment.received"
ONE_EACH = "one delivery holds one thing"


def sign(secret: str, body: bytes, now: datetime) -> Headers:
    stamp = str(int(now.timestamp()))
    return {"tiktok-signature": f"t={stamp},s={hmac_sha256_hex(secret, stamp.encode() + b'.' + body)}"}


def delivery(event: str, content: Any, account: object = OWN, **more: Any) -> dict[str, Any]:
    inner = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    made = {"client_key": "lumen1", "event": event, "create_time": AT_MS // 1000, "user_openid": account}
    return {**made, "content": inner, **more}


def message(number: object, text: str | None = "Bonjour", **more: Any) -> dict[str, Any]:
    return {
        "from": "Ann Lemoine",
        "to": "Maison Aubépine",
        "unique_identifier": "uid-510001",
        "from_user": {"id": "user-510001", "role": "personal_account"},
        "to_user": {"id": OWN, "role": "business_account"},
        "conversation_id": ANN,
        "is_follower": True,
        "message_id": f"tt-msg-{number}" if isinstance(number, int) else number,
        "timestamp": AT_MS,
        "type": "text",
        "text": {"body": text},
        **more,
    }


def ours(number: int, source: str | None, text: str = "Merci !") -> dict[str, Any]:
    sides = {
        "from_user": {"id": OWN, "role": "business_account"},
        "to_user": {"id": "user-510001", "role": "personal_account"},
    }
    return message(number, text, **sides, **({"message_tag": {"source": source}} if source else {}))


def comment(number: int, action: str = "insert", **more: Any) -> dict[str, Any]:
    return {
        "comment_id": number,
        "video_id": int(VIDEO),
        "comment_type": "comment",
        "comment_action": action,
        "unique_identifier": BOB,
        "timestamp": AT_MS,
        **more,
    }


def body(event: str, content: Any, account: object = OWN, **more: Any) -> bytes:
    return json.dumps(delivery(event, content, account, **more), ensure_ascii=False).encode()


def dm(number: int, text: str = "Bonjour", **more: Any) -> bytes:
    return body("im_receive_msg", message(number, text, **more))


def said(number: int, text: str = "Superbe !", **more: Any) -> bytes:
    return body("comment.update", comment(number, text=text, **more))


def refusal(name: str, code: int, text: str, fault: Fault, after_s: float | None = None) -> Refusal:
    return Refusal(
        name, Response(200, json.dumps({"code": code, "message": text, "data": {}}).encode()), fault, after_s
    )


REACTED: dict[str, Any] = {
    "type": "reaction",
    "reaction": [{"operation": "ADD", "type": "EMOJI", "emoji": "👍", "original_msg_id": "tt-msg-900"}],
}
DONE = {"code": 0, "message": "OK", "request_id": "r1", "data": {}}

TIKTOK = ChannelFacts(
    channel="tiktok",
    accounts={OWN: {"app_id": "lumen1", "unique_identifier": "uid-maison"}, "biz-7102": {}},
    signed_with="app_secret",
    sign=sign,
    stamped=True,
    kinds=frozenset(
        {
            *("message.received", "message.deleted", "comment.received", "mention.received", "visibility.changed"),
            *("reaction.added", "echoed", "delivery.updated", "content.unavailable", "account.revoked"),
        }
    ),
    scenes={
        "dm": Scene((dm(11),), (MESSAGE,)),
        "comment": Scene((said(21),), (COMMENT,)),
        "several_entries": Scene((dm(12), dm(13), said(22)), (MESSAGE, MESSAGE, COMMENT)),
        "dm_and_comment": Scene((dm(14), said(23)), (MESSAGE, COMMENT)),
        "duplicate_in_body": ONE_EACH,
        "out_of_order": Scene((said(25, parent_comment_id=24, comment_type="reply"), said(24)), (COMMENT, COMMENT)),
        "echo": Scene((body("im_send_msg", ours(15, "API")),), ("echoed",)),
        "echo_of_another_id": Scene((body("im_send_msg", ours(16, None)),), ("echoed",)),
        "edit": "TikTok has no edits",
        "delete": Scene((body("comment.update", comment(21, "delete")),), ("message.deleted",)),
        "reaction": Scene((body("im_receive_msg", message(17, **REACTED)),), ("reaction.added",)),
        "media_only": Scene(
            (body("im_receive_msg", message(18, None, type="image", image={"media_id": "m1"})),), (MESSAGE,)
        ),
        "empty_text": Scene((dm(19, " "),), (MESSAGE,)),
        "long_text": Scene((dm(31, text_of_10_000()),), (MESSAGE,)),
        "odd_text": Scene((dm(32, ODD_TEXT),), (MESSAGE,)),
        "numeric_ids": Scene((body("im_receive_msg", message(33, conversation_id=510001, message_id=33)),), (MESSAGE,)),
        "unknown_field": Scene((body("im_receive_msg", message(34, mood="merry"), later=True),), (MESSAGE,)),
        "unknown_type": Scene((body("telepathy", {"id": 1}),), ("unhandled.telepathy",)),
        "wrong_account": Scene((body("im_receive_msg", message(35), "biz-1"),), ("unhandled.unknown_account",)),
    },
    refusals=(
        refusal("too many", 40100, "Requests made too frequently", "pause_account", 300),
        refusal("too many today", 40100, "The daily limit is reached", "pause_account"),
        Refusal("too many, says something between", Response(429, b"", {"retry-after": "9"}), "pause_account", 9),
        refusal("token expired", 40105, "Access token is expired", "reconnect"),
        refusal("no permission", 40001, "No permission", "reconnect"),
        refusal("window closed", 40002, "The messaging window is closed", "window_closed"),
        refusal("wrong parameter", 40002, "The comment does not exist", "refused"),
        refusal("another refusal", 40700, "no", "refused"),
        refusal("server error", 50000, "Internal error", "unknown"),
        Refusal("gateway", Response(502, b"<html>"), "unknown"),
        Refusal("too many, says nothing more", Response(429, b"<html>"), "pause_account", 300),
        Refusal("a success without data", Response(200, b'{"code": 0}'), "unknown"),
    ),
    comment_id=f"{VIDEO}_901",
    message_id="tt-msg-901",
    user=ANN,
    finds=frozenset({"send_message", "reply_to_comment"}),
    answers={
        "send_message": DONE | {"data": {"message": {"message_id": "tt-msg-902"}}},
        "reply_to_comment": DONE | {"data": {"comment_id": "902"}},
        "probe_token": DONE | {"data": {"display_name": "Maison Aubépine"}},
        **dict.fromkeys(("hide_comment", "unhide_comment", "delete_comment", "like", "mark_seen"), DONE),
    },
)
