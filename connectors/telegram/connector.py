"""Telegram: private chats with a bot, comments under a channel's posts, and groups where the bot is named.

https://core.telegram.org/bots/api#setwebhook (checked 2026-11-22)

One endpoint serves one bot, for a delivery does not say whose it is. How to connect a bot: README.md beside this file.
"""

import json
from datetime import datetime, timedelta

from telegram.constants import FloodLimit, MessageLimit

from bot.errors import NotAuthentic
from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.signing import matches_token
from connectors.telegram.answers import interpret
from connectors.telegram.calls import CHOICES, build, is_polled
from connectors.telegram.context import Context
from connectors.telegram.payloads import MALFORMED, pressed_button, read_update
from connectors.telegram.updates import read
from connectors.wire import decode

REDELIVERY = timedelta(hours=24)
"""How long an update is kept for us. https://core.telegram.org/bots/api#getting-updates (checked 2026-11-22)"""
NO_LIMIT = timedelta(days=3650)
"""Telegram sets none to the age of a comment whose author is written to."""
SECOND, MINUTE = 1.0, 60.0
POLL_EVERY_S = 1.0

CAPABILITIES = Capabilities(
    message_limit=MessageLimit.MAX_TEXT_LENGTH,
    comment_limit=MessageLimit.MAX_TEXT_LENGTH,
    text_unit="utf16",
    window_s=None,
    person_window_s=None,
    redelivery_horizon_s=int(REDELIVERY.total_seconds()),
    private_reply=True,
    private_reply_s=int(NO_LIMIT.total_seconds()),
    hide=False,
    react=True,
    react_privately=True,
    delete_own=True,
    edit_own=True,
    choices=CHOICES,
    images=True,
    seen=True,
    edits=True,
    echoes=False,
    find_own=False,
    rates=(
        RateScope(per="account", count=FloodLimit.MESSAGES_PER_SECOND, per_s=SECOND),
        RateScope(per="chat", count=FloodLimit.MESSAGES_PER_SECOND_PER_CHAT, per_s=SECOND),
        RateScope(per="chat", count=FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP, per_s=MINUTE),
    ),
)

POLLED = CAPABILITIES.model_copy(update={"poll_every_s": POLL_EVERY_S})


class Telegram:
    channel: str = "telegram"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("token", "from @BotFather, when the bot is made or with /token"),
        SecretSpec("secret_token", "made up by you (1–256 of A–Z a–z 0–9 _ -), and given to setWebhook"),
    )
    api_url: str = "https://api.telegram.org"

    def capabilities(self, account: Account) -> Capabilities:
        return POLLED if is_polled(account) else CAPABILITIES

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        """Telegram has no handshake."""
        return None

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        """`X-Telegram-Bot-Api-Secret-Token` carries the secret token as it is; nothing is signed."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        known = endpoint.accounts[0].secrets.get("secret_token", ()) if endpoint.accounts else ()
        if not matches_token(given, known):
            raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: a delivery without our secret token")

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        """What the one update of a delivery says. Telegram never sends two."""
        if not endpoint.accounts:
            return [Unhandled(what="unknown_account", why="no bot is configured for this endpoint")]
        try:
            update, names = read_update(request.body)
            return read(update, names, Context(endpoint.accounts[0], int(update.update_id), now))
        except MALFORMED as error:
            return [Unhandled(what="malformed", why=type(error).__name__)]

    def acknowledge(self, request: Request) -> Response:
        """Empty, but for a pressed button, whose clock it stops: a body with a key `method` is carried out as a call.

        https://core.telegram.org/bots/api#making-requests-when-getting-updates (checked 2026-11-22)
        """
        try:
            pressed = pressed_button(decode(request.body))
        except ValueError:
            pressed = None
        if pressed is None:
            return Response(200)
        call = {"method": "answerCallbackQuery", "callback_query_id": pressed}
        return Response(200, json.dumps(call).encode(), {"content-type": "application/json"})

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        return build(what, account)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, Context(account, 0, now))


TELEGRAM = Telegram()
