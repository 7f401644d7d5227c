"""What the deliveries of Meta's products have in common."""

import json
from collections.abc import Mapping
from typing import Any

from connectors.base import Response
from connectors.signing import hmac_sha256_hex
from tests.channels.base import Greeting, Headers, Refusal

AT_S = 1_795_348_800
"""2026-11-22, 12:00 UTC."""
AT_MS = AT_S * 1000


def sign(secret: str, body: bytes, now: object = None) -> Headers:
    return {"x-hub-signature-256": f"sha256={hmac_sha256_hex(secret, body)}"}


def delivery(object_: str, *entries: dict[str, Any]) -> bytes:
    return json.dumps({"object": object_, "entry": list(entries)}).encode()


def _query(secrets: Mapping[str, str], right: bool) -> dict[str, str]:
    token = secrets["verify_token"] + ("" if right else "x")
    return {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}


GREETING = Greeting(_query, lambda secrets, query: query["hub.challenge"].encode())


def error(code: int, subcode: int | None = None, status: int = 400, headers: Headers | None = None) -> Response:
    body: dict[str, Any] = {"message": f"(#{code}) no", "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    if subcode is not None:
        body["error_subcode"] = subcode
    return Response(status, json.dumps({"error": body}).encode(), headers or {})


def usage(kind: str, minutes: int) -> Headers:
    share = {"type": kind, "call_count": 100, "total_cputime": 9, "total_time": 9}
    told = json.dumps({"1": [{**share, "estimated_time_to_regain_access": minutes}]})
    return {"x-business-use-case-usage": told}


UNCLEAR = (
    Refusal("server error", error(2, status=500), "unknown"),
    Refusal("error without a code", Response(503, b"{}"), "unknown"),
    Refusal("a page of HTML", Response(200, b"<html>Sorry</html>"), "unknown"),
    Refusal("an answer of another shape", Response(200, b"[1]"), "unknown"),
    Refusal("too many requests, unexplained", Response(429, b""), "pause_account", 300),
)
"""The same for all of Meta's products."""
