"""Who a visitor is: an id of ours, when it was given out, and a proof of both. Nothing is kept on our side.

`<visitor>.<Unix seconds>.<HMAC-SHA-256 of both, hex>`, keyed with the endpoint's `session_key`.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import SecretStr

from connectors.signing import hmac_sha256_hex, matches_hmac_sha256

HEADER = "x-aplomb-visitor"
LIFE = timedelta(days=90)
"""After it the visitor is somebody new."""
AHEAD = timedelta(days=1)
"""How far the clock of the process that gave it out may be ahead of this one's."""
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9]{1,12})\.([0-9a-f]{64})")


def token(secret: str, visitor: str, now: datetime) -> str:
    issued = str(int(now.timestamp()))
    return f"{visitor}.{issued}.{hmac_sha256_hex(secret, _content(visitor, issued))}"


def visitor_of(given: str, secrets: Iterable[SecretStr], now: datetime) -> str | None:
    """Whose token it is; `None` when it is nobody's, or too old."""
    found = _TOKEN.fullmatch(given)
    if found is None:
        return None
    visitor, issued, proof = found.groups()
    age_s = now.timestamp() - int(issued)
    if not -AHEAD.total_seconds() <= age_s <= LIFE.total_seconds():
        return None
    known = [secret for secret in secrets if secret.get_secret_value()]
    return visitor if matches_hmac_sha256(proof, _content(visitor, issued), known) else None


def _content(visitor: str, issued: str) -> bytes:
    return f"aplomb-visitor/{visitor}.{issued}".encode()
