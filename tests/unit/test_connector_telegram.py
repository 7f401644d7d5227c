"""Telegram: whose words these are under different settings, the requests as the Bot API wants them, and the answers."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.model.action import (
    Action,
    DeleteComment,
    EditOwn,
    FindOwn,
    Like,
    ListSince,
    MarkSeen,
    PrivateReply,
    ProbeToken,
    Query,
    ReplyToComment,
    SendMessage,
    Subscribe,
    Subscriptions,
)
from bot.model.event import Echoed, Unhandled
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from connectors.base import (
    Account,
    Endpoint,
    Listed,
    Probed,
    Request,
    Response,
    SendError,
    Sent,
    Subscribed,
    Unsupported,
)
from connectors.telegram.connector import TELEGRAM

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIXTURES = Path(__file__).parents[2] / "connectors" / "telegram" / "fixtures"
GROUP, CHANNEL = "-1002000000001", "-1002000000002"


def account(**settings: str) -> Account:
    secrets = {"token": (SecretStr("7001000001:tok"),), "secret_token": (SecretStr("s"),)}
    return Account(
        AccountId.of("telegram", "7001000001"), "aubepine_bot", secrets, "https://api.telegram.org", settings
    )


ACCOUNT = account()
ANN = ContactId.of(ACCOUNT.id, "510001")
PRIVATE, PUBLIC = ConversationId.private(ANN), ConversationId.public(ANN, f"{GROUP}:20")


def common(conversation: ConversationId) -> dict[str, Any]:
    return {"id": ActionId("act-1"), "conversation": conversation, "decided_upto": StreamId("1-0"), "earliest": NOW}


def parsed(case: str, **settings: str) -> Any:
    endpoint = Endpoint("telegram", "main", (account(**settings),))
    found = TELEGRAM.parse(Request("POST", "/", {}, (FIXTURES / f"{case}.json").read_bytes()), endpoint, NOW)
    return found[0].what if isinstance(found[0], Unhandled) else found[0]


@pytest.mark.parametrize(
    ("case", "settings", "kind"),
    [
        ("comment_reply_to_a_comment", {}, "comment.received"),
        ("comment_reply_to_a_comment", {"discussion": f" {GROUP} , -100300"}, "comment.received"),
        ("comment_reply_to_a_comment", {"discussion": "-100300"}, None),
        ("comment_reply_to_the_bot", {"discussion": "-100300"}, "comment.received"),
        ("comment", {"discussion": "-100300"}, "comment.received"),
        ("comment_by_the_channel_to_a_comment", {}, None),
        ("comment_by_the_channel_to_a_comment", {"channel": CHANNEL}, "echoed"),
        ("comment_by_the_channel_to_a_comment", {"channel": "-100777"}, "comment.received"),
        ("comment_as_another_channel", {"channel": CHANNEL}, "comment.received"),
        ("group_mention", {}, None),
        ("group_mention", {"username": "AUBEPINE_bot"}, "mention.received"),
        ("group_mention_by_name", {}, "mention.received"),
    ],
)
def test_settings_say_whose_words_these_are(case: str, settings: dict[str, str], kind: str | None) -> None:
    found = parsed(case, **settings)
    assert found.kind == kind if kind else isinstance(found, str)


def test_the_channels_answer_is_found_by_the_comment_it_answers() -> None:
    echo = parsed("comment_by_the_channel_to_a_comment", channel=CHANNEL)
    assert isinstance(echo, Echoed)
    assert (echo.locate, echo.elsewhere, echo.conversation) == (f"{GROUP}:21", True, None)


def test_telegram_has_no_handshake() -> None:
    assert TELEGRAM.challenge(Request("GET", "/"), Endpoint("telegram", "main", (ACCOUNT,)), NOW) is None


COMMENT = f"{GROUP}:21"
ANSWERS = {"reply_parameters": {"message_id": 21, "allow_sending_without_reply": True}}
CALL = "https://api.telegram.org/bot7001000001:tok"


@pytest.mark.parametrize(
    ("action", "method", "body"),
    [
        (SendMessage(**common(PRIVATE), text="Oui 👋"), "sendMessage", {"chat_id": 510001, "text": "Oui 👋"}),
        (
            SendMessage(**common(PRIVATE), text="Oui", reply_to="510001:21"),
            "sendMessage",
            {"chat_id": 510001, "text": "Oui"} | ANSWERS,
        ),
        (
            SendMessage(**common(PRIVATE), text="Oui", reply_to="callback:8800"),
            "sendMessage",
            {"chat_id": 510001, "text": "Oui"},
        ),
        (
            SendMessage(**common(ConversationId.private(ContactId.of(ACCOUNT.id, "@ann"))), text="Oui"),
            "sendMessage",
            {"chat_id": "@ann", "text": "Oui"},
        ),
        (
            ReplyToComment(**common(PUBLIC), comment_id=COMMENT, text="<b>Oui</b>"),
            "sendMessage",
            {"chat_id": int(GROUP), "text": "<b>Oui</b>"} | ANSWERS,
        ),
        (
            PrivateReply(**common(PUBLIC), comment_id=COMMENT, text="Ici"),
            "sendMessage",
            {"chat_id": 510001, "text": "Ici"},
        ),
        (
            DeleteComment(**common(PUBLIC), comment_id=COMMENT),
            "deleteMessage",
            {"chat_id": int(GROUP), "message_id": 21},
        ),
        (
            Like(**common(PUBLIC), external_id=COMMENT),
            "setMessageReaction",
            {"chat_id": int(GROUP), "message_id": 21, "reaction": [{"type": "emoji", "emoji": "👍"}]},
        ),
    ],
)
def test_requests(action: Action, method: str, body: dict[str, object]) -> None:
    request = TELEGRAM.build(action, ACCOUNT, NOW)
    assert (request.method, request.url) == ("POST", f"{CALL}/{method}")
    assert json.loads(request.body) == body


def of(user: str) -> dict[str, Any]:
    return common(ConversationId.public(ContactId.of(ACCOUNT.id, user), f"{GROUP}:20"))


@pytest.mark.parametrize(
    "action",
    [
        PrivateReply(**of("-1002000000009"), comment_id=COMMENT, text="Ici"),
        PrivateReply(**of(f"~{COMMENT}"), comment_id=COMMENT, text="Ici"),
        ReplyToComment(**common(PUBLIC), comment_id="callback:8800", text="Oui"),
        Like(**common(PUBLIC), external_id="21"),
    ],
)
def test_what_has_no_chat_or_message_is_unsupported(action: Action) -> None:
    with pytest.raises(Unsupported):
        TELEGRAM.build(action, ACCOUNT, NOW)


MESSAGE = {"message_id": 9, "chat": {"id": 510001, "type": "private"}, "date": 1795300000, "text": "Oui"}
SEND = SendMessage(**common(PRIVATE), text="Oui")
PRIVATE_REPLY = PrivateReply(**common(PUBLIC), comment_id=COMMENT, text="Ici")
REPLY = ReplyToComment(**common(PUBLIC), comment_id=COMMENT, text="Oui")
DELETE = DeleteComment(**common(PUBLIC), comment_id=COMMENT)


@pytest.mark.parametrize(
    ("what", "result", "done"),
    [
        (SEND, MESSAGE, Sent(external_id="510001:9")),
        (REPLY, MESSAGE | {"chat": {"id": int(GROUP)}}, Sent(external_id=f"{GROUP}:9")),
        (PRIVATE_REPLY, MESSAGE, Sent(external_id="510001:9", recipient=ANN)),
        (DELETE, True, Sent()),
        (Like(**common(PRIVATE), external_id="510001:8"), True, Sent()),
        (
            ProbeToken(),
            {"id": 7001000001, "is_bot": True, "first_name": "A", "username": "a_bot"},
            Probed(name="a_bot"),
        ),
        (ProbeToken(), {"id": 7001000001, "first_name": "Aubépine"}, Probed(name="Aubépine")),
        (ProbeToken(), {"id": 7001000001}, Probed(name="aubepine_bot")),
    ],
)
def test_successes(what: Action | ProbeToken, result: object, done: Sent | Probed) -> None:
    response = Response(200, json.dumps({"ok": True, "result": result}).encode())
    assert TELEGRAM.interpret(what, response, ACCOUNT, NOW) == done


@pytest.mark.parametrize(
    ("what", "result"),
    [
        (SEND, {"message_id": 9}),
        (SEND, {"chat": {"id": 1}}),
        (DELETE, {"message_id": 9}),
        (ProbeToken(), {}),
        (SEND, True),
    ],
)
def test_half_a_success_is_unknown(what: Action | ProbeToken, result: object) -> None:
    error = TELEGRAM.interpret(what, Response(200, json.dumps({"ok": True, "result": result}).encode()), ACCOUNT, NOW)
    assert isinstance(error, SendError)
    assert error.fault == "unknown"


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        (REPLY, "refused"),
        (PRIVATE_REPLY, "contact_gone"),
        (SEND, "contact_gone"),
        (FindOwn(action=SEND), "refused"),
        (ProbeToken(), "refused"),
    ],
)
def test_a_closed_door_means_the_person_only_where_it_is_theirs(
    what: Action | ProbeToken | FindOwn, fault: str
) -> None:
    body = {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked from the supergroup chat"}
    error = TELEGRAM.interpret(what, Response(403, json.dumps(body).encode()), ACCOUNT, NOW)
    assert isinstance(error, SendError)
    assert error.fault == fault


ROOM = "510001@bc:1"
BUSINESS = ConversationId.private(ContactId.of(ACCOUNT.id, "510001@bc:1"))
CALLBACK = "https://maison.example/webhooks/telegram/main"
POLLED = account(receive="polling")
PRESS = ListSince(since=datetime(2026, 11, 22, tzinfo=UTC), what="pressed:q1")
WANTED = [
    "message",
    "edited_message",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "callback_query",
    "message_reaction",
    "my_chat_member",
]


FAILING = {
    "url": CALLBACK,
    "allowed_updates": WANTED,
    "pending_update_count": 3,
    "last_error_date": int(NOW.timestamp()) - 30,
    "last_error_message": "Wrong response from the webhook: 401 Unauthorized",
}


@pytest.mark.parametrize(
    ("what", "method", "body"),
    [
        (
            SendMessage(**common(BUSINESS), text="Oui"),
            "sendMessage",
            {"chat_id": 510001, "business_connection_id": "bc:1", "text": "Oui"},
        ),
        (
            SendMessage(**common(PRIVATE), text="Oui ?", choices=("Oui", "é" * 40)),
            "sendMessage",
            {
                "chat_id": 510001,
                "text": "Oui ?",
                "reply_markup": {
                    "inline_keyboard": [
                        [{"text": "Oui", "callback_data": "Oui"}],
                        [{"text": "é" * 40, "callback_data": "é" * 32}],
                    ]
                },
            },
        ),
        (
            SendMessage(**common(PRIVATE), text="Voici", image_url="https://m.example/1.jpg"),
            "sendPhoto",
            {"chat_id": 510001, "photo": "https://m.example/1.jpg", "caption": "Voici"},
        ),
        (
            EditOwn(**common(BUSINESS), external_id=f"{ROOM}:9", text="Non"),
            "editMessageText",
            {"chat_id": 510001, "business_connection_id": "bc:1", "message_id": 9, "text": "Non"},
        ),
        (
            DeleteComment(**common(BUSINESS), comment_id=f"{ROOM}:9"),
            "deleteBusinessMessages",
            {"business_connection_id": "bc:1", "message_ids": [9]},
        ),
        (
            MarkSeen(**common(PRIVATE), external_id="callback:1", typing=True),
            "sendChatAction",
            {"chat_id": 510001, "action": "typing"},
        ),
        (
            MarkSeen(**common(BUSINESS), external_id=f"{ROOM}:9"),
            "readBusinessMessage",
            {"chat_id": 510001, "business_connection_id": "bc:1", "message_id": 9},
        ),
        (Subscriptions(callback_url=CALLBACK), "getWebhookInfo", {}),
        (
            Subscribe(callback_url=CALLBACK),
            "setWebhook",
            {"url": CALLBACK, "secret_token": "s", "allowed_updates": WANTED},
        ),
        (Subscribe(callback_url=""), "deleteWebhook", {}),
    ],
)
def test_more_requests(what: Action | Query, method: str, body: dict[str, object]) -> None:
    request = TELEGRAM.build(what, ACCOUNT, NOW)
    assert request.url == f"{CALL}/{method}"
    assert json.loads(request.body) == body


@pytest.mark.parametrize(
    "what",
    [
        SendMessage(**common(PRIVATE), text="a" * 1025, image_url="https://m.example/1.jpg"),
        Like(**common(BUSINESS), external_id=f"{ROOM}:9"),
        MarkSeen(**common(PRIVATE), external_id="510001:9"),
        ListSince(since=NOW),
    ],
)
def test_what_the_bot_api_has_not_is_unsupported(what: Action | Query) -> None:
    with pytest.raises(Unsupported):
        TELEGRAM.build(what, ACCOUNT, NOW)


def answered(what: Action | Query, result: object, of: Account = ACCOUNT) -> Any:
    return TELEGRAM.interpret(what, Response(200, json.dumps({"ok": True, "result": result}).encode()), of, NOW)


def test_words_in_a_business_account_are_known_by_their_connection() -> None:
    sent = answered(SendMessage(**common(BUSINESS), text="Oui"), MESSAGE | {"business_connection_id": "bc:1"})
    assert sent.external_id == f"{ROOM}:9"


def test_an_edit_that_changes_nothing_is_done() -> None:
    edit = EditOwn(**common(PRIVATE), external_id="510001:9", text="Oui")
    assert [answered(edit, each) for each in (MESSAGE, True)] == [Sent(), Sent()]
    body = {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified: specified …"}
    assert TELEGRAM.interpret(edit, Response(400, json.dumps(body).encode()), ACCOUNT, NOW) == Sent()
    assert answered(edit, {}).fault == "unknown"


@pytest.mark.parametrize(
    ("result", "missing"),
    [
        ({"url": CALLBACK, "allowed_updates": WANTED}, ()),
        ({"url": CALLBACK}, ("message_reaction",)),
        ({"url": CALLBACK, "allowed_updates": WANTED[1:]}, ("message",)),
        ({"url": ""}, ("webhook",)),
        (FAILING, ("3 updates wait: Wrong response from the webhook: 401 Unauthorized",)),
        (FAILING | {"pending_update_count": 0}, ()),
        (FAILING | {"last_error_date": int(NOW.timestamp()) - 601}, ()),
        (FAILING | {"last_error_date": "?"}, ()),
    ],
)
def test_what_the_webhook_no_longer_brings(result: dict[str, Any], missing: tuple[str, ...]) -> None:
    assert answered(Subscriptions(callback_url=CALLBACK), result) == Subscribed(missing=missing)


def test_a_webhook_that_cannot_be_read_is_unknown() -> None:
    for result in ({}, {"url": 9}, True):
        assert answered(Subscriptions(callback_url=CALLBACK), result).fault == "unknown"
    assert answered(Subscribe(callback_url=CALLBACK), True) == Subscribed()


def test_a_bot_that_asks_has_no_webhook() -> None:
    assert TELEGRAM.build(Subscribe(callback_url=CALLBACK), POLLED, NOW).url.endswith("/deleteWebhook")
    asked = Subscriptions(callback_url=CALLBACK)
    assert answered(asked, {"url": ""}, POLLED) == Subscribed()
    assert len(answered(asked, {"url": CALLBACK}, POLLED).missing) == 1
    assert TELEGRAM.capabilities(POLLED).poll_every_s == 1
    assert TELEGRAM.capabilities(ACCOUNT).poll_every_s is None


def test_updates_are_asked_for_from_the_last_one_on() -> None:
    asked = ListSince(since=NOW, known={"offset": "41"})
    assert json.loads(TELEGRAM.build(asked, POLLED, NOW).body)["offset"] == 41
    update = json.loads((FIXTURES / "dm_start.json").read_text())
    listed = answered(asked, [update | {"update_id": 41}, {"update_id": 42, "poll": {}}, 7], POLLED)
    assert [each.what if isinstance(each, Unhandled) else each.kind for each in listed.found] == [
        "message.received",
        "malformed",
        "malformed",
    ]
    assert dict(listed.remember) == {"offset": "43"}
    (more,) = listed.more
    assert json.loads(TELEGRAM.build(more, POLLED, NOW).body)["offset"] == 43
    assert answered(more, [], POLLED).more == ()
    assert answered(more, [7], POLLED).remember == {}
    assert "offset" not in json.loads(TELEGRAM.build(ListSince(since=NOW), POLLED, NOW).body)
    assert answered(asked, {}, POLLED).fault == "unknown"


@pytest.mark.parametrize(
    ("body", "pressed"),
    [
        (b'{"callback_query": {"id": "q1"}}', "q1"),
        (b'{"callback_query": {"id": 1}}', None),
        (b"{", None),
        (b"[]", None),
    ],
)
def test_a_pressed_button_is_acknowledged_with_the_delivery(body: bytes, pressed: str | None) -> None:
    answer = TELEGRAM.acknowledge(Request("POST", "/", {}, body))
    if pressed is None:
        assert answer.body == b""
    else:
        assert json.loads(answer.body) == {"method": "answerCallbackQuery", "callback_query_id": pressed}


def test_a_button_that_was_asked_for_is_acknowledged_by_a_call() -> None:
    press = {"update_id": 50, "callback_query": {"id": "q1", "from": MESSAGE["chat"], "data": "OUI"}}
    pressed, later = answered(ListSince(since=NOW), [press], POLLED).more
    assert pressed.what == "pressed:q1"
    request = TELEGRAM.build(pressed, POLLED, NOW)
    assert request.url == f"{CALL}/answerCallbackQuery"
    assert json.loads(request.body) == {"callback_query_id": "q1"}
    assert later.cursor == "51"
    assert answered(pressed, True, POLLED) == Listed()
    assert answered(pressed, [], POLLED).fault == "unknown"


@pytest.mark.parametrize(
    ("what", "code", "fault"),
    [
        (PRESS, 400, None),
        (PRESS, 401, "reconnect"),
        (PRESS, 429, "pause_account"),
        (ListSince(since=NOW), 400, "refused"),
        (ListSince(since=NOW), 409, "retry"),
        (ListSince(since=NOW), 429, "pause_account"),
        (SEND, 429, "pause_chat"),
    ],
)
def test_questions_that_are_refused(what: Action | Query, code: int, fault: str | None) -> None:
    body = {"ok": False, "error_code": code, "description": "no", "parameters": {"retry_after": 3}}
    reading = TELEGRAM.interpret(what, Response(code, json.dumps(body).encode()), POLLED, NOW)
    if fault is None:
        assert reading == Listed(), "it is too late, and matters to nobody"
    else:
        assert isinstance(reading, SendError)
        assert reading.fault == fault
