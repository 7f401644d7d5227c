"""A notice, people to tell, and a configuration that names them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot.config import Recipient, Settings, WebhookRecipient
from bot.http import Http
from bot.model.conversation import Priority
from bot.model.ids import AccountId, ContactId, ConversationId
from bot.model.notice import Notice
from bot.notify import telegram_account, tell

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT = AccountId.of("facebook", "1001")
NOTICE = Notice(
    conversation=ConversationId.private(ContactId.of(ACCOUNT, "ann/secret")),
    reason="unsure",
    priority="high",
    deadline=NOW + timedelta(hours=2),
    since=NOW,
)
TOKEN = "77:" + "a" * 32


def webhook(name: str, url: str = "http://127.0.0.1:1/", *priorities: Priority) -> WebhookRecipient:
    return WebhookRecipient(
        by="webhook", name=name, url=url, secret=SecretStr("plain"), priorities=priorities or ("high",)
    )


def settings_with(*people: Recipient, **notify: Any) -> Settings:
    return Settings.model_validate(
        {
            "recipe": "default.v1",
            "language": "fr",
            "pipeline": [],
            "brand": {"name": "Maison Lune", "timezone": "Europe/Paris"},
            "accounts": [
                {"channel": "facebook", "id": "1001", "name": "Maison Lune\nFrance"},
                {"channel": "telegram", "id": "77", "name": "Équipe", "secrets": {"token": [TOKEN]}},
            ],
            "policies": [],
            "notify": {"people": list(people), **notify},
        }
    )


async def say(recipient: Recipient, settings: Settings | None = None, notice: Notice = NOTICE) -> None:
    settings = settings or settings_with(recipient)
    async with Http() as http:
        await tell(recipient, notice, http, settings, telegram_account(recipient, settings), NOW)
