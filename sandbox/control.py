"""The side door, for the demo page, tests and the drill: people write and act here, and everything can be looked at.

It asks for no password, so it is served on loopback only. What can't be done is answered with 400 and `{"error": why}`.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.delivery import Courier
from sandbox.exchange import Deed, Doing, NotPossible, Outgoing, Platform, Rules, Saying
from sandbox.faults import DELIVERY_MODES, Echo, Fault, Faults, Mode, On
from sandbox.record import Record
from sandbox.stream import Stream
from sandbox.world import DM, Profile, World

CUSTOMERS_SHOWN = 200


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WhoBody(_Body):
    id: str = Field(min_length=1, max_length=64)
    name: str | None = None


class SayBody(_Body):
    channel: str
    account: str
    customer: WhoBody
    where: str = DM
    parent: str | None = None
    text: str = Field(min_length=1, max_length=10_000)
    payload: str | None = None
    anonymous: bool = False
    ago_s: float = Field(0, ge=0)


class ActBody(_Body):
    channel: str
    account: str
    do: Deed
    external_id: str | None = None
    customer: str | WhoBody | None = None
    text: str | None = None
    where: str | None = None


class HandshakeBody(_Body):
    channel: str
    account: str


class FailBody(_Body):
    channel: str
    on: On = "send"
    mode: Mode
    count: int = Field(1, ge=1, le=100_000)
    after_s: float | None = Field(None, ge=0, le=3600)
    for_s: float | None = Field(None, gt=0, le=86_400)
    """All calls of so many seconds fail, whatever their `count`."""
    echo: Echo = "normal"


class RulesBody(_Body):
    speed: float | None = Field(None, gt=0)
    rates: dict[str, tuple[int, float]] | None = None
    bursts: dict[str, int] | None = None


class Control:
    def __init__(
        self,
        world: World,
        platforms: dict[str, Platform],
        courier: Courier,
        faults: Faults,
        record: Record,
        stream: Stream,
        rules: Rules,
    ) -> None:
        self._world, self._platforms, self._courier, self._faults = world, platforms, courier, faults
        self._record, self._stream = record, stream
        self.rules = rules
        self._first_rules = rules
        self.refuse: Callable[[float], None] | None = None
        """Stops listening for so many seconds; `None` where the listener is not this process's."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/world", _answering(self._show_world)),
            web.post("/control/say", _answering(self._say)),
            web.post("/control/act", _answering(self._act)),
            web.get("/control/thread", _answering(self._thread)),
            web.get("/control/stream", self._listen),
            web.post("/control/fail", _answering(self._fail)),
            web.post("/control/handshake", _answering(self._handshake)),
            web.post("/control/rules", _answering(self._set_rules)),
            web.get("/control/requests", _answering(self._requests)),
            web.get("/control/deliveries", _answering(self._deliveries)),
            web.post("/control/reset", _answering(self._reset)),
        ]

    async def _show_world(self, request: web.Request) -> Any:
        return {"channels": [_profile_view(p) for p in self._world.profiles.values() if p.channel in self._platforms]}

    async def _say(self, request: web.Request) -> Any:
        body = SayBody.model_validate_json(await request.read())
        saying = Saying(
            customer=body.customer.id,
            name=body.customer.name,
            where=body.where,
            parent=body.parent or None,
            text=body.text,
            payload=body.payload,
            anonymous=body.anonymous,
            ago_s=body.ago_s,
        )
        profile = self._profile(body.channel, body.account)
        entry, deliveries = self._platforms[profile.channel].say(profile, saying)
        self._post(deliveries)
        return {"external_id": entry.external_id}

    async def _act(self, request: web.Request) -> Any:
        body = ActBody.model_validate_json(await request.read())
        profile = self._profile(body.channel, body.account)
        who = body.customer
        if isinstance(who, WhoBody):
            who = profile.customer(who.id, who.name).id
        doing = Doing(body.do, body.external_id, who, body.text, body.where)
        entry, deliveries = self._platforms[profile.channel].act(profile, doing)
        self._post(deliveries)
        return {"external_id": entry.external_id if entry else None}

    async def _thread(self, request: web.Request) -> Any:
        profile, where, customer = self._asked(request)
        thread = profile.threads.get((where, customer if where == DM else ""))
        return {"entries": [entry.view() for entry in thread.entries.values()] if thread else []}

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        """With a channel, account and customer named, that customer is looking at their private thread meanwhile."""
        if "customer" not in request.query:
            return await self._stream.serve(request)
        try:
            profile, _, customer = self._asked(request)
        except NotPossible as why:
            return web.json_response({"error": str(why)}, status=400)
        thread = profile.thread(DM, customer)
        thread.looking += 1
        self._post(tuple(self._platforms[profile.channel].read(profile, customer)))
        try:
            return await self._stream.serve(request)
        finally:
            thread.looking -= 1

    async def _fail(self, request: web.Request) -> Any:
        body = FailBody.model_validate_json(await request.read())
        if body.channel not in self._platforms:
            raise NotPossible(f"no channel {body.channel!r} here")
        if (body.mode in DELIVERY_MODES) != (body.on == "webhook"):
            raise NotPossible(f"{body.mode} is not a way for {body.on} to fail")
        if body.mode != "refuse":
            fault = Fault(body.mode, body.after_s, body.echo)
            self._faults.add(body.channel, body.on, fault, body.count, body.for_s)
        elif self.refuse is None:
            raise NotPossible("this sandbox does not own its listener")
        else:
            self.refuse(1.0 if body.after_s is None else body.after_s)
        return {"ok": True}

    async def _handshake(self, request: web.Request) -> Any:
        """As when the operator enters the callback URL in the platform's dashboard."""
        body = HandshakeBody.model_validate_json(await request.read())
        profile = self._profile(body.channel, body.account)
        handshake = self._platforms[profile.channel].handshake(profile)
        if handshake is None:
            raise NotPossible(f"{profile.channel} makes no handshake")
        status, told = await self._courier.ask(profile, handshake)
        return {"ok": status == 200 and _wanted(told, handshake.wants), "status": status}

    async def _set_rules(self, request: web.Request) -> Any:
        body = RulesBody.model_validate_json(await request.read())
        self.rules = replace(self.rules, **body.model_dump(exclude_none=True))
        return asdict(self.rules)

    async def _requests(self, request: web.Request) -> Any:
        return {"requests": list(self._record.requests)}

    async def _deliveries(self, request: web.Request) -> Any:
        return {"deliveries": list(self._record.deliveries)}

    async def _reset(self, request: web.Request) -> Any:
        """A new world under the first rules; what waited to be delivered is forgotten."""
        await self._courier.reset()
        self.rules = self._first_rules
        self._faults.clear()
        self._world.reset()
        self._record.clear()
        for platform in self._platforms.values():
            platform.reset()
        for profile in self._world.profiles.values():
            self._world.changed(profile.place(DM, ""))
        return {"ok": True}

    def _profile(self, channel: str, account: str) -> Profile:
        profile = self._world.profiles.get((channel, account))
        if profile is None or channel not in self._platforms:
            raise NotPossible(f"no account {account!r} on {channel!r} here")
        return profile

    def _asked(self, request: web.Request) -> tuple[Profile, str, str]:
        query = request.query
        profile = self._profile(query.get("channel", ""), query.get("account", ""))
        return profile, query.get("where", DM), query.get("customer", "")

    def _post(self, deliveries: tuple[Outgoing, ...]) -> None:
        for outgoing in deliveries:
            self._courier.post(outgoing)


def _wanted(told: str, wants: str | dict[str, str]) -> bool:
    if isinstance(wants, str):
        return told == wants
    try:
        return bool(json.loads(told) == wants)
    except ValueError:
        return False


def _profile_view(profile: Profile) -> dict[str, Any]:
    return {
        "channel": profile.channel,
        "account": profile.id,
        "name": profile.settings.name,
        "posts": [{"id": post.id, "text": post.text, "at": post.at.isoformat()} for post in profile.posts.values()],
        "customers": [asdict(customer) for customer in list(profile.customers.values())[:CUSTOMERS_SHOWN]],
        "webhook": {
            "pending": profile.webhook.pending,
            "last_error": profile.webhook.last_error,
            "subscribed": profile.webhook.subscribed,
        },
    }


def _answering(
    answer: Callable[[web.Request], Awaitable[Any]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(request))
        except NotPossible as why:
            return web.json_response({"error": str(why)}, status=400)
        except ValidationError as problem:
            wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors(include_url=False)]
            return web.json_response({"error": "; ".join(wrong)}, status=400)

    return handle
