"""The chat on the brand's pages: sessions, who may say what, and what is delivered to the widget."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.errors import NotAuthentic
from bot.model.action import (
    Action,
    FindOwn,
    ListSince,
    MarkSeen,
    ProbeToken,
    ReplyToComment,
    SendMessage,
    Subscribe,
)
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from connectors.base import Account, Endpoint, Probed, Request, Response, Sent, Unsupported
from connectors.signing import matches_standard_signature
from connectors.webchat.connector import WEBCHAT
from connectors.webchat.session import AHEAD, HEADER, LIFE, token, visitor_of
from tests.channels.webchat import VISITOR

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRETS = {"session_key": (SecretStr("new"), SecretStr("old")), "delivery_key": (SecretStr("delivery"),)}
ACCOUNT = Account(AccountId.of("webchat", "shop"), "Maison Aubépine", SECRETS, WEBCHAT.api_url)
ENDPOINT = Endpoint("webchat", "main", (ACCOUNT,))
PRIVATE = ConversationId.private(ContactId.of(ACCOUNT.id, VISITOR))


def common(conversation: ConversationId = PRIVATE) -> dict[str, Any]:
    return {"id": ActionId("act-1"), "conversation": conversation, "decided_upto": StreamId("1-0"), "earliest": NOW}


SEND = SendMessage(**common(), text="Bienvenue")


@pytest.mark.parametrize("secret", ["new", "old"])
@pytest.mark.parametrize("age", [timedelta(0), LIFE, -AHEAD])
def test_a_session_is_its_visitors(secret: str, age: timedelta) -> None:
    assert visitor_of(token(secret, VISITOR, NOW - age), SECRETS["session_key"], NOW) == VISITOR


@pytest.mark.parametrize("age", [LIFE + timedelta(seconds=1), -AHEAD - timedelta(seconds=1)])
def test_a_session_out_of_its_time_is_nobodys(age: timedelta) -> None:
    assert visitor_of(token("new", VISITOR, NOW - age), SECRETS["session_key"], NOW) is None


@pytest.mark.parametrize(
    "given",
    [
        "",
        "a.b.c",
        f"{VISITOR}.1795348800.{'0' * 64}",
        token("other", VISITOR, NOW),
        token("new", VISITOR, NOW).replace(VISITOR, "somebody"),
        token("new", VISITOR, NOW) + "\n",
        token("new", VISITOR, NOW).upper(),
        token("new", "a b", NOW),
        token("new", "a" * 65, NOW),
        token("new", VISITOR, NOW).replace("1795348800", "1795348801"),
        token("new", VISITOR, NOW).replace("1795348800", "١٧٩٥٣٤٨٨٠٠"),
    ],
)
def test_what_is_no_session_is_nobodys(given: str) -> None:
    assert visitor_of(given, SECRETS["session_key"], NOW) is None


def test_an_empty_key_proves_nothing() -> None:
    assert visitor_of(token("", VISITOR, NOW), [SecretStr("")], NOW) is None


def verify(body: bytes) -> None:
    WEBCHAT.verify(Request("POST", "/", {HEADER: token("new", VISITOR, NOW)}, body), ENDPOINT, NOW)


@pytest.mark.parametrize("body", [b"{}", b"?", b'{"text": "Bonjour"}', json.dumps({"visitor": VISITOR}).encode()])
def test_a_body_that_speaks_for_the_visitor_or_for_nobody(body: bytes) -> None:
    verify(body)


@pytest.mark.parametrize("visitor", ["somebody", 7, f"{VISITOR} "])
def test_a_body_that_speaks_for_another_is_refused(visitor: object) -> None:
    with pytest.raises(NotAuthentic):
        verify(json.dumps({"visitor": visitor}).encode())


@pytest.mark.parametrize(
    ("action", "body"),
    [
        (SEND, {"type": "message.send", "text": "Bienvenue"}),
        (
            SendMessage(**common(), text="Oui ?", choices=("Oui", "Non")),
            {"type": "message.send", "text": "Oui ?", "choices": ["Oui", "Non"]},
        ),
        (
            MarkSeen(**common(), external_id="a1", typing=True),
            {"type": "seen", "message_id": "a1", "typing": True},
        ),
    ],
)
def test_requests_go_to_our_own_web_role(action: Action, body: dict[str, object]) -> None:
    request = WEBCHAT.build(action, ACCOUNT, NOW)
    assert (request.method, request.url) == ("POST", "http://127.0.0.1:8080/webchat/deliver")
    named = {"id": "act-1", "account": "shop", "by": "bot", "user": {"id": VISITOR}}
    assert json.loads(request.body) == named | body
    assert matches_standard_signature(request.headers, request.body, SECRETS["delivery_key"], NOW)


@pytest.mark.parametrize(
    "what",
    [
        ReplyToComment(**common(), comment_id="c", text="Merci"),
        SendMessage(**common(), text="Voici", image_url="https://x/1"),
        FindOwn(action=SEND),
        ListSince(since=NOW),
        Subscribe(callback_url="https://x"),
    ],
)
def test_what_a_widget_has_not(what: Any) -> None:
    with pytest.raises(Unsupported):
        WEBCHAT.build(what, ACCOUNT, NOW)


def test_success() -> None:
    answer = Response(200, b'{"id": "act-1"}')
    assert WEBCHAT.interpret(SEND, answer, ACCOUNT, NOW) == Sent(external_id="act-1")
    assert WEBCHAT.interpret(ProbeToken(), answer, ACCOUNT, NOW) == Probed(name="Maison Aubépine")


def test_there_is_no_handshake() -> None:
    assert WEBCHAT.challenge(Request("GET", "/"), ENDPOINT, NOW) is None
