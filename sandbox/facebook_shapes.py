"""The shapes of Facebook's webhooks, answers and errors.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
https://developers.facebook.com/docs/graph-api/webhooks/reference/page (checked 2026-11-22)
"""

import json
from datetime import datetime
from typing import Any
from zlib import crc32

from sandbox.exchange import Answer, Refused, opaque
from sandbox.world import Entry, Post, Profile

PAGE_INBOX = 263902037430900
"""The app of Meta's own page inbox. https://developers.facebook.com/docs/messenger-platform/handover-protocol"""

Item = dict[str, Any]


def millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def app_id(profile: Profile) -> int:
    """The app behind the endpoint: as configured, or a number made of the endpoint's name."""
    configured = profile.settings.settings.get("app_id", "")
    return int(configured) if configured.isdecimal() else 10**15 + crc32(profile.settings.endpoint.encode())


def public_id(customer: str) -> str:
    """Who a commenter is. It is not their page-scoped id: that one shows only in the answer to a private reply."""
    return str(5 * 10**15 + crc32(customer.encode()))


def message(profile: Profile, entry: Entry, reply_to: str | None) -> Item:
    said: Item = {"mid": entry.external_id, "text": entry.text}
    if reply_to:
        said["reply_to"] = {"mid": reply_to}
    return from_customer(profile, entry.author, entry.at, message=said)


def from_customer(profile: Profile, customer: str, at: datetime, **what: Any) -> Item:
    return {"sender": {"id": customer}, "recipient": {"id": profile.id}, "timestamp": millis(at), **what}


def echo(profile: Profile, entry: Entry, app: int, mid: str, metadata: str | None = None) -> Item:
    said: Item = {"is_echo": True, "app_id": app, "mid": mid, "text": entry.text}
    if metadata is not None:
        said["metadata"] = metadata
    sides = {"sender": {"id": profile.id}, "recipient": {"id": entry.place.customer}}
    return {**sides, "timestamp": millis(entry.at), "message": said}


def delivered(profile: Profile, entry: Entry) -> Item:
    """It has no timestamp of its own."""
    item = from_customer(profile, entry.place.customer, entry.at)
    del item["timestamp"]
    return {**item, "delivery": {"mids": [entry.external_id], "watermark": millis(entry.at)}}


def comment_change(profile: Profile, entry: Entry, post: Post, verb: str, at: datetime) -> Item:
    """A change of a comment. An edit keeps `created_time`; a removal has no text, and of the author only the id."""
    value: Item = {
        "item": "comment",
        "comment_id": entry.external_id,
        "post_id": post.id,
        "verb": verb,
        "parent_id": entry.parent or post.id,
        "created_time": int((entry.at if verb in {"add", "edited"} else at).timestamp()),
    }
    if not entry.anonymous:
        value["from"] = author(profile, entry)
    if verb == "remove":
        value.get("from", {}).pop("name", None)
        return value
    if verb in {"hide", "unhide"}:
        value["is_hidden"] = verb == "hide"
    value["message"] = entry.text
    value["post"] = {
        "id": post.id,
        "type": "status",
        "status_type": "mobile_status_update",
        "updated_time": iso(at),
        "permalink_url": f"https://www.facebook.com/{post.id}",
        "promotion_status": "inactive",
        "is_published": True,
    }
    return value


def page_of(profile: Profile) -> dict[str, str]:
    return {"id": profile.id, "name": profile.settings.name}


def author(profile: Profile, entry: Entry) -> dict[str, str]:
    return {"id": public_id(entry.author), "name": entry.name} if entry.by == "customer" else page_of(profile)


def reaction_change(entry: Entry, post: Post, who: dict[str, str], verb: str, at: datetime) -> Item:
    return {
        "reaction_type": "like",
        "from": who,
        "parent_id": entry.parent or post.id,
        "comment_id": entry.external_id,
        "post_id": post.id,
        "verb": verb,
        "item": "reaction",
        "created_time": int(at.timestamp()),
    }


def comment_node(profile: Profile, entry: Entry) -> Item:
    """A comment as the Graph API shows it to the page."""
    node: Item = {
        "id": entry.external_id,
        "message": entry.text,
        "created_time": iso(entry.at),
        "is_hidden": entry.hidden,
        "can_hide": entry.by == "customer",
        "can_remove": True,
        "can_reply_privately": entry.by == "customer" and entry.external_id not in profile.replied_privately,
        "like_count": len(entry.liked_by),
    }
    if not entry.anonymous:
        node["from"] = author(profile, entry)
    if entry.parent:
        node["parent"] = {"id": entry.parent}
    return node


def message_node(profile: Profile, entry: Entry) -> Item:
    page = page_of(profile)
    person = {"id": entry.place.customer, "name": profile.customer(entry.place.customer, None).name}
    sender, receiver = (person, page) if entry.by == "customer" else (page, person)
    return {
        "id": entry.external_id,
        "message": entry.text,
        "created_time": iso(entry.at),
        "from": sender,
        "to": {"data": [receiver]},
    }


def error(code: int, text: str, subcode: int | None = None, status: int = 400, transient: bool | None = None) -> Answer:
    """https://developers.facebook.com/docs/messenger-platform/error-codes (checked 2026-11-22)"""
    body: Item = {"message": text, "type": "OAuthException", "code": code}
    if subcode is not None:
        body["error_subcode"] = subcode
    if transient is not None:
        body["is_transient"] = transient
    body["fbtrace_id"] = opaque(8)
    return Answer(status, {"error": body}, outcome=str(code) if subcode is None else f"{code}/{subcode}")


def refuse(code: int, text: str, subcode: int | None = None) -> Refused:
    return Refused(error(code, f"(#{code}) {text}", subcode))


def missing(object_id: str) -> Refused:
    text = (
        f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation"
    )
    return Refused(error(100, text, 33))


def usage(page: str, use: str, percent: int, minutes: int) -> dict[str, str]:
    """https://developers.facebook.com/docs/graph-api/overview/rate-limiting (checked 2026-11-22)"""
    figures = {
        "type": use,
        "call_count": percent,
        "total_cputime": percent // 2,
        "total_time": percent // 2,
        "estimated_time_to_regain_access": minutes,
    }
    return {"X-Business-Use-Case-Usage": json.dumps({page: [figures]})}
