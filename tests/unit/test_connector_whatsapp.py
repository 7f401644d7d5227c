"""WhatsApp: what it asks, and what the answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.model.action import (
    Action,
    DeleteComment,
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
from bot.model.event import ActionFailed
from bot.model.ids import ActionId, ContactId, ConversationId, StreamId
from connectors.base import Probed, Request, Response, SendError, Sent, Subscribed, Unsupported
from connectors.whatsapp.connector import WHATSAPP
from tests.channels.whatsapp import after, change, entry
from tests.channels.whatsapp import body as delivered
from tests.contract.test_connectors import endpoint, first_account

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = first_account("whatsapp")
GRAPH = f"{ACCOUNT.api_url}/v25.0"
NUMBER = ACCOUNT.id.external_id
WABA = ACCOUNT.settings["waba_id"]
CALLBACK = "https://aplomb.example/webhooks/whatsapp/main"


def common(person: str = "33600000001") -> dict[str, Any]:
    conversation = ConversationId.private(ContactId.of(ACCOUNT.id, person))
    return {"id": ActionId("act-1"), "conversation": conversation, "decided_upto": StreamId("1-0"), "earliest": NOW}


MESSAGE = SendMessage(**common(), text="Bonjour")
ENVELOPE = {
    "messaging_product": "whatsapp",
    "recipient_type": "individual",
    "to": "33600000001",
    "biz_opaque_callback_data": "act-1",
}
BUTTONS = [{"type": "reply", "reply": {"id": each, "title": each}} for each in ("Oui", "Non")]


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        (MESSAGE, {**ENVELOPE, "type": "text", "text": {"body": "Bonjour", "preview_url": False}}),
        (
            MESSAGE.model_copy(update={"reply_to": "wamid.1"}),
            {
                **ENVELOPE,
                "type": "text",
                "text": {"body": "Bonjour", "preview_url": False},
                "context": {"message_id": "wamid.1"},
            },
        ),
        (
            MESSAGE.model_copy(update={"choices": ("Oui", "Non"), "image_url": "https://x.example/1"}),
            {
                **ENVELOPE,
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "body": {"text": "Bonjour"},
                    "action": {"buttons": BUTTONS},
                    "header": {"type": "image", "image": {"link": "https://x.example/1"}},
                },
            },
        ),
        (
            MESSAGE.model_copy(update={"image_url": "https://x.example/1"}),
            {**ENVELOPE, "type": "image", "image": {"link": "https://x.example/1", "caption": "Bonjour"}},
        ),
        (
            SendTemplate(**common(), template="suite", language="fr", values=("Ann",), text="Bonjour Ann"),
            {
                **ENVELOPE,
                "type": "template",
                "template": {
                    "name": "suite",
                    "language": {"code": "fr"},
                    "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ann"}]}],
                },
            },
        ),
        (
            SendTemplate(**common(), template="suite", language="fr", text="Bonjour"),
            {**ENVELOPE, "type": "template", "template": {"name": "suite", "language": {"code": "fr"}}},
        ),
        (
            Like(**common(), external_id="wamid.1"),
            {**ENVELOPE, "type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}},
        ),
        (
            MarkSeen(**common(), external_id="wamid.1", typing=True),
            {
                "messaging_product": "whatsapp",
                "status": "read",
                "message_id": "wamid.1",
                "typing_indicator": {"type": "text"},
            },
        ),
        (
            MarkSeen(**common(), external_id="wamid.1"),
            {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"},
        ),
    ],
)
def test_what_is_asked(action: Action, asked: Any) -> None:
    request = WHATSAPP.build(action, ACCOUNT, NOW)
    assert (request.method, request.url) == ("POST", f"{GRAPH}/{NUMBER}/messages")
    assert json.loads(request.body) == asked


@pytest.mark.parametrize("person", ["FR.13491208655302741918", "US.ENT.11815799212886844830", "BR.1a2B3c"])
def test_who_hides_their_number_is_reached_by_their_user_id(person: str) -> None:
    body = json.loads(WHATSAPP.build(SendMessage(**common(person), text="Bonjour"), ACCOUNT, NOW).body)
    assert (body.get("to"), body["recipient"]) == (None, person)


@pytest.mark.parametrize("more", [{"choices": ("Oui",)}, {"image_url": "https://x.example/1"}])
def test_words_that_do_not_fit_beside_buttons_or_a_picture_are_not_cut(more: dict[str, Any]) -> None:
    long = MESSAGE.model_copy(update={"text": "a" * 1025, **more})
    with pytest.raises(Unsupported, match="1024"):
        WHATSAPP.build(long, ACCOUNT, NOW)


PUBLIC = {**common(), "conversation": ConversationId.public(ContactId.of(ACCOUNT.id, "1"), "c1")}


@pytest.mark.parametrize(
    "what",
    [
        ReplyToComment(**PUBLIC, comment_id="c1", text="Merci"),
        PrivateReply(**PUBLIC, comment_id="c1", text="Merci"),
        HideComment(**PUBLIC, comment_id="c1"),
        UnhideComment(**PUBLIC, comment_id="c1"),
        DeleteComment(**PUBLIC, comment_id="c1"),
        Like(**PUBLIC, external_id="c1"),
        PassThread(**common()),
        FindOwn(action=MESSAGE),
        RefreshToken(),
        ListSince(since=NOW),
    ],
)
def test_what_there_is_no_call_for(what: Action | Query) -> None:
    with pytest.raises(Unsupported):
        WHATSAPP.build(what, ACCOUNT, NOW)


def read(what: Action | Query, body: Any, **headers: str) -> Any:
    return WHATSAPP.interpret(what, Response(200, json.dumps(body).encode(), headers), ACCOUNT, NOW)


@pytest.mark.parametrize(
    ("what", "body", "reading"),
    [
        (MESSAGE, {"messages": [{"id": "wamid.9"}]}, Sent(external_id="wamid.9")),
        (MarkSeen(**common(), external_id="wamid.1"), {"success": True}, Sent()),
        (Like(**common(), external_id="wamid.1"), {"messages": [{"id": "wamid.9"}]}, Sent()),
        (ProbeToken(), {"id": NUMBER, "verified_name": "Maison"}, Probed(name="Maison")),
        (Subscriptions(callback_url=CALLBACK), {"data": [{}]}, Subscribed()),
        (Subscriptions(callback_url=CALLBACK), {"data": []}, Subscribed(missing=("messages",))),
        (Subscribe(callback_url=CALLBACK), {"success": True}, Subscribed()),
    ],
)
def test_a_success_is_read(what: Action | Query, body: Any, reading: Any) -> None:
    assert read(what, body) == reading
    assert isinstance(read(what, {"something": "else"}), SendError)


def refused(code: int) -> Any:
    body = {"error": {"code": code, "message": f"(#{code}) no", "fbtrace_id": "A"}}
    return WHATSAPP.interpret(MESSAGE, Response(400, json.dumps(body).encode()), ACCOUNT, NOW)


@pytest.mark.parametrize(
    ("codes", "fault", "after_s"),
    [
        ((0, 3, 10, 190, 200, 299, 131005, 131045, 133010), "reconnect", None),
        ((4, 80007, 80008, 130429, 131064, 133016), "pause_account", 300),
        ((368, 130497, 131031, 131042, 131048, 131057), "pause_account", 3600),
        ((131056,), "pause_chat", 300),
        ((131047,), "window_closed", None),
        ((131026,), "contact_gone", None),
        ((1, 2, 131000, 131016, 135000), "unknown", None),
        ((131008, 131009, 131021, 131030, 131051, 131052, 131053, 131062, 137000), "refused", None),
        ((130472, 131049, 131050, 132000, 132001, 132069), "refused", None),
    ],
)
def test_what_a_code_means(codes: tuple[int, ...], fault: str, after_s: float | None) -> None:
    for code in codes:
        error = refused(code)
        assert (error.fault, error.code, error.after_s) == (fault, str(code), after_s)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(131047, "window_closed"), (131026, "contact_gone"), (131050, "refused"), (131048, "undelivered")],
)
def test_a_failure_that_is_told_later_means_the_same(code: int, reason: str) -> None:
    told = after("wamid.9", code, "Not now")
    request = Request("POST", "/webhooks/whatsapp/main", {}, delivered(entry(change(statuses=[told]))))
    (failed,) = WHATSAPP.parse(request, endpoint("whatsapp"), NOW)
    assert isinstance(failed, ActionFailed)
    assert (failed.action_id, failed.reason, failed.detail) == ("act-1", reason, f"{code} Not now")
    assert failed.after_acceptance


def test_an_answer_near_the_wall_says_so() -> None:
    assert read(MESSAGE, {"messages": [{"id": "w"}]}, **{"x-app-usage": '{"call_count": 95}'}).rest_s == 300


def test_the_business_account_is_subscribed() -> None:
    for what in (Subscriptions(callback_url=CALLBACK), Subscribe(callback_url=CALLBACK)):
        assert WHATSAPP.build(what, ACCOUNT, NOW).url.startswith(f"{GRAPH}/{WABA}/subscribed_apps")
        with pytest.raises(Unsupported, match="waba_id"):
            WHATSAPP.build(what, replace(ACCOUNT, settings={}), NOW)


def test_the_handshake_is_that_of_all_of_meta() -> None:
    query = "hub.mode=subscribe&hub.verify_token=verify_token-new&hub.challenge=7"
    greeting = WHATSAPP.challenge(Request("GET", f"/webhooks/whatsapp/main?{query}"), endpoint("whatsapp"), NOW)
    assert greeting is not None
    assert greeting.body == b"7"
