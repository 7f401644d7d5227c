"""What strangers and ill platforms get at the door: never a 5xx, never an exception, and nothing kept that is not shown
to come from the platform.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.model.event import CommentReceived, MessageReceived
from tests.e2e.door import PLAYED, Door, signed
from tests.integration.house import BOT, PAGE

channels = pytest.mark.parametrize("channel", PLAYED)
LIMIT = 3_000_000


def page_item(**item: Any) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE, "time": 1795300000250, "messaging": [item]}]}


def page_change(**value: Any) -> dict[str, Any]:
    whole = {"item": "comment", "verb": "add", "comment_id": "9_1", "post_id": f"{PAGE}_9", "parent_id": f"{PAGE}_9"}
    change = {"field": "feed", "value": whole | {"created_time": 1795300000} | value}
    return {"object": "page", "entry": [{"id": PAGE, "time": 1795300001, "changes": [change]}]}


def update(**message: Any) -> dict[str, Any]:
    person = {"id": 4411, "is_bot": False, "first_name": "Ines"}
    whole = {"message_id": 7, "date": 1795300000, "chat": {"id": 4411, "type": "private"}, "from": person}
    return {"update_id": 31, "message": whole | message}


DM: dict[str, dict[str, Any]] = {
    "facebook": page_item(
        sender={"id": "4411"},
        recipient={"id": PAGE},
        timestamp=1795300000250,
        message={"mid": "m_1", "text": "Bonjour"},
    ),
    "telegram": update(text="Bonjour"),
}
"""An ordinary private message."""

MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "half an object": b'{"entry": [',
    "no UTF-8": b"\xff\xfe\x00{",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"17",
    "an empty object": b"{}",
    "nested too deeply": b"[" * 100_000,
    "not a number": b"NaN",
    "a lone surrogate as the whole": b'"\\ud800"',
}

ODD: list[Any] = [
    pytest.param("facebook", {"object": "page", "entry": None}, [], id="facebook-null for the entries"),
    pytest.param("facebook", {"object": "page", "entry": {}}, [], id="facebook-an object for the entries"),
    pytest.param("facebook", {"object": "page", "entry": [None, [], 5]}, [], id="facebook-entries of nothing"),
    pytest.param("facebook", page_item(sender=[], message=None), [], id="facebook-a list for the sender"),
    pytest.param("facebook", page_item(message={"mid": "m_1", "text": "?"}), [], id="facebook-message of nobody"),
    pytest.param("facebook", page_item(sender={"id": "4411"}, tea_time={}), [], id="facebook-unknown item"),
    pytest.param("facebook", page_change(item="teapot"), [], id="facebook-unknown change"),
    pytest.param("facebook", page_change(comment_id=None), [], id="facebook-comment without an id"),
    pytest.param("facebook", page_change(message=[]), ["comment.received"], id="facebook-a list for the text"),
    pytest.param("facebook", page_change(message="Qui ?"), ["comment.received"], id="facebook-comment of nobody"),
    pytest.param(
        "facebook",
        page_item(sender={"id": 4411}, recipient={"id": int(PAGE)}, timestamp="1795300000250", message={"mid": 5}),
        ["message.received"],
        id="facebook-ids as numbers",
    ),
    pytest.param("telegram", {"update_id": 31}, [], id="telegram-update of nothing"),
    pytest.param("telegram", {"update_id": None, "message": {}}, [], id="telegram-null for the update's id"),
    pytest.param("telegram", {"update_id": 31, "message": None}, [], id="telegram-null for the message"),
    pytest.param("telegram", {"update_id": 31, "message": []}, [], id="telegram-a list for the message"),
    pytest.param("telegram", {"update_id": 31, "tea_time": {"id": 1}}, [], id="telegram-unknown update"),
    pytest.param("telegram", update(chat=None), [], id="telegram-null for the chat"),
    pytest.param("telegram", update(text=[]), [], id="telegram-a list for the text"),
]


WRONG: dict[str, Callable[[str, str], str | None]] = {
    "missing": lambda right, other: None,
    "empty": lambda right, other: "",
    "of another secret": lambda right, other: right[:-1] + ("0" if right[-1] != "0" else "1"),
    "no UTF-8": lambda right, other: "sha256=\udcff\udcfe",
    "of another body": lambda right, other: other,
}
"""From the right value of the header, and from another body's."""
NOT_AUTHENTIC = [
    pytest.param(channel, wrong, id=f"{channel}-{name}")
    for channel in PLAYED
    for name, wrong in WRONG.items()
    if (channel, name) != ("telegram", "of another body")  # it shows a secret and signs nothing
]


@pytest.mark.parametrize(("channel", "wrong"), NOT_AUTHENTIC)
async def test_without_the_right_signature_nothing_is_kept(
    the_door: Door, channel: str, wrong: Callable[[str, str], str | None]
) -> None:
    body = json.dumps(DM[channel]).encode()
    right, other = (signed(the_door.settings, channel, each) for each in (body, body + b" "))
    (name,) = right.keys() - {"Content-Type"}
    value = wrong(right[name], other[name])
    before, counted = await the_door.keys(), await the_door.counted(channel, "not_authentic")
    assert await the_door.deliver(channel, body, {} if value is None else {name: value}) == 401
    assert await the_door.keys() == before
    assert await the_door.counted(channel, "not_authentic") == counted + 1
    assert await the_door.events() == []


@channels
async def test_a_body_over_the_limit_is_refused(the_door: Door, channel: str) -> None:
    body = json.dumps(DM[channel]).encode()
    before = await the_door.keys()
    assert await the_door.deliver(channel, body + b" " * (LIMIT + 1 - len(body))) == 413
    assert await the_door.keys() == before
    assert await the_door.deliver(channel, body + b" " * (LIMIT - len(body))) == 200, "just within the limit"
    assert len(await the_door.events()) == 1


@channels
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_delivery_is_archived_and_counted(the_door: Door, channel: str, body: bytes) -> None:
    assert await the_door.deliver(channel, body) == 200
    assert await the_door.events() == []
    assert await the_door.unhandled(channel) == {"malformed": 1}
    (archived,) = await the_door.archived()
    assert (archived["channel"], archived["what"]) == (channel, "malformed")
    assert archived["body"] == body[:20_000].decode(errors="replace")


@pytest.mark.parametrize(("channel", "payload", "kinds"), ODD)
async def test_odd_parts_are_read_or_archived(the_door: Door, channel: str, payload: Any, kinds: list[str]) -> None:
    body = json.dumps(payload).encode()
    assert await the_door.deliver(channel, body) == 200
    assert [event.kind for event in await the_door.events()] == kinds
    if not kinds:
        assert (await the_door.unhandled(channel)).total() >= 1
        assert [found["body"] for found in await the_door.archived()] == [body.decode()]


async def test_a_comment_of_nobody_is_its_own_contact(the_door: Door) -> None:
    assert await the_door.deliver("facebook", json.dumps(page_change(message="Qui ?")).encode()) == 200
    (event,) = await the_door.events()
    assert isinstance(event, CommentReceived)
    assert event.contact is not None
    assert event.contact.is_nobody


@channels
async def test_half_an_emoji_costs_itself_and_not_the_words(the_door: Door, channel: str) -> None:
    body = json.dumps(DM[channel]).replace("Bonjour", "Bonjour \\ud800").encode()
    assert await the_door.deliver(channel, body) == 200
    (event,) = await the_door.events()
    assert isinstance(event, MessageReceived)
    assert event.text in ("Bonjour ?", "Bonjour \ufffd")


@channels
async def test_an_endpoint_that_is_not_configured_is_not_found(the_door: Door, channel: str) -> None:
    headers = signed(the_door.settings, channel, b"{}")
    before = await the_door.keys()
    for path in (f"{channel}/other", f"{channel}x/main"):
        async with the_door.client.post(f"{the_door.url}/webhooks/{path}", data=b"{}", headers=headers) as answer:
            assert answer.status == 404
    assert await the_door.keys() == before


@pytest.mark.parametrize(("spoil", "status"), [("", 200), ("x", 401)], ids=["our token", "another token"])
async def test_the_handshake_of_facebook(the_door: Door, spoil: str, status: int) -> None:
    account = next(account for account in the_door.settings.accounts if account.channel == "facebook")
    token = account.simulated_secret("verify_token").get_secret_value() + spoil
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    async with the_door.client.get(the_door.webhook("facebook"), params=query) as answer:
        assert answer.status == status
        assert (await answer.text() == "1158201444") == (status == 200)


def test_the_deliveries_here_are_for_the_configured_accounts(the_door: Door) -> None:
    assert {PAGE, BOT} <= {account.id for account in the_door.settings.accounts}
