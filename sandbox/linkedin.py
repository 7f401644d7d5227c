"""LinkedIn's REST API as an organisation's bot calls it, and what it delivers.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api
https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications
(checked 2026-11-27)

A failed delivery comes again every five minutes for eight hours. A notification does not say what a comment answers.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

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
from sandbox.world import Entry, Profile, World

LIFE_S = 8 * 3600
COMMENT_CHARACTERS = 1250
CALLS: Rate = (500, 86_400)
TOKEN_LIFE_S = 60 * 86_400
SUBSCRIPTION_LIFE = timedelta(days=365)
"""LinkedIn names a moment in its answer, and no length in its pages."""
ACTIONS: dict[Told, str] = {
    "said": "COMMENT",
    "echo": "ADMIN_COMMENT",
    "echo_person": "ADMIN_COMMENT",
    "edited": "COMMENT_EDIT",
    "deleted": "COMMENT_DELETE",
    "reacted": "LIKE",
}
Params = Mapping[str, Any]


class LinkedIn(People):
    channel: str = "linkedin"
    name: str = "LinkedIn"
    private: bool = False
    schedule: Schedule = Schedule(batch=10, retries_s=(300,), timeout_s=3)
    id_fields: frozenset[str] = frozenset()
    can: frozenset[Deed] = frozenset({"edit", "delete", "react", "native_reply"})

    @staticmethod
    def post_id(account: str, base: int, number: int) -> str:
        return f"7094637{base}{number:06}"

    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        self._world = world
        self._rules = rules
        self._buckets = Buckets()
        self._renewed: dict[str, str] = {}

    def reset(self) -> None:
        self._buckets = Buckets()

    # deliveries

    def new_id(self, profile: Profile, where: str, parent: Entry | None) -> str:
        """The activity's number and the comment's own, as comments are known to the bot."""
        return f"{where}_{self._world.number()}"

    def tell(self, profile: Profile, what: Told, entry: Entry, doing: Doing | None = None) -> tuple[Outgoing, ...]:
        if what not in ACTIONS:
            return ()
        now = self._world.now()
        content = self._notification(profile, ACTIONS[what], entry, entry.at if what == "said" else now)
        kind: Kind = "words" if what == "said" else "echo" if what.startswith("echo") else "change"
        told = entry if kind == "words" else None
        return (Outgoing(profile, "notifications", content, entry.at, LIFE_S, kind, told),)

    def _notification(self, profile: Profile, action: str, entry: Entry, at: datetime) -> dict[str, Any]:
        post, _, number = entry.external_id.partition("_")
        activity = f"urn:li:activity:{post}"
        comment = {
            "owner": self._actor(profile, entry),
            "text": entry.text,
            "entity": f"urn:li:comment:({activity},{number})",
            "object": activity,
        }
        if entry.anonymous:
            del comment["owner"]
        found: dict[str, Any] = {
            "notificationId": self._world.number(),
            "organizationalEntity": f"urn:li:organization:{profile.id}",
            "action": action,
            "sourcePost": activity,
            "lastModifiedAt": int(at.timestamp() * 1000),
            "subscriber": "urn:li:person:admin",
        }
        if action != "LIKE":
            found["generatedActivity"] = f"urn:li:comment:(activity:{post},{number})"
        if action not in {"LIKE", "COMMENT_DELETE"}:
            found["decoratedGeneratedActivity"] = {"comment": comment}
        return found

    def _actor(self, profile: Profile, entry: Entry) -> str:
        if entry.by == "customer":
            return f"urn:li:person:{entry.author}"
        return f"urn:li:organization:{profile.id}"

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        found = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": list(contents)}
        return json.dumps(found, separators=(",", ":")).encode()

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        signed = hmac.new(profile.secret("client_secret").encode(), b"hmacsha256=" + body, sha256).hexdigest()
        return {"X-LI-Signature": signed, "Content-Type": "application/json"}

    def handshake(self, profile: Profile) -> Handshake | None:
        code = opaque(18)
        made = hmac.new(profile.secret("client_secret").encode(), code.encode(), sha256).hexdigest()
        return Handshake({"challengeCode": code}, {"challengeCode": code, "challengeResponse": made})

    # the API

    def account_of(self, call: Call) -> str | None:
        profile = self._bearer(call)
        return profile.id if profile else None

    def writes(self, call: Call) -> bool:
        return call.method in {"POST", "DELETE"} and not call.path.endswith("accessToken")

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        found = {"429": (429, 101), "500": (500, 0), "token_expired": (401, 65601)}
        texts = {"429": "Resource level throttle limit reached", "500": "Internal Server Error"}
        status, code = found[mode]
        return _error(status, code, texts.get(mode, "The token used in the request has expired"))

    def answer(self, call: Call) -> Answer:
        if call.path.endswith("/oauth/v2/accessToken"):
            return self._refresh(call.params)
        profile = self._bearer(call)
        if profile is None:
            return _error(401, 65600, "Invalid access token")
        if self._buckets.take(profile.id, self._world.now().timestamp(), self._rules().rate("linkedin.calls", CALLS)):
            return _error(429, 101, "Resource level throttle limit reached")
        if "linkedin-version" not in call.headers:
            return _error(426, 0, "A version header is required")
        try:
            return self._route(profile, call, [unquote(part) for part in call.path.strip("/").split("/")][1:])
        except Refused as refused:
            return refused.answer

    def _bearer(self, call: Call) -> Profile | None:
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
        profiles = self._world.of(self.channel)
        return next((p for p in profiles if bearer in (p.secret("token"), self._renewed.get(p.id))), None)

    def _route(self, profile: Profile, call: Call, path: list[str]) -> Answer:
        match call.method, path:
            case "GET", ["organizations", own] if own == profile.id:
                return Answer(200, {"id": int(profile.id), "localizedName": profile.settings.name})
            case "GET", ["organizationalEntityNotifications"]:
                return self._notifications(profile, call.params)
            case _, ["eventSubscriptions", _]:
                return self._subscription(profile, call)
            case "POST", ["reactions"]:
                self._entry(profile, str(call.params.get("root"))).liked_by[profile.id] = "LIKE"
                return Answer(201, {})
            case "POST", ["socialActions", urn, "comments"]:
                return self._comment(profile, urn, call.params)
            case "GET", ["socialActions", urn, "comments"]:
                parent = self._entry(profile, urn)
                found = [e for e in self._there(profile) if e.parent == parent.external_id]
                return Answer(200, {"elements": [self._node(profile, e) for e in found]})
            case _, ["socialActions", urn, "comments", number]:
                entry = self._entry(profile, f"urn:li:comment:({urn},{number})")
                return self._one(profile, call, entry)
        raise Refused(_error(404, 0, "Not found"))

    def _subscription(self, profile: Profile, call: Call) -> Answer:
        """Remembered, but deliveries go to where this sandbox was told to bring them."""
        webhook = profile.webhook
        if call.method == "PUT":
            webhook.subscribed, webhook.url = True, str(call.params.get("webhook", ""))
            webhook.set_at = self._world.now()
        if not webhook.subscribed:
            raise Refused(_error(404, 0, "Not found"))
        ends = (webhook.set_at or self._world.now()) + SUBSCRIPTION_LIFE
        found: dict[str, Any] = {"expiresAt": int(ends.timestamp() * 1000)}
        return Answer(200, {**found, **({"webhook": webhook.url} if webhook.url else {})})

    def _one(self, profile: Profile, call: Call, entry: Entry) -> Answer:
        if call.method == "GET":
            return Answer(200, self._node(profile, entry))
        if entry.by == "customer":
            raise Refused(_error(403, 100, "Not enough permissions to access this resource"))
        told: Told = "deleted"
        if call.method == "DELETE":
            entry.deleted = True
        else:
            entry.edit(str(call.params["patch"]["message"]["$set"]["text"]), self._world.now())
            told = "edited"
        self._world.changed(entry.place)
        return Answer(204, None, deliveries=self.tell(profile, told, entry))

    def _comment(self, profile: Profile, urn: str, params: Params) -> Answer:
        post = urn.rpartition(":")[2]
        text = str((params.get("message") or {}).get("text") or "").strip()
        if post not in profile.posts:
            raise Refused(_error(404, 0, "The post does not exist"))
        if not text or len(text) > COMMENT_CHARACTERS:
            raise Refused(_error(400, 0, f"The text is required, with at most {COMMENT_CHARACTERS} characters"))
        parent = self._entry(profile, str(params["parentComment"])) if "parentComment" in params else None
        if parent is not None and parent.parent:
            raise Refused(_error(400, 0, "Comments have two levels"))
        again = [e for e in self._there(profile) if e.by == "brand" and e.text == text and e.place.where == post]
        if again:
            raise Refused(_error(422, 0, "DUPLICATE_POST: the same text was posted before"))
        entry = self.add(profile, post, "", "brand", text, parent)
        headers = {"x-restli-id": entry.external_id.partition("_")[2]}
        return Answer(201, self._node(profile, entry), headers, self.tell(profile, "echo", entry))

    def _there(self, profile: Profile) -> list[Entry]:
        return [entry for entry in profile.entries.values() if not entry.deleted]

    def _entry(self, profile: Profile, urn: str) -> Entry:
        numbers = urn.partition("(")[2].rstrip(")").rpartition(":")[2].replace(",", "_")
        entry = profile.entries.get(numbers)
        if entry is None or entry.deleted:
            raise Refused(_error(404, 0, f"{urn} does not exist"))
        return entry

    def _node(self, profile: Profile, entry: Entry) -> dict[str, Any]:
        post, _, number = entry.external_id.partition("_")
        urn = f"urn:li:comment:(urn:li:activity:{post},{number})"
        modified = entry.edited_at or entry.at
        node: dict[str, Any] = {
            "id": number,
            "$URN": urn,
            "object": f"urn:li:activity:{post}",
            "message": {"text": entry.text},
            "created": {"time": int(entry.at.timestamp() * 1000)},
            "lastModified": {"time": int(modified.timestamp() * 1000)},
        }
        if not entry.anonymous:
            node["actor"] = self._actor(profile, entry)
        if entry.parent:
            node["parentComment"] = urn.replace(number, entry.parent.partition("_")[2])
        return node

    def _notifications(self, profile: Profile, params: Params) -> Answer:
        start = int(str(params.get("timeRange", "(start:0")).partition("start:")[2].partition(",")[0] or 0)
        found = [e for e in self._there(profile) if e.at.timestamp() * 1000 >= start]
        told = [
            self._notification(profile, "COMMENT" if e.by == "customer" else "ADMIN_COMMENT", e, e.at) for e in found
        ]
        first, count = int(params.get("start", 0)), int(params.get("count", 10))
        return Answer(200, {"elements": told[first : first + count], "paging": {"start": first, "count": count}})

    def _refresh(self, params: Params) -> Answer:
        given = params.get("refresh_token")
        profile = next((p for p in self._world.of(self.channel) if p.secret("refresh_token") == given), None)
        if profile is None:
            return Answer(400, {"error": "invalid_grant", "error_description": "The refresh token is not valid"})
        self._renewed[profile.id] = f"AQ{opaque(24)}"
        return Answer(200, {"access_token": self._renewed[profile.id], "expires_in": TOKEN_LIFE_S})


def _error(status: int, code: int, text: str) -> Answer:
    body = {"status": status, "serviceErrorCode": code, "message": text}
    return Answer(status, body, outcome=str(status))
