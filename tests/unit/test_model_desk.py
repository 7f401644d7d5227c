"""What a person sees: the lines of the list, one conversation; and the ledger's entries."""

from datetime import timedelta

import pytest

from bot.model.conversation import Conversation, Loaded, Said
from bot.model.desk import Shown, Waiting
from bot.model.ids import EventId, StreamId
from bot.model.ledger import GENESIS, LedgerEntry, commitment
from tests.unit.turns import DM, NOW, action, awaited, draft, record

SAID = (
    Said(by="customer", text="Hi", at=NOW),
    Said(by="customer", text="Anybody?", at=NOW),
    Said(by="bot", text="Hello", at=NOW),
)


def test_nothing_waits() -> None:
    assert Waiting.of(Conversation.new(DM), "Maison Lumen", 0) is None


@pytest.mark.parametrize(
    ("name", "recent", "last_words"),
    [("the customer's last", SAID, "Anybody?"), ("the customer said nothing yet", SAID[2:], "")],
)
def test_a_line_of_the_list(name: str, recent: tuple[Said, ...], last_words: str) -> None:
    changes = {"escalation": awaited("threat", "urgent"), "recent": recent, "draft": draft(), "customer_name": "Ann"}
    line = Waiting.of(Conversation.new(DM).model_copy(update=changes), "Maison Lumen", 2)
    assert line == Waiting(
        conversation=DM,
        account_name="Maison Lumen",
        customer_name="Ann",
        owner="bot",
        priority="urgent",
        reason="threat",
        since=NOW,
        deadline=NOW + timedelta(hours=4),
        draft=draft(),
        last_words=last_words,
        unknown_actions=2,
    )


def test_a_conversation_shows_what_nobody_knows() -> None:
    unknown = record(action(id="a2"), "unknown")
    shown = Shown(loaded=Loaded(conversation=Conversation.new(DM), actions=(record(), unknown)), turns=())
    assert shown.unknown == (unknown,)


def entry(**changes: object) -> LedgerEntry:
    common: dict[str, object] = {
        "event": EventId("e"),
        "stream_id": StreamId("1-0"),
        "at": NOW,
        "kind": "message.received",
        "reasons": ("answered",),
        "actions": (),
        "commitment": commitment("salt", "texts"),
        "brand_rev": "r1",
        "model": "m1",
        "config": "c1",
        "previous": GENESIS,
    }
    return LedgerEntry.model_validate({**common, **changes})


def test_an_entrys_digest_covers_all_of_it() -> None:
    assert entry().digest == entry().digest
    changed: list[dict[str, object]] = [
        {"reasons": ()},
        {"previous": entry().digest},
        {"commitment": ""},
        {"config": "c2"},
    ]
    assert len({entry(**change).digest for change in changed} | {entry().digest}) == len(changed) + 1


def test_a_commitment_needs_its_salt() -> None:
    assert commitment("salt", "texts") == commitment("salt", "texts")
    assert commitment("other", "texts") != commitment("salt", "texts")
    assert commitment("salt", "other") != commitment("salt", "texts")
