"""What the simulators of Meta's products have in common: how deliveries are made and signed, the handshake, the token.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
https://developers.facebook.com/docs/graph-api/overview/rate-limiting (checked 2026-11-22)
"""

import hmac
import json
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from math import ceil
from typing import Any

from sandbox.exchange import Answer, Broken, Buckets, Call, Handshake, Rules, Schedule
from sandbox.facebook_shapes import error, usage
from sandbox.world import Profile, World

META = Schedule(
    batch=1000, retries_s=(0, 0, 5, 15, 60, 300, 900, 3600), timeout_s=5, unsubscribing=frozenset({"messaging"})
)
"""Up to 1,000 updates in a POST; tried again "immediately" and then "with decreasing frequency", of which the figures
are ours.
"""
TOO_MANY = (
    "There have been too many calls to this account. Wait a bit and try again. For more info, please refer to "
    "https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
)
_VERSION = re.compile(r"^/v\d+\.\d+(?=/)")


class Meta:
    """`object_`: what deliveries call themselves. `throttled`: the code and usage type of too many calls, `overrun`: of
    too many at once.
    """

    channel: str
    object_: str
    throttled: tuple[int, str]
    overrun: int = 613
    schedule: Schedule = META

    def __init__(self, world: World, rules: Callable[[], Rules]) -> None:
        self._world = world
        self._rules = rules
        self._buckets = Buckets()

    def reset(self) -> None:
        self._buckets = Buckets()

    def body(self, contents: Sequence[dict[str, Any]]) -> bytes:
        """Non-ASCII is escaped, and so signed. `time`: of sending, in milliseconds; with changes, in seconds."""
        now = self._world.now().timestamp()
        entries = [
            {"id": content["id"], "time": int(now) if "changes" in content else int(now * 1000), **content}
            for content in contents
        ]
        return json.dumps({"object": self.object_, "entry": entries}, separators=(",", ":")).encode()

    def sign(self, profile: Profile, body: bytes) -> dict[str, str]:
        digest = hmac.new(profile.secret("app_secret").encode(), body, sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}

    def handshake(self, profile: Profile) -> Handshake | None:
        challenge = str(self._world.number())
        token = profile.secret("verify_token")
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        return Handshake(query, challenge)

    def account_of(self, call: Call) -> str | None:
        profile = self._bearer(call)
        return profile.id if profile else None

    def writes(self, call: Call) -> bool:
        return call.method != "GET"

    def broken(self, mode: Broken, after_s: float | None) -> Answer:
        if mode == "token_expired":
            return error(190, "Error validating access token: Session has expired.", status=401)
        if mode == "500":
            text = "An unexpected error has occurred. Please retry your request later."
            return error(2, text, status=500, transient=True)
        if after_s is None:
            return error(self.overrun, f"(#{self.overrun}) Calls to this api have exceeded the rate limit.")
        code, use = self.throttled
        refused = error(code, f"(#{code}) {TOO_MANY}")
        headers = usage("0", use, 100, ceil(after_s / 60))
        return Answer(refused.status, refused.body, headers, outcome=refused.outcome)

    def _bearer(self, call: Call) -> Profile | None:
        scheme, _, bearer = call.headers.get("authorization", "").partition(" ")
        token = bearer.strip() if scheme.lower() == "bearer" else str(call.params.get("access_token", ""))
        return next((p for p in self._world.of(self.channel) if token and self._takes(p, token)), None)

    def _takes(self, profile: Profile, token: str) -> bool:
        return profile.secret("token") == token

    @staticmethod
    def _path(call: Call) -> list[str]:
        """Its parts, without the version."""
        return _VERSION.sub("", call.path).strip("/").split("/")

    def _now(self) -> float:
        return self._world.now().timestamp()
