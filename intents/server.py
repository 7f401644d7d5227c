"""Serves the trained model over HTTP on loopback, in Rasa's own shapes, many messages in one run.

POST /model/parse        {"text", "message_id"?}                   → a parse, as Rasa's server gives it, and more
POST /model/parse/batch  {"messages": [{"text", "message_id"?}…]}  → {"model", "parses": […]}, in order
PUT  /model              {"model_file"}                            → 204 when the new model serves; nothing is lost
GET  /status  /version                                             → as Rasa's server, and "ready"
GET  /metrics                                                      → for Prometheus

This process speaks HTTP and gathers; `intents.reader` processes hold the model. There is no authentication: beyond
loopback it may only listen in a private network, as between containers. Texts are never logged.
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
from importlib.metadata import version
from typing import Any

from aiohttp import web

from intents.batching import MAX_BATCH, Batcher, Busy, Closed
from intents.counting import Counts
from intents.environment import prepare
from intents.readers import CannotStart, Engine, ReaderGone, ReadingFailed

log = logging.getLogger("intents.server")

MAX_CHARS = 10_000
"""Of a text; what is longer is cut, and the parse says so."""
MAX_QUEUED = 1_024
MAX_BODY_BYTES = 32 * 1024 * 1024
GATHER_S = 0.003

EXAMPLE = "example: intents/.venv/bin/python -m intents.server --model var/models --host 127.0.0.1 --port 5005"

ENGINE: web.AppKey[Engine] = web.AppKey("engine", Engine)
BATCHER: web.AppKey[Batcher] = web.AppKey("batcher", Batcher)
COUNTS: web.AppKey[Counts] = web.AppKey("counts", Counts)


class BadRequest(Exception):
    """The message is one sentence for the caller."""


async def parse_one(request: web.Request) -> web.Response:
    text, message_id = _message(await _body(request), "the body")
    (parse,) = await request.app[BATCHER].parse([text[:MAX_CHARS]], [message_id])
    return web.Response(body=_told(parse, text), content_type="application/json")


async def parse_batch(request: web.Request) -> web.Response:
    body = await _body(request)
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list):
        raise BadRequest('The body must be {"messages": [{"text": "…"}, …]}.')
    if len(messages) > MAX_BATCH:
        raise BadRequest(f"A batch holds at most {MAX_BATCH} messages, this one has {len(messages)}.")
    pairs = [_message(message, f"messages[{place}]") for place, message in enumerate(messages)]
    texts, ids = [text for text, _ in pairs], [message_id for _, message_id in pairs]
    parses = await request.app[BATCHER].parse([text[:MAX_CHARS] for text in texts], ids) if pairs else []
    told = b", ".join(_told(parse, text) for parse, text in zip(parses, texts, strict=True))
    model = json.dumps(request.app[ENGINE].id).encode()
    return web.Response(body=b'{"model": ' + model + b', "parses": [' + told + b"]}", content_type="application/json")


async def put_model(request: web.Request) -> web.Response:
    body = await _body(request)
    path = body.get("model_file") if isinstance(body, dict) else None
    if not isinstance(path, str) or not path:
        raise BadRequest('The body must be {"model_file": "<archive or folder>"}.')
    if not os.path.exists(path):  # noqa: ASYNC240 – one look, at a command of the operator's
        raise BadRequest(f"There is no {path} on this machine.")
    started = time.monotonic()
    try:
        await request.app[ENGINE].swap(path)
    except CannotStart as error:
        raise BadRequest(f"{path} can't be served, the old model goes on: {error}") from error
    log.warning("now serving %s, after %.1f s", request.app[ENGINE].file, time.monotonic() - started)
    return web.Response(status=204)


async def status(request: web.Request) -> web.Response:
    engine = request.app[ENGINE]
    return web.json_response(
        {"model_file": engine.file, "model_id": engine.id, "num_active_training_jobs": 0, "ready": True}
    )


async def rasa_version(request: web.Request) -> web.Response:
    installed = version("rasa")
    return web.json_response({"version": installed, "minimum_compatible_version": installed})


async def metrics(request: web.Request) -> web.Response:
    text = request.app[COUNTS].exposition(request.app[BATCHER].queued, request.app[ENGINE].file)
    return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


def _told(parse: bytes, text: str) -> bytes:
    """The parse, which says so when only the beginning of the text was read."""
    return parse if len(text) <= MAX_CHARS else parse[:-1] + b', "cut_at": %d}' % MAX_CHARS


async def _body(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body must be JSON in UTF-8.") from error


def _message(value: Any, where: str) -> tuple[str, str | None]:
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise BadRequest(f'{where} must be an object with a string "text".')
    message_id = value.get("message_id")
    return text, None if message_id is None else str(message_id)


@web.middleware
async def _errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        response = await handler(request)
    except BadRequest as error:
        response = _failure(400, str(error))
    except (Busy, Closed, CannotStart, ReaderGone) as error:
        reason = {Busy: "The queue is full.", Closed: "The server is ending."}.get(type(error), "The model is away.")
        response = _failure(503, reason)
        response.headers["Retry-After"] = "1"
    except ReadingFailed as error:
        response = _failure(500, f"The model failed on this ({error}).")
    request.app[COUNTS].request(request.path, response.status)
    return response


def _failure(code: int, message: str) -> web.Response:
    return web.json_response({"status": "failure", "code": code, "message": message}, status=code)


def application(engine: Engine, gather_s: float = GATHER_S, max_queued: int = MAX_QUEUED) -> web.Application:
    app = web.Application(middlewares=[_errors], client_max_size=MAX_BODY_BYTES)
    counts = Counts()

    async def run(texts: Any, ids: Any) -> list[bytes]:
        answer = await engine.parse(texts, ids)
        counts.batch(len(texts), answer.seconds, answer.cascade)
        return answer.documents

    app[ENGINE], app[COUNTS] = engine, counts
    app[BATCHER] = Batcher(run, gather_s, max_queued, engine.count)
    app.router.add_post("/model/parse", parse_one)
    app.router.add_post("/model/parse/batch", parse_batch)
    app.router.add_put("/model", put_model)
    app.router.add_get("/status", status)
    app.router.add_get("/version", rasa_version)
    app.router.add_get("/metrics", metrics)
    app.cleanup_ctx.append(_batching)
    return app


async def _batching(app: web.Application) -> Any:
    task = asyncio.create_task(app[BATCHER].serve())
    yield
    app[BATCHER].close()
    await task


async def serve(path: str, readers: int, host: str, port: int, started: float) -> None:
    """Until SIGTERM or SIGINT; then no new connection, and what was taken is answered. Raises CannotStart."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = await Engine.start(path, readers)
    runner = web.AppRunner(application(engine), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        shown, bound = runner.addresses[0][:2]
        print(f"ready http://{shown}:{bound} model {engine.file} in {time.monotonic() - started:.1f} s", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()
        await engine.close()


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
    parser.add_argument(
        "--readers",
        type=int,
        default=min(2, os.cpu_count() or 1),
        help="processes that parse, sharing one model's memory, default here: %(default)s",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    started = time.monotonic()
    try:
        exposed = not is_loopback(options.host)
    except ValueError:
        parser.error(f"--host {options.host} is not an address")
    if options.readers < 1:
        parser.error("--readers must be 1 or more")
    if exposed:
        log.warning("listening on %s without authentication: keep this network private", options.host)
    prepare()
    try:
        asyncio.run(serve(options.model, options.readers, options.host, options.port, started))
    except CannotStart as error:
        parser.exit(1, f"{parser.prog}: {error} Train one with python -m intents.train.\n")
    except OSError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
