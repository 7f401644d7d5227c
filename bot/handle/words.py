"""From words to actions: where they go, in how many parts, with which permission."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.handle.change import Change, new_action_id
from bot.handle.setup import Setup
from bot.model.action import Action, PrivateReply, ReplyToComment, SendMessage
from bot.model.decision import Words
from bot.model.ids import BOT, ActionId
from bot.model.length import measure
from bot.model.turn import Turn
from connectors.text import split

Purpose = Literal["answer", "clarify", "holding", "opt_out"]


def fits(change: Change, text: str, setup: Setup, *, private: bool = False) -> bool:
    """Whether the text can be said here: private words may be split, a public comment is one or none."""
    capabilities = setup.capabilities
    if not change.conversation.id.is_public or private:
        limit = capabilities.message_limit
        return not private or measure(text, capabilities.text_unit) <= limit
    return measure(text, capabilities.comment_unit or capabilities.text_unit) <= capabilities.comment_limit


def with_disclosure(change: Change, turn: Turn, words: Words, setup: Setup) -> tuple[str, bool]:
    """The text, and whether it now tells a contact who was never told that an assistant writes."""
    disclosure = setup.replies.say("disclosure", turn) if change.contact.disclosed_at is None else None
    return (f"{disclosure.text} {words.text}", True) if disclosure else (words.text, False)


def reply_actions(
    change: Change, text: str, earliest: datetime, setup: Setup, purpose: Purpose, *, discloses: bool
) -> list[Action]:
    """The actions that say an automatic text."""
    return _parts(change, text, earliest, setup, author=BOT, purpose=purpose, discloses=discloses, private=False)


def by_person(change: Change, text: str, agent: str, setup: Setup, *, private: bool) -> list[Action]:
    """The actions that say a person's words, at once."""
    return _parts(change, text, change.now, setup, author=agent, purpose="answer", discloses=False, private=private)


def _parts(
    change: Change,
    text: str,
    earliest: datetime,
    setup: Setup,
    *,
    author: str,
    purpose: Purpose,
    discloses: bool,
    private: bool,
) -> list[Action]:
    conversation = change.conversation
    target = target_of(change)
    make: Callable[..., Action]
    if conversation.id.is_public:
        texts: tuple[str, ...] = (text,)
        make = PrivateReply if private else ReplyToComment
        extra: dict[str, Any] = {"comment_id": target}
    else:
        texts = split(text, setup.capabilities.message_limit, setup.capabilities.text_unit)
        make = SendMessage
        extra = {"tag": "human_agent"} if author != BOT and _needs_tag(change, setup) else {}
    announced = author == BOT and target and not conversation.id.is_public
    seen: dict[str, Any] = {"seen": target} if announced else {}
    actions: list[Action] = []
    before: ActionId | None = None
    for part, piece in enumerate(texts, start=1):
        action = make(
            id=new_action_id(change.event.id, part),
            conversation=conversation.id,
            author=author,
            decided_upto=change.at.stream_id,
            earliest=earliest,
            after=before,
            part=part,
            purpose=purpose,
            discloses=discloses and part == 1,
            text=piece,
            **extra,
            **seen,
        )
        seen = {}
        actions.append(action)
        before = action.id
    return actions


def target_of(change: Change) -> str:
    """The comment that is answered: the customer's last one that is still there, else the thread's root."""
    for said in reversed(change.conversation.recent):
        if said.by == "customer" and not said.deleted and said.external_id:
            return said.external_id
    return change.conversation.id.root or ""


def _needs_tag(change: Change, setup: Setup) -> bool:
    """A person's words after the window for automatic ones, where the platform has a tag for that."""
    last, window_s = change.conversation.last_customer_at, setup.capabilities.window_s
    return window_s is not None and last is not None and change.now > last + timedelta(seconds=window_s)
