"""X, for the tests of every channel."""

import json
from collections.abc import Mapping
from typing import Any

from connectors.base import Response
from connectors.signing import hmac_sha256_base64
from tests.channels.base import ODD_TEXT, ChannelFacts, Greeting, Headers, Refusal, Scene, text_of_10_000
from tests.channels.meta import AT_MS, AT_S

OWN = "1111000000000000001"
ANN, BOB = "2222000000000000001", "2222000000000000002"
POST = "2080000000000000001"
MESSAGE, COMMENT, MENTION = "message.received", "comment.received", "mention.received"
AT = "2026-11-22T12:00:00.000Z"


def sign(secret: str, body: bytes, now: object = None) -> Headers:
    return {"x-twitter-webhooks-signature": f"sha256={hmac_sha256_base64(secret, body)}"}


def activity(type_: str, payload: dict[str, Any], own: object = OWN, **more: Any) -> dict[str, Any]:
    data = {"event_uuid": "-68504", "filter": {"user_id": own}, "event_type": type_, "tag": "brand", **more}
    return {"data": {**data, "payload": payload}}


def reply(id_: object, text: str = "@maison Superbe !", author: object = BOB, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "text": text,
        "author_id": author,
        "conversation_id": POST,
        "created_at": AT,
        "edit_history_tweet_ids": [id_],
        "in_reply_to_user_id": OWN,
        "referenced_tweets": [{"type": "replied_to", "id": POST}],
        **more,
    }


def mention(id_: str, text: str = "Merci @maison", **more: Any) -> dict[str, Any]:
    post = {"id": id_, "text": text, "author_id": BOB, "conversation_id": id_, "created_at": AT}
    return {**post, "edit_history_tweet_ids": [id_], **more}


def dm(id_: object, text: str = "Bonjour", sender: object = ANN, to: object = OWN, **more: Any) -> dict[str, Any]:
    made = {"target": {"recipient_id": to}, "sender_id": sender, "message_data": {"text": text}}
    event = {"type": "message_create", "id": id_, "created_timestamp": str(AT_MS), "message_create": made, **more}
    users = {str(sender): {"data": {"id": sender, "name": "Ann Lemoine", "username": "ann"}}}
    return {"direct_message_events": [event], "users": users}


def older(**what: Any) -> dict[str, Any]:
    return {"for_user_id": OWN, **what}


def tweet(id_: str, text: str = "@maison Superbe !", who: str = BOB, **more: Any) -> dict[str, Any]:
    user = {"id_str": who, "name": "Bob", "screen_name": "bob"}
    return {"id_str": id_, "text": text, "user": user, "created_at": "Sun Nov 22 12:00:00 +0000 2026", **more}


def body(found: dict[str, Any]) -> bytes:
    return json.dumps(found).encode()


def once(found: dict[str, Any], *leaves: str) -> Scene:
    return Scene((body(found),), leaves)


def _crc(secrets: Mapping[str, str], right: bool) -> dict[str, str]:
    return {"crc_token": "abc"} if right else {"token": "abc"}


def _answer(secrets: Mapping[str, str], query: dict[str, str]) -> bytes:
    made = hmac_sha256_base64(secrets["consumer_secret"], query["crc_token"].encode())
    return json.dumps({"response_token": f"sha256={made}"}).encode()


def problem(status: int, detail: str = "no", type_: str = "about:blank", **headers: str) -> Response:
    found = {"title": "Forbidden", "detail": detail, "type": type_, "status": status}
    return Response(status, json.dumps(found).encode(), {name.replace("_", "-"): v for name, v in headers.items()})


PICTURE = dm("d9")["direct_message_events"][0]
PICTURE["message_create"]["message_data"] = {"attachment": {"type": "media"}}
CAPPED = "https://api.x.com/2/problems/usage-capped"
OLD_ERROR = b'{"errors": [{"code": 226, "message": "looks automated"}]}'
MANY = older(
    direct_message_events=[*dm("d4")["direct_message_events"], *dm("d5", sender=BOB)["direct_message_events"]],
    tweet_create_events=[tweet("p4", in_reply_to_user_id_str=OWN, in_reply_to_status_id_str=POST)],
)

X = ChannelFacts(
    channel="x",
    accounts={OWN: {"client_id": "c1"}, "1111000000000000002": {"app_id": "13090192"}},
    signed_with="consumer_secret",
    sign=sign,
    greeting=Greeting(_crc, _answer),
    kinds=frozenset(
        {
            *("message.received", "message.edited", "message.deleted", "comment.received", "mention.received"),
            *("echoed", "delivery.updated", "content.unavailable", "post.published", "account.revoked"),
        }
    ),
    scenes={
        "dm": once(activity("dm.received", dm("d1")), MESSAGE),
        "comment": once(activity("post.reply.create", reply("p1")), COMMENT),
        "several_entries": once(MANY, MESSAGE, MESSAGE, COMMENT),
        "dm_and_comment": Scene(
            (body(activity("dm.received", dm("d6"))), body(activity("post.reply.create", reply("p6")))),
            (MESSAGE, COMMENT),
        ),
        "duplicate_in_body": once(older(direct_message_events=dm("d7")["direct_message_events"] * 2), MESSAGE),
        "out_of_order": Scene(
            (
                body(activity("post.reply.create", reply("p9", in_reply_to_tweet_id="p8"))),
                body(activity("post.reply.create", reply("p8"))),
            ),
            (COMMENT, COMMENT),
        ),
        "echo": once(activity("dm.sent", dm("d8", sender=OWN, to=ANN)), "echoed"),
        "echo_of_another_id": once(activity("post.create", reply("p10", "@bob Merci !", OWN)), "echoed"),
        "edit": once(
            activity("post.reply.create", reply("p11", edit_history_tweet_ids=["p1", "p11"])), "message.edited"
        ),
        "delete": once(activity("post.delete", {"id": "p1", "author_id": BOB}), "message.deleted"),
        "reaction": once(activity("like.create", {"id": "l1"}), "unhandled.like.create"),
        "media_only": once(
            older(direct_message_events=[PICTURE]),
            MESSAGE,
        ),
        "empty_text": once(activity("post.mention.create", mention("p12", " ")), MENTION),
        "long_text": once(activity("dm.received", dm("d10", text_of_10_000())), MESSAGE),
        "odd_text": once(activity("post.mention.create", mention("p13", ODD_TEXT)), MENTION),
        "numeric_ids": once(activity("post.reply.create", reply(9014, author=int(BOB)), int(OWN)), COMMENT),
        "unknown_field": once(activity("dm.received", {**dm("d11"), "later": {"x": 1}}, later=True), MESSAGE),
        "unknown_type": once(activity("telepathy.received", {"id": "t1"}), "unhandled.telepathy.received"),
        "wrong_account": once(activity("dm.received", dm("d12"), "1"), "unhandled.unknown_account"),
    },
    refusals=(
        Refusal("token expired", problem(401), "reconnect"),
        Refusal("too many", problem(429, x_rate_limit_reset=str(AT_S)), "pause_account"),
        Refusal(
            "spending cap reached",
            problem(403, "cap", CAPPED),
            "pause_account",
            3600,
        ),
        Refusal("may not answer", problem(403, "Reply to this conversation is not allowed"), "refused"),
        Refusal("the same words again", problem(403, "duplicate content"), "refused"),
        Refusal("takes no messages from us", problem(403, "You cannot send messages to this user."), "contact_gone"),
        Refusal("post gone", problem(404), "refused"),
        Refusal(
            "older form of error",
            Response(403, OLD_ERROR),
            "refused",
        ),
        Refusal("server error", problem(503), "unknown"),
        Refusal("refused by something between", Response(403, b"<html>no</html>"), "unknown"),
        Refusal("a page of HTML", Response(200, b"<html>Sorry</html>"), "unknown"),
    ),
    comment_id="2090000000000000001",
    user="2222000000000000001",
    finds=frozenset({"send_message", "reply_to_comment"}),
)
