"""Facebook: the handshake, the requests as Graph wants them, and the answers."""

import json
from dataclasses import replace
from datetime import UTC, datetime
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
    MarkSeen,
    PassThread,
    PrivateReply,
    ProbeToken,
    ReplyToComment,
    SendMessage,
    UnhideComment,
)
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from connectors.base import Account, Endpoint, Probed, Request, Response, SendError, Sent, Unsupported
from connectors.facebook.connector import FACEBOOK

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE = "104200000000001"
ACCOUNT = Account(
    id=AccountId.of("facebook", PAGE),
    name="Maison Aubépine",
    secrets={
        "app_secret": (SecretStr("app"),),
        "verify_token": (SecretStr("verify"),),
        "token": (SecretStr("page-token"), SecretStr("")),
    },
    api_url="https://graph.facebook.com",
)
ENDPOINT = Endpoint("facebook", "main", (ACCOUNT,))
ANN = ContactId.of(ACCOUNT.id, "7310000000000011")
PRIVATE, PUBLIC = ConversationId.private(ANN), ConversationId.public(ANN, "500_901")


def common(conversation: ConversationId) -> dict[str, Any]:
    return {"id": ActionId("act-1"), "conversation": conversation, "decided_upto": StreamId("1-0"), "earliest": NOW}


MESSAGE = SendMessage(**common(PRIVATE), text="Elle arrive demain.")
REPLY = ReplyToComment(**common(PUBLIC), comment_id="500_901", text="Il revient jeudi.")
PRIVATE_REPLY = PrivateReply(**common(PUBLIC), comment_id="500_901", text="Écrivons-nous ici.")
HIDE = HideComment(**common(PUBLIC), comment_id="500_901")
DELETE = DeleteComment(**common(PUBLIC), comment_id="500_901")
LIKE = Like(**common(PUBLIC), external_id="500_901")


def answer(body: object, status: int = 200, **headers: str) -> Response:
    return Response(
        status, json.dumps(body).encode(), {name.replace("_", "-"): value for name, value in headers.items()}
    )


def handshake(**query: str) -> Request:
    pairs = "&".join(f"hub.{name}={value}" for name, value in query.items())
    return Request("GET", f"/webhooks/facebook/main?{pairs}")


def test_the_handshake_is_answered_with_the_bare_challenge() -> None:
    response = FACEBOOK.challenge(
        handshake(mode="subscribe", challenge="1158201444", verify_token="verify"), ENDPOINT, NOW
    )
    assert response is not None
    assert (response.status, response.body) == (200, b"1158201444")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query",
    [
        {"mode": "subscribe", "challenge": "1", "verify_token": "wrong"},
        {"mode": "subscribe", "challenge": "1", "verify_token": ""},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "unsubscribe", "challenge": "1", "verify_token": "verify"},
    ],
)
def test_a_handshake_that_is_not_ours_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic):
        FACEBOOK.challenge(handshake(**query), ENDPOINT, NOW)


@pytest.mark.parametrize(
    "request_", [Request("GET", "/webhooks/facebook/main"), Request("POST", "/?hub.mode=subscribe")]
)
def test_what_is_no_handshake_is_none(request_: Request) -> None:
    assert FACEBOOK.challenge(request_, ENDPOINT, NOW) is None


TO_ANN = {"recipient": {"id": "7310000000000011"}}
SEEN, TYPING = TO_ANN | {"sender_action": "mark_seen"}, TO_ANN | {"sender_action": "typing_on"}
INBOX = "263902037430900"
GRAPH = "https://graph.facebook.com/v25.0"


@pytest.mark.parametrize(
    ("action", "method", "path", "body"),
    [
        (
            MESSAGE,
            "POST",
            f"{PAGE}/messages",
            TO_ANN | {"messaging_type": "RESPONSE", "message": {"text": "Elle arrive demain.", "metadata": "act-1"}},
        ),
        (
            SendMessage(**common(PRIVATE), text="Oui", tag="human_agent", reply_to="m_ann-1"),
            "POST",
            f"{PAGE}/messages",
            TO_ANN
            | {
                "messaging_type": "MESSAGE_TAG",
                "tag": "HUMAN_AGENT",
                "reply_to": {"mid": "m_ann-1"},
                "message": {"text": "Oui", "metadata": "act-1"},
            },
        ),
        (
            PRIVATE_REPLY,
            "POST",
            f"{PAGE}/messages",
            {
                "recipient": {"comment_id": "500_901"},
                "messaging_type": "RESPONSE",
                "message": {"text": "Écrivons-nous ici.", "metadata": "act-1"},
            },
        ),
        (REPLY, "POST", "500_901/comments", {"message": "Il revient jeudi."}),
        (HIDE, "POST", "500_901", {"is_hidden": True}),
        (UnhideComment(**common(PUBLIC), comment_id="500_901"), "POST", "500_901", {"is_hidden": False}),
        (DELETE, "DELETE", "500_901", None),
        (LIKE, "POST", "500_901/likes", {}),
        (
            Like(**common(PRIVATE), external_id="m_ann-1"),
            "POST",
            f"{PAGE}/messages",
            TO_ANN | {"sender_action": "react", "payload": {"message_id": "m_ann-1", "reaction": "👍"}},
        ),
        (MarkSeen(**common(PRIVATE), external_id="m_ann-1"), "POST", f"{PAGE}/messages", SEEN),
        (MarkSeen(**common(PRIVATE), external_id="m_ann-1", typing=True), "POST", f"{PAGE}/messages", TYPING),
        (PassThread(**common(PRIVATE)), "POST", f"{PAGE}/pass_thread_control", TO_ANN | {"target_app_id": INBOX}),
        (EditOwn(**common(PUBLIC), external_id="500_950", text="Oui."), "POST", "500_950", {"message": "Oui."}),
        (
            ReplyToComment(**common(PUBLIC), comment_id="a/../b?c", text="x"),
            "POST",
            "a%2F..%2Fb%3Fc/comments",
            {"message": "x"},
        ),
    ],
)
def test_requests(action: Action, method: str, path: str, body: dict[str, object] | None) -> None:
    request = FACEBOOK.build(action, ACCOUNT, NOW)
    assert (request.method, request.url) == (method, f"{GRAPH}/{path}")
    assert request.headers["authorization"] == "Bearer page-token"
    assert (json.loads(request.body) if request.body else None) == body


def test_queries() -> None:
    assert FACEBOOK.build(ProbeToken(), ACCOUNT, NOW).url == f"{GRAPH}/{PAGE}?fields=name"
    messages = FACEBOOK.build(FindOwn(action=MESSAGE), ACCOUNT, NOW)
    assert messages.url.startswith(f"{GRAPH}/{PAGE}/conversations?")
    assert (messages.query["user_id"], messages.query["platform"]) == ("7310000000000011", "messenger")
    comments = FACEBOOK.build(FindOwn(action=REPLY), ACCOUNT, NOW)
    assert comments.url.startswith(f"{GRAPH}/500_901/comments?")
    assert comments.query["filter"] == "stream"
    nested = FACEBOOK.build(FindOwn(action=REPLY.model_copy(update={"comment_id": "500_902"})), ACCOUNT, NOW)
    assert nested.url == comments.url, "answers to answers are looked for under the root"
    comment = FACEBOOK.build(FindOwn(action=PRIVATE_REPLY), ACCOUNT, NOW)
    assert comment.url.startswith(f"{GRAPH}/500_901?")
    assert "can_reply_privately" in comment.query["fields"]


@pytest.mark.parametrize(
    ("action", "body", "sent"),
    [
        (MESSAGE, {"recipient_id": "7310000000000011", "message_id": "m_1"}, Sent(external_id="m_1")),
        (
            PRIVATE_REPLY,
            {"recipient_id": "88", "message_id": "m_2"},
            Sent(external_id="m_2", recipient=ContactId.of(ACCOUNT.id, "88")),
        ),
        (PRIVATE_REPLY, {"message_id": "m_2"}, Sent(external_id="m_2")),
        (REPLY, {"id": "500_950"}, Sent(external_id="500_950")),
        (HIDE, {"success": True}, Sent()),
        (DELETE, True, Sent()),
        (LIKE, {"success": True}, Sent()),
        (Like(**common(PRIVATE), external_id="m_1"), {"recipient_id": "7310000000000011"}, Sent()),
    ],
)
def test_successes(action: Action, body: object, sent: Sent) -> None:
    assert FACEBOOK.interpret(action, answer(body), ACCOUNT, NOW) == sent


@pytest.mark.parametrize(
    ("action", "body"),
    [(MESSAGE, {"recipient_id": "1"}), (PRIVATE_REPLY, {"recipient_id": "1"}), (REPLY, {}), (HIDE, {"success": False})],
)
def test_half_a_success_is_unknown(action: Action, body: object) -> None:
    error = FACEBOOK.interpret(action, answer(body), ACCOUNT, NOW)
    assert isinstance(error, SendError)
    assert error.fault == "unknown"


def test_a_token_is_probed() -> None:
    body = {"id": PAGE, "name": "Maison Aubépine"}
    assert FACEBOOK.interpret(ProbeToken(), answer(body), ACCOUNT, NOW) == Probed(name="Maison Aubépine")
    assert FACEBOOK.interpret(ProbeToken(), answer({"id": PAGE}), ACCOUNT, NOW) == Probed(name=ACCOUNT.name)


@pytest.mark.parametrize(
    ("headers", "after_s"),
    [
        ({}, 300),
        ({"x_app_usage": '{"call_count": 100, "total_time": 25, "total_cputime": 3}'}, 3600),
        ({"x_app_usage": '{"call_count": 99}'}, 300),
        ({"x_app_usage": "[100]"}, 300),
        ({"x_app_usage": "{"}, 300),
        (
            {
                "x_business_use_case_usage": '{"1": [{"type": "pages", "estimated_time_to_regain_access": 0},'
                ' {"type": "messenger", "estimated_time_to_regain_access": 19}], "2": 7, "3": [8]}'
            },
            19 * 60,
        ),
        ({"x_business_use_case_usage": '{"1": [{"estimated_time_to_regain_access": 0}]}'}, 300),
        ({"x_business_use_case_usage": '{"1": [{"estimated_time_to_regain_access": 99999}]}'}, 24 * 3600),
        ({"x_business_use_case_usage": '{"1": [{"estimated_time_to_regain_access": "9"}]}'}, 300),
    ],
)
def test_how_long_a_blocked_page_stays_away(headers: dict[str, str], after_s: float) -> None:
    error = FACEBOOK.interpret(MESSAGE, answer({"error": {"code": 80001}}, 403, **headers), ACCOUNT, NOW)
    assert isinstance(error, SendError)
    assert (error.fault, error.after_s) == ("pause_account", after_s)


def test_the_words_of_an_error_are_kept_short() -> None:
    error = FACEBOOK.interpret(MESSAGE, answer({"error": {"code": 100, "message": "x" * 5000}}, 400), ACCOUNT, NOW)
    assert isinstance(error, SendError)
    assert len(error.detail) == 300


def test_a_private_message_is_not_taken_back() -> None:
    with pytest.raises(Unsupported, match="Messenger"):
        FACEBOOK.build(DeleteComment(**common(PRIVATE), comment_id="m_1"), ACCOUNT, NOW)


def test_private_replies_have_an_allowance_of_their_own() -> None:
    messages, private = FACEBOOK.capabilities(ACCOUNT).rates
    assert (messages.cost("private_reply"), private.cost("private_reply"), private.cost("send_message")) == (1, 1, 0)


@pytest.mark.parametrize(
    ("setting", "limit"), [({}, 2000), ({"comment_limit": "8000"}, 8000), ({"comment_limit": "x"}, 2000)]
)
def test_how_long_a_comment_may_be(setting: dict[str, str], limit: int) -> None:
    assert FACEBOOK.capabilities(replace(ACCOUNT, settings=setting)).comment_limit == limit


def test_words_that_do_not_fit_beside_a_picture_are_not_sent_half() -> None:
    long = MESSAGE.model_copy(update={"text": "a" * 81, "image_url": "https://maison.example/lampe.jpg"})
    with pytest.raises(Unsupported, match="80"):
        FACEBOOK.build(long, ACCOUNT, NOW)


def test_choices_and_pictures() -> None:
    offered = FACEBOOK.build(MESSAGE.model_copy(update={"choices": ("Oui", "Non, " + "merci " * 5)}), ACCOUNT, NOW)
    assert json.loads(offered.body)["message"]["quick_replies"] == [
        {"content_type": "text", "title": "Oui", "payload": "Oui"},
        {"content_type": "text", "title": "Non, merci merci mer", "payload": "Non, " + "merci " * 5},
    ]
    picture = FACEBOOK.build(MESSAGE.model_copy(update={"image_url": "https://maison.example/lampe.jpg"}), ACCOUNT, NOW)
    said = json.loads(picture.body)["message"]
    assert "text" not in said
    assert said["attachment"]["payload"]["elements"] == [
        {"title": MESSAGE.text, "image_url": "https://maison.example/lampe.jpg"}
    ]
    assert said["metadata"] == MESSAGE.id
