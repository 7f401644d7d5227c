"""LinkedIn pages of organisations: comments, their edits and deletions, and mentions.

https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications
(checked 2026-11-27)

There are no private messages for bots. How to connect a page: README.md beside this file.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import NotAuthentic
from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.linkedin.calls import EVENTS, build, interpret
from connectors.linkedin.notifications import Context, read_notification
from connectors.linkedin.payloads import Delivery
from connectors.signing import hmac_sha256_hex, matches_hmac_sha256
from connectors.wire import Id, Part, decode, label

COMMENT_CHARACTERS = 1250
"""From another vendor's pages, not from LinkedIn's: the setting `comment_limit`."""
CALLS_PER_DAY = 500
"""The figures are shown in the app's portal only: the setting `calls_per_day`, with a cautious default."""
KEEP_HOURS = 48
"""How long social activity may be stored without asking again, as told; the contract says: the setting `keep_hours`."""
REDELIVERY = timedelta(hours=8)
SIGNED_PREFIX = b"hmacsha256="
"""It is part of what is signed, and may stand before the signature too."""


class LinkedIn:
    channel: str = "linkedin"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("client_secret", "linkedin.com/developers → the app → Auth → Primary client secret"),
        SecretSpec("token", "of a member who administers the page, with w_organization_social"),
        SecretSpec("refresh_token", "given with the token to approved partners", optional=True),
    )
    api_url: str = "https://api.linkedin.com"

    def capabilities(self, account: Account) -> Capabilities:
        limit = account.figure("comment_limit", COMMENT_CHARACTERS)
        return Capabilities(
            message_limit=limit,
            comment_limit=limit,
            text_unit="characters",
            window_s=None,
            person_window_s=None,
            redelivery_horizon_s=int(REDELIVERY.total_seconds()),
            private_reply=False,
            hide=False,
            react=True,
            edits=True,
            delete_own=True,
            edit_own=True,
            echoes=True,
            find_own=True,
            private=False,
            keeps_s=account.figure("keep_hours", KEEP_HOURS) * 3600,
            rates=(RateScope(per="account", count=account.figure("calls_per_day", CALLS_PER_DAY), per_s=86_400),),
        )

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        """`GET ?challengeCode=…`, asked every two hours: the answer proves that we have the client secret.

        `applicationId` says which app's, where several use the address.
        """
        code = request.query.get("challengeCode")
        if request.method != "GET" or not code:
            return None
        app = request.query.get("applicationId")
        asked = tuple(account for account in endpoint.accounts if account.settings.get("app_id") == app)
        whose = replace(endpoint, accounts=asked or endpoint.accounts)
        secret = next((s.get_secret_value() for s in whose.secrets("client_secret")), "")
        if not secret:
            raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no client secret to answer a challenge with")
        answer = {"challengeCode": code, "challengeResponse": hmac_sha256_hex(secret, code.encode())}
        return Response(200, json.dumps(answer).encode(), {"content-type": "application/json"})

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        """`X-LI-Signature`: hex HMAC-SHA256 of `hmacsha256=` and the raw body."""
        signature = request.headers.get("x-li-signature", "").removeprefix(SIGNED_PREFIX.decode())
        if not matches_hmac_sha256(signature, SIGNED_PREFIX + request.body, endpoint.secrets("client_secret")):
            raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no signature of ours on a delivery")

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        """At most ten notifications, of any of the organisations."""
        try:
            body = decode(request.body)
        except ValueError:
            return [Unhandled(what="malformed", why="no JSON")]
        delivery = Delivery.model_validate(body if isinstance(body, dict) else {})
        if delivery.type not in ("", EVENTS):
            return [Unhandled(what=f"type.{label(delivery.type)}", why="not about an organisation's page")]
        if not delivery.notifications:
            return [Unhandled(what="malformed", why="no notifications")]
        return [_notification(raw, endpoint, now) for raw in delivery.notifications]

    def acknowledge(self, request: Request) -> Response:
        return Response(200)

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        return build(what, account, now)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, account, now)


class _Whose(Part):
    organizationalEntity: Id = None


def _notification(raw: object, endpoint: Endpoint, now: datetime) -> Event | Unhandled:
    if not isinstance(raw, dict):
        return Unhandled(what="malformed", why="a notification that is no object")
    urn = _Whose.model_validate(raw).organizationalEntity or ""
    account = endpoint.account(urn.rpartition(":")[2])
    if account is None:
        return Unhandled(what="unknown_account", why="an organisation that this endpoint is not configured for")
    return read_notification(raw, Context(account, now))


LINKEDIN = LinkedIn()
