"""What the ledger says of an event: that it was decided, why, with which versions, and nothing of what was written."""

from bot.handle.change import At
from bot.model.event import Event
from bot.model.ledger import LedgerEntry, commitment
from bot.model.outcome import Outcome


def entry_of(event: Event, at: At, outcome: Outcome, previous: str, config: str) -> LedgerEntry | None:
    """The entry after `previous`, the chain's last digest; `None` for an event that only changed the state."""
    turn = outcome.turn
    if turn is None and not outcome.reasons:
        return None
    return LedgerEntry(
        event=event.id,
        stream_id=at.stream_id,
        at=at.now,
        kind=event.kind,
        reasons=outcome.reasons,
        actions=tuple(record.action.id for record in outcome.records if record.state == "pending"),
        commitment=commitment(turn.salt, turn.model_dump_json()) if turn else "",
        brand_rev=turn.brand_rev if turn else "",
        model=turn.model if turn else "",
        config=config,
        previous=previous,
    )
