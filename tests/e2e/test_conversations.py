"""Customers at the simulated platforms, through the whole house: who is answered, who waits for a person, who is left
in peace.
"""

from datetime import timedelta

import pytest

from bot.app import utc_now
from bot.model.event import AgentReleased, AgentReplied, AgentTookOver, DraftApproved
from tests.e2e.door import PLAYED
from tests.e2e.talk import (
    ANGRY,
    ANN,
    DM,
    HOURS,
    POST,
    SAID_IN,
    THREAT,
    brand_said,
    place,
    until_all_delivered,
    until_brand_said,
    until_waiting,
    write,
    write_on,
)
from tests.integration.house import House

channels = pytest.mark.parametrize("channel", PLAYED)
languages = pytest.mark.parametrize("language", ["fr", "en"], ids=["French", "English"])
places = pytest.mark.parametrize("where", [DM, POST])


@channels
@places
@languages
async def test_a_question_is_answered_in_its_language(
    the_house: House, channel: str, where: str, language: str
) -> None:
    await the_house.start_worker()
    conversation = await write(the_house, channel, HOURS[language], where)
    (said,) = await until_brand_said(the_house, channel, 1, where)
    for words in SAID_IN[language]:
        assert words in said
    kept = await the_house.conversation(conversation)
    assert (kept.owner, kept.unanswered, kept.language) == ("bot", (), language)
    assert kept.escalation is None


@channels
async def test_the_reply_stands_under_the_comment(the_house: House, channel: str) -> None:
    await the_house.start_worker()
    await write(the_house, channel, HOURS["fr"], POST)
    await until_brand_said(the_house, channel, 1, POST)
    comment, reply = await the_house.thread(channel, ANN, await place(the_house, channel, POST))
    assert (comment["by"], reply["by"]) == ("customer", "brand")
    assert reply["parent"] == comment["external_id"]


@channels
async def test_the_second_answer_does_not_say_again_who_writes(the_house: House, channel: str) -> None:
    await the_house.start_worker()
    await write(the_house, channel, HOURS["en"])
    await until_brand_said(the_house, channel, 1)
    await write(the_house, channel, "Where is your shop?")
    said = await until_brand_said(the_house, channel, 2)
    assert "utomated" not in said[1]
    assert "Lanternes" in said[1]


@channels
@languages
async def test_an_angry_comment_becomes_a_draft_that_a_person_sends(
    the_house: House, channel: str, language: str
) -> None:
    await the_house.start_worker()
    conversation = await write(the_house, channel, ANGRY[language], POST)
    waiting = await until_waiting(the_house, conversation)
    assert waiting.draft is not None
    assert waiting.draft.language == language
    assert await brand_said(the_house, channel, POST) == [], "nothing is said before a person agreed"
    result = await the_house.act(DraftApproved, conversation, draft_id=waiting.draft.id, text=None)
    assert result.outcome == "done"
    assert await until_brand_said(the_house, channel, 1, POST) == [waiting.draft.text]


@channels
@places
@languages
async def test_a_threat_goes_to_a_person_at_once(the_house: House, channel: str, where: str, language: str) -> None:
    await the_house.start_worker()
    before = utc_now()
    conversation = await write(the_house, channel, THREAT[language], where)
    waiting = await until_waiting(the_house, conversation)
    assert waiting.escalation is not None
    assert (waiting.escalation.reason, waiting.escalation.priority) == ("threat", "urgent")
    assert waiting.escalation.deadline <= before + timedelta(minutes=16)
    assert await brand_said(the_house, channel, where) == [], "a machine does not argue"


@channels
async def test_who_says_stop_is_confirmed_once_and_left_in_peace(the_house: House, channel: str) -> None:
    await the_house.start_worker()
    conversation = await write(the_house, channel, "STOP")
    await until_brand_said(the_house, channel, 1)
    await write(the_house, channel, HOURS["fr"])
    await until_waiting(the_house, conversation)
    assert len(await brand_said(the_house, channel)) == 1
    await write(the_house, channel, HOURS["fr"], POST)
    await until_all_delivered(the_house, channel)
    assert len(await brand_said(the_house, channel)) == 1


@channels
@places
async def test_the_bot_is_silent_where_a_person_took_over(the_house: House, channel: str, where: str) -> None:
    await the_house.start_worker()
    conversation = await write(the_house, channel, HOURS["fr"], where)
    await until_brand_said(the_house, channel, 1, where)
    assert (await the_house.act(AgentTookOver, conversation)).outcome == "done"
    again = await write_on(the_house, channel, "Et votre adresse ?", where)

    async def heard() -> bool:
        return again in (await the_house.conversation(conversation)).external_ids

    await the_house.until(heard)
    await until_all_delivered(the_house, channel)
    assert len(await brand_said(the_house, channel, where)) == 1

    assert (await the_house.act(AgentReplied, conversation, text="Nous sommes à Lyon.")).outcome == "done"
    assert (await until_brand_said(the_house, channel, 2, where))[1] == "Nous sommes à Lyon."
    assert (await the_house.act(AgentReleased, conversation)).outcome == "done"
    await write_on(the_house, channel, HOURS["fr"], where)
    assert SAID_IN["fr"][0] in (await until_brand_said(the_house, channel, 3, where))[2]


async def test_a_colleague_in_the_platforms_own_app_silences_the_bot_too(the_house: House) -> None:
    await the_house.start_worker()
    conversation = await write(the_house, "facebook", HOURS["fr"])
    await until_brand_said(the_house, "facebook", 1)
    await the_house.do("facebook", "native_reply", customer=ANN, text="Je m'en occupe.")

    async def stepped_back() -> bool:
        return (await the_house.conversation(conversation)).owner == "agent"

    await the_house.until(stepped_back)
    await write(the_house, "facebook", "Et votre adresse ?")
    await until_all_delivered(the_house, "facebook")
    assert len(await brand_said(the_house, "facebook")) == 2


@channels
@pytest.mark.parametrize("fault", ["duplicate", "bad_signature", "lost", "delay"])
async def test_an_ill_delivery_is_answered_once(the_house: House, channel: str, fault: str) -> None:
    await the_house.start_worker()
    await the_house.control(
        "fail", channel=channel, on="webhook", mode=fault, after_s=0.1 if fault == "delay" else None
    )
    await write(the_house, channel, HOURS["fr"])
    await until_brand_said(the_house, channel, 1)
    await until_all_delivered(the_house, channel)
    assert len(await brand_said(the_house, channel)) == 1


@channels
async def test_half_an_emoji_and_a_novel_are_handled(the_house: House, channel: str) -> None:
    await the_house.start_worker()
    for text in ("Bonjour 😀 quels sont vos horaires ? \U0001f3f4\u200d", "mot " * 1000):
        await write(the_house, channel, text)
    await until_all_delivered(the_house, channel)
    assert await the_house.store.events.dead() == {}
