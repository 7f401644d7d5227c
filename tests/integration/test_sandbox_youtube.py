"""The simulated YouTube: what its lists show, what its API takes and refuses, and what polling makes of it."""

import hmac
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.config import AccountSettings, Settings
from bot.model.action import ListSince
from bot.model.brand import Brand
from bot.model.event import Event, PostPublished, Unhandled
from connectors.base import Account, Endpoint, Listed, Request, Response
from connectors.youtube.connector import YOUTUBE
from sandbox.exchange import Rules
from sandbox.rehearsal import Denied, Rehearsal, rehearsing

CHANNEL = "UCmaisonAubepine00000001"
ANN = {"id": "UCannLemoine000000000001", "name": "Ann Lemoine"}
BOB = {"id": "UCbobMarchal000000000001", "name": "Bob Marchal"}
ACCOUNT = AccountSettings(channel="youtube", id=CHANNEL, name="Maison Aube", simulated=True)
SECRET = {
    name: ACCOUNT.simulated_secret(name).get_secret_value() for name in ("client_id", "client_secret", "hub_secret")
}
REFRESH = {"grant_type": "refresh_token", "refresh_token": ACCOUNT.simulated_secret("refresh_token").get_secret_value()}
TOPIC = f"https://www.youtube.com/xml/feeds/videos.xml?channel_id={CHANNEL}"
MINUTE = 60.0


def settings() -> Settings:
    return Settings(
        recipe="default.v1",
        language="fr",
        pipeline=(),
        brand=Brand(name="Maison Aube"),
        accounts=(ACCOUNT,),
        policies=(),
    )


class YouTubeRehearsal(Rehearsal):
    async def request(self, method: str, path: str, **more: Any) -> Response:
        async with self.client.request(method, f"{self.url}/youtube{path}", **more) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, await answer.read(), headers)

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """The Data API's status and answer."""
        url, headers = f"{self.url}/youtube/youtube/v3/{path}", {"Authorization": f"Bearer {self.token}"}
        async with self.client.request(method, url, json=body, params=query, headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_length else None

    async def threads(self, **query: str) -> list[dict[str, Any]]:
        _, found = await self.call("GET", "commentThreads", allThreadsRelatedToChannelId=CHANNEL, **query)
        return list(found["items"])

    async def reply(self, parent: str, text: str = "Merci !") -> tuple[int, Any]:
        return await self.call("POST", "comments", {"snippet": {"parentId": parent, "textOriginal": text}})

    async def comment(self, text: str = "Bonjour", who: Mapping[str, str] = ANN, **more: Any) -> str:
        return await self.say(text, dict(who), await self.post(), **more)


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
async def stage(rules: Rules) -> AsyncIterator[YouTubeRehearsal]:
    async with rehearsing(YouTubeRehearsal, settings(), rules) as it:
        yield it


def reason(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["errors"][0]["reason"]


# lists


async def test_threads_come_newest_first_whatever_was_answered_since(stage: YouTubeRehearsal) -> None:
    older = await stage.comment("Un", ago_s=60 * MINUTE)
    newer = await stage.comment("Deux", BOB, ago_s=30 * MINUTE)
    await stage.comment("Oui", BOB, parent=older)
    first, second = await stage.threads()
    assert [first["id"], second["id"]] == [newer, older]
    assert second["snippet"]["totalReplyCount"] == 1
    (answer,) = second["replies"]["comments"]
    assert answer["id"].startswith(f"{older}.")
    assert answer["snippet"]["parentId"] == older
    assert second["snippet"]["topLevelComment"]["snippet"]["authorChannelId"] == {"value": ANN["id"]}


async def test_five_answers_come_with_their_thread_and_all_when_asked_for(stage: YouTubeRehearsal) -> None:
    root = await stage.comment()
    for number in range(7):
        await stage.comment(f"Réponse {number}", BOB, parent=root)
    (thread,) = await stage.threads()
    assert thread["snippet"]["totalReplyCount"] == 7
    assert len(thread["replies"]["comments"]) == 5
    _, page = await stage.call("GET", "comments", parentId=root, maxResults="4")
    _, rest = await stage.call("GET", "comments", parentId=root, maxResults="4", pageToken=page["nextPageToken"])
    assert len(page["items"]) + len(rest["items"]) == 7
    assert "nextPageToken" not in rest


async def test_a_page_that_is_known_is_not_sent_again(stage: YouTubeRehearsal) -> None:
    root = await stage.comment()
    _, page = await stage.call("GET", "commentThreads", allThreadsRelatedToChannelId=CHANNEL)
    headers = {"Authorization": f"Bearer {stage.token}", "If-None-Match": page["etag"]}
    path = f"/youtube/v3/commentThreads?allThreadsRelatedToChannelId={CHANNEL}"
    same = await stage.request("GET", path, headers=headers)
    assert (same.status, same.body) == (304, b"")
    await stage.act("react", external_id=root, customer=BOB["id"])
    assert (await stage.request("GET", path, headers=headers)).status == 200


async def test_comments_with_links_wait_for_a_moderator(stage: YouTubeRehearsal) -> None:
    root = await stage.comment("Ma lampe : http://photos.example/1")
    assert await stage.threads() == []
    (held,) = await stage.threads(moderationStatus="heldForReview")
    assert held["snippet"]["topLevelComment"]["snippet"]["moderationStatus"] == "heldForReview"
    await stage.act("unhide", external_id=root)
    assert [thread["id"] for thread in await stage.threads()] == [root]
    await stage.comment("Moi aussi http://photos.example/2", BOB, parent=root)
    (thread,) = await stage.threads(moderationStatus="heldForReview")
    assert [each["snippet"]["moderationStatus"] for each in thread["replies"]["comments"]] == ["heldForReview"]


async def test_an_author_may_be_missing(stage: YouTubeRehearsal) -> None:
    await stage.comment(anonymous=True)
    (thread,) = await stage.threads()
    assert "authorChannelId" not in thread["snippet"]["topLevelComment"]["snippet"]


async def test_lists_by_video_and_by_id(stage: YouTubeRehearsal) -> None:
    root, video = await stage.comment(), await stage.post()
    for query in ({"videoId": video}, {"id": root}):
        _, page = await stage.call("GET", "commentThreads", **query)
        assert [each["id"] for each in page["items"]] == [root]
    _, page = await stage.call("GET", "comments", id=f"{root},Ugxgone")
    assert [each["id"] for each in page["items"]] == [root]


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("commentThreads", {}, (400, "missingRequiredParameter")),
        ("commentThreads", {"videoId": "v", "id": "x"}, (400, "missingRequiredParameter")),
        ("commentThreads", {"videoId": "v"}, (404, "videoNotFound")),
        ("commentThreads", {"allThreadsRelatedToChannelId": "UCelse"}, (403, "forbidden")),
        ("commentThreads", {"allThreadsRelatedToChannelId": CHANNEL, "maxResults": "101"}, (400, "invalidParameter")),
        ("commentThreads", {"allThreadsRelatedToChannelId": CHANNEL, "pageToken": "x"}, (400, "invalidParameter")),
        ("comments", {"parentId": "Ugxgone"}, (404, "commentNotFound")),
        ("telepathy", {}, (404, "notFound")),
    ],
)
async def test_questions_that_are_refused(
    stage: YouTubeRehearsal, path: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    assert reason(await stage.call("GET", path, **query)) == expected


# writing


async def test_an_answer_is_there_twice_when_it_is_sent_twice(stage: YouTubeRehearsal) -> None:
    root = await stage.comment()
    first, second = await stage.reply(root), await stage.reply(root)
    assert (first[0], second[0]) == (200, 200)
    assert first[1]["id"] != second[1]["id"]
    assert first[1]["snippet"]["authorChannelId"] == {"value": CHANNEL}
    (thread,) = await stage.threads()
    assert thread["snippet"]["totalReplyCount"] == 2


async def test_the_same_words_again_and_again_vanish_without_a_word(stage: YouTubeRehearsal) -> None:
    roots = [await stage.comment(f"Bonjour {number}") for number in range(6)]
    answers = [await stage.reply(root, "Merci à vous") for root in roots]
    assert {status for status, _ in answers} == {200}
    shown = [await stage.call("GET", "comments", parentId=root) for root in roots]
    assert [len(page["items"]) for _, page in shown] == [1, 1, 1, 1, 1, 0]


async def test_answers_that_are_refused(stage: YouTubeRehearsal) -> None:
    root = await stage.comment()
    _, answer = await stage.reply(root)
    assert reason(await stage.reply(answer["id"])) == (400, "processingFailure")
    assert reason(await stage.reply("Ugxgone")) == (404, "parentCommentNotFound")
    assert reason(await stage.reply("")) == (400, "parentIdMissing")
    assert reason(await stage.reply(root, " ")) == (400, "commentTextRequired")
    assert reason(await stage.reply(root, "a" * 10_001)) == (400, "commentTextTooLong")
    assert reason(await stage.call("POST", "comments", {"snippet": "?"})) == (400, "parentIdMissing")


async def test_own_words_can_be_changed_and_taken_back_and_no_others(stage: YouTubeRehearsal) -> None:
    root = await stage.comment()
    _, answer = await stage.reply(root)
    body = {"id": answer["id"], "snippet": {"textOriginal": "Merci beaucoup"}}
    status, edited = await stage.call("PUT", "comments", body)
    assert (status, edited["snippet"]["textOriginal"]) == (200, "Merci beaucoup")
    assert (await stage.call("DELETE", "comments", id=answer["id"]))[0] == 204
    assert (await stage.threads())[0]["snippet"]["totalReplyCount"] == 0
    assert reason(await stage.call("DELETE", "comments", id=root)) == (403, "forbidden")
    assert reason(await stage.call("DELETE", "comments", id=answer["id"])) == (404, "commentNotFound")


async def test_moderation(stage: YouTubeRehearsal) -> None:
    root = await stage.comment()

    async def moderate(status: str, of: str = root, **more: str) -> tuple[int, Any]:
        return await stage.call("POST", "comments/setModerationStatus", id=of, moderationStatus=status, **more)

    assert (await moderate("heldForReview"))[0] == 204
    assert await stage.threads() == []
    assert (await moderate("published"))[0] == 204
    assert reason(await moderate("published", banAuthor="true")) == (400, "banWithoutReject")
    assert reason(await moderate("lost")) == (400, "invalidParameter")
    assert reason(await moderate("published", of=",".join(["x"] * 51))) == (400, "invalidParameter")
    assert reason(await moderate("published", of="Ugxgone")) == (404, "commentNotFound")
    assert (await moderate("rejected", banAuthor="true"))[0] == 204
    assert reason(await moderate("published")) == (400, "operationNotSupported")
    with pytest.raises(Denied, match="rejected"):
        await stage.act("unhide", external_id=root)


async def test_with_a_thread_go_its_answers(stage: YouTubeRehearsal) -> None:
    root = await stage.comment()
    _, answer = await stage.reply(root)
    await stage.act("delete", external_id=root)
    assert await stage.threads() == []
    _, page = await stage.call("GET", "comments", id=f"{root},{answer['id']}")
    assert page["items"] == []


@pytest.mark.parametrize(
    ("do", "more", "why"),
    [
        ("read", {"customer": ANN["id"]}, "no read"),
        ("block", {"customer": ANN["id"]}, "no block"),
        ("edit", {}, "needed"),
    ],
)
async def test_what_people_can_not_do(stage: YouTubeRehearsal, do: str, more: dict[str, str], why: str) -> None:
    with pytest.raises(Denied, match=why):
        await stage.act(do, **more)
    with pytest.raises(Denied, match="no private messages"):
        await stage.say("Bonjour", ANN)


# units and tokens


@pytest.mark.parametrize("rules", [Rules(rates={"youtube.quota": (101, 86_400)})])
async def test_units_are_counted_and_refused_calls_cost_as_well(stage: YouTubeRehearsal) -> None:
    root = await stage.comment()
    assert (await stage.reply(root))[0] == 200
    assert reason(await stage.reply("Ugxgone")) == (404, "parentCommentNotFound")
    assert reason(await stage.reply(root)) == (403, "quotaExceeded")
    assert len(await stage.threads()) == 1
    assert reason(await stage.call("GET", "channels", mine="true")) == (403, "quotaExceeded")
    await stage.control("reset")
    assert (await stage.call("GET", "channels", mine="true"))[0] == 200


@pytest.mark.parametrize("rules", [Rules(rates={"youtube.calls": (1, 3600)})])
async def test_haste_is_refused(stage: YouTubeRehearsal) -> None:
    assert (await stage.call("GET", "channels", mine="true"))[0] == 200
    assert reason(await stage.call("GET", "channels", mine="true")) == (403, "rateLimitExceeded")


@pytest.mark.parametrize(
    ("mode", "after_s", "expected"),
    [
        ("429", 7, (429, "rateLimitExceeded")),
        ("429", None, (429, "rateLimitExceeded")),
        ("500", None, (500, "backendError")),
        ("token_expired", None, (401, "authError")),
    ],
)
async def test_it_breaks_on_demand(
    stage: YouTubeRehearsal, mode: str, after_s: float | None, expected: tuple[int, str]
) -> None:
    root = await stage.comment()
    await stage.fail(mode, after_s=after_s)
    assert len(await stage.threads()) == 1, "only what writes fails"
    assert reason(await stage.reply(root)) == expected
    assert (await stage.reply(root))[0] == 200


async def test_a_token_is_fetched_with_the_refresh_token_and_ends(stage: YouTubeRehearsal) -> None:
    client = {name: SECRET[name] for name in ("client_id", "client_secret")}
    _, told = await fetched(stage, **client)
    assert told["expires_in"] == 3600
    stage.token = told["access_token"]
    status, channels = await stage.call("GET", "channels", mine="true")
    assert (status, channels["items"][0]["id"]) == (200, CHANNEL)
    await stage.control("rules", speed=3_600_000)
    _, short = await fetched(stage, **client)
    stage.token = short["access_token"]
    for _ in range(1000):
        status, _ = await stage.call("GET", "channels", mine="true")
        if status == 401:
            break
    assert status == 401
    requests = (await stage.look("requests"))["requests"]
    assert not any(name in each["body"] for each in requests for name in ("refresh_token", "client_secret"))


async def fetched(stage: YouTubeRehearsal, **changed: str) -> tuple[int, Any]:
    async with stage.client.post(f"{stage.url}/youtube/token", data={**REFRESH, **changed}) as answer:
        return answer.status, await answer.json()


async def test_tokens_that_are_not_given(stage: YouTubeRehearsal) -> None:
    assert await fetched(stage, client_id="x", client_secret="y") == (401, {"error": "invalid_client"})
    status, told = await fetched(stage, refresh_token="x")
    assert (status, told["error"]) == (400, "invalid_grant")
    stage.token = "x"
    assert reason(await stage.call("GET", "channels", mine="true")) == (401, "authError")


# the hub


def subscription(**changed: str) -> dict[str, str]:
    given = {"mode": "subscribe", "topic": TOPIC, "callback": "https://x.example", "secret": SECRET["hub_secret"]}
    return {f"hub.{name}": value for name, value in (given | changed).items()}


async def test_a_video_is_announced_to_who_subscribed_and_answered_the_hub(stage: YouTubeRehearsal) -> None:
    video = await stage.post()
    await stage.act("edit", external_id=video, text="Un nouveau titre")
    stage.receiver.answer = lambda arrival: web.Response(text=arrival.query.get("hub.challenge", ""))
    assert (await stage.request("POST", "/subscribe", data=subscription())).status == 202
    (asked,) = await stage.receiver.until(lambda arrived: len(arrived) == 1)
    assert asked.query["hub.topic"] == TOPIC
    assert asked.query["hub.mode"] == "subscribe"
    while len(stage.receiver.arrived) < 2:
        await stage.act("edit", external_id=video, text="Lampes & abat-jour")
    pushed = stage.receiver.arrived[1]
    expected = hmac.digest(SECRET["hub_secret"].encode(), pushed.body, "sha1").hex()
    assert pushed.headers["x-hub-signature"] == f"sha1={expected}"
    (event,) = read(pushed.headers, pushed.body)
    assert isinstance(event, PostPublished)
    assert (event.external_id, event.text) == (video, "Lampes & abat-jour")
    await stage.act("delete", external_id=video)
    await stage.receiver.until(lambda arrived: b"deleted-entry" in arrived[-1].body)
    last = stage.receiver.arrived[-1]
    assert [each.what for each in read(last.headers, last.body) if isinstance(each, Unhandled)] == ["video.deleted"]


async def test_who_does_not_answer_the_hub_is_told_nothing(stage: YouTubeRehearsal) -> None:
    assert (await stage.request("POST", "/subscribe", data=subscription())).status == 202
    await stage.receiver.until(lambda arrived: len(arrived) == 1)
    await stage.act("edit", external_id=await stage.post(), text="Un nouveau titre")
    assert (await stage.look("deliveries"))["deliveries"] == []


@pytest.mark.parametrize("changed", [{"topic": TOPIC + "x"}, {"mode": "forget"}, {"callback": ""}])
async def test_subscriptions_that_are_refused(stage: YouTubeRehearsal, changed: dict[str, str]) -> None:
    assert (await stage.request("POST", "/subscribe", data=subscription(**changed))).status == 400


async def test_an_operator_can_try_the_handshake(stage: YouTubeRehearsal) -> None:
    stage.receiver.answer = lambda arrival: web.Response(text=arrival.query["hub.challenge"])
    assert (await stage.control("handshake"))["ok"]


def connected(url: str) -> Account:
    names = [spec.name for spec in YOUTUBE.secrets]
    secrets = {name: (SecretStr(ACCOUNT.simulated_secret(name).get_secret_value()),) for name in names}
    return Account(ACCOUNT.account_id, ACCOUNT.name, secrets, f"{url}/youtube")


def read(headers: dict[str, str], body: bytes) -> list[Event | Unhandled]:
    endpoint, now = Endpoint("youtube", "main", (connected(""),)), datetime.now(UTC)
    request = Request("POST", "/webhooks/youtube/main", headers, body)
    YOUTUBE.verify(request, endpoint, now)
    return YOUTUBE.parse(request, endpoint, now)


# as Aplomb polls it


@dataclass
class Poller:
    """Asks as polling does: what answers say to ask next, with what they asked to be remembered."""

    stage: YouTubeRehearsal
    account: Account
    ahead: timedelta = timedelta()
    known: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    requests: int = 0
    statuses: list[int] = field(default_factory=list)

    async def round(self, what: str = "") -> list[Event]:
        """What is new."""
        now = datetime.now(UTC) + self.ahead
        since = now - timedelta(hours=1)
        questions, found = deque([ListSince(since=since, what=what, known=dict(self.known))]), list[Event]()
        self.requests, self.statuses = 0, []
        while questions:
            question = questions.popleft()
            request = YOUTUBE.build(question, self.account, now)
            path = request.url.removeprefix(f"{self.stage.url}/youtube")
            answer = await self.stage.request(request.method, path, headers=dict(request.headers))
            self.requests += 1
            self.statuses.append(answer.status)
            reading = YOUTUBE.interpret(question, answer, self.account, now)
            assert isinstance(reading, Listed), reading
            self.known |= reading.remember
            for each in reading.found:
                assert not isinstance(each, Unhandled)
                if each.id not in self.seen:
                    self.seen.add(each.id)
                    found.append(each)
            questions.extend(more.model_copy(update={"known": dict(self.known)}) for more in reading.more)
        self.known = {name: fact for name, fact in self.known.items() if fact}
        return found


@pytest.fixture
async def poller(stage: YouTubeRehearsal) -> Poller:
    poller = Poller(stage, connected(stage.url))
    await poller.round()
    return poller


def kinds(found: list[Event]) -> list[str]:
    return [event.kind for event in found]


async def test_a_quiet_channel_costs_one_unit_a_round(stage: YouTubeRehearsal, poller: Poller) -> None:
    await stage.comment(ago_s=5 * MINUTE)
    assert kinds(await poller.round()) == ["comment.received"]
    assert await poller.round() == []
    assert poller.statuses == [200]
    assert await poller.round() == []
    assert poller.statuses == [304]
    poller.ahead = timedelta(minutes=31)
    assert await poller.round() == []
    assert poller.statuses == [200, 200], "a scan, and what waits for a moderator"


async def test_what_happens_to_a_comment_is_noticed(stage: YouTubeRehearsal, poller: Poller) -> None:
    root = await stage.comment("Elle chauffe ?", ago_s=3 * MINUTE)
    (heard,) = await poller.round()
    assert heard.conversation is not None
    assert heard.conversation.root == root
    await stage.act("edit", external_id=root, text="Elle chauffe beaucoup ?")
    (edited,) = await poller.round()
    assert (edited.kind, getattr(edited, "text", "")) == ("message.edited", "Elle chauffe beaucoup ?")
    await stage.act("hide", external_id=root)
    assert await poller.round() == []
    poller.ahead = timedelta(minutes=31)
    assert kinds(await poller.round()) == ["visibility.changed"]
    await stage.act("unhide", external_id=root)
    assert [getattr(event, "hidden", None) for event in await poller.round()] == [False]
    await stage.act("delete", external_id=root)
    assert await poller.round() == []
    (deleted,) = await poller.round(f"verify:{root}")
    assert (deleted.kind, deleted.locate) == ("message.deleted", root)


async def test_all_answers_are_read_and_ours_are_echoes(stage: YouTubeRehearsal, poller: Poller) -> None:
    root = await stage.comment(ago_s=5 * MINUTE)
    await stage.reply(root, "Nous regardons cela.")
    await stage.act("native_reply", external_id=root, text="Je m'en occupe.")
    for number in range(7):
        await stage.comment(f"Réponse {number}", BOB, parent=root, ago_s=MINUTE)
    found = await poller.round()
    assert sorted(kinds(found)) == ["comment.received"] * 8 + ["echoed"] * 2
    assert all(event.locate == root for event in found if event.kind == "echoed")
    assert await poller.round() == []
    await stage.comment("Encore une", BOB, parent=root)
    assert kinds(await poller.round()) == ["comment.received"]


async def test_more_than_a_page_of_news_is_read_to_its_end(stage: YouTubeRehearsal, poller: Poller) -> None:
    for number in range(130):
        await stage.comment(f"Bonjour {number}", ago_s=5 * MINUTE)
    assert len(await poller.round()) == 130
    await stage.comment("Bonjour encore")
    assert len(await poller.round()) == 1
    assert poller.requests == 2
