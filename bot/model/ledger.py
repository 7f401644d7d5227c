"""The ledger: a hash chain per shard of what was decided and why, without a personal word in it.

An entry commits to the turn's texts through a salted hash; the salt is kept with the turn record, so that erasing the
record makes the commitment unreadable and leaves the chain valid.
"""

from hashlib import sha256

from pydantic import AwareDatetime

from bot.model.base import Value
from bot.model.ids import EventId, StreamId

GENESIS = "0" * 64


class LedgerEntry(Value):
    event: EventId
    stream_id: StreamId
    at: AwareDatetime
    kind: str
    reasons: tuple[str, ...]
    actions: tuple[str, ...]
    commitment: str
    brand_rev: str
    model: str
    config: str
    """Revision of the configuration that decided."""
    previous: str

    @property
    def digest(self) -> str:
        return sha256(self.model_dump_json().encode()).hexdigest()


def commitment(salt: str, text: str) -> str:
    return sha256(f"{salt}\n{text}".encode()).hexdigest()
