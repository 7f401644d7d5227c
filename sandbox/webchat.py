"""Visitors of a brand's web page, without the page: they write as the widget does, and get what it would show.

The form is that of connectors/webchat/README.md and connectors/webhook/README.md.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sandbox.exchange import (
    Answer,
    Broken,
    Buckets,
    Call,
    Doing,
    Handshake,
    NotPossible,
    Outgoing,
    Rate,
    Refused,
    Rules,
    Saying,
    Schedule,
)
from sandbox.standard_webhooks import is_signed
from sandbox.webhook import error, refuse, too_many
from sandbox.world import DM, Entry, Profile, World

TEXT_LIMIT = 2000
RATE: Rate = (100, 1)
LIFE_S = 3600
"""How long a page that stays open tries to send."""
_VISITOR = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Webchat:
    channel: str = "webchat"
    schedule: Schedule = Schedule("queues", timeout_s=10)
    id_fields: frozenset[str] = frozenset()

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str | None:
        return None

    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        self._world = world
        self._rules = rules
        self._buckets = Buckets()

    def reset(self) -> None:
        self._buckets = Buckets()

    # the visitor

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        return json.dumps(contents[0], ensure_ascii=False).encode()

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        """The session of the visitor whom the body names."""
        content = f"{json.loads(body)['visitor']}.{int(self._world.now().timestamp())}"
        key = profile.secret("session_key").encode()
        proof = hmac.digest(key, f"aplomb-visitor/{content}".encode(), sha256).hex()
        return {"x-aplomb-visitor": f"{content}.{proof}", "Content-Type": "application/json"}

    def handshake(self, profile: Profile) -> Handshake | None:
        return None

    def _sent(self, profile: Profile, type_: str, visitor: str, id_: str, entry: Entry | None = None) -> Outgoing:
        content = {"type": type_, "visitor": visitor, "id": id_}
        if entry is None:
            return Outgoing(profile, visitor, content, self._world.now(), LIFE_S, "receipt")
        return Outgoing(profile, visitor, content | {"text": entry.text}, entry.at, LIFE_S, "words", entry)

    def say(self, profile: Profile, saying: Saying) -> tuple[Entry, tuple[Outgoing, ...]]:
        if saying.where != DM:
            raise NotPossible("a chat on a web page has no posts and no comments")
        if not _VISITOR.fullmatch(saying.customer):
            raise NotPossible(f"a visitor's id is 1 to 64 letters and digits, not {saying.customer!r}")
        customer = profile.customer(saying.customer, saying.name)
        at = self._world.now() - timedelta(seconds=saying.ago_s)
        place = profile.place(DM, customer.id)
        entry = Entry(str(uuid4()), place, "customer", customer.id, customer.name, saying.text, at, status="sending")
        profile.add(entry)
        profile.thread_of(entry).spoke_at = at
        self._world.changed(place)
        return entry, (self._sent(profile, "message.received", customer.id, entry.external_id, entry),)

    def act(self, profile: Profile, doing: Doing) -> tuple[Entry | None, tuple[Outgoing, ...]]:
        match doing.do:
            case "read" if doing.customer:
                return None, tuple(self.read(profile, doing.customer))
            case "native_reply":
                raise NotPossible("people answer a visitor in Aplomb's console, there is nowhere else")
            case _:
                raise NotPossible("a visitor can only write, read, and ask to be forgotten")

    def read(self, profile: Profile, customer: str) -> list[Outgoing]:
        """A receipt for the last words, unless there was nothing new."""
        thread = profile.thread(DM, customer)
        unread = [e for e in thread.entries.values() if e.by == "brand" and e.status != "read"]
        for entry in unread:
            entry.status = "read"
        self._world.changed(thread.place)
        return [self._sent(profile, "read", customer, unread[-1].external_id)] if unread else []

    # the web role

    def account_of(self, call: Call) -> str | None:
        profile = self._caller(call)
        return profile.id if profile else None

    def writes(self, call: Call) -> bool:
        return call.params.get("type") == "message.send"

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        if mode == "token_expired":
            return error(401, "not_authentic", "no signature of ours")
        return error(500, "oops", "something went wrong") if mode == "500" else too_many(after_s or 1)

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/webchat/deliver"):
            return error(404, "refused", "there is nothing here")
        profile = self._caller(call)
        if profile is None:
            return error(401, "not_authentic", "no signature of ours")
        wait = self._buckets.take(
            profile.id, self._world.now().timestamp(), self._rules().rate("webchat.account", RATE)
        )
        if wait:
            return too_many(wait)
        try:
            return self._told(profile, call.params, call.headers["webhook-id"])
        except Refused as refused:
            return refused.answer

    def _caller(self, call: Call) -> Profile | None:
        profile = next((p for p in self._world.of(self.channel) if p.id == str(call.params.get("account"))), None)
        if profile is None or not is_signed(profile.secret("delivery_key"), call.headers, call.body, self._world.now()):
            return None
        return profile

    def _told(self, profile: Profile, params: Mapping[str, Any], action: str) -> Answer:
        user = params.get("user")
        visitor = str(user.get("id", "")) if isinstance(user, dict) else ""
        match params.get("type"):
            case "ping":
                return Answer(200, {"id": action})
            case "message.send" | "seen" if (DM, visitor) not in profile.threads:
                raise refuse(410, "user_gone", "erased, or away for too long")
            case "seen":
                for entry in profile.thread(DM, visitor).entries.values():
                    entry.status = "read" if entry.by == "customer" else entry.status
                self._world.changed(profile.place(DM, visitor))
                return Answer(200, {"id": str(params.get("message_id"))})
            case "message.send":
                return self._written(profile, visitor, action, str(params.get("text", "")).strip())
        raise refuse(422, "refused", "no such type")

    def _written(self, profile: Profile, visitor: str, action: str, text: str) -> Answer:
        """The same action a second time changes nothing."""
        if not text or len(text) > TEXT_LIMIT:
            raise refuse(422, "refused", f"a text has 1 to {TEXT_LIMIT} characters")
        place = profile.place(DM, visitor)
        deliveries: tuple[Outgoing, ...] = ()
        if action not in profile.entries:
            name = profile.settings.name
            profile.add(Entry(action, place, "brand", profile.id, name, text, self._world.now(), status="delivered"))
            self._world.changed(place)
            if profile.thread(DM, visitor).looking:
                deliveries = tuple(self.read(profile, visitor))
        return Answer(200, {"id": action}, deliveries=deliveries)
