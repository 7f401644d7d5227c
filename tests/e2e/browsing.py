"""Chromium before the whole web application, with the house behind it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page, async_playwright, expect

from bot.app import utc_now
from bot.console.auth import first_password
from bot.web.server import create_app, listening
from tests.e2e.talk import whole_house
from tests.integration.house import House

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
PATIENCE_MS = 20_000


def chromium() -> str:
    """Where it is. Without one the test is skipped; where CI=true that is a failure."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is not None:
        return found
    reason = f"no Chromium on this machine (looked for {', '.join(NAMES)})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Visit:
    """Somebody's browser. `wrong` collects what its pages complain of."""

    house: House
    browser: Browser
    url: str
    password: str
    wrong: list[str] = field(default_factory=list)

    async def page(self, path: str = "", width: int = 1280, language: str = "fr-FR") -> Page:
        """A new window with cookies of its own."""
        context = await self.browser.new_context(viewport={"width": width, "height": 900}, locale=language)
        return await self.page_beside(await context.new_page(), path, new=False)

    async def page_beside(self, page: Page, path: str = "", new: bool = True) -> Page:
        """Another tab of the same person, or the given one."""
        tab = await page.context.new_page() if new else page
        tab.set_default_timeout(PATIENCE_MS)
        tab.on("console", self._console)
        tab.on("pageerror", self._page_error)
        if path:
            await tab.goto(f"{self.url}{path}")
        return tab

    async def log_in(self, page: Page, name: str = "Camille") -> None:
        """From the login page to where the person was going."""
        await at(page, "login-name").fill(name)
        await at(page, "login-password").fill(self.password)
        await at(page, "login-submit").click()
        await expect(at(page, "logout")).to_be_visible()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"{message.type}: {message.text}")

    def _page_error(self, error: Error) -> None:
        self.wrong.append(str(error))


def at(place: Page | Locator, name: str) -> Locator:
    """By the name that the templates give to tests."""
    return place.locator(f'[data-test="{name}"]')


@asynccontextmanager
async def visiting(redis_url: str, nlu_url: str, var: Path) -> AsyncIterator[Visit]:
    """The house with a worker and its scheduler, the web application before it, and a browser. Fails at the end when a
    page complained of anything."""
    executable = chromium()
    expect.set_options(timeout=PATIENCE_MS)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(whole_house(redis_url, nlu_url, var))
        await house.start_worker()
        await house.start_scheduler()
        settings = house.settings.model_copy(update={"web": house.settings.web.model_copy(update={"port": 0})})
        app = create_app(house.store, house.ingest, settings, utc_now)
        port = await stack.enter_async_context(listening(app, settings))
        password = await first_password(house.store.sessions)
        assert password is not None
        player = await stack.enter_async_context(async_playwright())
        browser = await player.chromium.launch(executable_path=executable, args=ARGUMENTS)
        stack.push_async_callback(browser.close)
        visit = Visit(house, browser, f"http://127.0.0.1:{port}", password)
        yield visit
        assert visit.wrong == [], "a page complained"
