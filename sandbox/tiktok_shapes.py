"""The shapes of TikTok's deliveries and answers."""

import json
from datetime import datetime
from typing import Any

from sandbox.exchange import Answer, Outgoing, opaque
from sandbox.world import Entry, Profile


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def envelope(profile: Profile, event: str, content: dict[str, Any], at: datetime) -> dict[str, Any]:
    """JSON within JSON."""
    return {
        "client_key": profile.settings.settings.get("app_id", "lumen"),
        "event": event,
        "create_time": int(at.timestamp()),
        "user_openid": profile.id,
        "content": json.dumps(content, ensure_ascii=False),
    }


def message_content(profile: Profile, entry: Entry, *, by_customer: bool = False) -> dict[str, Any]:
    """A conversation has the customer's number. `by_customer`: about what they did, and not about who wrote it."""
    customer = profile.customer(entry.place.customer, None)
    theirs = {"id": f"user-{customer.id}", "role": "personal_account"}
    own = {"id": profile.id, "role": "business_account"}
    names = (customer.name, profile.settings.name)
    sides = (theirs, own)
    if entry.by != "customer" and not by_customer:
        names, sides = names[::-1], sides[::-1]
    found: dict[str, Any] = {
        "from": names[0],
        "to": names[1],
        "from_user": sides[0],
        "to_user": sides[1],
        "unique_identifier": customer.id,
        "conversation_id": customer.id,
        "is_follower": True,
        "message_id": entry.external_id,
        "timestamp": milliseconds(entry.at),
        "type": "text",
        "text": {"body": entry.text},
    }
    if entry.answers:
        found["referenced_message_info"] = {"referenced_message_id": entry.answers}
    return found


def own_name(profile: Profile) -> str:
    return profile.settings.settings.get("unique_identifier", profile.id)


def author(profile: Profile, entry: Entry) -> str:
    return entry.author if entry.by == "customer" else own_name(profile)


def comment_node(profile: Profile, entry: Entry) -> dict[str, Any]:
    video, _, comment = entry.external_id.partition("_")
    below = [e for e in profile.entries.values() if e.parent == entry.external_id and not e.deleted]
    node: dict[str, Any] = {
        "comment_id": comment,
        "video_id": video,
        "unique_identifier": author(profile, entry),
        "display_name": entry.name,
        "create_time": int(entry.at.timestamp()),
        "text": entry.text,
        "owner": entry.by != "customer",
        "status": "HIDDEN" if entry.hidden else "PUBLIC",
        "replies": len(below),
    }
    if entry.parent:
        node["parent_comment_id"] = entry.parent.partition("_")[2]
    return node


def done(data: dict[str, Any], deliveries: tuple[Outgoing, ...] = ()) -> Answer:
    return Answer(200, {"code": 0, "message": "OK", "request_id": opaque(12), "data": data}, deliveries=deliveries)


def failed(code: int, text: str) -> Answer:
    body = {"code": code, "message": text, "request_id": opaque(12), "data": {}}
    return Answer(200, body, outcome=str(code))
