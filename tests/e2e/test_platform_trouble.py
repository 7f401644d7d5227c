"""What becomes of a reply when its platform is ill: tried again where it was certainly not accepted, else handed over
as unknown; and never twice at the platform.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.config import WorkerSettings
from bot.model.event import ActionConfirmed
from bot.model.ids import ConversationId
from tests.e2e.door import PLAYED
from tests.e2e.talk import ANN, HOURS, brand_said, until_brand_said, until_quiet, whole_house, write
from tests.integration.house import House

SENT = "sent"
UNKNOWN = "unknown"

WORKER = WorkerSettings(
    lease_s=1.5,
    echo_hold_s=0.3,
    unknown_after_s=0.5,
    send_timeout_s=1.5,
    retries_s=(0.2, 0.2, 0.2),
)
"""In a hurry: a platform's own wait is believed up to four times the longest of ours."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault of the platform, and what shall become of the reply.

    `accepted`: how often the platform had it in the end. `requests`: how often it was asked to take it.
    """

    fault: str
    ends: str
    accepted: int
    requests: int
    after_s: float | None = None
    times: int = 1
    echo: str = "normal"


HARMLESS = [
    Case("ok", SENT, accepted=1, requests=1),
    Case("429", SENT, accepted=1, requests=2),
    Case("429", SENT, accepted=1, requests=2, after_s=60),
    Case("429", SENT, accepted=1, requests=4, times=3),
    Case("refuse", SENT, accepted=1, requests=1, after_s=0.5),
]
NEVER_AGAIN = [
    Case("500", UNKNOWN, accepted=0, requests=1),
    Case("garbage", UNKNOWN, accepted=0, requests=1),
    Case("hang", UNKNOWN, accepted=0, requests=1),
    Case("reset", UNKNOWN, accepted=0, requests=1),
]
ACCEPTED = ("500_after_accepting", "garbage_after_accepting", "hang_after_accepting", "reset_after_accepting")
ECHOES = ("normal", "before_answer", "other_id", "none")

CASES = {
    **{
        ("telegram", case): case
        for case in [*HARMLESS, *NEVER_AGAIN, *(Case(fault, UNKNOWN, accepted=1, requests=1) for fault in ACCEPTED)]
    },
    **{
        ("facebook", case): case
        for case in [
            *HARMLESS,
            *NEVER_AGAIN,
            *(Case("ok", SENT, accepted=1, requests=1, echo=echo) for echo in ECHOES[1:]),
            *(Case(fault, SENT, accepted=1, requests=1, echo=echo) for fault in ACCEPTED for echo in ECHOES[:3]),
            *(Case(fault, UNKNOWN, accepted=1, requests=1, echo="none") for fault in ACCEPTED),
        ]
    },
}
"""Telegram tells a bot nothing of its own messages, so that only people can say what became of them."""


def named(channel: str, case: Case) -> str:
    parts = [channel, case.fault]
    parts += [f"{case.times} times"] if case.times > 1 else []
    parts += [f"wait {case.after_s:g} s"] if case.after_s else []
    parts += [f"echo {case.echo}"] if case.echo != "normal" else []
    return "-".join(parts)


@pytest.fixture
async def hurried(redis_url: str, nlu_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with whole_house(redis_url, nlu_url, tmp_path, worker=WORKER) as built:
        await built.start_worker()
        await built.start_scheduler()
        yield built


async def sends(house: House, channel: str) -> list[dict[str, Any]]:
    """The requests to say something to the customer, as the platform saw them."""
    requests = (await house.look("requests"))["requests"]
    return [
        each
        for each in requests
        if each["channel"] == channel
        and (each["body"].get("recipient") == {"id": ANN} or str(each["body"].get("chat_id")) == ANN)
        and ("message" in each["body"] or "text" in each["body"])
    ]


async def until_asked(house: House, conversation: ConversationId, reason: str) -> None:
    """Until a person is asked in the console."""

    async def asked() -> bool:
        return any(
            row.conversation == conversation and row.reason == reason for row in await house.store.desk.waiting()
        )

    await house.until(asked)
    await until_quiet(house)


@pytest.mark.parametrize(
    ("channel", "case"), [pytest.param(channel, case, id=named(channel, case)) for channel, case in CASES]
)
async def test_a_reply_is_never_sent_twice(hurried: House, channel: str, case: Case) -> None:
    hurried.before_claim.close()
    conversation = await write(hurried, channel, HOURS["fr"])
    await hurried.before_claim.is_reached()
    await hurried.control(
        "fail", channel=channel, mode=case.fault, count=case.times, after_s=case.after_s, echo=case.echo
    )
    hurried.before_claim.open()
    if case.ends == SENT:

        async def recorded() -> bool:
            shown = await hurried.show(conversation)
            return shown is not None and any(said.by == "bot" for said in shown.loaded.conversation.recent)

        await hurried.until(recorded)
        await until_quiet(hurried)
        assert (await hurried.conversation(conversation)).escalation is None
    else:
        await until_asked(hurried, conversation, "unknown_outcome")
        shown = await hurried.show(conversation)
        assert shown is not None
        assert len(shown.unknown) == 1
    assert len(await brand_said(hurried, channel)) == case.accepted
    assert len(await sends(hurried, channel)) == case.requests


@pytest.mark.parametrize("channel", PLAYED)
async def test_what_the_platform_never_takes_goes_to_a_person(hurried: House, channel: str) -> None:
    await hurried.control("fail", channel=channel, mode="429", count=20)
    conversation = await write(hurried, channel, HOURS["fr"])
    await until_asked(hurried, conversation, "send_failed")
    assert await brand_said(hurried, channel) == []
    assert len(await sends(hurried, channel)) == len(WORKER.retries_s) + 1


@pytest.mark.parametrize("channel", PLAYED)
@pytest.mark.parametrize("was_sent", [True, False], ids=["it was there", "it was not there"])
async def test_a_person_settles_what_nobody_knows(hurried: House, channel: str, was_sent: bool) -> None:
    fault = "reset_after_accepting" if was_sent else "reset"
    await hurried.control("fail", channel=channel, mode=fault, echo="none")
    conversation = await write(hurried, channel, HOURS["fr"])
    await until_asked(hurried, conversation, "unknown_outcome")
    shown = await hurried.show(conversation)
    assert shown is not None
    (record,) = shown.unknown
    result = await hurried.act(ActionConfirmed, conversation, action_id=record.action.id, sent=was_sent)
    assert result.outcome == "done"
    await until_quiet(hurried)
    kept = await hurried.show(conversation)
    assert kept is not None
    assert kept.unknown == ()
    assert len(await brand_said(hurried, channel)) == (1 if was_sent else 0)
    assert len(await sends(hurried, channel)) == 1, "a person's word does not send it again"


@pytest.mark.parametrize("channel", PLAYED)
async def test_one_customers_trouble_does_not_hold_up_another(hurried: House, channel: str) -> None:
    await hurried.control("fail", channel=channel, mode="hang")
    held_up = await write(hurried, channel, HOURS["fr"])

    async def under_way() -> bool:
        return len(await sends(hurried, channel)) == 1

    await hurried.until(under_way)
    await write(hurried, channel, HOURS["en"], who="4412")
    await until_brand_said(hurried, channel, 1, who="4412")
    await until_asked(hurried, held_up, "unknown_outcome")
    assert await brand_said(hurried, channel) == []


@pytest.mark.parametrize("channel", PLAYED)
async def test_credentials_that_no_longer_work_hold_and_lose_nothing(hurried: House, channel: str) -> None:
    """The account rests until a person reconnects it; then what waited goes."""
    account = next(account for account in hurried.settings.accounts if account.channel == channel)
    await hurried.store.outbox.pause(account.account_id, "reconnect")
    await write(hurried, channel, HOURS["fr"])

    async def handled() -> bool:
        return await hurried.settled() and any(
            [await hurried.store.outbox.unfinished(shard) for shard in hurried.store.events.shards]
        )

    await hurried.until(handled)
    assert await sends(hurried, channel) == []
    await hurried.store.outbox.unpause(account.account_id)
    await until_brand_said(hurried, channel, 1)
