"""A newcomer at the sandbox page and a colleague at the console, in a real browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.store.outbox import Hold
from tests.e2e.browsing import Visit, at, visiting
from tests.e2e.door import PLAYED
from tests.e2e.talk import ANGRY, HOURS, SAID_IN, until_quiet

pytestmark = pytest.mark.browser

channels = pytest.mark.parametrize("channel", PLAYED)

EDITED = "Bonjour, nous regardons cela tout de suite avec le transporteur. Camille"


@pytest.fixture
async def visit(redis_url: str, nlu_url: str, tmp_path: Path) -> AsyncIterator[Visit]:
    async with visiting(redis_url, nlu_url, tmp_path) as built:
        yield built


async def play(visit: Visit, channel: str, where: str) -> Page:
    """The sandbox page, as a customer of that channel, in private or under its first post."""
    page = await visit.page("/sandbox")
    await at(page, f"channel-{channel}").click()
    await at(page, f"where-{where}").first.click()
    await expect(at(page, f"where-{where}").first).to_have_attribute("aria-current", "true")
    await expect(at(page, f"channel-{channel}")).to_have_attribute("aria-current", "true")
    return page


async def say(page: Page, text: str) -> None:
    await at(page, "say-text").fill(text)
    await at(page, "say").click()
    await expect(at(page, "entry-customer").filter(has_text=text).first).to_be_visible()


@channels
async def test_an_angry_comment_from_the_customer_to_the_answer_under_the_post(visit: Visit, channel: str) -> None:
    customer = await play(visit, channel, "post")
    await say(customer, ANGRY["fr"])
    decision = at(customer, "decision").first
    await expect(decision).to_have_attribute("data-outcome", "draft")
    await expect(at(customer, "entry-brand")).to_have_count(0)

    link = await at(decision, "to-console").get_attribute("href")
    assert link is not None
    colleague = await visit.page(link)
    await visit.log_in(colleague)
    await expect(at(colleague, "draft-text")).to_be_visible()
    await expect(at(colleague, "said-customer")).to_contain_text(ANGRY["fr"])
    assert "Bonjour" in await at(colleague, "draft-text").input_value()
    await at(colleague, "draft-text").fill(EDITED)
    await at(colleague, "approve").click()
    await expect(at(colleague, "done")).to_be_visible()
    await expect(at(colleague, "said-agent")).to_contain_text(EDITED)

    comment = at(customer, "entry-customer").filter(has_text=ANGRY["fr"])
    await expect(at(comment, "entry-brand")).to_contain_text(EDITED)
    await at(colleague, "back").click()
    await expect(at(colleague, "empty")).to_be_visible()


@channels
@pytest.mark.parametrize("language", ["fr", "en"], ids=["French", "English"])
async def test_a_question_is_answered_before_ones_eyes(visit: Visit, channel: str, language: str) -> None:
    customer = await play(visit, channel, "dm")
    await say(customer, HOURS[language])
    await expect(at(customer, "entry-brand")).to_contain_text(SAID_IN[language][0])
    decision = at(customer, "decision").first
    await expect(decision).to_have_attribute("data-outcome", "reply")
    await expect(at(decision, "decision-reason")).not_to_be_empty()
    await expect(at(decision, "outcome")).to_be_visible()


@channels
async def test_the_console_stops_everything_and_lifts_the_stop(visit: Visit, channel: str) -> None:
    colleague = await visit.page("/console")
    await visit.log_in(colleague)
    await at(colleague, "stop").click()
    await at(colleague, "stop-confirm").click()
    await expect(at(colleague, "stopped")).to_be_visible()

    customer = await play(visit, channel, "dm")
    await say(customer, HOURS["fr"])
    await expect(at(customer, "decision").first).to_have_attribute("data-outcome", "reply")

    async def held() -> bool:
        return any(isinstance(claim, Hold) and claim.why == "stopped" for claim in visit.house.claims)

    await visit.house.until(held)
    await expect(at(customer, "entry-brand")).to_have_count(0)
    assert (await visit.house.look("requests"))["requests"] == []

    await at(colleague, "resume").click()
    await at(colleague, "resume-confirm").click()
    await expect(at(colleague, "stopped")).to_have_count(0)
    await expect(at(customer, "entry-brand")).to_contain_text(SAID_IN["fr"][0])


@channels
async def test_taking_over_in_the_console_silences_the_bot(visit: Visit, channel: str) -> None:
    customer = await play(visit, channel, "dm")
    await say(customer, "Je voudrais parler à une personne, s'il vous plaît")
    await expect(at(customer, "decision").first).to_have_attribute("data-outcome", "escalated")
    await expect(at(customer, "entry-brand")).to_have_count(1)

    colleague = await visit.page("/console")
    await visit.log_in(colleague)
    await at(colleague, "open").first.click()
    await at(colleague, "take-over").click()
    await expect(at(colleague, "done")).to_be_visible()

    await say(customer, HOURS["fr"])
    await expect(at(customer, "decision").first).to_have_attribute("data-outcome", "silent")
    await until_quiet(visit.house)
    await expect(at(customer, "entry-brand")).to_have_count(1)
    await expect(at(colleague, "said-customer").last).to_contain_text(HOURS["fr"])

    await at(colleague, "reply-text").fill("C'est ouvert, je vous attends.")
    await expect(at(colleague, "moved")).to_be_visible()
    await at(colleague, "look").click()
    await expect(at(colleague, "reply-text")).to_have_value("C'est ouvert, je vous attends.")
    await at(colleague, "reply").click()
    await expect(at(customer, "entry-brand").last).to_contain_text("je vous attends")


async def test_a_platform_that_fails_from_the_sandbox_to_the_colleagues_word(visit: Visit) -> None:
    customer = await play(visit, "telegram", "dm")
    await at(customer, "backstage").click()
    await at(customer, "fail-mode").select_option("500_after_accepting")
    await at(customer, "fail").click()
    await say(customer, HOURS["fr"])
    await expect(at(customer, "entry-brand")).to_have_count(1)
    colleague = await visit.page("/console")
    await visit.log_in(colleague)
    await at(colleague, "open").first.click()
    await expect(at(colleague, "unknown")).to_contain_text(SAID_IN["fr"][0])
    await at(colleague, "confirm-yes").click()
    await expect(at(colleague, "unknown")).to_have_count(0)
    await until_quiet(visit.house)
    await expect(at(customer, "entry-brand")).to_have_count(1)


async def test_a_customer_thinks_better_of_it_and_a_colleague_answers_in_the_app(visit: Visit) -> None:
    customer = await play(visit, "facebook", "dm")
    await say(customer, "Je voudrais parler à une personne, s'il vous plaît")
    await expect(at(customer, "entry-brand")).to_have_count(1)
    entry = at(customer, "entry-customer").first
    await at(entry, "more").click()
    await at(entry, "edit-text").fill("Finalement non, merci beaucoup !")
    await at(entry, "edit").click()
    await expect(at(entry, "edit-text")).to_have_value("Finalement non, merci beaucoup !")
    await expect(at(customer, "decision").first).to_contain_text("Finalement non")

    await at(customer, "backstage").click()
    await at(customer, "native-text").fill("Je reste là si besoin. Léa")
    await at(customer, "native-reply").click()
    await expect(at(customer, "entry-person")).to_contain_text("Je reste là si besoin")
    await say(customer, HOURS["fr"])
    await expect(at(customer, "decision").first).to_have_attribute("data-outcome", "silent")
    await expect(at(customer, "entry-brand")).to_have_count(1)


async def test_a_wrong_password_does_not_open(visit: Visit) -> None:
    page = await visit.page("/console")
    await at(page, "login-name").fill("Camille")
    await at(page, "login-password").fill("not-the-password")
    await at(page, "login-submit").click()
    await expect(at(page, "login-problem")).to_be_visible()
    await expect(at(page, "logout")).to_have_count(0)
    assert ["403" in told for told in visit.wrong] == [True], "Chromium tells of the answer's status, and of no more"
    visit.wrong.clear()
    await visit.log_in(page)
    await at(page, "logout").click()
    await expect(at(page, "login-submit")).to_be_visible()
