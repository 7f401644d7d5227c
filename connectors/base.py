"""The contract of a channel: functions from values to values, without I/O.

A connector never waits, reads no clock and opens nothing. `bot/` brings it the delivery, asks what it means, and
carries out what it builds. `now` is always passed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import parse_qsl, urlsplit

from pydantic import AwareDatetime, SecretStr

from bot.model.action import Action, ListSince, Query
from bot.model.base import Value
from bot.model.capability import Capabilities
from bot.model.event import Event, Unhandled
from bot.model.ids import AccountId, ContactId


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, of either direction. Header names are lower case; `url` may be only path and query."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer, of either direction. Header names are lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


FIGURE_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the operator configured it.

    `secrets`: by name, several where one is being rotated (the first signs, all verify). `api_url`: the platform's API,
    without a slash at its end; another address for simulated accounts. `settings`: the channel's own options.
    """

    id: AccountId
    name: str
    secrets: Mapping[str, tuple[SecretStr, ...]]
    api_url: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def secret(self, name: str) -> str:
        return self.secrets[name][0].get_secret_value()

    def without_secrets(self, text: str) -> str:
        """What a platform said, as it may be shown: some quote the token that they refuse."""
        known = (secret.get_secret_value() for secrets in self.secrets.values() for secret in secrets)
        for secret in sorted(filter(None, known), key=len, reverse=True):
            text = text.replace(secret, "…")
        return text

    def figure(self, setting: str, otherwise: int) -> int:
        """A setting that is a whole number above zero, of at most seven digits, or else ours."""
        given = self.settings.get(setting, "")
        whole = given.isascii() and given.isdecimal() and len(given) <= FIGURE_DIGITS
        return int(given) or otherwise if whole else otherwise


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where deliveries arrive: `/webhooks/<channel>/<name>`. One may serve several accounts (a Meta app's pages)."""

    channel: str
    name: str
    accounts: tuple[Account, ...]

    def account(self, external_id: str) -> Account | None:
        return next((account for account in self.accounts if account.id.external_id == external_id), None)

    def secrets(self, name: str) -> tuple[SecretStr, ...]:
        """Every secret of that name, of all accounts, without repetition."""
        found: dict[str, SecretStr] = {}
        for account in self.accounts:
            for secret in account.secrets.get(name, ()):
                found.setdefault(secret.get_secret_value(), secret)
        return tuple(found.values())


class _Answered(Value):
    rest_s: float | None = None
    """The account's allowance is nearly used up, say the answer's headers: let it rest so long."""


class Sent(_Answered):
    """The platform took it. `external_id`: its id there. `recipient`: the private identity a private reply revealed."""

    external_id: str | None = None
    recipient: ContactId | None = None


class Found(_Answered):
    """The answer to `FindOwn`: `external_id=None` is a certain no."""

    external_id: str | None


class Probed(_Answered):
    """The answer to `ProbeToken`. `expires_at`: when the credentials end; `None`: never, or not said."""

    name: str
    expires_at: AwareDatetime | None = None


class Refreshed(_Answered):
    """The answer to `RefreshToken`: the secrets that replace those of the same name, and when `token` ends."""

    secrets: Mapping[str, SecretStr]
    expires_at: AwareDatetime | None = None


class Subscribed(_Answered):
    """The answer to `Subscriptions` and `Subscribe`. `missing`: what is not brought, in the platform's words."""

    missing: tuple[str, ...] = ()


class Listed(_Answered):
    """The answer to `ListSince`. `more`: what to ask next. `remember`: for `known` of later questions; `""` forgets."""

    found: tuple[Event | Unhandled, ...] = ()
    more: tuple[ListSince, ...] = ()
    remember: Mapping[str, str] = {}


Fault = Literal[
    "retry", "pause_account", "pause_chat", "reconnect", "window_closed", "contact_gone", "refused", "unknown"
]


class SendError(Value):
    """What the sender does next.

    retry          certainly not accepted: again after `after_s`
    pause_account  certainly not accepted, and nothing of this account for `after_s`
    pause_chat     certainly not accepted, and nothing to this contact for `after_s`
    reconnect      credentials no longer work: the account rests until a person reconnects it
    window_closed  too late for automatic words
    contact_gone   they can't be written to any more
    refused        this request will never be accepted as it is
    unknown        it may have been accepted
    """

    fault: Fault
    code: str
    """The platform's own code, for a person to look up."""
    detail: str = ""
    after_s: float | None = None


Reading = Sent | Found | Probed | Refreshed | Subscribed | Listed | SendError


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """A secret the operator gives: `name`, and where the platform shows it. `optional`: some set-ups do without."""

    name: str
    where: str
    optional: bool = False


class Connector(Protocol):
    """A channel. One instance serves all its accounts; it holds nothing."""

    channel: str
    secrets: tuple[SecretSpec, ...]
    api_url: str
    """The platform's public API, used unless the account names another."""

    def capabilities(self, account: Account) -> Capabilities: ...

    def challenge(self, request: Request, endpoint: Endpoint, now: datetime) -> Response | None:
        """The answer to the platform's set-up handshake, `None` when this is not one. Raises `NotAuthentic`."""
        ...

    def verify(self, request: Request, endpoint: Endpoint, now: datetime) -> None:
        """Raises `NotAuthentic` unless the raw bytes are shown to come from the platform."""
        ...

    def parse(self, request: Request, endpoint: Endpoint, now: datetime) -> list[Event | Unhandled]:
        """Every item of the delivery, in its order. Never raises on what a platform may send, however odd."""
        ...

    def acknowledge(self, request: Request) -> Response: ...

    def build(self, what: Action | Query, account: Account, now: datetime) -> Request:
        """The request that does it. Raises `Unsupported` when the platform has no such thing."""
        ...

    def interpret(self, what: Action | Query, response: Response, account: Account, now: datetime) -> Reading:
        """What the answer means. Never raises, whatever the platform answers."""
        ...


class Unsupported(Exception):
    """The platform's API can't express this; `Capabilities` says so beforehand."""
