"""Who is who: accounts, contacts and conversations, as strings that sort, hash, store and print as they are.

Each part is percent-encoded, so platform ids may hold anything (`mid.$cAA/x`, `<PAGE_ID>`, braces) without breaking a
key or a cluster's hash tag.

    AccountId       facebook/1001
    ContactId       facebook/1001/ann
    ConversationId  facebook/1001/ann/dm          private
                    facebook/1001/ann/c/77_88     public: the thread whose root comment is 77_88
"""

from typing import Any, NewType, Self
from urllib.parse import quote, unquote
from zlib import crc32

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

EventId = NewType("EventId", str)
ActionId = NewType("ActionId", str)
DraftId = NewType("DraftId", str)
StreamId = NewType("StreamId", str)
"""`<milliseconds>-<sequence>`, as Redis gives it; grows within a shard. Compare with `stream_order`, never as text."""

BOT = "bot"
"""The author of what nobody typed."""


def stream_order(stream_id: str) -> tuple[int, int]:
    """The sortable form of a stream id; `""` sorts before all."""
    if not stream_id:
        return (-1, -1)
    milliseconds, _, sequence = stream_id.partition("-")
    return (int(milliseconds), int(sequence or 0))


class _Key(str):
    """A string of percent-encoded parts joined by `/`."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(min_length=1))

    @classmethod
    def _of(cls, *parts: str) -> Self:
        return cls("/".join(quote(part, safe="-._~<>") for part in parts))

    def _part(self, index: int) -> str:
        return unquote(self.split("/")[index])


class AccountId(_Key):
    """The brand's page, profile, bot or number on one channel."""

    __slots__ = ()

    @classmethod
    def of(cls, channel: str, account: str) -> Self:
        return cls._of(channel, account)

    @property
    def channel(self) -> str:
        return self._part(0)

    @property
    def external_id(self) -> str:
        return self._part(1)


class ContactId(_Key):
    """A person as one account of the brand sees them. The shard is the contact's."""

    __slots__ = ()

    @classmethod
    def of(cls, account: AccountId, user: str) -> Self:
        return cls(f"{account}/{quote(user, safe='-._~<>')}")

    @classmethod
    def nobody(cls, account: AccountId, root: str) -> Self:
        """The contact that stands for a comment whose author the platform did not tell: its root comment."""
        return cls.of(account, f"~{root}")

    @property
    def account(self) -> AccountId:
        return AccountId(self.rsplit("/", 1)[0])

    @property
    def user(self) -> str:
        return self._part(2)

    @property
    def is_nobody(self) -> bool:
        return self.user.startswith("~")


class ConversationId(_Key):
    """A contact in private, or a contact in one public thread."""

    __slots__ = ()

    @classmethod
    def private(cls, contact: ContactId) -> Self:
        return cls(f"{contact}/dm")

    @classmethod
    def public(cls, contact: ContactId, root: str) -> Self:
        return cls(f"{contact}/c/{quote(root, safe='-._~<>')}")

    @property
    def contact(self) -> ContactId:
        return ContactId("/".join(self.split("/")[:3]))

    @property
    def account(self) -> AccountId:
        return AccountId("/".join(self.split("/")[:2]))

    @property
    def is_public(self) -> bool:
        return self.split("/")[3] == "c"

    @property
    def root(self) -> str | None:
        """The platform's id of the thread's root comment; `None` in private."""
        return self._part(4) if self.is_public else None


def shard_of(key: ContactId | AccountId, shards: int) -> int:
    """The shard, in 0..shards-1, that holds all of a contact (or what concerns only an account)."""
    return crc32(key.encode()) % shards
