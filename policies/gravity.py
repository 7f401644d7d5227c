"""Which of the customer's unanswered messages weighs most: the one that policies answer to."""

from collections.abc import Sequence

from bot.model.conversation import Incoming
from bot.model.understanding import ToxicityKind, Understanding

DANGER = "danger"
INSULT = "insult"
COMPLAINT = "complaint"
REQUEST = "request"
UNREAD = "unread"
QUESTION = "question"
UNCLEAR = "unclear"
SOCIAL = "social"
SPAM = "spam"

LEVELS: tuple[str, ...] = (DANGER, INSULT, COMPLAINT, REQUEST, UNREAD, QUESTION, UNCLEAR, SOCIAL, SPAM)
"""From the gravest. What could not be read stands above questions: a photo may be of a broken lamp."""

BY_LEVEL: dict[str, tuple[str, ...]] = {
    DANGER: ("self_harm", "threat"),
    INSULT: ("insult", "hate_speech", "sexual_harassment"),
    COMPLAINT: (
        *("complain_service", "complain_quality", "complain_no_answer", "complain_price"),
        *("report_damaged", "report_wrong_item", "report_missing_item", "report_billing_error"),
        *("report_account_problem", "report_site_bug", "delivery_late", "request_refund"),
        *("threaten_boycott", "accuse_brand", "spread_rumour"),
    ),
    REQUEST: (
        *("ask_human", "opt_out", "track_order", "cancel_order", "change_order", "request_exchange"),
        *("ask_data_erasure", "ask_data_export", "ask_press", "ask_job", "ask_business", "ask_collab"),
    ),
    UNCLEAR: ("out_of_scope",),
    SOCIAL: ("greet", "thank", "praise", "goodbye", "chitchat", "tag_friend", "emoji_only", "affirm", "deny"),
    SPAM: ("spam", "scam"),
}
INTENTS: dict[str, str] = {intent: level for level, intents in BY_LEVEL.items() for intent in intents}
"""An intent that is not here is a question."""

TOXIC: dict[ToxicityKind, str] = {
    "self_harm": "self_harm",
    "threat": "threat",
    "insult": "insult",
    "hate": "hate_speech",
    "sexual": "sexual_harassment",
}
"""The intent that each kind of toxicity weighs as much as."""
TOXIC_FROM = 0.5
"""Score from which toxicity weighs."""

_PLACES = {level: place for place, level in enumerate(LEVELS)}


def found(understood: Understanding) -> tuple[str, ...]:
    """All that was found in a message: its intents, the main one first, then what is toxic by the intent it is like."""
    toxic = [TOXIC[words.kind] for words in understood.toxicity if words.score >= TOXIC_FROM]
    return (*understood.intents, *toxic)


def toxicity(understood: Understanding, *intents: str) -> float:
    """The highest score of toxicity that is like one of these intents."""
    return max((words.score for words in understood.toxicity if TOXIC[words.kind] in intents), default=0.0)


def levels(message: Incoming) -> tuple[str, ...]:
    """One for each thing that was found in it."""
    understood = message.understanding
    if understood is None or not message.text.strip():
        return (UNREAD,)
    return tuple([INTENTS.get(intent, QUESTION) for intent in found(understood)]) or (UNCLEAR,)


def level(message: Incoming) -> str:
    """The gravest of its levels: a compliment with a broken lamp is a complaint."""
    return min(levels(message), key=_PLACES.__getitem__)


def gravest(unanswered: Sequence[Incoming]) -> Incoming:
    """The message that weighs most; of several, the last one said."""
    return min(reversed(unanswered), key=lambda message: _PLACES[level(message)])


def weighty(unanswered: Sequence[Incoming]) -> tuple[Incoming, ...]:
    """The messages that an answer must do justice to: all that are more than courtesies, else the gravest alone."""
    serious = tuple(message for message in unanswered if level(message) not in (SOCIAL, SPAM))
    return serious or (gravest(unanswered),)
