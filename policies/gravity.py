"""Which of the customer's unanswered messages weighs most: the one that policies answer to."""

from collections.abc import Sequence

from bot.model.conversation import Incoming

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

INTENTS: dict[str, str] = {
    "self_harm": DANGER,
    "threat": DANGER,
    "insult": INSULT,
    "complain_service": COMPLAINT,
    "complain_quality": COMPLAINT,
    "delivery_late": COMPLAINT,
    "report_damaged": COMPLAINT,
    "request_refund": COMPLAINT,
    "ask_human": REQUEST,
    "opt_out": REQUEST,
    "track_order": REQUEST,
    "out_of_scope": UNCLEAR,
    "greet": SOCIAL,
    "thank": SOCIAL,
    "praise": SOCIAL,
    "goodbye": SOCIAL,
    "spam": SPAM,
}
"""An intent that is not here is a question."""


def level(message: Incoming) -> str:
    understood = message.understanding
    if understood is None or not message.text.strip():
        return UNREAD
    if understood.intent is None:
        return UNCLEAR
    return INTENTS.get(understood.intent, QUESTION)


def gravest(unanswered: Sequence[Incoming]) -> Incoming:
    """The message that weighs most; of several, the last one said."""
    return min(reversed(unanswered), key=lambda message: LEVELS.index(level(message)))


def weighty(unanswered: Sequence[Incoming]) -> tuple[Incoming, ...]:
    """The messages that an answer must do justice to: all that are more than courtesies, else the gravest alone."""
    serious = tuple(message for message in unanswered if level(message) not in (SOCIAL, SPAM))
    return serious or (gravest(unanswered),)
