"""LinkedIn, for the tests of every channel."""

import json
from collections.abc import Mapping
from typing import Any

from connectors.base import Response
from connectors.signing import hmac_sha256_hex
from tests.channels.base import ODD_TEXT, ChannelFacts, Greeting, Headers, Refusal, Scene, text_of_10_000
from tests.channels.meta import AT_MS

ORGANIZATION = "96072001"
OWN = f"urn:li:organization:{ORGANIZATION}"
POST = "7094637247890620001"
COMMENT = "comment.received"
NO_PRIVATE = "LinkedIn has no private messages for bots"


def sign(secret: str, body: bytes, now: object = None) -> Headers:
    return {"x-li-signature": hmac_sha256_hex(secret, b"hmacsha256=" + body)}


def urn(number: object) -> str:
    return f"urn:li:comment:(urn:li:activity:{POST},{number})"


def notification(action: str, number: object, **more: Any) -> dict[str, Any]:
    return {
        "notificationId": 5603450000,
        "organizationalEntity": OWN,
        "action": action,
        "sourcePost": f"urn:li:activity:{POST}",
        "generatedActivity": f"urn:li:comment:(activity:{POST},{number})",
        "lastModifiedAt": AT_MS,
        "subscriber": "urn:li:person:admin01",
        **more,
    }


def decorated(number: object, text: str, owner: str = "urn:li:person:bob01", **more: Any) -> dict[str, Any]:
    said = {"owner": owner, "text": text, "entity": urn(number), "object": f"urn:li:activity:{POST}", **more}
    return {"decoratedGeneratedActivity": {"comment": said}}


def comment(number: object, text: str = "Superbe !", **more: Any) -> dict[str, Any]:
    return notification("COMMENT", number, **decorated(number, text, **more))


def body(*notifications: Any) -> bytes:
    return json.dumps(
        {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": list(notifications)}
    ).encode()


def once(*notifications: dict[str, Any], leaves: tuple[str, ...]) -> Scene:
    return Scene((body(*notifications),), leaves)


def _challenge(secrets: Mapping[str, str], right: bool) -> dict[str, str]:
    return {"challengeCode": "890e4665-4dfe-4ab1-b689-ed553bceeed0"} if right else {"challenge": "890e4665"}


def _answer(secrets: Mapping[str, str], query: dict[str, str]) -> bytes:
    code = query["challengeCode"]
    made = hmac_sha256_hex(secrets["client_secret"], code.encode())
    return json.dumps({"challengeCode": code, "challengeResponse": made}).encode()


def refused(status: int, code: int = 0, text: str = "no") -> Response:
    return Response(status, json.dumps({"status": status, "serviceErrorCode": code, "message": text}).encode())


OURS = decorated(7, "Merci !", OWN)

LINKEDIN = ChannelFacts(
    channel="linkedin",
    accounts={ORGANIZATION: {"app_id": "1", "person_id": "admin01", "client_id": "c1"}, "96072002": {}},
    signed_with="client_secret",
    sign=sign,
    greeting=Greeting(_challenge, _answer),
    kinds=frozenset(
        {
            *("comment.received", "mention.received", "message.edited", "message.deleted", "echoed"),
            "content.unavailable",
        }
    ),
    scenes={
        "dm": NO_PRIVATE,
        "comment": once(comment(1), leaves=(COMMENT,)),
        "several_entries": once(comment(2), comment(3), comment(4), leaves=(COMMENT,) * 3),
        "dm_and_comment": NO_PRIVATE,
        "duplicate_in_body": once(comment(5), comment(5), leaves=(COMMENT,)),
        "out_of_order": Scene((body(comment(9, object=urn(8))), body(comment(8))), (COMMENT, COMMENT)),
        "echo": once(notification("ADMIN_COMMENT", 7, **OURS), leaves=("echoed",)),
        "echo_of_another_id": once(notification("COMMENT", 6, **decorated(6, "Merci !", OWN)), leaves=("echoed",)),
        "edit": once(notification("COMMENT_EDIT", 1, **decorated(1, "Très beau !")), leaves=("message.edited",)),
        "delete": once(notification("COMMENT_DELETE", 1), leaves=("message.deleted",)),
        "reaction": once(notification("LIKE", 1), leaves=("unhandled.action.LIKE",)),
        "media_only": once(comment(10, ""), leaves=(COMMENT,)),
        "empty_text": once(comment(11, " "), leaves=(COMMENT,)),
        "long_text": once(comment(12, text_of_10_000()), leaves=(COMMENT,)),
        "odd_text": once(comment(13, ODD_TEXT), leaves=(COMMENT,)),
        "numeric_ids": once({**comment(14), "notificationId": "5603450014"}, leaves=(COMMENT,)),
        "unknown_field": once({**comment(15), "later": {"x": 1}}, leaves=(COMMENT,)),
        "unknown_type": once(notification("TELEPATHY", 16), leaves=("unhandled.action.TELEPATHY",)),
        "wrong_account": once(
            {**comment(17), "organizationalEntity": "urn:li:organization:1"}, leaves=("unhandled.unknown_account",)
        ),
    },
    refusals=(
        Refusal("token expired", refused(401, 65601), "reconnect"),
        Refusal(
            "refresh token ended",
            Response(400, b'{"error": "invalid_grant", "error_description": "The token has expired"}'),
            "reconnect",
        ),
        Refusal("too many today", refused(429, 101), "pause_account"),
        Refusal("permission missing", refused(403, 100), "refused"),
        Refusal("post deleted, or not public", refused(404), "refused"),
        Refusal("the same words again", refused(422), "refused"),
        Refusal("version no longer served", refused(426), "refused"),
        Refusal("server error", refused(500), "unknown"),
        Refusal("refused by something between", Response(403, b"<html>no</html>"), "unknown"),
        Refusal("a page of HTML", Response(200, b"<html>Sorry</html>"), "unknown"),
    ),
    comment_id="7094637247890620001_7094977717598625001",
    user="bob01",
    finds=frozenset({"reply_to_comment"}),
    wordless=frozenset({"delete_comment", "edit_own"}),
)
