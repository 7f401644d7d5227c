"""Who plays whom, where: what an address or a form of the demo page names, made whole with the world as it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.config import Settings
from bot.model.ids import AccountId, ContactId, ConversationId
from connectors import CONNECTORS
from sandbox.page_control import Channel, Customer, Post

PREFIX = "/sandbox"
DM = "dm"


@dataclass(frozen=True, slots=True)
class Scene:
    """`post` `None`: in private. `reply`: the comment that is being answered. `has_private`: one can be in private."""

    channels: tuple[Channel, ...]
    channel: Channel
    customer: Customer
    post: Post | None = None
    reply: str | None = None
    has_private: bool = True

    @property
    def where(self) -> str:
        return self.post.id if self.post else DM

    @property
    def account(self) -> AccountId:
        return AccountId.of(self.channel.channel, self.channel.account)

    @property
    def private(self) -> ConversationId | None:
        return None if self.post else ConversationId.private(ContactId.of(self.account, self.customer.id))

    def fields(self, **changes: str | None) -> dict[str, str]:
        """What names this scene. A changed channel forgets the rest, a changed place the comment."""
        values: dict[str, str | None] = {
            "channel": self.channel.channel,
            "account": self.channel.account,
            "customer": self.customer.id,
            "where": self.where,
            "reply": self.reply,
        }
        if "channel" in changes:
            values = {}
        elif "reply" not in changes and changes:
            values["reply"] = None
        return {name: value for name, value in (values | changes).items() if value}

    def path(self, **changes: str | None) -> str:
        return f"{PREFIX}?{urlencode(self.fields(**changes))}"

    @property
    def live_path(self) -> str:
        return f"{PREFIX}/live?{urlencode(self.fields())}"


def private_accounts(settings: Settings) -> frozenset[AccountId]:
    """Those that can be written to in private."""
    connected = settings.connected.items()
    return frozenset(id_ for id_, account in connected if CONNECTORS[id_.channel].capabilities(account).private)


def scene_of(channels: tuple[Channel, ...], named: Mapping[str, str], private: Collection[AccountId]) -> Scene | None:
    """What isn't named, or isn't there any more, is the first there is. `None`: no channel has a customer."""
    played = [channel for channel in channels if channel.customers]
    if not played:
        return None
    key = (named.get("channel"), named.get("account"))
    channel = next((channel for channel in played if (channel.channel, channel.account) == key), played[0])
    wanted = named.get("customer")
    customer = next((person for person in channel.customers if person.id == wanted), channel.customers[0])
    has_private = AccountId.of(channel.channel, channel.account) in private
    first = None if has_private or not channel.posts else channel.posts[0]
    post = next((post for post in channel.posts if post.id == named.get("where")), first)
    return Scene(tuple(played), channel, customer, post, (named.get("reply") or None) if post else None, has_private)
