"""A brand's own app: signatures, requests as the README promises them, and what answers mean."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

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
    MarkSeen,
    PassThread,
    PrivateReply,
    ProbeToken,
    Query,
    RefreshToken,
    ReplyToComment,
    SendMessage,
    SendTemplate,
    Subscribe,
    Subscriptions,
    UnhideComment,
)
from bot.model.event import Unhandled
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from connectors.base import Account, Endpoint, Probed, Request, Response, SendError, Sent, Unsupported
from connectors.signing import matches_standard_signature, standard_signature
from connectors.webhook.connector import WEBHOOK
from connectors.webhook.options import TAKEN, Options, options
from tests.channels.webhook import APP

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://app.maison-aubepine.example/aplomb"
KEY = "whsec_aW52ZW50ZWQgYW5kIHdvcnRoIG5vdGhpbmc="
ALL = " ".join(TAKEN)


def account(*, api_url: str = WEBHOOK.api_url, **settings: str) -> Account:
    secrets = {"signing_secret": (SecretStr("theirs"),), "delivery_key": (SecretStr(KEY), SecretStr("old"))}
    return Account(AccountId.of("webhook", APP), "Maison Aubépine", secrets, api_url, {"url": URL} | settings)


ACCOUNT = account(takes=ALL)
ANN = ContactId.of(ACCOUNT.id, "u-510001")
PRIVATE, PUBLIC = ConversationId.private(ANN), ConversationId.public(ANN, "c-1")
NOBODYS = ConversationId.public(ContactId.nobody(ACCOUNT.id, "c-5"), "c-5")


def common(conversation: ConversationId, author: str = "bot") -> dict[str, Any]:
    return {
        "id": ActionId("act-1"),
        "conversation": conversation,
        "decided_upto": StreamId("1-0"),
        "earliest": NOW,
        "author": author,
    }


SEND = SendMessage(**common(PRIVATE), text="Bonjour 👋")
REPLY = ReplyToComment(**common(PUBLIC), comment_id="c-2", text="Merci !")
PRIVATE_REPLY = PrivateReply(**common(PUBLIC), comment_id="c-2", text="Ici")
FOR_ALL = {"id": "act-1", "account": APP, "by": "bot", "user": {"id": "u-510001"}}
IN_PUBLIC = FOR_ALL | {"thread_id": "c-1"}


class TestSignature:
    def headers(
        self, body: bytes, key: str = "theirs", at: datetime = NOW, message_id: str = "msg_1"
    ) -> dict[str, str]:
        timestamp = str(int(at.timestamp()))
        signature = standard_signature(SecretStr(key), message_id, timestamp, body)
        return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}

    def check(self, headers: dict[str, str], body: bytes = b"{}") -> None:
        WEBHOOK.verify(Request("POST", "/", headers, body), Endpoint("webhook", "main", (ACCOUNT,)), NOW)

    @pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
    def test_near_to_now(self, seconds: int) -> None:
        self.check(self.headers(b"{}", at=NOW + timedelta(seconds=seconds)))

    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_far_from_now(self, seconds: int) -> None:
        with pytest.raises(NotAuthentic):
            self.check(self.headers(b"{}", at=NOW + timedelta(seconds=seconds)))

    def test_one_of_several_signatures(self) -> None:
        headers = self.headers(b"{}")
        headers["webhook-signature"] = f"v1a,x v1,{'A' * 44} {headers['webhook-signature']}"
        self.check(headers)

    def test_only_so_many_are_looked_at(self) -> None:
        headers = self.headers(b"{}")
        headers["webhook-signature"] = "v1,x " * 10 + headers["webhook-signature"]
        with pytest.raises(NotAuthentic):
            self.check(headers)

    @pytest.mark.parametrize(
        "changed",
        [
            {"webhook-id": "msg_2"},
            {"webhook-id": ""},
            {"webhook-timestamp": "now"},
            {"webhook-timestamp": "٣"},
            {"webhook-timestamp": "9" * 13},
            {"webhook-signature": ""},
        ],
    )
    def test_every_part_is_needed(self, changed: dict[str, str]) -> None:
        with pytest.raises(NotAuthentic):
            self.check(self.headers(b"{}") | changed)

    def test_the_delivery_key_does_not_open_the_door(self) -> None:
        with pytest.raises(NotAuthentic):
            self.check(self.headers(b"{}", key=KEY))

    @pytest.mark.parametrize("secret", ["", "whsec_"])
    def test_an_empty_secret_opens_nothing(self, secret: str) -> None:
        headers = self.headers(b"{}", key=secret)
        assert not matches_standard_signature(headers, b"{}", [SecretStr(secret)], NOW)

    def test_a_secret_that_only_looks_encoded_is_taken_as_it_is(self) -> None:
        secret = SecretStr("whsec_not base64é")
        headers = self.headers(b"{}", key=secret.get_secret_value())
        assert matches_standard_signature(headers, b"{}", [SecretStr("old"), secret], NOW)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        (SEND, FOR_ALL | {"type": "message.send", "text": "Bonjour 👋"}),
        (
            SendMessage(
                **common(PRIVATE, "nina"), text="Oui", reply_to="m-1", choices=("A", "B"), image_url="https://x/1"
            ),
            FOR_ALL
            | {"type": "message.send", "text": "Oui", "by": "person", "reply_to": "m-1"}
            | {"choices": ["A", "B"], "image_url": "https://x/1"},
        ),
        (REPLY, IN_PUBLIC | {"type": "comment.reply", "message_id": "c-2", "text": "Merci !"}),
        (PRIVATE_REPLY, IN_PUBLIC | {"type": "private.reply", "message_id": "c-2", "text": "Ici"}),
        (
            HideComment(**common(PUBLIC), comment_id="c-2", for_good=True),
            IN_PUBLIC | {"type": "comment.hide", "message_id": "c-2", "for_good": True},
        ),
        (
            UnhideComment(**common(NOBODYS), comment_id="c-5"),
            {
                "id": "act-1",
                "account": APP,
                "by": "bot",
                "thread_id": "c-5",
                "type": "comment.show",
                "message_id": "c-5",
            },
        ),
        (DeleteComment(**common(PUBLIC), comment_id="c-3"), IN_PUBLIC | {"type": "own.delete", "message_id": "c-3"}),
        (
            EditOwn(**common(PRIVATE), external_id="m-9", text="Bonsoir"),
            FOR_ALL | {"type": "own.edit", "message_id": "m-9", "text": "Bonsoir"},
        ),
        (Like(**common(PRIVATE), external_id="m-9"), FOR_ALL | {"type": "like", "message_id": "m-9"}),
        (
            MarkSeen(**common(PRIVATE), external_id="m-9", typing=True),
            FOR_ALL | {"type": "seen", "message_id": "m-9", "typing": True},
        ),
        (PassThread(**common(PRIVATE)), FOR_ALL | {"type": "thread.pass"}),
    ],
)
def test_requests(action: Action, body: dict[str, object]) -> None:
    request = WEBHOOK.build(action, ACCOUNT, NOW)
    assert (request.method, request.url) == ("POST", URL)
    assert json.loads(request.body) == body
    assert (
        request.headers["webhook-id"] == WEBHOOK.build(action, ACCOUNT, NOW + timedelta(hours=1)).headers["webhook-id"]
    )
    assert matches_standard_signature(request.headers, request.body, [SecretStr(KEY)], NOW)


def test_an_id_fits_into_a_header_whatever_the_action_is_made_of() -> None:
    odd = SEND.model_copy(update={"id": ActionId("webhook/app/message.received:é\n \ud83d.1")})
    request = WEBHOOK.build(odd, ACCOUNT, NOW)
    assert re.fullmatch(r"msg_[0-9a-f]{32}", request.headers["webhook-id"])
    assert json.loads(request.body)["id"] == "webhook/app/message.received:é\n ?.1"


def test_a_probe_is_a_ping() -> None:
    request = WEBHOOK.build(ProbeToken(), ACCOUNT, NOW)
    assert json.loads(request.body) == {"type": "ping", "id": "ping-1795348800", "account": APP}


def test_a_simulated_app_is_spoken_to_below_its_own_address() -> None:
    request = WEBHOOK.build(SEND, account(api_url="http://127.0.0.1:8090/webhook"), NOW)
    assert request.url == "http://127.0.0.1:8090/webhook/deliver"


QUERIES: list[Query] = [
    FindOwn(action=SEND),
    RefreshToken(),
    Subscriptions(callback_url="https://x"),
    Subscribe(callback_url="https://x"),
    ListSince(since=NOW),
]
TEMPLATE = SendTemplate(**common(PRIVATE), template="t", language="fr", text="Bonjour")


@pytest.mark.parametrize("what", [*QUERIES, TEMPLATE])
def test_what_no_app_is_asked(what: Action | Query) -> None:
    with pytest.raises(Unsupported):
        WEBHOOK.build(what, ACCOUNT, NOW)


@pytest.mark.parametrize("what", [REPLY, PRIVATE_REPLY, PassThread(**common(PRIVATE))])
def test_an_app_that_says_nothing_takes_messages_only(what: Action) -> None:
    plain = account()
    with pytest.raises(Unsupported):
        WEBHOOK.build(what, plain, NOW)
    can = WEBHOOK.capabilities(plain)
    assert (can.private, can.public, can.private_reply, can.hide, can.seen) == (True, False, False, False, False)


def test_an_app_without_an_address_is_not_spoken_to() -> None:
    with pytest.raises(Unsupported, match="url is missing"):
        WEBHOOK.build(SEND, account(url=" "), NOW)


@pytest.mark.parametrize(
    ("settings", "read"),
    [
        ({}, Options(url=URL)),
        ({"takes": ""}, Options(url=URL, takes=frozenset())),
        ({"takes": "comment.reply  fly"}, Options(url=URL, takes=frozenset({"comment.reply"}))),
        ({"message_characters": "500", "comment_characters": "80"}, Options(URL, Options().takes, 500, 80)),
        ({"message_characters": "many", "comment_characters": "0"}, Options(url=URL)),
        ({"per_s": "3", "window_hours": "24"}, Options(url=URL, per_s=3, window_s=86400)),
        ({"per_s": "-3", "window_hours": "9999999"}, Options(url=URL)),
    ],
)
def test_settings_are_read_and_nonsense_is_not(settings: dict[str, str], read: Options) -> None:
    assert options(account(**settings)) == read


def test_an_endpoint_of_one_account_needs_no_account_named() -> None:
    body = {"type": "message.received", "id": "1", "user": {"id": "u-1"}, "message_id": "m-1", "text": "Bonjour"}
    request = Request("POST", "/", {}, json.dumps(body).encode())
    (event,) = WEBHOOK.parse(request, Endpoint("webhook", "main", (ACCOUNT,)), NOW)
    assert not isinstance(event, Unhandled)
    assert event.account == ACCOUNT.id


@pytest.mark.parametrize(
    "at", [None, True, 1.5, "", "x", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z", -1, 10**30]
)
def test_a_time_that_is_none_is_when_it_came(at: object) -> None:
    body = {"type": "opted_out", "id": "1", "user": {"id": "u-1"}, "at": at}
    request = Request("POST", "/", {}, json.dumps(body).encode())
    (event,) = WEBHOOK.parse(request, Endpoint("webhook", "main", (ACCOUNT,)), NOW)
    assert not isinstance(event, Unhandled)
    assert event.occurred_at == NOW


def test_a_time_without_a_zone_is_utc() -> None:
    body = {"type": "opted_out", "id": "1", "user": {"id": "u-1"}, "at": "2026-11-22T11:00:00"}
    request = Request("POST", "/", {}, json.dumps(body).encode())
    (event,) = WEBHOOK.parse(request, Endpoint("webhook", "main", (ACCOUNT,)), NOW)
    assert not isinstance(event, Unhandled)
    assert event.occurred_at == NOW - timedelta(hours=1)


def answered(what: Action | Query, body: object, **headers: str) -> Any:
    return WEBHOOK.interpret(what, Response(200, json.dumps(body).encode(), headers), ACCOUNT, NOW)


ANOTHER = ContactId.of(ACCOUNT.id, "u-9")


@pytest.mark.parametrize(
    ("what", "body", "reading"),
    [
        (SEND, {"id": "m-9"}, Sent(external_id="m-9")),
        (SEND, {"id": 9, "user": "u-9"}, Sent(external_id="9")),
        (REPLY, {"id": "c-9"}, Sent(external_id="c-9")),
        (PRIVATE_REPLY, {"id": "m-9"}, Sent(external_id="m-9", recipient=ANN)),
        (PRIVATE_REPLY, {"id": "m-9", "user": "u-9"}, Sent(external_id="m-9", recipient=ANOTHER)),
        (PrivateReply(**common(NOBODYS), comment_id="c-5", text="Ici"), {"id": "m-9"}, Sent(external_id="m-9")),
        (Like(**common(PRIVATE), external_id="m-1"), {"id": "m-1"}, Sent()),
        (ProbeToken(), {"id": "ping-1"}, Probed(name="Maison Aubépine")),
    ],
)
def test_success(what: Action | Query, body: object, reading: object) -> None:
    assert answered(what, body) == reading


@pytest.mark.parametrize("query", QUERIES)
def test_an_answer_to_what_was_not_asked_is_unknown(query: Query) -> None:
    answer = answered(query, {"id": "1"})
    assert isinstance(answer, SendError)
    assert answer.fault == "unknown"


@pytest.mark.parametrize(
    ("given", "rest_s"), [("5", 5), ("9" * 8, 86400), ("9" * 9, None), ("soon", None), ("-1", None)]
)
def test_a_success_may_ask_for_rest(given: str, rest_s: float | None) -> None:
    assert answered(SEND, {"id": "m-9"}, **{"retry-after": given}).rest_s == rest_s


def test_a_refusal_says_why_and_no_secret() -> None:
    body = {"error": {"code": "refused", "message": f"{KEY} {'x' * 400}"}}
    answer = WEBHOOK.interpret(SEND, Response(422, json.dumps(body).encode()), ACCOUNT, NOW)
    assert isinstance(answer, SendError)
    assert answer.code == "refused"
    assert answer.detail == f"… {'x' * 298}"


def test_an_empty_secret_blots_out_nothing() -> None:
    bare = Account(ACCOUNT.id, "bare", {"delivery_key": (SecretStr(""),)}, URL)
    answer = WEBHOOK.interpret(SEND, Response(422, b'{"error": {"message": "no"}}'), bare, NOW)
    assert isinstance(answer, SendError)
    assert answer.detail == "no"


def test_there_is_no_handshake() -> None:
    assert WEBHOOK.challenge(Request("GET", "/"), Endpoint("webhook", "main", (ACCOUNT,)), NOW) is None
