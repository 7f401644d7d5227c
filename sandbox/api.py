"""The door of every simulated API: reads the call, lets the platform answer, and misbehaves where asked to."""

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from aiohttp import web

from sandbox.delivery import Courier
from sandbox.exchange import Answer, Broken, Call, Outgoing, Platform, opaque
from sandbox.faults import Fault, Faults
from sandbox.record import Record

HANG_S = 60.0
ECHO_FIRST_S = 5.0
"""How long an answer waits for an echo that is to come before it."""
_BROKEN: dict[str, Broken] = {"429": "429", "500": "500", "token_expired": "token_expired"}
GARBAGE = "<html><head><title>Sorry, something went wrong.</title></head><body></body></html>"


class Api:
    def __init__(
        self,
        platforms: Mapping[str, Platform],
        faults: Faults,
        courier: Courier,
        record: Record,
        closing: asyncio.Event,
    ) -> None:
        self._platforms, self._faults, self._courier, self._record = platforms, faults, courier, record
        self._closing = closing

    def handler(self, channel: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        platform = self._platforms[channel]

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(platform, request)

        return handle

    async def _handle(self, platform: Platform, request: web.Request) -> web.StreamResponse:
        call = await _read(request, platform.channel)
        fault = self._faults.take(platform.channel, "api")
        if fault is None and platform.writes(call):
            fault = self._faults.take(platform.channel, "send")
        if fault is None:
            answer = platform.answer(call)
            return await self._give(platform, request, call, answer, answer.deliveries)
        return await self._misbehave(platform, request, call, fault)

    async def _misbehave(
        self, platform: Platform, request: web.Request, call: Call, fault: Fault
    ) -> web.StreamResponse:
        accepted = platform.answer(call) if fault.accepts else None
        deliveries = _echoed(accepted.deliveries if accepted else (), fault, platform.id_fields)
        if fault.echo == "before_answer":
            first = [self._courier.post(outgoing) for outgoing in deliveries]
            deliveries = ()
            if first:
                await asyncio.wait(first, timeout=ECHO_FIRST_S)
        wrong = fault.mode.removesuffix("_after_accepting")
        if wrong in {"hang", "reset"}:
            self._post(deliveries)
            return await self._no_answer(platform, request, call, fault, wrong)
        if fault.after_s and wrong != "429":
            await asyncio.sleep(fault.after_s)
        if wrong == "garbage":
            self._record.called(platform.channel, platform.account_of(call), call, 200, fault.mode)
            self._post(deliveries)
            return web.Response(text=GARBAGE, content_type="text/html")
        if wrong in _BROKEN:
            answer = replace(platform.broken(_BROKEN[wrong], fault.after_s), outcome=fault.mode)
        else:
            answer = accepted or platform.answer(call)
        return await self._give(platform, request, call, answer, deliveries)

    async def _give(
        self,
        platform: Platform,
        request: web.Request,
        call: Call,
        answer: Answer,
        deliveries: tuple[Outgoing, ...],
    ) -> web.StreamResponse:
        """Answers, and only then lets the deliveries go."""
        self._record.called(platform.channel, platform.account_of(call), call, answer.status, answer.outcome)
        response = (
            web.Response(status=answer.status, headers=answer.headers)
            if answer.body is None
            else web.json_response(answer.body, status=answer.status, headers=answer.headers)
        )
        try:
            await response.prepare(request)
            await response.write_eof()
        finally:
            self._post(deliveries)
            if answer.verification is not None:
                self._courier.verify(answer.verification)
        return response

    async def _no_answer(
        self, platform: Platform, request: web.Request, call: Call, fault: Fault, wrong: str
    ) -> web.StreamResponse:
        self._record.called(platform.channel, platform.account_of(call), call, 0, fault.mode)
        if wrong == "hang":
            await self._hang(request, fault.after_s or HANG_S)
        transport = request.transport
        if transport is not None:
            connection = transport.get_extra_info("socket")
            if wrong == "reset" and connection is not None:
                connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return web.Response()

    async def _hang(self, request: web.Request, for_s: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + for_s
        while loop.time() < until and request.transport is not None and not self._closing.is_set():
            try:
                async with asyncio.timeout(0.05):
                    await self._closing.wait()
            except TimeoutError:
                continue

    def _post(self, deliveries: tuple[Outgoing, ...]) -> None:
        for outgoing in deliveries:
            self._courier.post(outgoing)


def _echoed(deliveries: tuple[Outgoing, ...], fault: Fault, ids: frozenset[str]) -> tuple[Outgoing, ...]:
    """The deliveries with the echo left out or under another id, where the fault says so."""
    if fault.echo == "none":
        return tuple(outgoing for outgoing in deliveries if outgoing.kind != "echo")
    if fault.echo == "other_id":
        return tuple(
            replace(outgoing, content=_renamed(outgoing.content, ids)) if outgoing.kind == "echo" else outgoing
            for outgoing in deliveries
        )
    return deliveries


def _renamed(content: Any, ids: frozenset[str]) -> Any:
    match content:
        case dict():
            return {k: f"{v}{opaque(3)}" if k in ids else _renamed(v, ids) for k, v in content.items()}
        case list():
            return [_renamed(value, ids) for value in content]
    return content


async def _read(request: web.Request, channel: str) -> Call:
    """Parameters may come in the query, as a form or as JSON."""
    params: dict[str, Any] = dict(request.query)
    raw = b""
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        params |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    elif request.can_read_body:
        raw = await request.read()
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        params |= body if isinstance(body, dict) else {}
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Call(request.method, request.path.removeprefix(f"/{channel}"), headers, params, raw)
