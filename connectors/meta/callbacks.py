"""Meta's privacy callbacks: somebody asks for their data to be deleted, or removes the app.

https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback (checked 2026-11-27)

Both are form POSTs of a `signed_request` to an address that the app's dashboard holds; ours is the webhook's own with
`?about=deletion` or `?about=deauthorize`. They speak of people who logged in to the app, by an id that is not the one
in messages: an erasure meets a contact only where the two are the same, and who connected an account can't be told
from who else used the app. So every account counts as revoked until its token was tried again, which is done at once.
"""

import json
from base64 import urlsafe_b64decode
from binascii import Error
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from bot.errors import NotAuthentic
from bot.model.event import AccountRevoked, ErasureRequested, Event, Unhandled
from bot.model.ids import ContactId, EventId
from connectors.base import Endpoint, Request, Response
from connectors.signing import matches_hmac_sha256_raw
from connectors.wire import Id, Part, Text, Whole, decode, digest, moment

DELETION = "deletion"
DEAUTHORIZE = "deauthorize"
FRESH_FOR = timedelta(days=1)
"""How old a request may be; Meta names no figure, and tries again for some time."""


class _Said(Part):
    algorithm: Text = ""
    issued_at: Whole = None
    user_id: Id = None


def is_callback(request: Request) -> bool:
    return request.method == "POST" and request.query.get("about") in (DELETION, DEAUTHORIZE)


def check_callback(request: Request, endpoint: Endpoint, now: datetime) -> None:
    """Signed with the app secret over the encoded payload. Raises `NotAuthentic`."""
    signature, payload = _parts(request)
    said = _said(payload)
    issued = moment(said.issued_at)
    signed = said.algorithm.upper() == "HMAC-SHA256" and matches_hmac_sha256_raw(
        _decoded(signature), payload.encode(), endpoint.secrets("app_secret")
    )
    if not signed or issued is None or abs(now - issued) > FRESH_FOR:
        raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no signed request of ours, or an old one")


def read_callback(request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
    said = _said(_parts(request)[1])
    about = request.query["about"]
    if said.user_id is None:
        return [Unhandled(what=f"callback.{about}", why="nobody named")]
    issued = moment(said.issued_at) or now
    found: list[Event | Unhandled] = []
    for account in endpoint.accounts:
        event_id = EventId(f"{account.id}/{about}:{said.user_id}:{said.issued_at}")
        if about == DELETION:
            found.append(
                ErasureRequested(
                    id=event_id,
                    account=account.id,
                    contact=ContactId.of(account.id, said.user_id),
                    occurred_at=issued,
                    received_at=now,
                    confirmation=_code(said),
                )
            )
        else:
            why = "somebody who used the app removed it"
            found.append(AccountRevoked(id=event_id, account=account.id, occurred_at=issued, received_at=now, why=why))
    return found or [Unhandled(what="unknown_account", why="an endpoint without accounts")]


def answer_callback(request: Request) -> Response:
    """For a deletion, where the person can read what became of it; `/privacy/<code>` is served by Aplomb."""
    if request.query.get("about") != DELETION:
        return Response(200)
    code = _code(_said(_parts(request)[1]))
    told = {"url": f"https://{request.headers.get('host', '')}/privacy/{code}", "confirmation_code": code}
    return Response(200, json.dumps(told).encode(), {"content-type": "application/json"})


def _code(said: _Said) -> str:
    return digest(DELETION, said.user_id, str(said.issued_at))


def _parts(request: Request) -> tuple[str, str]:
    form = parse_qs(request.body.decode("utf-8", "replace"))
    signature, _, payload = form.get("signed_request", [""])[0].partition(".")
    return signature, payload


def _said(payload: str) -> _Said:
    try:
        found = decode(_decoded(payload))
    except ValueError:
        found = None
    return _Said.model_validate(found if isinstance(found, dict) else {})


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return b""
