"""Looking after accounts: credentials, silence, and what the platform has that never came; over simulated platforms."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.accounts import Accounts
from bot.app import utc_now
from bot.ask import Asker
from bot.errors import ConfigurationError
from bot.model.event import AccountRevoked, ContentUnavailable, ErasureRequested, Event
from bot.model.ids import AccountId, ContactId, EventId
from bot.operate_accounts import backfill, doctor
from bot.upkeep import Upkeep
from tests.integration.house import ACCOUNTS, House, private

FACEBOOK = AccountId.of("facebook", ACCOUNTS["facebook"])


@dataclass
class Clock:
    """The real time, moved."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def upkeep_of(house: House, clock: Clock | None = None) -> Upkeep:
    clock = clock or Clock()
    asker = Asker(house.store, Accounts(house.store, house.settings), house.http, house.settings, clock)
    return Upkeep(house.store, house.ingest, asker, house.settings, clock)


async def problems(house: House) -> dict[str, str]:
    return (await house.store.accounts.health(FACEBOOK)).problems


async def test_credentials_are_probed_once_a_day(the_house: House) -> None:
    upkeep = upkeep_of(the_house)
    await upkeep.once(FACEBOOK)
    assert (await the_house.store.accounts.health(FACEBOOK)).probed_at is not None
    asked = len((await the_house.look("requests"))["requests"])
    assert asked >= 1
    await upkeep_of(the_house).once(FACEBOOK)
    assert len((await the_house.look("requests"))["requests"]) == asked


async def test_an_account_whose_credentials_ended_rests_says_so_and_goes_on_when_they_work(the_house: House) -> None:
    await the_house.control("fail", channel="facebook", on="api", mode="token_expired")
    upkeep = upkeep_of(the_house)
    await upkeep.tokens.keep(FACEBOOK)
    health = await the_house.store.accounts.health(FACEBOOK)
    assert (health.paused, list(health.problems)) == ("reconnect", ["token"])
    assert health.needs_a_person
    await upkeep.tokens.probe(FACEBOOK, renewable=False)
    health = await the_house.store.accounts.health(FACEBOOK)
    assert (health.paused, health.problems) == (None, {})


async def test_a_reply_that_meets_ended_credentials_waits_and_goes_when_they_work(the_house: House) -> None:
    house = the_house
    await house.start_worker()
    await house.control("fail", channel="facebook", mode="token_expired")
    await house.say("facebook", "4411", "Bonjour, quels sont vos horaires d'ouverture ?")

    async def rests_and_says_so() -> bool:
        health = await house.store.accounts.health(FACEBOOK)
        return health.paused == "reconnect" and "token" in health.problems

    await house.until(rests_and_says_so)
    assert await house.brand_words("facebook", "4411") == []
    await upkeep_of(house).tokens.keep(FACEBOOK)
    await house.said(private("facebook", "4411"), "customer", "bot")
    assert await problems(house) == {}


async def test_an_account_that_the_platform_throttles_rests(the_house: House) -> None:
    await the_house.control("fail", channel="facebook", on="api", mode="429", after_s=120)
    await upkeep_of(the_house).tokens.probe(FACEBOOK, renewable=False)
    paused = (await the_house.store.accounts.health(FACEBOOK)).paused_until
    assert paused is not None
    assert timedelta(minutes=1) < paused - utc_now() < timedelta(minutes=3)


def about_the_account(kind: type[Any], **more: Any) -> Event:
    now = utc_now()
    event: Event = kind(
        id=EventId(f"{FACEBOOK}/{kind.__name__}"), account=FACEBOOK, occurred_at=now, received_at=now, **more
    )
    return event


async def test_an_account_that_was_revoked_rests(the_house: House) -> None:
    house = the_house
    await house.start_worker()
    await house.ingest.append([about_the_account(AccountRevoked, why="the app was removed")], 3600)
    await house.until(house.settled)
    health = await house.store.accounts.health(FACEBOOK)
    assert (health.paused, health.problems) == ("reconnect", {"revoked": "the app was removed"})


async def test_what_is_not_shown_is_fetched_or_a_person_is_asked(the_house: House) -> None:
    house = the_house
    await house.start_worker()
    conversation = private("facebook", "4411")
    unseen = {"contact": conversation.contact, "conversation": conversation, "external_id": "m9", "why": "not shown"}
    await house.ingest.append([about_the_account(ContentUnavailable, fetch="m9", **unseen)], 3600)
    await house.until(house.settled)
    assert await house.store.accounts.wanted(FACEBOOK, 10) == ["m9"]
    assert not any(row.conversation == conversation for row in await house.store.desk.waiting())
    unfetched = about_the_account(ContentUnavailable, **unseen).model_copy(update={"id": EventId("unfetched")})
    await house.ingest.append([unfetched], 3600)
    await house.until(house.settled)
    (row,) = await house.store.desk.waiting()
    assert (row.conversation, row.reason) == (conversation, "content_unavailable")


async def test_an_erasure_is_carried_out_and_can_be_asked_for(the_house: House) -> None:
    house = the_house
    await house.start_worker()
    conversation = private("facebook", "4411")
    await house.say("facebook", "4411", "Ma lampe est cassée, je suis furieuse")

    async def heard() -> bool:
        return await house.show(conversation) is not None and await house.settled()

    await house.until(heard)
    contact = ContactId.of(FACEBOOK, "4411")
    await house.ingest.append([about_the_account(ErasureRequested, contact=contact, confirmation="code-1234")], 3600)

    async def carried_out() -> bool:
        return await house.store.accounts.erased_at("code-1234") is not None

    await house.until(carried_out)
    assert await house.show(conversation) is None
    assert await house.store.desk.waiting() == []


SILENT_FOR = timedelta(hours=2)


@pytest.fixture
async def busy(the_house: House) -> House:
    """A house whose Facebook page usually hears thirty things an hour, and last did two hours ago."""
    await the_house.store.accounts.keep_rates(FACEBOOK, (30.0,) * 24, 0)
    await the_house.store.accounts.heard({FACEBOOK: 0}, utc_now() - SILENT_FOR)
    return the_house


async def missed(house: House, where: str | None = None) -> str:
    """A comment, or what was said elsewhere, that Facebook never brings; its id."""
    await house.control("fail", channel="facebook", on="webhook", mode="lost", for_s=600)
    place = where or (await house.posts("facebook"))[0]
    return await house.say("facebook", "4411", "Bonjour, quels sont vos horaires d'ouverture ?", place)


async def conversation_of(house: House, comment: str) -> Any:
    (where,) = await house.store.events.locate([(FACEBOOK, comment)])
    return where and await house.show(where)


async def test_what_a_silence_hid_is_fetched_and_a_person_is_told(busy: House) -> None:
    await busy.start_worker()
    comment = await missed(busy)
    await upkeep_of(busy).once(FACEBOOK)
    await busy.until(busy.settled)
    assert "1 not delivered since" in (await problems(busy))["gap"]
    shown = await conversation_of(busy, comment)
    assert shown is not None
    assert await busy.brand_words("facebook", "4411", (await busy.posts("facebook"))[0]) == []


async def test_a_silence_with_nothing_behind_it_is_none(busy: House) -> None:
    await upkeep_of(busy).once(FACEBOOK)
    assert "gap" not in await problems(busy)


async def test_what_is_heard_again_solves_the_gap(busy: House) -> None:
    store = busy.store.accounts
    await store.problem(FACEBOOK, "gap", "3 not delivered")
    await store.heard({FACEBOOK: 2}, utc_now())
    await upkeep_of(busy).once(FACEBOOK)
    assert "gap" not in await problems(busy)


async def unsubscribed(house: House) -> None:
    """An outage that lasted so long that Facebook gave up, on a private message."""
    await house.control("rules", speed=1_000_000)
    await missed(house, "dm")

    async def dropped() -> bool:
        return bool(await upkeep_of(house).subscribed(FACEBOOK))

    await house.until(dropped)
    await house.control("rules", speed=1)


async def test_the_doctor_subscribes_again_and_fetches_what_was_missed(the_house: House) -> None:
    house, said = the_house, list[str]()
    await house.start_worker()
    await unsubscribed(house)
    assert "unsubscribed" in await problems(house)
    assert not await doctor(house.settings, "facebook", mend=False, say=said.append)
    assert any("run without --no-mend" in line for line in said)
    said.clear()
    assert await doctor(house.settings, "facebook", mend=True, say=said.append), said
    assert any("subscribed again" in line for line in said)
    assert any("1 new" in line for line in said)
    assert await problems(house) == {}
    await house.until(house.settled)
    assert await house.show(private("facebook", "4411")) is not None
    said.clear()
    assert await doctor(house.settings, "facebook", mend=True, say=said.append)
    assert any("the platform brings everything" in line for line in said)


async def test_a_backfill_brings_late_events_once(the_house: House) -> None:
    house, said = the_house, list[str]()
    await house.start_worker()
    comment = await missed(house)
    since = utc_now() - timedelta(days=1)
    await backfill(house.settings, "facebook", since, said.append)
    assert any("1 new" in line for line in said), said
    await house.until(house.settled)
    assert await conversation_of(house, comment) is not None
    said.clear()
    await backfill(house.settings, "facebook", since, said.append)
    assert any(" 0 new" in line for line in said), said


async def test_an_account_that_there_is_not_is_named_with_those_there_are(the_house: House) -> None:
    with pytest.raises(ConfigurationError, match=r"there are .*facebook"):
        await backfill(the_house.settings, "myspace", utc_now(), print)
