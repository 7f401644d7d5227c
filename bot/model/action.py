"""What shall be done on a platform, in the imperative: one action is one HTTP request."""

from collections.abc import Mapping
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
    """A private message. `tag` is the platform's permission to write outside its window; for people's words only.

    `choices`: short answers offered as buttons. `image_url`: a picture beside the words, where the platform takes both.
    """

    kind: Literal["send_message"] = "send_message"
    text: str
    reply_to: str | None = None
    tag: Literal["human_agent"] | None = None
    choices: tuple[str, ...] = ()
    image_url: str | None = None
    seen: str | None = None
    """The words that this answers: shown as read, and as being answered, where the platform can and there is time."""


class SendTemplate(_Action):
    """A message whose words the platform approved beforehand, for outside of its window. `text`: how it reads."""

    kind: Literal["send_template"] = "send_template"
    template: str
    language: str
    values: tuple[str, ...] = ()
    text: str


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
    """`for_good`: rejected, where the platform has such a thing; it can't be shown again."""

    kind: Literal["hide_comment"] = "hide_comment"
    comment_id: str
    for_good: bool = False


class UnhideComment(_Action):
    kind: Literal["unhide_comment"] = "unhide_comment"
    comment_id: str


class DeleteComment(_Action):
    """Deletes a comment, or a message, of our own."""

    kind: Literal["delete_comment"] = "delete_comment"
    comment_id: str


class Like(_Action):
    kind: Literal["like"] = "like"
    external_id: str


class EditOwn(_Action):
    """Other words for a message or comment of our own."""

    kind: Literal["edit_own"] = "edit_own"
    external_id: str
    text: str


class MarkSeen(_Action):
    """Shows the customer that `external_id`, and all before it, was read; `typing`: and is being answered."""

    kind: Literal["mark_seen"] = "mark_seen"
    external_id: str
    typing: bool = False


class PassThread(_Action):
    """Gives the conversation to the platform's own inbox."""

    kind: Literal["pass_thread"] = "pass_thread"


Speaking = SendMessage | SendTemplate | ReplyToComment | PrivateReply
"""Says new words in the brand's name: never twice."""
Gesture = HideComment | UnhideComment | DeleteComment | Like | EditOwn | MarkSeen | PassThread
"""Done twice, it changes nothing more."""
Action = Annotated[Speaking | Gesture, Field(discriminator="kind")]
ACTION: TypeAdapter[Action] = TypeAdapter(Action)


def text_of(action: Action) -> str | None:
    """The words that the action says in the brand's name; `None` when it says none."""
    match action:
        case SendMessage() | SendTemplate() | ReplyToComment() | PrivateReply():
            return action.text
        case HideComment() | UnhideComment() | DeleteComment() | Like() | EditOwn() | MarkSeen() | PassThread():
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


class RefreshToken(Value):
    """Asks for credentials that live longer."""

    kind: Literal["refresh_token"] = "refresh_token"


class Subscriptions(Value):
    """Asks whether the platform still brings what it shall bring. `callback_url`: where it shall bring it."""

    kind: Literal["subscriptions"] = "subscriptions"
    callback_url: str


class Subscribe(Value):
    """Asks the platform to bring it. `callback_url`: where."""

    kind: Literal["subscribe"] = "subscribe"
    callback_url: str


class ListSince(Value):
    """Asks for what was said since then, to be read as events.

    `what`: which list, in the connector's own words; `""` is where it begins, and the answer says what to ask next.
    `known`: what earlier answers asked to be remembered.
    """

    kind: Literal["list_since"] = "list_since"
    since: AwareDatetime
    what: str = ""
    cursor: str | None = None
    known: Mapping[str, str] = {}


Query = FindOwn | ProbeToken | RefreshToken | Subscriptions | Subscribe | ListSince

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
