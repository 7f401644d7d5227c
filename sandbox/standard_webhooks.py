"""The signatures of Standard Webhooks, as the other side makes and checks them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (checked 2026-11-27)
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

TOLERANCE_S = 300


def signed(key: str, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a delivery. `key`: its own bytes, as simulated secrets are."""
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": _signature(key, message_id, timestamp, body),
    }


def is_signed(key: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether the headers (names in lower case) show that whoever has the key sent the body just now."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
        return False
    return headers.get("webhook-signature") == _signature(key, message_id, timestamp, body)


def _signature(key: str, message_id: str, timestamp: str, body: bytes) -> str:
    content = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.digest(key.encode(), content, sha256)).decode()}"
