"""X's API as an account's bot calls it, and what it delivers.

https://docs.x.com/x-api/activity/event-payloads
https://docs.x.com/x-api/posts/create-post
https://docs.x.com/x-api/fundamentals/rate-limits (checked 2026-11-27)

One event a delivery. A post under one of the account's comes as an answer to it. The bot may answer only who spoke to
the account.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sandbox.exchange import (
    Answer,
    Broken,
    Buckets,
    Call,
    Deed,
    Doing,
    Handshake,
    Kind,
    Outgoing,
    Rate,
    Refused,
    Rules,
    Schedule,
    opaque,
)
from sandbox.people import People, Told
from sandbox.world import DM, Entry, Profile, World
from sandbox.x_shapes import author_of, listed_message, listing, message_of, post_of, problem, read_of, users_of

LIFE_S = 3600
POST_CHARACTERS = 280
RATES: dict[str, Rate] = {"posts": (100, 900), "messages": (15, 900), "hidings": (50, 900)}
TOKEN_LIFE_S = 7200
Params = Mapping[str, Any]


class X(People):
    channel: str = "x"
    name: str = "X"
    schedule: Schedule = Schedule(batch=1, retries_s=(5, 30, 120, 600), timeout_s=10)
    id_fields: frozenset[str] = frozenset()
    can: frozenset[Deed] = frozenset({"delete", "hide", "unhide", "block", "unblock", "native_reply", "read"})

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str:
        return f"2080{base}{number:06}"

    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        self._world = world
        self._rules = rules
        self._buckets = Buckets()
        self._tokens: dict[str, tuple[str, str]] = {}
        """Renewed access and refresh tokens; each refresh token works once."""

    def reset(self) -> None:
        self._buckets = Buckets()

    # deliveries

    def new_id(self, profile: Profile, where: str, parent: Entry | None) -> str:
        return f"20{self._world.number()}"

    def tell(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None = None) -> tuple[Outgoing, ...]:
        ours = what in {"echo", "echo_person"}
        if entry.place.where == DM:
            if what == "read":
                return (self._event(profile, "dm.read", read_of(entry, self._world.now()), entry, "receipt"),)
            if what == "said" or ours:
                type_ = "dm.sent" if ours else "dm.received"
                return (self._event(profile, type_, message_of(profile, entry), entry, "echo" if ours else "words"),)
            return ()
        if what == "deleted":
            payload = {"id": entry.external_id, "author_id": author_of(profile, entry)}
            return (self._event(profile, "post.delete", payload, entry, "change"),)
        if what == "said" or ours:
            type_ = "post.create" if ours else "post.reply.create"
            post = post_of(profile, entry)
            return (self._event(profile, type_, post, entry, "echo" if ours else "words", users_of(entry)),)
        return ()

    def _event(
        self, profile: Profile, type_: str, payload: dict[str, Any], entry: Entry, kind: Kind, users: Any = ()
    ) -> Outgoing:
        data = {
            "event_uuid": str(self._world.number()),
            "filter": {"user_id": profile.id},
            "event_type": type_,
            "tag": "aplomb",
            "payload": payload,
            **({"includes": {"users": users}} if users else {}),
        }
        told = entry if kind == "words" else None
        return Outgoing(profile, "activity", {"data": data}, entry.at, LIFE_S, kind, told)

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        return json.dumps(contents[0], ensure_ascii=False).encode()

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        return {
            "x-twitter-webhooks-signature": f"sha256={_signature(profile, body)}",
            "Content-Type": "application/json",
        }

    def handshake(self, profile: Profile) -> Handshake | None:
        token = opaque(18)
        wants = {"response_token": f"sha256={_signature(profile, token.encode())}"}
        return Handshake({"crc_token": token}, wants)

    # the API

    def account_of(self, call: Call) -> str | None:
        profile = self._bearer(call)
        return profile.id if profile else None

    def writes(self, call: Call) -> bool:
        return call.method != "GET" and not call.path.endswith("/oauth2/token")

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        if mode == "token_expired":
            return problem(401, "Unauthorized", "Unauthorized")
        if mode == "500":
            return problem(500, "Internal Server Error", "Something went wrong")
        return self._too_many(after_s or 900)

    def _too_many(self, after_s: float) -> Answer:
        reset = str(int(self._world.now().timestamp() + after_s) + 1)
        refused = problem(429, "Too Many Requests", "Too Many Requests")
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        return Answer(429, refused.body, headers, outcome="429")

    def answer(self, call: Call) -> Answer:
        path = call.path.strip("/").split("/")[1:]
        if path == ["oauth2", "token"]:
            return self._refresh(call.params)
        if path[:1] == ["webhooks"]:
            return self._webhooks(call)
        profile = self._bearer(call)
        if profile is None:
            return problem(401, "Unauthorized", "Unauthorized")
        try:
            return self._route(profile, call, path)
        except Refused as refused:
            return refused.answer

    def _bearer(self, call: Call) -> Profile | None:
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
        return next((p for p in self._world.of(self.channel) if bearer == self._token(p)), None)

    def _token(self, profile: Profile) -> str:
        """A renewed token ends the one before it only when it expires, which is not acted out."""
        return self._tokens.get(profile.id, (profile.secret("token"), ""))[0]

    def _route(self, profile: Profile, call: Call, path: list[str]) -> Answer:
        params = call.params
        match call.method, path:
            case "GET", ["users", "me"]:
                return Answer(200, {"data": {"id": profile.id, "name": profile.settings.name, "username": "maison"}})
            case "POST", ["tweets"]:
                return self._reply(profile, params)
            case "POST", ["dm_conversations", "with", customer, "messages"]:
                return self._send(profile, customer, str(params.get("text") or "").strip())
            case "PUT", ["tweets", post, "hidden"]:
                self._count(profile, "hidings")
                entry = self._entry(profile, post)
                entry.hidden = params.get("hidden") is True
                self._world.changed(entry.place)
                return Answer(200, {"data": {"hidden": entry.hidden}})
            case "DELETE", ["tweets" | "dm_events", post]:
                entry = self._entry(profile, post)
                entry.deleted = True
                self._world.changed(entry.place)
                return Answer(200, {"data": {"deleted": True}})
            case "POST", ["users", own, "likes"] if own == profile.id:
                self._entry(profile, str(params.get("tweet_id"))).liked_by[profile.id] = "like"
                return Answer(200, {"data": {"liked": True}})
            case "GET", ["users", own, "tweets" | "mentions" as which] if own == profile.id:
                by = "brand" if which == "tweets" else "customer"
                posts = [e for e in self._there(profile) if e.place.where != DM and e.by == by]
                users = [users_of(e)[0]["data"] for e in posts]
                return listing([post_of(profile, e) for e in posts], {"users": users})
            case "GET", ["dm_events"] | ["dm_conversations", "with", _, "dm_events"]:
                who = path[2] if len(path) > 1 else ""
                found = [e for e in self._there(profile) if e.place.where == DM and who in ("", e.place.customer)]
                return listing([listed_message(profile, e) for e in reversed(found)])
            case "GET", ["tweets"]:
                return self._looked_up(profile, str(params.get("ids", "")).split(","))
        raise Refused(problem(404, "Not Found", "Not Found"))

    def _there(self, profile: Profile) -> list[Entry]:
        return [entry for entry in profile.entries.values() if not entry.deleted]

    def _entry(self, profile: Profile, post: str) -> Entry:
        entry = profile.entries.get(post)
        if entry is None or entry.deleted:
            raise Refused(problem(404, "Not Found Error", f"Could not find tweet with id: [{post}]."))
        return entry

    def _count(self, profile: Profile, name: str) -> None:
        rate = self._rules().rate(f"x.{name}", RATES[name])
        wait = self._buckets.take(f"{profile.id}/{name}", self._world.now().timestamp(), rate)
        if wait:
            raise Refused(self._too_many(wait))

    def _reply(self, profile: Profile, params: Params) -> Answer:
        self._count(profile, "posts")
        text = str(params.get("text") or "").strip()
        answered = self._entry(profile, str((params.get("reply") or {}).get("in_reply_to_tweet_id")))
        if not text or len(text) > POST_CHARACTERS:
            raise Refused(problem(400, "Invalid Request", "Your Tweet text is too long, or missing."))
        if answered.author in profile.blocked:
            raise Refused(problem(403, "Forbidden", "You have been blocked from replying to this author."))
        same = [e for e in self._there(profile) if e.by == "brand" and e.text == text and e.place == answered.place]
        if same:
            detail = "You are not allowed to create a Tweet with duplicate content."
            raise Refused(problem(403, "Forbidden", detail))
        entry = self.add(profile, answered.place.where, "", "brand", text, answered)
        told = self.tell(profile, "echo", entry)
        return Answer(201, {"data": {"id": entry.external_id, "text": text}}, deliveries=told)

    def _send(self, profile: Profile, customer: str, text: str) -> Answer:
        self._count(profile, "messages")
        thread = profile.threads.get((DM, customer))
        if thread is None or thread.spoke_at is None or customer in profile.blocked:
            raise Refused(problem(403, "Forbidden", "You cannot send messages to this user."))
        if not text:
            raise Refused(problem(400, "Invalid Request", "The text is required."))
        entry = self.add(profile, DM, customer, "brand", text)
        conversation = "-".join(sorted((profile.id, customer), key=int))
        data = {"dm_conversation_id": conversation, "dm_event_id": entry.external_id}
        deliveries = list(self.tell(profile, "echo", entry))
        if thread.looking:
            deliveries += self.read(profile, customer)
        return Answer(201, {"data": data}, deliveries=tuple(deliveries))

    def _looked_up(self, profile: Profile, ids: list[str]) -> Answer:
        there = {entry.external_id: entry for entry in self._there(profile)}
        data = [post_of(profile, there[each]) for each in ids if each in there]
        missing = [{"resource_id": each, "title": "Not Found Error"} for each in ids if each not in there]
        return Answer(200, {"data": data, **({"errors": missing} if missing else {})})

    def _webhooks(self, call: Call) -> Answer:
        """With the app's own token."""
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
        profile = next((p for p in self._world.of(self.channel) if bearer == p.secret("app_token")), None)
        if profile is None:
            return problem(401, "Unauthorized", "Unauthorized")
        if call.method == "GET":
            hook = {"id": "1", "url": profile.webhook.url, "valid": profile.webhook.subscribed}
            return listing([hook] if profile.webhook.url else [])
        profile.webhook.url = str(call.params.get("url") or profile.webhook.url or "")
        profile.webhook.subscribed = True
        return Answer(200, {"data": {"id": "1", "url": profile.webhook.url, "valid": True}})

    def _refresh(self, params: Params) -> Answer:
        given = params.get("refresh_token")
        for profile in self._world.of(self.channel):
            if given == (self._tokens.get(profile.id, ("", profile.secret("refresh_token")))[1]):
                self._tokens[profile.id] = (opaque(32), opaque(32))
                access, refresh = self._tokens[profile.id]
                body = {"token_type": "bearer", "expires_in": TOKEN_LIFE_S, "access_token": access}
                return Answer(200, {**body, "refresh_token": refresh})
        return Answer(400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."})


def _signature(profile: Profile, message: bytes) -> str:
    return b64encode(hmac.digest(profile.secret("consumer_secret").encode(), message, sha256)).decode()
