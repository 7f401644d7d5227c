"""Facebook's lists: what was said while nobody listened, with the ids that the webhook would have given."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model.action import ListSince, ProbeToken, Query, RefreshToken, Subscribe, Subscriptions
from bot.model.event import Attachment, CommentReceived, Echoed, MessageReceived, Unhandled
from connectors.base import Listed, Probed, Response, SendError, Subscribed, Unsupported
from connectors.facebook.calls import FIELDS
from connectors.facebook.connector import FACEBOOK
from tests.unit.test_connector_facebook import ACCOUNT, GRAPH, NOW, PAGE

SINCE = NOW - timedelta(hours=2)
BEFORE, LATER = NOW - timedelta(hours=3), NOW - timedelta(hours=1)


def asked(what: str = "", cursor: str | None = None) -> ListSince:
    return ListSince(since=SINCE, what=what, cursor=cursor)


OURS = replace(ACCOUNT, settings={"app_id": "880011"})


def read(what: Query, body: Any) -> Any:
    return FACEBOOK.interpret(what, Response(200, json.dumps(body).encode()), OURS, NOW)


def url(what: Query) -> str:
    return FACEBOOK.build(what, ACCOUNT, NOW).url


def said(id_: str, at: Any, author: str | None = "900", **more: Any) -> dict[str, Any]:
    by = {} if author is None else {"from": {"id": author, "name": "Ann"}}
    return {"id": id_, "created_time": at.isoformat(), "message": "Bonjour", **by, **more}


def page(*nodes: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    next_ = f"https://graph.facebook.com/v25.0/x?after={after}&limit=50" if after else None
    return {"data": list(nodes), "paging": {"next": next_}}


def test_it_begins_with_the_pages_posts() -> None:
    assert url(asked()).startswith(f"{GRAPH}/{PAGE}/feed?")
    assert "since=" in url(asked())
    assert "after=c7" in url(asked("posts", "c7"))
    listed = read(asked(), page({"id": "1_2"}, {"id": "1_3"}, after="c7"))
    assert [(more.what, more.cursor) for more in listed.more] == [
        ("comments:1_2", None),
        ("comments:1_3", None),
        ("threads", None),
        ("posts", "c7"),
    ]
    assert [more.what for more in read(asked("posts", "c7"), page()).more] == []


def test_comments_are_those_of_the_webhook() -> None:
    assert url(asked("comments:1_2")).startswith(f"{GRAPH}/1_2/comments?")
    body = page(
        said("2_8", BEFORE),
        said("2_9", LATER),
        said("2_10", LATER, None, parent={"id": "2_9"}),
        said("2_11", LATER, PAGE),
        after="c8",
    )
    listed = read(asked("comments:1_2"), body)
    assert isinstance(listed, Listed)
    one, two, three = listed.found
    assert isinstance(one, CommentReceived)
    assert (one.id, one.external_id, one.post_id, one.parent_id) == (f"facebook/{PAGE}/c:2_9", "2_9", "1_2", None)
    assert one.occurred_at == LATER
    assert isinstance(two, CommentReceived)
    assert (two.conversation and two.conversation.root, two.contact and two.contact.is_nobody) == ("2_9", True)
    assert isinstance(three, Echoed)
    assert [(more.what, more.cursor) for more in listed.more] == [("comments:1_2", "c8")]


@pytest.mark.parametrize(
    ("attachment", "kinds"),
    [
        ({"type": "photo", "media": {"image": {"src": "https://x.example/1.jpg"}}}, ["photo"]),
        ({"type": "sticker", "media": {"image": {"src": "https://x.example/2.png"}}}, ["photo"]),
        ({"type": "video_inline", "url": "https://x.example/3"}, ["video"]),
        ({"type": "share", "url": "https://x.example/4"}, []),
        ({"type": "photo", "media": []}, []),
        (None, []),
    ],
)
def test_what_a_comment_shows(attachment: Any, kinds: list[str]) -> None:
    (comment,) = read(asked("comments:1_2"), page(said("2_9", LATER, attachment=attachment))).found
    assert [shown.type for shown in comment.attachments] == kinds


def thread(at: Any, *messages: dict[str, Any], after: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "t_1", "updated_time": at.isoformat(), "messages": page(*messages, after=after), **more}


def test_messages_are_those_of_the_webhook() -> None:
    assert url(asked("threads")).startswith(f"{GRAPH}/{PAGE}/conversations?")
    newest_first = [said("m_3", LATER, PAGE), said("m_2", LATER), said("m_1", BEFORE)]
    listed = read(asked("threads"), page(thread(LATER, *newest_first), after="c9"))
    one, two = listed.found
    assert isinstance(one, MessageReceived)
    assert (one.id, one.contact and one.contact.user) == (f"facebook/{PAGE}/m:m_2", "900")
    assert isinstance(two, Echoed)
    assert (two.external_id, two.conversation) == ("m_3", one.conversation)
    assert [(more.what, more.cursor) for more in listed.more] == [("threads", "c9")]


def test_a_message_by_nobody_is_counted() -> None:
    listed = read(asked("threads"), page(thread(LATER, said("m_2", LATER), said("m_1", LATER, None))))
    assert [type(each) for each in listed.found] == [Unhandled, MessageReceived]


PEOPLE = {"data": [{"id": PAGE, "name": "Maison"}, {"id": "900", "name": "Ann"}]}


def test_a_long_thread_is_read_on_until_it_is_older() -> None:
    listed = read(asked("threads"), page(thread(LATER, said("m_9", LATER, PAGE), after="c5", participants=PEOPLE)))
    assert [each.conversation.contact.user for each in listed.found] == ["900"]
    (more,) = listed.more
    assert (more.what, more.cursor) == ("messages:t_1:900", "c5")
    assert url(more).startswith(f"{GRAPH}/t_1/messages?")
    assert "after=c5" in url(more)
    older = read(more, page(said("m_8", LATER), said("m_7", BEFORE), after="c6"))
    assert ([each.external_id for each in older.found], older.more) == (["m_8"], ())
    (further,) = read(more, page(said("m_8", LATER), after="c6")).more
    assert (further.what, further.cursor) == ("messages:t_1:900", "c6")


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ({"mime_type": "image/jpeg", "image_data": {"url": "https://x.example/1"}}, ("image", "https://x.example/1")),
        ({"mime_type": "video/mp4", "video_data": {"url": "https://x.example/2"}}, ("video", "https://x.example/2")),
        ({"mime_type": "audio/mpeg", "file_url": "https://x.example/3"}, ("audio", "https://x.example/3")),
        ({"mime_type": "application/pdf", "file_url": "https://x.example/4"}, ("file", "https://x.example/4")),
        ({}, ("file", None)),
    ],
)
def test_what_a_message_shows(file: Any, shown: tuple[str, str | None]) -> None:
    (message,) = read(asked("threads"), page(thread(LATER, said("m_2", LATER, attachments={"data": [file]})))).found
    assert message.attachments == (Attachment(type=shown[0], url=shown[1]),)


def test_threads_end_where_they_are_older() -> None:
    listed = read(asked("threads"), page(thread(BEFORE), after="c9"))
    assert (listed.found, listed.more) == ((), ())


def test_a_thread_with_nobody_in_it_says_nothing() -> None:
    only_the_page = page(thread(LATER, said("m_3", LATER, PAGE), participants={"data": PEOPLE["data"][:1]}))
    assert read(asked("threads"), only_the_page).found == ()


@pytest.mark.parametrize("body", [{}, {"data": [{}]}, {"data": 7}, [], {"data": [{"id": "1", "created_time": "x"}]}])
@pytest.mark.parametrize("what", ["", "comments:1_2", "threads", "messages:t_1:900"])
def test_another_shape_is_no_list(what: str, body: Any) -> None:
    reading = read(asked(what), body)
    if isinstance(reading, Listed):
        assert what in ("", "threads")
        assert reading.found == ()
    else:
        assert isinstance(reading, SendError)
        assert reading.fault == "unknown"


@pytest.mark.parametrize("what", ["comments", "comments:", "messages:", "something"])
def test_a_list_that_it_does_not_have(what: str) -> None:
    with pytest.raises(Unsupported):
        FACEBOOK.build(asked(what), ACCOUNT, NOW)


SUBSCRIPTIONS = Subscriptions(callback_url="https://aplomb.example/webhooks/facebook/main")


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({"data": []}, FIELDS),
        ({"data": [{"id": "880011", "subscribed_fields": list(FIELDS)}]}, ()),
        ({"data": [{"id": 880011, "subscribed_fields": [f for f in FIELDS if f != "feed"]}]}, ("feed",)),
        ({"data": [{"id": "1", "subscribed_fields": list(FIELDS)}]}, FIELDS),
    ],
)
def test_what_the_page_no_longer_brings(body: Any, missing: tuple[str, ...]) -> None:
    assert url(SUBSCRIPTIONS).startswith(f"{GRAPH}/{PAGE}/subscribed_apps?")
    assert read(SUBSCRIPTIONS, body) == Subscribed(missing=missing)


def test_subscribing_again() -> None:
    what = Subscribe(callback_url=SUBSCRIPTIONS.callback_url)
    request = FACEBOOK.build(what, ACCOUNT, NOW)
    assert (request.method, request.url) == ("POST", f"{GRAPH}/{PAGE}/subscribed_apps")
    assert json.loads(request.body) == {"subscribed_fields": ",".join(FIELDS)}
    assert read(what, {"success": True}) == Subscribed()
    assert isinstance(read(what, {"success": False}), SendError)
    assert isinstance(read(SUBSCRIPTIONS, {"success": True}), SendError)


def test_an_answer_near_the_wall_says_so() -> None:
    headers = {"x-app-usage": '{"call_count": 99}'}
    answer = Response(200, json.dumps({"id": PAGE, "name": "Maison"}).encode(), headers)
    assert FACEBOOK.interpret(ProbeToken(), answer, ACCOUNT, NOW) == Probed(name="Maison", rest_s=300)


def test_a_pages_token_is_not_renewed() -> None:
    with pytest.raises(Unsupported, match="does not expire"):
        FACEBOOK.build(RefreshToken(), ACCOUNT, NOW)
    assert isinstance(read(RefreshToken(), {"access_token": "x"}), SendError)


def test_an_unhandled_node_is_counted() -> None:
    reading = read(asked("comments:1_2"), page({**said("", LATER), "id": ""}))
    assert [type(each) for each in reading.found] == [Unhandled]
