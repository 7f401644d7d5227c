"""A process that holds a trained model and parses what `intents.readers` sends it.

It loads the model once and then forks, so that several readers share the memory of one. Each serves one socket whose
number it was given: a frame in (texts as JSON), a frame out (what was noticed, and a JSON document for each text),
until the other side closes. Started by the server; of no use by hand.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intents.parsing import Model

LENGTH = struct.Struct("!I")
FAILED = "failed"
NICENESS = 5


def send_frame(connection: socket.socket, *parts: bytes) -> None:
    connection.sendall(LENGTH.pack(sum(map(len, parts))) + b"".join(parts))


def receive_frame(connection: socket.socket) -> bytes | None:
    """`None` when the other side has closed."""
    head = _exactly(connection, LENGTH.size)
    return _exactly(connection, LENGTH.unpack(head)[0]) if head else None


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    content = bytearray()
    while len(content) < size:
        part = connection.recv(min(size - len(content), 1 << 20))
        if not part:
            return None
        content += part
    return bytes(content)


def packed(notes: dict[str, Any], documents: Sequence[bytes]) -> bytes:
    """Notes and documents in one frame, the documents' lengths among the notes, so that nobody need decode them."""
    head = json.dumps({**notes, "lengths": [len(document) for document in documents]}).encode()
    return LENGTH.pack(len(head)) + head + b"".join(documents)


def unpacked(frame: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The inverse of `packed`."""
    start = LENGTH.size + LENGTH.unpack_from(frame)[0]
    notes: dict[str, Any] = json.loads(frame[LENGTH.size : start])
    documents = []
    for length in notes.pop("lengths"):
        documents.append(frame[start : start + length])
        start += length
    return notes, documents


def answer(model: Model, frame: bytes) -> bytes:
    asked = json.loads(frame)
    started = time.perf_counter()
    try:
        parses = model.parse(asked["texts"], asked["ids"])
        documents = [json.dumps(parse).encode() for parse in parses]
    except Exception as error:
        logging.exception("a batch of %d texts could not be parsed", len(asked["texts"]))
        return packed({FAILED: type(error).__name__}, [])
    cascade = Counter(parse.get("cascade", "none") for parse in parses)
    return packed({"seconds": time.perf_counter() - started, "cascade": cascade}, documents)


def serve(model: Model, connection: socket.socket) -> None:
    send_frame(connection, packed({"file": model.file, "id": model.id}, []))
    while (frame := receive_frame(connection)) is not None:
        send_frame(connection, answer(model, frame))


def main(path: str, numbers: Sequence[int]) -> int:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    connections = [socket.socket(fileno=number) for number in numbers]
    from rasa.exceptions import ModelNotFound

    from intents.parsing import Model

    try:
        model = Model.load(path)
        model.parse(["bonjour"])
    except (ModelNotFound, OSError, ValueError, KeyError) as error:
        for connection in connections:
            send_frame(connection, packed({FAILED: f"{error}"}, []))
        return 1
    os.nice(NICENESS)
    gc.freeze()
    own = connections[0]
    for place in range(1, len(connections)):
        if os.fork() == 0:
            own = connections[place]
            break
    for connection in connections:
        if connection is not own:
            connection.close()
    serve(model, own)
    return 0


if __name__ == "__main__":
    from intents.environment import prepare

    prepare()
    sys.exit(main(sys.argv[1], [int(number) for number in sys.argv[2:]]))
