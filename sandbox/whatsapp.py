"""WhatsApp's Cloud API as a number's bot calls it, and what it delivers.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages (checked
2026-11-27)

It does not echo what the API said: its statuses tell of it, and of what it took and could not bring to who has blocked
the number. A person of the brand answers on a phone that shares the number.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.exchange import Answer, Call, Deed, Doing, Outgoing, Rate, Refused, Saying, Schedule, opaque
from sandbox.facebook_shapes import error, missing, refuse
from sandbox.meta import META, TOO_MANY, Meta
from sandbox.people import People, Told
from sandbox.world import DM, Entry, Profile

TEXT_CHARACTERS = 4096
BUTTONS_CHARACTERS = 1024
WINDOW = timedelta(hours=24)
DELIVERY_LIFE_S = 7 * 86_400
RATES: dict[str, Rate] = {"messages": (80, 1), "pair": (45, 270)}
TEMPLATES = frozenset({"suite", "follow_up"})
"""The templates that were approved."""
UNDELIVERABLE = [{"code": 131026, "title": "Message undeliverable", "message": "Message undeliverable"}]
Params = Mapping[str, Any]


class WhatsApp(Meta, People):
    channel: str = "whatsapp"
    name: str = "WhatsApp"
    object_: str = "whatsapp_business_account"
    throttled: tuple[int, str] = (130429, "whatsapp")
    overrun: int = 130429
    schedule: Schedule = replace(META, unsubscribing=frozenset())
    id_fields: frozenset[str] = frozenset()
    can: frozenset[Deed] = frozenset({"edit", "delete", "react", "unreact", "block", "unblock", "native_reply", "read"})

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str | None:
        return None

    # deliveries

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        return json.dumps({"object": self.object_, "entry": list(contents)}, separators=(",", ":")).encode()

    def new_id(self, profile: Profile, where: str, parent: Entry | None) -> str:
        return f"wamid.{opaque(36)}="

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]:
        """A tapped short answer is a message of its own kind."""
        entry, told = super().say(profile, saying)
        if saying.payload:
            (held,) = told[0].content["changes"][0]["value"]["messages"]
            del held["text"]
            tapped = {"type": "button_reply", "button_reply": {"id": saying.payload, "title": saying.text}}
            held |= {"type": "interactive", "interactive": tapped}
        return entry, told

    def tell(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None = None) -> tuple[Outgoing, ...]:
        now = str(int(self._world.now().timestamp()))
        said = {"timestamp": str(int(entry.at.timestamp())), "type": "text", "text": {"body": entry.text}}
        person = entry.place.customer
        own_id = f"wamid.{opaque(36)}="
        match what:
            case "said":
                held = {"from": person, "id": entry.external_id, **said}
                if entry.parent:
                    held["context"] = {"from": profile.id, "id": entry.parent}
            case "edited":
                words = {"type": "text", "text": {"body": entry.text}}
                edit = {"original_message_id": entry.external_id, "message": words}
                held = {"from": person, "id": own_id, "timestamp": now, "type": "edit", "edit": edit}
            case "deleted":
                revoke = {"original_message_id": entry.external_id}
                held = {"from": person, "id": own_id, "timestamp": now, "type": "revoke", "revoke": revoke}
            case "reacted" | "unreacted":
                emoji = {"emoji": (doing.text if doing else None) or "❤"} if what == "reacted" else {}
                reaction = {"message_id": entry.external_id, **emoji}
                held = {"from": person, "id": own_id, "timestamp": now, "type": "reaction", "reaction": reaction}
            case "echo_person":
                echo = {"from": profile.id, "to": person, "id": entry.external_id, **said}
                value = {**self._about(profile, entry), "message_echoes": [echo]}
                return (self._told(profile, entry, "smb_message_echoes", value, "echo"),)
            case "read":
                return (self._status(profile, entry, "read"),)
            case _:
                return ()
        value = {**self._about(profile, entry), "messages": [held]}
        return (self._told(profile, entry, "messages", value, "words" if what == "said" else "change"),)

    def _about(self, profile: Profile, entry: Entry) -> dict[str, Any]:
        name = profile.customer(entry.place.customer, None).name
        return {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "33400000000", "phone_number_id": profile.id},
            "contacts": [{"profile": {"name": name}, "wa_id": entry.place.customer}],
        }

    def _told(self, profile: Profile, entry: Entry, field: str, value: dict[str, Any], kind: Any) -> Outgoing:
        waba = profile.settings.settings.get("waba_id", "10229000000000")
        content = {"id": waba, "changes": [{"value": value, "field": field}]}
        told = entry if kind == "words" else None
        return Outgoing(profile, "messages", content, entry.at, DELIVERY_LIFE_S, kind, told)

    def _status(self, profile: Profile, entry: Entry, status: str, tag: str | None = None, **more: Any) -> Outgoing:
        held = {
            "id": entry.external_id,
            "status": status,
            "timestamp": str(int(self._world.now().timestamp())),
            "recipient_id": entry.place.customer,
            **({"biz_opaque_callback_data": tag} if tag else {}),
            **more,
        }
        kind = "echo" if status == "sent" else "receipt"
        return self._told(profile, entry, "messages", {**self._about(profile, entry), "statuses": [held]}, kind)

    # the API

    def answer(self, call: Call) -> Answer:
        profile = self._bearer(call)
        if profile is None:
            return error(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        target, *edge = self._path(call)
        try:
            return self._route(profile, call, target, edge)
        except Refused as refused:
            return refused.answer

    def _route(self, profile: Profile, call: Call, target: str, edge: list[str]) -> Answer:
        match call.method, edge:
            case "POST", ["messages"] if target == profile.id:
                return self._message(profile, call.params)
            case "GET", [] if target == profile.id:
                named = {"verified_name": profile.settings.name, "display_phone_number": "+33 4 00 00 00 00"}
                return Answer(200, {"id": profile.id, **named})
            case "GET", ["subscribed_apps"]:
                apps = [{"whatsapp_business_api_data": {"id": "990011"}}] if profile.webhook.subscribed else []
                return Answer(200, {"data": apps})
            case "POST", ["subscribed_apps"]:
                profile.webhook.subscribed = True
                return Answer(200, {"success": True})
        raise missing("/".join([target, *edge]))

    def _message(self, profile: Profile, params: Params) -> Answer:
        if params.get("status") == "read":
            if params.get("message_id") not in profile.entries:
                raise refuse(131009, "Parameter value is not valid")
            return Answer(200, {"success": True})
        customer = str(params.get("to") or params.get("recipient") or "")
        kind = str(params.get("type", "text"))
        if not customer:
            raise refuse(131008, "Required parameter is missing")
        self._count(profile, customer)
        thread = profile.thread(DM, customer)
        if kind == "reaction":
            return self._react(profile, params)
        open_ = thread.spoke_at is not None and self._world.now() - thread.spoke_at <= WINDOW
        if kind != "template" and not open_:
            text = "Re-engagement message: more than 24 hours have passed since the customer last replied"
            raise refuse(131047, text)
        parent = profile.entries.get(str((params.get("context") or {}).get("message_id")))
        entry = self.add(profile, DM, customer, "brand", _words(kind, params), parent)
        tag = params.get("biz_opaque_callback_data")
        if customer in profile.blocked:
            entry.status = "lost"
            failed = self._status(profile, entry, "failed", tag, errors=UNDELIVERABLE)
            return self._taken(customer, entry.external_id, (failed,))
        entry.status = "delivered"
        deliveries = [self._status(profile, entry, status, tag) for status in ("sent", "delivered")]
        if thread.looking:
            deliveries += self.read(profile, customer)
        return self._taken(customer, entry.external_id, tuple(deliveries))

    def _taken(self, customer: str, message_id: str, deliveries: tuple[Outgoing, ...] = ()) -> Answer:
        contacts = [{"input": customer, "wa_id": customer}]
        body = {"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": message_id}]}
        return Answer(200, body, deliveries=deliveries)

    def _react(self, profile: Profile, params: Params) -> Answer:
        asked = params.get("reaction") or {}
        entry = profile.entries.get(str(asked.get("message_id")))
        if entry is None or entry.deleted:
            raise refuse(131009, "Parameter value is not valid")
        entry.liked_by[profile.id] = str(asked.get("emoji") or "👍")
        self._world.changed(entry.place)
        return self._taken(entry.place.customer, f"wamid.{opaque(36)}=")

    def _count(self, profile: Profile, customer: str) -> None:
        """Per number, and per pair of number and person."""
        rules, now = self._rules(), self._now()
        if self._buckets.take(profile.id, now, rules.rate("whatsapp.messages", RATES["messages"])):
            raise refuse(130429, TOO_MANY)
        pair = rules.rate("whatsapp.pair", RATES["pair"])
        if self._buckets.take(f"{profile.id}/{customer}", now, pair):
            raise refuse(131056, "Too many messages to this person. Send fewer.")


def _words(kind: str, params: Params) -> str:
    """What the person reads."""
    if kind == "text":
        text, limit = str((params.get("text") or {}).get("body") or ""), TEXT_CHARACTERS
    elif kind == "interactive":
        asked = params.get("interactive") or {}
        text, limit = str((asked.get("body") or {}).get("text") or ""), BUTTONS_CHARACTERS
        if len((asked.get("action") or {}).get("buttons", ())) > 3:
            raise refuse(131009, "At most 3 buttons")
    elif kind == "image":
        text, limit = str((params.get("image") or {}).get("caption") or "🖼"), BUTTONS_CHARACTERS
    elif kind == "template":
        return _template(params.get("template") or {})
    else:
        raise refuse(131051, "Unsupported message type")
    if not text.strip() or len(text) > limit:
        raise refuse(131009, f"The text is required, with at most {limit} characters")
    return text


def _template(asked: dict[str, Any]) -> str:
    if asked.get("name") not in TEMPLATES:
        raise refuse(132001, "Template name does not exist in the translation")
    parameters = [p.get("text", "") for c in asked.get("components", ()) for p in c.get("parameters", ())]
    return f"[{asked['name']}] {' '.join(parameters)}".strip()
