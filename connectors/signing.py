"""The only place where secrets are compared. Constant time, fail closed, any of several secrets may match."""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from pydantic import SecretStr

STANDARD_TOLERANCE_S = 300
"""How far a sender's clock, or a copied request, may be from now. The specification leaves the figure to the receiver.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (checked 2026-11-27)
"""
STANDARD_SIGNATURES = 10
"""So many of one delivery are looked at: a sender that changes its secret signs with two."""
_SECONDS = re.compile(r"[0-9]{1,12}")


def hmac_sha256_hex(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def matches_hmac_sha256(signature_hex: str, body: bytes, secrets: Iterable[SecretStr]) -> bool:
    """Whether one of the secrets signed these very bytes. No secret: False."""
    signature = _bytes(signature_hex.strip().lower())
    keys = [secret.get_secret_value() for secret in secrets]
    compared = [bool(key) and hmac.compare_digest(hmac_sha256_hex(key, body).encode(), signature) for key in keys]
    return any(compared)


def matches_hmac_sha256_raw(signature: bytes, message: bytes, secrets: Iterable[SecretStr]) -> bool:
    """As `matches_hmac_sha256`, for a signature that came as bytes. An empty secret matches nothing."""
    keys = [secret.get_secret_value().encode() for secret in secrets]
    compared = [bool(key) and hmac.compare_digest(hmac.digest(key, message, sha256), signature) for key in keys]
    return any(compared)


def hmac_sha256_base64(secret: str, message: bytes) -> str:
    return b64encode(hmac.digest(secret.encode(), message, sha256)).decode()


def matches_hmac_sha256_base64(signature: str, body: bytes, secrets: Iterable[SecretStr]) -> bool:
    """As `matches_hmac_sha256`, for a signature in base64. An empty secret matches nothing."""
    given = _bytes(signature.strip())
    keys = [secret.get_secret_value() for secret in secrets]
    compared = [bool(key) and hmac.compare_digest(hmac_sha256_base64(key, body).encode(), given) for key in keys]
    return any(compared)


def matches_hmac_sha1(signature_hex: str, body: bytes, secrets: Iterable[SecretStr]) -> bool:
    """For WebSub hubs, which still sign with SHA-1. An empty secret matches nothing."""
    signature = _bytes(signature_hex.strip().lower())
    keys = [secret.get_secret_value().encode() for secret in secrets]
    compared = [
        bool(key) and hmac.compare_digest(hmac.digest(key, body, "sha1").hex().encode(), signature) for key in keys
    ]
    return any(compared)


def matches_token(given: str, secrets: Iterable[SecretStr]) -> bool:
    """Whether the bearer gave one of the secrets literally. No secret, or an empty one: False."""
    known = [s.get_secret_value().encode() for s in secrets]
    compared = [bool(secret) and hmac.compare_digest(secret, _bytes(given)) for secret in known]
    return any(compared)


def standard_signature(secret: SecretStr, message_id: str, timestamp: str, body: bytes) -> str:
    """As Standard Webhooks say: `v1,` and the HMAC of id, Unix seconds and body."""
    signed = _bytes(f"{message_id}.{timestamp}.") + body
    return f"v1,{b64encode(hmac.digest(_standard_key(secret), signed, sha256)).decode()}"


def matches_standard_signature(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[SecretStr], now: datetime
) -> bool:
    """Whether one of the secrets made one of the signatures, just now. No secret, or an empty one: False."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not _SECONDS.fullmatch(timestamp):
        return False
    if abs(now.timestamp() - int(timestamp)) > STANDARD_TOLERANCE_S:
        return False
    given = [_bytes(each) for each in headers.get("webhook-signature", "").split()[:STANDARD_SIGNATURES]]
    made = [standard_signature(s, message_id, timestamp, body).encode() for s in secrets if _standard_key(s)]
    compared = [hmac.compare_digest(ours, theirs) for ours in made for theirs in given]
    return any(compared)


def _standard_key(secret: SecretStr) -> bytes:
    """`whsec_` and base64, or the secret's own bytes."""
    given = secret.get_secret_value()
    if given.startswith("whsec_"):
        try:
            return b64decode(given.removeprefix("whsec_"), validate=True)
        except ValueError:
            pass
    return given.encode()


def _bytes(header: str) -> bytes:
    """Any header a stranger may send: aiohttp hands on bytes that are no UTF-8 as surrogates."""
    return header.encode("utf-8", "surrogatepass")
