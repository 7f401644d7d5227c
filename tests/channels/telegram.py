"""Telegram, for the tests of every channel."""

from tests.channels.base import ChannelFacts

TELEGRAM = ChannelFacts(
    channel="telegram",
    accounts={"7001000001": {"username": "aubepine_bot"}},
    signed_with="secret_token",
    sign=lambda secret, body, now: {"x-telegram-bot-api-secret-token": secret},
    signs_body=False,
    secrets_in_requests="path",
    kinds=frozenset(
        {
            "message.received",
            "message.edited",
            "comment.received",
            "mention.received",
            "reaction.added",
            "echoed",
            "contact.opted_out",
        }
    ),
    scenes={},
    refusals=(),
    comment_id="-1002000000001:21",
)
