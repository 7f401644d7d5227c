"""How a bot gets its updates: brought to its webhook, or asked for.

https://core.telegram.org/bots/api#getting-updates (checked 2026-11-22)
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from sandbox.exchange import Answer, Refused, Rules
from sandbox.telegram_people import TelegramPeople, is_polled
from sandbox.telegram_shapes import error, ok, refuse, seconds, too_many
from sandbox.world import Profile, World

ALL_UPDATES = (
    *("message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "message_reaction"),
    *("business_connection", "business_message", "edited_business_message", "deleted_business_messages"),
    "my_chat_member",
)
"""What a bot gets here until it has said what it wants."""
_SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")

Params = Mapping[str, Any]


class TelegramWebhook(TelegramPeople):
    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        super().__init__(world)
        self._rules = rules

    def _get_updates(self, profile: Profile, params: Params) -> Answer:
        """What is before the offset has arrived, and is dropped."""
        if not is_polled(profile) or profile.webhook.url:
            raise Refused(
                error(
                    409,
                    "Conflict: can't use getUpdates method while webhook is active; "
                    "use deleteWebhook to delete the webhook first",
                )
            )
        waiting = self.waiting[profile.id]
        while waiting and waiting[0].content["update_id"] < int(params.get("offset") or 0):
            outgoing = waiting.popleft()
            if outgoing.entry is not None:
                outgoing.entry.status = "delivered"
                self._world.changed(outgoing.entry.place)
        return ok([outgoing.content for outgoing in islice(waiting, int(params.get("limit") or 100))])

    def _get_webhook_info(self, profile: Profile, params: Params) -> Answer:
        webhook = profile.webhook
        info: dict[str, Any] = {"url": webhook.url or "", "has_custom_certificate": False, "max_connections": 40}
        info["pending_update_count"] = webhook.pending
        if webhook.last_error and webhook.last_error_at:
            info |= {"last_error_date": seconds(webhook.last_error_at), "last_error_message": webhook.last_error}
        if webhook.wanted or webhook.set_at is None:
            info["allowed_updates"] = list(webhook.wanted or ALL_UPDATES)
        return ok(info)

    def _set_webhook(self, profile: Profile, params: Params) -> Answer:
        """Remembered, but deliveries go to where this sandbox was told to bring them."""
        now, webhook = self._world.now(), profile.webhook
        if webhook.set_at and now - webhook.set_at < timedelta(seconds=1) / self._rules().speed:
            raise Refused(too_many(1))
        token = str(params.get("secret_token", ""))
        if token and not _SECRET_TOKEN.fullmatch(token):
            raise refuse(400, "secret token contains unallowed characters")
        wanted = params.get("allowed_updates")
        if wanted is not None:
            webhook.wanted = tuple(json.loads(wanted) if isinstance(wanted, str) else wanted)
        webhook.url, webhook.set_at = str(params.get("url", "")), now
        return Answer(200, {"ok": True, "result": True, "description": "Webhook was set"})

    def _delete_webhook(self, profile: Profile, params: Params) -> Answer:
        profile.webhook.url = None
        return Answer(200, {"ok": True, "result": True, "description": "Webhook was deleted"})
