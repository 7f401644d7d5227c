"""What a channel can do, as data: core code asks these and never the platform's name."""

from typing import Literal

from bot.model.base import Value

TextUnit = Literal["characters", "utf16", "bytes"]


class RateScope(Value):
    """At most `count` requests in `per_s` seconds, counted per app, account or chat."""

    per: Literal["app", "account", "chat"]
    count: int
    per_s: float


class Capabilities(Value):
    """Sources of the figures stand with each connector's constants."""

    message_limit: int
    comment_limit: int
    text_unit: TextUnit
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
    edits: bool
    echoes: bool
    """The platform tells us our own words, so an unknown outcome may still be learnt."""
    find_own: bool
    """The platform can be asked for our own words."""
    rates: tuple[RateScope, ...] = ()
