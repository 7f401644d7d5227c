"""YouTube: comments on the channel's videos, asked for by polling. There are no private messages.

https://developers.google.com/youtube/v3/docs (checked 2026-11-27)

How to connect a channel: README.md beside this file.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.youtube.calls import build, interpret
from connectors.youtube.comments import REDELIVERY
from connectors.youtube.hub import check_signature, greet, read_feed
from connectors.youtube.options import options
from connectors.youtube.requests import API

WRITING: Final = 50
"""Units of a call that changes something; a list costs one.
https://developers.google.com/youtube/v3 (determine_quota_cost, checked 2026-11-27)
"""
COSTS: Final = {
    "reply_to_comment": WRITING,
    "hide_comment": WRITING,
    "unhide_comment": WRITING,
    "delete_comment": WRITING,
    "edit_own": WRITING,
    "refresh_token": 0,
    "subscribe": 0,
    "subscriptions": 0,
}
DAY_S: Final = 86_400
KEPT: Final = timedelta(days=30)
"""Developer Policies III.E.4.c and d, of 2026-09-14: what the API gave is deleted or asked for again."""


class YouTube:
    channel: str = "youtube"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("client_id", "console.cloud.google.com → APIs & Services → Credentials → the OAuth client"),
        SecretSpec("client_secret", "beside the client id"),
        SecretSpec(
            "refresh_token", "from the channel owner's consent to youtube.force-ssl, asked with access_type=offline"
        ),
        SecretSpec("token", "not needed: it lives an hour, and is fetched with the refresh token", optional=True),
        SecretSpec("hub_secret", "made up by you; without it new videos are not announced", optional=True),
    )
    api_url: str = API

    def capabilities(self, account: Account) -> Capabilities:
        chosen = options(account)
        return Capabilities(
            message_limit=chosen.comment_characters,
            comment_limit=chosen.comment_characters,
            text_unit="characters",
            window_s=None,
            person_window_s=None,
            redelivery_horizon_s=int(REDELIVERY.total_seconds()),
            private=False,
            private_reply=False,
            hide=True,
            react=False,
            delete_own=True,
            edit_own=True,
            edits=True,
            echoes=True,
            find_own=True,
            rates=(RateScope(per="app", count=chosen.quota_units, per_s=DAY_S, costs=COSTS),),
            poll_every_s=chosen.poll_every_s,
            keeps_s=int(KEPT.total_seconds()),
        )

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        return greet(request, endpoint)

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        check_signature(request, endpoint)

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        return read_feed(request, endpoint, now)

    def acknowledge(self, request: Request) -> Response:
        return Response(200)

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        return build(what, account, now)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, account, now)


YOUTUBE = YouTube()
