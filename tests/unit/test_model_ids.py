"""Identities as strings: what is in them, what they shield from, how they sort and spread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.model.contact import Contact
from bot.model.ids import AccountId, ContactId, ConversationId, shard_of, stream_order
from tests.unit.turns import ACCOUNT, ANN, DM, THREAD

PLATFORM_ID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("name", "id_", "text"),
    [
        ("account", ACCOUNT, "facebook/1001"),
        ("contact", ANN, "facebook/1001/ann"),
        ("private", DM, "facebook/1001/ann/dm"),
        ("public", THREAD, "facebook/1001/ann/c/77_88"),
        ("a slash and a brace", ContactId.of(ACCOUNT, "a/{b}"), "facebook/1001/a%2F%7Bb%7D"),
        ("a placeholder stays readable", AccountId.of("facebook", "<PAGE_ID>"), "facebook/<PAGE_ID>"),
        ("nobody", ContactId.nobody(ACCOUNT, "77"), "facebook/1001/~77"),
    ],
)
def test_as_text(name: str, id_: str, text: str) -> None:
    assert str(id_) == text


def test_parts() -> None:
    assert (ACCOUNT.channel, ACCOUNT.external_id) == ("facebook", "1001")
    assert (ANN.account, ANN.user, ANN.is_nobody) == (ACCOUNT, "ann", False)
    assert ContactId.nobody(ACCOUNT, "77").is_nobody
    assert (DM.contact, DM.account, DM.is_public, DM.root) == (ANN, ACCOUNT, False, None)
    assert (THREAD.contact, THREAD.account, THREAD.is_public, THREAD.root) == (ANN, ACCOUNT, True, "77_88")


@given(PLATFORM_ID, PLATFORM_ID, PLATFORM_ID)
def test_whatever_a_platform_calls_them(account: str, user: str, root: str) -> None:
    here = AccountId.of("x", account)
    contact = ContactId.of(here, user)
    for conversation in (ConversationId.private(contact), ConversationId.public(contact, root)):
        assert conversation.account == here
        assert conversation.contact == contact
        assert not set(conversation) & set("{} ")
    assert here.external_id == account
    assert contact.user == user
    assert ConversationId.public(contact, root).root == root


@pytest.mark.parametrize(
    ("name", "stream_id", "order"),
    [
        ("none yet", "", (-1, -1)),
        ("the first", "0-0", (0, 0)),
        ("a usual one", "1764079200000-12", (1764079200000, 12)),
        ("without a sequence", "5", (5, 0)),
        ("an open end", "5-", (5, 0)),
    ],
)
def test_stream_order(name: str, stream_id: str, order: tuple[int, int]) -> None:
    assert stream_order(stream_id) == order


def test_stream_ids_sort_as_numbers() -> None:
    assert sorted(["10-0", "9-10", "9-9", ""], key=stream_order) == ["", "9-9", "9-10", "10-0"]


@given(PLATFORM_ID, st.integers(1, 128))
def test_a_shard_is_one_of_them_and_always_the_same(user: str, shards: int) -> None:
    contact = ContactId.of(ACCOUNT, user)
    assert 0 <= shard_of(contact, shards) < shards
    assert shard_of(contact, shards) == shard_of(ContactId(str(contact)), shards)


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(ValidationError):
        Contact.model_validate({"id": ""})


def test_a_validated_id_keeps_its_type() -> None:
    assert isinstance(Contact.model_validate_json('{"id": "facebook/1001/ann"}').id, ContactId)
