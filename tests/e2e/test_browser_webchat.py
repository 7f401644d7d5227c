"""A visitor of the brand's own page writes in the chat that is embedded there, in a real browser."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, FrameLocator, Locator, Page, async_playwright, expect
from pydantic import SecretStr

from bot.app import utc_now
from bot.config import AccountSettings
from bot.model.action import MarkSeen, SendMessage
from bot.model.event import MessageReceived
from bot.model.ids import AccountId, ActionId, ContactId, ConversationId, StreamId
from bot.store.webchat import Mailboxes
from connectors.webchat.connector import WEBCHAT
from tests.e2e.browsing import ARGUMENTS, PATIENCE_MS, chromium
from tests.e2e.door import Door, door, settings_for
from tests.integration.conftest import free_port
from tests.integration.house import until

pytestmark = pytest.mark.browser

SHOP = AccountId.of("webchat", "shop")
BOX = "aplomb:main"


@dataclass
class Shop:
    """The brand's page, on another origin than Aplomb's. `wrong` collects what the browser complains of."""

    at: Door
    url: str
    browser: Browser
    wrong: list[str] = field(default_factory=list)

    async def page(self, lang: str = "fr", width: int = 1280) -> Page:
        context = await self.browser.new_context(viewport={"width": width, "height": 720}, reduced_motion="reduce")
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda told: self.wrong.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))
        await page.goto(f"{self.url}/?lang={lang}")
        return page

    def _asked(self, url: str) -> None:
        if not url.startswith((self.url, self.at.url)):
            self.wrong.append(f"asked elsewhere: {url}")

    async def visitor(self) -> ContactId:
        """Who has written, once their words are kept."""

        async def written() -> bool:
            return bool(await self.at.events())

        await until(written)
        first = (await self.at.events())[0]
        assert isinstance(first, MessageReceived)
        assert first.contact is not None
        return first.contact

    async def deliver(self, what: SendMessage | MarkSeen) -> None:
        request = WEBCHAT.build(what, self.at.settings.connected[SHOP], utc_now())
        url = f"{self.at.url}/webchat/deliver"
        async with self.at.client.post(url, data=request.body, headers=dict(request.headers)) as answer:
            assert answer.status == 200, await answer.text()

    async def answer(self, visitor: ContactId, text: str, number: int, author: str = "bot", *choices: str) -> None:
        await self.deliver(SendMessage(**common(visitor, number), text=text, author=author, choices=choices))


def sent_as(number: int) -> str:
    return f"msg_{sha256(f'act-{number}'.encode()).hexdigest()[:32]}"


def common(visitor: ContactId, number: int) -> dict[str, Any]:
    return {
        "id": ActionId(f"act-{number}"),
        "conversation": ConversationId.private(visitor),
        "decided_upto": StreamId("1-0"),
        "earliest": utc_now(),
    }


@asynccontextmanager
async def brand_page(aplomb: str, port: int) -> AsyncIterator[str]:
    """A page with a strict policy of its own, as a careful shop has."""

    async def show(request: web.Request) -> web.Response:
        lang = request.query.get("lang", "fr")
        script = f'<script src="{aplomb}/webchat/main/widget.js" data-lang="{lang}" async></script>'
        page = f'<!doctype html><html lang="{lang}"><title>La boutique</title><h1>La boutique</h1>{script}</html>'
        policy = f"default-src 'none'; script-src {aplomb}; frame-src {aplomb}"
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def nothing(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/", show)
    app.router.add_get("/favicon.ico", nothing)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def opened(var: Path, redis_url: str, origins: str | None = None) -> AsyncIterator[Shop]:
    executable, port = chromium(), free_port()
    expect.set_options(timeout=PATIENCE_MS)
    account = AccountSettings(
        channel="webchat",
        id="shop",
        name="Maison Aubépine",
        live="on",
        secrets={"session_key": (SecretStr("session"),), "delivery_key": (SecretStr("delivery"),)},
        settings={"origins": origins or f"http://127.0.0.1:{port}"},
    )
    async with AsyncExitStack() as stack:
        built = await stack.enter_async_context(door(settings_for(var, redis_url, accounts=(account,)), utc_now))
        url = await stack.enter_async_context(brand_page(built.url, port))
        player = await stack.enter_async_context(async_playwright())
        browser = await player.chromium.launch(executable_path=executable, args=ARGUMENTS)
        stack.push_async_callback(browser.close)
        yield Shop(built, url, browser)


@pytest.fixture
async def shop(tmp_path: Path, redis_url: str) -> AsyncIterator[Shop]:
    async with opened(tmp_path, redis_url) as built:
        yield built
        assert built.wrong == [], "the browser complained"


async def open_chat(page: Page, name: str = "Écrivez-nous") -> FrameLocator:
    await page.get_by_role("button", name=name).click()
    frame = page.frame_locator("iframe")
    await expect(at_in(frame, "text")).to_be_focused()
    return frame


def at_in(frame: FrameLocator, name: str) -> Locator:
    return frame.locator(f'[data-test="{name}"]')


async def test_a_visitor_writes_and_sees_the_answer(shop: Shop, tmp_path: Path) -> None:
    page = await shop.page()
    frame = await open_chat(page)
    await expect(frame.locator("#disclosure")).to_contain_text("assistant automatique")
    await at_in(frame, "text").fill("Livrez-vous en <b>Belgique</b> ?")
    await page.keyboard.press("Enter")
    await expect(at_in(frame, "said-visitor")).to_contain_text("<b>Belgique</b>")
    visitor = await shop.visitor()
    await shop.deliver(MarkSeen(**common(visitor, 1), external_id="x", typing=True))
    await expect(frame.get_by_role("status")).to_contain_text("Une réponse s’écrit")
    await shop.answer(
        visitor, "Oui, en 3 à 5 jours.\n<img src=x onerror=alert(1)>", 2, "bot", "Merci", "Et en Suisse ?"
    )
    await expect(at_in(frame, "said-bot")).to_contain_text("Oui, en 3 à 5 jours.")
    await expect(frame.locator("img")).to_have_count(0)
    await expect(frame.get_by_role("status")).to_be_empty()
    await frame.get_by_role("button", name="Et en Suisse ?").click()
    await expect(at_in(frame, "said-visitor").last).to_contain_text("Et en Suisse ?")
    await expect(frame.locator("#choices button")).to_have_count(0)
    await shop.answer(visitor, "Aussi ! Léa", 3, "lea")
    await expect(at_in(frame, "said-person")).to_contain_text("Une personne de l’équipe")
    await page.screenshot(path=tmp_path / "chat.png")

    async def read() -> bool:
        receipts = [event for event in await shop.at.events() if event.kind == "delivery.updated"]
        return [each.external_ids for each in receipts] == [(sent_as(2),), (sent_as(3),)]

    await until(read)
    assert len({event.contact for event in await shop.at.events()}) == 1


async def test_what_was_said_is_there_after_a_reload(shop: Shop) -> None:
    page = await shop.page("en")
    frame = await open_chat(page, "Write to us")
    await at_in(frame, "text").fill("Hello")
    await at_in(frame, "send").click()
    visitor = await shop.visitor()
    await shop.answer(visitor, "Welcome!", 1)
    await expect(at_in(frame, "said-bot")).to_be_visible()
    await page.reload()
    frame = await open_chat(page, "Write to us")
    await expect(frame.locator("#log li")).to_have_text(["YouHello", "AssistantWelcome!"])
    await shop.answer(visitor, "Anything else?", 2)
    await expect(at_in(frame, "said-bot").last).to_contain_text("Anything else?")


async def test_it_is_closed_and_reopened_by_keys_and_counts_what_came_meanwhile(shop: Shop) -> None:
    page = await shop.page(width=360)
    frame = await open_chat(page)
    await at_in(frame, "text").fill("Bonjour")
    await page.keyboard.press("Enter")
    visitor = await shop.visitor()
    await expect(at_in(frame, "said-visitor")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("iframe")).to_be_hidden()
    await expect(page.get_by_role("button", name="Écrivez-nous")).to_be_focused()
    await shop.answer(visitor, "Bienvenue", 1)
    await expect(page.get_by_role("button", name="Écrivez-nous, 1 nouveau message")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(at_in(frame, "said-bot")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_a_visitor_is_forgotten_when_they_ask_for_it(shop: Shop) -> None:
    page = await shop.page()
    frame = await open_chat(page)
    await expect(at_in(frame, "erase")).to_be_hidden()
    await at_in(frame, "text").fill("Bonjour")
    await page.keyboard.press("Enter")
    visitor = await shop.visitor()
    await at_in(frame, "erase").click()
    await at_in(frame, "erase-yes").click()
    await expect(frame.locator("#log li")).to_have_count(0)
    await expect(frame.get_by_role("status")).to_contain_text("effacés")
    assert [event.kind for event in await shop.at.events()] == ["message.received", "erasure.requested"]
    assert await Mailboxes(shop.at.store.connection).letters(visitor) == []
    kept = await page.frames[1].evaluate("JSON.stringify([localStorage.length, document.cookie])")
    assert json.loads(kept) == [0, ""]


async def test_a_page_of_somebody_else_can_not_embed_it(tmp_path: Path, redis_url: str) -> None:
    async with opened(tmp_path, redis_url, "https://maison-aubepine.example") as shop:
        page = await shop.page()
        await page.get_by_role("button", name="Écrivez-nous").click()

        async def refused() -> bool:
            return any("frame-ancestors" in told for told in shop.wrong)

        await until(refused)
