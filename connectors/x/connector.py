"""X: private messages, and posts that mention, quote or answer the account.

https://docs.x.com/x-api/activity/introduction
https://docs.x.com/x-api/webhooks/introduction (checked 2026-11-27)

Deliveries of the X Activity API, one event each, and of the older Account Activity API. How to connect an account:
README.md beside this file.
"""

import json
from datetime import datetime, timedelta

from bot.errors import NotAuthentic
from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.signing import hmac_sha256_base64, matches_hmac_sha256_base64
from connectors.wire import decode
from connectors.x.activity import read_activity, read_older
from connectors.x.calls import build, interpret

POST_WEIGHT = 280
MESSAGE_CHARACTERS = 10_000
"""Told by many; no page of X's that could be found names it."""
REDELIVERY = timedelta(days=1)
"""Not documented; what was missed can be replayed for a day."""
KEEPS = timedelta(hours=24)
"""Deletions have to be followed within a day. https://docs.x.com/developer-terms/policy (checked 2026-11-27)"""
POSTS_PER_DAY = 200
"""Ours: every post costs money. The setting `posts_per_day`."""
QUARTER_S = 900
REPLIES_A_QUARTER, MESSAGES_A_QUARTER, HIDINGS_A_QUARTER = 100, 15, 50
"""https://docs.x.com/x-api/fundamentals/rate-limits (checked 2026-11-27)"""


class XConnector:
    channel: str = "x"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("consumer_secret", "console.x.com → the app → Keys and tokens → API key secret"),
        SecretSpec("token", "OAuth 2.0 access token of the account, with tweet.write and dm.write"),
        SecretSpec("refresh_token", "given with the token when offline.access was granted; each works once"),
        SecretSpec("app_token", "the app's own bearer token, to look after the webhook", optional=True),
    )
    api_url: str = "https://api.x.com"

    def capabilities(self, account: Account) -> Capabilities:
        a_day = account.figure("posts_per_day", POSTS_PER_DAY)
        return Capabilities(
            message_limit=MESSAGE_CHARACTERS,
            comment_limit=POST_WEIGHT,
            text_unit="characters",
            comment_unit="weighted",
            window_s=None,
            person_window_s=None,
            redelivery_horizon_s=int(REDELIVERY.total_seconds()),
            private_reply=False,
            hide=True,
            react=account.settings.get("likes") == "on",
            edits=True,
            delete_own=True,
            echoes=True,
            find_own=True,
            keeps_s=int(KEEPS.total_seconds()),
            rates=(
                RateScope(per="account", count=a_day, per_s=86_400, only=("reply_to_comment", "send_message")),
                RateScope(per="account", count=REPLIES_A_QUARTER, per_s=QUARTER_S, only=("reply_to_comment",)),
                RateScope(per="account", count=MESSAGES_A_QUARTER, per_s=QUARTER_S, only=("send_message",)),
                RateScope(
                    per="account", count=HIDINGS_A_QUARTER, per_s=QUARTER_S, only=("hide_comment", "unhide_comment")
                ),
            ),
        )

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        """`GET ?crc_token=…`, asked every hour or so: the answer proves that we have the consumer secret."""
        token = request.query.get("crc_token")
        if request.method != "GET" or not token:
            return None
        secret = next((s.get_secret_value() for s in endpoint.secrets("consumer_secret")), "")
        if not secret:
            raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no consumer secret to answer a challenge with")
        answer = {"response_token": f"sha256={hmac_sha256_base64(secret, token.encode())}"}
        return Response(200, json.dumps(answer).encode(), {"content-type": "application/json"})

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        """`x-twitter-webhooks-signature: sha256=<base64>` over the raw body."""
        algorithm, _, signature = request.headers.get("x-twitter-webhooks-signature", "").partition("=")
        secrets = endpoint.secrets("consumer_secret")
        if algorithm != "sha256" or not matches_hmac_sha256_base64(signature, request.body, secrets):
            raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no signature of ours on a delivery")

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        try:
            body = decode(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not body:
            return [Unhandled(what="malformed", why="no JSON object")]
        data = body.get("data")
        if data is not None:
            return [read_activity(data if isinstance(data, dict) else {}, endpoint, now)]
        return read_older(body, endpoint, now)

    def acknowledge(self, request: Request) -> Response:
        return Response(200)

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        return build(what, account)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, account, now)


X = XConnector()
