"""Whom to tell and when, as a table; and telling, to a webhook that verifies and to a staff chat."""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot import metrics
from bot.config import NotifySettings, Settings, TelegramRecipient, WebhookRecipient
from bot.errors import NotifyFailed
from bot.http import Http
from bot.model.conversation import Priority
from bot.notify import ROUNDS, Stay, Tell, next_step, pursue
from connectors.signing import standard_signature
from tests.unit.notices import NOTICE, NOW, TOKEN, say, settings_with, webhook


class TestNextStep:
    people = (webhook("ann"), webhook("bob", "http://127.0.0.1:1/", "urgent"), webhook("eve"))
    settings = NotifySettings()
    half_hour = timedelta(seconds=1800)

    def test_in_order_until_the_rounds_are_over(self) -> None:
        notice, names = NOTICE, []
        while isinstance(step := next_step(notice, self.people, NOW, self.settings), Tell):
            names.append(step.recipient.name)
            assert step.at == NOW + self.half_hour
            notice = step.told
        assert step == Stay("exhausted")
        assert names == ["ann", "eve"] * ROUNDS
        assert notice.told == tuple(names)
        assert (notice.round, notice.step) == (ROUNDS, 0)

    def test_who_fails_is_passed_over_at_once_and_the_round_waits(self) -> None:
        first = next_step(NOTICE, self.people, NOW, self.settings)
        assert isinstance(first, Tell)
        assert (first.failed.step, first.failed.told, first.at_if_failed) == (1, (), NOW)
        second = next_step(first.failed, self.people, NOW, self.settings)
        assert isinstance(second, Tell)
        assert (second.failed.round, second.failed.step, second.at_if_failed) == (1, 0, NOW + self.half_hour)

    @pytest.mark.parametrize(
        ("priority", "first"), [("urgent", "bob"), ("high", "ann"), ("normal", None), ("low", None)]
    )
    def test_only_who_wants_this_priority(self, priority: Priority, first: str | None) -> None:
        step = next_step(NOTICE.model_copy(update={"priority": priority}), self.people, NOW, self.settings)
        assert (step.recipient.name if isinstance(step, Tell) else None) == first

    def test_nobody(self) -> None:
        assert next_step(NOTICE, (), NOW, self.settings) == Stay("nobody")

    def test_fewer_people_than_before(self) -> None:
        step = next_step(NOTICE.model_copy(update={"step": 7}), self.people, NOW, self.settings)
        assert isinstance(step, Tell)
        assert (step.recipient.name, step.told.round) == ("eve", 1)


@dataclass
class Desk:
    """Takes webhooks and staff chats."""

    status: int = 200
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((request.path, headers, await request.read()))
        return web.json_response({"ok": self.status == 200}, status=self.status)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Desk"]:
        app = web.Application()
        app.router.add_post("/{path:.*}", self.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()


class TestWebhook:
    @pytest.mark.parametrize(
        ("secret", "key"),
        [
            ("whsec_" + b64encode(b"k" * 24).decode(), lambda text: b64decode(text.removeprefix("whsec_"))),
            ("plain secret", str.encode),
            ("whsec_not base64!", str.encode),
        ],
    )
    async def test_signed(self, secret: str, key: Callable[[str], bytes]) -> None:
        async with Desk().running() as desk:
            await say(WebhookRecipient(by="webhook", name="ann", url=f"{desk.url}/in", secret=SecretStr(secret)))
        ((path, headers, body),) = desk.requests
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = b64encode(hmac.digest(key(secret), signed, sha256)).decode()
        assert path == "/in"
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))

    def test_an_example_of_the_specification(self) -> None:
        """https://github.com/standard-webhooks/standard-webhooks: the vector that its libraries share."""
        secret = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        body = b'{"test": 2432232314}'
        made = standard_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
        assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    async def test_what_is_said(self) -> None:
        async with Desk().running() as desk:
            await say(webhook("ann", desk.url))
        payload = json.loads(desk.requests[0][2])
        assert payload["type"] == "conversation.waiting"
        assert payload["data"] == {
            "conversation": NOTICE.conversation,
            "reason": "unsure",
            "priority": "high",
            "deadline": "2026-05-04T14:00:00+00:00",
            "since": "2026-05-04T12:00:00+00:00",
            "channel": "facebook",
            "account": "Maison Lune France",
            "link": "http://127.0.0.1:8080/console/c/facebook%2F1001%2Fann%252Fsecret%2Fdm",
            "text": payload["data"]["text"],
        }

    async def test_the_same_telling_has_the_same_id(self) -> None:
        async with Desk().running() as desk:
            await say(webhook("ann", desk.url))
            await say(webhook("ann", desk.url))
            await say(webhook("ann", desk.url), notice=NOTICE.model_copy(update={"round": 1}))
        first, same, other = (headers["webhook-id"] for _, headers, _ in desk.requests)
        assert first == same != other

    @pytest.mark.parametrize("status", [302, 404, 500])
    async def test_refused(self, status: int) -> None:
        async with Desk(status).running() as desk:
            with pytest.raises(NotifyFailed, match=f"ann: webhook: status {status}"):
                await say(webhook("ann", desk.url))

    async def test_nobody_listens(self) -> None:
        with pytest.raises(NotifyFailed, match="NothingSent"):
            await say(webhook("ann"))


class TestChat:
    recipient = TelegramRecipient(by="telegram", name="team", account="telegram/77", chat="-1001")

    def settings(self, url: str) -> Settings:
        settings = settings_with(self.recipient)
        accounts = [account.model_copy(update={"api_url": url}) for account in settings.accounts]
        return settings.model_copy(update={"accounts": tuple(accounts)})

    async def test_what_is_said(self) -> None:
        async with Desk().running() as desk:
            await say(self.recipient, self.settings(desk.url))
        ((path, _, body),) = desk.requests
        said = json.loads(body)
        assert path == f"/bot{TOKEN}/sendMessage"
        assert said["chat_id"] == "-1001"
        assert said["text"].startswith("[haute] Maison Lune : une conversation attend une personne\nOù : facebook")
        assert "parse_mode" not in said

    async def test_refused(self) -> None:
        async with Desk(403).running() as desk:
            with pytest.raises(NotifyFailed, match="team: chat: status 403") as caught:
                await say(self.recipient, self.settings(desk.url))
        assert TOKEN not in str(caught.value)

    async def test_nobody_listens(self) -> None:
        with pytest.raises(NotifyFailed, match="NothingSent") as caught:
            await say(self.recipient, self.settings("http://127.0.0.1:1"))
        assert TOKEN not in f"{caught.value}{caught.value.__cause__}"

    async def test_an_account_that_is_not_there(self) -> None:
        elsewhere = self.recipient.model_copy(update={"account": "telegram/88"})
        with pytest.raises(NotifyFailed, match="no account telegram/88"):
            await say(elsewhere, settings_with(elsewhere))


class TestPursue:
    async def test_who_can_t_be_reached_is_passed_over_at_once(self) -> None:
        def counted(outcome: str) -> float:
            return metrics.REGISTRY.get_sample_value("aplomb_notices_total", {"outcome": outcome}) or 0

        before = counted("failed"), counted("told")
        async with Desk().running() as desk, Http() as http:
            settings = settings_with(webhook("ann"), webhook("bob", desk.url), webhook("eve", desk.url))
            kept = await pursue(NOTICE, settings, http, NOW)
        assert kept is not None
        notice, due = kept
        assert (notice.told, notice.step, due) == (("bob",), 2, NOW + timedelta(minutes=30))
        assert len(desk.requests) == 1
        assert (counted("failed"), counted("told")) == (before[0] + 1, before[1] + 1)

    async def test_when_nobody_can_be_reached_the_round_waits(self) -> None:
        async with Http() as http:
            kept = await pursue(NOTICE, settings_with(webhook("ann"), webhook("bob")), http, NOW)
        assert kept == (NOTICE.model_copy(update={"round": 1}), NOW + timedelta(minutes=30))

    async def test_nobody_is_left(self) -> None:
        async with Http() as http:
            assert (
                await pursue(NOTICE.model_copy(update={"round": ROUNDS}), settings_with(webhook("a")), http, NOW)
                is None
            )
