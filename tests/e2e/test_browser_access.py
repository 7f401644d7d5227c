"""The pages for those who don't see them, don't use a mouse, or hold them in one hand: names, headings, keys, width."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browsing import Visit, at, visiting
from tests.e2e.talk import ANGRY, POST, until_waiting, write

pytestmark = pytest.mark.browser

NARROW = 360

PROBLEMS = """() => {
  const found = [];
  const shown = (element) => element.checkVisibility({visibilityProperty: true});
  const words = (element) => (element.textContent || "").trim() || element.getAttribute("aria-label") || "";
  const labelled = (field) => field.getAttribute("aria-label") || [...(field.labels || [])].some(words)
    || (field.getAttribute("aria-labelledby") || "").split(" ").some((id) => id && words(document.getElementById(id)));
  const name = (element) => element.outerHTML.slice(0, 120);

  if (!["fr", "en"].includes(document.documentElement.lang)) found.push("the page has no language");
  if (!document.title.trim()) found.push("the page has no title");
  if (document.querySelectorAll("main").length !== 1) found.push("there is not one main part");
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown);
  const levels = headings.map((heading) => Number(heading.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push(`headings of the first level: ${levels}`);
  levels.forEach((level, n) => {
    if (n && level > levels[n - 1] + 1) found.push(`a level is left out before ${name(headings[n])}`);
  });
  headings.filter((heading) => !words(heading)).forEach((heading) => found.push(`empty ${name(heading)}`));
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!labelled(field)) found.push(`no label: ${name(field)}`);
  for (const control of document.querySelectorAll("button, a[href], summary"))
    if (!words(control) && !control.title) found.push(`no name: ${name(control)}`);
  for (const image of document.querySelectorAll("img:not([alt])")) found.push(`no alternative: ${name(image)}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  ids.filter((id, n) => ids.indexOf(id) !== n).forEach((id) => found.push(`twice the id ${id}`));
  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) found.push(`${over} pixels wider than the window`);
  return found;
}"""
"""What is wrong with a page, in sentences."""


@pytest.fixture
async def visit(redis_url: str, nlu_url: str, tmp_path: Path) -> AsyncIterator[Visit]:
    """With an angry comment that waits for a person."""
    async with visiting(redis_url, nlu_url, tmp_path) as built:
        await until_waiting(built.house, await write(built.house, "facebook", ANGRY["fr"], POST))
        yield built


async def open_page(visit: Visit, name: str, width: int, language: str) -> Page:
    if name in ("sandbox", "sandbox under a post"):
        page = await visit.page("/sandbox", width, language)
        await expect(at(page, "say-text")).to_be_visible()
        if name != "sandbox":
            link = await at(page, "where-post").first.get_attribute("href")
            await page.goto(f"{visit.url}{link}")
            await expect(at(page, "entry-customer").first).to_be_visible()
        return page
    page = await visit.page("/console", width, language)
    if name == "login":
        return page
    await visit.log_in(page)
    if name == "conversation":
        await at(page, "open").first.click()
        await expect(at(page, "draft-text")).to_be_visible()
    return page


@pytest.mark.parametrize("name", ["sandbox", "sandbox under a post", "login", "waiting", "conversation"])
@pytest.mark.parametrize("width", [1280, NARROW], ids=["wide", "narrow"])
async def test_a_page_can_be_used_by_everybody(visit: Visit, name: str, width: int) -> None:
    language = "fr-FR" if width == NARROW else "en-GB"
    page = await open_page(visit, name, width, language)
    assert await page.evaluate(PROBLEMS) == []
    assert await page.evaluate("document.documentElement.lang") == language[:2]


@pytest.mark.parametrize("name", ["sandbox", "waiting"])
async def test_the_first_key_leads_past_the_navigation(visit: Visit, name: str) -> None:
    page = await open_page(visit, name, 1280, "fr-FR")
    await page.keyboard.press("Tab")
    await expect(page.locator("a.skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#content")).to_be_focused()


async def test_a_customer_is_played_and_a_draft_sent_with_keys_alone(visit: Visit) -> None:
    page = await open_page(visit, "sandbox", 1280, "fr-FR")
    await at(page, "say-text").focus()
    await page.keyboard.type("Bonjour")
    await page.keyboard.press("Enter")
    await expect(at(page, "entry-customer")).to_contain_text("Bonjour")
    colleague = await open_page(visit, "conversation", 1280, "fr-FR")
    await at(colleague, "draft-text").focus()
    await colleague.keyboard.press("Tab")
    await expect(at(colleague, "approve")).to_be_focused()
    await colleague.keyboard.press("Enter")
    await expect(at(colleague, "done")).to_be_visible()


@pytest.mark.parametrize("language", ["fr-FR", "en-GB"])
async def test_the_pages_speak_the_readers_language(visit: Visit, language: str) -> None:
    page = await open_page(visit, "waiting", 1280, language)
    titles = {"fr-FR": "traiter", "en-GB": "inbox"}
    assert titles[language] in (await page.title()).lower()
    other = "en" if language == "fr-FR" else "fr"
    await page.locator(f'a[hreflang="{other}"]').click()
    await expect(page.locator("html")).to_have_attribute("lang", other)
