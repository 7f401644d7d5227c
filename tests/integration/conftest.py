"""Real parts for every test: a private server, the trained model behind its server, the simulated platforms."""

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.embedded import PrivateServer
from tests.integration.house import House, house

ROOT = Path(__file__).resolve().parents[2]
NLU_READY_S = 90


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for the whole run, emptied by each test; synced to disk like the real one."""
    server = PrivateServer(tmp_path_factory.mktemp("var"))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(server.__aenter__())
    yield server.url
    loop.run_until_complete(server.__aexit__(None, None, None))
    loop.close()


@pytest.fixture(scope="session")
def nlu_url() -> Iterator[str]:
    """The server of `intents/` with the trained model of this checkout."""
    port = free_port()
    python = ROOT / "intents" / ".venv" / "bin" / "python"
    command = [str(python), "-m", "intents.server", "--model", "var/models", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}
    ) as process:
        deadline = time.monotonic() + NLU_READY_S
        while not _answers(port):
            assert process.poll() is None, "the understanding server ended: is the model trained? (make setup)"
            assert time.monotonic() < deadline, "the understanding server does not answer"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/status")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture
async def the_house(redis_url: str, nlu_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(redis_url, nlu_url, tmp_path) as built:
        yield built
