"""A signed delivery comes in, is kept once and in order, understood and decided; the reply goes out to the platform."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from bot.model.event import EVENT, AgentTookOver
from bot.model.ids import AccountId, ContactId
from bot.store.keys import Shard
from connectors.base import Request
from connectors.signing import hmac_sha256_hex
from tests.integration.house import PAGE, House, house, private, public

QUESTION = "Bonjour, quels sont vos horaires d'ouverture ?"
ANN = private("facebook", "ann")


def entry(mid: str, text: str, who: str = "ann") -> dict[str, Any]:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    said = {
        "sender": {"id": who},
        "recipient": {"id": PAGE},
        "timestamp": now_ms,
        "message": {"mid": mid, "text": text},
    }
    return {"id": PAGE, "time": now_ms, "messaging": [said]}


def delivery(the_house: House, *entries: dict[str, Any]) -> Request:
    body = json.dumps({"object": "page", "entry": entries}).encode()
    account = the_house.settings.connected[AccountId.of("facebook", PAGE)]
    signature = f"sha256={hmac_sha256_hex(account.secret('app_secret'), body)}"
    return Request("POST", "/webhooks/facebook/main", {"x-hub-signature-256": signature}, body)


async def kept(the_house: House, shard: Shard) -> list[str]:
    """The external ids in a shard's stream, in order."""
    entries = await the_house.store.connection.call("XRANGE", shard.events, "-", "+")
    events = [EVENT.validate_json(fields[1] if isinstance(fields, list) else fields["e"]) for _, fields in entries]
    return [getattr(event, "external_id", "") for event in events]


async def test_a_french_question_is_answered_in_french(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.say("facebook", "ann", QUESTION)
    await the_house.said(ANN, "customer", "bot")
    words = await the_house.brand_words("facebook", "ann")
    assert len(words) == 1
    assert "19 h" in words[0]
    conversation = await the_house.conversation(ANN)
    assert conversation.unanswered == ()
    assert conversation.owner == "bot"


async def test_a_batch_with_duplicates_gives_each_event_once_and_in_order(the_house: House) -> None:
    """Five entries, one of them twice; then a second delivery that repeats two and adds one."""
    first = delivery(
        the_house,
        *(entry(mid, mid) for mid in ("mid.1", "mid.2", "mid.2", "mid.3", "mid.4")),
    )
    second = delivery(the_house, *(entry(mid, mid) for mid in ("mid.4", "mid.2", "mid.5")))
    assert (await the_house.ingest.deliver("facebook", "main", first)).status == 200
    assert (await the_house.ingest.deliver("facebook", "main", second)).status == 200
    shard = the_house.store.events.shard(ANN.contact)
    assert await kept(the_house, shard) == ["mid.1", "mid.2", "mid.3", "mid.4", "mid.5"]


async def test_one_body_of_two_people_reaches_both(the_house: House) -> None:
    await the_house.ingest.deliver(
        "facebook", "main", delivery(the_house, entry("mid.1", QUESTION, "ann"), entry("mid.2", QUESTION, "bea"))
    )
    bea = private("facebook", "bea")
    assert await kept(the_house, the_house.store.events.shard(ANN.contact)) == ["mid.1"]
    assert await kept(the_house, the_house.store.events.shard(bea.contact)) == ["mid.2"]


async def test_in_shadow_it_decides_and_records_and_says_nothing(redis_url: str, nlu_url: str, tmp_path: Any) -> None:
    async with house(redis_url, nlu_url, tmp_path) as the_house:
        shadowed = tuple(a.model_copy(update={"live": "shadow"}) for a in the_house.settings.accounts)
        the_house.settings = the_house.settings.model_copy(update={"accounts": shadowed})
        await the_house.start_worker()
        await the_house.say("facebook", "ann", QUESTION)
        await the_house.said(ANN, "customer")
        shown = await the_house.show(ANN)
        assert shown is not None
        assert [(t.outcome, t.invariant.code if t.invariant else "") for t in shown.turns] == [("shadow", "shadow")]
        assert await the_house.brand_words("facebook", "ann") == []


async def test_the_global_stop_holds_everything_until_it_is_lifted(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.store.outbox.stop()
    await the_house.say("facebook", "ann", QUESTION)

    async def held() -> bool:
        return bool(the_house.claims) and getattr(the_house.claims[-1], "why", "") == "stopped"

    await the_house.until(held)
    assert await the_house.brand_words("facebook", "ann") == []
    await the_house.store.outbox.resume()
    await the_house.said(ANN, "customer", "bot")


async def test_late_words_become_at_most_a_draft(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.say("facebook", "ann", QUESTION, ago_s=7 * 3600)
    await the_house.said(ANN, "customer")
    conversation = await the_house.conversation(ANN)
    assert conversation.draft is not None
    assert "19 h" in conversation.draft.text
    assert conversation.escalation is not None
    assert conversation.escalation.reason == "late"
    assert await the_house.brand_words("facebook", "ann") == []


async def test_an_agent_on_one_comment_does_not_silence_the_bot_for_others(the_house: House) -> None:
    await the_house.start_worker()
    post = (await the_house.posts("telegram"))[0]
    await the_house.say("telegram", "41", "Quels sont vos horaires ?", where=post)

    async def answered() -> bool:
        return len(await the_house.brand_words("telegram", "41", post)) == 1

    await the_house.until(answered)
    account = AccountId.of("telegram", the_house.settings.accounts[1].id)
    rows = [row async for row in conversations_of(the_house, ContactId.of(account, "41"))]
    theo = public("telegram", "41", rows[0])
    assert (await the_house.act(AgentTookOver, theo)).outcome == "done"
    await the_house.say("telegram", "41", "et le dimanche ?", where=post)
    await the_house.say("telegram", "42", "Livrez-vous en Belgique ?", where=post)

    async def only_the_other_is_answered() -> bool:
        return len(await the_house.brand_words("telegram", "42", post)) == 2

    await the_house.until(only_the_other_is_answered)
    await the_house.until(the_house.settled)
    assert len(await the_house.brand_words("telegram", "41", post)) == 2
    assert (await the_house.conversation(theo)).owner == "agent"


async def conversations_of(the_house: House, contact: ContactId) -> Any:
    """The roots of a contact's public conversations."""
    shard = the_house.store.events.shard(contact)
    prefix = f"{shard.tag}:conv:{contact}/c/"
    for key in await the_house.store.connection.alone("KEYS", f"{shard.tag}:conv:*"):
        if key.startswith(prefix):
            yield unquote(key.removeprefix(prefix))


async def test_two_workers_share_the_shards_and_each_event_counts_once(the_house: House) -> None:
    one = await the_house.start_worker("one")
    two = await the_house.start_worker("two")

    async def shared() -> bool:
        return [len(worker.shards) for worker in (one, two)] == [32, 32]

    await the_house.until(shared)
    people = [f"p{number}" for number in range(12)]
    for who in people:
        await the_house.say("facebook", who, QUESTION)
    for who in people:
        await the_house.said(private("facebook", who), "customer", "bot")
    assert [len(await the_house.brand_words("facebook", who)) for who in people] == [1] * 12


async def test_the_ledger_is_an_unbroken_chain(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.say("facebook", "ann", QUESTION)
    await the_house.said(ANN, "customer", "bot")
    shard = the_house.store.events.shard(ANN.contact)
    count, fault = await the_house.store.state.check_ledger(shard)
    assert fault is None
    assert count >= 2
    entries = await the_house.store.connection.call("XRANGE", shard.ledger, "-", "+")
    assert "horaires" not in str(entries)


async def test_an_old_event_of_before_the_account_went_live_is_late(the_house: House) -> None:
    since = datetime.now(UTC) + timedelta(hours=1)
    accounts = tuple(a.model_copy(update={"live_since": since}) for a in the_house.settings.accounts)
    settings = the_house.settings.model_copy(update={"accounts": accounts})
    now = datetime.now(UTC)
    assert settings.is_late(ANN.account, now, now)
    assert not the_house.settings.is_late(ANN.account, now, now)
