"""How a person learns that a conversation waits: one after the other, until somebody acknowledges it in the console.

People are told what waits, where, why and until when, never what the customer wrote or who they are. Whom to tell is
computed; telling is done here too, since it is no platform's business: by mail, by a signed webhook, in a staff chat.
"""

import asyncio
import json
import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from hashlib import sha256
from typing import assert_never
from urllib.parse import quote
from zoneinfo import ZoneInfo

import structlog

from bot import metrics
from bot.config import NotifySettings, Recipient, Settings, SmtpRecipient, TelegramRecipient, WebhookRecipient
from bot.errors import NotifyFailed, TransportError
from bot.http import Http
from bot.model.decision import Reason
from bot.model.ids import AccountId
from bot.model.notice import Notice
from connectors.base import Account, Request
from connectors.signing import standard_signature
from policies.reasons import explain

log = structlog.get_logger()

ROUNDS = 3
TIMEOUT_S = 10.0
SMTP_OVER_TLS_PORT = 465

WORDS = {
    "fr": {
        "subject": "[{priority}] {brand} : une conversation attend une personne",
        "lines": "Où : {channel}, {account}\nPourquoi : {why}\nPriorité : {priority}\nAvant : {deadline}\n{link}",
        "urgent": "urgent",
        "high": "haute",
        "normal": "normale",
        "low": "basse",
        "moment": "%d/%m/%Y à %H:%M",
    },
    "en": {
        "subject": "[{priority}] {brand}: a conversation waits for a person",
        "lines": "Where: {channel}, {account}\nWhy: {why}\nPriority: {priority}\nBefore: {deadline}\n{link}",
        "urgent": "urgent",
        "high": "high",
        "normal": "normal",
        "low": "low",
        "moment": "%Y-%m-%d %H:%M",
    },
}
_UNKNOWN_FACT = re.compile(r"\s*\([^()]*\?[^()]*\)|\s*:[^.?]*\?[^.]*(?=\.)")
"""What a reason's sentence says of facts, which a notice does not hold."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell this person. Then the notice is `told`, due again `at`; or `failed`, due again `at_if_failed`."""

    recipient: Recipient
    told: Notice
    at: datetime
    failed: Notice
    at_if_failed: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """Nobody else is told: the conversation waits in the console, where it is counted."""

    why: str


def next_step(notice: Notice, people: Sequence[Recipient], now: datetime, settings: NotifySettings) -> Tell | Stay:
    """Whom to tell of a notice that is due: the next who wants its priority, in order, and from the first again."""
    willing = [person for person in people if notice.priority in person.priorities]
    if not willing:
        return Stay("nobody")
    if notice.round >= ROUNDS:
        return Stay("exhausted")
    step = min(notice.step, len(willing) - 1)
    last = step + 1 == len(willing)
    failed = notice.model_copy(update={"round": notice.round + last, "step": 0 if last else step + 1})
    told = failed.model_copy(update={"told": (*notice.told, willing[step].name)})
    at = now + timedelta(seconds=settings.acknowledge_within_s.get(notice.priority, 0))
    return Tell(willing[step], told, at, failed, at if last else now)


async def pursue(notice: Notice, settings: Settings, http: Http, now: datetime) -> tuple[Notice, datetime] | None:
    """Tells the next person who can be reached. The notice to keep and when it is due again; `None`: nobody is left."""
    while True:
        step = next_step(notice, settings.notify.people, now, settings.notify)
        if isinstance(step, Stay):
            metrics.notices.labels(step.why).inc()
            log.warning("notice.stays", conversation=notice.conversation, why=step.why)
            return None
        try:
            await tell(step.recipient, notice, http, settings, telegram_account(step.recipient, settings), now)
        except NotifyFailed as error:
            metrics.notices.labels("failed").inc()
            log.warning("notice.failed", conversation=notice.conversation, why=str(error))
            notice = step.failed
            if step.at_if_failed > now:
                return notice, step.at_if_failed
        else:
            metrics.notices.labels("told").inc()
            return step.told, step.at


def telegram_account(recipient: Recipient, settings: Settings) -> Account | None:
    """The account whose bot sits in the staff chat; `None` for other recipients, and for accounts not configured."""
    if not isinstance(recipient, TelegramRecipient):
        return None
    return settings.connected.get(AccountId(recipient.account))


async def tell(
    recipient: Recipient,
    notice: Notice,
    http: Http,
    settings: Settings,
    telegram_account: Account | None,
    now: datetime,
) -> None:
    """Raises `NotifyFailed`. The same notice is told with the same id, so a receiver may drop the second."""
    said = _said(notice, settings)
    match recipient:
        case SmtpRecipient():
            await _mail(recipient, said, notice, now)
        case WebhookRecipient():
            await _post(recipient, said, notice, http, now)
        case TelegramRecipient():
            await _chat(recipient, said, telegram_account, http)
        case _:
            assert_never(recipient)


def _said(notice: Notice, settings: Settings) -> dict[str, str]:
    """Everything that may be told, by name; `subject` and `text` are for people."""
    words = WORDS[settings.notify.language]
    account = notice.conversation.account
    configured = settings.account(account)
    zone = settings.brand.timezone
    why = explain(Reason(code=notice.reason, by="notify"), settings.notify.language)
    deadline = notice.deadline.astimezone(ZoneInfo(zone)).strftime(words["moment"])
    base = settings.public_url
    said = {
        "brand": " ".join(settings.brand.name.split()),
        "channel": account.channel,
        "account": " ".join((configured.name if configured else account.external_id).split()),
        "why": _UNKNOWN_FACT.sub("", why),
        "priority": words[notice.priority],
        "deadline": f"{deadline} ({zone})",
        "link": f"{base.rstrip('/')}/console/c/{quote(notice.conversation, safe='')}",
    }
    return said | {"subject": words["subject"].format(**said), "text": words["lines"].format(**said)}


def _id(notice: Notice, recipient: Recipient) -> str:
    """The same for the same telling of the same notice, and without anything of the conversation's id to read."""
    told = f"{notice.conversation}\n{notice.since.isoformat()}\n{notice.round}\n{notice.step}\n{recipient.name}"
    return f"msg_{sha256(told.encode()).hexdigest()[:32]}"


async def _mail(recipient: SmtpRecipient, said: Mapping[str, str], notice: Notice, now: datetime) -> None:
    try:
        await asyncio.to_thread(_deliver, recipient, _letter(recipient, said, notice, now))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotifyFailed(f"{recipient.name}: mail: {type(error).__name__}") from error


def _letter(recipient: SmtpRecipient, said: Mapping[str, str], notice: Notice, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = said["subject"]
    mail["From"] = recipient.sender
    mail["To"] = recipient.to
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(_id(notice, recipient), domain="aplomb.invalid")
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to it
    mail.set_content(said["text"])
    return mail


def _deliver(recipient: SmtpRecipient, mail: EmailMessage) -> None:
    trusted = ssl.create_default_context() if recipient.tls else None
    server: smtplib.SMTP
    if trusted and recipient.port == SMTP_OVER_TLS_PORT:
        server = smtplib.SMTP_SSL(recipient.host, recipient.port, timeout=TIMEOUT_S, context=trusted)
    else:
        server = smtplib.SMTP(recipient.host, recipient.port, timeout=TIMEOUT_S)
    try:
        if trusted and recipient.port != SMTP_OVER_TLS_PORT:
            server.starttls(context=trusted)
        if recipient.user and recipient.password:
            server.login(recipient.user, recipient.password.get_secret_value())
        server.send_message(mail)
        with suppress(smtplib.SMTPException):  # it is delivered, however they say good-bye
            server.quit()
    finally:
        server.close()


async def _post(
    recipient: WebhookRecipient, said: Mapping[str, str], notice: Notice, http: Http, now: datetime
) -> None:
    payload = {
        "type": "conversation.waiting",
        "timestamp": now.isoformat(),
        "data": {
            "conversation": str(notice.conversation),
            "reason": notice.reason,
            "priority": notice.priority,
            "deadline": notice.deadline.isoformat(),
            "since": notice.since.isoformat(),
            **{name: said[name] for name in ("channel", "account", "link", "text")},
        },
    }
    body = json.dumps(payload, ensure_ascii=False).encode()
    message_id, timestamp = _id(notice, recipient), str(int(now.timestamp()))
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": standard_signature(recipient.secret, message_id, timestamp, body),
    }
    try:
        answer = await http.send(Request("POST", recipient.url, headers, body), TIMEOUT_S)
    except TransportError as error:
        raise NotifyFailed(f"{recipient.name}: webhook: {type(error).__name__}") from error
    if not 200 <= answer.status < 300:
        raise NotifyFailed(f"{recipient.name}: webhook: status {answer.status}")


async def _chat(recipient: TelegramRecipient, said: Mapping[str, str], account: Account | None, http: Http) -> None:
    if account is None or "token" not in account.secrets:
        raise NotifyFailed(f"{recipient.name}: chat: no account {recipient.account} with a token")
    body = {
        "chat_id": recipient.chat,
        "text": f"{said['subject']}\n{said['text']}",
        "link_preview_options": {"is_disabled": True},
    }
    request = Request(
        "POST",
        f"{account.api_url}/bot{account.secret('token')}/sendMessage",
        {"content-type": "application/json"},
        json.dumps(body).encode(),
    )
    try:
        answer = await http.send(request, TIMEOUT_S)
    except TransportError as error:
        raise NotifyFailed(f"{recipient.name}: chat: {type(error).__name__}") from error
    if answer.status != 200:
        raise NotifyFailed(f"{recipient.name}: chat: status {answer.status}")
