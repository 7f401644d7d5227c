"""How long a platform's terms let its words be kept: asked for again in good time, or emptied.

YouTube lets what its API gave be kept for 30 days, X for 24 hours, unless it is looked up again by then.
"""

from datetime import timedelta

from bot.handle.change import Change
from bot.handle.setup import Setup
from bot.model.event import TimeCame

ASK_AFTER = 0.8
"""Of the time that is allowed: what is left is for asking."""
EXPIRES_AFTER = 0.99


def keep_for_a_while(change: Change, external_id: str, setup: Setup) -> None:
    """The words came just now: they are to be asked for again, where the platform's terms say so."""
    keeps_s = setup.capabilities.keeps_s
    if keeps_s is not None:
        change.remind(keeps_s * ASK_AFTER, "refresh", external_id)


def refresh(change: Change, event: TimeCame, setup: Setup) -> None:
    """Time to ask again. Whoever handles this asks; if nobody can say that the words are still there, they go."""
    keeps_s = setup.capabilities.keeps_s
    if keeps_s is not None and _has_words(change, event.ref):
        change.count("kept.asked")
        change.remind(keeps_s * (EXPIRES_AFTER - ASK_AFTER), "expire", event.ref)


def refreshed(change: Change, event: TimeCame, setup: Setup) -> None:
    """The platform still has them."""
    change.set(
        recent=tuple(
            said.model_copy(update={"fresh_at": change.now}) if said.external_id == event.ref else said
            for said in change.conversation.recent
        )
    )
    if _has_words(change, event.ref):
        keep_for_a_while(change, event.ref, setup)


def expire(change: Change, event: TimeCame, setup: Setup) -> None:
    """Empties what nobody confirmed since it was asked about."""
    keeps_s = setup.capabilities.keeps_s or 0
    asked_since = timedelta(seconds=keeps_s * (1 - ASK_AFTER))
    confirmed = any(
        said.external_id == event.ref and said.fresh_at is not None and change.now - said.fresh_at <= asked_since
        for said in change.conversation.recent
    )
    if not confirmed and _has_words(change, event.ref):
        change.because("kept_too_long")
        change.count("kept.expired")
        forget(change, event.ref)


def forget(change: Change, external_id: str) -> None:
    """Empties the words here, and in the records of why a turn was decided as it was."""
    change.set(
        recent=tuple(
            said.model_copy(update={"text": "", "deleted": True}) if said.external_id == external_id else said
            for said in change.conversation.recent
        ),
        unanswered=tuple(i for i in change.conversation.unanswered if i.external_id != external_id),
    )
    change.forget(external_id)


def _has_words(change: Change, external_id: str) -> bool:
    return any(said.external_id == external_id and said.text for said in change.conversation.recent)
