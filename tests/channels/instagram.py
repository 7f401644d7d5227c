"""Instagram, for the tests of every channel."""

from typing import Any

from tests.channels.base import ODD_TEXT, ChannelFacts, Refusal, Scene, text_of_10_000
from tests.channels.meta import AT_MS, AT_S, GREETING, UNCLEAR, delivery, error, sign, usage

OWN = "17841400000000001"
ANN, BOB = "510001", "510002"
MESSAGE, COMMENT = "message.received", "comment.received"


def about(who: str = ANN, **what: Any) -> dict[str, Any]:
    return {"sender": {"id": who}, "recipient": {"id": OWN}, "timestamp": AT_MS, **what}


def message(mid: str, text: str = "Bonjour", who: str = ANN, **more: Any) -> dict[str, Any]:
    return about(who, message={"mid": mid, "text": text, **more})


def echo(mid: str, **more: Any) -> dict[str, Any]:
    said = {"mid": mid, "text": "Nous regardons cela.", "is_echo": True, **more}
    return {"sender": {"id": OWN}, "recipient": {"id": ANN}, "timestamp": AT_MS, "message": said}


def comment(id_: object, text: str = "Superbe !", **more: Any) -> dict[str, Any]:
    author = {"id": BOB, "username": "bob.marchal"}
    value = {"id": id_, "text": text, "from": author, "media": {"id": "179001", "media_product_type": "FEED"}, **more}
    return {"field": "comments", "value": value}


def messages(*items: dict[str, Any], own: object = OWN) -> dict[str, Any]:
    return {"id": own, "time": AT_MS, "messaging": list(items)}


def changes(*found: dict[str, Any], own: object = OWN) -> dict[str, Any]:
    return {"id": own, "time": AT_S, "changes": list(found)}


def once(*entries: dict[str, Any], leaves: tuple[str, ...]) -> Scene:
    return Scene((delivery("instagram", *entries),), leaves)


PICTURE = {"attachments": [{"type": "image", "payload": {"url": "https://x.example/1"}}]}

INSTAGRAM = ChannelFacts(
    channel="instagram",
    accounts={OWN: {"username": "maison.aubepine"}, "17841400000000002": {"user_id": "17841400000000009"}},
    signed_with="app_secret",
    sign=sign,
    greeting=GREETING,
    kinds=frozenset(
        {
            *("message.received", "message.edited", "message.deleted", "comment.received", "reaction.added"),
            *("echoed", "delivery.updated", "thread_control.changed", "content.unavailable"),
        }
    ),
    scenes={
        "dm": once(messages(message("mid1")), leaves=(MESSAGE,)),
        "comment": once(changes(comment("1781")), leaves=(COMMENT,)),
        "several_entries": once(
            messages(message("mid2"), message("mid3", who=BOB)),
            changes(comment("1782"), comment("1783")),
            {"id": OWN, "time": AT_S, **comment("1784")},
            leaves=(MESSAGE,) * 2 + (COMMENT,) * 3,
        ),
        "dm_and_comment": once(messages(message("mid5")), changes(comment("1785")), leaves=(MESSAGE, COMMENT)),
        "duplicate_in_body": once(changes(comment("1786"), comment("1786")), leaves=(COMMENT,)),
        "out_of_order": Scene(
            (
                delivery("instagram", changes(comment("1788", parent_id="1787"))),
                delivery("instagram", changes(comment("1787"))),
            ),
            (COMMENT, COMMENT),
        ),
        "echo": once(messages(echo("mid7")), leaves=("echoed",)),
        "echo_of_another_id": once(messages(echo("mid7x")), leaves=("echoed",)),
        "edit": once(
            messages(about(message_edit={"mid": "mid1", "text": "Bonsoir", "num_edit": 1})), leaves=("message.edited",)
        ),
        "delete": once(messages(about(message={"mid": "mid1", "is_deleted": True})), leaves=("message.deleted",)),
        "reaction": once(
            messages(about(reaction={"mid": "mid7", "action": "react", "reaction": "love", "emoji": "❤"})),
            leaves=("reaction.added",),
        ),
        "media_only": once(messages(about(message={"mid": "mid9", **PICTURE})), leaves=(MESSAGE,)),
        "empty_text": once(messages(message("mid10", "")), changes(comment("1789", " ")), leaves=(MESSAGE, COMMENT)),
        "long_text": once(changes(comment("17810", text_of_10_000())), leaves=(COMMENT,)),
        "odd_text": once(messages(message("mid11", ODD_TEXT)), leaves=(MESSAGE,)),
        "numeric_ids": once(changes(comment(17811, media={"id": 179001}), own=int(OWN)), leaves=(COMMENT,)),
        "unknown_field": once({**messages(message("mid12", later={"x": 1})), "later": True}, leaves=(MESSAGE,)),
        "unknown_type": once(changes({"field": "telepathy", "value": {"id": "1"}}), leaves=("unhandled.telepathy",)),
        "wrong_account": once(messages(message("mid13"), own="1"), leaves=("unhandled.unknown_account",)),
    },
    refusals=(
        *UNCLEAR,
        Refusal("token expired", error(190, 463, 401), "reconnect"),
        Refusal("access to messages switched off", error(200, 2534041), "reconnect"),
        Refusal("account throttled", error(80002, headers=usage("instagram", 3)), "pause_account", 180),
        Refusal("messages throttled", error(613, 2534040), "pause_account", 300),
        Refusal("blocked for what was said", error(368), "pause_account", 3600),
        Refusal("message not accepted for now", error(1200), "retry", 60),
        Refusal("window closed", error(10, 2534022), "window_closed"),
        Refusal("no such person", error(100, 2534014), "contact_gone"),
        Refusal("blocked by the person", error(100, 2534029), "contact_gone"),
        Refusal("comment too old, or answered", error(100, 2534025), "refused"),
        Refusal("another app has the thread", error(100, 2534037), "refused"),
        Refusal("permission missing", error(200, status=403), "refused"),
        Refusal("made all the same", error(20, 1772107), "unknown"),
    ),
    comment_id="17858893269000001",
    finds=frozenset({"send_message", "reply_to_comment"}),
)
