"""What a channel can do, as data: core code asks these and never the platform's name."""

from typing import Literal

from bot.model.base import Value

TextUnit = Literal["characters", "utf16", "bytes", "weighted"]
"""`weighted`: as X counts, where a link is 23 and an ideograph or an emoji 2."""


class RateScope(Value):
    """At most `count` units in `per_s` seconds, counted per app, account or chat.

    `costs`: units by kind of action or query, where one is not 1; 0 is not counted here. `only`: no other kinds are
    counted; empty: all are.
    """

    per: Literal["app", "account", "chat"]
    count: int
    per_s: float
    costs: dict[str, int] = {}
    only: tuple[str, ...] = ()

    def cost(self, kind: str) -> int:
        return 0 if self.only and kind not in self.only else self.costs.get(kind, 1)


class Capabilities(Value):
    """Sources of the figures stand with each connector's constants."""

    message_limit: int
    comment_limit: int
    text_unit: TextUnit
    comment_unit: TextUnit | None = None
    """Where comments are counted otherwise than messages."""
    window_s: int | None
    """How long after the customer's last words automatic words are taken; `None`: for ever."""
    person_window_s: int | None
    """The same for words typed by a person."""
    redelivery_horizon_s: int
    """How long the platform may deliver the same event again."""
    private_reply: bool
    private_reply_s: int = 0
    """How long after a comment its private reply is taken."""
    hide: bool
    react: bool
    """Comments can be liked."""
    edits: bool
    """Customers can edit what they wrote, and we learn of it."""
    echoes: bool
    """The platform tells us our own words, so an unknown outcome may still be learnt."""
    find_own: bool
    """The platform can be asked for our own words."""
    rates: tuple[RateScope, ...] = ()
    private: bool = True
    """There are private messages."""
    public: bool = True
    """There are comments."""
    react_privately: bool = False
    """Private messages can be liked."""
    delete_own: bool = False
    edit_own: bool = False
    choices: int = 0
    """How many short answers can be offered as buttons."""
    images: bool = False
    """A picture can be sent with the words."""
    seen: bool = False
    """The customer can be shown that their words were read and are being answered."""
    pass_thread: bool = False
    """A conversation can be given to the platform's own inbox."""
    templates: bool = False
    """Approved templates are taken outside of the window."""
    poll_every_s: float | None = None
    """How often the platform has to be asked for what is new; `None`: it brings it."""
    keeps_s: int | None = None
    """How long the platform's terms let its content be kept without asking for it again; `None`: no such term."""
