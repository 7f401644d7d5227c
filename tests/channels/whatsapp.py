"""WhatsApp, for the tests of every channel."""

from typing import Any

from tests.channels.base import ODD_TEXT, ChannelFacts, Refusal, Scene, text_of_10_000
from tests.channels.meta import AT_S, GREETING, UNCLEAR, delivery, error, sign

NUMBER, WABA = "106500000000001", "102290000000001"
ANN, BOB = "33600000001", "33600000002"
MESSAGE = "message.received"
NONE_PUBLIC = "WhatsApp has no public comments"


def held(type_: str, id_: str = "wamid.1", who: str = ANN, **what: Any) -> dict[str, Any]:
    return {"from": who, "id": id_, "timestamp": str(AT_S), "type": type_, **what}


def text(id_: str, body: str = "Bonjour", who: str = ANN, **more: Any) -> dict[str, Any]:
    return held("text", id_, who, text={"body": body}, **more)


def status(id_: str, what: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "status": what, "timestamp": str(AT_S), "recipient_id": ANN, **more}


def value(number: object = NUMBER, **what: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "33400000000", "phone_number_id": number}
    contacts = [{"profile": {"name": "Ann"}, "wa_id": ANN}]
    return {"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts, **what}


def change(field: str = "messages", number: object = NUMBER, **what: Any) -> dict[str, Any]:
    return {"field": field, "value": value(number, **what)}


def entry(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"id": WABA, "changes": list(changes)}


def body(*entries: dict[str, Any]) -> bytes:
    return delivery("whatsapp_business_account", *entries)


def once(*messages: dict[str, Any], leaves: tuple[str, ...], **more: Any) -> Scene:
    return Scene((body(entry(change(messages=list(messages), **more))),), leaves)


def after(id_: str, code: int, title: str = "no") -> dict[str, Any]:
    return status(id_, "failed", biz_opaque_callback_data="act-1", errors=[{"code": code, "title": title}])


EDITED = {"type": "text", "text": {"body": "Bonsoir"}}
NUMBERS: dict[str, Any] = {"from": int(ANN), "timestamp": AT_S}

WHATSAPP = ChannelFacts(
    channel="whatsapp",
    accounts={NUMBER: {"waba_id": WABA}, "106500000000002": {}},
    signed_with="app_secret",
    sign=sign,
    greeting=GREETING,
    kinds=frozenset(
        {
            *("message.received", "message.edited", "message.deleted", "reaction.added", "echoed"),
            *("delivery.updated", "contacts.linked", "content.unavailable", "account.revoked", "action.failed"),
        }
    ),
    scenes={
        "dm": once(text("wamid.a1"), leaves=(MESSAGE,)),
        "comment": NONE_PUBLIC,
        "several_entries": Scene(
            (
                body(
                    entry(change(messages=[text("wamid.a2"), text("wamid.a3", who=BOB)])),
                    entry(change(messages=[text("wamid.a4")]), change(statuses=[status("wamid.b1", "read")])),
                ),
            ),
            (MESSAGE,) * 3 + ("delivery.updated",),
        ),
        "dm_and_comment": NONE_PUBLIC,
        "duplicate_in_body": once(text("wamid.a5"), text("wamid.a5"), leaves=(MESSAGE,)),
        "out_of_order": Scene(
            (
                body(entry(change(statuses=[status("wamid.b2", "read")]))),
                body(entry(change(statuses=[status("wamid.b2", "delivered")]))),
            ),
            ("delivery.updated", "delivery.updated"),
        ),
        "echo": Scene(
            (body(entry(change(statuses=[status("wamid.b3", "sent", biz_opaque_callback_data="act-1")]))),), ("echoed",)
        ),
        "echo_of_another_id": "a status bears what we attached, and the id that the API gave",
        "edit": once(
            held(
                "edit",
                "wamid.a6",
                edit={"original_message_id": "wamid.a1", "message": {"type": "text", "text": {"body": "Bonsoir"}}},
            ),
            leaves=("message.edited",),
        ),
        "delete": once(
            held("revoke", "wamid.a7", revoke={"original_message_id": "wamid.a1"}), leaves=("message.deleted",)
        ),
        "reaction": once(
            held("reaction", "wamid.a8", reaction={"message_id": "wamid.b3", "emoji": "❤"}), leaves=("reaction.added",)
        ),
        "media_only": once(held("image", "wamid.a9", image={"id": "77", "mime_type": "image/jpeg"}), leaves=(MESSAGE,)),
        "empty_text": once(text("wamid.a10", ""), leaves=(MESSAGE,)),
        "long_text": once(text("wamid.a11", text_of_10_000()), leaves=(MESSAGE,)),
        "odd_text": once(text("wamid.a12", ODD_TEXT), leaves=(MESSAGE,)),
        "numeric_ids": Scene(
            (body(entry(change(number=int(NUMBER), messages=[{**text("wamid.a13"), **NUMBERS}]))),),
            (MESSAGE,),
        ),
        "unknown_field": once(text("wamid.a14", later={"x": 1}), leaves=(MESSAGE,), later=True),
        "unknown_type": once(held("telepathy", "wamid.a15", telepathy={}), leaves=("content.unavailable",)),
        "wrong_account": Scene(
            (body(entry(change(number="1", messages=[text("wamid.a16")]))),), ("unhandled.unknown_account",)
        ),
    },
    refusals=(
        *UNCLEAR,
        Refusal("token expired", error(190, 463, 401), "reconnect"),
        Refusal("access denied", error(131005, status=403), "reconnect"),
        Refusal("permission removed", error(200, status=403), "reconnect"),
        Refusal("number not registered", error(133010), "reconnect"),
        Refusal("number throttled", error(130429), "pause_account", 300),
        Refusal("held to be spam", error(131048), "pause_account", 3600),
        Refusal("account locked", error(131031), "pause_account", 3600),
        Refusal("not paid", error(131042), "pause_account", 3600),
        Refusal("too many to one person", error(131056), "pause_chat", 300),
        Refusal("window closed", error(131047), "window_closed"),
        Refusal("not to be reached", error(131026), "contact_gone"),
        Refusal("wants no marketing", error(131050), "refused"),
        Refusal("bad parameter", error(131009), "refused"),
        Refusal("no such template", error(132001), "refused"),
        Refusal("another identity", error(137000), "refused"),
        Refusal("something went wrong", error(131000, status=500), "unknown"),
    ),
    comment_id="wamid.HBgLMzM2MDAwMDAwMDEVAgASGBQz",
    finds=frozenset(),
)
