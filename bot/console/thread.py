"""A conversation as lines on a screen: what was said, what is on its way, what the team noted, and why. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.model.action import ActionRecord, ActionState, text_of
from bot.model.conversation import Said
from bot.model.decision import Reason
from bot.model.desk import Shown
from bot.model.turn import TurnRecord

MEANWHILE = 5
"""Entries of what happened meanwhile that are told."""
Side = Literal["customer", "bot", "agent", "note", "deed"]


@dataclass(frozen=True, slots=True)
class Line:
    """`deed`: an action without words, whose kind is in `text`. `state`: of what isn't known to have arrived."""

    at: datetime
    side: Side
    text: str
    author: str | None = None
    deleted: bool = False
    hidden: bool = False
    attachments: int = 0
    state: ActionState | None = None
    turns: tuple[TurnRecord, ...] = ()


def lines(shown: Shown) -> list[Line]:
    """Oldest first. Customer's words that fell out of the conversation come from the turns that weighed them."""
    conversation = shown.loaded.conversation
    turns = _by_last_words(shown.turns)
    recent = [_said(said, turns) for said in conversation.recent]
    known = {said.external_id for said in conversation.recent}
    said_by_action = {said.action for said in conversation.recent if said.action}
    actions = [_on_its_way(record) for record in shown.loaded.actions if record.action.id not in said_by_action]
    notes = [Line(note.at, "note", note.text, note.agent) for note in conversation.notes]
    older = _older(shown.turns, turns, known)
    return sorted([*older, *recent, *(line for line in actions if line), *notes], key=lambda line: line.at)


def said_since(shown: Shown, last: str) -> tuple[Said, ...]:
    """What was said after the words with that external id. By place and not by time: platforms round theirs."""
    recent = shown.loaded.conversation.recent
    seen = next((place for place, said in enumerate(recent) if said.external_id == last), -1)
    return recent[seen + 1 :][-MEANWHILE:]


def reason_of(shown: Shown, code: str) -> Reason | None:
    """The latest reason of that code with its figures, from the turn that gave it."""
    for turn in sorted(shown.turns, key=lambda turn: turn.at, reverse=True):
        given = [turn.invariant] if turn.invariant else []
        if turn.decision:
            given += [*reversed(turn.decision.tightened), turn.decision.reason]
        for reason in given:
            if reason.code == code:
                return reason
    return None


def _said(said: Said, turns: dict[str, tuple[TurnRecord, ...]]) -> Line:
    return Line(
        at=said.at,
        side=said.by,
        text=said.text,
        author=said.author,
        deleted=said.deleted,
        hidden=said.hidden,
        attachments=said.attachments,
        turns=turns.get(said.external_id or "", ()),
    )


def _on_its_way(record: ActionRecord) -> Line | None:
    """`None` for what is over and left no words to show."""
    text = text_of(record.action)
    at = record.attempted_at or record.action.earliest
    if text is None:
        return Line(at, "deed", record.action.kind, state=record.state)
    if record.state in ("sent", "cancelled"):
        return None
    side: Side = "agent" if record.action.by_person else "bot"
    author = record.action.author if record.action.by_person else None
    return Line(at, side, text, author, state=record.state)


def _by_last_words(records: Iterable[TurnRecord]) -> dict[str, tuple[TurnRecord, ...]]:
    """Turns by the external id of the last message they weighed."""
    found: dict[str, tuple[TurnRecord, ...]] = {}
    for record in sorted(records, key=lambda record: record.at):
        if record.unanswered:
            last = record.unanswered[-1].external_id
            found[last] = (*found.get(last, ()), record)
    return found


def _older(
    records: Iterable[TurnRecord], turns: dict[str, tuple[TurnRecord, ...]], known: set[str | None]
) -> list[Line]:
    found = {
        words.external_id: Line(
            words.at, "customer", words.text, attachments=words.attachments, turns=turns.get(words.external_id, ())
        )
        for record in records
        for words in record.unanswered
        if words.external_id not in known
    }
    return list(found.values())
