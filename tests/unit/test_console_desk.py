"""A desk and sessions in memory, and a person with a browser, for the tests of the console's pages."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from argon2 import PasswordHasher

from bot.config import AccountSettings, Settings
from bot.console.desk import Desk, Sessions
from bot.errors import StoreUnavailable
from bot.model.action import ActionRecord
from bot.model.brand import Brand
from bot.model.conversation import Conversation, Draft, Escalation, Incoming, Loaded, Note, Said
from bot.model.decision import Escalate, Reason
from bot.model.desk import ActResult, Shown, Waiting
from bot.model.event import Act
from bot.model.health import Health
from bot.model.ids import AccountId, ContactId, ConversationId, DraftId, EventId, StreamId
from bot.model.turn import Opinion, TurnRecord
from bot.model.understanding import Understanding

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
PAGE = AccountId.of("facebook", "1001")
ANN = ConversationId.public(ContactId.of(PAGE, "ann/%"), "77_88")
IDRIS = ConversationId.private(ContactId.of(PAGE, "idris"))
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
EVIL = '<script>alert("x")</script><hx-partial hx-target="#work">'


@dataclass
class MemorySessions:
    stored_hash: str | None = None
    agents: dict[str, str] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    async def password_hash(self) -> str | None:
        return self.stored_hash

    async def set_password_hash(self, password_hash: str) -> None:
        self.stored_hash = password_hash

    async def put_session(self, token_sha256: str, agent: str, ttl_s: int) -> None:
        self.agents[token_sha256] = agent

    async def session(self, token_sha256: str) -> str | None:
        return self.agents.get(token_sha256)

    async def drop_session(self, token_sha256: str) -> None:
        self.agents.pop(token_sha256, None)

    async def failed_logins(self, source: str) -> int:
        self.failures[source] = self.failures.get(source, 0) + 1
        return self.failures[source]


@dataclass
class MemoryDesk:
    """`answer` is what becomes of the next acts."""

    shown: dict[ConversationId, Shown] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)
    answer: ActResult = field(default_factory=lambda: ActResult(outcome="done"))
    healths: list[Health] = field(default_factory=list)
    stop_all: bool = False
    down: bool = False
    readers: list[asyncio.Queue[ConversationId]] = field(default_factory=list)
    is_read: asyncio.Event = field(default_factory=asyncio.Event)

    async def waiting(self) -> list[Waiting]:
        if self.down:
            raise StoreUnavailable("gone")
        lines = [
            Waiting.of(shown.loaded.conversation, "Maison Lune", len(shown.unknown)) for shown in self.shown.values()
        ]
        order = ("urgent", "high", "normal", "low")
        return sorted((line for line in lines if line), key=lambda line: (order.index(line.priority), line.deadline))

    async def show(self, conversation: ConversationId) -> Shown | None:
        return self.shown.get(conversation)

    async def act(self, act: Act) -> ActResult:
        self.acts.setdefault(act.id, act)
        return self.answer

    async def changes(self) -> AsyncIterator[ConversationId]:
        hints: asyncio.Queue[ConversationId] = asyncio.Queue()
        self.readers.append(hints)
        self.is_read.set()
        while True:
            yield await hints.get()

    async def accounts(self) -> list[Health]:
        return self.healths

    async def stopped(self) -> bool:
        return self.stop_all

    async def stop(self, agent: str) -> None:
        self.stop_all = True

    async def resume(self, agent: str) -> None:
        self.stop_all = False

    def put(self, conversation: Conversation, *turns: TurnRecord, actions: tuple[ActionRecord, ...] = ()) -> None:
        self.shown[conversation.id] = Shown(
            loaded=Loaded(conversation=conversation, actions=actions), turns=tuple(turns)
        )
        for hints in self.readers:
            hints.put_nowait(conversation.id)


def settings(**changes: object) -> Settings:
    values: dict[str, object] = {
        "recipe": "default.v1",
        "language": "fr",
        "pipeline": (),
        "brand": Brand(name="Maison Lune"),
        "accounts": (
            AccountSettings(channel="facebook", id="1001", name="Maison Lune", live="on", simulated=True),
            AccountSettings(channel="telegram", id="2002", name="@maisonlune", live="on", simulated=True),
        ),
        "policies": (),
    }
    return Settings.model_validate(values | changes)


def complaint(
    words: str, *, name: str = "Ann Vasseur", draft: str | None = "Nous sommes désolés, Ann."
) -> Conversation:
    return Conversation(
        id=ANN,
        version=7,
        basis_version=5,
        status="waiting",
        customer_name=name,
        subject_line="1001_77",
        recent=(Said(by="customer", text=words, at=NOW - timedelta(minutes=4), external_id="88", author=name),),
        escalation=Escalation(
            reason="complaint_in_public",
            priority="high",
            deadline=NOW + timedelta(minutes=11),
            since=NOW - timedelta(minutes=4),
        ),
        draft=Draft(id=DraftId("d1"), text=draft, reason="complaint_in_public", language="fr", author="bot", at=NOW)
        if draft is not None
        else None,
        notes=(Note(agent="Léa", text="Déjà vue en boutique", at=NOW - timedelta(minutes=1)),),
    )


def turn_of(conversation: Conversation, words: str) -> TurnRecord:
    understood = Understanding(intent="complain_quality", confidence=0.913, language="fr")
    return TurnRecord(
        id=EventId("e1"),
        stream_id=StreamId("1-1"),
        conversation=conversation.id,
        at=NOW - timedelta(minutes=4),
        unanswered=(Incoming(event=EventId("e1"), external_id="88", text=words, at=NOW, understanding=understood),),
        opinions=(Opinion(policy="safety", decided=False), Opinion(policy="complaint", decided=True)),
        decision=Escalate(
            reason=Reason(code="complaint_in_public", by="complaint", facts={"intent": "complain_quality"}),
            tightened=(Reason(code="loop_fuse", by="loop_fuse"),),
            priority="high",
            deadline=NOW + timedelta(minutes=11),
        ),
        outcome="draft",
        brand_rev="b1",
        model="m1",
    )


@dataclass
class Browser:
    """A person with a browser: sends what a browser would, and reads the forms it is shown."""

    client: TestClient[web.Request, web.Application]
    desk: MemoryDesk
    sessions: MemorySessions

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.client.get(path, headers={"Accept-Language": "en", **headers}) as answer:
            return answer.status, await answer.text()

    async def post(
        self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None, lang: str = "en"
    ) -> ClientResponse:
        return await self.client.post(
            path,
            data=fields,
            allow_redirects=False,
            headers={"Accept-Language": lang, **(SAME_ORIGIN if headers is None else headers)},
        )

    async def log_in(self, name: str = "Léa") -> ClientResponse:
        return await self.post("/console/login", {"name": name, "password": PASSWORD})

    async def form(self, conversation: ConversationId) -> dict[str, str]:
        _, page = await self.get(path_of(conversation))
        return fields_of(page)


def path_of(conversation: ConversationId) -> str:
    return "/console/c/" + quote(conversation, safe="/")


def fields_of(page: str) -> dict[str, str]:
    work = page[page.index('<form id="work"') :]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', work))
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', work, re.DOTALL):
        fields[name] = text.replace("&#39;", "'").replace("&amp;", "&")
    return fields


async def test_what_is_in_memory_is_a_desk() -> None:
    desk: Desk = MemoryDesk()
    sessions: Sessions = MemorySessions()
    assert await desk.waiting() == []
    assert await sessions.session("nobody") is None
