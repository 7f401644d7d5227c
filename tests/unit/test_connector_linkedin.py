"""LinkedIn: challenges and signatures, what it asks, and what the answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote

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
)
from bot.model.event import CommentReceived, ContentUnavailable, Echoed, MessageDeleted, MessageEdited
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
from connectors.linkedin.calls import EVENTS
from connectors.linkedin.connector import LINKEDIN
from connectors.signing import hmac_sha256_hex
from tests.channels.linkedin import OWN, POST, body, comment, urn
from tests.contract.test_connectors import delivery, endpoint, first_account

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = first_account("linkedin")
REST = f"{ACCOUNT.api_url}/rest"
ROOT = f"{POST}_1"
ANN = ContactId.of(ACCOUNT.id, "ann01")
THREAD = ConversationId.public(ANN, ROOT)
NOBODYS = ConversationId.public(ContactId.nobody(ACCOUNT.id, ROOT), ROOT)
MENTION = ConversationId.public(ANN, "urn:li:share:77")
ACTOR = "actor=urn%3Ali%3Aorganization%3A96072001"
ACTIVITY = f"urn%3Ali%3Aactivity%3A{POST}"
CALLBACK = "https://aplomb.example/webhooks/linkedin/main"


def common(conversation: ConversationId = THREAD) -> dict[str, Any]:
    return {"id": ActionId("act-1"), "conversation": conversation, "decided_upto": StreamId("1-0"), "earliest": NOW}


REPLY = ReplyToComment(**common(), comment_id=f"{POST}_2", text="Merci !")


def test_a_challenge_is_answered_with_the_client_secret() -> None:
    asked = Request("GET", "/webhooks/linkedin/main?challengeCode=abc&applicationId=7")
    answer = LINKEDIN.challenge(asked, endpoint("linkedin"), NOW)
    assert answer is not None
    made = hmac_sha256_hex("client_secret-new", b"abc")
    assert json.loads(answer.body) == {"challengeCode": "abc", "challengeResponse": made}
    assert LINKEDIN.challenge(Request("POST", "/?challengeCode=abc"), endpoint("linkedin"), NOW) is None
    assert LINKEDIN.challenge(Request("GET", "/"), endpoint("linkedin"), NOW) is None
    with pytest.raises(NotAuthentic):
        LINKEDIN.challenge(asked, Endpoint("linkedin", "main", (Account(ACCOUNT.id, "bare", {}, "http://x"),)), NOW)


def test_a_challenge_for_one_of_several_apps_is_answered_with_that_apps_secret() -> None:
    other = replace(ACCOUNT, secrets={"client_secret": (SecretStr("theirs"),)}, settings={"app_id": "7"})
    asked = Request("GET", "/webhooks/linkedin/main?challengeCode=abc&applicationId=7")
    answer = LINKEDIN.challenge(asked, Endpoint("linkedin", "main", (ACCOUNT, other)), NOW)
    assert answer is not None
    assert json.loads(answer.body)["challengeResponse"] == hmac_sha256_hex("theirs", b"abc")


def test_the_prefix_may_stand_before_the_signature_too() -> None:
    signed = hmac_sha256_hex("client_secret-new", b"hmacsha256={}")
    for value in (signed, f"hmacsha256={signed}"):
        LINKEDIN.verify(delivery("linkedin", b"{}", **{"x-li-signature": value}), endpoint("linkedin"), NOW)
    bare = hmac_sha256_hex("client_secret-new", b"{}")
    with pytest.raises(NotAuthentic):
        LINKEDIN.verify(delivery("linkedin", b"{}", **{"x-li-signature": bare}), endpoint("linkedin"), NOW)


@pytest.mark.parametrize(
    ("settings", "limit", "keeps_s", "calls"),
    [
        ({}, 1250, 48 * 3600, 500),
        ({"comment_limit": "700", "keep_hours": "24", "calls_per_day": "5000"}, 700, 24 * 3600, 5000),
        ({"comment_limit": "many", "keep_hours": "0", "calls_per_day": "9" * 9}, 1250, 48 * 3600, 500),
    ],
)
def test_what_is_not_documented_is_a_setting(settings: dict[str, str], limit: int, keeps_s: int, calls: int) -> None:
    can = LINKEDIN.capabilities(replace(ACCOUNT, settings=settings))
    assert (can.comment_limit, can.keeps_s, can.rates[0].count) == (limit, keeps_s, calls)


@pytest.mark.parametrize(
    ("action", "method", "path", "body"),
    [
        (
            REPLY,
            "POST",
            f"socialActions/{ACTIVITY}/comments",
            {
                "actor": OWN,
                "object": f"urn:li:activity:{POST}",
                "message": {"text": "Merci !"},
                "parentComment": urn(1),
            },
        ),
        (
            ReplyToComment(**common(MENTION), comment_id="urn:li:share:77", text="Merci !"),
            "POST",
            "socialActions/urn%3Ali%3Ashare%3A77/comments",
            {"actor": OWN, "object": "urn:li:share:77", "message": {"text": "Merci !"}},
        ),
        (
            DeleteComment(**common(), comment_id=ROOT),
            "DELETE",
            f"socialActions/{ACTIVITY}/comments/1?{ACTOR}",
            None,
        ),
        (
            EditOwn(**common(), external_id=ROOT, text="Bonsoir"),
            "POST",
            f"socialActions/{ACTIVITY}/comments/1?{ACTOR}",
            {"patch": {"message": {"$set": {"text": "Bonsoir"}}}},
        ),
        (
            Like(**common(), external_id=ROOT),
            "POST",
            f"reactions?{ACTOR}",
            {"root": urn(1), "reactionType": "LIKE"},
        ),
        (
            Like(**common(MENTION), external_id="urn:li:share:77"),
            "POST",
            f"reactions?{ACTOR}",
            {"root": "urn:li:share:77", "reactionType": "LIKE"},
        ),
        (
            DeleteComment(**common(), comment_id="ugcPost:5_6"),
            "DELETE",
            f"socialActions/urn%3Ali%3AugcPost%3A5/comments/6?{ACTOR}",
            None,
        ),
    ],
)
def test_what_is_asked(action: Action, method: str, path: str, body: Any) -> None:
    request = LINKEDIN.build(action, ACCOUNT, NOW)
    assert (request.method, request.url) == (method, f"{REST}/{path}")
    assert (json.loads(request.body) if request.body else None) == body
    assert request.headers["x-restli-protocol-version"] == "2.0.0"
    assert len(request.headers["linkedin-version"]) == 6


@pytest.mark.parametrize(
    "what",
    [
        DeleteComment(**common(), comment_id="no comment"),
        HideComment(**common(), comment_id=ROOT),
        SendMessage(**common(ConversationId.private(ANN)), text="Bonjour"),
        FindOwn(action=Like(**common(), external_id=ROOT)),
        ListSince(since=NOW, what="something"),
    ],
)
def test_what_there_is_no_call_for(what: Action | Query) -> None:
    with pytest.raises(Unsupported):
        LINKEDIN.build(what, ACCOUNT, NOW)


def read(what: Action | Query, body: Any, status: int = 200, **headers: str) -> Any:
    content = b"" if body is None else json.dumps(body).encode()
    return LINKEDIN.interpret(what, Response(status, content, headers), ACCOUNT, NOW)


def test_the_id_of_a_reply_stands_in_a_header() -> None:
    header = {"x-restli-id": "991"}
    assert read(REPLY, {}, 201, **header) == Sent(external_id=f"{POST}_991")
    assert read(REPLY, {"id": urn(992)}, 201) == Sent(external_id=f"{POST}_992")
    encoded = {"x-restli-id": quote(urn(993), safe="")}
    assert read(REPLY, {}, 201, **encoded) == Sent(external_id=f"{POST}_993")
    ugc = {"x-restli-id": "urn:li:comment:(urn:li:ugcPost:5,994)"}
    assert read(REPLY, {}, 201, **ugc) == Sent(external_id=f"{POST}_994"), "as its notification will call it"
    under_a_mention = ReplyToComment(**common(MENTION), comment_id="urn:li:share:77", text="Merci !")
    assert read(under_a_mention, {}, 201, **header) == Sent(external_id="share:77_991")
    assert read(under_a_mention, {}, 201, **ugc) == Sent(external_id="ugcPost:5_994")
    assert isinstance(read(REPLY, {}, 201), SendError)
    assert read(DeleteComment(**common(), comment_id=ROOT), None, 204) == Sent()
    assert isinstance(read(REPLY, [1], 201), SendError)
    assert read(Like(**common(), external_id=ROOT), {}, 201) == Sent()
    assert isinstance(read(Like(**common(), external_id=ROOT), {}, 200), SendError)
    assert isinstance(read(HideComment(**common(), comment_id=ROOT), {"x": 1}, 200), SendError)


def test_the_rest_of_the_day_is_waited_for() -> None:
    error = read(REPLY, {"status": 429, "message": "Throttled token-new"}, 429)
    assert (error.fault, error.after_s, error.detail) == ("pause_account", 12 * 3600, "Throttled …")


def test_credentials() -> None:
    assert LINKEDIN.build(ProbeToken(), ACCOUNT, NOW).url == f"{REST}/organizations/96072001"
    assert read(ProbeToken(), {"id": 1, "localizedName": "Maison"}) == Probed(name="Maison")
    assert isinstance(read(ProbeToken(), {}), SendError)
    request = LINKEDIN.build(RefreshToken(), ACCOUNT, NOW)
    assert request.url == f"{ACCOUNT.api_url}/oauth/v2/accessToken"
    assert parse_qs(request.body.decode())["refresh_token"] == ["refresh_token-new"]
    public = LINKEDIN.build(RefreshToken(), replace(ACCOUNT, api_url=LINKEDIN.api_url), NOW)
    assert public.url == "https://www.linkedin.com/oauth/v2/accessToken"
    fresh = read(RefreshToken(), {"access_token": "a", "expires_in": 60, "refresh_token": "r"})
    secrets = {"token": SecretStr("a"), "refresh_token": SecretStr("r")}
    assert fresh == Refreshed(secrets=secrets, expires_at=NOW + timedelta(seconds=60))
    assert read(RefreshToken(), {"access_token": "a"}).expires_at is None
    assert isinstance(read(RefreshToken(), {"token_type": "bearer"}), SendError)
    ended = {"error": "invalid_grant", "error_description": "refresh_token-new has expired"}
    assert read(RefreshToken(), ended, 400) == SendError(
        fault="reconnect", code="invalid_grant", detail="… has expired"
    )
    with pytest.raises(Unsupported):
        LINKEDIN.build(RefreshToken(), replace(ACCOUNT, settings={}), NOW)


def test_the_subscription() -> None:
    what = Subscriptions(callback_url=CALLBACK)
    assert "eventSubscriptions/(developerApplication:urn%3Ali%3A" in LINKEDIN.build(what, ACCOUNT, NOW).url
    put = LINKEDIN.build(Subscribe(callback_url=CALLBACK), ACCOUNT, NOW)
    assert (put.method, json.loads(put.body)) == ("PUT", {"webhook": CALLBACK})
    ends = int((NOW + timedelta(days=60)).timestamp() * 1000)
    assert read(what, {"webhook": CALLBACK, "expiresAt": ends}) == Subscribed()
    assert read(what, {"webhook": CALLBACK}) == Subscribed()
    assert isinstance(read(what, {"x": 1}), SendError)
    assert read(what, {"webhook": "https://other.example"}).missing == (f"{EVENTS} (brought to another address)",)
    soon = {"webhook": CALLBACK, "expiresAt": ends - 54 * 86_400_000}
    assert read(what, soon).missing == (f"{EVENTS} (from 2026-11-28 on)",)
    assert read(what, {"status": 404}, 404) == Subscribed(missing=(EVENTS,))
    with pytest.raises(Unsupported):
        LINKEDIN.build(what, replace(ACCOUNT, settings={}), NOW)


def said(number: int, text: str, actor: str | None = OWN, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    time = int(at.timestamp() * 1000)
    by = {} if actor is None else {"actor": actor}
    return {"id": number, "$URN": urn(number), "message": {"text": text}, "created": {"time": time}, **by, **more}


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        ([said(5, "merci  !")], f"{POST}_5"),
        ([said(5, "Merci !", None)], f"{POST}_5"),
        ([{**said(5, "Merci !"), "$URN": None}], f"{POST}_5"),
        ([{"message": {"text": "Merci !"}}], None),
        ([said(5, "Merci !", "urn:li:person:ann01")], None),
        ([said(5, "Merci !", at=NOW - timedelta(hours=1))], None),
        ([], None),
        ([None], None),
        ([said(n, "Autre") for n in range(100)], "unsure"),
        (None, "unsure"),
    ],
)
def test_our_own_words_are_looked_for(elements: Any, found: str | None) -> None:
    reading = read(FindOwn(action=REPLY), {"elements": elements} if elements is not None else {})
    if found == "unsure":
        assert isinstance(reading, SendError)
    else:
        assert reading == Found(external_id=found)


def test_a_pull_without_a_beginning_or_an_answer_without_an_id() -> None:
    find = LINKEDIN.build(FindOwn(action=REPLY), ACCOUNT, NOW)
    assert find.url.endswith("/comments?start=0&count=100")
    assert isinstance(read(SendMessage(**common(ConversationId.private(ANN)), text="x"), {"id": "1"}), SendError)


def test_missed_notifications_are_those_of_the_webhook() -> None:
    what = ListSince(since=NOW - timedelta(hours=1))
    assert "organizationalEntityNotifications?q=criteria" in LINKEDIN.build(what, ACCOUNT, NOW).url
    listed = read(what, {"elements": [comment(1), 7]})
    (one,) = listed.found
    assert isinstance(one, CommentReceived)
    assert one.id == f"linkedin/96072001/c:{ROOT}"
    full = read(what, {"elements": [comment(n) for n in range(100)]})
    assert [more.cursor for more in full.more] == ["100"]
    assert isinstance(read(what, {"paging": {}}), SendError)


def test_a_comment_is_fetched() -> None:
    what = ListSince(since=NOW, what=f"comment:{ROOT}")
    assert LINKEDIN.build(what, ACCOUNT, NOW).url == f"{REST}/socialActions/{ACTIVITY}/comments/1"
    one, ended = read(what, said(1, "Prix ?", "urn:li:person:ann01", parentComment=urn(9))).found
    assert isinstance(one, CommentReceived)
    assert (one.text, one.contact, one.parent_id) == ("Prix ?", ANN, f"{POST}_9")
    assert (type(ended), ended.conversation) == (MessageDeleted, NOBODYS), "nobody has to look for its words"
    (nobodys,) = read(what, said(1, "Prix ?", None)).found
    assert nobodys.conversation == NOBODYS
    ours, _ = read(what, {"actor": OWN}).found
    assert isinstance(ours, Echoed)
    assert read(what, {"status": 404}, 404).found == (ended,), "it was deleted before anybody could read it"
    assert isinstance(read(ListSince(since=NOW), {"status": 404, "message": "no"}, 404), SendError)


def test_which_comment_it_answers_can_be_asked_for() -> None:
    asking = replace(endpoint("linkedin"), accounts=(replace(ACCOUNT, settings={"parents": "fetch"}),))
    answering = comment(2, object=urn(1))
    first, second = LINKEDIN.parse(delivery("linkedin", body(comment(1), answering)), asking, NOW)
    assert isinstance(first, ContentUnavailable)
    assert (first.fetch, first.conversation) == (f"comment:{ROOT}", NOBODYS)
    assert isinstance(second, CommentReceived), "it says so by itself"


def test_what_is_kept_is_asked_for_again() -> None:
    what = ListSince(since=NOW, what=f"verify:{ROOT},{POST}_2")
    same = read(what, said(1, "Prix ?"))
    assert (same.found, [more.what for more in same.more]) == ((), [f"verify:{POST}_2"])
    later = int((NOW + timedelta(minutes=1)).timestamp() * 1000)
    (changed,) = read(what, said(1, "Quel prix ?", lastModified={"time": later})).found
    assert isinstance(changed, MessageEdited)
    assert changed.text == "Quel prix ?"
    last = ListSince(since=NOW, what=f"verify:{POST}_2")
    gone = read(last, {"status": 404}, 404)
    assert isinstance(gone, Listed)
    assert [type(each) for each in gone.found] == [MessageDeleted]
    assert gone.more == ()
