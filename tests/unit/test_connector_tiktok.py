"""TikTok: the requests as its API wants them, its answers, and the lists that bring what a delivery did not show."""

import json
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
    MarkSeen,
    PassThread,
    ProbeToken,
    Query,
    RefreshToken,
    ReplyToComment,
    SendMessage,
    Subscribe,
    Subscriptions,
    UnhideComment,
)
from bot.model.event import CommentReceived, Echoed, MessageReceived, Unhandled
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from connectors.base import (
    Account,
    Endpoint,
    Found,
    Probed,
    Request,
    Response,
    SendError,
    Sent,
    Subscribed,
    Unsupported,
)
from connectors.tiktok.connector import TIKTOK
from tests.channels.meta import AT_MS
from tests.channels.tiktok import OWN, VIDEO, body, message, ours, said, sign

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
API = "https://tiktok.example"
SECRETS = {name: (SecretStr(name),) for name in ("app_secret", "token", "refresh_token")}
SETTINGS = {"app_id": "lumen1", "unique_identifier": "uid-maison"}
ACCOUNT = Account(AccountId.of("tiktok", OWN), "Maison", SECRETS, API, SETTINGS)
BARE = Account(AccountId.of("tiktok", OWN), "Maison", {k: SECRETS[k] for k in ("app_secret", "token")}, API)
ROOT = f"{VIDEO}_20"
COMMENT = f"{VIDEO}_21"
PRIVATE = ConversationId.private(ContactId.of(ACCOUNT.id, "conv-1"))
PUBLIC = ConversationId.public(ContactId.of(ACCOUNT.id, "uid-bob"), ROOT)
CALLBACK = "https://maison.example/webhooks/tiktok/main"


def common(conversation: ConversationId) -> dict[str, Any]:
    return {"id": ActionId("act-1"), "conversation": conversation, "decided_upto": StreamId("1-0"), "earliest": NOW}


MESSAGE = SendMessage(**common(PRIVATE), text="Oui")
REPLY = ReplyToComment(**common(PUBLIC), comment_id=COMMENT, text="Merci !")
ABOUT = {"business_id": OWN, "video_id": VIDEO, "comment_id": "21"}
TO = {"business_id": OWN, "recipient_type": "CONVERSATION", "recipient": "conv-1"}


@pytest.mark.parametrize(
    ("what", "path", "content"),
    [
        (MESSAGE, "business/message/send", {**TO, "message_type": "TEXT", "text": {"body": "Oui"}}),
        (
            SendMessage(**common(PRIVATE), text="Oui", reply_to="m1"),
            "business/message/send",
            {
                **TO,
                "message_type": "TEXT",
                "text": {"body": "Oui"},
                "referenced_message_info": {"referenced_message_id": "m1"},
            },
        ),
        (
            MarkSeen(**common(PRIVATE), external_id="m1"),
            "business/message/send",
            {**TO, "message_type": "SENDER_ACTION", "sender_action": "MARK_READ"},
        ),
        (
            MarkSeen(**common(PRIVATE), external_id="m1", typing=True),
            "business/message/send",
            {**TO, "message_type": "SENDER_ACTION", "sender_action": "TYPING"},
        ),
        (REPLY, "business/comment/reply/create", {**ABOUT, "text": "Merci !"}),
        (HideComment(**common(PUBLIC), comment_id=COMMENT), "business/comment/hide", {**ABOUT, "action": "HIDE"}),
        (UnhideComment(**common(PUBLIC), comment_id=COMMENT), "business/comment/hide", {**ABOUT, "action": "UNHIDE"}),
        (
            DeleteComment(**common(PUBLIC), comment_id=COMMENT),
            "business/comment/delete",
            {"business_id": OWN, "comment_id": "21"},
        ),
        (Like(**common(PUBLIC), external_id=COMMENT), "business/comment/like", {**ABOUT, "action": "LIKE"}),
        (
            RefreshToken(),
            "tt_user/oauth2/refresh_token",
            {
                "client_id": "lumen1",
                "client_secret": "app_secret",
                "grant_type": "refresh_token",
                "refresh_token": "refresh_token",
            },
        ),
        (
            Subscribe(callback_url=CALLBACK),
            "business/webhook/update",
            {"app_id": "lumen1", "secret": "app_secret", "event_type": "COMMENT", "callback_url": CALLBACK},
        ),
    ],
)
def test_requests(what: Action | Query, path: str, content: dict[str, object]) -> None:
    request = TIKTOK.build(what, ACCOUNT, NOW)
    assert (request.method, request.url) == ("POST", f"{API}/open_api/v1.3/{path}/")
    assert request.headers["access-token"] == "token"
    assert json.loads(request.body) == content


def asked(what: str = "", cursor: str | None = None) -> ListSince:
    return ListSince(since=NOW - timedelta(hours=1), what=what, cursor=cursor)


@pytest.mark.parametrize(
    ("what", "path", "query"),
    [
        (asked(), "business/message/conversation/list", {}),
        (asked("conversations", "20"), "business/message/conversation/list", {"cursor": "20"}),
        (asked("messages:conv-1"), "business/message/content/list", {"conversation_id": "conv-1"}),
        (asked("videos"), "business/video/list", {"fields": '["item_id","create_time"]'}),
        (asked(f"comments:{VIDEO}"), "business/comment/list", {"video_id": VIDEO, "include_replies": "false"}),
        (asked(f"comment:{COMMENT}"), "business/comment/list", {"video_id": VIDEO, "comment_ids": '["21"]'}),
        (asked(f"replies:{ROOT}"), "business/comment/reply/list", {"video_id": VIDEO, "comment_id": "20"}),
        (asked(f"reply:{ROOT}_21", "20"), "business/comment/reply/list", {**ABOUT, "comment_id": "20", "cursor": "20"}),
        (FindOwn(action=REPLY), "business/comment/reply/list", {"video_id": VIDEO, "comment_id": "20"}),
        (FindOwn(action=MESSAGE), "business/message/content/list", {"conversation_id": "conv-1"}),
        (ProbeToken(), "business/get", {"fields": '["display_name","username"]'}),
    ],
)
def test_questions(what: Query, path: str, query: dict[str, str]) -> None:
    request = TIKTOK.build(what, ACCOUNT, NOW)
    assert request.method == "GET"
    assert request.url.startswith(f"{API}/open_api/v1.3/{path}/?")
    assert request.query == {"business_id": OWN} | query


@pytest.mark.parametrize(
    "what",
    [
        asked("telepathy"),
        asked("comment:21"),
        HideComment(**common(PUBLIC), comment_id="21"),
        FindOwn(action=Like(**common(PUBLIC), external_id=COMMENT)),
        RefreshToken(),
        Subscriptions(callback_url=CALLBACK),
    ],
)
def test_what_has_no_call_is_unsupported(what: Action | Query) -> None:
    with pytest.raises(Unsupported):
        TIKTOK.build(what, BARE, NOW)


def test_a_token_is_renewed_only_with_an_app() -> None:
    account = Account(ACCOUNT.id, "Maison", SECRETS, API)
    with pytest.raises(Unsupported):
        TIKTOK.build(RefreshToken(), account, NOW)


def read(what: Action | Query, data: Any, **more: Any) -> Any:
    answer = {"code": 0, "message": "OK", "data": data, **more}
    return TIKTOK.interpret(what, Response(200, json.dumps(answer).encode()), ACCOUNT, NOW)


@pytest.mark.parametrize(
    ("what", "data", "reading"),
    [
        (MESSAGE, {"message": {"message_id": "m9"}}, Sent(external_id="m9")),
        (MESSAGE, {"message_id": "m9"}, Sent(external_id="m9")),
        (REPLY, {"comment_id": 7247303576418566913}, Sent(external_id=f"{VIDEO}_7247303576418566913")),
        (HideComment(**common(PUBLIC), comment_id=COMMENT), {}, Sent()),
        (ProbeToken(), {"username": "maison"}, Probed(name="maison")),
        (Subscribe(callback_url=CALLBACK), {}, Subscribed()),
        (Subscriptions(callback_url=CALLBACK), {"webhooks": [{"callback_url": CALLBACK}]}, Subscribed()),
        (Subscriptions(callback_url=CALLBACK), {"callback_url": CALLBACK}, Subscribed()),
        (Subscriptions(callback_url=CALLBACK), {"webhooks": []}, Subscribed(missing=("COMMENT",))),
    ],
)
def test_a_success_is_read(what: Action | Query, data: Any, reading: Any) -> None:
    assert read(what, data) == reading


@pytest.mark.parametrize(
    ("what", "data"),
    [
        (MESSAGE, {}),
        (REPLY, {"comment_id": 0}),
        (ProbeToken(), {}),
        (RefreshToken(), {}),
        (asked(), {}),
        (asked("videos"), {}),
        (asked("messages:conv-1"), {}),
        (asked(f"comments:{VIDEO}"), {}),
        (FindOwn(action=REPLY), {}),
        (MESSAGE, []),
    ],
)
def test_half_a_success_is_unknown(what: Action | Query, data: Any) -> None:
    error = read(what, data)
    assert isinstance(error, SendError)
    assert error.fault == "unknown"


def test_an_action_that_was_never_built_has_no_success() -> None:
    assert read(PassThread(**common(PRIVATE)), {}).fault == "unknown"


def test_a_renewed_token_ends() -> None:
    renewed = read(RefreshToken(), {"access_token": "new", "refresh_token": "next", "expires_in": 86400})
    assert {name: secret.get_secret_value() for name, secret in renewed.secrets.items()} == {
        "token": "new",
        "refresh_token": "next",
    }
    assert renewed.expires_at == NOW + timedelta(days=1)
    alone = read(RefreshToken(), {"access_token": "new"})
    assert (list(alone.secrets), alone.expires_at) == (["token"], None)


def test_the_days_allowance_is_free_again_at_midnight() -> None:
    answer = {"code": 40100, "message": "Daily quota reached"}
    error = TIKTOK.interpret(MESSAGE, Response(200, json.dumps(answer).encode()), ACCOUNT, NOW)
    assert isinstance(error, SendError)
    assert error.after_s == 12 * 3600


def test_an_old_delivery_is_refused() -> None:
    content = body("im_receive_msg", message(1))
    endpoint = Endpoint("tiktok", "main", (ACCOUNT,))
    headers = sign("app_secret", content, NOW)
    TIKTOK.verify(Request("POST", "/", headers, content), endpoint, NOW + timedelta(seconds=300))
    with pytest.raises(NotAuthentic):
        TIKTOK.verify(Request("POST", "/", headers, content), endpoint, NOW + timedelta(seconds=301))
    for wrong in ("t=x,s=1", "t=9999999999999999,s=1", "s=1", ""):
        with pytest.raises(NotAuthentic):
            TIKTOK.verify(Request("POST", "/", {"tiktok-signature": wrong}, content), endpoint, NOW)


def test_settings_raise_the_limits() -> None:
    account = Account(ACCOUNT.id, "Maison", SECRETS, API, {"comment_limit": "1200", "message_limit": "much"})
    limits = TIKTOK.capabilities(account)
    assert (limits.comment_limit, limits.message_limit) == (1200, 6000)


# lists


def node(number: int, text: str = "Superbe", **more: Any) -> dict[str, Any]:
    made = {"comment_id": number, "unique_identifier": "uid-bob", "create_time": AT_MS // 1000, "text": text}
    return {**made, "display_name": "Bob", **more}


def whats(listed: Any) -> list[str]:
    return [more.what for more in listed.more]


def test_everything_begins_with_the_conversations() -> None:
    listed = read(asked(), {"conversations": [{"conversation_id": "c1"}, {"conversation_id": "c1"}, {}, 7]})
    assert whats(listed) == ["messages:c1", "videos"]
    more = read(asked(), {"conversations": [], "cursor": 20, "has_more": True})
    assert [(each.what, each.cursor) for each in more.more] == [("", "20"), ("videos", None)]
    fetched = read(asked("conversations"), {"conversations": [{"conversation_id": "c1"}]})
    assert whats(fetched) == ["messages:c1"]


def test_videos_are_listed_while_they_are_recent() -> None:
    recent = {"item_id": VIDEO, "create_time": AT_MS // 1000}
    old = {"item_id": "1", "create_time": AT_MS // 1000 - 200 * 86_400}
    assert whats(read(asked("videos"), {"videos": [recent, {}, 7], "cursor": 20, "has_more": True})) == [
        f"comments:{VIDEO}",
        "videos",
    ]
    assert whats(read(asked("videos"), {"videos": [recent, old], "cursor": 20, "has_more": True})) == [
        f"comments:{VIDEO}"
    ]


def test_listed_messages_are_those_of_the_webhook() -> None:
    early = message(1, timestamp=AT_MS - 7_200_000)
    unnamed = {key: value for key, value in message(2).items() if key != "conversation_id"}
    listed = read(asked("messages:conv-510001"), {"messages": [early, unnamed, ours(3, "API"), 7]})
    first, echo = listed.found
    (delivered,) = TIKTOK.parse(
        Request("POST", "/", {}, body("im_receive_msg", message(2))), Endpoint("tiktok", "main", (ACCOUNT,)), NOW
    )
    assert first == delivered
    assert isinstance(first, MessageReceived)
    assert isinstance(echo, Echoed)


def test_a_fetched_comment_is_the_one_that_a_delivery_with_words_would_have_been() -> None:
    (fetched,) = read(asked(f"comment:{VIDEO}_22"), {"comments": [node(22, "Superbe !"), node(23)]}).found
    endpoint = Endpoint("tiktok", "main", (ACCOUNT,))
    (delivered,) = TIKTOK.parse(Request("POST", "/", {}, said(22, unique_identifier="uid-bob")), endpoint, NOW)
    assert isinstance(fetched, CommentReceived)
    assert isinstance(delivered, CommentReceived)
    unlike = {"author_name", "occurred_at"}
    assert fetched.model_dump(exclude=unlike) == delivered.model_dump(exclude=unlike)


def test_a_fetched_answer_is_looked_for_page_by_page() -> None:
    page = {"comments": [node(22)], "cursor": 20, "has_more": True}
    assert [(m.what, m.cursor) for m in read(asked(f"reply:{ROOT}_21"), page).more] == [(f"reply:{ROOT}_21", "20")]
    listed = read(asked(f"reply:{ROOT}_22"), page)
    (reply,) = listed.found
    assert (reply.parent_id, reply.conversation.root, listed.more) == (ROOT, ROOT, ())


def test_comments_and_their_answers_are_listed() -> None:
    page = {"comments": [node(20, replies=2), node(21, create_time=1), node(22, owner=True), {}, 7]}
    listed = read(asked(f"comments:{VIDEO}"), page)
    assert whats(listed) == [f"replies:{ROOT}"]
    comment, echo, odd = listed.found
    assert (comment.kind, echo.kind) == ("comment.received", "echoed")
    assert isinstance(odd, Unhandled)
    (answer,) = read(asked(f"replies:{ROOT}"), {"comments": [node(23, replies=1)]}).found
    assert answer.parent_id == ROOT


def test_our_own_words_are_found_by_what_they_say() -> None:
    mine = node(30, "Merci !", owner=True, create_time=int(NOW.timestamp()))
    assert read(FindOwn(action=REPLY), {"comments": [node(29, "Merci !"), mine]}) == Found(external_id=f"{VIDEO}_30")
    assert read(FindOwn(action=REPLY), {"comments": []}) == Found(external_id=None)
    assert read(FindOwn(action=REPLY), {"comments": [], "has_more": True}).fault == "unknown"
    at = int(NOW.timestamp() * 1000)
    said_it = {**ours(31, "API", "Oui"), "conversation_id": "conv-1", "timestamp": at}
    assert read(FindOwn(action=MESSAGE), {"messages": [said_it]}) == Found(external_id="tt-msg-31")
