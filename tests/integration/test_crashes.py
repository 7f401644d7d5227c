"""kill -9 at the worst moments, of real processes: nothing lost, nothing doubled, nothing given up unseen."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from bot.app import utc_now
from bot.errors import StoreUnavailable
from bot.model.event import MessageReceived
from bot.model.ids import EventId
from bot.store.embedded import PrivateServer
from tests.integration.house import ROOT, House, house, private

QUESTION = "Bonjour, quels sont vos horaires d'ouverture ?"
ANN = private("facebook", "ann")


class Process:
    """A worker process; started again as often as a test wants."""

    def __init__(self, config: Path, *options: str) -> None:
        self._command = (sys.executable, "-m", "tests.integration.role", "--config", str(config), *options)
        self.running: asyncio.subprocess.Process | None = None

    async def start(self) -> asyncio.subprocess.Process:
        self.running = await asyncio.create_subprocess_exec(*self._command, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL)
        return self.running

    async def end(self) -> None:
        if self.running is not None and self.running.returncode is None:
            self.running.send_signal(signal.SIGCONT)
            self.running.terminate()
            await self.running.wait()


def write_config(the_house: House, folder: Path) -> Path:
    """The project's configuration, pointing at this house's parts."""
    raw = yaml.safe_load((ROOT / "config.yml").read_text())
    settings = the_house.settings
    raw["policies"] = [dict(entry) for entry in settings.policies]
    for account in raw["accounts"]:
        account["live"] = "on"
    raw["guards"] = []
    raw["var"] = str(settings.var)
    raw["redis"]["url"] = settings.redis.url
    raw["nlu"]["url"] = settings.nlu.url
    raw["sandbox"]["port"] = settings.sandbox.port
    raw["worker"] = {"lease_s": 1.5, "echo_hold_s": 0.3, "unknown_after_s": 0.5, "send_timeout_s": 3.0}
    raw["brand"]["hours"] = [
        {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "09:30", "closes": "19:00"},
    ]
    config = folder / "config.yml"
    config.write_text(yaml.safe_dump(raw, allow_unicode=True))
    return config


@asynccontextmanager
async def a_process(the_house: House, folder: Path, *options: str) -> AsyncIterator[Process]:
    process = Process(write_config(the_house, folder), *options)
    try:
        yield process
    finally:
        await process.end()


async def died(process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30):
        assert await process.wait() == -signal.SIGKILL


async def accepted(the_house: House) -> list[str]:
    """Every request that put words on Facebook."""
    requests = (await the_house.look("requests"))["requests"]
    return [r["path"] for r in requests if r["method"] == "POST" and r["path"].endswith("/messages")]


async def test_a_worker_killed_before_its_commit_loses_and_doubles_nothing(the_house: House, tmp_path: Path) -> None:
    once = tmp_path / "died"
    async with a_process(the_house, tmp_path, "--once", str(once), "--before-commit", "message.received") as worker:
        first = await worker.start()
        await the_house.say("facebook", "ann", QUESTION)
        await died(first)
        assert once.exists()
        assert await the_house.brand_words("facebook", "ann") == []
        await worker.start()
        await the_house.said(ANN, "customer", "bot")
    assert len(await the_house.brand_words("facebook", "ann")) == 1
    assert len(await accepted(the_house)) == 1


async def test_a_sender_killed_after_its_request_sends_nothing_twice(the_house: House, tmp_path: Path) -> None:
    """The echo tells that the words are there; where there is no echo, a person is asked."""
    once = tmp_path / "died"
    await the_house.start_scheduler()
    async with a_process(the_house, tmp_path, "--once", str(once), "--before-record") as worker:
        first = await worker.start()
        await the_house.say("facebook", "ann", QUESTION)
        await died(first)
        await worker.start()
        await the_house.said(ANN, "customer", "bot")
        assert len(await accepted(the_house)) == 1
        conversation = await the_house.conversation(ANN)
        assert (conversation.owner, conversation.escalation, conversation.unanswered) == ("bot", None, ())


async def test_without_an_echo_the_killed_senders_words_are_a_persons_to_confirm(
    the_house: House, tmp_path: Path
) -> None:
    once = tmp_path / "died"
    theo = private("telegram", "41")
    async with a_process(the_house, tmp_path, "--once", str(once), "--before-record") as worker:
        first = await worker.start()
        await the_house.say("telegram", "41", QUESTION)
        await died(first)
        await worker.start()

        async def a_person_is_asked() -> bool:
            shown = await the_house.show(theo)
            escalation = shown.loaded.conversation.escalation if shown else None
            return escalation is not None and escalation.reason == "unknown_outcome"

        await the_house.until(a_person_is_asked)
        assert len(await the_house.brand_words("telegram", "41")) == 1


async def test_a_worker_stopped_over_its_lease_and_woken_doubles_nothing(the_house: House, tmp_path: Path) -> None:
    async with a_process(the_house, tmp_path) as sleeper:
        asleep = await sleeper.start()
        await the_house.say("facebook", "ann", QUESTION)
        await the_house.said(ANN, "customer", "bot")
        asleep.send_signal(signal.SIGSTOP)
        for number in range(8):
            await the_house.say("facebook", f"bob{number}", QUESTION)
        await the_house.start_worker("successor")
        for number in range(8):
            await the_house.said(private("facebook", f"bob{number}"), "customer", "bot")
        asleep.send_signal(signal.SIGCONT)
        for number in range(8):
            await the_house.say("facebook", f"bob{number}", "et où se trouve votre boutique ?")
        for number in range(8):
            await the_house.said(private("facebook", f"bob{number}"), "customer", "bot", "customer", "bot")
        assert asleep.returncode is None
        assert len(await accepted(the_house)) == 17


async def test_a_worker_that_dies_with_64_pending_buries_only_the_poison(the_house: House, tmp_path: Path) -> None:
    """One shard, 64 events read at once, the tenth kills: the other 63 are handled in order."""
    now = utc_now()
    events = [
        MessageReceived(
            id=EventId(f"m:{number}"),
            account=ANN.account,
            contact=ANN.contact,
            conversation=ANN if number % 2 else private("facebook", "ann"),
            occurred_at=now,
            received_at=now,
            external_id=f"mid.{number}",
            text="POISON" if number == 9 else "merci",
        )
        for number in range(64)
    ]
    await the_house.ingest.append(events, 3600)
    async with a_process(the_house, tmp_path, "--poison", "POISON") as worker:
        deaths = 0
        while deaths < 10:
            process = await worker.start()

            async def over(process: asyncio.subprocess.Process = process) -> bool:
                return process.returncode is not None or await the_house.settled()

            await the_house.until(over, within_s=60)
            if process.returncode is None:
                break
            deaths += 1
        assert deaths == 3
        await the_house.until(the_house.settled)
    letters = await the_house.store.events.dead()
    assert list(letters) == ["m:9"]
    conversation = await the_house.conversation(ANN)
    assert conversation.escalation is not None
    assert conversation.escalation.reason == "handling_failed"
    known = [external for external in conversation.external_ids if external.startswith("mid.")]
    assert known == [f"mid.{number}" for number in range(64) if number != 9]
    assert await the_house.store.events.redrive(10) == ["m:9"]
    assert await the_house.store.events.dead() == {}


async def test_redis_killed_between_append_and_200_gives_each_event_once(
    nlu_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is on disk, the answer never came: the platform delivers again, and it counts once."""
    var = tmp_path / "v"
    async with PrivateServer(var) as server, house(server.url, nlu_url, tmp_path) as the_house:
        await the_house.start_worker()
        kill = kill_after_append(server)
        monkeypatch.setattr(the_house.store.events, "append", kill(the_house.store.events.append), raising=True)
        await the_house.say("facebook", "ann", QUESTION)
        await the_house.said(ANN, "customer", "bot")
        deliveries = (await the_house.look("deliveries"))["deliveries"]
        assert 503 in [delivery["status"] for delivery in deliveries]
        assert len(await accepted(the_house)) == 1


def kill_after_append(server: PrivateServer) -> Callable[..., Callable[..., object]]:
    """Kills the server once, right after the append is on disk, and starts it again."""
    killed: list[int] = []

    def around(append: Callable[..., object]) -> Callable[..., object]:
        async def deadly(*args: object) -> object:
            kept = await append(*args)  # type: ignore[misc]
            if killed or server.process is None:
                return kept
            killed.append(server.process.pid)
            os.kill(server.process.pid, signal.SIGKILL)
            await server.process.wait()
            await server.start()
            raise StoreUnavailable("killed before its answer arrived")

        return deadly

    return around
