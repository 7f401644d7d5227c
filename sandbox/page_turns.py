"""Which of the bot's conversations a simulated thread is: found by the ids of what was said, by no platform's rules."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.console.desk import Desk
from bot.model.action import ActionRecord
from bot.model.desk import Shown
from bot.model.ids import AccountId, ConversationId
from bot.model.turn import TurnRecord

UNREAD_KEPT = 200
ENTRIES_KEPT = 5_000
CARDS = 8


@dataclass(frozen=True, slots=True)
class Card:
    """A turn, and how far what it decided got. `answers`: whether it is the latest of its conversation."""

    turn: TurnRecord
    shown: Shown
    record: ActionRecord | None
    answers: bool


class Kin:
    """Learns from the desk's hints what belongs together."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._unread: dict[ConversationId, None] = {}
        self._by_entry: dict[tuple[AccountId, str], ConversationId] = {}

    def note(self, conversation: ConversationId) -> None:
        self._unread[conversation] = None
        while len(self._unread) > UNREAD_KEPT:
            del self._unread[next(iter(self._unread))]

    async def of(self, account: AccountId, entries: Iterable[str], guess: ConversationId | None) -> list[Shown]:
        """The conversations that hold any of these entries, and the guessed one."""
        while self._unread:
            conversation = next(iter(self._unread))
            del self._unread[conversation]
            self._learn(await self._desk.show(conversation))
        known = (self._by_entry.get((account, entry)) for entry in entries)
        wanted = dict.fromkeys([*([guess] if guess else []), *(conversation for conversation in known if conversation)])
        found = [await self._desk.show(conversation) for conversation in wanted]
        return [shown for shown in found if shown is not None]

    def _learn(self, shown: Shown | None) -> None:
        if shown is None:
            return
        conversation = shown.loaded.conversation
        for external_id in conversation.external_ids:
            self._by_entry[conversation.id.account, external_id] = conversation.id
        while len(self._by_entry) > ENTRIES_KEPT:
            del self._by_entry[next(iter(self._by_entry))]


def cards(conversations: Iterable[Shown], entries: set[str]) -> list[Card]:
    """The latest turns about these entries, newest first."""
    found = []
    for shown in conversations:
        turns = sorted(shown.turns, key=lambda turn: turn.at)
        for turn in turns:
            if any(words.external_id in entries for words in turn.unanswered):
                found.append(Card(turn, shown, _record_of(turn, shown), turn is turns[-1]))
    return sorted(found, key=lambda card: card.turn.at, reverse=True)[:CARDS]


def is_read(entry: str, conversations: Iterable[Shown]) -> bool:
    return any(
        words.external_id == entry for shown in conversations for turn in shown.turns for words in turn.unanswered
    )


def _record_of(turn: TurnRecord, shown: Shown) -> ActionRecord | None:
    records = [record for record in shown.loaded.actions if record.action.decided_upto == turn.stream_id]
    return records[-1] if records else None
