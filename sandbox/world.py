"""What the platforms remember: accounts, posts, customers, threads. In memory, for a rehearsal; a restart begins anew.

Nothing here waits or sends. Whoever changes a thread says so with `World.changed`, and the watchers (the demo page's
stream) learn of it. Numbers for ids go up with the clock, so that a restarted world never gives an id away twice and
the bot's deduplication is not fooled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple
from zlib import crc32

from bot.config import AccountSettings, Settings

DM = "dm"
ENTRIES_KEPT = 500
"""Per thread; the oldest are forgotten first."""
THREADS_KEPT = 20_000
"""Per account."""

Voice = Literal["customer", "brand", "person"]
"""`brand`: through the API, so the bot or an agent of Aplomb; `person`: the brand's staff in the platform's own app."""
Status = Literal["sending", "sent", "delivered", "read", "lost"]
"""Of a customer's entry: whether the webhook took it. Of the brand's: the platform's receipts."""


PostId = Callable[[str, int, int], str | None]
"""From an account, a number made of it and the post's own number."""


class Place(NamedTuple):
    """Where a thread is. `where` is `dm` or a post's id; `customer` is empty under a post."""

    channel: str
    account: str
    where: str
    customer: str


@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    name: str
    language: str


@dataclass(slots=True)
class Post:
    id: str
    text: str
    at: datetime
    copied_as: int | None = None
    """Telegram: the id of its automatic forward in the discussion group; `None` until the first comment."""


@dataclass(slots=True)
class Entry:
    """A message or a comment, as it stands now."""

    external_id: str
    place: Place
    by: Voice
    author: str
    """The customer's id; the account's for the brand."""
    name: str
    text: str
    at: datetime
    parent: str | None = None
    answers: str | None = None
    """What was answered, where the platform shows it under another `parent`."""
    status: Status = "sent"
    hidden: bool = False
    deleted: bool = False
    edits: int = 0
    edited_at: datetime | None = None
    liked_by: dict[str, str] = field(default_factory=dict)
    """Reaction by who reacted."""
    anonymous: bool = False
    """The platform does not tell who wrote it."""

    def edit(self, text: str, at: datetime) -> None:
        self.text, self.edits, self.edited_at = text, self.edits + 1, at

    def view(self) -> dict[str, object]:
        return {
            "external_id": self.external_id,
            "by": self.by,
            "name": self.name,
            "text": "" if self.deleted else self.text,
            "at": self.at.isoformat(),
            "parent": self.parent,
            "hidden": self.hidden,
            "deleted": self.deleted,
            "likes": len(self.liked_by),
            "edited": self.edits > 0,
            "status": self.status,
        }


@dataclass(slots=True)
class Thread:
    place: Place
    entries: dict[str, Entry] = field(default_factory=dict)
    spoke_at: datetime | None = None
    """When the customer last did what opens the platform's window; `None`: never."""
    inbox_owns: bool = False
    """The page's own inbox has taken the thread from the app."""
    looking: int = 0
    """How many windows the customer has open on it."""


@dataclass(slots=True)
class Webhook:
    """How deliveries to an account fare, as `getWebhookInfo` and the demo page tell it."""

    pending: int = 0
    last_error: str | None = None
    last_error_at: datetime | None = None
    subscribed: bool = True
    """False once the platform has given up on an endpoint that failed for too long."""
    url: str | None = None
    wanted: tuple[str, ...] = ()
    """The kinds of updates the bot asked for; empty: the default set."""
    set_at: datetime | None = None


@dataclass(slots=True)
class Profile:
    """An account of the brand, as its platform keeps it."""

    settings: AccountSettings
    posts: dict[str, Post]
    customers: dict[str, Customer]
    threads: dict[tuple[str, str], Thread] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    """Every entry of every thread, by its id."""
    blocked: set[str] = field(default_factory=set)
    replied_privately: set[str] = field(default_factory=set)
    """Comments that already had their one private reply."""
    webhook: Webhook = field(default_factory=Webhook)

    @property
    def channel(self) -> str:
        return self.settings.channel

    @property
    def id(self) -> str:
        return self.settings.id

    def secret(self, name: str) -> str:
        return self.settings.simulated_secret(name).get_secret_value()

    def place(self, where: str, customer: str) -> Place:
        return Place(self.channel, self.id, where, customer if where == DM else "")

    def thread(self, where: str, customer: str) -> Thread:
        """The thread there, begun if need be."""
        place = self.place(where, customer)
        key = (place.where, place.customer)
        if key not in self.threads:
            if len(self.threads) >= THREADS_KEPT:
                for entry in self.threads.pop(next(iter(self.threads))).entries:
                    self.entries.pop(entry, None)
            self.threads[key] = Thread(place)
        return self.threads[key]

    def thread_of(self, entry: Entry) -> Thread:
        return self.thread(entry.place.where, entry.place.customer)

    def add(self, entry: Entry) -> None:
        thread = self.thread_of(entry)
        if len(thread.entries) >= ENTRIES_KEPT:
            oldest = next(iter(thread.entries))
            del thread.entries[oldest]
            self.entries.pop(oldest, None)
        thread.entries[entry.external_id] = entry
        self.entries[entry.external_id] = entry

    def customer(self, customer: str, name: str | None) -> Customer:
        """The customer of that id, made up on the spot when new."""
        known = self.customers.get(customer)
        if known is None or (name and name != known.name):
            language = known.language if known else self.settings.settings.get("language", "fr")
            self.customers[customer] = Customer(
                customer, name or (known.name if known else f"Client {customer}"), language
            )
        return self.customers[customer]


CUSTOMERS: tuple[tuple[int, str, str], ...] = (
    (101, "Camille Aubrac", "fr"),
    (102, "Idris Belmont", "fr"),
    (103, "Maya Whitlock", "en"),
)
POSTS: tuple[tuple[int, str], ...] = (
    (11, "Notre nouvelle collection est arrivée ! Dites-nous en commentaire laquelle vous plaît le plus."),
    (12, "Free delivery all weekend on every order. Any question? Ask us below."),
)


class World:
    """All simulated platforms' state. `now` is the platforms' clock."""

    def __init__(
        self,
        settings: Settings,
        post_ids: Mapping[str, PostId],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.now = now
        self._post_ids = post_ids
        self.watchers: list[Callable[[Place], None]] = []
        self.profiles: dict[tuple[str, str], Profile] = {}
        self._accounts = settings.accounts
        self._public_url = settings.public_url
        self._number = 0
        self.reset()

    def reset(self) -> None:
        began = self.now() - timedelta(hours=6)
        self.profiles = {
            (a.channel, a.id): _begin(a, began, self._post_ids.get(a.channel), self._public_url)
            for a in self._accounts
            if a.live != "off"
        }

    def of(self, channel: str) -> Sequence[Profile]:
        return [profile for profile in self.profiles.values() if profile.channel == channel]

    def number(self) -> int:
        """Sixteen digits, higher than all before, of this world and of those before it."""
        self._number = max(self._number + 1, int(self.now().timestamp() * 1_000_000))
        return self._number

    def changed(self, place: Place) -> None:
        for watcher in self.watchers:
            watcher(place)


def number_of(name: str) -> int:
    """A number for what may be named with letters: itself, or ten digits made of it."""
    digits = name.removeprefix("-")
    return int(name) if digits.isdecimal() else 3_000_000_000 + crc32(name.encode())


def discussion_of(bot: str) -> tuple[int, int]:
    """A Telegram bot's channel and the discussion group linked to it, as chat ids."""
    base = crc32(bot.encode()) % 900_000_000
    return -(1_002_000_000_000 + base), -(1_003_000_000_000 + base)


def _begin(account: AccountSettings, began: datetime, post_id: PostId | None, public_url: str) -> Profile:
    base = crc32(f"{account.channel}/{account.id}".encode()) % 900_000 + 100_000
    people = [Customer(f"{base}{number}", name, language) for number, name, language in CUSTOMERS]
    profile = Profile(account, posts={}, customers={customer.id: customer for customer in people})
    if account.settings.get("receive") != "polling":
        profile.webhook.url = f"{public_url}/webhooks/{account.channel}/{account.endpoint}"
    for hour, (number, text) in enumerate(POSTS):
        named = post_id(account.id, base, number) if post_id else None
        if named:
            profile.posts[named] = Post(named, text, began + timedelta(hours=hour))
    return profile
