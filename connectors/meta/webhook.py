"""What the webhooks of all Meta products have in common: the handshake and the signature.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started (checked 2026-11-22)
"""

from bot.errors import NotAuthentic
from connectors.base import Endpoint, Request, Response
from connectors.signing import matches_hmac_sha256, matches_token


def greet(request: Request, endpoint: Endpoint) -> Response | None:
    """`GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`, answered with the bare challenge."""
    query = request.query
    if request.method != "GET" or "hub.mode" not in query:
        return None
    known = matches_token(query.get("hub.verify_token", ""), endpoint.secrets("verify_token"))
    if not known or query["hub.mode"] != "subscribe":
        raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: a handshake without our verify token")
    return Response(200, query.get("hub.challenge", "").encode(), {"content-type": "text/plain; charset=utf-8"})


def check_signature(request: Request, endpoint: Endpoint) -> None:
    """`X-Hub-Signature-256: sha256=<hex>` over the raw body, keyed with the app secret; SHA-1 is not accepted."""
    algorithm, _, signature = request.headers.get("x-hub-signature-256", "").partition("=")
    if algorithm != "sha256" or not matches_hmac_sha256(signature, request.body, endpoint.secrets("app_secret")):
        raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no signature of ours on a delivery")
