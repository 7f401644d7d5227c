"""What every connector owes when it acts: requests in line with its capabilities, and a meaning for every answer."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    Query,
    ReplyToComment,
    SendMessage,
    SendTemplate,
    UnhideComment,
)
from bot.model.capability import Capabilities
from bot.model.ids import ActionId, ContactId, ConversationId, StreamId
from connectors import CONNECTORS
from connectors.base import Account, Found, Probed, Response, SendError, Sent, Unsupported
from tests.channels import FACTS
from tests.channels.base import Refusal
from tests.contract.test_connectors import API, NOW, channels, first_account


def conversations(of: Account) -> tuple[ConversationId, ConversationId]:
    ann = ContactId.of(of.id, FACTS[of.id.channel].user)
    return ConversationId.private(ann), ConversationId.public(ann, FACTS[of.id.channel].comment_id)


def actions(channel: str) -> list[Action]:
    private, public = conversations(first_account(channel))
    comment = FACTS[channel].comment_id

    def common(conversation: ConversationId) -> dict[str, Any]:
        return {
            "id": ActionId("act-1"),
            "conversation": conversation,
            "decided_upto": StreamId("1-0"),
            "earliest": NOW,
        }

    return [
        SendMessage(**common(private), text="Bonjour 👋"),
        SendMessage(**common(private), text="Bonjour", reply_to=comment),
        SendMessage(**common(private), text="Bonjour", author="nina", tag="human_agent"),
        ReplyToComment(**common(public), comment_id=comment, text="Merci !"),
        PrivateReply(**common(public), comment_id=comment, text="Écrivons-nous ici."),
        HideComment(**common(public), comment_id=comment),
        UnhideComment(**common(public), comment_id=comment),
        DeleteComment(**common(public), comment_id=comment),
        Like(**common(public), external_id=comment),
        Like(**common(private), external_id=FACTS[channel].message_id or comment),
        SendMessage(**common(private), text="Bonjour", choices=("Oui", "Non")),
        SendMessage(**common(private), text="Bonjour", image_url="https://maison.example/lampe.jpg"),
        SendTemplate(**common(private), template="suite", language="fr", values=("Ann",), text="Bonjour Ann"),
        EditOwn(**common(private), external_id=FACTS[channel].message_id or comment, text="Bonsoir"),
        MarkSeen(**common(private), external_id=FACTS[channel].message_id or comment, typing=True),
        PassThread(**common(private)),
    ]


def allowed(channel: str, what: Action | Query, can: Capabilities) -> bool:
    match what:
        case PrivateReply():
            return can.private_reply and can.private_reply_s > 0
        case HideComment() | UnhideComment():
            return can.hide
        case DeleteComment():
            return can.delete_own
        case EditOwn():
            return can.edit_own
        case MarkSeen():
            return can.seen
        case PassThread():
            return can.pass_thread
        case SendTemplate():
            return can.templates
        case Like():
            return can.react if what.conversation.is_public else can.react_privately
        case SendMessage():
            return can.private and len(what.choices) <= can.choices and (can.images or what.image_url is None)
        case ReplyToComment():
            return can.public
        case FindOwn():
            return can.find_own and what.action.kind in FACTS[channel].finds
        case _:
            return True


def everything(channel: str) -> list[Action | Query]:
    return [*actions(channel), *(FindOwn(action=action) for action in actions(channel)), ProbeToken()]


ALL_REQUESTS = [
    pytest.param(channel, what, id=f"{channel}-{number}-{what.kind}")
    for channel in CONNECTORS
    for number, what in enumerate(everything(channel))
]


@pytest.mark.parametrize(("channel", "what"), ALL_REQUESTS)
def test_what_the_capabilities_promise_can_be_built_and_nothing_else(channel: str, what: Action | Query) -> None:
    connector, of = CONNECTORS[channel], first_account(channel)
    if not allowed(channel, what, connector.capabilities(of)):
        with pytest.raises(Unsupported):
            connector.build(what, of, NOW)
        return
    request = connector.build(what, of, NOW)
    assert request.url.startswith(f"{API}/")
    assert request.body == b"" or json.loads(request.body) is not None
    assert all(name == name.lower() for name in request.headers)


@pytest.mark.parametrize(("channel", "what"), ALL_REQUESTS)
def test_secrets_stay_where_the_platform_wants_them(channel: str, what: Action | Query) -> None:
    connector, of = CONNECTORS[channel], first_account(channel)
    try:
        request = connector.build(what, of, NOW)
    except Unsupported:
        return
    shown = {"headers": (request.url, request.body), "path": request.body, "body": request.url}
    shown_here = repr(shown[FACTS[channel].secrets_in_requests])
    assert not [
        name for name, secrets in of.secrets.items() if any(s.get_secret_value() in shown_here for s in secrets)
    ]
    assert "-new" not in repr(of), "an account shows its secrets"


@pytest.mark.parametrize(("channel", "what"), ALL_REQUESTS)
@pytest.mark.parametrize("status", [200, 204, 302, 502])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"[]", b"{}", b"3", b'{"data": {}}', b'{"ok": true}', b"[" * 99_999]
)
def test_an_answer_that_is_none_is_unknown(channel: str, what: Action | Query, status: int, body: bytes) -> None:
    answer = CONNECTORS[channel].interpret(what, Response(status, body), first_account(channel), NOW)
    if (status, body) == (204, b"") and what.kind in FACTS[channel].wordless:
        assert answer == Sent()
        return
    assert isinstance(answer, SendError)
    assert answer.fault == "unknown"


KEYS = [
    "error", "code", "error_subcode", "message", "ok", "error_code", "parameters", "retry_after",
    "result", "id", "message_id", "recipient_id", "chat", "data", "messages",
    "created_time", "from", "success", "can_reply_privately", "private_reply_conversation",
]  # fmt: skip
answers = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([190, 4, 2, 429, 403, 10, 2018278]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@channels
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), body=answers, status=st.sampled_from([200, 400, 401, 403, 404, 409, 429, 500, 503]))
def test_every_answer_is_interpreted(channel: str, data: st.DataObject, body: object, status: int) -> None:
    what = data.draw(st.sampled_from(everything(channel)))
    response = Response(status, json.dumps(body).encode(), {"retry-after": "x", "x-app-usage": "[]"})
    answer = CONNECTORS[channel].interpret(what, response, first_account(channel), NOW)
    assert isinstance(answer, Sent | Found | Probed | SendError)


def graph_error(code: int, subcode: int | None = None, status: int = 400, **more: object) -> Response:
    error = {"message": f"(#{code}) No.", "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}
    return Response(status, json.dumps({"error": error | ({"error_subcode": subcode} if subcode else {})}).encode())


def bot_error(code: int, description: str, **parameters: int) -> Response:
    body = {"ok": False, "error_code": code, "description": description}
    return Response(code, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode())


DOCUMENTED: list[tuple[str, Response, str, str, float | None]] = [
    ("facebook", graph_error(190, 463, 401), "reconnect", "190/463", None),
    ("facebook", graph_error(3), "refused", "3", None),
    ("facebook", graph_error(10), "refused", "10", None),
    ("facebook", graph_error(200), "refused", "200", None),
    ("facebook", graph_error(299, status=500), "refused", "299", None),
    ("facebook", graph_error(10, 2018278), "window_closed", "10/2018278", None),
    ("facebook", graph_error(10, 2018065), "window_closed", "10/2018065", None),
    ("facebook", graph_error(10, 2534022), "window_closed", "10/2534022", None),
    ("facebook", graph_error(10, 2018108), "contact_gone", "10/2018108", None),
    ("facebook", graph_error(551, 1545041), "contact_gone", "551/1545041", None),
    ("facebook", graph_error(551), "contact_gone", "551", None),
    ("facebook", graph_error(200, 1545041), "contact_gone", "200/1545041", None),
    ("facebook", graph_error(10, 1893063), "pause_account", "10/1893063", 3600),
    ("facebook", graph_error(368), "pause_account", "368", 3600),
    ("facebook", graph_error(4), "pause_account", "4", 300),
    ("facebook", graph_error(17), "pause_account", "17", 300),
    ("facebook", graph_error(32), "pause_account", "32", 300),
    ("facebook", graph_error(613), "pause_account", "613", 300),
    ("facebook", graph_error(613, 2018338), "pause_account", "613/2018338", 300),
    ("facebook", graph_error(613, 2534040), "pause_account", "613/2534040", 300),
    ("facebook", graph_error(80001), "pause_account", "80001", 300),
    ("facebook", graph_error(80002), "pause_account", "80002", 300),
    ("facebook", graph_error(80006), "pause_account", "80006", 300),
    ("facebook", graph_error(80008), "pause_account", "80008", 300),
    ("facebook", graph_error(2018300), "refused", "2018300", None),
    ("facebook", graph_error(100, 2018300), "refused", "100/2018300", None),
    ("facebook", graph_error(100, 2534037), "refused", "100/2534037", None),
    ("facebook", graph_error(100, 2018321), "pause_chat", "100/2018321", 300),
    ("facebook", graph_error(100, 2018001), "refused", "100/2018001", None),
    ("facebook", graph_error(100, 33), "refused", "100/33", None),
    ("facebook", graph_error(100, 2018109), "refused", "100/2018109", None),
    ("facebook", graph_error(9000001), "refused", "9000001", None),
    ("facebook", graph_error(506), "refused", "506", None),
    ("facebook", graph_error(1200), "retry", "1200", 60),
    ("facebook", graph_error(1, status=500), "unknown", "1", None),
    ("facebook", graph_error(2, is_transient=True), "unknown", "2", None),
    ("facebook", graph_error(4711, is_transient=True), "unknown", "4711", None),
    ("facebook", graph_error(4711, status=503), "unknown", "4711", None),
    ("facebook", graph_error(4711), "refused", "4711", None),
    ("facebook", Response(429, b"slow down"), "pause_account", "HTTP 429", 300),
    ("facebook", Response(503, b"<html>"), "unknown", "HTTP 503", None),
    ("facebook", Response(200, b'{"error": {"message": "no code"}}'), "unknown", "HTTP 200", None),
    ("telegram", bot_error(400, "Bad Request: message to be replied not found"), "refused", "400", None),
    (
        "telegram",
        bot_error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100123),
        "refused",
        "400",
        None,
    ),
    ("telegram", bot_error(401, "Unauthorized"), "reconnect", "401", None),
    ("telegram", bot_error(404, "Not Found"), "reconnect", "404", None),
    ("telegram", bot_error(403, "Forbidden: bot was blocked by the user"), "contact_gone", "403", None),
    ("telegram", bot_error(403, "Forbidden: user is deactivated"), "contact_gone", "403", None),
    ("telegram", bot_error(403, "Forbidden: bot can't initiate conversation with a user"), "refused", "403", None),
    ("telegram", bot_error(409, "Conflict: terminated by other getUpdates request"), "retry", "409", 5),
    ("telegram", bot_error(413, "Request Entity Too Large"), "refused", "413", None),
    ("telegram", bot_error(429, "Too Many Requests: retry after 8", retry_after=8), "pause_chat", "429", 8),
    ("telegram", bot_error(500, "Internal Server Error"), "unknown", "500", None),
    ("telegram", Response(429, b"", {"retry-after": "3"}), "pause_account", "HTTP 429", 3),
    ("telegram", Response(429, b"", {"retry-after": "soon"}), "pause_account", "HTTP 429", 30),
    ("telegram", Response(502, b"<html>"), "unknown", "HTTP 502", None),
]


@pytest.mark.parametrize(("channel", "response", "fault", "code", "after_s"), DOCUMENTED)
def test_a_documented_error_says_what_to_do(
    channel: str, response: Response, fault: str, code: str, after_s: float | None
) -> None:
    answer = CONNECTORS[channel].interpret(actions(channel)[0], response, first_account(channel), NOW)
    assert isinstance(answer, SendError)
    assert (answer.fault, answer.code, answer.after_s) == (fault, code, after_s)


REFUSALS = [
    pytest.param(channel, refusal, id=f"{channel}-{refusal.name}")
    for channel, facts in FACTS.items()
    for refusal in facts.refusals
]


@pytest.mark.parametrize(("channel", "refusal"), REFUSALS)
def test_a_refusal_says_what_to_do(channel: str, refusal: Refusal) -> None:
    spoken = [each for each in actions(channel) if isinstance(each, SendMessage | ReplyToComment)]
    what = next(each for each in spoken if takes(channel, each))
    answer = CONNECTORS[channel].interpret(what, refusal.answer, first_account(channel), NOW)
    assert isinstance(answer, SendError)
    assert answer.fault == refusal.fault
    assert refusal.after_s in (None, answer.after_s)


def takes(channel: str, what: Action) -> bool:
    return allowed(channel, what, CONNECTORS[channel].capabilities(first_account(channel)))


@channels
def test_an_error_never_repeats_a_secret(channel: str) -> None:
    of = first_account(channel)
    secret = of.secret("token" if "token" in of.secrets else next(iter(of.secrets)))
    message = f"Malformed access token {secret}"
    body = {"error": {"code": 190, "message": message}, "ok": False, "error_code": 401, "description": message}
    body |= {"message": message, "detail": message}
    answer = CONNECTORS[channel].interpret(ProbeToken(), Response(401, json.dumps(body).encode()), of, NOW)
    assert isinstance(answer, SendError)
    assert answer.detail == "Malformed access token …"
