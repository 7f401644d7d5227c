"""A turn: the customer spoke, or time came, and policy is asked what to do about all that is unanswered."""

from bot.handle.change import Change
from bot.handle.effects import carry_out
from bot.handle.invariants import after, before
from bot.handle.keeping import forget
from bot.handle.setup import Setup
from bot.model.conversation import Incoming, Said
from bot.model.event import (
    CommentReceived,
    MentionReceived,
    MessageDeleted,
    MessageEdited,
    ReviewReceived,
    Words,
)
from bot.model.ids import stream_order
from bot.model.turn import Turn
from bot.model.understanding import Understanding

UNANSWERED_KEPT = 30
TOMBSTONES_KEPT = 20


def customer_spoke(change: Change, event: Words, understanding: Understanding | None) -> bool:
    """Takes the words in. True when they are to be decided on; False for what was seen or deleted before."""
    change.count(f"events.{event.kind}")
    conversation = change.conversation
    if event.external_id in conversation.external_ids:
        change.count("events.known_by_id")
        return False
    deleted = event.external_id in conversation.tombstones
    change.say(
        Said(
            by="customer",
            text="" if deleted else event.text,
            at=event.occurred_at,
            external_id=event.external_id,
            author=event.author_name,
            deleted=deleted,
            attachments=len(event.attachments),
        )
    )
    if deleted:
        return False
    incoming = Incoming(
        event=event.id,
        external_id=event.external_id,
        text=event.text,
        at=event.occurred_at,
        attachments=len(event.attachments),
        understanding=understanding,
        stream_id=change.at.stream_id,
    )
    change.set(
        unanswered=(*change.conversation.unanswered, incoming)[-UNANSWERED_KEPT:],
        last_customer_at=max(event.occurred_at, conversation.last_customer_at or event.occurred_at),
        customer_name=event.author_name or conversation.customer_name,
        subject_line=_post_of(event) or conversation.subject_line,
        language=_language(understanding) or conversation.language,
    )
    change.move("customer_spoke")
    _customer_known(change, understanding)
    change.ground_moved()
    change.cancel_pending("customer_wrote")
    return True


def customer_edited(change: Change, event: MessageEdited, understanding: Understanding | None) -> bool:
    """Takes the new text in; the words count as unanswered again, for what they say now has not been answered.

    False for words that are deleted by now. An edit ahead of its words stands for them.
    """
    change.count(f"events.{event.kind}")
    conversation = change.conversation
    if event.external_id in (*conversation.tombstones, *(s.external_id for s in conversation.recent if s.deleted)):
        return False
    if event.external_id not in conversation.external_ids:
        change.say(Said(by="customer", text=event.text, at=event.occurred_at, external_id=event.external_id))
    change.set(
        recent=tuple(
            said.model_copy(update={"text": event.text}) if said.external_id == event.external_id else said
            for said in change.conversation.recent
        )
    )
    edited = Incoming(
        event=event.id,
        external_id=event.external_id,
        text=event.text,
        at=event.occurred_at,
        understanding=understanding,
        stream_id=change.at.stream_id,
    )
    others = tuple(i for i in change.conversation.unanswered if i.external_id != event.external_id)
    change.set(unanswered=(*others, edited)[-UNANSWERED_KEPT:])
    change.ground_moved()
    change.cancel_pending("customer_edited")
    return True


def customer_deleted(change: Change, event: MessageDeleted) -> bool:
    """Empties the words. True when others are still unanswered. A deletion ahead of its words leaves a tombstone."""
    change.count(f"events.{event.kind}")
    conversation = change.conversation
    if event.external_id not in conversation.external_ids:
        change.set(tombstones=(*conversation.tombstones, event.external_id)[-TOMBSTONES_KEPT:])
        return False
    forget(change, event.external_id)
    change.ground_moved()
    change.cancel_pending("customer_deleted")
    if change.conversation.unanswered:
        return True
    if change.conversation.draft is not None and change.conversation.draft.stale is None:
        change.set(draft=None)
    return False


def decide_turn(change: Change, setup: Setup) -> None:
    """Asks the invariants, then policies and guards, then the invariants again, and carries out what came of it."""
    unanswered = _not_being_answered(change)
    if not unanswered:
        return
    turn = Turn(
        event=change.event.id,
        unanswered=unanswered,
        conversation=change.conversation,
        contact=change.contact,
        brand=setup.brand,
        capabilities=setup.capabilities,
        now=change.now,
        late=change.event.late,
    )
    silence = before(change)
    if silence is not None:
        carry_out(change, turn, None, (), silence, setup)
        return
    decision, opinions = setup.decide(turn)
    carry_out(change, turn, after(change, turn, decision, setup), opinions, None, setup)


def _not_being_answered(change: Change) -> tuple[Incoming, ...]:
    """What no reply on its way has taken into account: deciding on it again would answer it twice."""
    answers = [r.action for r in change.in_state("pending", "inflight", "unknown") if r.action.kind != "like"]
    taken = [stream_order(action.decided_upto) for action in answers]
    upto = max(taken, default=(-1, -1))
    return tuple(i for i in change.conversation.unanswered if stream_order(i.stream_id) > upto)


def _customer_known(change: Change, understanding: Understanding | None) -> None:
    language = _language(understanding)
    if language is not None and language != change.contact.language:
        change.set_contact(language=language)
    name = change.conversation.customer_name
    if name is not None and name != change.contact.name:
        change.set_contact(name=name)


def _language(understanding: Understanding | None) -> str | None:
    return understanding.language if understanding is not None and understanding.language != "und" else None


def _post_of(event: Words) -> str | None:
    match event:
        case CommentReceived() | MentionReceived():
            return event.post_id
        case ReviewReceived():
            return event.external_id
        case _:
            return None
