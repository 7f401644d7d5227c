"""What happened, in the past tense: everything that enters Aplomb is one of these.

An event is about a conversation, a contact or an account. Where a delivery does not say whose conversation it touches
(a page's own reply, a comment hidden by a moderator), `locate` holds the platform's id of something in it, and the door
(`bot/ingest.py`) looks it up; what stays unknown is about the account alone.

Longer than 300 lines, for it is one list.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from bot.model.base import Value
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, DraftId, EventId


class Attachment(Value):
    """Something that came with the words. `url` may expire; it is never fetched by Aplomb."""

    type: str
    url: str | None = None


class _Event(Value):
    id: EventId
    """Made of the platform's own ids, so that a redelivery has the same; unique within the shard."""
    account: AccountId
    contact: ContactId | None = None
    conversation: ConversationId | None = None
    locate: str | None = None
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    late: bool = False
    """Redriven, backfilled or overtaken: joins the history, is never answered automatically."""


class _Words(_Event):
    external_id: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    author_name: str | None = None


class MessageReceived(_Words):
    """A private message. A pressed button is one too: `text` is its title, `payload` what the brand put behind it."""

    kind: Literal["message.received"] = "message.received"
    reply_to: str | None = None
    payload: str | None = None


class CommentReceived(_Words):
    """A public comment. `parent_id` is the comment it answers, `None` directly under the post."""

    kind: Literal["comment.received"] = "comment.received"
    post_id: str
    parent_id: str | None = None


class MentionReceived(_Words):
    """The brand was named in somebody's own post or comment."""

    kind: Literal["mention.received"] = "mention.received"
    post_id: str


class ReviewReceived(_Words):
    """A rating (1–5) or a recommendation, with or without words."""

    kind: Literal["review.received"] = "review.received"
    rating: int | None = None
    recommends: bool | None = None


class MessageEdited(_Event):
    """The customer changed the text of a message or comment."""

    kind: Literal["message.edited"] = "message.edited"
    external_id: str
    text: str


class MessageDeleted(_Event):
    """A message or comment is gone, by its author or by a moderator."""

    kind: Literal["message.deleted"] = "message.deleted"
    external_id: str


class VisibilityChanged(_Event):
    """A comment was hidden from, or shown again to, the public."""

    kind: Literal["visibility.changed"] = "visibility.changed"
    external_id: str
    hidden: bool


class ReactionAdded(_Event):
    """A reaction to a message or comment; `reaction=None` is one taken back."""

    kind: Literal["reaction.added"] = "reaction.added"
    external_id: str
    reaction: str | None = None


class Echoed(_Event):
    """The account itself spoke: us, or a person in the platform's own app.

    `tag` is what we attached to our request, where the platform gives it back: an action's id.
    `elsewhere` is True when the platform says that another app sent it, None when it doesn't say.
    """

    kind: Literal["echoed"] = "echoed"
    external_id: str
    text: str = ""
    tag: str | None = None
    elsewhere: bool | None = None


class DeliveryUpdated(_Event):
    """A receipt. `upto`: everything sent until then has that status; `external_ids` may be empty."""

    kind: Literal["delivery.updated"] = "delivery.updated"
    status: Literal["delivered", "read"]
    external_ids: tuple[str, ...] = ()
    upto: AwareDatetime | None = None


class ThreadControlChanged(_Event):
    """The platform gave the thread to somebody: `ours` False means another app or the page's inbox has it."""

    kind: Literal["thread_control.changed"] = "thread_control.changed"
    ours: bool


class ContactOptedOut(_Event):
    """Said through the platform (blocked, unsubscribed) and not in words; `opted_out=False` is the return."""

    kind: Literal["contact.opted_out"] = "contact.opted_out"
    opted_out: bool = True


class ContactsLinked(_Event):
    """This contact is the same person as `other`; carried by relay to the other's shard."""

    kind: Literal["contacts.linked"] = "contacts.linked"
    other: ContactId


class ContentUnavailable(_Event):
    """Something was said that the platform does not show: it has to be fetched, or read in the platform's own app.

    `fetch`: the `what` of a `ListSince` that brings it; `None`: it can't be fetched. `external_id`: of what was said,
    where it is known.
    """

    kind: Literal["content.unavailable"] = "content.unavailable"
    external_id: str | None = None
    why: str
    fetch: str | None = None


class PostPublished(_Event):
    """The brand published something that may be commented on. About the account."""

    kind: Literal["post.published"] = "post.published"
    external_id: str
    text: str = ""


class AccountRevoked(_Event):
    """The brand's permission for this account ended, said by the platform. About the account."""

    kind: Literal["account.revoked"] = "account.revoked"
    why: str


class ErasureRequested(_Event):
    """The platform passes on that what is kept of this contact shall be erased.

    `confirmation`: the code under which the request can be asked for; `""` where the platform wants none.
    """

    kind: Literal["erasure.requested"] = "erasure.requested"
    confirmation: str = ""


class TimeCame(_Event):
    """A moment that was asked for. `purpose` says why, `ref` about what."""

    kind: Literal["time.came"] = "time.came"
    purpose: Literal["decide", "echo_hold", "unknown_hold", "refresh", "refreshed", "expire"]
    ref: str = ""


class _Act(_Event):
    """A person acted in the console. `seen_version`: the conversation's version on their screen."""

    agent: str
    seen_version: int


class AgentTookOver(_Act):
    kind: Literal["agent.took_over"] = "agent.took_over"


class AgentReplied(_Act):
    """Words typed by a person. `private` under a comment: a private reply to its author."""

    kind: Literal["agent.replied"] = "agent.replied"
    text: str
    private: bool = False


class DraftApproved(_Act):
    """`text` replaces the draft's; `None` sends it as it stands."""

    kind: Literal["draft.approved"] = "draft.approved"
    draft_id: DraftId
    text: str | None = None


class DraftRejected(_Act):
    kind: Literal["draft.rejected"] = "draft.rejected"
    draft_id: DraftId


class AgentNoted(_Act):
    kind: Literal["agent.noted"] = "agent.noted"
    text: str


class AgentReleased(_Act):
    kind: Literal["agent.released"] = "agent.released"


class ConversationResolved(_Act):
    kind: Literal["conversation.resolved"] = "conversation.resolved"


class ActionConfirmed(_Act):
    """A person looked at the platform and says whether an action of unknown outcome is there."""

    kind: Literal["action.confirmed"] = "action.confirmed"
    action_id: ActionId
    sent: bool


class ActionSent(_Event):
    """The platform accepted it. `recipient`: the private identity that a private reply revealed."""

    kind: Literal["action.sent"] = "action.sent"
    action_id: ActionId
    external_id: str | None = None
    recipient: ContactId | None = None


class ActionFailed(_Event):
    """It certainly did not go, and will not be tried again. `reason` is a code, `detail` the platform's own words.

    `after_acceptance`: the platform had taken it, and says later that it did not arrive.
    """

    kind: Literal["action.failed"] = "action.failed"
    action_id: ActionId
    reason: str
    detail: str = ""
    after_acceptance: bool = False


class ActionUnknown(_Event):
    """Nobody can say whether it went; it is never sent again by itself."""

    kind: Literal["action.unknown"] = "action.unknown"
    action_id: ActionId
    reason: str


class HandlingFailed(_Event):
    """An event failed three times: it is in the dead letters, and its conversation needs a person."""

    kind: Literal["handling.failed"] = "handling.failed"
    failed: EventId
    error: str


Words = MessageReceived | CommentReceived | MentionReceived | ReviewReceived
Act = (
    AgentTookOver
    | AgentReplied
    | DraftApproved
    | DraftRejected
    | AgentNoted
    | AgentReleased
    | ConversationResolved
    | ActionConfirmed
)
ActionOutcome = ActionSent | ActionFailed | ActionUnknown
Fold = (
    MessageDeleted
    | VisibilityChanged
    | ReactionAdded
    | Echoed
    | DeliveryUpdated
    | ThreadControlChanged
    | ContactOptedOut
    | ContactsLinked
    | HandlingFailed
    | ContentUnavailable
    | PostPublished
    | AccountRevoked
    | ErasureRequested
)
Event = Annotated[Words | MessageEdited | Fold | TimeCame | Act | ActionOutcome, Field(discriminator="kind")]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)

SUPERSEDING: frozenset[str] = frozenset(
    {
        "message.received",
        "comment.received",
        "mention.received",
        "review.received",
        "message.edited",
        "message.deleted",
        "contact.opted_out",
        "thread_control.changed",
        "agent.took_over",
        "agent.replied",
        "draft.approved",
        "draft.rejected",
        "agent.released",
        "conversation.resolved",
    }
)
"""Kinds after which an undelivered reply must be thought over. Receipts, reactions and our own echoes are not."""


class Unhandled(Value):
    """A part of a delivery that Aplomb has no event for: counted under `what`, and the delivery is archived."""

    what: str
    why: str = "no event for it"
