"""A person, as one account sees them."""

from typing import Self

from pydantic import AwareDatetime

from bot.model.base import Value
from bot.model.ids import ContactId


class Contact(Value):
    id: ContactId
    version: int = 0
    opted_out: bool = False
    opted_out_at: AwareDatetime | None = None
    disclosed_at: AwareDatetime | None = None
    """When they were told that an assistant writes; `None`: not yet."""
    language: str | None = None
    name: str | None = None
    reachable: bool = True
    """False once the platform said that they can't be written to."""
    aliases: tuple[ContactId, ...] = ()

    @classmethod
    def new(cls, contact: ContactId) -> Self:
        return cls(id=contact)
