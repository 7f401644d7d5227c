"""The brand's own answers, from its own facts. What no wording or fact covers goes to a person."""

from typing import ClassVar

from pydantic import Field

from bot.model.conversation import Incoming
from bot.model.decision import Decision, Reply, Words
from bot.model.turn import Turn
from policies.base import Pace, Policy, Replier
from policies.gravity import weighty
from policies.person import NORMAL_S, call


class Answer(Policy):
    """Answers each distinct question of the turn, in one reply; several at once up to `at_most`."""

    name: ClassVar[str] = "answer"
    after: ClassVar[tuple[str, ...]] = ("opt_out", "safety", "spam", "complaint", "confidence")

    keys: dict[str, str] = {}
    """Reply key by intent, where it is not `answer_<intent>`."""
    at_most: int = Field(3, ge=1)
    with_person: tuple[str, ...] = ("track_order",)
    """Intents whose words in private only begin the answer: a person ends it."""
    message: Pace = Pace(earliest_s=2, latest_s=60)
    comment: Pace = Pace(earliest_s=20, latest_s=300)
    person_s: float = Field(NORMAL_S, gt=0)

    def decide(self, turn: Turn, replies: Replier) -> Decision:
        public = turn.conversation.id.is_public
        intents = list(dict.fromkeys(_intent(message) for message in weighty(turn.unanswered)))
        asked = ", ".join(intents)
        if len(intents) > self.at_most:
            reason = self.because("too_many_questions", asked=str(len(intents)))
            return call(turn, replies, reason, within_s=self.person_s, holding="handover")
        keys = {intent: self.keys.get(intent, f"answer_{intent}") for intent in intents}
        waiting = [intent for intent in intents if intent in self.with_person]
        if waiting and not public:
            reason = self.because("person_needed", intent=asked)
            return call(turn, replies, reason, within_s=self.person_s, holding=keys[waiting[0]])
        said = [words for key in keys.values() if (words := replies.say(key, turn))]
        if len(said) < len(keys):
            reason = self.because("no_fact", intent=asked)
            return call(turn, replies, reason, within_s=self.person_s, holding="handover")
        pace = self.comment if public else self.message
        words = _joined(said, " " if public else "\n\n")
        return Reply(reason=self.because("answered", intent=asked), words=words, **pace.promise(turn))


def _intent(message: Incoming) -> str:
    understood = message.understanding
    return (understood.intent if understood else None) or "unknown"


def _joined(said: list[Words], gap: str) -> Words:
    text, variant = gap.join(words.text for words in said), "+".join(words.variant for words in said)
    return Words(text=text, language=said[0].language, variant=variant)
