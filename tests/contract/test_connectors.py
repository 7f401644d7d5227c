"""What every connector owes, whatever its platform: one machine over all channels and all their fixtures."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import NotAuthentic
from bot.model.action import ListSince
from bot.model.event import EVENT, Event, Unhandled
from bot.model.ids import AccountId
from connectors import CONNECTORS
from connectors.base import Account, Endpoint, Listed, Request, Response, SendError
from tests.channels import FACTS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
API = "http://127.0.0.1:9"
FOLDER = Path(__file__).parents[2] / "connectors"

ENOUGH = 25
"""Fixtures of a channel: fewer don't cover what it delivers."""


def account(channel: str, external_id: str, rotating: bool = False) -> Account:
    specs = CONNECTORS[channel].secrets
    return Account(
        id=AccountId.of(channel, external_id),
        name=f"The {channel} account",
        secrets={
            spec.name: tuple(SecretStr(f"{spec.name}-{turn}") for turn in (("new", "old") if rotating else ("new",)))
            for spec in specs
        },
        api_url=API,
        settings=FACTS[channel].accounts[external_id],
    )


def first_account(channel: str) -> Account:
    return account(channel, next(iter(FACTS[channel].accounts)))


def endpoint(channel: str, rotating: bool = False) -> Endpoint:
    return Endpoint(channel, "main", tuple(account(channel, each, rotating) for each in FACTS[channel].accounts))


def delivery(channel: str, body: bytes, **headers: str) -> Request:
    return Request("POST", f"/webhooks/{channel}/main", headers, body)


def question(channel: str, body: bytes, now: datetime = NOW) -> ListSince | None:
    """What a fixture answers, where the channel is pulled: the beginning, or what its own `asked` says."""
    pull = FACTS[channel].pull
    return None if pull is None else pull(now).model_copy(update=json.loads(body).get("asked", {}))


def meaning(channel: str, body: bytes, now: datetime = NOW) -> list[Event | Unhandled]:
    """What a fixture means: as a delivery, or as the answer to its question."""
    asked = question(channel, body, now)
    if asked is None:
        return CONNECTORS[channel].parse(delivery(channel, body), endpoint(channel), now)
    reading = CONNECTORS[channel].interpret(asked, Response(200, body), first_account(channel), now)
    assert isinstance(reading, Listed), reading
    return list(reading.found)


def cases(channel: str) -> list[Path]:
    fixtures = (FOLDER / channel / "fixtures").glob("*.json")
    return sorted(path for path in fixtures if not path.name.endswith(".expected.json"))


ALL_CASES = [
    pytest.param(channel, path, id=f"{channel}-{path.stem}") for channel in CONNECTORS for path in cases(channel)
]
channels = pytest.mark.parametrize("channel", CONNECTORS)


@pytest.mark.parametrize(("channel", "path"), ALL_CASES)
def test_a_delivery_means_what_its_expectation_says(channel: str, path: Path) -> None:
    found = meaning(channel, path.read_bytes())
    expected = json.loads(path.with_suffix(".expected.json").read_text())
    assert [each.model_dump(mode="json") for each in found] == expected


@pytest.mark.parametrize(("channel", "path"), ALL_CASES)
def test_a_redelivery_has_the_same_ids(channel: str, path: Path) -> None:
    body = path.read_bytes()
    ids = [
        [each.id for each in meaning(channel, body, now) if not isinstance(each, Unhandled)]
        for now in (NOW, NOW + timedelta(hours=30))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0]), "two items share an id"


@channels
def test_every_fixture_has_its_expectation(channel: str) -> None:
    names = {path.name.removesuffix(".json") for path in (FOLDER / channel / "fixtures").glob("*.json")}
    assert names == {name for path in cases(channel) for name in (path.stem, f"{path.stem}.expected")}
    assert len(cases(channel)) >= ENOUGH


@channels
def test_any_of_several_secrets_verifies(channel: str) -> None:
    body = b'{"x": "\\u00e9"}'
    for turn in ("new", "old"):
        headers = FACTS[channel].sign(f"{FACTS[channel].signed_with}-{turn}", body, NOW)
        CONNECTORS[channel].verify(delivery(channel, body, **headers), endpoint(channel, rotating=True), NOW)


@channels
@pytest.mark.parametrize("secret", ["", "wrong", "app_secret-new ", "token-new", "verify_token-new"])
def test_a_wrong_secret_does_not_verify(channel: str, secret: str) -> None:
    body = b"{}"
    headers = FACTS[channel].sign(secret, body, NOW)
    with pytest.raises(NotAuthentic):
        CONNECTORS[channel].verify(delivery(channel, body, **headers), endpoint(channel), NOW)


@channels
@pytest.mark.parametrize("value", [None, "", " ", "sha256=", "sha256", "sha1=00", "é", "\udcff", "sha256=\udcff"])
def test_an_odd_or_missing_signature_does_not_verify(channel: str, value: str | None) -> None:
    headers = {} if value is None else dict.fromkeys(FACTS[channel].sign("x", b"", NOW), value)
    with pytest.raises(NotAuthentic) as refusal:
        CONNECTORS[channel].verify(delivery(channel, b"{}", **headers), endpoint(channel), NOW)
    assert "new" not in str(refusal.value)


@channels
def test_nothing_verifies_without_secrets(channel: str) -> None:
    facts = FACTS[channel]
    bare = Account(AccountId.of(channel, "1"), "bare", {facts.signed_with: (SecretStr(""),)}, API)
    for accounts in ((), (Account(bare.id, "bare", {}, API),)) + (() if facts.signs_body else ((bare,),)):
        with pytest.raises(NotAuthentic):
            CONNECTORS[channel].verify(
                delivery(channel, b"{}", **facts.sign("", b"{}", NOW)), Endpoint(channel, "main", accounts), NOW
            )


@channels
def test_a_changed_body_is_noticed_where_bodies_are_signed(channel: str) -> None:
    facts = FACTS[channel]
    headers = facts.sign(f"{facts.signed_with}-new", b"{}", NOW)
    changed = delivery(channel, b"{ }", **headers)
    if facts.signs_body:
        with pytest.raises(NotAuthentic):
            CONNECTORS[channel].verify(changed, endpoint(channel), NOW)
    else:
        CONNECTORS[channel].verify(changed, endpoint(channel), NOW)


@channels
def test_an_old_signature_is_refused_where_it_carries_a_time(channel: str) -> None:
    facts = FACTS[channel]
    headers = facts.sign(f"{facts.signed_with}-new", b"{}", NOW)
    for later in (timedelta(hours=3), -timedelta(hours=3)):
        if facts.stamped:
            with pytest.raises(NotAuthentic):
                CONNECTORS[channel].verify(delivery(channel, b"{}", **headers), endpoint(channel), NOW + later)
        else:
            CONNECTORS[channel].verify(delivery(channel, b"{}", **headers), endpoint(channel), NOW + later)


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*at, key))


DROPPED = object()
ODD = st.sampled_from([DROPPED, None, [], {}, 0, -1, 10**30, 1.5, True, "", "x", "\ud83d", "1795300000", [None], [[]]])


def mutated(node: Any, at: tuple[Any, ...], value: object) -> Any:
    if not at:
        return None if value is DROPPED else value
    if isinstance(node, dict):
        rest = {key: child for key, child in node.items() if key != at[0]}
        changed = mutated(node[at[0]], at[1:], value)
        return rest if value is DROPPED and len(at) == 1 else {**rest, at[0]: changed}
    changed = [] if value is DROPPED and len(at) == 1 else [mutated(node[at[0]], at[1:], value)]
    return [*node[: at[0]], *changed, *node[at[0] + 1 :]]


@channels
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_mutilated_payload_raises(channel: str, data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(cases(channel))).read_bytes()
    payload, asked = json.loads(body), question(channel, body)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.sampled_from(list(places(payload))))
        payload = mutated(payload, at, data.draw(ODD))
    body = json.dumps(payload).encode()
    if asked is None:
        found = CONNECTORS[channel].parse(delivery(channel, body), endpoint(channel), NOW)
        assert found, "a delivery vanished without being counted"
    else:
        reading = CONNECTORS[channel].interpret(asked, Response(200, body), first_account(channel), NOW)
        assert isinstance(reading, Listed | SendError)
        found = list(reading.found) if isinstance(reading, Listed) else []
    for each in found:
        assert isinstance(each, Unhandled) or EVENT.validate_json(each.model_dump_json()) == each


@channels
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"NaN",
        b'"\xed\xa0\x80"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5_000,
        b"\xef\xbb\xbf{}",
    ],
    ids=["empty", "bytes", "cut", "nan", "surrogate", "deep list", "deep object", "long number", "byte order mark"],
)
def test_what_is_no_delivery_is_malformed(channel: str, body: bytes) -> None:
    found = CONNECTORS[channel].parse(delivery(channel, body), endpoint(channel), NOW)
    assert [each.what for each in found if isinstance(each, Unhandled)] == ["malformed"]


@channels
def test_an_endpoint_without_accounts_knows_nobody(channel: str) -> None:
    body = FACTS[channel].pushed or cases(channel)[0].read_bytes()
    found = CONNECTORS[channel].parse(delivery(channel, body), Endpoint(channel, "main", ()), NOW)
    assert {each.what for each in found if isinstance(each, Unhandled)} == {"unknown_account"}


@channels
def test_a_delivery_is_acknowledged_without_a_word(channel: str) -> None:
    answer = CONNECTORS[channel].acknowledge(delivery(channel, b"{}"))
    assert (answer.status, answer.body) == (200, b"")
