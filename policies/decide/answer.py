"""The brand's own answers, from its own facts. What no wording or fact covers goes to a person."""

from typing import ClassVar

from pydantic import Field

from bot.model.conversation import Incoming
from bot.model.decision import Decision, Ignore, Reply, Words
from bot.model.turn import Turn
from policies.base import Pace, Policy, Replier
from policies.gravity import INTENTS, QUESTION, SOCIAL, UNCLEAR, found, weighty
from policies.person import NORMAL_S, call


class Answer(Policy):
    """Answers each distinct question of the turn, in one reply; several at once up to `at_most`.

    Who said nothing that wants an answer gets none, unless a question back to them is still open.
    """

    name: ClassVar[str] = "answer"
    after: ClassVar[tuple[str, ...]] = ("opt_out", "safety", "spam", "complaint", "confidence")

    keys: dict[str, str] = {}
    """Reply key by intent, where it is not `answer_<intent>`."""
    at_most: int = Field(3, ge=1)
    with_person: tuple[str, ...] = ("track_order",)
    """Intents whose words in private only begin the answer: a person ends it."""
    silent: tuple[str, ...] = ("tag_friend", "emoji_only", "affirm", "deny")
    """Intents that want no answer, where nothing else was said and nothing attached."""
    message: Pace = Pace(earliest_s=2, latest_s=60)
    comment: Pace = Pace(earliest_s=20, latest_s=300)
    person_s: float = Field(NORMAL_S, gt=0)

    def decide(self, turn: Turn, replies: Replier) -> Decision:
        public = turn.conversation.id.is_public
        heard = [message for message in turn.unanswered if not self._is_silent(message)]
        if not heard and not _asked_back(turn):
            return Ignore(reason=self.because("nothing_to_answer"))
        serious = weighty(heard or turn.unanswered)
        intents = list(dict.fromkeys(intent for message in serious for intent in self._asked(message)))
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

    def _is_silent(self, message: Incoming) -> bool:
        understood = message.understanding
        if understood is None or not understood.intents or message.attachments:
            return False
        return all(intent in self.silent for intent in found(understood))

    def _asked(self, message: Incoming) -> tuple[str, ...]:
        """What the message wants: all that is more than courtesy, else the first courtesy that has an answer."""
        intents = found(message.understanding) if message.understanding else ()
        if serious := tuple(i for i in intents if INTENTS.get(i, QUESTION) not in (UNCLEAR, SOCIAL)):
            return serious
        return (*(i for i in intents if i not in self.silent), *intents, "unknown")[:1]


def _asked_back(turn: Turn) -> bool:
    """Whether our last words were a question back: then even a nod is an answer that somebody has to read."""
    last = "".join(turn.conversation.variants_used[-1:])
    return turn.conversation.asked_to_clarify > 0 and last.startswith("clarify")


def _joined(said: list[Words], gap: str) -> Words:
    text, variant = gap.join(words.text for words in said), "+".join(words.variant for words in said)
    return Words(text=text, language=said[0].language, variant=variant)
