"""X: the proof it asks for, what it is asked, and what the answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

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
    MarkSeen,
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
from bot.model.event import CommentReceived, Echoed, MessageDeleted, MessageReceived
from bot.model.ids import ActionId, ContactId, ConversationId, StreamId
from connectors.base import (
    Account,
    Endpoint,
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
from connectors.signing import hmac_sha256_base64
from connectors.x.connector import X
from connectors.x.payloads import Post
from tests.channels.x import OWN, POST, reply
from tests.contract.test_connectors import endpoint, first_account

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = first_account("x")
API = f"{ACCOUNT.api_url}/2"
ANN = ContactId.of(ACCOUNT.id, "2222")
DM, THREAD = ConversationId.private(ANN), ConversationId.public(ANN, POST)
CALLBACK = "https://aplomb.example/webhooks/x/main"
WITH_LIKES = replace(ACCOUNT, settings={"likes": "on"})


def common(conversation: ConversationId = THREAD) -> dict[str, Any]:
    return {"id": ActionId("act-1"), "conversation": conversation, "decided_upto": StreamId("1-0"), "earliest": NOW}


REPLY = ReplyToComment(**common(), comment_id="p1", text="Merci !")
MESSAGE = SendMessage(**common(DM), text="Bonjour")


def test_the_proof_is_made_with_the_consumer_secret() -> None:
    asked = Request("GET", "/webhooks/x/main?crc_token=abc")
    answer = X.challenge(asked, endpoint("x"), NOW)
    assert answer is not None
    assert json.loads(answer.body) == {"response_token": f"sha256={hmac_sha256_base64('consumer_secret-new', b'abc')}"}
    assert X.challenge(Request("POST", "/?crc_token=abc"), endpoint("x"), NOW) is None
    assert X.challenge(Request("GET", "/"), endpoint("x"), NOW) is None
    with pytest.raises(NotAuthentic):
        X.challenge(asked, Endpoint("x", "main", (Account(ACCOUNT.id, "bare", {}, "http://x"),)), NOW)


@pytest.mark.parametrize(("given", "a_day"), [(None, 200), ("50", 50), ("0", 200), ("many", 200), ("9" * 9, 200)])
def test_the_budget_is_a_setting(given: str | None, a_day: int) -> None:
    settings = {} if given is None else {"posts_per_day": given}
    assert X.capabilities(replace(ACCOUNT, settings=settings)).rates[0].count == a_day


@pytest.mark.parametrize(
    ("action", "method", "path", "body"),
    [
        (REPLY, "POST", "tweets", {"text": "Merci !", "reply": {"in_reply_to_tweet_id": "p1"}}),
        (MESSAGE, "POST", "dm_conversations/with/2222/messages", {"text": "Bonjour"}),
        (HideComment(**common(), comment_id="p1"), "PUT", "tweets/p1/hidden", {"hidden": True}),
        (UnhideComment(**common(), comment_id="p1"), "PUT", "tweets/p1/hidden", {"hidden": False}),
        (DeleteComment(**common(), comment_id="p2"), "DELETE", "tweets/p2", None),
        (DeleteComment(**common(DM), comment_id="d2"), "DELETE", "dm_events/d2", None),
        (Like(**common(), external_id="p1"), "POST", f"users/{OWN}/likes", {"tweet_id": "p1"}),
    ],
)
def test_what_is_asked(action: Action, method: str, path: str, body: Any) -> None:
    request = X.build(action, WITH_LIKES, NOW)
    assert (request.method, request.url) == (method, f"{API}/{path}")
    assert (json.loads(request.body) if request.body else None) == body
    assert request.headers["authorization"] == "Bearer token-new"


@pytest.mark.parametrize(
    "what",
    [
        Like(**common(), external_id="p1"),
        Like(**common(DM), external_id="d1"),
        MESSAGE.model_copy(update={"choices": ("Oui",)}),
        MarkSeen(**common(DM), external_id="d1"),
        PrivateReply(**common(), comment_id="p1", text="Ici ?"),
        FindOwn(action=HideComment(**common(), comment_id="p1")),
        ListSince(since=NOW, what="something"),
    ],
)
def test_what_there_is_no_call_for(what: Action | Query) -> None:
    with pytest.raises(Unsupported):
        X.build(what, ACCOUNT, NOW)


def read(what: Action | Query, body: Any, status: int = 200, **headers: str) -> Any:
    return X.interpret(what, Response(status, json.dumps(body).encode(), headers), ACCOUNT, NOW)


@pytest.mark.parametrize(
    ("what", "body", "reading"),
    [
        (REPLY, {"data": {"id": "p9"}}, Sent(external_id="p9")),
        (MESSAGE, {"data": {"dm_event_id": "d9"}}, Sent(external_id="d9")),
        (HideComment(**common(), comment_id="p1"), {"data": {"hidden": True}}, Sent()),
        (UnhideComment(**common(), comment_id="p1"), {"data": {"hidden": False}}, Sent()),
        (DeleteComment(**common(), comment_id="p1"), {"data": {"deleted": True}}, Sent()),
        (Like(**common(), external_id="p1"), {"data": {"liked": True}}, Sent()),
        (ProbeToken(), {"data": {"id": OWN, "username": "maison"}}, Probed(name="maison")),
        (Subscribe(callback_url=CALLBACK), {"data": {"id": "1"}}, Subscribed()),
    ],
)
def test_a_success_is_read(what: Action | Query, body: Any, reading: Any) -> None:
    assert read(what, body) == reading
    assert isinstance(read(what, {"something": "else"}), SendError)
    if not isinstance(what, Subscribe):
        assert isinstance(read(what, {"data": {"other": 1}}), SendError)


def test_an_action_that_was_never_built_has_no_success() -> None:
    assert isinstance(read(MarkSeen(**common(DM), external_id="d1"), {"data": {"id": "1"}}), SendError)


def test_nobody_to_be_written_to_has_no_code_of_its_own() -> None:
    assert read(MESSAGE, {"title": "Forbidden", "detail": "You cannot send messages to this user."}, 403).fault == (
        "contact_gone"
    )
    assert read(MESSAGE, {"title": "Capped", "type": "https://api.x.com/2/problems/usage-capped"}, 403).after_s == 3600


def test_the_wall_is_seen_before_it_is_met() -> None:
    reset = str(int(NOW.timestamp()) + 60)
    near = read(REPLY, {"data": {"id": "p9"}}, 200, **{"x-rate-limit-remaining": "1", "x-rate-limit-reset": reset})
    assert near.rest_s == 60
    far = read(REPLY, {"data": {"id": "p9"}}, 200, **{"x-rate-limit-remaining": "9", "x-rate-limit-reset": reset})
    assert far.rest_s is None
    met = read(REPLY, {"title": "Too Many"}, 429, **{"x-rate-limit-reset": reset})
    assert (met.fault, met.after_s) == ("pause_account", 60)
    assert read(REPLY, {"title": "Too Many"}, 429, **{"x-rate-limit-reset": "1"}).after_s == 900


def test_credentials() -> None:
    request = X.build(RefreshToken(), ACCOUNT, NOW)
    assert request.url == f"{ACCOUNT.api_url}/2/oauth2/token"
    assert parse_qs(request.body.decode())["refresh_token"] == ["refresh_token-new"]
    assert "authorization" not in request.headers
    secret = replace(ACCOUNT, secrets={**ACCOUNT.secrets, "client_secret": (SecretStr("s"),)})
    assert X.build(RefreshToken(), secret, NOW).headers["authorization"].startswith("Basic ")
    fresh = read(RefreshToken(), {"access_token": "a", "refresh_token": "r", "expires_in": 60})
    secrets = {"token": SecretStr("a"), "refresh_token": SecretStr("r")}
    assert fresh == Refreshed(secrets=secrets, expires_at=NOW + timedelta(seconds=60))
    assert read(RefreshToken(), {"access_token": "a"}) == Refreshed(secrets={"token": SecretStr("a")})
    assert isinstance(read(RefreshToken(), {"error": "invalid"}), SendError)
    with pytest.raises(Unsupported):
        X.build(RefreshToken(), replace(ACCOUNT, settings={}), NOW)


def test_the_webhook() -> None:
    what = Subscriptions(callback_url=CALLBACK)
    assert X.build(what, ACCOUNT, NOW).headers["authorization"] == "Bearer app_token-new"
    assert read(what, {"data": [{"url": CALLBACK, "valid": True}]}) == Subscribed()
    assert read(what, {"data": [{"url": CALLBACK, "valid": False}, 7]}) == Subscribed(missing=("webhook",))
    assert isinstance(read(what, {"data": 7}), SendError)
    made = X.build(Subscribe(callback_url=CALLBACK), ACCOUNT, NOW)
    assert (made.method, json.loads(made.body)) == ("POST", {"url": CALLBACK})
    known = replace(ACCOUNT, settings={"webhook_id": "14"})
    again = X.build(Subscribe(callback_url=CALLBACK), known, NOW)
    assert (again.method, again.url) == ("PUT", f"{API}/webhooks/14")
    bare = replace(ACCOUNT, secrets={"token": ACCOUNT.secrets["token"]})
    with pytest.raises(Unsupported, match="app_token"):
        X.build(what, bare, NOW)


def post(id_: str, text: str, author: str | None = OWN, at: datetime = NOW) -> dict[str, Any]:
    return {"id": id_, "text": text, "author_id": author, "created_at": at.isoformat()}


def message(id_: str, text: str, sender: str = OWN, at: datetime = NOW) -> dict[str, Any]:
    pair = {"dm_conversation_id": f"{OWN}-2222"}
    return {"id": id_, "text": text, "sender_id": sender, "created_at": at.isoformat(), **pair}


BEFORE, LATER = NOW - timedelta(hours=3), NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("action", "data", "found"),
    [
        (REPLY, [{**post("p9", "@bob merci  !"), "in_reply_to_tweet_id": "p1"}], "p9"),
        (REPLY, [post("p9", "Merci !", at=BEFORE)], None),
        (REPLY, [post("p9", "Merci !", "2222")], None),
        (REPLY, [7], None),
        (REPLY, [post(f"p{n}", "Autre") for n in range(100)], "unsure"),
        (REPLY.model_copy(update={"text": "Voir https://a.example"}), [post("p9", "Autre")], "unsure"),
        (MESSAGE, [message("d9", "Bonjour")], "d9"),
        (MESSAGE, [message("d9", "Bonjour", "2222")], None),
    ],
)
def test_our_own_words_are_looked_for(action: Action, data: Any, found: str | None) -> None:
    reading = read(FindOwn(action=action), {"data": data})
    if found == "unsure":
        assert isinstance(reading, SendError)
    else:
        assert reading == Found(external_id=found)
    assert read(FindOwn(action=action), {"meta": {"result_count": 0}}) == Found(external_id=None)
    assert isinstance(read(FindOwn(action=action), {}), SendError)


def test_missed_posts_are_those_of_the_webhook() -> None:
    what = ListSince(since=NOW - timedelta(hours=2))
    query = parse_qs(urlsplit(X.build(what, ACCOUNT, NOW).url).query)
    assert query["start_time"] == ["2026-11-22T10:00:00Z"]
    automated = {"users": [{"id": "3", "affiliation": {"description": "Automated"}}]}
    body = {"data": [reply("p1"), reply("p2", author="3"), 7], "includes": automated, "meta": {"next_token": "n1"}}
    listed = read(what, body)
    (one,) = listed.found
    assert isinstance(one, CommentReceived)
    assert (one.id, one.text) == (f"x/{OWN}/c:p1", "Superbe !")
    assert [(more.what, more.cursor) for more in listed.more] == [("", "n1"), ("messages", None)]
    second = read(what.model_copy(update={"cursor": "n1"}), {"meta": {"result_count": 0}})
    assert second == Listed()
    assert "pagination_token=n1" in X.build(what.model_copy(update={"cursor": "n1"}), ACCOUNT, NOW).url


def test_missed_messages_are_those_of_the_webhook() -> None:
    what = ListSince(since=NOW - timedelta(hours=2), what="messages")
    assert X.build(what, ACCOUNT, NOW).url.startswith(f"{API}/dm_events?")
    newest_first = [
        message("d3", "Voilà", at=LATER),
        message("d2", "Bonjour", "2222", LATER),
        message("d1", "Avant", "2222", BEFORE),
        {**message("d0", "Personne", "2222", LATER), "sender_id": None, "dm_conversation_id": None},
    ]
    listed = read(what, {"data": newest_first, "meta": {"next_token": "n2"}})
    one, two = listed.found
    assert isinstance(one, MessageReceived)
    assert (one.id, one.contact) == (f"x/{OWN}/m:d2", ANN)
    assert isinstance(two, Echoed)
    assert two.conversation == DM
    assert listed.more == ()
    full = read(what, {"data": newest_first[:2], "meta": {"next_token": "n2"}})
    assert [more.cursor for more in full.more] == ["n2"]


def test_what_is_kept_is_asked_for_again() -> None:
    what = ListSince(since=NOW, what="verify:p1,p2")
    assert X.build(what, ACCOUNT, NOW).url == f"{API}/tweets?ids=p1%2Cp2"
    (gone,) = read(what, {"data": [post("p1", "x")], "errors": [{"resource_id": "p2"}, {}]}).found
    assert isinstance(gone, MessageDeleted)
    assert gone.external_id == "p2"
    assert isinstance(read(what, {}), SendError)


def test_times_are_read_in_either_form() -> None:
    times = ["2026-11-22T12:00:00.000Z", "Sun Nov 22 12:00:00 +0000 2026"]
    assert [Post.model_validate({"created_at": each}).created_at for each in times] == [NOW, NOW]
    odd = ["", "2026-11-22T12:00:00", "0001-01-01T00:00:00+23:59", "hier", 7]
    assert [Post.model_validate({"created_at": each}).created_at for each in odd] == [None] * 5
