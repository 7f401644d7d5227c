"""YouTube's resources, errors and feeds.

https://developers.google.com/youtube/v3/docs/comments#resource, …/commentThreads#resource
https://developers.google.com/youtube/v3/guides/push_notifications (checked 2026-11-27)
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha1
from html import escape
from typing import Any

from sandbox.exchange import Answer, Refused
from sandbox.world import Entry, Post, Profile

HUB_TOPIC = "https://www.youtube.com/xml/feeds/videos.xml?channel_id="
INLINE = 5
"""So many answers come with their thread, whatever `totalReplyCount` says."""
PER_PAGE, MOST = 20, 100


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def comment(profile: Profile, entry: Entry, status: str = "published") -> dict[str, Any]:
    by_us = entry.by != "customer"
    snippet: dict[str, Any] = {
        "channelId": profile.id,
        "videoId": entry.place.where,
        "textDisplay": entry.text,
        "textOriginal": entry.text,
        "authorDisplayName": f"@{entry.name.replace(' ', '').lower()}",
        "canRate": True,
        "viewerRating": "none",
        "likeCount": len(entry.liked_by),
        "publishedAt": iso(entry.at),
        "updatedAt": iso(entry.edited_at or entry.at),
    }
    if not entry.anonymous:
        snippet["authorChannelId"] = {"value": profile.id if by_us else entry.author}
    if entry.parent:
        snippet["parentId"] = entry.parent
    if status != "published":
        snippet["moderationStatus"] = status
    return {"kind": "youtube#comment", "etag": _etag(snippet), "id": entry.external_id, "snippet": snippet}


def thread(profile: Profile, top: Entry, answers: list[Entry], status: Callable[[Entry], str]) -> dict[str, Any]:
    snippet = {
        "channelId": profile.id,
        "videoId": top.place.where,
        "topLevelComment": comment(profile, top, status(top)),
        "canReply": True,
        "totalReplyCount": len(answers),
        "isPublic": status(top) == "published",
    }
    shown = [comment(profile, each, status(each)) for each in answers[-INLINE:]]
    replies = {"replies": {"comments": shown}} if shown else {}
    return {
        "kind": "youtube#commentThread",
        "etag": _etag([snippet, shown]),
        "id": top.external_id,
        "snippet": snippet,
        **replies,
    }


def listing(what: str, items: list[dict[str, Any]], params: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    """A page of them; 304 where the caller has seen this very page."""
    asked, token = str(params.get("maxResults", PER_PAGE)), str(params.get("pageToken", "page-0"))
    number = token.removeprefix("page-")
    if not asked.isdecimal() or not 0 < int(asked) <= MOST or not number.isdecimal():
        raise refuse(400, "invalidParameter", "Invalid value.")
    start, size = int(number), MOST if params.get("id") else int(asked)
    shown = items[start : start + size]
    etag = _etag(shown)
    if headers.get("if-none-match") == etag:
        return Answer(304, None)
    body: dict[str, Any] = {"kind": f"youtube#{what}ListResponse", "etag": etag}
    if start + size < len(items):
        body["nextPageToken"] = f"page-{start + size}"
    body |= {"pageInfo": {"totalResults": len(items), "resultsPerPage": size}, "items": shown}
    return Answer(200, body)


def _etag(of: Any) -> str:
    return sha1(json.dumps(of, sort_keys=True).encode(), usedforsecurity=False).hexdigest()[:20]


def error(status: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    each = {"message": message, "domain": "youtube.comment", "reason": reason}
    body = {"error": {"code": status, "message": message, "errors": [each]}}
    return Answer(status, body, headers or {}, outcome=reason)


def refuse(status: int, reason: str, message: str) -> Refused:
    return Refused(error(status, reason, message))


def video(profile: Profile, post: Post, at: datetime) -> str:
    entry = (
        f"<entry><id>yt:video:{post.id}</id><yt:videoId>{post.id}</yt:videoId>"
        f"<yt:channelId>{escape(profile.id)}</yt:channelId><title>{escape(post.text)}</title>"
        f'<link rel="alternate" href="https://www.youtube.com/watch?v={post.id}"/>'
        f"<author><name>{escape(profile.settings.name)}</name>"
        f"<uri>https://www.youtube.com/channel/{escape(profile.id)}</uri></author>"
        f"<published>{post.at.isoformat()}</published><updated>{at.isoformat()}</updated></entry>"
    )
    return _feed(f'<link rel="self" href="{HUB_TOPIC}{escape(profile.id)}"/><title>YouTube video feed</title>{entry}')


def tombstone(profile: Profile, post: Post, at: datetime) -> str:
    return _feed(
        f'<at:deleted-entry ref="yt:video:{post.id}" when="{at.isoformat()}">'
        f"<at:by><name>{escape(profile.settings.name)}</name>"
        f"<uri>https://www.youtube.com/channel/{escape(profile.id)}</uri></at:by></at:deleted-entry>"
    )


def _feed(inner: str) -> str:
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
        f'xmlns="http://www.w3.org/2005/Atom">{inner}</feed>\n'
    )
