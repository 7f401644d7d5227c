"""What became of an action, as an event. Its id is made of the attempt, so that each is kept once."""

from datetime import datetime
from typing import Any

from bot.model.action import ActionRecord
from bot.model.event import ActionFailed, ActionSent, ActionUnknown
from bot.model.ids import EventId
from connectors.base import Sent

DETAIL_KEPT = 300


def sent(record: ActionRecord, answer: Sent, now: datetime) -> ActionSent:
    common = _common(record, f"sent:{record.action.id}", now)
    return ActionSent(**common, external_id=answer.external_id, recipient=answer.recipient)


def failed(record: ActionRecord, reason: str, now: datetime, detail: str = "") -> ActionFailed:
    common = _common(record, f"failed:{record.action.id}:{record.attempts}", now)
    return ActionFailed(**common, reason=reason, detail=detail[:DETAIL_KEPT])


def unknown(record: ActionRecord, reason: str, now: datetime) -> ActionUnknown:
    return ActionUnknown(**_common(record, f"unknown:{record.action.id}:{record.attempts}", now), reason=reason)


def _common(record: ActionRecord, event_id: str, now: datetime) -> dict[str, Any]:
    conversation = record.action.conversation
    return {
        "id": EventId(event_id),
        "account": conversation.account,
        "contact": conversation.contact,
        "conversation": conversation,
        "occurred_at": now,
        "received_at": now,
        "action_id": record.action.id,
    }
