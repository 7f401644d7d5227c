"""What the Send API asks of a message before it looks at whom it is for.

https://developers.facebook.com/docs/messenger-platform/reference/send-api (checked 2026-11-22)
"""

from collections.abc import Mapping
from typing import Any

from sandbox.facebook_shapes import refuse

TEXT_LIMIT = 2000
METADATA_LIMIT = 1000
QUICK_REPLIES = 13
RETIRED_TAGS = {"CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE"}

Params = Mapping[str, Any]


def words(params: Params) -> tuple[str, str | None]:
    said = params.get("message")
    shown = (said.get("text") or _title(said.get("attachment"))) if isinstance(said, dict) else None
    if not isinstance(said, dict) or not shown:
        raise refuse(100, "param message must be non-empty.")
    if len(said.get("quick_replies", ())) > QUICK_REPLIES:
        raise refuse(100, f"Param message[quick_replies] must have at most {QUICK_REPLIES} elements")
    text, metadata = str(shown), said.get("metadata")
    if len(text) > TEXT_LIMIT:
        raise refuse(100, f"Length of param message[text] must be less than or equal to {TEXT_LIMIT}")
    if metadata is not None and len(str(metadata)) > METADATA_LIMIT:
        raise refuse(100, f"Length of param message[metadata] must be less than or equal to {METADATA_LIMIT}")
    return text, None if metadata is None else str(metadata)


def _title(attachment: Any) -> str | None:
    """The words on the first card of a generic template."""
    try:
        return str(attachment["payload"]["elements"][0]["title"])
    except (KeyError, IndexError, TypeError):
        return None


def by_person(params: Params) -> bool:
    """Whether the message is tagged as a person's. The other tags are gone since 2026-04-27 (checked 2026-11-22)."""
    kind, tag = params.get("messaging_type", "RESPONSE"), params.get("tag")
    if kind not in {"RESPONSE", "UPDATE", "MESSAGE_TAG"}:
        raise refuse(100, "Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")
    if tag in RETIRED_TAGS or (kind == "MESSAGE_TAG") != (tag == "HUMAN_AGENT"):
        raise refuse(100, "Param tag is not valid for this message")
    return bool(kind == "MESSAGE_TAG")
