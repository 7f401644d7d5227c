"""What the Graph API lets a page look up: comments, and what was said in private."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.exchange import Answer
from sandbox.facebook_shapes import comment_node, iso, message_node, missing, page_of
from sandbox.world import DM, Entry, Profile, Thread

Params = Mapping[str, Any]
DEFAULT_LIMIT = 25
THREAD = "t_"
PAGE_FIELDS = (
    *("feed", "mention", "ratings", "messages", "message_echoes", "message_edits", "message_reactions"),
    *("message_reads", "message_deliveries", "messaging_postbacks", "messaging_handovers", "standby"),
)
"""https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps (checked 2026-11-22)"""
_MESSAGES_LIMIT = re.compile(r"messages\.limit\((\d+)\)")


def comment(profile: Profile, entry: Entry, params: Params) -> Answer:
    fields = str(params.get("fields", ""))
    node = comment_node(profile, entry)
    thread = profile.threads.get((DM, entry.author))
    if "private_reply_conversation" in fields and thread and entry.external_id in profile.replied_privately:
        node["private_reply_conversation"] = _conversation(profile, thread, fields)
    return Answer(200, node)


def list_comments(profile: Profile, target: str, parent: Entry | None, params: Params) -> Answer:
    """Of a post, or of a comment (`parent`): its answers, also those that Facebook moved up to the root."""
    post = parent.place.where if parent else target
    found = [entry for entry in profile.thread(post, "").entries.values() if not entry.deleted]
    if parent:
        found = [entry for entry in found if target in {entry.parent, entry.answers}]
    elif params.get("filter") != "stream":
        found = [entry for entry in found if entry.parent is None]
    since = str(params.get("since", ""))
    if since.isdecimal():
        found = [entry for entry in found if entry.at.timestamp() >= int(since)]
    if params.get("order") == "reverse_chronological":
        found.reverse()
    return _page([comment_node(profile, entry) for entry in found], params)


def conversations(profile: Profile, params: Params) -> Answer:
    """The page's private threads, or the one with `user_id`; `messages` where `fields` asks for them. Newest first."""
    wanted, fields = str(params.get("user_id", "")), str(params.get("fields", ""))
    if wanted:
        threads = [profile.threads[DM, wanted]] if (DM, wanted) in profile.threads else []
    else:
        threads = [thread for (where, _), thread in profile.threads.items() if where == DM]
    spoken = sorted(filter(_said, threads), key=lambda thread: _said(thread)[0].at, reverse=True)
    return _page([_conversation(profile, thread, fields) for thread in spoken], params)


def messages(profile: Profile, thread_id: str, params: Params) -> Answer:
    """Of one thread, newest first."""
    thread = profile.threads.get((DM, thread_id.removeprefix(THREAD)))
    if thread is None:
        raise missing(thread_id)
    return _page([message_node(profile, entry) for entry in _said(thread)], params)


def feed(profile: Profile, params: Params) -> Answer:
    """The page's posts, newest first."""
    since = str(params.get("since", ""))
    posts = [post for post in profile.posts.values() if not since.isdecimal() or post.at.timestamp() >= int(since)]
    nodes = [{"id": post.id, "message": post.text, "created_time": iso(post.at)} for post in reversed(posts)]
    return _page(nodes, params)


def subscribed_apps(profile: Profile, app: int) -> Answer:
    """Nothing, once the page gave the app up; all fields, until the app named some."""
    fields = list(profile.webhook.wanted) or list(PAGE_FIELDS)
    data = [{"id": str(app), "subscribed_fields": fields}] if profile.webhook.subscribed else []
    return Answer(200, {"data": data})


def _page(nodes: list[dict[str, Any]], params: Params) -> Answer:
    after = str(params.get("after", ""))
    return Answer(200, _part(nodes, int(after) if after.isdecimal() else 0, _limit(params)))


def _part(nodes: list[dict[str, Any]], start: int, limit: int) -> dict[str, Any]:
    """`after` is the cursor of the last node that was seen; there is a `next` only where there is more.

    https://developers.facebook.com/docs/graph-api/results (checked 2026-11-27)
    """
    end = start + limit
    part: dict[str, Any] = {"data": nodes[start:end]}
    if end < len(nodes):
        cursors = {"before": str(start), "after": str(end)}
        part["paging"] = {"cursors": cursors, "next": f"https://graph.facebook.com/next?after={end}"}
    return part


def _said(thread: Thread) -> list[Entry]:
    return [entry for entry in reversed(thread.entries.values()) if not entry.deleted]


def _conversation(profile: Profile, thread: Thread, fields: str) -> dict[str, Any]:
    said, customer = _said(thread), thread.place.customer
    node: dict[str, Any] = {"id": f"{THREAD}{customer}"}
    if said:
        node["updated_time"] = iso(said[0].at)
    if "participants" in fields:
        person = {"id": customer, "name": profile.customer(customer, None).name}
        node["participants"] = {"data": [person, page_of(profile)]}
    if "messages" in fields:
        asked = _MESSAGES_LIMIT.search(fields)
        limit = int(asked[1]) if asked else DEFAULT_LIMIT
        node["messages"] = _part([message_node(profile, entry) for entry in said], 0, limit)
    return node


def _limit(params: Params) -> int:
    limit = str(params.get("limit", DEFAULT_LIMIT))
    return min(100, int(limit)) if limit.isdecimal() else DEFAULT_LIMIT
