"""YouTube: what is asked, what the answers mean, and the hub's announcements."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from bot.errors import NotAuthentic
from bot.model.action import (
    Action,
    DeleteComment,
    EditOwn,
    FindOwn,
    HideComment,
    Like,
    ListSince,
    ProbeToken,
    Query,
    RefreshToken,
    ReplyToComment,
    SendMessage,
    Subscribe,
    Subscriptions,
    UnhideComment,
)
from bot.model.event import PostPublished, Unhandled
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from connectors.base import (
    Account,
    Endpoint,
    Found,
    Probed,
    Refreshed,
    Request,
    Response,
    SendError,
    Sent,
    Subscribed,
    Unsupported,
)
from connectors.youtube.connector import YOUTUBE
from connectors.youtube.errors import until_midnight_s
from connectors.youtube.options import Options, options
from tests.channels.youtube import ANN, CHANNEL, TOPIC, comment, error, page, reply, sign, video

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRETS = ("client_id", "client_secret", "refresh_token", "token", "hub_secret")
API = "https://www.googleapis.com/youtube/v3"


def account(**settings: str) -> Account:
    secrets = {name: (SecretStr(f"{name}-secret"),) for name in SECRETS}
    return Account(AccountId.of("youtube", CHANNEL), "Maison Aubépine", secrets, YOUTUBE.api_url, settings)


def without(*names: str) -> Account:
    return replace(ACCOUNT, secrets={name: given for name, given in ACCOUNT.secrets.items() if name not in names})


ACCOUNT = account()
THREAD = "Ugx500"
PUBLIC = ConversationId.public(ContactId.of(ACCOUNT.id, ANN), THREAD)


def common(conversation: ConversationId = PUBLIC) -> dict[str, Any]:
    return {
        "id": ActionId("act-1"),
        "conversation": conversation,
        "decided_upto": StreamId("1-0"),
        "earliest": NOW,
    }


REPLY = ReplyToComment(**common(), comment_id=f"{THREAD}.7", text="Merci  Ann !")
HIDE = HideComment(**common(), comment_id=f"{THREAD}.7")


def query_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.url).query))


@pytest.mark.parametrize(
    ("action", "method", "url", "body"),
    [
        (REPLY, "POST", "comments?part=snippet", {"snippet": {"parentId": THREAD, "textOriginal": "Merci  Ann !"}}),
        (HIDE, "POST", "comments/setModerationStatus?id=Ugx500.7&moderationStatus=heldForReview", None),
        (
            HideComment(**common(), comment_id="Ugx500", for_good=True),
            "POST",
            "comments/setModerationStatus?id=Ugx500&moderationStatus=rejected",
            None,
        ),
        (
            UnhideComment(**common(), comment_id="Ugx500"),
            "POST",
            "comments/setModerationStatus?id=Ugx500&moderationStatus=published",
            None,
        ),
        (DeleteComment(**common(), comment_id="Ugx500.8"), "DELETE", "comments?id=Ugx500.8", None),
        (
            EditOwn(**common(), external_id="Ugx500.8", text="Autrement"),
            "PUT",
            "comments?part=snippet",
            {"id": "Ugx500.8", "snippet": {"textOriginal": "Autrement"}},
        ),
    ],
)
def test_requests(action: Action, method: str, url: str, body: object) -> None:
    request = YOUTUBE.build(action, ACCOUNT, NOW)
    assert (request.method, request.url) == (method, f"{API}/{url}")
    assert request.headers["authorization"] == "Bearer token-secret"
    assert (json.loads(request.body) if request.body else None) == body
    assert request.headers.get("content-type") == ("application/json" if body else None)


@pytest.mark.parametrize("place", [f"{THREAD}.7", THREAD])
def test_an_answer_hangs_from_the_thread_whatever_is_answered(place: str) -> None:
    odd = REPLY.model_copy(update={"conversation": ConversationId.public(PUBLIC.contact, place)})
    assert json.loads(YOUTUBE.build(odd, ACCOUNT, NOW).body)["snippet"]["parentId"] == THREAD
    private = REPLY.model_copy(update={"conversation": ConversationId.private(PUBLIC.contact)})
    assert json.loads(YOUTUBE.build(private, ACCOUNT, NOW).body)["snippet"]["parentId"] == THREAD


def test_without_a_token_a_request_is_refused_for_certain() -> None:
    request = YOUTUBE.build(ProbeToken(), without("token"), NOW)
    assert request.url == f"{API}/channels?part=snippet&mine=true"
    assert request.headers == {"authorization": "Bearer none"}


def test_a_token_is_fetched_where_google_gives_them() -> None:
    request = YOUTUBE.build(RefreshToken(), ACCOUNT, NOW)
    assert (request.method, request.url) == ("POST", "https://oauth2.googleapis.com/token")
    assert dict(parse_qsl(request.body.decode())) == {
        "grant_type": "refresh_token",
        "client_id": "client_id-secret",
        "client_secret": "client_secret-secret",
        "refresh_token": "refresh_token-secret",
    }
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    "query", [Subscribe(callback_url="https://x.example/a"), Subscriptions(callback_url="https://x.example/a")]
)
def test_the_hub_is_asked_to_bring_videos_and_to_go_on(query: Query) -> None:
    request = YOUTUBE.build(query, account(lease_s="864000"), NOW)
    assert (request.method, request.url) == ("POST", "https://pubsubhubbub.appspot.com/subscribe")
    assert dict(parse_qsl(request.body.decode())) == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC + CHANNEL,
        "hub.callback": "https://x.example/a",
        "hub.verify": "async",
        "hub.secret": "hub_secret-secret",
        "hub.lease_seconds": "864000",
    }
    with pytest.raises(Unsupported, match="hub_secret"):
        YOUTUBE.build(query, without("hub_secret"), NOW)


@pytest.mark.parametrize("query", [RefreshToken(), Subscribe(callback_url="https://x.example/a"), ProbeToken(), REPLY])
def test_with_an_api_of_its_own_an_account_speaks_to_nobody_else(query: Action | Query) -> None:
    here = replace(ACCOUNT, api_url="http://127.0.0.1:9/youtube")
    assert YOUTUBE.build(query, here, NOW).url.startswith("http://127.0.0.1:9/youtube/")


@pytest.mark.parametrize(
    "what",
    [
        Like(**common(), external_id=THREAD),
        SendMessage(**common(ConversationId.private(PUBLIC.contact)), text="Bonjour"),
        FindOwn(action=HIDE),
        ListSince(since=NOW, what="somewhere"),
        ListSince(since=NOW, what="verify:"),
        ListSince(since=NOW, what="replies:"),
    ],
)
def test_what_youtube_has_no_call_for(what: Action | Query) -> None:
    with pytest.raises(Unsupported):
        YOUTUBE.build(what, ACCOUNT, NOW)


# lists

ALL = {"part": "snippet,replies", "allThreadsRelatedToChannelId": CHANNEL, "order": "time"}
PAGED = {"textFormat": "plainText", "maxResults": "100"}


@pytest.mark.parametrize(
    ("what", "cursor", "resource", "query"),
    [
        ("", None, "commentThreads", ALL | PAGED),
        ("page:2", "abc", "commentThreads", ALL | PAGED | {"pageToken": "abc"}),
        ("scan:3", "abc", "commentThreads", ALL | PAGED | {"pageToken": "abc"}),
        ("held:1", None, "commentThreads", ALL | PAGED | {"moderationStatus": "heldForReview"}),
        ("replies:Ugx1:1:3:17", "x", "comments", {"part": "snippet", "parentId": "Ugx1", "pageToken": "x"} | PAGED),
        ("verify:Ugx1,Ugx2.7", None, "comments", {"part": "snippet", "id": "Ugx1,Ugx2.7", "textFormat": "plainText"}),
    ],
)
def test_lists(what: str, cursor: str | None, resource: str, query: dict[str, str]) -> None:
    request = YOUTUBE.build(ListSince(since=NOW, what=what, cursor=cursor), ACCOUNT, NOW)
    assert request.method == "GET"
    assert request.url.startswith(f"{API}/{resource}?")
    assert query_of(request) == query


def seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


SINCE = NOW - timedelta(hours=1)
SETTLED = {"begun": "1", "scanned": seconds(NOW - timedelta(minutes=5)), "etag": "e0"}


@pytest.mark.parametrize(
    ("what", "known", "etag"),
    [
        ("", SETTLED, "e0"),
        ("", SETTLED | {"scanned": seconds(NOW - timedelta(minutes=30))}, None),
        ("", SETTLED | {"scanned": "soon"}, None),
        ("", SETTLED | {"etag": ""}, None),
        ("page:2", SETTLED, None),
        ("", {}, None),
    ],
)
def test_an_unchanged_first_page_is_not_sent_again_unless_more_is_wanted(
    what: str, known: dict[str, str], etag: str | None
) -> None:
    request = YOUTUBE.build(ListSince(since=SINCE, what=what, known=known), ACCOUNT, NOW)
    assert request.headers.get("if-none-match") == etag


class Round:
    """Answers one after the other, and what was asked to be remembered in between."""

    def __init__(self, known: Mapping[str, str] = SETTLED, **settings: str) -> None:
        self.known = dict(known)
        self.account = account(**settings)
        self.since = SINCE
        self.now = NOW

    def read(self, body: bytes | Response, what: str = "") -> Any:
        question = ListSince(since=self.since, what=what, known=dict(self.known))
        answer = body if isinstance(body, Response) else Response(200, body)
        reading = YOUTUBE.interpret(question, answer, self.account, self.now)
        self.known |= getattr(reading, "remember", {})
        return reading

    def kinds(self, body: bytes | Response, what: str = "") -> list[str]:
        return [getattr(each, "kind", None) or f"unhandled.{each.what}" for each in self.read(body, what).found]


def ago(**delta: float) -> str:
    return (NOW - timedelta(**delta)).isoformat().replace("+00:00", "Z")


def old_thread(id_: str = "Ugx1", days: float = 40, *replies: dict[str, Any], **more: Any) -> dict[str, Any]:
    at = ago(days=days)
    return threaded(comment(id_, publishedAt=at, updatedAt=at), *replies, **more)


def threaded(top: dict[str, Any], *replies: dict[str, Any], count: int | None = None) -> dict[str, Any]:
    snippet = {"topLevelComment": top, "totalReplyCount": len(replies) if count is None else count}
    return {
        "kind": "youtube#commentThread",
        "id": top["id"],
        "snippet": snippet,
        "replies": {"comments": list(replies)},
    }


def asked(reading: Any) -> list[tuple[str, str | None]]:
    return [(question.what, question.cursor) for question in reading.more]


def test_a_page_is_new_once() -> None:
    on = Round()
    first = on.read(page(threaded(comment("Ugx1")), nextPageToken="p2"))
    assert [each.kind for each in first.found] == ["comment.received"]
    assert asked(first) == [("page:2", "p2")]
    assert first.remember["t:Ugx1"].startswith("0:")
    assert first.remember["etag"] == ""
    second = on.read(page(threaded(comment("Ugx1")), nextPageToken="p2"))
    assert (second.found, second.more) == ((), ())
    assert second.remember["etag"] == "e1"
    assert on.read(Response(304)).found == ()


def test_not_modified_is_no_answer_to_a_question_that_did_not_allow_it() -> None:
    assert on_unknown(Round({"begun": "1"}).read(Response(304)))
    assert on_unknown(Round().read(Response(304), "page:2"))


def on_unknown(reading: Any) -> bool:
    return isinstance(reading, SendError) and reading.fault == "unknown"


def test_the_next_page_is_read_only_while_there_is_news_or_a_scan_is_due() -> None:
    on = Round()
    on.read(page(threaded(comment("Ugx1"))))
    assert asked(on.read(page(threaded(comment("Ugx1")), nextPageToken="p2"), "page:2")) == []
    assert asked(on.read(page(threaded(comment("Ugx2")), nextPageToken="p4"), "page:3")) == [("page:4", "p4")]
    assert asked(on.read(page(threaded(comment("Ugx3")), nextPageToken="p9"), "page:100")) == []
    on.now += timedelta(minutes=31)
    due = on.read(page(threaded(comment("Ugx1")), nextPageToken="p2"))
    assert asked(due) == [("held:1", None), ("scan:2", "p2")]
    assert "scanned" not in due.remember
    assert asked(on.read(page(threaded(comment("Ugx2")), nextPageToken="p3"), "scan:4")) == [("scan:5", "p3")]
    last = on.read(page(threaded(comment("Ugx2")), nextPageToken="p6"), "scan:5")
    assert asked(last) == []
    assert last.remember["scanned"] == seconds(on.now)


def test_a_scan_can_be_set_and_held_comments_left_out() -> None:
    on = Round({"begun": "1", "scanned": "1"}, held="off", rescan_pages="1")
    reading = on.read(page(old_thread(), nextPageToken="p2"))
    assert asked(reading) == []
    assert reading.remember["scanned"] == seconds(NOW)


def test_a_new_answer_in_an_old_thread_is_found() -> None:
    on = Round()
    assert on.kinds(page(old_thread())) == []
    new = reply("Ugx1", "1", publishedAt=ago(minutes=3), updatedAt=ago(minutes=3))
    assert on.kinds(page(old_thread("Ugx1", 40, new))) == ["comment.received"]
    assert on.kinds(page(old_thread("Ugx1", 40, new))) == []


def test_answers_that_are_not_shown_are_asked_for_and_then_remembered() -> None:
    on = Round()
    shown = [reply("Ugx1", str(n)) for n in range(5)]
    first = on.read(page(threaded(comment("Ugx1"), *shown, count=150)))
    ((what, cursor),) = asked(first)
    assert what.startswith("replies:Ugx1:1:150:")
    assert cursor is None
    assert "t:Ugx1" not in on.known
    more = on.read(page(reply("Ugx1", "9"), kind="comment", nextPageToken="r2"), what)
    ((next_, cursor),) = asked(more)
    assert (next_, cursor) == (what.replace(":1:150", ":2:150"), "r2")
    assert "t:Ugx1" not in on.known
    assert [each.external_id for each in on.read(page(reply("Ugx1", "11"), kind="comment"), next_).found] == ["Ugx1.11"]
    assert on.known["t:Ugx1"] == what.partition(":1:")[2]
    assert on.read(page(threaded(comment("Ugx1"), *shown, count=150))).more == ()
    edited = comment("Ugx1", "Autrement", updatedAt=ago(minutes=1))
    changed = on.read(page(threaded(edited, *shown, count=150)))
    assert "message.edited" in [each.kind for each in changed.found]
    assert changed.more == (), "the count is the same, so that nothing else is new"


def test_a_thread_of_thousands_is_read_to_a_bound() -> None:
    on = Round()
    reading = on.read(page(reply("Ugx1", "9"), kind="comment", nextPageToken="r21"), "replies:Ugx1:20:5000:17")
    assert reading.more == ()
    assert reading.remember == {"t:Ugx1": "5000:17"}


def test_a_question_without_a_page_number_begins_at_the_first() -> None:
    on = Round()
    assert asked(on.read(page(kind="comment", nextPageToken="r2"), "replies:Ugx1")) == [("replies:Ugx1:2:", "r2")]
    assert asked(on.read(page(nextPageToken="h2"), "held")) == [("held:2", "h2")]


def test_before_the_first_look_only_what_is_young_is_news_and_the_rest_is_known_from_then_on() -> None:
    on = Round({})
    on.since = NOW - timedelta(days=1)
    young, older = threaded(comment("Ugx1")), old_thread("Ugx2", 3)
    first = on.read(page(young, older, nextPageToken="p2"))
    assert [each.external_id for each in first.found] == ["Ugx1"]
    assert asked(first) == [("held:1", None), ("scan:2", "p2")]
    last = on.read(page(old_thread("Ugx3", 40), nextPageToken="p3"), "scan:2")
    assert (last.found, asked(last)) == ((), [])
    assert {"t:Ugx1", "t:Ugx2", "t:Ugx3", "begun", "scanned"} <= on.known.keys()
    two_days = reply("Ugx9", "1", publishedAt=ago(days=2), updatedAt=ago(days=2))
    assert on.kinds(page(two_days, kind="comment"), "replies:Ugx9:1:1:1") == []
    on.since = NOW - timedelta(hours=1)
    assert on.kinds(page(young, older)) == []
    assert on.kinds(page(old_thread("Ugx4", 3))) == ["comment.received"], "released by a moderator, or overlooked"
    assert on.kinds(page(old_thread("Ugx5", 29))) == [], "too long ago to be news"


def test_what_is_missed_may_stand_in_an_older_thread() -> None:
    on = Round({})
    on.since = NOW - timedelta(days=1)
    hidden = [reply("Ugx1", str(n), publishedAt=ago(days=9), updatedAt=ago(days=9)) for n in range(5)]
    assert asked(on.read(page(old_thread("Ugx1", 10, *hidden, count=9))))[0][0].startswith("replies:Ugx1:1:9:")
    on.known.clear()
    assert asked(on.read(page(old_thread("Ugx2", 50, *hidden, count=9)))) == [("held:1", None)]


def test_a_thread_that_does_not_say_when_is_read_and_remembered() -> None:
    on = Round()
    undated = threaded(comment("Ugx1", publishedAt=None, updatedAt=None))
    assert on.kinds(page(undated)) == ["comment.received"]
    assert on.known["t:Ugx1"] == "0:0"
    assert on.kinds(page(undated)) == []


def test_moderation_is_told_once_and_every_toggle_is_another_event() -> None:
    on, spam = Round(), threaded(comment("Ugx1", moderationStatus="heldForReview"))
    ids: list[str] = []

    def changes(body: bytes, what: str) -> list[tuple[str, bool]]:
        found = [each for each in on.read(body, what).found if each.kind == "visibility.changed"]
        ids.extend(each.id for each in found)
        return [(each.external_id, each.hidden) for each in found]

    assert changes(page(spam), "held:1") == [("Ugx1", True)]
    assert changes(page(spam), "held:1") == []
    assert changes(page(threaded(comment("Ugx1"))), "") == [("Ugx1", False)]
    assert changes(page(threaded(comment("Ugx1"))), "") == []
    assert changes(page(spam), "held:1") == [("Ugx1", True)]
    assert changes(page(comment("Ugx1"), kind="comment"), "verify:Ugx1") == [], "nothing is said of it there"
    published = comment("Ugx1", moderationStatus="published")
    assert changes(page(published, kind="comment"), "verify:Ugx1") == [("Ugx1", False)]
    assert len(set(ids)) == 4
    on.known["h:Ugx1"] = "shown:many:1"
    assert changes(page(spam), "held:1") == [("Ugx1", True)]
    assert on.known["h:Ugx1"].startswith("hidden:1:")


def test_an_old_comment_that_waits_is_remembered_and_told_when_it_is_released() -> None:
    on, at = Round(), ago(days=60)
    waiting = comment("Ugx1", moderationStatus="heldForReview", publishedAt=at, updatedAt=at)
    assert on.kinds(page(threaded(waiting)), "held:1") == []
    released = comment("Ugx1", publishedAt=at, updatedAt=at)
    assert on.kinds(page(threaded(released))) == ["comment.received", "visibility.changed"]


def test_held_pages_are_read_to_a_bound() -> None:
    on = Round()
    assert asked(on.read(page(nextPageToken="h2"), "held:1")) == [("held:2", "h2")]
    assert asked(on.read(page(nextPageToken="h6"), "held:5")) == []
    odd: list[Any] = [None, {"id": "Ugx1"}, {"id": "Ugx2", "snippet": {"topLevelComment": {"id": "Ugx2"}}}]
    assert on.kinds(page(*odd), "held:1") == ["unhandled.comment"] * 2


def test_what_is_known_is_bounded_and_the_oldest_goes() -> None:
    known = SETTLED | {f"t:Ugx{n}": f"0:{n}" for n in range(2003)} | {f"h:Ugx{n}": f"hidden:1:{n}" for n in range(501)}
    forgotten = Round(known).read(page()).remember
    assert {name for name, fact in forgotten.items() if fact == ""} == {"t:Ugx0", "t:Ugx1", "t:Ugx2", "h:Ugx0"}


def test_a_comment_that_is_gone_is_told_only_when_the_answer_is_whole() -> None:
    on = Round()
    assert on.kinds(page(comment("Ugx1"), kind="comment"), "verify:Ugx1,Ugx2,Ugx2,") == ["message.deleted"]
    assert on.kinds(page(comment("Ugx1"), kind="comment", nextPageToken="v2"), "verify:Ugx1,Ugx2") == []


@pytest.mark.parametrize("reason", ["commentNotFound", "processingFailure"])
def test_when_one_of_several_spoils_the_question_each_is_asked_alone(reason: str) -> None:
    reading = Round().read(error(reason, 404), "verify:Ugx1,Ugx2")
    assert (reading.found, asked(reading)) == ((), [("verify:Ugx1", None), ("verify:Ugx2", None)])


def test_a_comment_that_is_not_found_alone_is_gone() -> None:
    assert Round().kinds(error("commentNotFound", 404), "verify:Ugx1") == ["message.deleted"]
    refused = Round().read(error("forbidden", 403), "verify:Ugx1")
    assert isinstance(refused, SendError)


def test_one_thread_that_can_not_be_read_holds_up_no_other() -> None:
    on = Round()
    assert on.kinds(error("commentNotFound", 404), "replies:Ugx1:1:7:17") == ["unhandled.replies.unread"]
    assert on.known["t:Ugx1"] == "7:17"
    assert on.kinds(error("processingFailure", 400), "replies:Ugx2:1:7:17") == ["unhandled.replies.unread"]
    assert "t:Ugx2" not in on.known, "it may be readable another time"
    assert on.kinds(error("forbidden", 403), "held:1") == ["unhandled.held.unread"]
    for what in ("replies:Ugx1:1:7:17", "held:1", ""):
        assert isinstance(on.read(error("quotaExceeded", 403), what), SendError)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"items": {}}'])
def test_a_list_that_is_none_is_unknown(body: bytes) -> None:
    for what in ("", "held:1", "replies:Ugx1:1:1:1", "verify:Ugx1"):
        assert on_unknown(Round().read(body, what))


# answers

OWN = reply(THREAD, "9", "merci ann !", CHANNEL, publishedAt="2026-11-22T11:59:00Z")
NOT_OURS = [
    None,
    {"id": None},
    {"id": "Ugx500.1"},
    reply(THREAD, "2", "Merci Ann !", ANN),
    reply(THREAD, "3", "Merci Bob !", CHANNEL, publishedAt="2026-11-22T12:00:00Z"),
    reply(THREAD, "4", "Merci Ann !", CHANNEL, publishedAt="2026-11-22T11:57:59Z"),
    reply(THREAD, "5", "Merci Ann !", CHANNEL, publishedAt=None),
]


def answered(what: Action | Query, body: object, status: int = 200) -> Any:
    return YOUTUBE.interpret(what, Response(status, json.dumps(body).encode()), ACCOUNT, NOW)


CHANNELS = {"items": [{"id": CHANNEL, "snippet": {"title": "Maison Aubépine, la chaîne"}}]}


@pytest.mark.parametrize(
    ("what", "body", "reading"),
    [
        (REPLY, OWN, Sent(external_id=f"{THREAD}.9")),
        (EditOwn(**common(), external_id=f"{THREAD}.9", text="x"), OWN, Sent()),
        (FindOwn(action=REPLY), {"items": [*NOT_OURS, OWN]}, Found(external_id=f"{THREAD}.9")),
        (ProbeToken(), CHANNELS, Probed(name="Maison Aubépine, la chaîne")),
        (ProbeToken(), {"items": [None, {"id": CHANNEL}]}, Probed(name="Maison Aubépine")),
    ],
)
def test_success(what: Action | Query, body: object, reading: object) -> None:
    assert answered(what, body) == reading


def test_what_is_not_listed_may_be_there_all_the_same() -> None:
    assert answered(FindOwn(action=REPLY), {"items": NOT_OURS}).code == "not_found"
    assert on_unknown(answered(FindOwn(action=REPLY), {"items": NOT_OURS}))
    assert query_of(YOUTUBE.build(FindOwn(action=REPLY), ACCOUNT, NOW))["parentId"] == THREAD


@pytest.mark.parametrize("items", [[], [{"id": "UCanother"}]])
def test_a_token_of_another_channel_speaks_in_another_name(items: list[object]) -> None:
    answer = answered(ProbeToken(), {"items": items})
    assert (answer.fault, answer.code) == ("reconnect", "another_channel")


@pytest.mark.parametrize("status", [202, 204])
@pytest.mark.parametrize("query", [Subscribe(callback_url="https://x"), Subscriptions(callback_url="https://x")])
def test_the_hub_takes_a_subscription_without_a_word(query: Query, status: int) -> None:
    assert YOUTUBE.interpret(query, Response(status), ACCOUNT, NOW) == Subscribed()
    assert on_unknown(YOUTUBE.interpret(query, Response(503), ACCOUNT, NOW))


@pytest.mark.parametrize(
    ("body", "secrets", "lives_s"),
    [
        ({"access_token": "ya29.x", "expires_in": 3599, "token_type": "Bearer"}, {"token": "ya29.x"}, 3599),
        ({"access_token": "ya29.x", "refresh_token": "1//y"}, {"token": "ya29.x", "refresh_token": "1//y"}, 3600),
        ({"access_token": "ya29.x", "expires_in": 10**30}, {"token": "ya29.x"}, 366 * 86_400),
    ],
)
def test_fetched_tokens(body: object, secrets: dict[str, str], lives_s: int) -> None:
    refreshed = answered(RefreshToken(), body)
    assert isinstance(refreshed, Refreshed)
    assert {name: secret.get_secret_value() for name, secret in refreshed.secrets.items()} == secrets
    assert refreshed.expires_at == NOW + timedelta(seconds=lives_s)


@pytest.mark.parametrize(
    ("status", "body", "fault", "code"),
    [
        (
            400,
            {"error": "invalid_grant", "error_description": "refresh_token-secret is revoked"},
            "reconnect",
            "invalid_grant",
        ),
        (401, {"error": "invalid_client"}, "reconnect", "invalid_client"),
        (500, {"error": "internal_failure"}, "unknown", "internal_failure"),
        (503, [], "unknown", "HTTP 503"),
        (200, {"access_token": None}, "unknown", "HTTP 200"),
    ],
)
def test_tokens_that_are_not_given(status: int, body: object, fault: str, code: str) -> None:
    answer = answered(RefreshToken(), body, status)
    assert (answer.fault, answer.code) == (fault, code)
    assert "secret" not in answer.detail


def test_a_gesture_that_was_not_processed_is_made_again_and_words_are_not() -> None:
    again = YOUTUBE.interpret(HIDE, error("processingFailure", 400), ACCOUNT, NOW)
    assert isinstance(again, SendError)
    assert (again.fault, again.after_s) == ("retry", 60)


@pytest.mark.parametrize(("given", "after_s"), [("9", 9), ("999999", 86_400), ("9999999", 60), ("soon", 60), ("٣", 60)])
def test_a_named_wait_is_believed_within_reason(given: str, after_s: float) -> None:
    answer = YOUTUBE.interpret(REPLY, error("rateLimitExceeded", 403, {"retry-after": given}), ACCOUNT, NOW)
    assert isinstance(answer, SendError)
    assert answer.after_s == after_s


@pytest.mark.parametrize(("hour", "hours"), [(0, 8), (7.5, 0.5), (8, 24), (12, 20), (23, 9)])
def test_units_come_back_at_midnight_in_california(hour: float, hours: float) -> None:
    now = NOW.replace(hour=0) + timedelta(hours=hour)
    assert until_midnight_s(now) == hours * 3600
    answer = YOUTUBE.interpret(REPLY, error("quotaExceeded", 403), ACCOUNT, now)
    assert isinstance(answer, SendError)
    assert answer.after_s == hours * 3600


# settings and rates


@pytest.mark.parametrize(
    ("settings", "read"),
    [
        ({}, Options()),
        ({"poll_every_s": "300", "rescan_every_s": "600", "rescan_pages": "2"}, Options(300, 600, 2)),
        (
            {"quota_units": "50000", "comment_characters": "500", "lease_s": "864000"},
            Options(120, 1800, 5, 50_000, 500, 864_000),
        ),
        ({"held": "off"}, Options(held=False)),
        ({"poll_every_s": "1"}, Options(30)),
        (
            {"poll_every_s": "often", "rescan_pages": "-1", "quota_units": "1e6", "held": "?", "lease_s": "9" * 12},
            Options(),
        ),
        ({"poll_every_s": "٣٠٠", "rescan_every_s": "0"}, Options()),
    ],
)
def test_settings_are_read_and_nonsense_is_not(settings: dict[str, str], read: Options) -> None:
    assert options(account(**settings)) == read


def test_units_are_counted_for_the_whole_project() -> None:
    can = YOUTUBE.capabilities(account(quota_units="20000", poll_every_s="60"))
    (scope,) = can.rates
    assert (scope.per, scope.count, scope.per_s) == ("app", 20_000, 86_400)
    costs = {kind: scope.cost(kind) for kind in ("reply_to_comment", "hide_comment", "list_since", "refresh_token")}
    assert costs == {"reply_to_comment": 50, "hide_comment": 50, "list_since": 1, "refresh_token": 0}
    assert (can.poll_every_s, can.keeps_s, can.private) == (60, 30 * 86_400, False)


# the hub

ENDPOINT = Endpoint("youtube", "main", (ACCOUNT,))


def brought(body: bytes, now: datetime = NOW) -> list[Any]:
    return YOUTUBE.parse(Request("POST", "/webhooks/youtube/main", {}, body), ENDPOINT, now)


def greet(method: str = "GET", **query: str) -> Response | None:
    whole = {"hub.mode": "subscribe", "hub.topic": TOPIC + CHANNEL, "hub.challenge": "4206"}
    whole |= {f"hub.{name}": value for name, value in query.items()}
    url = "/webhooks/youtube/main?" + "&".join(f"{name}={value}" for name, value in whole.items() if value != "-")
    return YOUTUBE.challenge(Request(method, url), ENDPOINT, NOW)


def test_the_hubs_question_is_answered_for_our_channel_alone() -> None:
    answer = greet()
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"4206")
    assert answer.headers["content-type"].startswith("text/plain")
    assert greet("POST") is None
    assert greet(mode="-") is None


@pytest.mark.parametrize(
    "query",
    [
        {"topic": TOPIC + "UCsomebodyElse"},
        {"topic": "-"},
        {"mode": "unsubscribe"},
        {"mode": "denied"},
        {"challenge": "-"},
        {"challenge": "4" * 1001},
    ],
)
def test_what_was_not_asked_for_is_not_confirmed(query: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic):
        greet(**query)


@pytest.mark.parametrize("spoilt", ["sha256={}", "sha1={}0", "{}", "sha1="])
def test_only_the_subscriptions_secret_signs(spoilt: str) -> None:
    body = video("vid1")
    (value,) = sign("hub_secret-secret", body).values()
    YOUTUBE.verify(
        Request("POST", "/", {"x-hub-signature": value.upper().replace("SHA1", "sha1")}, body), ENDPOINT, NOW
    )
    wrong = Request("POST", "/", {"x-hub-signature": spoilt.format(value.partition("=")[2])}, body)
    with pytest.raises(NotAuthentic):
        YOUTUBE.verify(wrong, ENDPOINT, NOW)


def test_a_video_is_announced_once_however_often_its_title_changes() -> None:
    (first,) = brought(video("vid1"))
    assert isinstance(first, PostPublished)
    assert (first.external_id, first.text) == ("vid1", "Nos lampes d'hiver & leurs secrets")
    assert first.occurred_at == datetime(2026, 11, 22, 11, tzinfo=UTC)
    (again,) = brought(video("vid1").replace(b"hiver", b"automne"), NOW + timedelta(days=1))
    assert again.id == first.id
    assert brought(video("vid1", published="2015-03-06T21:40:57+00:00"))[0].what == "video.updated"
    assert brought(video("vid1", published="some day"))[0].occurred_at == NOW


TOMBSTONE = (
    b"<?xml version='1.0' encoding='UTF-8'?>\n"
    b'<feed xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns="http://www.w3.org/2005/Atom">'
    b'<at:deleted-entry ref="yt:video:vid1" when="2026-11-22T11:00:00+00:00"><at:by><name>x</name>'
    b"<uri>https://www.youtube.com/channel/%s</uri></at:by></at:deleted-entry></feed>"
)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (TOMBSTONE % CHANNEL.encode(), "video.deleted"),
        (TOMBSTONE % b"UCsomebodyElse", "unknown_account"),
        (video("vid1", "UCsomebodyElse"), "unknown_account"),
        (video(""), "malformed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "malformed"),
        (b"<entry/>", "malformed"),
        (b'<!DOCTYPE feed [<!ENTITY a "b">]>' + video("vid1"), "malformed"),
        (b"<!doctype html><html></html>", "malformed"),
        (video("vid1").decode().encode("utf-16"), "malformed"),
        (video("vid1") + b"\x00", "malformed"),
        (video("vid1").replace(b"</feed>", b"<!--" + b"x" * 300_000 + b"--></feed>"), "malformed"),
        (b"<a>" * 80_000 + b"</a>" * 7_000, "malformed"),
        (b'{"items": []}', "malformed"),
    ],
)
def test_what_else_is_brought(body: bytes, what: str) -> None:
    (found,) = brought(body)
    assert isinstance(found, Unhandled)
    assert found.what == what


def test_several_videos_in_one_feed() -> None:
    second = video("vid2").partition(b"<entry>")[2].partition(b"</entry>")[0]
    both = video("vid1").replace(b"</feed>", b"<entry>" + second + b"</entry></feed>")
    assert [each.external_id for each in brought(both)] == ["vid1", "vid2"]


def test_the_query_of_a_form_is_encoded() -> None:
    request = YOUTUBE.build(Subscribe(callback_url="https://x.example/a?b=c&d"), ACCOUNT, NOW)
    assert parse_qs(request.body.decode())["hub.callback"] == ["https://x.example/a?b=c&d"]
