"""A signed delivery comes in, is kept, understood and decided; the reply goes out to the platform."""

from tests.integration.house import House, private


async def test_a_french_question_is_answered_in_french(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.say("facebook", "ann", "Bonjour, quels sont vos horaires d'ouverture ?")

    async def answered() -> bool:
        return bool(await the_house.brand_words("facebook", "ann"))

    await the_house.until(answered)
    words = await the_house.brand_words("facebook", "ann")
    assert len(words) == 1
    assert "19" in words[0]
    await the_house.until(the_house.settled)
    conversation = await the_house.conversation(private("facebook", "ann"))
    assert conversation.unanswered == ()
    assert conversation.owner == "bot"
