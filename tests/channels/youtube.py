"""YouTube, for the tests of every channel: what polling is answered, and what the hub brings."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.model.action import ListSince
from connectors.base import Fault, Response
from tests.channels.base import ODD_TEXT, ChannelFacts, Greeting, Headers, Refusal, Scene, text_of_10_000

CHANNEL = "UCmaisonAubepine00000001"
ANN, BOB = "UCannLemoine000000000001", "UCbobMarchal000000000001"
HELD_BEFORE = "UgxHeldBefore00000000AaABAg"
TOPIC = "https://www.youtube.com/xml/feeds/videos.xml?channel_id="
COMMENT = "comment.received"
NO_DM = "YouTube has no private messages"


def sign(secret: str, body: bytes, now: object = None) -> Headers:
    return {"x-hub-signature": f"sha1={hmac.digest(secret.encode(), body, 'sha1').hex()}"}


def comment(id_: object, text: str = "Superbe !", who: str | None = ANN, **more: Any) -> dict[str, Any]:
    snippet = {
        "channelId": CHANNEL,
        "videoId": "vidLampe001",
        "textDisplay": text,
        "textOriginal": text,
        "authorDisplayName": "@ann.lemoine",
        "authorChannelId": {"value": who},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": "2026-11-22T11:40:00Z",
        "updatedAt": "2026-11-22T11:40:00Z",
        **more,
    }
    return {"kind": "youtube#comment", "etag": "c1", "id": id_, "snippet": snippet}


def reply(thread: str, suffix: str, text: str = "Moi aussi", who: str = BOB, **more: Any) -> dict[str, Any]:
    return comment(f"{thread}.{suffix}", text, who, parentId=thread, **more)


def thread(top: dict[str, Any], *replies: dict[str, Any], count: int | None = None) -> dict[str, Any]:
    snippet = {
        "channelId": CHANNEL,
        "videoId": "vidLampe001",
        "topLevelComment": top,
        "canReply": True,
        "totalReplyCount": len(replies) if count is None else count,
        "isPublic": True,
    }
    shown = {"replies": {"comments": list(replies)}} if replies else {}
    return {"kind": "youtube#commentThread", "etag": "t1", "id": top["id"], "snippet": snippet, **shown}


def page(*items: Any, kind: str = "commentThread", **more: Any) -> bytes:
    paging = {"totalResults": len(items), "resultsPerPage": 100}
    body = {"kind": f"youtube#{kind}ListResponse", "etag": "e1", "pageInfo": paging, "items": list(items), **more}
    return json.dumps(body).encode()


def once(*items: Any, leaves: tuple[str, ...]) -> Scene:
    return Scene((page(*items),), leaves)


def video(id_: str, channel: str = CHANNEL, published: str = "2026-11-22T11:00:00+00:00") -> bytes:
    return (
        '<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom">'
        f'<link rel="self" href="{TOPIC}{channel}"/><title>YouTube video feed</title>'
        f"<entry><id>yt:video:{id_}</id><yt:videoId>{id_}</yt:videoId><yt:channelId>{channel}</yt:channelId>"
        "<title>Nos lampes d'hiver &amp; leurs secrets</title>"
        f"<published>{published}</published><updated>2026-11-22T11:05:00+00:00</updated></entry></feed>"
    ).encode()


def error(reason: str, status: int, headers: Headers | None = None) -> Response:
    each = {"message": "no", "domain": "youtube.comment", "reason": reason}
    return Response(
        status, json.dumps({"error": {"code": status, "message": "no", "errors": [each]}}).encode(), headers or {}
    )


def refusal(reason: str, status: int, fault: Fault, after_s: float | None = None) -> Refusal:
    return Refusal(reason, error(reason, status), fault, after_s)


def pull(now: datetime) -> ListSince:
    """From the beginning, of a channel that was looked through before."""
    return ListSince(since=now - timedelta(days=3650), known={"begun": "1", f"h:{HELD_BEFORE}": "hidden:1:1795300000"})


def _query(secrets: Mapping[str, str], right: bool) -> dict[str, str]:
    topic = TOPIC + (CHANNEL if right else "UCsomebodyElse0000000001")
    return {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "42065789", "hub.lease_seconds": "432000"}


IMAGE = "https://yt3.example/comment-image/1"
EDITED = {"updatedAt": "2026-11-22T11:50:00Z"}
REFUSED_AS_IT_IS = (
    *(("forbidden", 403), ("commentsDisabled", 403), ("commentTextRequired", 400), ("commentTextTooLong", 400)),
    *(("invalidCustomEmoji", 400), ("invalidCommentMetadata", 400), ("parentIdMissing", 400)),
    *(("parentCommentIsPrivate", 400), ("operationNotSupported", 400), ("banWithoutReject", 400)),
    *(("parentCommentNotFound", 404), ("commentNotFound", 404), ("videoNotFound", 404), ("neverHeardOf", 400)),
)
COMMENT_JSON = reply("Ugx500", "901", "Merci !", CHANNEL)

YOUTUBE = ChannelFacts(
    channel="youtube",
    accounts={CHANNEL: {}, "UCmaisonAubepineUK000001": {"held": "off"}},
    signed_with="hub_secret",
    sign=sign,
    greeting=Greeting(_query, lambda secrets, query: query["hub.challenge"].encode()),
    pull=pull,
    pushed=video("vidHiver001"),
    kinds=frozenset({COMMENT, "message.edited", "message.deleted", "visibility.changed", "echoed", "post.published"}),
    scenes={
        "dm": NO_DM,
        "comment": once(thread(comment("Ugx1")), leaves=(COMMENT,)),
        "several_entries": once(
            thread(comment("Ugx2")),
            thread(comment("Ugx3"), reply("Ugx3", "1"), reply("Ugx3", "2")),
            leaves=(COMMENT,) * 4,
        ),
        "dm_and_comment": NO_DM,
        "duplicate_in_body": once(thread(comment("Ugx4")), thread(comment("Ugx4")), leaves=(COMMENT,)),
        "out_of_order": Scene(
            (page(reply("Ugx5", "1"), kind="comment"), page(thread(comment("Ugx5"), reply("Ugx5", "1")))),
            (COMMENT, COMMENT),
        ),
        "echo": once(thread(comment("Ugx6"), reply("Ugx6", "1", "Merci !", CHANNEL)), leaves=(COMMENT, "echoed")),
        "echo_of_another_id": once(
            thread(comment("Ugx7"), reply("Ugx7", "other", "Merci !", CHANNEL)), leaves=(COMMENT, "echoed")
        ),
        "edit": Scene(
            (page(thread(comment("Ugx8"))), page(thread(comment("Ugx8", "Superbe, vraiment", **EDITED)))),
            (COMMENT, "message.edited"),
        ),
        "delete": "a deleted comment vanishes from the lists; only asking for it by its id (verify) shows that",
        "reaction": "likes are a number, without who gave them",
        "media_only": once(thread(comment("Ugx9", "", imageUrl=IMAGE)), leaves=(COMMENT,)),
        "empty_text": once(thread(comment("Ugx10", "  ")), leaves=(COMMENT,)),
        "long_text": once(thread(comment("Ugx11", text_of_10_000())), leaves=(COMMENT,)),
        "odd_text": once(thread(comment("Ugx12", ODD_TEXT)), leaves=(COMMENT,)),
        "numeric_ids": once(thread(comment(1013)), leaves=(COMMENT,)),
        "unknown_field": once(thread(comment("Ugx14", later={"x": 1})), leaves=(COMMENT,)),
        "unknown_type": once({"kind": "youtube#telepathy", "id": "Ugx15"}, leaves=("unhandled.comment",)),
        "wrong_account": once(thread(comment("Ugx16", channelId="UCother")), leaves=("unhandled.unknown_account",)),
    },
    refusals=(
        *(refusal(reason, status, "refused") for reason, status in REFUSED_AS_IT_IS),
        refusal("authError", 401, "reconnect"),
        refusal("insufficientPermissions", 403, "reconnect"),
        refusal("ineligibleAccount", 403, "reconnect"),
        refusal("youtubeSignupRequired", 403, "reconnect"),
        refusal("somethingOfTokens", 401, "reconnect"),
        refusal("quotaExceeded", 403, "pause_account"),
        refusal("dailyLimitExceeded", 403, "pause_account"),
        refusal("rateLimitExceeded", 403, "pause_account", 60),
        refusal("somethingOfHaste", 429, "pause_account", 60),
        Refusal("throttled for a while", error("rateLimitExceeded", 429, {"retry-after": "7"}), "pause_account", 7),
        Refusal("too many requests, unexplained", Response(429), "pause_account", 60),
        refusal("processingFailure", 400, "unknown"),
        refusal("backendError", 500, "unknown"),
        refusal("somethingOfServers", 503, "unknown"),
        Refusal("server error", Response(503, b"{}"), "unknown"),
        Refusal("a page of HTML", Response(200, b"<html>Sorry</html>"), "unknown"),
        Refusal("a page of HTML, forbidden", Response(403, b"<html>Sorry</html>"), "unknown"),
        Refusal("an answer of another shape", Response(200, b"[1]"), "unknown"),
    ),
    comment_id="Ugx500.901",
    user=ANN,
    finds=frozenset({"reply_to_comment"}),
    wordless=frozenset({"hide_comment", "unhide_comment", "delete_comment"}),
    answers={
        "reply_to_comment": COMMENT_JSON,
        "edit_own": COMMENT_JSON,
        "find_own": {"items": [COMMENT_JSON]},
        "probe_token": {"items": [{"id": CHANNEL, "snippet": {"title": "Maison Aubépine"}}]},
    },
)
