"""What became of our words on WhatsApp.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status (checked
2026-11-27)

What we attached to a message comes back in its statuses. So `sent` tells our words as an echo does, and a failure after
the API had accepted them reaches the action it belongs to.
"""

from bot.model.event import ActionFailed, DeliveryUpdated, Echoed, Event, Unhandled
from bot.model.ids import ActionId
from connectors.meta.context import Context
from connectors.whatsapp.errors import CODES
from connectors.whatsapp.messages import private
from connectors.whatsapp.payloads import Status
from connectors.wire import label

OUTCOMES = frozenset({"window_closed", "contact_gone", "refused"})
"""Faults that are reasons for a person to read; any other is `undelivered`."""


def read_status(raw: object, context: Context) -> Event | Unhandled:
    status = Status.model_validate(raw if isinstance(raw, dict) else {})
    person = status.recipient_id or status.recipient_user_id
    what = f"status.{label(status.status)}"
    if status.id is None or person is None:
        return Unhandled(what=what, why="about nothing, or to nobody")
    if status.recipient_type == "group":
        return Unhandled(what=what, why="of a group")
    conversation = private(person, context)
    common = {
        "account": context.account.id,
        "contact": conversation.contact,
        "conversation": conversation,
        "occurred_at": context.at(status.timestamp),
        "received_at": context.now,
    }
    match status.status:
        case "delivered" | "read" | "played":
            seen = "delivered" if status.status == "delivered" else "read"
            ids = (status.id,)
            event_id = context.id("r", seen, status.id)
            return DeliveryUpdated.model_validate({**common, "id": event_id, "status": seen, "external_ids": ids})
        case "sent" if status.biz_opaque_callback_data:
            tag, event_id = status.biz_opaque_callback_data, context.id("x", status.id)
            return Echoed.model_validate({**common, "id": event_id, "external_id": status.id, "tag": tag})
        case "failed" if status.biz_opaque_callback_data:
            return ActionFailed.model_validate({**common, "id": context.id("f", status.id), **_failure(status)})
        case _:
            return Unhandled(what=what, why="it does not say which of our words it is about")


def _failure(status: Status) -> dict[str, object]:
    error = status.errors[0] if status.errors else None
    fault = CODES.by_code.get((error.code or 0, None), "refused") if error else "unknown"
    return {
        "action_id": ActionId(status.biz_opaque_callback_data or ""),
        "reason": fault if fault in OUTCOMES else "undelivered",
        "detail": f"{error.code} {error.title}".strip() if error else "",
        "after_acceptance": True,
    }
