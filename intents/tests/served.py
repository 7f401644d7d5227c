"""A server process of the real model, and what tests ask it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intents.tests.conftest import ROOT

READY_RE = re.compile(r"ready (http://\S+) model (\S+) in")


@dataclass(frozen=True)
class Served:
    url: str
    file: str
    process: subprocess.Popen[str]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the answer, decoded where it is JSON. Bytes go out as they are."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)  # noqa: S310 – loopback
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 – loopback
                return response.status, _decoded(response.read(), response.headers["Content-Type"])
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _decoded(error.read(), error.headers["Content-Type"])

    def parse(self, text: str) -> Any:
        status, parse = self.ask("POST", "/model/parse", {"text": text})
        assert status == 200
        return parse


def _decoded(content: bytes, kind: str | None) -> Any:
    return json.loads(content) if kind and "json" in kind else content.decode()


@contextmanager
def serving(model: Path, *options: str) -> Iterator[Served]:
    """Until SIGTERM, which it must end on with 0."""
    command = [sys.executable, "-m", "intents.server", "--model", str(model), "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 – our own
        try:
            assert process.stdout is not None
            ready = READY_RE.match(process.stdout.readline())
            assert ready is not None
            yield Served(ready[1], ready[2], process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
