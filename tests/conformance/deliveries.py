"""What a platform may deliver, and what must become of it: every case of the kit, for any channel."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from pydantic import SecretStr

from bot.model.event import Unhandled
from bot.model.ids import AccountId
from connectors import CONNECTORS
from connectors.base import Account, Listed, Response
from tests.channels.base import Case, ChannelFacts, Headers, Scene
from tests.conformance.target import Target

MEGABYTE = 1_000_000
ACCEPTED = {200, 202}
TOO_LARGE = 413
FETCHED, WORDS = "content.unavailable", "comment.received"
"""An account may be set to fetch each comment before it is read: then one stands for the other."""
REFUSED = 401

Verdict = Literal["passed", "failed", "none"]


@dataclass(frozen=True, slots=True)
class Result:
    """`none`: the platform has no such thing; `told` says why, or what was found."""

    case: str
    verdict: Verdict
    told: str


async def scene(target: Target, case: Case) -> Result:
    """Delivers the bodies of a case, one after the other, and compares what they left."""
    found = target.facts.scenes.get(case, "not described")
    if isinstance(found, str):
        return Result(case, "none" if found != "not described" else "failed", found)
    return pulled(target, case, found) if target.facts.pull else await _left_by(target, case, found)


def pulled(target: Target, case: str, expected: Scene) -> Result:
    """The bodies are answers to a question: read one after the other, as polling does."""
    facts = target.facts
    assert facts.pull is not None
    account = account_of(facts)
    connector, now = CONNECTORS[facts.channel], datetime.now(UTC)
    seen: set[str] = set()
    left: Counter[str] = Counter()
    question = facts.pull(now)
    for body in expected.bodies:
        reading = connector.interpret(question, Response(200, body), account, now)
        if not isinstance(reading, Listed):
            return Result(case, "failed", f"read as {reading}")
        for each in reading.found:
            if isinstance(each, Unhandled):
                left[f"unhandled.{each.what}"] += 1
            elif each.id not in seen:
                seen.add(each.id)
                left[each.kind] += 1
        question = question.model_copy(update={"known": {**question.known, **reading.remember}})
    return _compared(case, left, Counter(expected.leaves))


def account_of(facts: ChannelFacts) -> Account:
    """The facts' first account, with invented secrets."""
    external_id, settings = next(iter(facts.accounts.items()))
    connector = CONNECTORS[facts.channel]
    secrets = {spec.name: (SecretStr(f"{spec.name}-secret"),) for spec in connector.secrets}
    return Account(AccountId.of(facts.channel, external_id), "Maison Aubépine", secrets, connector.api_url, settings)


async def _left_by(target: Target, case: str, expected: Scene) -> Result:
    before = await target.counted()
    statuses = [await target.deliver(target.meant(body)) for body in expected.bodies]
    left = await target.counted() - before
    wrong = [status for status in statuses if status not in ACCEPTED]
    if wrong:
        return Result(case, "failed", f"answered {wrong[0]}")
    if WORDS in expected.leaves:
        left = Counter({kind: n for kind, n in left.items() if kind != FETCHED}) + Counter({WORDS: left[FETCHED]})
    return _compared(case, left, Counter(expected.leaves))


def _compared(case: str, left: Counter[str], expected: Counter[str]) -> Result:
    if left == expected:
        return Result(case, "passed", listed(left))
    known = "" if left else " (it may have been delivered before: a running Aplomb knows what it has seen)"
    return Result(case, "failed", f"left {listed(left)}{known}; expected {listed(expected)}")


def listed(kinds: Counter[str]) -> str:
    return ", ".join(f"{n} × {kind}" if n > 1 else kind for kind, n in sorted(kinds.items())) or "nothing"


async def nothing_is_kept(target: Target, case: str, body: bytes, headers: Headers, status: int) -> Result:
    before = await target.counted()
    answered = await target.deliver(body, headers)
    left = await target.counted() - before
    if answered != status or left:
        return Result(case, "failed", f"answered {answered}, left {listed(left)}; expected {status} and nothing")
    return Result(case, "passed", f"{status}, nothing kept")


def valid(target: Target) -> bytes:
    """A body that would be accepted."""
    if target.facts.pull:
        return target.meant(target.facts.pushed)
    found = next(each for each in target.facts.scenes.values() if isinstance(each, Scene))
    return target.meant(found.bodies[0])


def spoilt(headers: Headers) -> Headers:
    return {name: value[:-2] + ("xy" if value[-2:] != "xy" else "yx") for name, value in headers.items()}


async def bad_signature(target: Target) -> Result:
    body = valid(target)
    return await nothing_is_kept(target, "bad signature", body, spoilt(target.signed(body)), REFUSED)


async def missing_signature(target: Target) -> Result:
    return await nothing_is_kept(target, "missing signature", valid(target), {}, REFUSED)


async def changed_body(target: Target) -> Result:
    if not target.facts.signs_body:
        return Result("changed body", "none", "the platform does not sign bodies")
    body = valid(target)
    return await nothing_is_kept(target, "changed body", body + b" ", target.signed(body), REFUSED)


async def old_timestamp(target: Target) -> Result:
    if not target.facts.stamped:
        return Result("old timestamp", "none", "the platform's signature carries no time")
    body = valid(target)
    headers = target.signed(body, datetime.now(UTC) - timedelta(hours=3))
    return await nothing_is_kept(target, "old timestamp", body, headers, REFUSED)


async def replayed(target: Target) -> Result:
    """The very same request again: taken, so that the platform is content, and nothing new kept."""
    body = valid(target)
    headers = target.signed(body)
    first = await target.deliver(body, headers)
    before = await target.counted()
    again = await target.deliver(body, headers)
    left = Counter({kind: n for kind, n in (await target.counted() - before).items() if "unhandled" not in kind})
    if {first, again} - ACCEPTED or left:
        return Result("replayed", "failed", f"answered {first} and {again}; the second left {listed(left)}")
    return Result("replayed", "passed", "taken, nothing new kept")


async def malformed(target: Target) -> Result:
    before = await target.counted()
    statuses = [await target.deliver(body) for body in (b"", b"{", b"\xff\xfe", b"[" * 10_000)]
    left = await target.counted() - before
    if set(statuses) - ACCEPTED or any("unhandled" not in kind for kind in left) or not left:
        return Result("malformed", "failed", f"answered {statuses}, left {listed(left)}")
    return Result("malformed", "passed", "taken and counted, nothing kept")


async def three_megabytes(target: Target) -> Result:
    """Just below the limit it is read, above it refused before it is."""
    body = valid(target)
    before = await target.counted()
    below = await target.deliver(body + b" " * (3 * MEGABYTE - len(body) - 1))
    unread = await target.counted() - before
    above = await target.deliver(body + b" " * (3 * MEGABYTE))
    if below not in ACCEPTED or above != TOO_LARGE or "unhandled.malformed" in unread:
        return Result("3 MB", "failed", f"answered {below} below the limit and {above} above; left {listed(unread)}")
    return Result("3 MB", "passed", "read below the limit, 413 above it")


async def greeting_right(target: Target) -> Result:
    greeting = target.facts.greeting
    if greeting is None:
        return Result("handshake, right", "none", "the platform makes none")
    query = greeting.query(target.secrets, True)
    status, body = await target.greet(query)
    if status != 200 or body != greeting.answer(target.secrets, query):
        return Result("handshake, right", "failed", f"answered {status} {body[:80]!r}")
    return Result("handshake, right", "passed", "answered as the platform wants")


async def greeting_wrong(target: Target) -> Result:
    greeting = target.facts.greeting
    if greeting is None:
        return Result("handshake, wrong", "none", "the platform makes none")
    query = greeting.query(target.secrets, False)
    status, body = await target.greet(query)
    if status == 200:
        return Result("handshake, wrong", "failed", f"answered {status} {body[:80]!r}")
    return Result("handshake, wrong", "passed", f"refused with {status}")


Check = Callable[[Target], Awaitable[Result]]
CHECKS: dict[str, Check] = {
    "bad signature": bad_signature,
    "missing signature": missing_signature,
    "changed body": changed_body,
    "old timestamp": old_timestamp,
    "replayed": replayed,
    "malformed": malformed,
    "3 MB": three_megabytes,
    "handshake, right": greeting_right,
    "handshake, wrong": greeting_wrong,
}
CASES: tuple[Case, ...] = get_args(Case)


async def run(target: Target) -> AsyncIterator[Result]:
    """Every case, in an order in which none spoils another."""
    for case in CASES:
        yield await scene(target, case)
    for check in CHECKS.values():
        yield await check(target)
