"""Facebook, for the tests of every channel."""

from connectors.signing import hmac_sha256_hex
from tests.channels.base import ChannelFacts

FACEBOOK = ChannelFacts(
    channel="facebook",
    accounts={"104200000000001": {"app_id": "880011"}, "104200000000002": {}},
    signed_with="app_secret",
    sign=lambda secret, body, now: {"x-hub-signature-256": f"sha256={hmac_sha256_hex(secret, body)}"},
    kinds=frozenset(
        {
            "message.received",
            "message.edited",
            "message.deleted",
            "comment.received",
            "mention.received",
            "review.received",
            "visibility.changed",
            "reaction.added",
            "echoed",
            "delivery.updated",
            "thread_control.changed",
        }
    ),
    scenes={},
    refusals=(),
    comment_id="500_901",
)
