"""Conversations and contacts: read at one moment, written with everything that follows from an event."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from bot.model.action import ActionRecord, ActionState
from bot.model.contact import Contact
from bot.model.conversation import Conversation
from bot.model.desk import Waiting
from bot.model.event import Event
from bot.model.ids import ContactId, ConversationId, StreamId
from bot.model.ledger import GENESIS, LedgerEntry
from bot.model.outcome import Outcome, State
from bot.store.keys import FEED, GROUP, RESULT_S, Shard
from bot.store.redis import Connection


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state, the versions it was read at, and the tip of the shard's ledger."""

    state: State
    conversation_version: str
    contact_version: str
    tip: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: an event that could not be handled, as it lay in the stream."""

    id: str
    raw: str
    error: str


@dataclass(frozen=True, slots=True)
class Lifetimes:
    conversations_s: int
    turns_s: int


class StateStore:
    """Load and commit."""

    def __init__(self, connection: Connection, lifetimes: Lifetimes) -> None:
        self._redis = connection
        self._lifetimes = lifetimes

    async def load(self, shard: Shard, conversation: ConversationId | None, contact: ContactId | None) -> Snapshot:
        """A conversation or contact never stored comes as a new one, version 0."""
        answer = await self._redis.call(
            *self._redis.script(
                "load",
                [
                    shard.conversation(conversation) if conversation else shard.nothing,
                    shard.contact(contact) if contact else shard.nothing,
                    shard.actions,
                    shard.tip,
                ],
                [],
            )
        )
        version, body, contact_version, contact_body, raw_records, tip = answer
        records = tuple(record_of(raw) for raw in raw_records)
        state = State(
            conversation=_conversation(conversation, version, body),
            contact=_contact(contact, contact_version, contact_body),
            records=records,
            inflight=any(record.state == "inflight" for record in records),
        )
        return Snapshot(state, version or "0", contact_version or "0", tip or GENESIS)

    async def commit(
        self,
        shard: Shard,
        stream_id: StreamId,
        event: Event | None,
        before: Snapshot,
        outcome: Outcome,
        *,
        account_name: str = "",
        ledger: LedgerEntry | None = None,
        letter: Letter | None = None,
    ) -> Literal["ok", "done", "conflict"]:
        """Writes it all, or nothing. `done`: this event was committed before. `conflict`: load and decide again."""
        conversation = outcome.conversation
        conversation_id = event.conversation if event else None
        contact_id = event.contact if event else None
        writing = _writing(stream_id, before, outcome, ledger, letter, account_name)
        writing |= {
            "keep_s": self._lifetimes.conversations_s,
            "turns_s": self._lifetimes.turns_s,
            "subject": str(conversation.id) if conversation else "",
        }
        keys = [
            shard.events,
            shard.conversation(conversation_id) if conversation_id else shard.nothing,
            shard.contact(contact_id) if contact_id else shard.nothing,
            shard.actions,
            shard.due,
            shard.timers,
            shard.relay,
            shard.turns(conversation_id) if conversation_id else shard.nothing,
            shard.ledger,
            shard.tip,
            shard.counters,
            shard.waiting,
            shard.notices,
            shard.notices_due,
            shard.result(event.id) if event else shard.nothing,
            shard.dead,
        ]
        answer: Literal["ok", "done", "conflict"] = await self._redis.call(
            *self._redis.script("commit", keys, [GROUP, json.dumps(writing)])
        )
        return answer

    async def check_ledger(self, shard: Shard) -> tuple[int, str | None]:
        """How many entries the shard's chain has, and the stream id of the first that does not fit (`None`: all do)."""
        previous, count = GENESIS, 0
        for stream_id, fields in await self._redis.call("XRANGE", shard.ledger, "-", "+"):
            entry = LedgerEntry.model_validate_json(fields[1] if isinstance(fields, list) else fields["e"])
            if entry.previous != previous:
                return count, stream_id
            previous, count = entry.digest, count + 1
        tip = await self._redis.call("GET", shard.tip)
        return count, None if (tip or GENESIS) == previous else "its end"


def _writing(
    stream_id: StreamId,
    before: Snapshot,
    outcome: Outcome,
    ledger: LedgerEntry | None,
    letter: Letter | None,
    account_name: str,
) -> dict[str, Any]:
    writing: dict[str, Any] = {
        "stream_id": stream_id,
        "feed": FEED,
        "result_s": RESULT_S,
        "records": [
            {"id": record.action.id, "record": record_json(record), "due": _due(record)}
            for record in outcome.records
            if record.action.id in outcome.changed
        ],
        "dropped": list(outcome.dropped),
        "timers": [{"at": _ms(t.at), "event": t.event.model_dump_json(exclude_none=True)} for t in outcome.timers],
        "relay": [event.model_dump_json(exclude_none=True) for event in outcome.relay],
        "counters": outcome.counters,
    }
    if outcome.conversation:
        writing["conversation"] = _conversation_writing(outcome.conversation, outcome, before)
        unknown = sum(record.state == "unknown" for record in outcome.records)
        waiting = Waiting.of(outcome.conversation, account_name, unknown)
        writing["waiting"] = waiting.model_dump_json() if waiting else ""
    if outcome.contact:
        writing["contact"] = {
            "version": before.contact_version,
            "next": str(int(before.contact_version) + 1),
            "out": "1" if outcome.contact.opted_out else "0",
            "upto": stream_id,
            "body": outcome.contact.model_dump_json(exclude_defaults=True),
        }
    if outcome.turn:
        writing["turn"] = outcome.turn.model_dump_json(exclude_none=True)
    if ledger:
        entry = ledger.model_dump_json()
        writing["ledger"] = {"previous": before.tip, "genesis": GENESIS, "entry": entry, "digest": ledger.digest}
    if outcome.notice:
        writing["notice"] = outcome.notice.model_dump_json()
        writing["notice_due"] = _ms(outcome.notice.since)
    elif outcome.acknowledged:
        writing["notice"] = ""
    if outcome.result:
        writing["result"] = outcome.result.model_dump_json()
    if letter:
        body = {"event": letter.raw, "error": letter.error}
        writing["dead"] = {"id": letter.id, "letter": json.dumps(body)}
    return writing


def _conversation_writing(conversation: Conversation, outcome: Outcome, before: Snapshot) -> dict[str, str]:
    inflight = next((r.action.id for r in outcome.records if r.state == "inflight"), "")
    return {
        "version": before.conversation_version,
        "next": str(int(before.conversation_version) + 1),
        "owner": conversation.owner,
        "assignee": conversation.assignee or "",
        "acts": " ".join(conversation.action_ids),
        "inflight": inflight,
        "body": conversation.model_dump_json(exclude_defaults=True),
    }


def _conversation(wanted: ConversationId | None, version: str | None, body: str | None) -> Conversation | None:
    if wanted is None:
        return None
    if body is None:
        return Conversation(id=wanted, version=int(version or 0))
    return Conversation.model_validate_json(body).model_copy(update={"version": int(version or 0)})


def _contact(wanted: ContactId | None, version: str | None, body: str | None) -> Contact | None:
    if wanted is None:
        return None
    if body is None:
        return Contact.new(wanted)
    return Contact.model_validate_json(body).model_copy(update={"version": int(version or 0)})


def record_json(record: ActionRecord) -> str:
    """The form that claim.lua reads: what it compares is plain, the action itself stays a string."""
    action = record.action
    return json.dumps(
        {
            "state": record.state,
            "author": action.author,
            "purpose": action.purpose,
            "upto": action.decided_upto,
            "after": action.after or "",
            "earliest": str(_ms(action.earliest)),
            "attempted": str(_ms(record.attempted_at)) if record.attempted_at else "",
            "attempts": record.attempts,
            "fingerprint": record.fingerprint or "",
            "external_id": record.external_id or "",
            "body": action.model_dump_json(exclude_none=True),
        }
    )


def record_of(raw: str) -> ActionRecord:
    """Raises `ValueError` on what `record_json` never wrote."""
    fields = json.loads(raw)
    action = json.loads(fields["body"])
    action["earliest"] = _time(fields["earliest"])
    state: ActionState = fields["state"]
    return ActionRecord.model_validate(
        {
            "action": action,
            "state": state,
            "attempted_at": _time(fields["attempted"]) if fields["attempted"] else None,
            "attempts": int(fields["attempts"]),
            "fingerprint": fields["fingerprint"] or None,
            "external_id": fields["external_id"] or None,
        }
    )


def _due(record: ActionRecord) -> str:
    return str(_ms(record.action.earliest)) if record.state == "pending" else ""


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _time(ms: str) -> datetime:
    return datetime.fromtimestamp(int(ms) / 1000, UTC)
