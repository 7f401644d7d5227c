"""Asks the chain: policies from the top until one has an opinion, then every guard, which may only tighten it."""

from collections import Counter
from collections.abc import Sequence

from bot.model.decision import Decision, Reason, Reply
from bot.model.turn import Opinion, Turn
from policies import POLICIES
from policies.base import Guard, Policy, Replier
from policies.fit import fits, room
from policies.person import NORMAL_S, call, due
from policies.tightening import tightens

REQUIRED: dict[str, str] = {
    "opt_out": "somebody who says stop must be heard",
    "safety": "somebody in danger must reach a person",
}
LAST = "answer"


def decide(
    turn: Turn, policies: Sequence[Policy], guards: Sequence[Guard], replies: Replier
) -> tuple[Decision, tuple[Opinion, ...]]:
    """The decision for the turn, and what each policy that was asked said."""
    decision, opinions = _ask(turn, policies, replies)
    decision = _shortened(turn, decision)
    for guard in guards:
        reviewed = guard.review(turn, decision)
        loosened = not tightens(decision, reviewed)
        decision = _because(decision, "guard_loosened", guard=guard.name) if loosened else reviewed
    return decision, opinions


def _ask(turn: Turn, policies: Sequence[Policy], replies: Replier) -> tuple[Decision, tuple[Opinion, ...]]:
    opinions: list[Opinion] = []
    for policy in policies:
        decision = policy.decide(turn, replies)
        opinions.append(Opinion(policy=policy.name, decided=decision is not None))
        if decision is not None:
            return decision, tuple(opinions)
    return call(turn, replies, Reason(code="undecided", by="engine")), tuple(opinions)


def _shortened(turn: Turn, decision: Decision) -> Decision:
    """A comment that the channel would refuse becomes a draft for a person; private messages can be split."""
    if not isinstance(decision, Reply) or decision.mode != "auto" or not turn.conversation.id.is_public:
        return decision
    if fits(decision.words.text, turn):
        return decision
    latest = max(decision.latest, due(turn.brand.brand, turn.now, NORMAL_S))
    draft = decision.model_copy(update={"mode": "approve", "latest": latest})
    return _because(draft, "too_long", limit=str(room(turn)[0]))


def _because(decision: Decision, code: str, **facts: str) -> Decision:
    reason = Reason(code=code, by="engine", facts=facts)
    return decision.model_copy(update={"tightened": (*decision.tightened, reason)})


def chain_problems(names: list[str]) -> list[str]:
    """What is wrong with the order of `policies:`, one sentence each, with its cure. Unknown names are passed over."""
    found = [f"{name} is there {count} times: keep the first" for name, count in Counter(names).items() if count > 1]
    found += [
        f"{name} is missing, and {why}: add `- name: {name}` at the top"
        for name, why in REQUIRED.items()
        if name not in names
    ]
    for place, name in enumerate(names):
        policy = POLICIES.get(name)
        needed = policy.after if policy else ()
        late = [other for other in needed if other in names[place + 1 :] and other not in names[:place]]
        found += [f"{other} is asked after {name}, too late to be heard: move {other} above {name}" for other in late]
    if LAST in names:
        behind = names[names.index(LAST) + 1 :]
        found += [
            f"{name} stands after {LAST}, which always has an opinion, and is never asked: move it above {LAST}"
            for name in dict.fromkeys(behind)
            if name != LAST and name not in POLICIES.get(LAST, Policy).after
        ]
    return found
