"""Redis, and nothing but Redis: what is kept, under which keys, by which scripts."""

from dataclasses import dataclass
from typing import Self

from bot.config import Settings
from bot.store.accounts import AccountStore
from bot.store.desk import Agenda, DeskStore, SessionStore
from bot.store.erasure import Erasure
from bot.store.events import Events
from bot.store.outbox import Outbox
from bot.store.redis import Connection, agree_on_shards, risks
from bot.store.state import Lifetimes, StateStore

_DAY_S = 86400


def lifetimes(settings: Settings) -> Lifetimes:
    retention = settings.retention
    return Lifetimes(retention.conversations_days * _DAY_S, retention.turn_records_days * _DAY_S)


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of the store over one connection."""

    connection: Connection
    events: Events
    state: StateStore
    outbox: Outbox
    desk: DeskStore
    sessions: SessionStore
    agenda: Agenda
    accounts: AccountStore
    erasure: Erasure

    @classmethod
    async def open(cls, url: str, settings: Settings) -> Self:
        """Raises `StoreUnavailable`, or `ConfigurationError` when this store was made with other shards."""
        connection = await Connection.open(url, replicas=settings.redis.replicas_to_wait_for)
        await agree_on_shards(connection, settings.redis.shards)
        events = Events(connection, settings.redis.shards)
        await events.create_groups()
        state = StateStore(connection, lifetimes(settings))
        return cls(
            connection=connection,
            events=events,
            state=state,
            outbox=Outbox(connection, events.shards),
            desk=DeskStore(connection, events.shards, state),
            sessions=SessionStore(connection),
            agenda=Agenda(connection, events.shards),
            accounts=AccountStore(connection, events.shards),
            erasure=Erasure(connection),
        )

    async def close(self) -> None:
        await self.connection.close()

    async def risks(self) -> list[str]:
        return await risks(self.connection)
