"""What the items of an entry have in common."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.ids import ContactId, EventId
from connectors.base import Account
from connectors.wire import moment

PAGE_INBOX_APP = "263902037430900"
"""People who answer in the page's inbox do so through this app.
https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversation-routing
(checked 2026-11-22)
"""


@dataclass(frozen=True, slots=True)
class Context:
    """An entry's page, the time Meta put on it, and when it came here."""

    account: Account
    sent: int | None
    now: datetime
    own: str | None = None
    """The id that deliveries give the account, where it is not the one that calls use."""
    inbox_app: str = PAGE_INBOX_APP

    @property
    def page(self) -> str:
        return self.own or self.account.id.external_id

    def id(self, kind: str, *parts: str | int | None) -> EventId:
        """Two pages of one brand may share a shard, so the id begins with the page."""
        return EventId(f"{self.account.id}/{kind}:{':'.join(str(part) for part in parts)}")

    def contact(self, user: str | None, root: str) -> ContactId:
        return ContactId.of(self.account.id, user) if user else ContactId.nobody(self.account.id, root)

    def at(self, *times: int | None) -> datetime:
        """The first of the times that is one; else when it came here."""
        return next((found for found in map(moment, (*times, self.sent)) if found), self.now)
