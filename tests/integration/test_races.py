"""The races of the design, each with its order forced: what is appended in the last moment still counts.

A reply stands a moment before its claim, the worker is held up, and something happens.
"""

from bot.app import utc_now
from bot.model.contact import Contact
from bot.model.event import AgentNoted, AgentReplied, AgentTookOver, DeliveryUpdated
from bot.model.ids import AccountId, ContactId, ConversationId, EventId
from bot.store.outbox import Hold, Refused
from sandbox.facebook_shapes import public_id
from tests.integration.house import PAGE, House, private

QUESTION = "Bonjour, quels sont vos horaires d'ouverture ?"
ANN = private("facebook", "ann")


async def a_moment_before_the_claim(house: House) -> None:
    """Ann asked, the reply is decided and stands before its claim; the worker will not load another event."""
    house.before_claim.close()
    await house.start_worker()
    await house.say("facebook", "ann", QUESTION)
    await house.before_claim.is_reached()
    house.before_load.close()


async def the_claim_is_held(house: House) -> None:
    """What came last is kept, the worker has not handled it, and the claim says so."""
    await house.before_load.is_reached()
    house.before_claim.open()

    async def stale() -> bool:
        return bool(house.claims) and house.claims[-1] == Hold("stale")

    await house.until(stale)


async def nothing_is_left(house: House) -> None:
    await house.until(house.settled)

    async def all_finished() -> bool:
        shard = house.store.events.shard(ANN.contact)
        return not await house.store.outbox.unfinished(shard)

    await house.until(all_finished)


async def test_a_take_over_in_the_last_moment_silences_the_bot(the_house: House) -> None:
    await a_moment_before_the_claim(the_house)
    pending = await the_house.act(AgentTookOver, ANN)
    assert pending.outcome == "pending"
    await the_claim_is_held(the_house)
    the_house.before_load.open()
    await nothing_is_left(the_house)
    assert await the_house.brand_words("facebook", "ann") == []
    conversation = await the_house.conversation(ANN)
    assert (conversation.owner, conversation.assignee) == ("agent", "camille")
    assert [incoming.text for incoming in conversation.unanswered] == [QUESTION]


async def test_a_stop_in_the_last_moment_is_the_only_thing_answered(the_house: House) -> None:
    await a_moment_before_the_claim(the_house)
    await the_house.say("facebook", "ann", "STOP")
    await the_claim_is_held(the_house)
    the_house.before_load.open()
    await nothing_is_left(the_house)
    words = await the_house.brand_words("facebook", "ann")
    assert len(words) == 1
    assert "Lyon" not in words[0]
    assert "9" not in words[0], "the opening hours were said although the customer had said stop"
    await the_house.say("facebook", "ann", QUESTION)
    await nothing_is_left(the_house)
    assert len(await the_house.brand_words("facebook", "ann")) == 1


async def test_a_message_in_the_last_moment_gets_one_answer_with_the_first(the_house: House) -> None:
    await a_moment_before_the_claim(the_house)
    await the_house.say("facebook", "ann", "et où se trouve votre boutique ?")
    await the_claim_is_held(the_house)
    assert await the_house.brand_words("facebook", "ann") == []
    the_house.before_load.open()
    await nothing_is_left(the_house)
    assert len(await the_house.brand_words("facebook", "ann")) == 1
    assert (await the_house.conversation(ANN)).unanswered == ()


async def test_a_read_receipt_in_the_last_moment_lets_the_reply_go(the_house: House) -> None:
    await a_moment_before_the_claim(the_house)
    now = utc_now()
    receipt = DeliveryUpdated(
        id=EventId("r:ann:1"),
        account=ANN.account,
        contact=ANN.contact,
        conversation=ANN,
        occurred_at=now,
        received_at=now,
        status="read",
        upto=now,
    )
    await the_house.ingest.append([receipt], 3600)
    await the_house.before_load.is_reached()
    the_house.before_claim.open()

    async def gone() -> bool:
        return len(await the_house.brand_words("facebook", "ann")) == 1

    await the_house.until(gone)
    the_house.before_load.open()
    await nothing_is_left(the_house)
    assert len(await the_house.brand_words("facebook", "ann")) == 1


async def test_a_claim_between_load_and_commit_makes_the_worker_decide_again(the_house: House) -> None:
    """The note is loaded, then the reply goes, then the note is committed: on a state that knows of the reply."""
    the_house.before_claim.close()
    await the_house.start_worker()
    await the_house.say("facebook", "ann", QUESTION)
    await the_house.before_claim.is_reached()
    await the_house.until(the_house.settled)
    the_house.before_commit.close()
    noted = await the_house.act(AgentNoted, ANN, text="a regular")
    assert noted.outcome == "pending"
    await the_house.before_commit.is_reached()
    the_house.before_claim.open()

    async def gone() -> bool:
        return len(await the_house.brand_words("facebook", "ann")) == 1

    await the_house.until(gone)
    the_house.before_commit.open()
    await nothing_is_left(the_house)
    conversation = await the_house.conversation(ANN)
    assert [note.text for note in conversation.notes] == ["a regular"]
    assert [said.by for said in conversation.recent] == ["customer", "bot"]
    assert len(await the_house.brand_words("facebook", "ann")) == 1


async def test_a_persons_text_gone_stale_goes_back_to_that_person(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.say("facebook", "ann", QUESTION)
    await the_house.said(ANN, "customer", "bot")
    the_house.before_claim.close()
    result = await the_house.act(AgentReplied, ANN, text="Nous ouvrons aussi dimanche.")
    assert result.outcome == "done"
    await the_house.before_claim.is_reached()
    the_house.before_load.close()
    await the_house.say("facebook", "ann", "en fait laissez tomber, merci")
    await the_claim_is_held(the_house)
    the_house.before_load.open()
    await nothing_is_left(the_house)
    assert "Nous ouvrons aussi dimanche." not in await the_house.brand_words("facebook", "ann")
    draft = (await the_house.conversation(ANN)).draft
    assert draft is not None
    assert (draft.text, draft.author, draft.stale) == ("Nous ouvrons aussi dimanche.", "camille", "customer_wrote")


async def test_an_act_on_what_has_changed_is_refused_and_says_why(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.say("facebook", "ann", "Ma lampe est arrivée cassée, c'est inadmissible !")
    await the_house.said(ANN, "customer", "bot")
    seen = (await the_house.conversation(ANN)).version
    await the_house.say("facebook", "ann", "et personne ne répond au téléphone !")
    await the_house.said(ANN, "customer", "bot", "customer")
    result = await the_house.act(AgentReplied, ANN, text="Bonjour", seen_version=seen)
    assert (result.outcome, result.code) == ("refused", "customer_wrote")


async def test_the_echo_before_the_answer_is_ours(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.control("fail", channel="facebook", on="send", mode="ok", count=1, echo="before_answer")
    await the_house.say("facebook", "ann", QUESTION)
    await the_house.said(ANN, "customer", "bot")
    await nothing_is_left(the_house)
    conversation = await the_house.conversation(ANN)
    assert conversation.owner == "bot"
    assert [said.by for said in conversation.recent] == ["customer", "bot"]


async def test_the_echo_with_another_id_is_ours(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.start_scheduler()
    await the_house.control("fail", channel="facebook", on="send", mode="ok", count=1, echo="other_id")
    await the_house.say("facebook", "ann", QUESTION)
    await the_house.said(ANN, "customer", "bot")

    async def both_ids_known() -> bool:
        return len((await the_house.conversation(ANN)).external_ids) == 3

    await the_house.until(both_ids_known)
    await nothing_is_left(the_house)
    conversation = await the_house.conversation(ANN)
    assert conversation.owner == "bot"
    assert len(await the_house.brand_words("facebook", "ann")) == 1


async def test_a_failure_after_accepting_is_never_sent_twice(the_house: House) -> None:
    """The echo says that it is there; nothing is sent again, nobody need be asked."""
    await the_house.start_worker()
    await the_house.start_scheduler()
    await the_house.control("fail", channel="facebook", on="send", mode="500_after_accepting", count=1)
    await the_house.say("facebook", "ann", QUESTION)
    await the_house.said(ANN, "customer", "bot")
    await nothing_is_left(the_house)
    assert len(await the_house.brand_words("facebook", "ann")) == 1
    assert (await the_house.conversation(ANN)).escalation is None


async def test_without_echoes_an_unknown_outcome_is_a_persons_to_confirm(the_house: House) -> None:
    await the_house.start_worker()
    await the_house.control("fail", channel="telegram", on="send", mode="500_after_accepting", count=1)
    await the_house.say("telegram", "41", QUESTION)
    theo = private("telegram", "41")

    async def asked() -> bool:
        shown = await the_house.show(theo)
        return shown is not None and shown.loaded.conversation.escalation is not None

    await the_house.until(asked)
    shown = await the_house.show(theo)
    assert shown is not None
    assert [record.state for record in shown.unknown] == ["unknown"]
    assert shown.loaded.conversation.escalation is not None
    assert shown.loaded.conversation.escalation.reason == "unknown_outcome"
    assert len(await the_house.brand_words("telegram", "41")) == 1


async def test_words_linked_by_a_private_reply_are_carried_to_the_other_shard(the_house: House) -> None:
    """A private reply reveals who its reader is in private: the relay tells that identity's shard."""
    await the_house.start_worker()
    await the_house.start_scheduler()
    post = (await the_house.posts("facebook"))[0]
    comment = await the_house.say("facebook", "bob", "Toujours pas livré, c'est honteux !", where=post)
    page = AccountId.of("facebook", PAGE)
    in_private = ContactId.of(page, "bob")
    thread = ConversationId.public(ContactId.of(page, public_id("bob")), comment)
    await the_house.said(thread, "customer")
    result = await the_house.act(AgentReplied, thread, text="Bonjour, voici où elle en est.", private=True)
    assert result.outcome == "done", result

    async def contact(contact_id: ContactId) -> Contact:
        shard = the_house.store.events.shard(contact_id)
        found = (await the_house.store.state.load(shard, None, contact_id)).state.contact
        assert found is not None
        return found

    async def linked() -> bool:
        return [c.aliases for c in (await contact(thread.contact), await contact(in_private))] == [
            (in_private,),
            (thread.contact,),
        ]

    await the_house.until(linked)


async def test_who_blocks_the_bot_gets_no_word_in_public_either(the_house: House) -> None:
    """The opt-out is the contact's: a reply that waits in another conversation of theirs is refused, not held."""
    the_house.before_claim.close()
    await the_house.start_worker()
    post = (await the_house.posts("telegram"))[0]
    await the_house.say("telegram", "41", QUESTION, where=post)
    await the_house.before_claim.is_reached()
    await the_house.do("telegram", "block", customer="41")
    contact = private("telegram", "41").contact
    shard = the_house.store.events.shard(contact)

    async def known() -> bool:
        found = (await the_house.store.state.load(shard, None, contact)).state.contact
        return found is not None and found.opted_out

    await the_house.until(known)
    the_house.before_claim.open()

    async def refused() -> bool:
        return bool(the_house.claims) and the_house.claims[-1] == Refused("opted_out")

    await the_house.until(refused)
    await the_house.until(the_house.settled)
    assert await the_house.store.outbox.unfinished(shard) == []
    assert await the_house.brand_words("telegram", "41", post) == []
