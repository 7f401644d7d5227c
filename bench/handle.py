"""How long `handle()` thinks, with the project's configuration, over a fixed set of turns.

In CPU time, since a neighbour who takes the core is no thought of ours; the time by the wall stands beside it.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bench.processes import ROOT
from bench.report import Report, median, ms, percentile
from bot.app import setups
from bot.config_file import load
from bot.handle import At, Setup, handle
from bot.model.action import text_of
from bot.model.event import EVENT, Event
from bot.model.ids import AccountId, ContactId, ConversationId, StreamId
from bot.model.outcome import Outcome, State
from bot.model.understanding import Understanding

NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
ACCOUNT = AccountId.of("facebook", "100200300400")
ANN = ContactId.of(ACCOUNT, "ann")
PRIVATE = ConversationId.private(ANN)
PUBLIC = ConversationId.public(ANN, "77_88")
LONG_THREAD = 20
BURST = 6
LEAST_ROUNDS, MOST_ROUNDS = 50, 2_000

Case = tuple[str, Event, State, Understanding | None]


async def measure(report: Report, seconds: float) -> None:
    settings = load(ROOT / "config.yml", {})
    setup = setups(settings.model_copy(update={"replies": ROOT / settings.replies}))[ACCOUNT]
    cases = list(_cases(setup))
    thought: dict[str, list[float]] = {name: [] for name, *_ in cases}
    waited: list[float] = []
    began, rounds = time.perf_counter(), 0
    while rounds < LEAST_ROUNDS or (rounds < MOST_ROUNDS and time.perf_counter() - began < seconds):
        rounds += 1
        for name, event, state, understanding in cases:
            at = At(StreamId("9000-0"), NOW, "salt")
            started, cpu = time.perf_counter(), time.thread_time()
            handle(event, state, at, setup, understanding)
            thought[name].append(time.thread_time() - cpu)
            waited.append(time.perf_counter() - started)
    thought["all of them"] = [value for values in thought.values() for value in values]
    rows = [(name, ms(median(values)), ms(percentile(values, 0.99))) for name, values in thought.items()]
    rows.append(("all, by the clock on the wall", ms(median(waited)), ms(percentile(waited, 0.99))))
    report.table(f"handle(), {rounds} times each, CPU time", ("", "median ms", "p99 ms"), rows)
    report.keep("handle", {what: {"median_ms": float(p50), "p99_ms": float(p99)} for what, p50, p99 in rows})


def _cases(setup: Setup) -> Iterable[Case]:
    """As a day's events are: mostly short questions and what follows a reply, some of everything else."""
    hours = _understood("ask_opening_hours")
    asked = _happened("message.received", 1, text="Quels sont vos horaires ?")
    answering = _after(State(), asked, setup, hours)
    action = answering.records[0].action
    sent = _happened("action.sent", 2, action_id=action.id, external_id="s2")
    yield "first question, answered", asked, State(), hours
    yield "our reply was sent", sent, answering, None
    answered = _after(answering, sent, setup, None)
    yield "our reply's echo", _happened("echoed", 3, text=text_of(action)), answered, None
    yield "a receipt", _happened("delivery.updated", 4, status="read", upto=NOW), answered, None
    yield (
        "second question",
        _happened("message.received", 5, text="Et la livraison ?"),
        answered,
        _understood("ask_shipping"),
    )
    waiting = answering
    for number in range(BURST):
        text = f"Vous êtes là ? {number}"
        waiting = _after(waiting, _happened("message.received", 10 + number, text=text), setup, hours)
    yield f"after a burst of {BURST}", _happened("message.received", 30, text="Alors ?"), waiting, hours
    long = _long_thread(setup)
    yield (
        f"in a thread of {LONG_THREAD}",
        _happened("message.received", 90, text="Vos prix ?"),
        long,
        _understood("ask_price"),
    )
    comment = {"text": "Superbe lampe !", "conversation": PUBLIC, "post_id": "77"}
    yield "praise in public", _happened("comment.received", 1, **comment), State(), _understood("praise")
    complaint = _happened("message.received", 6, text="Arrivée cassée, c'est inadmissible.")
    yield "complaint, escalated", complaint, answered, _understood("report_damaged")
    yield "not understood", _happened("message.received", 7, text="brglz"), answered, _understood("greet", 0.2)
    yield "nothing read", _happened("message.received", 8, text="?"), answered, None
    yield "opt-out in words", _happened("message.received", 9, text="STOP"), answered, _understood("opt_out")


def _long_thread(setup: Setup) -> State:
    state = State()
    for number in range(LONG_THREAD // 2):
        question = _happened("message.received", 40 + 2 * number, text=f"Bonjour, une question n° {number} ?")
        state = _after(state, question, setup, _understood("ask_price"))
        pending = [record for record in state.records if record.state == "pending"]
        for record in pending[:1]:
            sent = _happened("action.sent", 41 + 2 * number, action_id=record.action.id, external_id=f"s{number}")
            state = _after(state, sent, setup, None)
    return state


def _after(state: State, event: Event, setup: Setup, understanding: Understanding | None) -> State:
    number = int(event.id.rpartition(":")[2])
    outcome: Outcome = handle(event, state, At(StreamId(f"{number}-0"), NOW, "salt"), setup, understanding)
    return State(conversation=outcome.conversation, contact=outcome.contact or state.contact, records=outcome.records)


def _happened(kind: str, number: int, **fields: object) -> Event:
    conversation = fields.pop("conversation", PRIVATE)
    ids = {} if kind in ("delivery.updated", "action.sent") else {"external_id": f"x{number}"}
    return EVENT.validate_python(
        {
            "kind": kind,
            "id": f"e:{number}",
            "account": ACCOUNT,
            "contact": ANN,
            "conversation": conversation,
            "occurred_at": NOW - timedelta(seconds=1),
            "received_at": NOW,
            **ids,
            **fields,
        }
    )


def _understood(intent: str, confidence: float = 0.93) -> Understanding:
    ranking = ((intent, confidence), ("greet", 0.03), ("thank", 0.02), ("praise", 0.01))
    return Understanding(intent=intent, confidence=confidence, ranking=ranking, language="fr", model="m1")
