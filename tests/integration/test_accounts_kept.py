"""What is kept of accounts, and what goes when words have to go, on a real server."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.accounts import Accounts
from bot.model.capability import RateScope
from bot.model.event import CommentReceived, MessageReceived
from bot.model.ids import AccountId, ContactId, ConversationId, EventId
from bot.store import Store
from bot.store.accounts import KNOWN_AT_MOST
from bot.store.keys import account_key
from bot.store.outbox import Asking
from bot.store.webchat import Letter, Mailboxes
from tests.integration.house import House, private, test_settings

ACCOUNT = AccountId.of("facebook", "100200300400")
OTHER = AccountId.of("telegram", "7100200300")
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CONFIGURED = {"token": (SecretStr("first"),)}


@pytest.fixture
async def store(redis_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(redis_url, test_settings(tmp_path, redis_url, "http://127.0.0.1:9"))
    await opened.connection.alone("FLUSHALL")
    await opened.close()
    opened = await Store.open(redis_url, test_settings(tmp_path, redis_url, "http://127.0.0.1:9"))
    yield opened
    await opened.close()


async def test_nothing_is_known_of_a_new_account(store: Store) -> None:
    health = await store.accounts.health(ACCOUNT)
    assert (health.heard_at, health.problems, health.paused, health.needs_a_person) == (None, {}, None, False)


async def test_how_an_account_fares(store: Store) -> None:
    await store.accounts.note(ACCOUNT, probed_at=NOW, expires_at=NOW + timedelta(days=60))
    await store.accounts.heard({ACCOUNT: 3}, NOW)
    await store.accounts.heard({ACCOUNT: 2, OTHER: 1}, NOW + timedelta(seconds=9))
    await store.accounts.keep_rates(ACCOUNT, (1.25,) * 24, 5)
    await store.accounts.problem(ACCOUNT, "unsubscribed", "feed")
    await store.accounts.problem(ACCOUNT, "token_ends", "soon")
    health = await store.accounts.health(ACCOUNT)
    assert (health.heard, health.counted, health.rates) == (5, 5, (1.25,) * 24)
    assert (health.heard_at, health.probed_at) == (NOW + timedelta(seconds=9), NOW)
    assert health.problems == {"unsubscribed": "feed", "token_ends": "soon"}
    assert health.needs_a_person
    await store.accounts.solved(ACCOUNT, "unsubscribed", "token_ends", "silent")
    await store.accounts.note(ACCOUNT, expires_at=None)
    health = await store.accounts.health(ACCOUNT)
    assert (health.problems, health.expires_at, health.needs_a_person) == ({}, None, False)
    assert (await store.accounts.health(OTHER)).heard == 1


async def test_pauses_show_until_they_end(store: Store) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=5)
    await store.outbox.pause(ACCOUNT, soon)
    paused = (await store.accounts.health(ACCOUNT)).paused_until
    assert paused is not None
    assert abs(paused - soon) < timedelta(seconds=1)
    await store.outbox.pause(ACCOUNT, datetime.now(UTC) - timedelta(seconds=1))
    assert (await store.accounts.health(ACCOUNT)).paused is None
    await store.outbox.pause(ACCOUNT, "reconnect")
    health = await store.accounts.health(ACCOUNT)
    assert (health.paused, health.paused_until, health.needs_a_person) == ("reconnect", None, True)


async def test_a_rest_shortens_no_pause(store: Store) -> None:
    soon, later = datetime.now(UTC) + timedelta(minutes=5), datetime.now(UTC) + timedelta(hours=1)
    await store.outbox.rest(ACCOUNT, soon)
    await store.outbox.rest(ACCOUNT, later)
    await store.outbox.rest(ACCOUNT, soon)
    paused = (await store.accounts.health(ACCOUNT)).paused_until
    assert paused is not None
    assert abs(paused - later) < timedelta(seconds=1)
    await store.outbox.pause(ACCOUNT, "reconnect")
    await store.outbox.rest(ACCOUNT, later)
    assert (await store.accounts.health(ACCOUNT)).paused == "reconnect"


async def test_what_is_due_is_taken_once(store: Store) -> None:
    assert await store.accounts.take(ACCOUNT, "probe", 60)
    assert not await store.accounts.take(ACCOUNT, "probe", 60)
    assert await store.accounts.take(OTHER, "probe", 60)
    await store.accounts.hurry(ACCOUNT, "probe")
    assert await store.accounts.take(ACCOUNT, "probe", 60)


async def test_renewed_secrets_are_used_until_others_are_configured(store: Store) -> None:
    await store.accounts.renew(ACCOUNT, CONFIGURED, {"token": SecretStr("second")})
    assert await store.accounts.secrets(ACCOUNT, CONFIGURED) == {"token": SecretStr("second")}
    assert await store.accounts.secrets(ACCOUNT, {"token": (SecretStr("third"),)}) == {}


async def test_another_process_uses_what_this_one_renewed(store: Store, redis_url: str, tmp_path: Path) -> None:
    settings = test_settings(tmp_path, redis_url, "http://127.0.0.1:9")
    here, there = Accounts(store, settings), Accounts(store, settings)
    before = here[ACCOUNT].secret("token")
    await store.accounts.renew(ACCOUNT, here.configured(ACCOUNT).secrets, {"token": SecretStr("renewed")})
    assert there[ACCOUNT].secret("token") == before
    await there.reload_all()
    assert there[ACCOUNT].secret("token") == "renewed"
    assert not await there.reload(ACCOUNT), "nothing else has changed"
    assert here.configured(ACCOUNT).secret("token") == before


async def test_a_poll_remembers_and_forgets_and_no_end_of_it(store: Store) -> None:
    await store.accounts.remember(ACCOUNT, {"a": "1", "b": "2"})
    await store.accounts.remember(ACCOUNT, {"a": "", "c": "3"})
    assert await store.accounts.known(ACCOUNT) == {"b": "2", "c": "3"}
    await store.accounts.remember(ACCOUNT, {f"t{n:05}": "x" for n in range(KNOWN_AT_MOST)})
    known = await store.accounts.known(ACCOUNT)
    assert (len(known), "b" in known, f"t{KNOWN_AT_MOST - 1:05}" in known) == (KNOWN_AT_MOST, False, True)


async def test_what_is_wanted_is_taken_in_order(store: Store) -> None:
    for what in ("comment:1", "comment:2", "comment:3"):
        await store.accounts.want(ACCOUNT, what)
    assert await store.accounts.wanted(ACCOUNT, 2) == ["comment:1", "comment:2"]
    assert await store.accounts.wanted(ACCOUNT, 2) == ["comment:3"]
    assert await store.accounts.wanted(ACCOUNT, 2) == []
    assert await store.connection.call("EXISTS", account_key(ACCOUNT, "wanted")) == 0


async def test_an_erasure_can_be_asked_for_by_its_code(store: Store) -> None:
    await store.accounts.erased("code-1234", NOW)
    await store.accounts.erased("", NOW)
    assert await store.accounts.erased_at("code-1234") == NOW
    assert await store.accounts.erased_at("other-code") is None


UNITS = RateScope(per="app", count=100, per_s=1000, costs={"reply_to_comment": 50, "probe_token": 0})
CHAT = RateScope(per="chat", count=1, per_s=1000)


async def test_what_costs_more_takes_more_of_the_allowance(store: Store) -> None:
    dear, cheap = Asking("reply_to_comment", ACCOUNT, "c1"), Asking("list_since", ACCOUNT)
    assert await store.outbox.take_rates(dear, [UNITS]) == 0
    assert await store.outbox.take_rates(cheap, [UNITS]) == 0
    wait_s = await store.outbox.take_rates(dear, [UNITS])
    assert 0 < wait_s <= 10.5
    assert await store.outbox.take_rates(cheap, [UNITS]) == 0
    await store.outbox.give_back(cheap, [UNITS])
    await store.outbox.give_back(cheap, [UNITS])
    assert await store.outbox.take_rates(dear, [UNITS]) == 0


async def test_what_is_free_and_what_goes_to_no_chat_is_not_counted(store: Store) -> None:
    for _ in range(5):
        assert await store.outbox.take_rates(Asking("probe_token", ACCOUNT), [UNITS, CHAT]) == 0
    assert await store.outbox.take_rates(Asking("send_message", ACCOUNT, "c1"), [CHAT]) == 0
    assert await store.outbox.take_rates(Asking("send_message", ACCOUNT, "c1"), [CHAT]) > 0
    assert await store.outbox.take_rates(Asking("send_message", ACCOUNT, "c2"), [CHAT]) == 0


def words(who: str, text: str, external_id: str, root: str | None = None) -> Any:
    contact = ContactId.of(ACCOUNT, who)
    now = datetime.now(UTC)
    common: dict[str, Any] = {
        "id": EventId(f"{ACCOUNT}/m:{external_id}"),
        "account": ACCOUNT,
        "contact": contact,
        "occurred_at": now,
        "received_at": now,
        "external_id": external_id,
        "text": text,
    }
    if root is None:
        return MessageReceived(**common, conversation=ConversationId.private(contact))
    return CommentReceived(**common, conversation=ConversationId.public(contact, root), post_id="p1")


async def everything(store: Store) -> str:
    """All that the store holds, but the ledger, which has no words in it."""
    told = []
    async for name in store.connection.scan("*"):
        kind = await store.connection.call("TYPE", name)
        read = {
            "hash": ("HGETALL", name),
            "list": ("LRANGE", name, 0, -1),
            "zset": ("ZRANGE", name, 0, -1),
            "stream": ("XRANGE", name, "-", "+"),
            "string": ("GET", name),
            "none": ("GET", name),  # gone since the scan
        }
        told.append(f"{name} {await store.connection.call(*read[kind])}")
    return "\n".join(told)


async def test_everything_of_a_contact_goes_and_nothing_of_another(the_house: House) -> None:
    house = the_house
    await house.start_worker()
    await house.ingest.append(
        [
            words("ann", "Ma lampe Étincelle est arrivée cassée, je suis furieuse", "m1"),
            words("ann", "Toujours cassée, ma lampe Étincelle !", "c1", root="c1"),
            words("bob", "Ma lampe Brume aussi, je suis furieux", "m2"),
        ],
        3600,
    )
    await house.until(house.settled)
    ann, bob = ContactId.of(ACCOUNT, "ann"), ContactId.of(ACCOUNT, "bob")
    shard = house.store.events.shard(ann)
    assert "Étincelle" in await everything(house.store)
    mailboxes = Mailboxes(house.store.connection)
    await mailboxes.put(ann, Letter(id="l1", by="visitor", text="Ma lampe Étincelle"), 1)
    assert await house.store.erasure.erase(shard, ann) == 2
    assert not await mailboxes.is_open(ann)
    left = await everything(house.store)
    assert "Étincelle" not in left.replace("\\u00c9", "É")
    assert (await house.show(ConversationId.private(ann)), await house.show(ConversationId.private(bob))) != (
        None,
        None,
    )
    assert "Brume" in left
    assert await house.store.erasure.erase(shard, ann) == 0


async def test_an_opt_out_outlives_an_erasure(the_house: House) -> None:
    house = the_house
    await house.start_worker()
    await house.ingest.append([words("ann", "STOP", "m1")], 3600)
    ann = ContactId.of(ACCOUNT, "ann")

    async def opted_out() -> bool:
        loaded = await house.store.state.load(house.store.events.shard(ann), None, ann)
        return loaded.state.contact is not None and loaded.state.contact.opted_out

    await house.until(opted_out)
    await house.until(house.settled)
    await house.store.erasure.erase(house.store.events.shard(ann), ann)
    assert await opted_out()
    assert await house.show(ConversationId.private(ann)) is None


async def test_a_deleted_message_goes_from_the_records_too(the_house: House) -> None:
    house = the_house
    await house.start_worker()
    conversation = private("facebook", "4411")
    external_id = await house.say("facebook", "4411", "Ma lampe Étincelle est cassée, quelle honte")

    async def decided() -> bool:
        shown = await house.show(conversation)
        return shown is not None and len(shown.turns) == 1

    await house.until(decided)
    await house.do("facebook", "delete", external_id=external_id, customer="4411")

    async def emptied() -> bool:
        shown = await house.show(conversation)
        return shown is not None and all(i.text == "" for turn in shown.turns for i in turn.unanswered)

    await house.until(emptied)
    assert "Étincelle" not in (await everything(house.store)).replace("\\u00c9", "É")
