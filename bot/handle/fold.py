"""Events that only change the state: no policy is asked, nothing is decided."""

from datetime import timedelta
from typing import assert_never

from bot.handle.change import Change
from bot.model.event import (
    AccountRevoked,
    ContactOptedOut,
    ContactsLinked,
    ContentUnavailable,
    DeliveryUpdated,
    ErasureRequested,
    HandlingFailed,
    PostPublished,
    ReactionAdded,
    ThreadControlChanged,
    VisibilityChanged,
)

FETCH_WITHIN = timedelta(minutes=2)
"""How long what the platform did not show may take to be fetched, before a person is asked to look."""

Folded = (
    DeliveryUpdated
    | ReactionAdded
    | VisibilityChanged
    | ContactOptedOut
    | ContactsLinked
    | HandlingFailed
    | ContentUnavailable
    | ErasureRequested
    | PostPublished
    | AccountRevoked
)


def fold(change: Change, event: Folded) -> None:
    change.count(f"events.{event.kind}")
    match event:
        case DeliveryUpdated() | ReactionAdded() | PostPublished() | AccountRevoked():
            return
        case VisibilityChanged():
            _visibility(change, event)
        case ContactOptedOut():
            _opted_out(change, event)
        case ContactsLinked():
            if event.other not in change.contact.aliases:
                change.set_contact(aliases=(*change.contact.aliases, event.other))
        case HandlingFailed():
            change.because("handling_failed")
            change.need_person("handling_failed", "high", change.now + timedelta(minutes=30))
        case ContentUnavailable():
            _unavailable(change, event)
        case ErasureRequested():
            _erasure(change, event)
        case _:
            assert_never(event)


def _unavailable(change: Change, event: ContentUnavailable) -> None:
    """What can be fetched is given some time to come; what can't, a person has to read in the platform's own app."""
    known = (*change.conversation.external_ids, *change.conversation.tombstones)
    if event.external_id is not None and event.external_id in known:
        return
    if event.fetch is not None:
        at = change.now + FETCH_WITHIN
        again = {"id": f"{event.id}:unfetched", "fetch": None, "occurred_at": at, "received_at": at}
        change.later(at, event.model_copy(update=again))
        return
    change.because("content_unavailable")
    change.need_person("content_unavailable", "normal", change.now + timedelta(hours=4))


def _erasure(change: Change, event: ErasureRequested) -> None:
    """The same person under their other identities is erased too. A relayed request meets nothing and ends there."""
    change.because("erasure_requested")
    for number, other in enumerate(change.contact.aliases):
        relayed = {"id": f"{event.id}/{number}", "account": other.account, "contact": other}
        change.relay(event.model_copy(update=relayed))


def _visibility(change: Change, event: VisibilityChanged) -> None:
    change.set(
        recent=tuple(
            said.model_copy(update={"hidden": event.hidden}) if said.external_id == event.external_id else said
            for said in change.conversation.recent
        )
    )


def thread_control(change: Change, event: ThreadControlChanged) -> bool:
    """Another app, or a person in the platform's inbox, has the thread: the bot steps back until it is given back.

    True when the turn has to be decided. An agent of the console keeps what they have.
    """
    change.count(f"events.{event.kind}")
    conversation = change.conversation
    if not event.ours:
        change.because("thread_taken_elsewhere")
        change.cancel_pending("thread_control")
        change.taken_elsewhere("thread_taken_elsewhere")
        return False
    if conversation.owner == "bot" or conversation.assignee is not None:
        return False
    change.because("thread_given_back")
    change.given_back()
    return bool(conversation.unanswered)


def _opted_out(change: Change, event: ContactOptedOut) -> None:
    change.because("opted_out_on_platform" if event.opted_out else "opted_in_on_platform")
    if event.opted_out:
        change.ground_moved()
        change.cancel_pending("opted_out")
        change.set(unanswered=())
    change.set_contact(opted_out=event.opted_out, opted_out_at=event.occurred_at if event.opted_out else None)
