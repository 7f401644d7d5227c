"""Every channel, through the whole house: a question is answered once, in private and in public."""

from datetime import datetime

import pytest

from bot.accounts import Accounts
from bot.app import utc_now
from bot.ask import Asker
from bot.crawl import Crawler
from bot.model.action import ListSince
from bot.model.ids import AccountId
from bot.upkeep import OVERLAP
from connectors import CONNECTORS
from tests.channels import FACTS
from tests.contract.test_connectors import first_account
from tests.e2e.talk import DM, HOURS, POST, SAID_IN, place, until_brand_said
from tests.integration.house import ACCOUNTS, House

WHO = {"telegram": "4411", "youtube": "UCinesMoreau00000000001"}
"""Where a customer's id has a form."""


def places() -> list[tuple[str, str]]:
    found = []
    for channel, connector in CONNECTORS.items():
        can = connector.capabilities(first_account(channel))
        found += [(channel, where) for where, there in ((DM, can.private), (POST, can.public)) if there]
    return found


async def asked_for(house: House, account: AccountId, since: datetime) -> None:
    """What polling does, without its pauses."""
    asker = Asker(house.store, Accounts(house.store, house.settings), house.http, house.settings, utc_now)
    known = await house.store.accounts.known(account)
    crawled = await Crawler(asker, house.ingest, utc_now).crawl(account, ListSince(since=since, known=known))
    assert crawled.stopped == ""
    await house.store.accounts.remember(account, crawled.remember)


@pytest.mark.parametrize(("channel", "where"), places())
async def test_questions_are_answered_once_each(the_house: House, channel: str, where: str) -> None:
    house, who, account = the_house, WHO.get(channel, "u-4411"), AccountId.of(channel, ACCOUNTS[channel])
    began, polled = utc_now() - OVERLAP, FACTS[channel].pull is not None
    there = await place(house, channel, where)

    async def ask(text: str, parent: str | None = None) -> str:
        asked = await house.say(channel, who, text, there, **({"parent": parent} if parent else {}))
        if polled:
            await asked_for(house, account, began)
        return asked

    await house.start_worker()
    if polled:
        await asked_for(house, account, began)
    else:
        await house.start_upkeep()
    first = await ask(HOURS["fr"])
    (hours,) = await until_brand_said(house, channel, 1, where, who)
    assert SAID_IN["fr"][0] in hours
    await ask("Merci ! Et où se trouve votre boutique ?", None if where == DM else first)
    said = await until_brand_said(house, channel, 2, where, who)
    assert "Lanternes" in said[1]
