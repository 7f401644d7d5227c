"""Facebook: a wrong "it isn't there" would say things twice, so every doubt stays one."""

from datetime import datetime, timedelta

import pytest

from bot.model.action import Action, FindOwn
from connectors.base import Found, SendError
from connectors.facebook.connector import FACEBOOK
from connectors.facebook.lookup import LOOK_BACK
from tests.unit.test_connector_facebook import ACCOUNT, MESSAGE, NOW, PAGE, PRIVATE_REPLY, REPLY, answer


def said(text: str | None, at: datetime, by: str | None = PAGE, id_: str = "m_9") -> dict[str, object]:
    return {"id": id_, "message": text, "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000")} | (
        {"from": {"id": by}} if by else {}
    )


def in_thread(*messages: dict[str, object], **more: object) -> dict[str, object]:
    return {"data": [{"id": "t_1", "messages": {"data": list(messages), **more}}]}


MORE = {"next": "https://graph.facebook.com/next?after=1"}


PICTURE = MESSAGE.model_copy(update={"image_url": "https://maison.example/lampe.jpg"})
NESTED = REPLY.model_copy(update={"comment_id": "500_902"})
LATER, LONG_AGO = NOW + timedelta(seconds=3), NOW - timedelta(days=2)
TEXT = "elle  arrive\nDemain."


@pytest.mark.parametrize(
    ("name", "action", "body", "found"),
    [
        ("there", MESSAGE, in_thread(said(TEXT, LATER)), Found(external_id="m_9")),
        (
            "there, by a slow clock",
            MESSAGE,
            in_thread(said(TEXT, NOW - timedelta(minutes=1))),
            Found(external_id="m_9"),
        ),
        ("an older one of the same words", MESSAGE, in_thread(said(TEXT, LONG_AGO)), Found(external_id=None)),
        ("the customer's own words", MESSAGE, in_thread(said(TEXT, LATER, by="73")), Found(external_id=None)),
        ("nobody's words", MESSAGE, in_thread(said(TEXT, LATER, by=None)), Found(external_id=None)),
        ("other words", MESSAGE, in_thread(said("Merci", LATER), said(None, LATER)), Found(external_id=None)),
        ("no words at all", MESSAGE, in_thread(), Found(external_id=None)),
        ("no thread", MESSAGE, {"data": []}, Found(external_id=None)),
        ("too many since", MESSAGE, in_thread(*[said("x", LATER)] * LOOK_BACK), None),
        (
            "many, but reaching back",
            MESSAGE,
            in_thread(*[said("x", LATER)] * LOOK_BACK, said("x", LONG_AGO)),
            Found(external_id=None),
        ),
        ("few since, but not all there is", MESSAGE, in_thread(said("x", LATER), paging=MORE), None),
        (
            "not all there is, but reaching back",
            MESSAGE,
            in_thread(said("x", LATER), said("x", LONG_AGO), paging=MORE),
            Found(external_id=None),
        ),
        ("beside a picture", PICTURE, in_thread(said(TEXT, LATER)), Found(external_id="m_9")),
        ("a picture whose words are not listed", PICTURE, in_thread(said("", LATER)), None),
        ("a thread without its messages", MESSAGE, {"data": [{"id": "t_1"}]}, None),
        ("a message without a time", MESSAGE, in_thread({"id": "m_9", "message": TEXT}), None),
        ("no data", MESSAGE, {"data": None}, None),
        ("a comment", REPLY, {"data": [said("Il revient jeudi.", LATER, id_="500_950")]}, Found(external_id="500_950")),
        ("no comment", REPLY, {"data": []}, Found(external_id=None)),
        ("few comments, but not all there are", REPLY, {"data": [], "paging": MORE}, None),
        ("no answer to an answer", NESTED, {"data": []}, None),
        ("an answer to an answer", NESTED, {"data": [said("Il revient jeudi.", LATER)]}, Found(external_id="m_9")),
        ("a private reply can still be sent", PRIVATE_REPLY, {"can_reply_privately": True}, Found(external_id=None)),
        (
            "a private reply is there",
            PRIVATE_REPLY,
            {"private_reply_conversation": {"messages": {"data": [said("Écrivons-nous ici.", LATER)]}}},
            Found(external_id="m_9"),
        ),
        (
            "another private reply is there",
            PRIVATE_REPLY,
            {"private_reply_conversation": {"messages": {"data": [said("Bonjour", LATER)]}}},
            None,
        ),
        ("nothing is said about private replies", PRIVATE_REPLY, {"can_reply_privately": False}, None),
    ],
)
def test_finding_our_own_words(name: str, action: Action, body: object, found: Found | None) -> None:
    result = FACEBOOK.interpret(FindOwn(action=action), answer(body), ACCOUNT, NOW)
    if found is None:
        assert isinstance(result, SendError)
        assert result.fault == "unknown"
    else:
        assert result == found
