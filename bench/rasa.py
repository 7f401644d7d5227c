"""`rasa run` beside us: Rasa's own server, on the same understanding pipeline, with a rule and a reply for each intent.

It is trained into a temporary folder at its first use, and uses what Rasa's server starts with: one process, trackers
in memory, the REST channel.
"""

import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from bench.house import INTENTS_PYTHON, MODELS, needs_model, until_answers
from bench.processes import ROOT, CannotMeasure, Processes, free_port
from bench.wire import Call, Caller

TRAIN_WITHIN_S = 300.0
NICENESS = 5
"""What our understanding server takes for itself; on a shared machine the two are alike only if both have it."""
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
"""As `intents/environment.py` sets them for our server."""


@asynccontextmanager
async def running(processes: Processes, *, with_rules: bool) -> AsyncIterator[int]:
    """The port of a `rasa run`: with rules and the REST channel, else with the very model that our server has."""
    needs_model()
    with tempfile.TemporaryDirectory(prefix="aplomb-bench-rasa-") as name:
        folder = Path(name)
        model = await _trained(folder) if with_rules else max(MODELS.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
        (folder / "credentials.yml").write_text("rest:\n")
        (folder / "endpoints.yml").write_text("")
        port = free_port()
        places = ["--credentials", f"{folder}/credentials.yml", "--endpoints", f"{folder}/endpoints.yml"]
        nice = [] if with_rules else ["nice", "-n", str(NICENESS)]
        command = [*nice, str(INTENTS_PYTHON), "-m", "rasa", "run", "--enable-api", "--model", str(model), *places]
        processes.start("rasa", [*command, "--interface", "127.0.0.1", "--port", str(port)], ENVIRONMENT)
        await until_answers(processes, "rasa", port, "/status")
        yield port


async def ask(caller: Caller, customer: str, text: str) -> bool:
    """Through the REST channel, which answers with the replies."""
    body = json.dumps({"sender": customer, "message": text}).encode()
    try:
        status, answer = await caller.send(Call("/webhooks/rest/webhook", body))
    except (OSError, TimeoutError):
        return False
    return status == 200 and bool(json.loads(answer))


async def _trained(folder: Path) -> Path:
    """The model's archive. Raises `CannotMeasure` with Rasa's last words."""
    for name, content in _project().items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    data = ["--data", f"{folder}/rules.yml", str(ROOT / "intents" / "data")]
    files = ["--config", f"{folder}/config.yml", "--domain", f"{folder}/domain.yml", *data]
    out = ["--out", str(folder), "--fixed-model-name", "rules"]
    with (folder / "train.log").open("wb") as log:
        training = await asyncio.create_subprocess_exec(
            str(INTENTS_PYTHON),
            *("-m", "rasa", "train", *files, *out),
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(TRAIN_WITHIN_S):
                code = await training.wait()
        finally:
            if training.returncode is None:
                training.kill()
                await training.wait()
    if code != 0:
        raise CannotMeasure(f"rasa train failed: {(folder / 'train.log').read_text(errors='replace')[-1500:]}")
    return folder / "rules.tar.gz"


def _project() -> dict[str, object]:
    """The pipeline of config.yml, a rule for every intent."""
    ours = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    intents = sorted(path.stem for path in (ROOT / "intents" / "data").glob("*.yml"))
    understanding = {key: ours[key] for key in ("recipe", "assistant_id", "language", "pipeline")}
    return {
        "config.yml": {**understanding, "policies": [{"name": "RulePolicy"}]},
        "domain.yml": {
            "version": "3.1",
            "intents": intents,
            "responses": {f"utter_{intent}": [{"text": f"This is what we say to {intent}."}] for intent in intents},
        },
        "rules.yml": {
            "version": "3.1",
            "rules": [{"rule": i, "steps": [{"intent": i}, {"action": f"utter_{i}"}]} for i in intents],
        },
    }
