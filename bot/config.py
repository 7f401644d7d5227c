"""Settings: `config.yml` and the environment as frozen values, and what can be wrong with them."""

from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from bot.model.base import Value
from bot.model.brand import Brand, BrandState
from bot.model.conversation import Priority
from bot.model.ids import AccountId
from connectors import CONNECTORS
from connectors.base import Account, Endpoint
from policies import GUARDS, POLICIES
from policies.base import Guard, Policy

TOKENS = frozenset({"token", "refresh_token"})
"""Secrets of one account; all others are shared by the accounts of an endpoint."""


class AccountSettings(Value):
    """One page, profile, bot or number. `shadow` decides and records but sends nothing."""

    channel: str
    id: str
    name: str
    endpoint: str = "main"
    live: Literal["on", "shadow", "off"] = "shadow"
    live_since: AwareDatetime | None = None
    simulated: bool = False
    api_url: str | None = None
    secrets: dict[str, tuple[SecretStr, ...]] = {}
    settings: dict[str, str] = {}

    @property
    def account_id(self) -> AccountId:
        return AccountId.of(self.channel, self.id)

    def simulated_secret(self, name: str) -> SecretStr:
        """The same for the bot and its simulator, and worth nothing anywhere else."""
        scope = self.id if name in TOKENS else self.endpoint
        digest = sha256(f"simulated/{self.channel}/{scope}/{name}".encode()).hexdigest()[:32]
        return SecretStr(f"{self.id}:{digest}" if name in TOKENS else digest)


class WebSettings(Value):
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    processes: int = Field(1, ge=1, le=8)
    max_body_bytes: int = 3_000_000
    trusted_proxies: int = 0
    """How many reverse proxies of yours stand in front; only so many entries of X-Forwarded-For are believed."""


class RedisSettings(Value):
    url: str | None = None
    """`None`: the private server in `var/`."""
    shards: int = Field(64, ge=1, le=1024)
    replicas_to_wait_for: int = 0


class NluSettings(Value):
    url: str = "http://127.0.0.1:5005"
    timeout_s: float = 5
    gather_s: float = 0.02
    patience_s: float = 30
    """How long an event waits, from its receipt, for a model that is away; then a person reads it."""
    models: Path = Path("var/models")
    """Where the trained model lies; the server that is started takes the newest."""
    managed: bool = True
    """Whether `python -m bot run` starts the server of `intents/` itself."""


class WorkerSettings(Value):
    lease_s: float = 10
    batch: int = Field(64, ge=1, le=256)
    tries: int = 3
    late_after_s: float = 6 * 3600
    echo_hold_s: float = 5
    unknown_after_s: float = 20
    """How long an unknown outcome waits for its echo before a person is asked."""
    sends_at_once: int = 32
    send_timeout_s: float = 15
    retries_s: tuple[float, ...] = (1, 5, 30, 120, 600)
    drain_s: float = 10


class RetentionSettings(Value):
    turn_records_days: int = 90
    archive_days: int = 7
    conversations_days: int = 365


class SmtpRecipient(Value):
    by: Literal["smtp"]
    name: str
    to: str
    sender: str
    host: str
    port: int = 587
    user: str | None = None
    password: SecretStr | None = None
    tls: bool = True
    priorities: tuple[Priority, ...] = ("urgent", "high", "normal")


class WebhookRecipient(Value):
    """Signed as Standard Webhooks say."""

    by: Literal["webhook"]
    name: str
    url: str
    secret: SecretStr
    priorities: tuple[Priority, ...] = ("urgent", "high", "normal")


class TelegramRecipient(Value):
    """A staff chat that the bot of `account` has joined."""

    by: Literal["telegram"]
    name: str
    account: str
    chat: str
    priorities: tuple[Priority, ...] = ("urgent", "high", "normal")


Recipient = Annotated[SmtpRecipient | WebhookRecipient | TelegramRecipient, Field(discriminator="by")]


class NotifySettings(Value):
    language: Literal["fr", "en"] = "fr"
    """What people are told in."""
    public_url: str | None = None
    """Where people reach the console; `None`: the address that the web server listens on."""
    acknowledge_within_s: dict[Priority, float] = {"urgent": 300, "high": 1800, "normal": 14400, "low": 86400}
    people: Annotated[tuple[Recipient, ...], BeforeValidator(lambda given: given or ())] = ()
    """Asked in this order: the next one when the one before has not acknowledged in time."""


class MetricsSettings(Value):
    """Where worker and scheduler show their numbers to Prometheus, on loopback; `None`: nowhere."""

    worker_port: int | None = None
    scheduler_port: int | None = None


class SandboxSettings(Value):
    port: int = Field(8090, ge=0, le=65535)
    """Where the simulated platforms listen."""
    webhook_url: str | None = None
    """Where they deliver; `None`: this Aplomb's own address."""


class Settings(BaseModel):
    """All of `config.yml`. Rasa's keys (`recipe`, `language`, `pipeline`) are the model's, and only kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: str
    language: str
    pipeline: tuple[dict[str, Any], ...]
    assistant_id: str | None = None
    brand: Brand
    accounts: tuple[AccountSettings, ...]
    policies: tuple[dict[str, Any], ...]
    guards: tuple[dict[str, Any], ...] = ()
    replies: Path = Path("policies/replies")
    var: Path = Path("var")
    web: WebSettings = WebSettings()
    redis: RedisSettings = RedisSettings()
    nlu: NluSettings = NluSettings()
    worker: WorkerSettings = WorkerSettings()
    retention: RetentionSettings = RetentionSettings()
    notify: NotifySettings = NotifySettings()
    metrics: MetricsSettings = MetricsSettings()
    sandbox: SandboxSettings = SandboxSettings()

    @model_validator(mode="after")
    def _one_world(self) -> Self:
        kinds = {account.simulated for account in self.accounts}
        if len(kinds) > 1:
            raise ValueError(
                "accounts mixes simulated and real ones: a rehearsal must not reach real customers; "
                "keep them in two files and start each with --config"
            )
        return self

    @model_validator(mode="after")
    def _accounts_are_told_apart(self) -> Self:
        seen: set[AccountId] = set()
        for account in self.accounts:
            if account.account_id in seen:
                raise ValueError(f"accounts names {account.account_id} twice: remove one")
            seen.add(account.account_id)
        return self

    @property
    def simulated(self) -> bool:
        return bool(self.accounts) and all(account.simulated for account in self.accounts)

    @property
    def public_url(self) -> str:
        """Where people and platforms reach this Aplomb, without a slash at its end."""
        return (self.notify.public_url or f"http://{self.web.host}:{self.web.port}").rstrip("/")

    @cached_property
    def brand_state(self) -> BrandState:
        return BrandState(rev=_revision(self.brand.model_dump_json()), brand=self.brand)

    @cached_property
    def revision(self) -> str:
        """Of what decides: policies, guards, brand. The ledger names it."""
        return _revision(f"{self.policies}\n{self.guards}\n{self.brand_state.rev}")

    @cached_property
    def chain(self) -> tuple[Policy, ...]:
        return tuple(POLICIES[entry["name"]](**settings_of_entry(entry)) for entry in self.policies)

    @cached_property
    def guard_chain(self) -> tuple[Guard, ...]:
        return tuple(GUARDS[entry["name"]](**settings_of_entry(entry)) for entry in self.guards)

    def account(self, account: AccountId) -> AccountSettings | None:
        return self._by_id.get(account)

    @cached_property
    def _by_id(self) -> dict[AccountId, AccountSettings]:
        return {account.account_id: account for account in self.accounts}

    @cached_property
    def connected(self) -> dict[AccountId, Account]:
        """Every account as its connector wants it, with its secrets."""
        return {account.account_id: self._connected(account) for account in self.accounts}

    def _connected(self, account: AccountSettings) -> Account:
        connector = CONNECTORS[account.channel]
        secrets = dict(account.secrets)
        if account.simulated:
            secrets = {spec.name: (account.simulated_secret(spec.name),) for spec in connector.secrets}
        simulated_url = f"http://127.0.0.1:{self.sandbox.port}/{account.channel}"
        return Account(
            id=account.account_id,
            name=account.name,
            secrets=secrets,
            api_url=account.api_url or (simulated_url if account.simulated else connector.api_url),
            settings=account.settings,
        )

    @cached_property
    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """By channel and endpoint name. Accounts that are `off` are not listened to."""
        grouped: dict[tuple[str, str], list[Account]] = {}
        for account in self.accounts:
            if account.live != "off":
                grouped.setdefault((account.channel, account.endpoint), []).append(self.connected[account.account_id])
        return {key: Endpoint(key[0], key[1], tuple(accounts)) for key, accounts in grouped.items()}

    def is_late(self, account: AccountId, occurred_at: datetime, received_at: datetime) -> bool:
        """Whether an event came too long after it happened, or happened before the account went live."""
        settings = self.account(account)
        if settings and settings.live_since and occurred_at < settings.live_since:
            return True
        return (received_at - occurred_at).total_seconds() > self.worker.late_after_s


def settings_of_entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "name"}


def _revision(content: str) -> str:
    return sha256(content.encode()).hexdigest()[:12]
