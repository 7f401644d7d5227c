"""What Meta's products share: privacy callbacks, and the usage headers."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from bot.errors import NotAuthentic
from bot.model.event import AccountRevoked, ErasureRequested, Unhandled
from bot.model.ids import AccountId, ContactId
from connectors.base import Account, Endpoint, Request, Response
from connectors.facebook.connector import FACEBOOK
from connectors.meta.errors import rest_s

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE, TWO = AccountId.of("facebook", "1"), AccountId.of("facebook", "2")
SECRETS = {"app_secret": (SecretStr("app"), SecretStr("old"))}
ENDPOINT = Endpoint("facebook", "main", tuple(Account(id_, "Maison", SECRETS, "http://x") for id_ in (ONE, TWO)))
SAID = {"algorithm": "HMAC-SHA256", "issued_at": int(NOW.timestamp()), "user_id": "900"}


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def callback(about: str, said: object = SAID, key: str = "app", payload: str | None = None) -> Request:
    payload = encoded(json.dumps(said).encode()) if payload is None else payload
    signature = encoded(digest(key.encode(), payload.encode(), sha256))
    body = urlencode({"signed_request": f"{signature}.{payload}"}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "host": "aplomb.example"}
    return Request("POST", f"/webhooks/facebook/main?about={about}", headers, body)


@pytest.mark.parametrize("secret", ["app", "old"])
def test_somebody_asks_for_their_data_to_be_deleted(secret: str) -> None:
    request = callback("deletion", key=secret)
    FACEBOOK.verify(request, ENDPOINT, NOW)
    found = FACEBOOK.parse(request, ENDPOINT, NOW)
    assert [type(each) for each in found] == [ErasureRequested, ErasureRequested]
    events = [each for each in found if isinstance(each, ErasureRequested)]
    assert [event.contact for event in events] == [ContactId.of(ONE, "900"), ContactId.of(TWO, "900")]
    answer = FACEBOOK.acknowledge(request)
    told = json.loads(answer.body)
    assert told["confirmation_code"] == events[0].confirmation == events[1].confirmation
    assert told["url"] == f"https://aplomb.example/privacy/{told['confirmation_code']}"
    assert len(told["confirmation_code"]) >= 8


def test_somebody_removes_the_app() -> None:
    request = callback("deauthorize")
    FACEBOOK.verify(request, ENDPOINT, NOW)
    found = FACEBOOK.parse(request, ENDPOINT, NOW)
    assert [(type(each), getattr(each, "account", None)) for each in found] == [
        (AccountRevoked, ONE),
        (AccountRevoked, TWO),
    ]
    assert (FACEBOOK.acknowledge(request).status, FACEBOOK.acknowledge(request).body) == (200, b"")


@pytest.mark.parametrize(
    "request_",
    [
        callback("deletion", key="wrong"),
        callback("deletion", key=""),
        callback("deletion", {**SAID, "algorithm": "none"}),
        callback("deletion", {**SAID, "issued_at": int((NOW - timedelta(days=2)).timestamp())}),
        callback("deletion", {**SAID, "issued_at": int((NOW + timedelta(days=2)).timestamp())}),
        callback("deletion", {**SAID, "issued_at": None}),
        callback("deletion", payload="not base64!"),
        callback("deletion", payload="é"),
        callback("deletion", [1]),
        callback("deletion", payload=encoded(b"[" * 100_000)),
        callback("deletion", payload=encoded(b"9" * 5_000)),
        Request("POST", "/webhooks/facebook/main?about=deletion", {}, b"\xff"),
        Request("POST", "/webhooks/facebook/main?about=deauthorize", {}, b"signed_request=x"),
    ],
)
def test_what_nobody_signed_just_now_is_refused(request_: Request) -> None:
    with pytest.raises(NotAuthentic):
        FACEBOOK.verify(request_, ENDPOINT, NOW)


def test_a_request_about_nobody_is_counted() -> None:
    request = callback("deletion", {**SAID, "user_id": None})
    assert FACEBOOK.parse(request, ENDPOINT, NOW) == [Unhandled(what="callback.deletion", why="nobody named")]


def test_an_endpoint_without_accounts_knows_nobody() -> None:
    found = FACEBOOK.parse(callback("deletion"), Endpoint("facebook", "main", ()), NOW)
    assert [each.what for each in found if isinstance(each, Unhandled)] == ["unknown_account"]


def test_another_question_is_no_callback() -> None:
    with pytest.raises(NotAuthentic):
        FACEBOOK.verify(callback("something"), ENDPOINT, NOW)


@pytest.mark.parametrize(
    ("name", "header", "rests"),
    [
        ("x-app-usage", '{"call_count": 89, "total_time": 3}', False),
        ("x-app-usage", '{"call_count": 90}', True),
        ("x-app-usage", '{"estimated": 99}', False),
        ("x-app-usage", "[]", False),
        ("x-app-usage", "{", False),
        ("x-business-use-case-usage", '{"1": [{"type": "pages", "total_cputime": 95}]}', True),
        ("x-business-use-case-usage", '{"1": [{"type": "pages", "call_count": 5}, 7], "2": 8}', False),
    ],
)
def test_an_account_rests_before_the_wall(name: str, header: str, rests: bool) -> None:
    assert (rest_s(Response(200, b"{}", {name: header})) is not None) is rests


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 300), (7, 420)])
def test_it_rests_for_as_long_as_facebook_says(minutes: int, seconds: float) -> None:
    share = {"type": "pages", "call_count": 96, "estimated_time_to_regain_access": minutes}
    assert rest_s(Response(200, b"{}", {"x-business-use-case-usage": json.dumps({"1": [share]})})) == seconds
