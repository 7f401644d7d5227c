"""Telling by mail, to a real mail server on loopback."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from bot.config import SmtpRecipient
from bot.errors import NotifyFailed
from tests.unit.notices import say, settings_with


@dataclass
class MailServer:
    """Enough of SMTP to be delivered to; offers STARTTLS when it has a certificate."""

    tls: ssl.SSLContext | None = None
    refuses: bytes | None = None
    farewell: bytes = b"221 bye\r\n"
    commands: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    encrypted: bool = False
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            self.commands.append(verb)
            if verb == "STARTTLS" and self.tls:
                writer.write(b"220 go\r\n")
                await writer.start_tls(self.tls)
                self.encrypted = True
                continue
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(self._answer(verb))
            await writer.drain()
            if verb == "QUIT":
                return

    def _answer(self, verb: str) -> bytes:
        if verb == "EHLO":
            return b"250-here\r\n250-AUTH PLAIN\r\n" + (b"250-STARTTLS\r\n" if self.tls else b"") + b"250 HELP\r\n"
        if verb == "AUTH":
            return b"235 welcome\r\n"
        if verb == "RCPT" and self.refuses:
            return self.refuses
        if verb == "QUIT":
            return self.farewell
        return b"250 fine\r\n"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["MailServer"]:
        async with await asyncio.start_server(self.talk, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    def recipient(self, **changes: Any) -> SmtpRecipient:
        known: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "sender": "bot@brand.example", "tls": False}
        return SmtpRecipient.model_validate({"by": "smtp", "name": "ann", "to": "ann@brand.example"} | known | changes)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1 that only those trust who are told to."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path) + ".crt"]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def context_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_what_is_said() -> None:
    async with MailServer().running() as server:
        await say(server.recipient(user="bot", password="pw"))
    mail = message_from_bytes(server.mails[0].removesuffix(b".\r\n"), policy=default)
    assert mail["Subject"] == "[haute] Maison Lune : une conversation attend une personne"
    assert (mail["To"], mail["From"]) == ("ann@brand.example", "bot@brand.example")
    assert mail["Date"] == "Mon, 04 May 2026 12:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n").splitlines() == [
        "Où : facebook, Maison Lune France",
        "Pourquoi : Confiance trop faible.",
        "Priorité : haute",
        "Avant : 04/05/2026 à 16:00 (Europe/Paris)",
        "http://127.0.0.1:8080/console/c/facebook%2F1001%2Fann%252Fsecret%2Fdm",
    ]
    assert "AUTH" in server.commands


async def test_in_english_with_the_public_address() -> None:
    async with MailServer().running() as server:
        recipient = server.recipient()
        await say(recipient, settings_with(recipient, language="en", public_url="https://desk.example/"))
    text = message_from_bytes(server.mails[0], policy=default).get_content()
    assert "Why: Confidence too low." in text.splitlines()
    assert "https://desk.example/console/c/facebook%2F1001" in text
    assert "Before: 2026-05-04 16:00 (Europe/Paris)" in text


async def test_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    async with MailServer(tls=context_of(certificate)).running() as server:
        await say(server.recipient(tls=True))
    assert server.encrypted
    assert len(server.mails) == 1
    assert server.commands[:3] == ["EHLO", "STARTTLS", "EHLO"]


async def test_a_certificate_that_nobody_trusts(certificate: Path) -> None:
    async with MailServer(tls=context_of(certificate)).running() as server:
        with pytest.raises(NotifyFailed, match="ann: mail: SSLCertVerificationError"):
            await say(server.recipient(tls=True))
    assert server.mails == []


async def test_tls_is_not_given_up_in_silence() -> None:
    async with MailServer().running() as server:
        with pytest.raises(NotifyFailed, match="SMTPNotSupportedError"):
            await say(server.recipient(tls=True, user="bot", password="pw"))
    assert set(server.commands) <= {"EHLO", "QUIT"}


async def test_refused() -> None:
    async with MailServer(refuses=b"550 no such person\r\n").running() as server:
        with pytest.raises(NotifyFailed, match="SMTPRecipientsRefused"):
            await say(server.recipient())


async def test_what_was_taken_is_delivered() -> None:
    async with MailServer(farewell=b"451 not now\r\n").running() as server:
        await say(server.recipient())
    assert len(server.mails) == 1


async def test_nobody_listens() -> None:
    async with MailServer().running() as server:
        recipient = server.recipient()
    with pytest.raises(NotifyFailed, match="ConnectionRefusedError"):
        await say(recipient)


async def test_an_address_that_is_none() -> None:
    async with MailServer().running() as server:
        with pytest.raises(NotifyFailed, match="ValueError"):
            await say(server.recipient(to="ann@brand.example\nBcc: all@brand.example"))
