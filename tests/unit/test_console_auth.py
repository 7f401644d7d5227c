"""Who gets in, and which requests are believed."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.console import auth
from tests.unit.test_console_desk import NOW, PASSWORD, PASSWORD_HASH, MemorySessions


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        pytest.param({"Sec-Fetch-Site": "same-origin"}, True, id="same origin"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, True, id="the browser knows"),
        pytest.param({"Sec-Fetch-Site": "same-site", "Origin": "http://desk.example"}, False, id="a sibling"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="another site"),
        pytest.param({"Sec-Fetch-Site": "none"}, False, id="no site"),
        pytest.param({"Sec-Fetch-Site": ""}, False, id="an empty word"),
        pytest.param({"Origin": "http://desk.example"}, True, id="our origin"),
        pytest.param({"Origin": "http://DESK.example"}, True, id="our origin, shouted"),
        pytest.param({"Origin": "http://desk.example.evil.example"}, False, id="a look-alike"),
        pytest.param({"Origin": "http://desk.example:81"}, False, id="another port"),
        pytest.param({"Origin": "null"}, False, id="hidden origin"),
        pytest.param({}, False, id="nothing said"),
    ],
)
def test_only_our_own_pages_are_believed(headers: dict[str, str], believed: bool) -> None:
    request = make_mocked_request("POST", "/console/stop", headers={"Host": "desk.example", **headers})
    assert auth.from_our_own_page(request) is believed


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Léa", "Léa"),
        ("  Léa   Fontaine ", "Léa Fontaine"),
        ("", None),
        ("   ", None),
        ("bot", None),
        (" BOT ", None),
        ("a" * 40, "a" * 40),
        ("a" * 41, None),
        ("Lé\u202ea", None),
        ("Lé\x00a", None),
    ],
)
def test_a_name_is_a_name(given: str, name: str | None) -> None:
    assert auth.agent_name(given) == name


@pytest.mark.parametrize(
    ("proxies", "forwarded", "source"),
    [
        pytest.param(0, "6.6.6.6", "unknown", id="no proxy of ours: the header is anybody's"),
        pytest.param(1, "6.6.6.6, 1.2.3.4", "1.2.3.4", id="one proxy: what it saw"),
        pytest.param(2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4", id="two proxies: what the outer one saw"),
        pytest.param(2, "1.2.3.4", "unknown", id="fewer hops than proxies"),
    ],
)
def test_attempts_are_counted_by_the_address_that_can_be_trusted(proxies: int, forwarded: str, source: str) -> None:
    request = make_mocked_request("POST", "/", headers={"X-Forwarded-For": forwarded})
    assert auth.source_of(request, proxies) == (source if source != "unknown" else request.remote or "unknown")


@pytest.mark.parametrize(
    ("host", "proxies", "headers", "exposed"),
    [
        ("127.0.0.1:8080", 0, {}, False),
        ("localhost:8080", 0, {}, False),
        ("[::1]:8080", 0, {}, False),
        ("192.168.1.20:8080", 0, {}, True),
        ("desk.example", 0, {"X-Forwarded-Proto": "https"}, True),
        ("desk.example", 1, {"X-Forwarded-Proto": "https"}, False),
    ],
)
def test_a_password_in_the_clear_is_warned_of(host: str, proxies: int, headers: dict[str, str], exposed: bool) -> None:
    request = make_mocked_request("GET", "/console/login", headers={"Host": host, **headers})
    assert auth.is_exposed(request, proxies) is exposed


def test_over_https_the_cookie_is_bound_to_the_host() -> None:
    assert auth.cookie_name(https=True) == "__Host-aplomb"
    assert auth.cookie_name(https=False) == "aplomb"


async def test_the_first_password_is_shown_once() -> None:
    sessions = MemorySessions()
    password = await auth.first_password(sessions)
    assert password is not None
    assert len(password.replace("-", "")) == 16
    assert sessions.stored_hash is not None
    assert password not in sessions.stored_hash
    assert await auth.first_password(sessions) is None
    assert await auth.Gate(sessions).verify(password, "here", NOW)


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " "])
async def test_a_wrong_password_does_not_open(password: str) -> None:
    assert not await auth.Gate(MemorySessions(PASSWORD_HASH)).verify(password, "here", NOW)


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
async def test_without_a_usable_password_nobody_gets_in(stored: str | None) -> None:
    assert not await auth.Gate(MemorySessions(stored)).verify(PASSWORD, "here", NOW)


async def test_five_failures_close_the_gate_for_a_quarter_of_an_hour() -> None:
    gate = auth.Gate(MemorySessions(PASSWORD_HASH))
    for _ in range(4):
        assert not await gate.verify("wrong", "here", NOW)
    assert await gate.verify(PASSWORD, "here", NOW)
    assert not await gate.verify("wrong", "here", NOW)
    assert gate.is_blocked("here", NOW)
    assert not await gate.verify(PASSWORD, "here", NOW)
    assert await gate.verify(PASSWORD, "elsewhere", NOW)
    assert await gate.verify(PASSWORD, "here", NOW + timedelta(minutes=15))


async def test_many_attempts_at_once_are_no_way_around() -> None:
    sessions = MemorySessions(PASSWORD_HASH)
    gate = auth.Gate(sessions)
    attempts = [gate.verify("wrong", "here", NOW) for _ in range(50)]
    assert not any(await asyncio.gather(*attempts))
    assert sessions.failures == {"here": 5}


async def test_a_session_lasts_a_week_at_most() -> None:
    sessions = MemorySessions()
    gate = auth.Gate(sessions)
    session = await gate.begin("Léa", NOW)
    assert await gate.resume(session.token, NOW + timedelta(days=7)) == session
    assert await gate.resume(session.token, NOW + timedelta(days=7, seconds=1)) is None
    younger = f"{int((NOW + timedelta(days=30)).timestamp())}.{session.token.partition('.')[2]}"
    assert await gate.resume(younger, NOW + timedelta(days=30)) is None
    await gate.end(session.token)
    assert await gate.resume(session.token, NOW) is None


@pytest.mark.parametrize("token", ["x", ".", "²." + "a" * 43, "-1.a", "1e9.a"])
async def test_an_odd_cookie_is_nobodys(token: str) -> None:
    assert await auth.Gate(MemorySessions()).resume(token, NOW) is None


async def test_form_tokens_belong_to_their_session() -> None:
    gate = auth.Gate(MemorySessions())
    mine, other = await gate.begin("Léa", NOW), await gate.begin("Léa", NOW)
    assert auth.bears_form_token(mine.form_token, mine)
    assert not auth.bears_form_token(other.form_token, mine)
    assert not auth.bears_form_token("", mine)
    assert not auth.bears_form_token(None, mine)
    assert mine.token not in mine.form_token
