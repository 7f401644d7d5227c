"""What we ask of a platform, and what we make of its answers, against the simulator that behaves like it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientSession

from bot.config import AccountSettings, Settings
from bot.errors import NoAnswer, NothingSent
from bot.http import Http
from bot.model.action import Action, FindOwn, ReplyToComment, SendMessage
from bot.model.ids import ActionId, ContactId, ConversationId, StreamId
from bot.retry import Unknown, next_step
from connectors import CONNECTORS
from connectors.base import Account, Connector, Found, Reading, SendError, Sent
from sandbox.exchange import Rules
from sandbox.server import running
from tests.channels.base import ChannelFacts
from tests.conformance.deliveries import Result

ANN = "4411"
SHORT_S = 0.5
LONG_S = 10.0
WORDS = "Bonjour, nous regardons cela."
CERTAIN_WAITS = {"pause_account", "pause_chat", "retry"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A simulated account on its simulator, and somebody who wrote to it."""

    facts: ChannelFacts
    connector: Connector
    account: Account
    url: str
    http: Http
    client: ClientSession

    async def control(self, path: str, **body: Any) -> dict[str, Any]:
        async with self.client.post(f"{self.url}/control/{path}", json=body) as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == 200, told
            return told

    async def fail(self, mode: str, **more: Any) -> None:
        await self.control("fail", channel=self.facts.channel, mode=mode, **more)

    async def where(self) -> str:
        """In private where there are private messages, else under the first post."""
        if self.connector.capabilities(self.account).private:
            return "dm"
        async with self.client.get(f"{self.url}/control/world") as answer:
            channels = (await answer.json())["channels"]
        return str(next(each["posts"][0]["id"] for each in channels if each["channel"] == self.facts.channel))

    async def action(self, number: int, text: str = WORDS, ago_s: float = 0) -> Action:
        """An answer to words that Ann says now, or said so long ago."""
        where = await self.where()
        said = await self.control(
            "say",
            channel=self.facts.channel,
            account=self.account.id.external_id,
            customer={"id": ANN, "name": "Ann"},
            where=where,
            text="Bonjour ?",
            ago_s=ago_s,
        )
        common: dict[str, Any] = {
            "id": ActionId(f"act-{number}"),
            "decided_upto": StreamId("1-0"),
            "earliest": datetime.now(UTC) - timedelta(seconds=1),
            "text": text,
        }
        if where == "dm":
            conversation = ConversationId.private(ContactId.of(self.account.id, ANN))
            return SendMessage(**common, conversation=conversation)
        root = str(said["external_id"])
        conversation = ConversationId.public(ContactId.nobody(self.account.id, root), root)
        return ReplyToComment(**common, conversation=conversation, comment_id=root)

    async def send(self, action: Action, timeout_s: float = LONG_S) -> Reading | NoAnswer | NothingSent:
        now = datetime.now(UTC)
        try:
            response = await self.http.send(self.connector.build(action, self.account, now), timeout_s)
        except (NoAnswer, NothingSent) as error:
            return error
        return self.connector.interpret(action, response, self.account, now)

    async def shown(self, text: str) -> int:
        """How often the platform shows these words of the brand."""
        query = {
            "channel": self.facts.channel,
            "account": self.account.id.external_id,
            "customer": ANN,
            "where": await self.where(),
        }
        async with self.client.get(f"{self.url}/control/thread", params=query) as answer:
            entries = (await answer.json())["entries"]
        return sum(entry["by"] == "brand" and entry["text"] == text for entry in entries)


@asynccontextmanager
async def stage(facts: ChannelFacts, settings: Settings, rules: Rules | None = None) -> AsyncIterator[Stage]:
    """Deliveries of the simulator go nowhere: what it echoes is not this part's matter."""
    account = AccountSettings(
        channel=facts.channel,
        id=next(iter(facts.accounts)),
        name="Maison Aubépine",
        live="on",
        simulated=True,
        settings=dict(next(iter(facts.accounts.values()))),
    )
    alone = settings.model_copy(update={"accounts": (account,)})
    async with (
        running(alone, port=0, webhook_base="http://127.0.0.1:9", rules=rules) as sandbox,
        Http(loopback_only=True) as http,
        ClientSession() as client,
    ):
        connected = replace(alone.connected[account.account_id], api_url=f"{sandbox.url}/{facts.channel}")
        yield Stage(facts, CONNECTORS[facts.channel], connected, sandbox.url, http, client)


def told(reading: object) -> str:
    if isinstance(reading, SendError):
        return f"{reading.fault} ({reading.code})"
    return type(reading).__name__


def expected(case: str, reading: object, right: bool) -> Result:
    return Result(case, "passed" if right else "failed", told(reading))


async def plain(on: Stage) -> Result:
    action = await on.action(1)
    reading = await on.send(action)
    return expected("accepted", reading, isinstance(reading, Sent) and await on.shown(WORDS) == 1)


async def faulty(on: Stage, mode: str, *faults: str, **more: Any) -> Result:
    """The next call goes wrong in that way."""
    action = await on.action(2, text=f"{WORDS} {mode}")
    await on.fail(mode, **more)
    reading = await on.send(action)
    return expected(mode.replace("_", " "), reading, isinstance(reading, SendError) and reading.fault in faults)


async def slow(on: Stage) -> Result:
    action = await on.action(3, text=f"{WORDS} slow")
    await on.fail("ok", after_s=SHORT_S)
    reading = await on.send(action)
    return expected("slow", reading, isinstance(reading, Sent))


async def timeout_after_accepting(on: Stage) -> Result:
    """Nobody knows, so that it is never sent again; where the platform can be asked, it is found there."""
    text = f"{WORDS} (sans réponse)"
    action = await on.action(4, text=text)
    await on.fail("hang_after_accepting")
    reading = await on.send(action, SHORT_S)
    case = "timeout after accepting"
    if not isinstance(reading, NoAnswer) or await on.shown(text) != 1:
        return Result(case, "failed", told(reading))
    step = next_step(reading, 1, (1,), datetime.now(UTC), 0)
    if not isinstance(step, Unknown):
        return Result(case, "failed", f"next: {type(step).__name__}")
    if not on.connector.capabilities(on.account).find_own:
        return Result(case, "passed", "unknown, never sent again; a person or an echo settles it")
    query = FindOwn(action=action)
    now = datetime.now(UTC)
    answer = await on.http.send(on.connector.build(query, on.account, now), LONG_S)
    found = on.connector.interpret(query, answer, on.account, now)
    if isinstance(found, Found) and found.external_id:
        return Result(case, "passed", "unknown, never sent again; found by asking")
    return Result(case, "failed", f"looked up: {told(found)}")


async def limit_reached(on: Stage) -> Result:
    """The platform's limit, lowered to two calls, is met: nothing of what is refused may be unknown."""
    for number in range(12):
        reading = await on.send(await on.action(10 + number, text=f"{WORDS} {number}"))
        if isinstance(reading, SendError):
            return expected("limit reached", reading, reading.fault in CERTAIN_WAITS)
        if not isinstance(reading, Sent):
            return expected("limit reached", reading, False)
    return Result("limit reached", "failed", "never refused")


async def window_closed(on: Stage) -> Result:
    case = "window closed"
    capabilities = on.connector.capabilities(on.account)
    if capabilities.window_s is None or not capabilities.private:
        return Result(case, "none", "the platform has no window")
    reading = await on.send(await on.action(30, ago_s=capabilities.window_s + 60))
    return expected(case, reading, isinstance(reading, SendError) and reading.fault == "window_closed")


def refusals(facts: ChannelFacts, account: Account) -> list[Result]:
    """Each class of the platform's errors, and what the sender does next."""
    connector, now = CONNECTORS[facts.channel], datetime.now(UTC)
    private = connector.capabilities(account).private
    user = ContactId.of(account.id, facts.user)
    common: dict[str, Any] = {
        "id": ActionId("act-1"), "decided_upto": StreamId("1-0"), "earliest": now, "text": WORDS,
    }  # fmt: skip
    action: Action = (
        SendMessage(**common, conversation=ConversationId.private(user))
        if private
        else ReplyToComment(
            **common, conversation=ConversationId.public(user, facts.comment_id), comment_id=facts.comment_id
        )
    )
    found = []
    for refusal in facts.refusals:
        reading = connector.interpret(action, refusal.answer, account, now)
        right = isinstance(reading, SendError) and reading.fault == refusal.fault
        waits = refusal.after_s is None or (isinstance(reading, SendError) and reading.after_s == refusal.after_s)
        found.append(expected(f"error: {refusal.name}", reading, right and waits))
    return found


async def run(facts: ChannelFacts, settings: Settings) -> AsyncIterator[Result]:
    """Every case against a simulator of its own; the limits are lowered where they are to be met."""
    async with stage(facts, settings) as on:
        yield await plain(on)
        yield await slow(on)
        yield await faulty(on, "429", *CERTAIN_WAITS)
        yield await faulty(on, "500", "unknown")
        yield await faulty(on, "500_after_accepting", "unknown")
        yield await faulty(on, "garbage", "unknown")
        yield await faulty(on, "token_expired", "reconnect")
        yield await timeout_after_accepting(on)
        for result in refusals(facts, on.account):
            yield result
    async with stage(facts, settings, Rules(rates=_Two(), bursts=_Two.bursts())) as on:
        yield await limit_reached(on)
    async with stage(facts, settings) as on:
        yield await window_closed(on)


class _Two(dict[str, tuple[int, float]]):
    """Two calls an hour, whatever the limit's name."""

    def get(self, key: str, default: Any = None) -> Any:
        return (2, 3600.0)

    @staticmethod
    def bursts() -> dict[str, int]:
        return _TwoBursts()


class _TwoBursts(dict[str, int]):
    def get(self, key: str, default: Any = None) -> Any:
        return 2
