"""Instagram: what it asks, what the answers mean, and what its lists bring."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.errors import NotAuthentic
from bot.model.action import (
    Action,
    DeleteComment,
    FindOwn,
    HideComment,
    Like,
    ListSince,
    PassThread,
    PrivateReply,
    ProbeToken,
    Query,
    RefreshToken,
    ReplyToComment,
    SendMessage,
    Subscribe,
    Subscriptions,
    UnhideComment,
)
from bot.model.event import CommentReceived, Echoed, MentionReceived, MessageReceived, Unhandled
from bot.model.ids import ActionId, ContactId, ConversationId, StreamId
from connectors.base import (
    Found,
    Listed,
    Probed,
    Refreshed,
    Request,
    Response,
    SendError,
    Sent,
    Subscribed,
    Unsupported,
)
from connectors.instagram.calls import FIELDS, PAGE_FIELDS
from connectors.instagram.connector import INSTAGRAM
from tests.contract.test_connectors import endpoint, first_account

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SINCE, BEFORE, LATER = NOW - timedelta(hours=2), NOW - timedelta(hours=3), NOW - timedelta(hours=1)
ACCOUNT = first_account("instagram")
OWN = ACCOUNT.id.external_id
GRAPH = f"{ACCOUNT.api_url}/v25.0"
BY_FACEBOOK = replace(ACCOUNT, api_url=INSTAGRAM.api_url, settings={"login": "facebook", "page_id": "77"})
ANN = ContactId.of(ACCOUNT.id, "900")
DM, THREAD = ConversationId.private(ANN), ConversationId.public(ANN, "178")
CALLBACK = "https://aplomb.example/webhooks/instagram/main"


def common(conversation: ConversationId) -> dict[str, Any]:
    return {"id": ActionId("act-1"), "conversation": conversation, "decided_upto": StreamId("1-0"), "earliest": NOW}


MESSAGE = SendMessage(**common(DM), text="Bonjour")
REPLY = ReplyToComment(**common(THREAD), comment_id="179", text="Merci !")


def read(what: Action | Query, body: Any, status: int = 200) -> Any:
    return INSTAGRAM.interpret(what, Response(status, json.dumps(body).encode()), ACCOUNT, NOW)


@pytest.mark.parametrize(
    ("action", "method", "path", "body"),
    [
        (MESSAGE, "POST", f"{OWN}/messages", {"recipient": {"id": "900"}, "message": {"text": "Bonjour"}}),
        (
            MESSAGE.model_copy(update={"reply_to": "m1", "tag": "human_agent", "choices": ("Oui", "Non")}),
            "POST",
            f"{OWN}/messages",
            {
                "recipient": {"id": "900"},
                "message": {
                    "text": "Bonjour",
                    "quick_replies": [
                        {"content_type": "text", "title": "Oui", "payload": "Oui"},
                        {"content_type": "text", "title": "Non", "payload": "Non"},
                    ],
                },
                "messaging_type": "MESSAGE_TAG",
                "tag": "HUMAN_AGENT",
                "reply_to": {"mid": "m1"},
            },
        ),
        (REPLY, "POST", "178/replies", {"message": "Merci !"}),
        (
            PrivateReply(**common(THREAD), comment_id="179", text="Ici ?"),
            "POST",
            f"{OWN}/messages",
            {"recipient": {"comment_id": "179"}, "message": {"text": "Ici ?"}},
        ),
        (HideComment(**common(THREAD), comment_id="179"), "POST", "179?hide=true", {}),
        (UnhideComment(**common(THREAD), comment_id="179"), "POST", "179?hide=false", {}),
        (DeleteComment(**common(THREAD), comment_id="179"), "DELETE", "179", None),
        (
            Like(**common(DM), external_id="m1"),
            "POST",
            f"{OWN}/messages",
            {
                "recipient": {"id": "900"},
                "sender_action": "react",
                "payload": {"message_id": "m1", "reaction": "love"},
            },
        ),
        (
            PassThread(**common(DM)),
            "POST",
            f"{OWN}/pass_thread_control",
            {"recipient": {"id": "900"}, "target_app_id": "1217981644879628"},
        ),
    ],
)
def test_what_is_asked(action: Action, method: str, path: str, body: Any) -> None:
    request = INSTAGRAM.build(action, ACCOUNT, NOW)
    assert (request.method, request.url) == (method, f"{GRAPH}/{path}")
    assert (json.loads(request.body) if request.body else None) == body
    assert request.headers["authorization"] == "Bearer token-new"


def test_each_login_has_its_host() -> None:
    assert INSTAGRAM.build(MESSAGE, BY_FACEBOOK, NOW).url.startswith("https://graph.facebook.com/")
    assert INSTAGRAM.build(ProbeToken(), BY_FACEBOOK, NOW).url.endswith(f"/{OWN}?fields=id%2Cusername")
    assert INSTAGRAM.build(ProbeToken(), ACCOUNT, NOW).url == f"{GRAPH}/me?fields=id%2Cusername"


def test_the_token_is_renewed_with_instagrams_own_login_only() -> None:
    request = INSTAGRAM.build(RefreshToken(), ACCOUNT, NOW)
    query = "grant_type=ig_refresh_token&access_token=token-new"
    assert request.url == f"{ACCOUNT.api_url}/refresh_access_token?{query}"
    reading = read(RefreshToken(), {"access_token": "fresh", "expires_in": 60})
    assert reading == Refreshed(secrets={"token": SecretStr("fresh")}, expires_at=NOW + timedelta(seconds=60))
    assert read(RefreshToken(), {"access_token": "fresh"}).expires_at is None
    assert isinstance(read(RefreshToken(), {}), SendError)
    with pytest.raises(Unsupported):
        INSTAGRAM.build(RefreshToken(), BY_FACEBOOK, NOW)


def test_the_account_or_its_page_is_subscribed() -> None:
    mine = INSTAGRAM.build(Subscriptions(callback_url=CALLBACK), ACCOUNT, NOW)
    assert mine.url.startswith(f"{GRAPH}/{OWN}/subscribed_apps")
    pages = INSTAGRAM.build(Subscribe(callback_url=CALLBACK), BY_FACEBOOK, NOW)
    assert pages.url == (
        f"https://graph.facebook.com/v25.0/77/subscribed_apps?subscribed_fields={'%2C'.join(PAGE_FIELDS)}"
    )
    with pytest.raises(Unsupported, match="page_id"):
        INSTAGRAM.build(Subscribe(callback_url=CALLBACK), replace(BY_FACEBOOK, settings={"login": "facebook"}), NOW)
    assert read(Subscriptions(callback_url=CALLBACK), {"data": [{"subscribed_fields": list(FIELDS[1:])}]}) == (
        Subscribed(missing=("comments",))
    )
    assert isinstance(read(Subscriptions(callback_url=CALLBACK), {}), SendError)
    assert read(Subscribe(callback_url=CALLBACK), {"success": True}) == Subscribed()
    assert isinstance(read(Subscribe(callback_url=CALLBACK), {}), SendError)


@pytest.mark.parametrize(
    ("what", "body", "reading"),
    [
        (MESSAGE, {"recipient_id": "900", "message_id": "m9"}, Sent(external_id="m9")),
        (REPLY, {"id": "180"}, Sent(external_id="180")),
        (
            PrivateReply(**common(THREAD), comment_id="179", text="Ici ?"),
            {"recipient_id": "901", "message_id": "m9"},
            Sent(external_id="m9", recipient=ContactId.of(ACCOUNT.id, "901")),
        ),
        (HideComment(**common(THREAD), comment_id="179"), {"success": True}, Sent()),
        (Like(**common(DM), external_id="m1"), {"recipient_id": "900"}, Sent()),
        (ProbeToken(), {"id": OWN, "username": "maison"}, Probed(name="maison")),
    ],
)
def test_a_success_is_read(what: Action | Query, body: Any, reading: Any) -> None:
    assert read(what, body) == reading
    assert isinstance(read(what, {"something": "else"}), SendError)


def test_an_answer_near_the_wall_says_so() -> None:
    answer = Response(200, b'{"id": "1"}', {"x-app-usage": '{"call_count": 95}'})
    assert INSTAGRAM.interpret(ProbeToken(), answer, ACCOUNT, NOW).rest_s == 300  # type: ignore[union-attr]


def said(id_: str, at: datetime, author: str | None = "900", text: str = "Bonjour", **more: Any) -> dict[str, Any]:
    by = {} if author is None else {"from": {"id": author, "username": "ann"}}
    return {"id": id_, "timestamp": at.isoformat(), "text": text, **by, **more}


def page(*nodes: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    paging = {"cursors": {"after": after}, "next": "https://x.example"} if after else {"cursors": {"after": "z"}}
    return {"data": list(nodes), "paging": paging}


def threads(*messages: dict[str, Any], at: datetime = LATER, after: str | None = None) -> dict[str, Any]:
    return page({"id": "t1", "updated_time": at.isoformat(), "messages": {"data": list(messages)}}, after=after)


JUST_NOW = NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("action", "body", "found"),
    [
        (REPLY, page(said("1", JUST_NOW, OWN, "merci  !")), "1"),
        (REPLY, page(said("1", JUST_NOW, None, "Merci !")), "1"),
        (REPLY, page(said("1", JUST_NOW, "900", "Merci !")), None),
        (REPLY, page(said("1", BEFORE, OWN, "Merci !")), None),
        (REPLY, page(said("1", JUST_NOW, OWN, "Autre"), after="c"), "unsure"),
        (REPLY, page(said("1", BEFORE, OWN, "Autre"), after="c"), None),
        (REPLY, {"data": 1}, "unsure"),
        (MESSAGE, threads(said("m1", JUST_NOW, OWN)), "m1"),
        (MESSAGE, threads(said("m1", JUST_NOW)), None),
        (MESSAGE, threads(*(said(f"m{n}", JUST_NOW) for n in range(20))), "unsure"),
        (MESSAGE, threads(*(said(f"m{n}", BEFORE) for n in range(20))), None),
        (MESSAGE, page({"id": "t1", "messages": page(said("m1", JUST_NOW), after="c")}), "unsure"),
        (MESSAGE, page({"id": "t1"}), "unsure"),
        (MESSAGE, {"data": []}, None),
    ],
)
def test_our_own_words_are_looked_for(action: Action, body: Any, found: str | None) -> None:
    reading = read(FindOwn(action=action), body)
    if found == "unsure":
        assert isinstance(reading, SendError)
        assert reading.fault == "unknown"
    else:
        assert reading == Found(external_id=found)


def asked(what: str = "", cursor: str | None = None) -> ListSince:
    return ListSince(since=SINCE, what=what, cursor=cursor)


def test_it_begins_with_the_media_of_the_last_weeks() -> None:
    assert INSTAGRAM.build(asked("media", "c1"), ACCOUNT, NOW).url.endswith("after=c1")
    recent = [{"id": "1", "timestamp": LATER.isoformat()}, {"id": "2"}]
    listed = read(asked(), page(*recent, after="c1"))
    assert [(m.what, m.cursor) for m in listed.more] == [
        ("comments:1", None),
        ("comments:2", None),
        ("threads", None),
        ("media", "c1"),
    ]
    old = {"id": "3", "timestamp": (NOW - timedelta(days=90)).isoformat()}
    assert read(asked("media"), page(old, after="c1")).more == ()


def test_comments_and_their_answers_are_those_of_the_webhook() -> None:
    answers: dict[str, Any] = {
        "replies": {"data": [said("12", LATER, OWN, "Merci"), said("13", LATER, None, username="zoe")]}
    }
    listed = read(asked("comments:1"), page(said("10", BEFORE, **answers), said("11", LATER), after="c2"))
    echo, zoe, late = listed.found
    assert isinstance(echo, Echoed)
    assert echo.locate == "10"
    assert isinstance(zoe, CommentReceived)
    assert (zoe.id, zoe.author_name, zoe.parent_id, zoe.post_id) == (f"instagram/{OWN}/c:13", "zoe", "10", "1")
    assert isinstance(late, CommentReceived)
    assert (late.occurred_at, late.contact) == (LATER, ANN)
    assert [(m.what, m.cursor) for m in listed.more] == [("comments:1", "c2")]


def test_messages_are_those_of_the_webhook() -> None:
    listed = read(asked("threads"), threads(said("m2", LATER, OWN), said("m1", LATER), said("m0", BEFORE), after="c3"))
    one, two = listed.found
    assert isinstance(one, MessageReceived)
    assert (one.id, one.conversation) == (f"instagram/{OWN}/m:m1", DM)
    assert isinstance(two, Echoed)
    assert [m.cursor for m in listed.more] == ["c3"]
    assert read(asked("threads"), threads(at=BEFORE, after="c3")) == Listed()
    assert read(asked("threads"), threads(said("m1", LATER, OWN))) == Listed()


@pytest.mark.parametrize(
    ("what", "body", "where", "text"),
    [
        ("mention:5:7", {"mentioned_comment": {"text": "@maison ?", "username": "ann"}}, "7", "@maison ?"),
        (
            "mention:5:",
            {"mentioned_media": {"caption": "Chez @maison", "username": "ann", "timestamp": LATER.isoformat()}},
            "5",
            "Chez @maison",
        ),
    ],
)
def test_a_mention_is_fetched(what: str, body: Any, where: str, text: str) -> None:
    assert "mentioned_" in INSTAGRAM.build(asked(what), ACCOUNT, NOW).url
    (mention,) = read(asked(what), body).found
    assert isinstance(mention, MentionReceived)
    assert (mention.external_id, mention.text, mention.author_name, mention.post_id) == (where, text, "ann", "5")
    assert mention.contact is not None
    assert mention.contact.is_nobody
    assert isinstance(read(asked(what), {"id": OWN}), SendError)


@pytest.mark.parametrize("what", ["comments", "mention:", "something"])
def test_a_list_that_it_does_not_have(what: str) -> None:
    with pytest.raises(Unsupported):
        INSTAGRAM.build(asked(what), ACCOUNT, NOW)


@pytest.mark.parametrize("what", ["", "comments:1", "threads"])
def test_another_shape_is_no_list(what: str) -> None:
    assert isinstance(read(asked(what), {"data": [7]}), SendError)


def test_its_lists_have_addresses() -> None:
    assert INSTAGRAM.build(asked("comments:1"), ACCOUNT, NOW).url.startswith(f"{GRAPH}/1/comments?fields=")
    assert INSTAGRAM.build(asked("threads"), ACCOUNT, NOW).url.startswith(f"{GRAPH}/{OWN}/conversations?")


def test_handshake_and_callbacks_are_those_of_all_of_meta() -> None:
    query = "hub.mode=subscribe&hub.verify_token=verify_token-new&hub.challenge=7"
    greeting = INSTAGRAM.challenge(Request("GET", f"/webhooks/instagram/main?{query}"), endpoint("instagram"), NOW)
    assert greeting is not None
    assert greeting.body == b"7"
    unsigned = Request("POST", "/webhooks/instagram/main?about=deletion", {}, b"signed_request=a.b")
    with pytest.raises(NotAuthentic):
        INSTAGRAM.verify(unsigned, endpoint("instagram"), NOW)
    assert [each.what for each in INSTAGRAM.parse(unsigned, endpoint("instagram"), NOW) if isinstance(each, Unhandled)]
