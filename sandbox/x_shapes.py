"""The shapes of X's events, lists and errors.

https://docs.x.com/x-api/activity/event-payloads
https://docs.x.com/x-api/fundamentals/response-codes-and-errors (checked 2026-11-27)
"""

from datetime import datetime
from typing import Any

from sandbox.exchange import Answer
from sandbox.world import Entry, Profile


def author_of(profile: Profile, entry: Entry) -> str:
    return entry.author if entry.by == "customer" else profile.id


def post_of(profile: Profile, entry: Entry) -> dict[str, Any]:
    answers = entry.answers or entry.place.where
    return {
        "id": entry.external_id,
        "text": f"@maison {entry.text}",
        "author_id": author_of(profile, entry),
        "conversation_id": entry.place.where,
        "created_at": iso(entry.at),
        "edit_history_tweet_ids": [entry.external_id],
        "in_reply_to_user_id": profile.id,
        "in_reply_to_tweet_id": answers,
        "referenced_tweets": [{"type": "replied_to", "id": answers}],
    }


def users_of(entry: Entry) -> list[dict[str, Any]]:
    name = entry.name.lower().replace(" ", "_")
    return [{"data": {"id": entry.author, "name": entry.name, "username": name}}]


def message_of(profile: Profile, entry: Entry) -> dict[str, Any]:
    customer = entry.place.customer
    sender, recipient = (customer, profile.id) if entry.by == "customer" else (profile.id, customer)
    made = {
        "target": {"recipient_id": recipient},
        "sender_id": sender,
        "message_data": {"text": entry.text, "entities": {}},
    }
    event = {
        "type": "message_create",
        "id": entry.external_id,
        "created_timestamp": str(int(entry.at.timestamp() * 1000)),
        "message_create": made,
    }
    users = {sender: {"data": {"id": sender, "name": entry.name}}}
    return {"direct_message_events": [event], "users": users}


def read_of(entry: Entry, now: datetime) -> dict[str, Any]:
    read = {
        "created_timestamp": str(int(now.timestamp() * 1000)),
        "sender_id": entry.place.customer,
        "last_read_event_id": entry.external_id,
    }
    return {"direct_message_mark_read_events": [read]}


def listed_message(profile: Profile, entry: Entry) -> dict[str, Any]:
    pair = "-".join(sorted((profile.id, entry.place.customer), key=int))
    sender = author_of(profile, entry)
    said = {"id": entry.external_id, "text": entry.text, "sender_id": sender, "created_at": iso(entry.at)}
    return {**said, "dm_conversation_id": pair, "event_type": "MessageCreate"}


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def listing(data: list[dict[str, Any]], includes: dict[str, Any] | None = None) -> Answer:
    body: dict[str, Any] = {"meta": {"result_count": len(data)}}
    if data:
        body |= {"data": data}
    if includes:
        body |= {"includes": includes}
    return Answer(200, body)


def problem(status: int, title: str, detail: str) -> Answer:
    body = {"title": title, "detail": detail, "type": "about:blank", "status": status}
    return Answer(status, body, outcome=str(status))
