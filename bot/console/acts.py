"""A submitted form becomes an act, and what was typed in it is kept for the page that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

from bot.model.conversation import Draft
from bot.model.event import (
    Act,
    ActionConfirmed,
    AgentNoted,
    AgentReleased,
    AgentReplied,
    AgentTookOver,
    ConversationResolved,
    DraftApproved,
    DraftRejected,
)
from bot.model.ids import ActionId, ConversationId, DraftId, EventId

TEXT_LIMIT = 20_000
"""More than any platform takes, so that what is too long is refused with its reason by whoever knows the limit."""
DOINGS = frozenset(
    {"approve", "reject", "reply", "note", "take_over", "release", "resolve", "confirm_yes", "confirm_no", "look"}
)


class Unreadable(ValueError):
    """No page of ours sends such a form."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the person had on their screen, and typed. `form_id` is new with every rendering."""

    form_id: UUID = field(default_factory=uuid4)
    do: str = ""
    about: str = ""
    seen_version: int = 0
    seen_last: str = ""
    """The platform's id of the last words on the screen."""
    draft_id: str = ""
    draft_digest: str = ""
    draft_text: str = ""
    reply_text: str = ""
    note_text: str = ""
    private: bool = False

    @property
    def draft_edited(self) -> bool:
        return bool(self.draft_id) and digest(self.draft_text) != self.draft_digest

    @property
    def event_id(self) -> EventId:
        """The same for a double click; another once anything typed is another, as after the browser's way back."""
        typed = "\n".join((self.do, self.about, self.draft_text, self.reply_text, self.note_text, str(self.private)))
        return EventId(f"a:{uuid5(self.form_id, typed).hex}")

    def kept_for(self, draft: Draft | None) -> "Form":
        """The next form: what was typed stays; an edited draft that is gone becomes words of one's own."""
        gone = self.draft_edited and (draft is None or draft.id != self.draft_id)
        own = self.draft_text if gone and not self.reply_text else self.reply_text
        draft_text = self.draft_text if self.draft_edited and not gone else (draft.text if draft else "")
        return Form(draft_text=draft_text, reply_text=own, note_text=self.note_text, private=self.private)


def read(fields: Mapping[str, object]) -> Form:
    """Raises `Unreadable`."""
    do, _, about = _text(fields, "do").partition(":")
    if do not in DOINGS:
        raise Unreadable(do)
    try:
        return Form(
            form_id=UUID(_text(fields, "form_id")),
            do=do,
            about=about,
            seen_version=int(_text(fields, "seen_version")),
            seen_last=_text(fields, "seen_last"),
            draft_id=_text(fields, "draft_id"),
            draft_digest=_text(fields, "draft_digest"),
            draft_text=_text(fields, "draft_text"),
            reply_text=_text(fields, "reply_text"),
            note_text=_text(fields, "note_text"),
            private=_text(fields, "private") == "yes",
        )
    except ValueError as error:
        raise Unreadable(do) from error


def act_of(form: Form, conversation: ConversationId, agent: str, now: datetime) -> Act | None:
    """`None`: there is no text where the act is one."""
    common = {
        "id": form.event_id,
        "account": conversation.account,
        "contact": conversation.contact,
        "conversation": conversation,
        "occurred_at": now,
        "received_at": now,
        "agent": agent,
        "seen_version": form.seen_version,
    }
    match form.do:
        case "approve":
            text = form.draft_text if form.draft_edited else None
            if text == "":
                return None
            return DraftApproved.model_validate(common | {"draft_id": DraftId(form.draft_id), "text": text})
        case "reject":
            return DraftRejected.model_validate(common | {"draft_id": DraftId(form.draft_id)})
        case "reply" if form.reply_text:
            return AgentReplied.model_validate(common | {"text": form.reply_text, "private": form.private})
        case "note" if form.note_text:
            return AgentNoted.model_validate(common | {"text": form.note_text})
        case "take_over":
            return AgentTookOver.model_validate(common)
        case "release":
            return AgentReleased.model_validate(common)
        case "resolve":
            return ConversationResolved.model_validate(common)
        case "confirm_yes" | "confirm_no":
            sent = form.do == "confirm_yes"
            return ActionConfirmed.model_validate(common | {"action_id": ActionId(form.about), "sent": sent})
        case _:
            return None


def digest(text: str) -> str:
    """Tells an edited draft from one sent as it stands; blind to what browsers do to line ends."""
    return sha256(_plain(text).encode()).hexdigest()[:16]


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise Unreadable(name)
    return _plain(value)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
