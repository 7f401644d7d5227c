"""What shall be done on a platform, in the imperative: one action is one HTTP request."""

from hashlib import sha256
from typing import Annotated, Literal, assert_never

from pydantic import AwareDatetime, Field, TypeAdapter

from bot.model.base import Value
from bot.model.ids import BOT, ActionId, ConversationId, StreamId


class _Action(Value):
    id: ActionId
    conversation: ConversationId
    author: str = BOT
    """`bot`, or the agent whose words these are."""
    decided_upto: StreamId
    """The last event that was known when this was decided; anything superseding after it stops the action."""
    earliest: AwareDatetime
    after: ActionId | None = None
    """Goes only when that one is finished: the parts of a long reply, the private before the public."""
    part: int = 1
    purpose: Literal["answer", "clarify", "holding", "opt_out", "moderation"] = "answer"
    """`opt_out` is the one confirmation that a contact who opted out still gets."""
    discloses: bool = False
    """These words tell the contact that an assistant writes."""

    @property
    def by_person(self) -> bool:
        return self.author != BOT


class SendMessage(_Action):
    """A private message. `tag` is the platform's permission to write outside its window; for people's words only."""

    kind: Literal["send_message"] = "send_message"
    text: str
    reply_to: str | None = None
    tag: Literal["human_agent"] | None = None


class ReplyToComment(_Action):
    kind: Literal["reply_to_comment"] = "reply_to_comment"
    comment_id: str
    text: str


class PrivateReply(_Action):
    """A private message to a comment's author, joined to the comment."""

    kind: Literal["private_reply"] = "private_reply"
    comment_id: str
    text: str


class HideComment(_Action):
    kind: Literal["hide_comment"] = "hide_comment"
    comment_id: str


class UnhideComment(_Action):
    kind: Literal["unhide_comment"] = "unhide_comment"
    comment_id: str


class DeleteComment(_Action):
    """Deletes a comment of our own."""

    kind: Literal["delete_comment"] = "delete_comment"
    comment_id: str


class Like(_Action):
    kind: Literal["like"] = "like"
    external_id: str


Action = Annotated[
    SendMessage | ReplyToComment | PrivateReply | HideComment | UnhideComment | DeleteComment | Like,
    Field(discriminator="kind"),
]
ACTION: TypeAdapter[Action] = TypeAdapter(Action)


def text_of(action: Action) -> str | None:
    """The words that the action says in the brand's name; `None` when it says none."""
    match action:
        case SendMessage() | ReplyToComment() | PrivateReply():
            return action.text
        case HideComment() | UnhideComment() | DeleteComment() | Like():
            return None
        case _:
            assert_never(action)


def fingerprint(conversation: ConversationId, text: str) -> str:
    """Recognises our own words in an echo that bears another id; blind to case and spacing, which platforms change."""
    return sha256(f"{conversation}\n{' '.join(text.split()).casefold()}".encode()).hexdigest()[:24]


class FindOwn(Value):
    """Asks the platform whether an action of unknown outcome is there."""

    kind: Literal["find_own"] = "find_own"
    action: Action


class ProbeToken(Value):
    """Asks the platform whether the account's credentials still work."""

    kind: Literal["probe_token"] = "probe_token"


Query = FindOwn | ProbeToken

ActionState = Literal["pending", "inflight", "sent", "failed", "unknown", "cancelled"]
FINISHED: frozenset[str] = frozenset({"sent", "failed", "cancelled"})


class ActionRecord(Value):
    """An action and how far it got. `unknown` is not finished: a person, an echo or a look-up finishes it."""

    action: Action
    state: ActionState = "pending"
    attempted_at: AwareDatetime | None = None
    attempts: int = 0
    external_id: str | None = None
    fingerprint: str | None = None
