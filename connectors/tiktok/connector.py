"""TikTok business accounts: comments under their videos, mentions and private messages.

https://business-api.tiktok.com/portal/docs (seen through the research notes of 2026-08-24; checked 2026-11-27)

How to connect an account: README.md beside this file.
"""

from datetime import datetime, timedelta

from bot.errors import NotAuthentic
from bot.model.action import Action, Query
from bot.model.capability import Capabilities, RateScope
from bot.model.event import AccountRevoked, Event, Unhandled
from connectors.base import Account, Endpoint, Reading, Request, Response, SecretSpec
from connectors.signing import matches_hmac_sha256
from connectors.tiktok.answers import interpret
from connectors.tiktok.calls import build
from connectors.tiktok.comments import read_mention, read_update
from connectors.tiktok.context import Context
from connectors.tiktok.messages import read_message, read_receipt, read_stripped
from connectors.tiktok.payloads import CommentUpdate, Envelope, Mention, Message
from connectors.wire import decode, label, moment

TOLERANCE_S = 300
"""Of a delivery's time. Five seconds, as others have it, refuse what comes again or had to wait."""
REDELIVERY = timedelta(hours=72)
WINDOW = timedelta(hours=48)
"""After the customer's last words. How many messages it takes is told in several ways: TikTok's refusal decides."""
COMMENT_CHARACTERS = 150
"""The app's own limit; the API is said to take 1,200: the setting `comment_limit`."""
MESSAGE_CHARACTERS = 6000
"""From memory: the setting `message_limit`."""
CALLS_A_MINUTE = 600
CALLS_A_SECOND = 40


class TikTok:
    channel: str = "tiktok"
    secrets: tuple[SecretSpec, ...] = (
        SecretSpec("app_secret", "business-api.tiktok.com → My Apps → the app → Secret"),
        SecretSpec("token", "given when the account authorised the app; lives 24 hours"),
        SecretSpec("refresh_token", "given with the token; lives a year", optional=True),
    )
    api_url: str = "https://business-api.tiktok.com"

    def capabilities(self, account: Account) -> Capabilities:
        return Capabilities(
            message_limit=account.figure("message_limit", MESSAGE_CHARACTERS),
            comment_limit=account.figure("comment_limit", COMMENT_CHARACTERS),
            text_unit="characters",
            window_s=int(WINDOW.total_seconds()),
            person_window_s=int(WINDOW.total_seconds()),
            redelivery_horizon_s=int(REDELIVERY.total_seconds()),
            private_reply=False,
            hide=True,
            react=True,
            delete_own=True,
            edits=False,
            echoes=True,
            find_own=True,
            seen=True,
            rates=(
                RateScope(per="app", count=CALLS_A_MINUTE, per_s=60),
                RateScope(per="account", count=CALLS_A_SECOND, per_s=1),
            ),
        )

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        """TikTok has no handshake."""
        return None

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        """`Tiktok-Signature: t=<seconds>,s=<hex>`: HMAC-SHA256 of the seconds, a dot and the raw body."""
        given = request.headers.get("tiktok-signature", "")
        parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
        stamp = parts.get("t", "")
        at = moment(int(stamp)) if stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12 else None
        fresh = at is not None and abs((now - at).total_seconds()) <= TOLERANCE_S
        signed = stamp.encode() + b"." + request.body
        if not matches_hmac_sha256(parts.get("s", ""), signed, endpoint.secrets("app_secret")) or not fresh:
            raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no signature of ours, or an old one")

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        """One thing a delivery; a message with several reactions is several."""
        try:
            body = decode(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not body:
            return [Unhandled(what="malformed", why="no JSON object")]
        envelope = Envelope.model_validate(body)
        account = endpoint.account(envelope.user_openid or "")
        if account is None:
            return [Unhandled(what="unknown_account", why="an account that this endpoint is not configured for")]
        return _read(envelope, Context(account, now, moment(envelope.create_time)))

    def acknowledge(self, request: Request) -> Response:
        return Response(200)

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        return build(what, account)

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        return interpret(what, response, Context(account, now))


def _read(envelope: Envelope, context: Context) -> list[Event | Unhandled]:
    content = envelope.inner()
    if content is None:
        return [Unhandled(what="malformed", why="no JSON object within `content`")]
    match envelope.event:
        case "im_receive_msg" | "im_send_msg":
            return read_message(Message.model_validate(content), context)
        case "im_receive_msg_eu":
            return [read_stripped(Message.model_validate(content), context)]
        case "im_mark_read_msg":
            return [read_receipt(Message.model_validate(content), context)]
        case "comment.update":
            return [read_update(CommentUpdate.model_validate(content), context)]
        case "brand.mention.event":
            return [read_mention(Mention.model_validate(content), context)]
        case "authorization.removed":
            return [_revoked(content, context)]
        case event:
            return [Unhandled(what=label(event.replace(".", "_")), why="no event for it")]


def _revoked(content: dict[str, object], context: Context) -> Event:
    at = context.at(None)
    return AccountRevoked(
        id=context.id("x", int(at.timestamp())),
        account=context.account.id,
        occurred_at=at,
        received_at=context.now,
        why=f"the account took back the app's authorisation (reason {content.get('reason', 'not told')})"[:200],
    )


TIKTOK = TikTok()
