"""The only place where secrets are compared. Constant time, fail closed, any of several secrets may match."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from pydantic import SecretStr


def hmac_sha256_hex(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def matches_hmac_sha256(signature_hex: str, body: bytes, secrets: Iterable[SecretStr]) -> bool:
    """Whether one of the secrets signed these very bytes. No secret: False."""
    signature = _bytes(signature_hex.strip().lower())
    compared = [hmac.compare_digest(hmac_sha256_hex(s.get_secret_value(), body).encode(), signature) for s in secrets]
    return any(compared)


def matches_token(given: str, secrets: Iterable[SecretStr]) -> bool:
    """Whether the bearer gave one of the secrets literally. No secret, or an empty one: False."""
    known = [s.get_secret_value().encode() for s in secrets]
    compared = [bool(secret) and hmac.compare_digest(secret, _bytes(given)) for secret in known]
    return any(compared)


def _bytes(header: str) -> bytes:
    """Any header a stranger may send: aiohttp hands on bytes that are no UTF-8 as surrogates."""
    return header.encode("utf-8", "surrogatepass")
