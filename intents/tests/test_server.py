"""The HTTP side, as a process with the real model."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intents.batching import MAX_BATCH
from intents.server import MAX_CHARS, is_loopback, main
from intents.tests.served import Served, serving
from intents.tests.test_text import ODD
from intents.train import newest_model


@pytest.fixture(scope="module")
def served(model_path: Path) -> Iterator[Served]:
    with serving(model_path, "--readers", "2") as server:
        yield server


def test_a_parse_has_rasas_shape_and_ours(served: Served) -> None:
    status, parse = served.ask(
        "POST", "/model/parse", {"text": "bonsoir, c'est combien la lampe ?", "message_id": "m1"}
    )
    assert status == 200
    assert set(parse) == {
        "text", "intent", "entities", "intent_ranking", "language", "also", "sentiment", "toxicity", "cascade",
    }  # fmt: skip
    assert parse["intent"]["name"] == "ask_price"
    assert parse["intent_ranking"][0] == parse["intent"]
    assert parse["language"]["code"] == "fr"
    assert parse["toxicity"] == []


def test_a_batch_keeps_the_order(served: Served) -> None:
    texts = ["where is my order", "", "merci beaucoup", "😍"]
    status, answer = served.ask("POST", "/model/parse/batch", {"messages": [{"text": text} for text in texts]})
    assert status == 200
    assert answer["model"] == served.ask("GET", "/status")[1]["model_id"]
    assert [parse["text"] for parse in answer["parses"]] == texts
    assert [parse["intent"]["name"] for parse in answer["parses"]] == ["track_order", None, "thank", "emoji_only"]


def test_batches_at_their_limits(served: Served) -> None:
    assert served.ask("POST", "/model/parse/batch", {"messages": []})[1]["parses"] == []
    status, answer = served.ask("POST", "/model/parse/batch", {"messages": [{"text": "merci"}] * MAX_BATCH})
    assert status == 200
    assert len(answer["parses"]) == MAX_BATCH


@pytest.mark.parametrize(
    "text", [*ODD.values(), "a" * 50_000, "é" * MAX_CHARS], ids=[*ODD.keys(), "50 kB of a", "the longest"]
)
def test_every_text_gets_an_answer(served: Served, text: str) -> None:
    body = json.dumps({"text": text}).encode()
    status, parse = served.ask("POST", "/model/parse", body)
    assert status == 200
    assert 0.0 <= parse["intent"]["confidence"] <= 1.0


def test_what_is_too_long_is_cut_and_said_so(served: Served) -> None:
    long = served.parse("merci beaucoup ! " + "a" * MAX_CHARS)
    assert long["cut_at"] == MAX_CHARS
    assert len(long["text"]) == MAX_CHARS
    assert "cut_at" not in served.parse("merci beaucoup !")
    status, answer = served.ask(
        "POST", "/model/parse/batch", {"messages": [{"text": "merci"}, {"text": "b" * (MAX_CHARS + 1)}]}
    )
    assert status == 200
    assert [parse.get("cut_at") for parse in answer["parses"]] == [None, MAX_CHARS]


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("POST", "/model/parse", b"{", "JSON"),
        ("POST", "/model/parse", b"\xff", "JSON"),
        ("POST", "/model/parse", b"[" * 100_000, "JSON"),
        ("POST", "/model/parse", {}, '"text"'),
        ("POST", "/model/parse", [], '"text"'),
        ("POST", "/model/parse", {"text": None}, '"text"'),
        ("POST", "/model/parse", {"text": 5}, '"text"'),
        ("POST", "/model/parse/batch", {"text": "a"}, "messages"),
        ("POST", "/model/parse/batch", {"messages": "a"}, "messages"),
        ("POST", "/model/parse/batch", {"messages": ["a"]}, "messages[0]"),
        ("POST", "/model/parse/batch", {"messages": [{"text": "a"}, {"text": 1}]}, "messages[1]"),
        ("POST", "/model/parse/batch", {"messages": [{"text": "a"}] * (MAX_BATCH + 1)}, str(MAX_BATCH)),
        ("PUT", "/model", {}, "model_file"),
        ("PUT", "/model", {"model_file": "no/such/file.tar.gz"}, "no/such/file.tar.gz"),
    ],
)
def test_bad_requests_are_told_why(served: Served, method: str, path: str, body: Any, says: str) -> None:
    status, answer = served.ask(method, path, body)
    assert status == 400
    assert says in answer["message"]


def test_status_and_version(served: Served) -> None:
    status = served.ask("GET", "/status")[1]
    assert status["model_file"] == served.file
    assert status["ready"] is True
    assert served.ask("GET", "/version")[1] == {"version": "3.6.21", "minimum_compatible_version": "3.6.21"}


def test_metrics_count_texts_and_say_which_model(served: Served) -> None:
    served.parse("merci")
    text = served.ask("GET", "/metrics")[1]
    assert f'nlu_model{{file="{served.file}"}} 1.0' in text
    assert 'nlu_requests_total{path="/model/parse",status="200"}' in text
    assert 'nlu_cascade_total{state="unneeded"}' in text


def test_a_new_model_takes_over_without_losing_a_request(served: Served, model_path: Path, tmp_path: Path) -> None:
    archive = model_path if model_path.is_file() else newest_model(model_path)
    assert archive is not None
    another = shutil.copy(archive, tmp_path / "another.tar.gz")
    stop, answers = threading.Event(), []

    def keep_asking() -> None:
        while not stop.is_set():
            answers.append(served.ask("POST", "/model/parse", {"text": "merci beaucoup"}))

    threads = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert served.ask("PUT", "/model", {"model_file": str(another)})[0] == 204
    finally:
        asked = len(answers)
        while len(answers) < asked + 20:
            time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join()
    assert {(status, parse["intent"]["name"]) for status, parse in answers} == {(200, "thank")}
    assert served.ask("GET", "/status")[1]["model_file"] == "another.tar.gz"


def test_a_file_that_is_no_model_leaves_the_old_one(served: Served, tmp_path: Path) -> None:
    before = served.ask("GET", "/status")[1]["model_file"]
    (tmp_path / "broken.tar.gz").write_bytes(b"no archive")
    status, answer = served.ask("PUT", "/model", {"model_file": str(tmp_path / "broken.tar.gz")})
    assert status == 400
    assert "the old model goes on" in answer["message"]
    assert served.ask("GET", "/status")[1]["model_file"] == before
    assert served.parse("merci")["intent"]["name"] == "thank"


def test_a_killed_reader_is_started_again_and_the_request_answered(model_path: Path) -> None:
    with serving(model_path, "--readers", "1") as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        assert len(children) == 1
        os.kill(int(children[0]), signal.SIGKILL)
        assert server.parse("merci beaucoup")["intent"]["name"] == "thank"


def test_loopback_is_told_from_the_rest() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "::1", "localhost"))
    assert not any(is_loopback(host) for host in ("192.168.1.5", "8.8.8.8", "::"))


@pytest.mark.parametrize(
    ("arguments", "says"), [(["--host", "example.org"], "not an address"), (["--readers", "0"], "--readers")]
)
def test_bad_arguments_are_told(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert says in capsys.readouterr().err


def test_without_a_model_the_server_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--model", str(tmp_path), "--port", "0"])
    assert ended.value.code == 1
    assert "intents.train" in capsys.readouterr().err
