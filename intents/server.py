"""Serves the trained model over HTTP on loopback, in Rasa's own shapes, many messages in one run.

POST /model/parse        {"text", "message_id"?}                   → a parse, as Rasa's server gives it
POST /model/parse/batch  {"messages": [{"text", "message_id"?}…]}  → {"model", "parses": […]}, in order
GET  /status  /version                                             → as Rasa's server, and "ready"

There is no authentication: beyond loopback it may only listen in a private network, as between containers.
Texts are never logged.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from intents.environment import prepare

prepare()

from aiohttp import web  # noqa: E402

from intents.batching import MAX_BATCH, Batcher, Busy, Closed  # noqa: E402

if TYPE_CHECKING:
    from intents.parsing import Model

log = logging.getLogger("intents.server")

MAX_CHARS = 5_000
MAX_QUEUED = 1_024
MAX_BODY_BYTES = 8 * 1024 * 1024
GATHER_S = 0.003
NICENESS = 5

EXAMPLE = "example: intents/.venv/bin/python -m intents.server --model var/models --host 127.0.0.1 --port 5005"

MODEL: web.AppKey[Model] = web.AppKey("model", object)
BATCHER: web.AppKey[Batcher] = web.AppKey("batcher", Batcher)


class BadRequest(Exception):
    """The message is one sentence for the caller."""


async def parse_one(request: web.Request) -> web.Response:
    body = await _body(request)
    text, message_id = _message(body, "the body")
    (parse,) = await request.app[BATCHER].parse([text], [message_id])
    return web.json_response(parse)


async def parse_batch(request: web.Request) -> web.Response:
    body = await _body(request)
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list):
        raise BadRequest('The body must be {"messages": [{"text": "…"}, …]}.')
    if len(messages) > MAX_BATCH:
        raise BadRequest(f"A batch holds at most {MAX_BATCH} messages, this one has {len(messages)}.")
    pairs = [_message(message, f"messages[{place}]") for place, message in enumerate(messages)]
    parses = (
        await request.app[BATCHER].parse([text for text, _ in pairs], [message_id for _, message_id in pairs])
        if pairs
        else []
    )
    return web.json_response({"model": request.app[MODEL].id, "parses": parses})


async def status(request: web.Request) -> web.Response:
    model = request.app[MODEL]
    return web.json_response(
        {"model_file": model.file, "model_id": model.id, "num_active_training_jobs": 0, "ready": True}
    )


async def rasa_version(request: web.Request) -> web.Response:
    from rasa import __version__
    from rasa.constants import MINIMUM_COMPATIBLE_VERSION

    return web.json_response({"version": __version__, "minimum_compatible_version": MINIMUM_COMPATIBLE_VERSION})


async def _body(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body must be JSON in UTF-8.") from error


def _message(value: Any, where: str) -> tuple[str, str | None]:
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise BadRequest(f'{where} must be an object with a string "text".')
    if len(text) > MAX_CHARS:
        raise BadRequest(f"The text of {where} has {len(text)} characters, at most {MAX_CHARS} are read.")
    message_id = value.get("message_id")
    return text, None if message_id is None else str(message_id)


@web.middleware
async def _errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except BadRequest as error:
        return web.json_response({"status": "failure", "code": 400, "message": str(error)}, status=400)
    except (Busy, Closed) as error:
        reason = "The queue is full." if isinstance(error, Busy) else "The server is ending."
        return web.json_response(
            {"status": "failure", "code": 503, "message": reason}, status=503, headers={"Retry-After": "1"}
        )


def application(model: Model, gather_s: float = GATHER_S, max_queued: int = MAX_QUEUED) -> web.Application:
    app = web.Application(middlewares=[_errors], client_max_size=MAX_BODY_BYTES)
    app[MODEL] = model
    app[BATCHER] = Batcher(model.parse, gather_s, max_queued)
    app.router.add_post("/model/parse", parse_one)
    app.router.add_post("/model/parse/batch", parse_batch)
    app.router.add_get("/status", status)
    app.router.add_get("/version", rasa_version)
    app.cleanup_ctx.append(_batching)
    return app


async def _batching(app: web.Application) -> Any:
    task = asyncio.create_task(app[BATCHER].serve())
    yield
    app[BATCHER].close()
    await task


async def serve(model: Model, host: str, port: int, started: float) -> None:
    """Until SIGTERM or SIGINT; then no new connection, and what was taken is answered."""
    runner = web.AppRunner(application(model), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await web.TCPSite(runner, host, port).start()
        shown, bound = runner.addresses[0][:2]
        print(f"ready http://{shown}:{bound} model {model.file} in {time.monotonic() - started:.1f} s", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def is_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m intents.server", description="Serve the NLU model on loopback.", epilog=EXAMPLE
    )
    parser.add_argument(
        "--model", default="var/models", help="an archive, or a folder whose newest is taken, default: %(default)s"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="an address; beyond loopback only in a private network, default: %(default)s",
    )
    parser.add_argument("--port", type=int, default=5005, help="0 takes a free one and prints it, default: %(default)s")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    started = time.monotonic()
    try:
        exposed = not is_loopback(options.host)
    except ValueError:
        parser.error(f"--host {options.host} is not an address")
    if exposed:
        log.warning("listening on %s without authentication: keep this network private", options.host)

    from rasa.exceptions import ModelNotFound

    from intents.parsing import Model

    try:
        model = Model.load(options.model)
    except ModelNotFound as error:
        parser.exit(1, f"{parser.prog}: {error} Train one with python -m intents.train.\n")
    model.parse(["bonjour"])
    os.nice(NICENESS)
    try:
        asyncio.run(serve(model, options.host, options.port, started))
    except OSError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
