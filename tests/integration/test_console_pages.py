"""The console through real HTTP, before a desk that lives in memory."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.console import auth
from bot.console.routes import add_console
from bot.model.action import ActionRecord, SendMessage
from bot.model.conversation import Conversation, Draft, Said
from bot.model.desk import ActResult
from bot.model.ids import ActionId, DraftId, StreamId
from tests.unit.test_console_desk import (
    ANN,
    EVIL,
    IDRIS,
    NOW,
    PASSWORD,
    PASSWORD_HASH,
    Browser,
    MemoryDesk,
    MemorySessions,
    complaint,
    fields_of,
    path_of,
    settings,
    turn_of,
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    desk, sessions = MemoryDesk(), MemorySessions(PASSWORD_HASH)
    app = web.Application()
    add_console(app, desk, sessions, settings(), lambda: NOW)
    async with TestClient(TestServer(app)) as client:
        yield Browser(client, desk, sessions)


async def test_a_stranger_is_sent_to_the_login_page_and_back(browser: Browser) -> None:
    async with browser.client.get(path_of(ANN), allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/console/login?back=" + quote(path_of(ANN), safe="/")
    answer = await browser.post(
        "/console/login", {"name": "Léa", "password": PASSWORD, "back": "//evil.example/console"}
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/console")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


async def test_only_the_digest_of_the_token_is_kept(browser: Browser) -> None:
    answer = await browser.log_in()
    token = answer.cookies["aplomb"].value
    assert list(browser.sessions.agents) == [auth.digest(token)]
    assert token not in str(browser.sessions)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 303, id="same origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="cross site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="a sibling domain"),
        pytest.param({"Sec-Fetch-Site": "none"}, 403, id="typed, not sent by a page"),
        pytest.param({}, 403, id="no word about where from"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="another origin, old browser"),
        pytest.param({"Origin": "OURS"}, 303, id="our origin, old browser"),
        pytest.param({"Origin": "null"}, 403, id="hidden origin"),
    ],
)
async def test_acts_from_elsewhere_are_refused(browser: Browser, headers: dict[str, str], status: int) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    form = await browser.form(ANN) | {"do": "take_over"}
    ours = str(browser.client.make_url("/")).rstrip("/")
    headers = {name: value.replace("OURS", ours) for name, value in headers.items()}
    assert (await browser.post(path_of(ANN), form, headers)).status == status
    assert bool(browser.desk.acts) == (status == 303)


@pytest.mark.parametrize("token", ["", "0" * 64], ids=["missing", "another session's"])
async def test_a_form_without_the_sessions_token_is_refused(browser: Browser, token: str) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    form = await browser.form(ANN) | {"do": "take_over", "form_token": token}
    assert (await browser.post(path_of(ANN), form)).status == 403
    assert not browser.desk.acts


async def test_nothing_a_customer_wrote_becomes_markup(browser: Browser) -> None:
    browser.desk.put(complaint(EVIL, name=EVIL, draft=EVIL), turn_of(complaint(EVIL), EVIL))
    await browser.log_in()
    for path in ("/console", path_of(ANN)):
        _, page = await browser.get(path)
        assert "&lt;script&gt;alert" in page
        assert "<script>alert" not in page
        assert '<hx-partial hx-target="#work">' not in page


async def test_every_page_forbids_what_it_does_not_need(browser: Browser) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    for path in ("/console", path_of(ANN), "/console/login", "/console/nowhere", "/console/static/aplomb.css"):
        async with browser.client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            page = await answer.text()
            assert " style=" not in page
            assert not re.search(r"<script(?![^>]* src=)|\son\w+=", page)


async def test_the_list_says_why_until_when_and_what(browser: Browser) -> None:
    browser.desk.put(complaint("La coque est cassée."))
    await browser.log_in()
    _, page = await browser.get("/console")
    for words in ("Ann Vasseur", "A public complaint", "11 min left", "La coque est cassée.", "Nous sommes désolés"):
        assert words in page
    _, page = await browser.get("/console", **{"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"})
    assert "encore 11 min" in page
    assert "Une réclamation publique" in page


async def test_a_conversation_shows_its_history_and_why(browser: Browser) -> None:
    conversation = complaint("La coque est cassée.")
    browser.desk.put(conversation, turn_of(conversation, "La coque est cassée."))
    await browser.log_in()
    _, page = await browser.get(path_of(ANN))
    for words in (
        "La coque est cassée.",
        "complaint about quality",
        "91 %",
        "our own words came back",
        "Déjà vue en boutique",
    ):
        assert words in page
    status, page = await browser.get(path_of(IDRIS))
    assert status == 404
    assert "There is nothing at this address." in page


@pytest.mark.parametrize(
    ("do", "typed", "expected"),
    [
        ("approve", {}, {"kind": "draft.approved", "draft_id": "d1", "text": None}),
        ("approve", {"draft_text": "Pardon,\r\nAnn."}, {"kind": "draft.approved", "text": "Pardon,\nAnn."}),
        ("reject", {}, {"kind": "draft.rejected", "draft_id": "d1"}),
        ("reply", {"reply_text": " Bonjour "}, {"kind": "agent.replied", "text": "Bonjour", "private": False}),
        ("reply", {"reply_text": "Bonjour", "private": "yes"}, {"kind": "agent.replied", "private": True}),
        ("note", {"note_text": "À rappeler"}, {"kind": "agent.noted", "text": "À rappeler"}),
        ("take_over", {}, {"kind": "agent.took_over"}),
        ("release", {}, {"kind": "agent.released"}),
        ("resolve", {}, {"kind": "conversation.resolved"}),
        ("confirm_yes:x1/1", {}, {"kind": "action.confirmed", "action_id": "x1/1", "sent": True}),
        ("confirm_no:x1/1", {}, {"kind": "action.confirmed", "action_id": "x1/1", "sent": False}),
    ],
)
async def test_buttons_become_acts(
    browser: Browser, do: str, typed: dict[str, str], expected: dict[str, object]
) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    answer = await browser.post(path_of(ANN), await browser.form(ANN) | typed | {"do": do})
    assert answer.status == 303
    (act,) = browser.desk.acts.values()
    values = act.model_dump()
    assert {key: values[key] for key in expected} == expected
    assert (act.agent, act.seen_version, act.conversation, act.contact) == ("Léa", 7, ANN, ANN.contact)
    assert re.fullmatch(r"a:[0-9a-f]{32}", act.id)
    assert (await browser.get(answer.headers["Location"]))[0] == 200


async def test_a_double_click_is_one_act_and_other_words_are_another(browser: Browser) -> None:
    browser.desk.put(complaint("Cassé.", draft=None))
    await browser.log_in()
    form = await browser.form(ANN) | {"do": "reply", "reply_text": "Bonjour"}
    await asyncio.gather(browser.post(path_of(ANN), form), browser.post(path_of(ANN), form))
    assert len(browser.desk.acts) == 1
    await browser.post(path_of(ANN), form | {"reply_text": "Bonsoir"})
    assert len(browser.desk.acts) == 2
    again = await browser.form(ANN) | {"do": "reply", "reply_text": "Bonjour"}
    await browser.post(path_of(ANN), again)
    assert len(browser.desk.acts) == 3


@pytest.mark.parametrize(("lang", "says"), [("fr", "Le client a écrit entre-temps."), ("en", "The customer wrote")])
async def test_a_refusal_says_what_happened_and_keeps_the_text(browser: Browser, lang: str, says: str) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    form = await browser.form(ANN) | {"do": "approve", "draft_text": "Toutes nos excuses."}
    later = complaint("Cassé.")
    came = Said(by="customer", text="Finalement c’est réglé", at=NOW + timedelta(seconds=5), author="Ann")
    browser.desk.put(later.model_copy(update={"version": 9, "recent": (*later.recent, came)}))
    browser.desk.answer = ActResult(outcome="refused", code="customer_wrote")
    answer = await browser.post(path_of(ANN), form, lang=lang)
    page = await answer.text()
    assert answer.status == 409
    assert says in page
    assert "Finalement c’est réglé" in page
    fields = fields_of(page)
    assert fields["draft_text"] == "Toutes nos excuses."
    assert fields["seen_version"] == "9"
    assert fields["form_id"] != form["form_id"]


async def test_an_edited_draft_that_is_gone_becomes_own_words(browser: Browser) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    form = await browser.form(ANN) | {"do": "approve", "draft_text": "Toutes nos excuses."}
    browser.desk.put(complaint("Cassé.", draft=None))
    browser.desk.answer = ActResult(outcome="refused", code="draft_changed")
    fields = fields_of(await (await browser.post(path_of(ANN), form)).text())
    assert fields["reply_text"] == "Toutes nos excuses."
    assert "draft_text" not in fields


@pytest.mark.parametrize("do", ["reply", "note"])
async def test_no_words_is_refused_on_the_spot(browser: Browser, do: str) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    answer = await browser.post(path_of(ANN), await browser.form(ANN) | {"do": do})
    assert answer.status == 409
    assert "There is no text to send." in await answer.text()
    assert not browser.desk.acts


@pytest.mark.parametrize(
    "fields",
    [{"do": "explode"}, {"do": ""}, {"seen_version": "x"}, {"form_id": "x"}, {"seen_last": "x" * 20_001}],
)
async def test_forms_that_no_page_sends_are_refused(browser: Browser, fields: dict[str, str]) -> None:
    browser.desk.put(complaint("Cassé."))
    await browser.log_in()
    form = await browser.form(ANN) | {"do": "take_over"} | fields
    assert (await browser.post(path_of(ANN), form)).status == 400
    assert not browser.desk.acts


async def test_a_stale_draft_says_why_it_came_back(browser: Browser) -> None:
    mine = Draft(
        id=DraftId("d2"), text="Bonjour", reason="x", language="fr", author="Léa", at=NOW, stale="customer_wrote"
    )
    browser.desk.put(complaint("Cassé.").model_copy(update={"draft": mine}))
    await browser.log_in()
    _, page = await browser.get(path_of(ANN))
    assert "This text did not go: the customer wrote meanwhile" in page


async def test_an_unknown_outcome_is_asked_about(browser: Browser) -> None:
    action = SendMessage(
        id=ActionId("x1/1"), conversation=IDRIS, decided_upto=StreamId("1-1"), earliest=NOW, text="Bonjour Idris"
    )
    record = ActionRecord(action=action, state="unknown", attempted_at=NOW)
    browser.desk.put(Conversation(id=IDRIS, version=3, customer_name="Idris"), actions=(record,))
    await browser.log_in()
    _, page = await browser.get(path_of(IDRIS))
    assert "Is it there?" in page
    assert 'value="confirm_yes:x1/1"' in page


async def test_everything_can_be_stopped_and_resumed(browser: Browser) -> None:
    await browser.log_in()
    _, page = await browser.get("/console")
    token = re.findall(r'name="form_token" value="(\w+)"', page)[0]
    assert (await browser.post("/console/stop", {"form_token": token})).status == 303
    assert browser.desk.stop_all
    _, page = await browser.get("/console")
    assert "Everything is stopped" in page
    assert (await browser.post("/console/resume", {"form_token": token})).status == 303
    assert not browser.desk.stop_all


async def test_when_the_store_is_away_the_page_says_so(browser: Browser) -> None:
    await browser.log_in()
    browser.desk.down = True
    status, page = await browser.get("/console")
    assert status == 503
    assert "Nothing is lost" in page


async def test_a_session_ends_with_log_out(browser: Browser) -> None:
    await browser.log_in()
    _, page = await browser.get("/console")
    token = re.findall(r'name="form_token" value="(\w+)"', page)[0]
    assert (await browser.post("/console/logout", {"form_token": token})).status == 303
    assert not browser.sessions.agents


async def test_the_language_can_be_chosen(browser: Browser) -> None:
    async with browser.client.get("/console/language?to=fr&back=/console/login", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/console/login"
    _, page = await browser.get("/console/login")
    assert "Mot de passe" in page
