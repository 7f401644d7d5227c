"""The simulated LinkedIn: what it delivers, what its API takes and refuses, and what the connector makes of both."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from pydantic import SecretStr
from yarl import URL

from bot.config import AccountSettings, Settings
from bot.model.action import (
    Action,
    DeleteComment,
    EditOwn,
    FindOwn,
    Like,
    ListSince,
    ProbeToken,
    Query,
    RefreshToken,
    ReplyToComment,
    Subscribe,
    Subscriptions,
)
from bot.model.brand import Brand
from bot.model.event import CommentReceived, ContentUnavailable, Echoed, MessageDeleted, MessageEdited, Unhandled
from bot.model.ids import ActionId, ContactId, ConversationId, StreamId
from connectors.base import (
    Account,
    Endpoint,
    Found,
    Listed,
    Probed,
    Reading,
    Refreshed,
    Request,
    Response,
    SendError,
    Sent,
    Subscribed,
)
from connectors.linkedin.connector import LINKEDIN
from sandbox.exchange import Rules
from sandbox.receiver import Arrival
from sandbox.rehearsal import Denied, Rehearsal, rehearsing

ORGANIZATION = "96072001"
ANN = {"id": "annLemoine01", "name": "Ann Lemoine"}
BOB = {"id": "bobMarchal01", "name": "Bob Marchal"}
CALLBACK = "https://aplomb.example/webhooks/linkedin/main"
SETUP = {"app_id": "21800001", "person_id": "admin01", "client_id": "78abc"}
ACCOUNT = AccountSettings(channel="linkedin", id=ORGANIZATION, name="Maison Aube", simulated=True, settings=SETUP)
SETTINGS = Settings(
    recipe="default.v1", language="fr", pipeline=(), brand=Brand(name="Maison Aube"), accounts=(ACCOUNT,), policies=()
)


@dataclass
class Stage:
    """The simulator as the connector meets it."""

    platform: Rehearsal
    account: Account

    async def ask(self, what: Action | Query) -> Reading:
        now = datetime.now(UTC)
        return LINKEDIN.interpret(what, await self.send(LINKEDIN.build(what, self.account, now)), self.account, now)

    async def send(self, request: Request) -> Response:
        headers = {**request.headers, "authorization": f"Bearer {self.platform.token}"}
        url = URL(request.url, encoded=True)
        async with self.platform.client.request(request.method, url, data=request.body, headers=headers) as answer:
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, await answer.read(), found)

    async def call(self, method: str, path: str, body: Any = None, version: str = "202611") -> tuple[int, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"} | ({"linkedin-version": version} if version else {})
        answer = await self.send(Request(method, f"{self.account.api_url}/rest/{path}", headers, content))
        return answer.status, json.loads(answer.body or b"null")

    async def comment(self, text: str = "Bonjour", who: dict[str, str] = ANN, **more: Any) -> str:
        return await self.platform.say(text, who, await self.platform.post(), **more)

    async def delivered(self, count: int) -> list[dict[str, Any]]:
        """So many notifications, in the order of their arrival."""

        def found(arrived: list[Arrival]) -> list[dict[str, Any]]:
            return [each for arrival in arrived for each in arrival.json["notifications"]]

        return found(await self.platform.receiver.until(lambda arrived: len(found(arrived)) >= count))

    def read(self, *, parents: str = "") -> list[Any]:
        """What the connector makes of all that arrived, verified first."""
        settings = {**SETUP, "parents": parents}
        account = Account(self.account.id, "x", self.account.secrets, self.account.api_url, settings)
        endpoint, now = Endpoint("linkedin", "main", (account,)), datetime.now(UTC)
        events: list[Any] = []
        for arrival in self.platform.receiver.arrived:
            request = Request("POST", arrival.path, arrival.headers, arrival.body)
            LINKEDIN.verify(request, endpoint, now)
            events += LINKEDIN.parse(request, endpoint, now)
        return events


@pytest.fixture
def rules() -> Rules:
    return Rules(speed=1000)


@pytest.fixture
async def stage(rules: Rules) -> AsyncIterator[Stage]:
    async with rehearsing(Rehearsal, SETTINGS, rules) as platform:
        names = [spec.name for spec in LINKEDIN.secrets]
        secrets = {name: (SecretStr(ACCOUNT.simulated_secret(name).get_secret_value()),) for name in names}
        yield Stage(platform, Account(ACCOUNT.account_id, ACCOUNT.name, secrets, f"{platform.url}/linkedin", SETUP))


def thread(root: str, who: dict[str, str] = ANN) -> dict[str, Any]:
    conversation = ConversationId.public(ContactId.of(ACCOUNT.account_id, who["id"]), root)
    earliest = datetime.now(UTC)
    return {
        "id": ActionId("act-1"),
        "conversation": conversation,
        "decided_upto": StreamId("1-0"),
        "earliest": earliest,
    }


def reply(root: str, text: str = "Merci !") -> ReplyToComment:
    return ReplyToComment(**thread(root), comment_id=root, text=text)


def refused(reading: Reading) -> tuple[str, str]:
    assert isinstance(reading, SendError), reading
    return reading.fault, reading.code


# deliveries


async def test_a_comment_is_delivered_and_signed(stage: Stage) -> None:
    comment = await stage.comment("Prix ?")
    await stage.delivered(1)
    (event,) = stage.read()
    assert isinstance(event, CommentReceived)
    assert (event.external_id, event.text) == (comment, "Prix ?")
    assert event.conversation == ConversationId.public(ContactId.of(ACCOUNT.account_id, ANN["id"]), comment)


async def test_what_people_do(stage: Stage) -> None:
    comment = await stage.comment("Prx ?")
    await stage.platform.act("edit", external_id=comment, text="Prix ?")
    await stage.platform.act("react", external_id=comment, customer=BOB["id"])
    await stage.platform.act("native_reply", external_id=comment, text="49 euros")
    await stage.platform.act("delete", external_id=comment)
    told = await stage.delivered(5)
    assert {each["action"] for each in told} == {"COMMENT", "COMMENT_EDIT", "LIKE", "ADMIN_COMMENT", "COMMENT_DELETE"}
    events = {type(event): event for event in stage.read()}
    assert events[MessageEdited].text == "Prix ?"
    assert events[MessageDeleted].external_id == comment
    assert (events[Echoed].text, events[Echoed].elsewhere) == ("49 euros", None)


async def test_what_there_is_not(stage: Stage) -> None:
    comment = await stage.comment()
    for deed in ("hide", "block", "read"):
        with pytest.raises(Denied, match=f"no {deed}"):
            await stage.platform.act(deed, external_id=comment, customer=ANN["id"])
    with pytest.raises(Denied, match="no private messages"):
        await stage.platform.say("Bonjour", ANN)


async def test_a_failed_delivery_comes_again(stage: Stage) -> None:
    statuses = iter([500, 500])
    stage.platform.receiver.answer = lambda arrival: web.Response(status=next(statuses, 200))
    await stage.comment()
    arrived = await stage.platform.receiver.until(lambda arrived: len(arrived) == 3)
    assert len({arrival.body for arrival in arrived}) == 1


async def test_an_operator_can_try_the_challenge(stage: Stage) -> None:
    endpoint = Endpoint("linkedin", "main", (stage.account,))

    def answer(arrival: Arrival) -> web.Response:
        asked = Request("GET", f"{arrival.path}?challengeCode={quote(arrival.query['challengeCode'])}")
        made = LINKEDIN.challenge(asked, endpoint, datetime.now(UTC))
        assert made is not None
        return web.Response(body=made.body, content_type="application/json")

    stage.platform.receiver.answer = answer
    assert (await stage.platform.control("handshake"))["ok"]
    stage.platform.receiver.answer = lambda arrival: web.json_response({"challengeCode": "x"})
    assert not (await stage.platform.control("handshake"))["ok"]


# what the connector asks


async def test_an_answer_is_taken_and_echoed_under_the_same_id(stage: Stage) -> None:
    comment = await stage.comment()
    sent = await stage.ask(reply(comment))
    assert isinstance(sent, Sent)
    await stage.delivered(2)
    (echo,) = [event for event in stage.read() if isinstance(event, Echoed)]
    assert (echo.external_id, echo.text) == (sent.external_id, "Merci !")
    shown = await stage.platform.thread(where=await stage.platform.post())
    assert [(entry["by"], entry["parent"]) for entry in shown] == [("customer", None), ("brand", comment)]


async def test_the_same_words_again_are_refused_and_found(stage: Stage) -> None:
    comment = await stage.comment()
    sent = await stage.ask(reply(comment))
    assert isinstance(sent, Sent)
    assert refused(await stage.ask(reply(comment))) == ("refused", "422/0")
    assert await stage.ask(FindOwn(action=reply(comment))) == Found(external_id=sent.external_id)
    assert await stage.ask(FindOwn(action=reply(comment, "Autre"))) == Found(external_id=None)


async def test_own_words_can_be_changed_liked_and_taken_back_and_no_others(stage: Stage) -> None:
    comment = await stage.comment()
    sent = await stage.ask(reply(comment))
    assert isinstance(sent, Sent)
    own = str(sent.external_id)
    assert await stage.ask(EditOwn(**thread(comment), external_id=own, text="Merci beaucoup")) == Sent()
    assert await stage.ask(Like(**thread(comment), external_id=comment)) == Sent()
    assert await stage.ask(DeleteComment(**thread(comment), comment_id=own)) == Sent()
    assert refused(await stage.ask(DeleteComment(**thread(comment), comment_id=own)))[0] == "refused"
    assert refused(await stage.ask(DeleteComment(**thread(comment), comment_id=comment))) == ("refused", "403/100")
    shown = await stage.platform.thread(where=await stage.platform.post())
    assert [(entry["text"], entry["likes"]) for entry in shown] == [("Bonjour", 1), ("", 0)], "one liked, one gone"


async def test_an_answer_to_an_answer_hangs_from_the_first_comment_once_that_is_known(stage: Stage) -> None:
    root = await stage.comment("Prix ?")
    assert isinstance(await stage.ask(reply(root)), Sent)
    nested = await stage.comment("Et la livraison ?", parent=root)
    assert refused(await stage.ask(reply(nested, "Trois jours"))) == ("refused", "400/0")
    await stage.delivered(3)
    unseen = [event for event in stage.read(parents="fetch") if isinstance(event, ContentUnavailable)]
    (wanted,) = [event for event in unseen if event.external_id == nested]
    fetched = await stage.ask(ListSince(since=datetime.now(UTC), what=str(wanted.fetch)))
    assert isinstance(fetched, Listed)
    event, ended = fetched.found
    assert isinstance(event, CommentReceived)
    assert (event.parent_id, event.text) == (root, "Et la livraison ?")
    assert event.conversation == ConversationId.public(ContactId.of(ACCOUNT.account_id, ANN["id"]), root)
    assert isinstance(ended, MessageDeleted)
    assert ended.conversation == wanted.conversation
    assert event.conversation is not None
    answer = ReplyToComment(**thread(str(event.conversation.root)), comment_id=nested, text="Trois jours")
    assert isinstance(await stage.ask(answer), Sent)


async def test_what_was_missed_is_listed_with_the_same_ids(stage: Stage) -> None:
    await stage.comment("Avant", ago_s=7200)
    comments = [await stage.comment(f"Question {number}", BOB) for number in range(3)]
    await stage.delivered(4)
    listed = await stage.ask(ListSince(since=datetime.now(UTC) - timedelta(hours=1)))
    assert isinstance(listed, Listed)
    brought = {event.external_id: event.id for event in stage.read()}
    assert [(event.external_id, event.id) for event in listed.found if isinstance(event, CommentReceived)] == [
        (comment, brought[comment]) for comment in comments
    ]
    assert listed.more == ()


async def test_more_than_a_page_was_missed(stage: Stage) -> None:
    for number in range(101):
        await stage.comment(f"Question {number}")
    first = await stage.ask(ListSince(since=datetime.now(UTC) - timedelta(hours=1)))
    assert isinstance(first, Listed)
    (more,) = first.more
    second = await stage.ask(more)
    assert isinstance(second, Listed)
    assert (len(first.found), len(second.found), second.more) == (100, 1, ())


async def test_what_is_kept_is_asked_for_again(stage: Stage) -> None:
    same, changed, gone = [await stage.comment(f"Question {number}") for number in range(3)]
    await stage.platform.act("edit", external_id=changed, text="Autre question")
    await stage.platform.act("delete", external_id=gone)
    questions = [ListSince(since=datetime.now(UTC), what=f"verify:{same},{changed},{gone}")]
    found: list[Any] = []
    while questions:
        listed = await stage.ask(questions.pop())
        assert isinstance(listed, Listed)
        questions += listed.more
        found += listed.found
    assert [(type(event), event.external_id) for event in found] == [(MessageEdited, changed), (MessageDeleted, gone)]


async def test_an_author_may_be_missing(stage: Stage) -> None:
    comment = await stage.comment(anonymous=True)
    await stage.delivered(1)
    (event,) = stage.read()
    assert event.contact == ContactId.nobody(ACCOUNT.account_id, comment)
    listed = await stage.ask(ListSince(since=datetime.now(UTC), what=f"comment:{comment}"))
    assert isinstance(listed, Listed)
    assert [each.contact for each in listed.found if not isinstance(each, Unhandled)] == [event.contact]


# refusals


async def test_answers_that_are_refused(stage: Stage) -> None:
    comment = await stage.comment()
    post = f"urn:li:activity:{await stage.platform.post()}"
    assert refused(await stage.ask(reply(comment, "a" * 1251))) == ("refused", "400/0")
    assert refused(await stage.ask(reply(comment, " "))) == ("refused", "400/0")
    assert refused(await stage.ask(reply("1_2"))) == ("refused", "404/0")
    gone = comment.replace(comment.rpartition("_")[2], "1")
    assert refused(await stage.ask(reply(gone))) == ("refused", "404/0")
    assert (await stage.call("GET", f"socialActions/{quote(post, safe='')}/likes"))[0] == 404
    assert (await stage.call("GET", f"organizations/{ORGANIZATION}", version=""))[0] == 426
    assert (await stage.call("GET", "organizations/1"))[0] == 404


@pytest.mark.parametrize("rules", [Rules(rates={"linkedin.calls": (2, 86_400)})])
async def test_calls_are_counted_by_the_day(stage: Stage) -> None:
    assert isinstance(await stage.ask(ProbeToken()), Probed)
    assert isinstance(await stage.ask(ProbeToken()), Probed)
    assert refused(await stage.ask(ProbeToken())) == ("pause_account", "429/101")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("429", ("pause_account", "429/101")),
        ("500", ("unknown", "500/0")),
        ("token_expired", ("reconnect", "401/65601")),
    ],
)
async def test_it_breaks_on_demand(stage: Stage, mode: str, expected: tuple[str, str]) -> None:
    comment = await stage.comment()
    await stage.platform.fail(mode)
    assert refused(await stage.ask(reply(comment))) == expected
    assert isinstance(await stage.ask(reply(comment)), Sent)


# the account


async def test_tokens(stage: Stage) -> None:
    assert await stage.ask(ProbeToken()) == Probed(name="Maison Aube")
    renewed = await stage.ask(RefreshToken())
    assert isinstance(renewed, Refreshed)
    assert renewed.expires_at is not None
    assert timedelta(days=59) < renewed.expires_at - datetime.now(UTC) <= timedelta(days=60)
    stage.platform.token = renewed.secrets["token"].get_secret_value()
    assert isinstance(await stage.ask(ProbeToken()), Probed)
    stage.platform.token = "another"
    assert refused(await stage.ask(ProbeToken())) == ("reconnect", "401/65600")
    form = b"grant_type=refresh_token&refresh_token=x"
    asked = Request("POST", f"{stage.account.api_url}/oauth/v2/accessToken", {"content-type": FORM}, form)
    answer = await stage.send(asked)
    assert refused(LINKEDIN.interpret(RefreshToken(), answer, stage.account, datetime.now(UTC))) == (
        "reconnect",
        "invalid_grant",
    )


FORM = "application/x-www-form-urlencoded"


async def test_the_subscription(stage: Stage) -> None:
    asked = Subscriptions(callback_url=CALLBACK)
    other = "https://other.example"
    assert await stage.ask(Subscribe(callback_url=other)) == Subscribed()
    elsewhere = await stage.ask(asked)
    assert isinstance(elsewhere, Subscribed)
    assert len(elsewhere.missing) == 1
    assert await stage.ask(Subscribe(callback_url=CALLBACK)) == Subscribed()
    assert await stage.ask(asked) == Subscribed()
