"""What the console asks of the rest of Aplomb: two ports, which `bot/store/` implements over Redis."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Protocol

from bot.model.desk import ActResult, Shown, Waiting
from bot.model.event import Act
from bot.model.health import Health
from bot.model.ids import ConversationId

Clock = Callable[[], datetime]


class Desk(Protocol):
    """Conversations as people see them, and what people do. Every method may raise `StoreUnavailable`."""

    async def waiting(self) -> list[Waiting]:
        """What waits for a person, the most urgent first."""
        ...

    async def show(self, conversation: ConversationId) -> Shown | None:
        """`None`: there is no such conversation."""
        ...

    async def act(self, act: Act) -> ActResult:
        """Records the act and waits up to two seconds for what becomes of it. The same id again is the same act."""
        ...

    def changes(self) -> AsyncIterator[ConversationId]:
        """Endless. A hint that a conversation changed: some may be missed, some repeated."""
        ...

    async def accounts(self) -> list[Health]:
        """How each account fares."""
        ...

    async def stopped(self) -> bool:
        """Whether nothing automatic may be sent at all."""
        ...

    async def stop(self, agent: str) -> None: ...

    async def resume(self, agent: str) -> None: ...


class Sessions(Protocol):
    """Who is logged in. Tokens are known by their SHA-256 only."""

    async def password_hash(self) -> str | None: ...

    async def set_password_hash(self, password_hash: str) -> None: ...

    async def put_session(self, token_sha256: str, agent: str, ttl_s: int) -> None:
        """Begins a session, or prolongs it."""
        ...

    async def session(self, token_sha256: str) -> str | None:
        """The agent's name; `None`: unknown or expired."""
        ...

    async def drop_session(self, token_sha256: str) -> None: ...

    async def failed_logins(self, source: str) -> int:
        """Counts one more, and says how many there were in the last fifteen minutes."""
        ...
