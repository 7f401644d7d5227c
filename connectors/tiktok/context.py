"""What all that is read from one delivery or list has in common."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.ids import ContactId, EventId
from connectors.base import Account
from connectors.wire import moment


@dataclass(frozen=True, slots=True)
class Context:
    account: Account
    now: datetime
    told: datetime | None = None
    """When the delivery says that it happened, for what does not say so itself."""

    @property
    def own(self) -> str | None:
        """What the account is called where comments name their authors."""
        return self.account.settings.get("unique_identifier")

    def at(self, timestamp: int | None) -> datetime:
        return moment(timestamp) or self.told or self.now

    def id(self, kind: str, *parts: str | int | None) -> EventId:
        return EventId(f"{self.account.id}/{kind}:{':'.join(str(part) for part in parts)}")

    def contact(self, user: str | None, root: str) -> ContactId:
        of = self.account.id
        return ContactId.of(of, user) if user else ContactId.nobody(of, root)
