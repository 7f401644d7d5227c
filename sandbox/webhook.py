"""A brand's own app that speaks the signed webhook: what Aplomb tells it to do, it does once.

The form is that of connectors/webhook/README.md.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from math import ceil
from typing import Any

from sandbox.exchange import Answer, Broken, Buckets, Call, Handshake, Outgoing, Rate, Refused, Rules, Schedule
from sandbox.standard_webhooks import is_signed, signed
from sandbox.webhook_people import WebhookPeople
from sandbox.world import DM, Entry, Profile, World

TEXT_LIMIT = 2000
RATE: Rate = (20, 1)
DONE_KEPT = 10_000
QUIET = frozenset({"seen", "ping"})

Params = Mapping[str, Any]


class Webhook(WebhookPeople):
    channel: str = "webhook"
    schedule: Schedule = Schedule(batch=50, timeout_s=10)
    id_fields: frozenset[str] = frozenset({"message_id"})

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str:
        return f"p-{base}{number}"

    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        super().__init__(world)
        self._rules = rules
        self._buckets = Buckets()
        self._done: dict[str, Answer] = {}
        """By id: what was done already is answered as the first time."""
        self._types: dict[str, Callable[[Profile, Params], Answer]] = {
            "message.send": self._message_send,
            "comment.reply": self._comment_reply,
            "private.reply": self._private_reply,
            "comment.hide": lambda profile, params: self._hide(profile, params, hidden=True),
            "comment.show": lambda profile, params: self._hide(profile, params, hidden=False),
            "own.edit": self._own_edit,
            "own.delete": self._own_delete,
            "like": self._like,
            "seen": self._seen,
            "thread.pass": self._thread_pass,
            "ping": lambda profile, params: _ok(profile.id),
        }

    def reset(self) -> None:
        self._buckets = Buckets()
        self._done.clear()

    # deliveries

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        """One item as it is, several as a list."""
        return json.dumps(contents if len(contents) > 1 else contents[0], ensure_ascii=False).encode()

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        message_id = f"msg_{sha256(body).hexdigest()[:24]}"
        return signed(profile.secret("signing_secret"), message_id, body, self._world.now())

    def handshake(self, profile: Profile) -> Handshake | None:
        return None

    # calls

    def account_of(self, call: Call) -> str | None:
        profile = self._caller(call)
        return profile.id if profile else None

    def writes(self, call: Call) -> bool:
        return call.params.get("type") not in QUIET

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        if mode == "token_expired":
            return error(401, "not_authentic", "no signature of yours")
        if mode == "500":
            return error(500, "oops", "something went wrong")
        return too_many(after_s or 1)

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/deliver"):
            return error(404, "refused", "there is nothing here")
        profile = self._caller(call)
        if profile is None:
            return error(401, "not_authentic", "no signature of yours")
        action = str(call.headers.get("webhook-id", ""))
        if action in self._done:
            return self._done[action]
        do = self._types.get(str(call.params.get("type")))
        if do is None:
            return error(422, "refused", "no such type")
        wait = self._buckets.take(
            profile.id, self._world.now().timestamp(), self._rules().rate("webhook.account", RATE)
        )
        if wait:
            return too_many(wait)
        try:
            answer = do(profile, call.params)
        except Refused as refused:
            return refused.answer
        if len(self._done) >= DONE_KEPT:
            self._done.pop(next(iter(self._done)))
        self._done[action] = Answer(answer.status, answer.body)
        return answer

    def _caller(self, call: Call) -> Profile | None:
        """The account that the call names, if its key signed the call."""
        profile = next((p for p in self._world.of(self.channel) if p.id == str(call.params.get("account"))), None)
        if profile is None or not is_signed(profile.secret("delivery_key"), call.headers, call.body, self._world.now()):
            return None
        return profile

    def _message_send(self, profile: Profile, params: Params) -> Answer:
        user = params.get("user")
        customer = str(user.get("id", "")) if isinstance(user, dict) else ""
        if (DM, customer) not in profile.threads:
            raise refuse(404, "refused", "nobody of that id has written")
        return self._written(profile, customer, params)

    def _private_reply(self, profile: Profile, params: Params) -> Answer:
        customer = self._comment(profile, params).author
        answer = self._written(profile, customer, params)
        return Answer(200, {**answer.body, "user": customer}, deliveries=answer.deliveries)

    def _written(self, profile: Profile, customer: str, params: Params) -> Answer:
        if customer in profile.blocked:
            raise refuse(410, "user_gone", "they have opted out")
        entry = self._add(profile, DM, profile.id, "brand", _text(params), customer=customer)
        entry.status = "delivered"
        receipt = {"user": {"id": customer}, "message_id": entry.external_id}
        deliveries: list[Outgoing] = [self._event(profile, "delivered", receipt, kind="receipt")]
        if profile.thread(DM, customer).looking:
            deliveries += self.read(profile, customer)
        return Answer(200, {"id": entry.external_id}, deliveries=tuple(deliveries))

    def _comment_reply(self, profile: Profile, params: Params) -> Answer:
        answered = self._comment(profile, params)
        where, parent = answered.place.where, answered.external_id
        return _ok(self._add(profile, where, profile.id, "brand", _text(params), parent=parent).external_id)

    def _hide(self, profile: Profile, params: Params, hidden: bool) -> Answer:
        entry = self._comment(profile, params)
        entry.hidden = hidden
        return self._changed(entry)

    def _own_edit(self, profile: Profile, params: Params) -> Answer:
        entry = self._own(profile, params)
        entry.edit(_text(params), self._world.now())
        return self._changed(entry)

    def _own_delete(self, profile: Profile, params: Params) -> Answer:
        entry = self._own(profile, params)
        entry.deleted = True
        return self._changed(entry)

    def _like(self, profile: Profile, params: Params) -> Answer:
        entry = self._entry(profile, params)
        entry.liked_by[profile.id] = "like"
        return self._changed(entry)

    def _seen(self, profile: Profile, params: Params) -> Answer:
        seen = self._entry(profile, params)
        for entry in profile.thread_of(seen).entries.values():
            if entry.by == "customer" and entry.at <= seen.at:
                entry.status = "read"
        return self._changed(seen)

    def _thread_pass(self, profile: Profile, params: Params) -> Answer:
        user = params.get("user")
        customer = str(user.get("id", "")) if isinstance(user, dict) else ""
        return Answer(200, {"id": customer}, deliveries=self._route(profile, customer, taken=True))

    def _changed(self, entry: Entry) -> Answer:
        self._world.changed(entry.place)
        return _ok(entry.external_id)

    def _entry(self, profile: Profile, params: Params) -> Entry:
        entry = profile.entries.get(str(params.get("message_id", "")))
        if entry is None or entry.deleted:
            raise refuse(404, "refused", "nothing of that id")
        return entry

    def _comment(self, profile: Profile, params: Params) -> Entry:
        entry = self._entry(profile, params)
        if entry.place.where == DM:
            raise refuse(422, "refused", "that is no comment")
        return entry

    def _own(self, profile: Profile, params: Params) -> Entry:
        entry = self._entry(profile, params)
        if entry.by == "customer":
            raise refuse(422, "refused", "a customer wrote that")
        return entry


def _text(params: Params) -> str:
    text = str(params.get("text", "")).strip()
    if not text:
        raise refuse(422, "refused", "there are no words")
    if len(text) > TEXT_LIMIT:
        raise refuse(422, "refused", f"more than {TEXT_LIMIT} characters")
    return text


def _ok(external_id: str) -> Answer:
    return Answer(200, {"id": external_id})


def error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}}, headers or {}, outcome=code)


def too_many(wait_s: float) -> Answer:
    return error(429, "slow_down", "too many requests", {"Retry-After": str(max(1, ceil(wait_s)))})


def refuse(status: int, code: str, message: str) -> Refused:
    return Refused(error(status, code, message))
