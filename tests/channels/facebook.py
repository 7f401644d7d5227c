"""Facebook, for the tests of every channel."""

from typing import Any

from tests.channels.base import ODD_TEXT, ChannelFacts, Refusal, Scene, text_of_10_000
from tests.channels.meta import AT_MS, AT_S, GREETING, UNCLEAR, delivery, error, sign, usage

PAGE = "104200000000001"
ANN, BOB = "510001", "510002"


def item(mid: str, text: str = "Bonjour", who: str = ANN, **message: Any) -> dict[str, Any]:
    """A private message as one of an entry's `messaging`."""
    return {
        "sender": {"id": who},
        "recipient": {"id": PAGE},
        "timestamp": AT_MS,
        "message": {"mid": mid, "text": text, **message},
    }


def from_page(mid: str, **message: Any) -> dict[str, Any]:
    return {
        "sender": {"id": PAGE},
        "recipient": {"id": ANN},
        "timestamp": AT_MS,
        "message": {"mid": mid, "text": "Nous regardons cela.", "is_echo": True, "app_id": 880011, **message},
    }


def about(**what: Any) -> dict[str, Any]:
    return {"sender": {"id": ANN}, "recipient": {"id": PAGE}, "timestamp": AT_MS, **what}


def change(
    comment: str, text: str | None = "Superbe !", who: str = BOB, verb: str = "add", **more: Any
) -> dict[str, Any]:
    value = {
        "item": "comment",
        "verb": verb,
        "from": {"id": who, "name": "Bob"},
        "post_id": f"{PAGE}_77",
        "parent_id": f"{PAGE}_77",
        "comment_id": comment,
        "created_time": AT_S,
        **({} if text is None else {"message": text}),
        **more,
    }
    return {"field": "feed", "value": value}


def messages(*items: dict[str, Any], page: str = PAGE) -> dict[str, Any]:
    return {"id": page, "time": AT_MS, "messaging": list(items)}


def changes(*found: dict[str, Any], page: str = PAGE) -> dict[str, Any]:
    return {"id": page, "time": AT_S, "changes": list(found)}


def once(*entries: dict[str, Any], leaves: tuple[str, ...]) -> Scene:
    return Scene((delivery("page", *entries),), leaves)


MESSAGE, COMMENT = "message.received", "comment.received"
REPLY = change("77_c8", "Oui, moi aussi", parent_id="77_c9")

FACEBOOK = ChannelFacts(
    channel="facebook",
    accounts={PAGE: {"app_id": "880011"}, "104200000000002": {}},
    signed_with="app_secret",
    sign=sign,
    greeting=GREETING,
    kinds=frozenset(
        {
            *("message.received", "message.edited", "message.deleted", "comment.received", "mention.received"),
            *("review.received", "visibility.changed", "reaction.added", "echoed", "delivery.updated"),
            *("thread_control.changed", "post.published"),
        }
    ),
    scenes={
        "dm": once(messages(item("m_1")), leaves=(MESSAGE,)),
        "comment": once(changes(change("77_c1")), leaves=(COMMENT,)),
        "several_entries": once(
            messages(item("m_2"), item("m_3", who=BOB)),
            changes(change("77_c2"), change("77_c3")),
            messages(item("m_4")),
            leaves=(MESSAGE,) * 3 + (COMMENT,) * 2,
        ),
        "dm_and_comment": once(messages(item("m_5")), changes(change("77_c4")), leaves=(MESSAGE, COMMENT)),
        "duplicate_in_body": once(messages(item("m_6"), item("m_6")), leaves=(MESSAGE,)),
        "out_of_order": Scene(
            (delivery("page", changes(REPLY)), delivery("page", changes(change("77_c9")))), (COMMENT, COMMENT)
        ),
        "echo": once(messages(from_page("m_7", metadata="act-1")), leaves=("echoed",)),
        "echo_of_another_id": once(messages(from_page("m_8x")), leaves=("echoed",)),
        "edit": once(
            messages(about(message_edit={"mid": "m_1", "text": "Bonsoir", "num_edit": 1})), leaves=("message.edited",)
        ),
        "delete": once(changes(change("77_c1", None, verb="remove")), leaves=("message.deleted",)),
        "reaction": once(
            messages(about(reaction={"mid": "m_7", "action": "react", "reaction": "love", "emoji": "❤"})),
            leaves=("reaction.added",),
        ),
        "media_only": once(
            messages(
                about(
                    message={
                        "mid": "m_9",
                        "attachments": [{"type": "image", "payload": {"url": "https://x.example/1"}}],
                    }
                )
            ),
            leaves=(MESSAGE,),
        ),
        "empty_text": once(messages(item("m_10", "")), changes(change("77_c5", " ")), leaves=(MESSAGE, COMMENT)),
        "long_text": once(messages(item("m_11", text_of_10_000())), leaves=(MESSAGE,)),
        "odd_text": once(changes(change("77_c6", ODD_TEXT)), leaves=(COMMENT,)),
        "numeric_ids": once(
            {"id": int(PAGE), "time": AT_MS, "messaging": [{**item("m_12"), "sender": {"id": int(ANN)}}]},
            leaves=(MESSAGE,),
        ),
        "unknown_field": once({**messages(item("m_13", later={"x": 1})), "later": True}, leaves=(MESSAGE,)),
        "unknown_type": once(messages(about(telepathy={})), leaves=("unhandled.messaging.telepathy",)),
        "wrong_account": once(messages(item("m_14"), page="1"), leaves=("unhandled.unknown_account",)),
    },
    refusals=(
        *UNCLEAR,
        Refusal("token expired", error(190, 463, 401), "reconnect"),
        Refusal("page throttled", error(80001, headers=usage("pages", 7)), "pause_account", 420),
        Refusal("application throttled", error(4), "pause_account", 300),
        Refusal("blocked for what was said", error(368), "pause_account", 3600),
        Refusal("page restricted", error(10, 1893063), "pause_account", 3600),
        Refusal("in a question-and-answer flow", error(2018321), "pause_chat", 300),
        Refusal("message not accepted for now", error(1200), "retry", 60),
        Refusal("window closed", error(10, 2018278), "window_closed"),
        Refusal("person gone", error(551, 1545041), "contact_gone"),
        Refusal("permission missing", error(200, status=403), "refused"),
        Refusal("another app has the thread", error(10, 2018300), "refused"),
        Refusal("no such object", error(100, 33), "refused"),
        Refusal("the same words again", error(506), "refused"),
    ),
    comment_id="500_901",
)
