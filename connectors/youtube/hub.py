"""The hub that announces videos: the subscription, its handshake, and what it brings.

https://developers.google.com/youtube/v3/guides/push_notifications (checked 2026-11-27)

It says nothing of comments. A new or renamed video is a reason to ask for them at once, and no more than that.
"""

from datetime import datetime
from typing import Final
from xml.etree import ElementTree

from bot.errors import NotAuthentic
from bot.model.event import Event, PostPublished, Unhandled
from bot.model.ids import EventId
from connectors.base import Account, Endpoint, Request, Response, Unsupported
from connectors.signing import matches_hmac_sha1
from connectors.youtube.comments import NEWS
from connectors.youtube.payloads import as_time
from connectors.youtube.requests import HUB, form

TOPIC: Final = "https://www.youtube.com/xml/feeds/videos.xml?channel_id="
SIGNATURE: Final = "x-hub-signature"
LONGEST_FEED: Final = 262_144
"""Characters. A feed holds one video; more than this is none of the hub's."""
LONGEST_CHALLENGE: Final = 1000
ENTRY, DELETED = "{http://www.w3.org/2005/Atom}entry", "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_ATOM: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "yt": "http://www.youtube.com/xml/schemas/2015",
    "at": "http://purl.org/atompub/tombstones/1.0",
}
_MALFORMED: Final = Unhandled(what="malformed", why="no feed")


def subscription(account: Account, callback_url: str, lease_s: int) -> Request:
    """Asks the hub to bring the channel's videos, or to go on. It can't be asked whether it does, so that asking is
    renewing. Raises `Unsupported` without a secret: nobody's announcements would be believed.
    """
    if not account.secrets.get("hub_secret"):
        raise Unsupported("no hub_secret: videos are not announced")
    fields = {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC + account.id.external_id,
        "hub.callback": callback_url,
        "hub.verify": "async",
        "hub.secret": account.secret("hub_secret"),
        "hub.lease_seconds": str(lease_s),
    }
    return form(account, HUB, "subscribe", fields)


def greet(request: Request, endpoint: Endpoint) -> Response | None:
    """`GET ?hub.mode=subscribe&hub.topic=…&hub.challenge=…`, answered with the bare challenge for a channel of ours."""
    query = request.query
    if request.method != "GET" or "hub.mode" not in query:
        return None
    topic, challenge = query.get("hub.topic", ""), query.get("hub.challenge", "")
    ours = any(topic == TOPIC + account.id.external_id for account in endpoint.accounts)
    if not ours or query["hub.mode"] != "subscribe" or not 0 < len(challenge) <= LONGEST_CHALLENGE:
        raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: a handshake for what was not asked for")
    return Response(200, challenge.encode(), {"content-type": "text/plain; charset=utf-8"})


def check_signature(request: Request, endpoint: Endpoint) -> None:
    """`X-Hub-Signature: sha1=<hex>` over the raw body, keyed with the subscription's secret."""
    algorithm, _, signature = request.headers.get(SIGNATURE, "").partition("=")
    if algorithm != "sha1" or not matches_hmac_sha1(signature, request.body, endpoint.secrets("hub_secret")):
        raise NotAuthentic(f"{endpoint.channel}/{endpoint.name}: no signature of ours on an announcement")


def read_feed(request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
    feed = _feed(request.body)
    if feed is None:
        return [_MALFORMED]
    found = [_entry(each, endpoint, now) for each in feed if each.tag in (ENTRY, DELETED)]
    return found or [_MALFORMED]


def _feed(body: bytes) -> ElementTree.Element | None:
    """Without a document type there are no entities: what declares one is not read at all."""
    try:
        text = body.decode("utf-8-sig").strip()
        if len(text) > LONGEST_FEED or "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
            return None
        return ElementTree.fromstring(text)  # noqa: S314 (nothing is left in it that could expand or be fetched)
    except (ValueError, ElementTree.ParseError):
        return None


def _entry(entry: ElementTree.Element, endpoint: Endpoint, now: datetime) -> Event | Unhandled:
    if entry.tag == DELETED:
        owner = entry.findtext("at:by/atom:uri", "", _ATOM).rpartition("/")[2]
        return _of(owner, endpoint) or Unhandled(what="video.deleted", why="its comments vanish by themselves")
    channel, video = (entry.findtext(f"yt:{name}", "", _ATOM).strip() for name in ("channelId", "videoId"))
    if unknown := _of(channel, endpoint):
        return unknown
    published = as_time(entry.findtext("atom:published", "", _ATOM).strip()) or now
    account = endpoint.account(channel)
    if not video or account is None:
        return _MALFORMED
    if published < now - NEWS:
        return Unhandled(what="video.updated", why="published long ago, and announced again for a change")
    return PostPublished(
        id=EventId(f"{account.id}/p:{video}"),
        account=account.id,
        occurred_at=published,
        received_at=now,
        external_id=video,
        text=entry.findtext("atom:title", "", _ATOM).strip(),
    )


def _of(channel: str, endpoint: Endpoint) -> Unhandled | None:
    """`None`: a channel of ours."""
    if endpoint.account(channel) is None:
        return Unhandled(what="unknown_account", why="a channel that this endpoint is not configured for")
    return None
