"""Who may act: one password for now, sessions in a cookie, and forms that only our own pages can send.

The cookie holds a random token; the store knows its SHA-256 only. A form is believed when the browser says that it
comes from our own origin *and* it bears the session's form token.
"""

import asyncio
import hashlib
import ipaddress
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr

from bot.console.desk import Sessions
from bot.model.ids import BOT
from connectors.signing import hmac_sha256_hex, matches_token

IDLE_S = 12 * 3600
ABSOLUTE_S = 7 * 24 * 3600
FAILURES_ALLOWED = 5
BLOCKED_FOR = timedelta(minutes=15)
SOURCES_KEPT = 10_000
NAME_LIMIT = 40
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that are mistaken for one another."""
_hasher = PasswordHasher()


async def first_password(sessions: Sessions) -> str | None:
    """Makes the console's password where there is none yet: to be shown once. `None`: one exists."""
    if await sessions.password_hash() is not None:
        return None
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    await sessions.set_password_hash(await asyncio.to_thread(_hasher.hash, password))
    return password


@dataclass(frozen=True, slots=True)
class Session:
    """`form_token` goes into every form of this session."""

    agent: str
    token: str

    @property
    def form_token(self) -> str:
        return hmac_sha256_hex(self.token, b"form")


@dataclass(slots=True)
class Gate:
    """Lets people in, and slows down who guesses.

    Failures are counted in the store, for all processes; who has used up theirs is remembered here, so that not even
    the right password opens before the time is over.
    """

    sessions: Sessions
    _blocked: dict[str, datetime] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_blocked(self, source: str, now: datetime) -> bool:
        until = self._blocked.get(source)
        return until is not None and now < until

    async def verify(self, password: str, source: str, now: datetime) -> bool:
        """Whether the password is right; False as well while `source` is blocked."""
        async with self._one_at_a_time:
            if self.is_blocked(source, now):
                return False
            stored = await self.sessions.password_hash()
            if stored is not None and await asyncio.to_thread(_matches, stored, password):
                return True
            if await self.sessions.failed_logins(source) >= FAILURES_ALLOWED:
                self._block(source, now)
            return False

    async def begin(self, agent: str, now: datetime) -> Session:
        token = f"{int(now.timestamp())}.{secrets.token_urlsafe(32)}"
        await self.sessions.put_session(digest(token), agent, IDLE_S)
        return Session(agent, token)

    async def resume(self, token: str, now: datetime) -> Session | None:
        """The session of a cookie, prolonged. The time of its beginning is part of what was hashed."""
        began = token.partition(".")[0]
        if not began.isascii() or not began.isdigit() or now.timestamp() - int(began) > ABSOLUTE_S:
            return None
        agent = await self.sessions.session(digest(token))
        if agent is None:
            return None
        await self.sessions.put_session(digest(token), agent, IDLE_S)
        return Session(agent, token)

    async def end(self, token: str) -> None:
        await self.sessions.drop_session(digest(token))

    def _block(self, source: str, now: datetime) -> None:
        self._blocked = {known: until for known, until in self._blocked.items() if now < until}
        while len(self._blocked) >= SOURCES_KEPT:
            del self._blocked[next(iter(self._blocked))]
        self._blocked[source] = now + BLOCKED_FOR


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def agent_name(given: str) -> str | None:
    """The name as it is shown to colleagues; `None`: not one, or the name that stands for nobody."""
    name = " ".join(given.split())
    if not name or len(name) > NAME_LIMIT or not name.isprintable() or name.casefold() == BOT:
        return None
    return name


def is_https(request: web.BaseRequest, trusted_proxies: int) -> bool:
    if trusted_proxies:
        return request.headers.get("X-Forwarded-Proto", request.scheme).split(",")[0].strip() == "https"
    return bool(request.secure)


def source_of(request: web.BaseRequest, trusted_proxies: int) -> str:
    """Whose attempts are counted together: the address that the outermost of our own proxies saw."""
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",") if hop.strip()]
    if trusted_proxies and len(hops) >= trusted_proxies:
        return hops[-trusted_proxies]
    return request.remote or "unknown"


def is_exposed(request: web.BaseRequest, trusted_proxies: int) -> bool:
    """Whether a password typed here would cross a network unencrypted."""
    if is_https(request, trusted_proxies):
        return False
    host = urlsplit(f"//{request.host}").hostname or ""
    if host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def from_our_own_page(request: web.BaseRequest) -> bool:
    """Whether the browser says so: by `Sec-Fetch-Site`, else by `Origin`. Saying nothing is a no."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc.casefold() == request.host.casefold()


def bears_form_token(given: object, session: Session) -> bool:
    return isinstance(given, str) and matches_token(given, [SecretStr(session.form_token)])


def cookie_name(https: bool) -> str:
    return "__Host-aplomb" if https else "aplomb"


def set_cookie(response: web.StreamResponse, token: str, https: bool) -> None:
    response.set_cookie(
        cookie_name(https), token, max_age=ABSOLUTE_S, path="/", httponly=True, samesite="Lax", secure=https
    )


def drop_cookie(response: web.StreamResponse, https: bool) -> None:
    response.del_cookie(cookie_name(https), path="/", httponly=True, samesite="Lax", secure=https)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
