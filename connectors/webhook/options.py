"""What the operator says of the app: `settings` of the account, read in one place. Nonsense counts as not given."""

from dataclasses import dataclass, field
from typing import Final

from connectors.base import Account

MESSAGE: Final = "message.send"
TAKEN: Final = frozenset(
    {
        MESSAGE,
        "comment.reply",
        "private.reply",
        "comment.hide",
        "own.edit",
        "own.delete",
        "like",
        "seen",
        "thread.pass",
        "choices",
        "images",
    }
)
"""What an app may be able to do; `comment.hide` includes `comment.show`."""
CHARACTERS = 2000
PER_S = 10


@dataclass(frozen=True, slots=True)
class Options:
    """`takes`: what the app can do, of `TAKEN`. `window_s` `None`: words are taken for ever."""

    url: str | None = None
    takes: frozenset[str] = field(default=frozenset({MESSAGE}))
    message_characters: int = CHARACTERS
    comment_characters: int = CHARACTERS
    per_s: int = PER_S
    window_s: int | None = None


def options(account: Account) -> Options:
    given = account.settings
    hours = _count(given.get("window_hours"))
    return Options(
        url=given.get("url", "").strip() or None,
        takes=frozenset(given.get("takes", MESSAGE).split()) & TAKEN,
        message_characters=_count(given.get("message_characters")) or CHARACTERS,
        comment_characters=_count(given.get("comment_characters")) or CHARACTERS,
        per_s=_count(given.get("per_s")) or PER_S,
        window_s=hours * 3600 if hours else None,
    )


def _count(given: str | None) -> int | None:
    return int(given) if given and given.isdecimal() and len(given) <= 6 else None
