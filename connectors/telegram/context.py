"""What all that is read from one update has in common."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.model.ids import ContactId, EventId
from connectors.base import Account


@dataclass(frozen=True, slots=True)
class Context:
    account: Account
    update_id: int
    now: datetime

    def of(self, update_id: int) -> "Context":
        return replace(self, update_id=update_id)

    @property
    def bot(self) -> str:
        return self.account.id.external_id

    @property
    def username(self) -> str | None:
        return self.account.settings.get("username")

    def listed(self, setting: str) -> frozenset[str]:
        """The chat ids of a setting, which stand between commas."""
        return frozenset(each.strip() for each in self.account.settings.get(setting, "").split(",") if each.strip())

    def id(self, kind: str, *parts: str | int) -> EventId:
        """Two bots may share a shard and have a private chat of the same number, so the id begins with the bot."""
        return EventId(f"{self.account.id}/{kind}:{':'.join(str(part) for part in parts)}")

    def contact(self, user: int | str | None, root: str) -> ContactId:
        of = self.account.id
        return ContactId.nobody(of, root) if user is None else ContactId.of(of, str(user))
