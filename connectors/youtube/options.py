"""What the operator may set for a channel: `settings` of the account, read in one place. Nonsense counts as not given.

Each of these stands for something that YouTube does not say, or says differently to each project.
"""

from dataclasses import dataclass
from typing import Final

from connectors.base import Account

POLL_EVERY_S: Final = 120
"""720 of the 10,000 units of a day."""
SHORTEST_POLL_S: Final = 30
RESCAN_EVERY_S: Final = 1800
RESCAN_PAGES: Final = 5
"""A new answer does not move its thread up, so that the newest 500 threads are looked through now and then."""
QUOTA_UNITS: Final = 10_000
"""https://developers.google.com/youtube/v3 (determine_quota_cost, checked 2026-11-27); more only after an audit."""
COMMENT_CHARACTERS: Final = 1000
"""Undocumented. About 10,000 are told of; long ones are held as spam, so the cautious figure."""
LEASE_S: Final = 432_000
"""What the hub grants by itself, as told by many: five days. Renewed daily; it may shorten it."""
LONGEST: Final = 9


@dataclass(frozen=True, slots=True)
class Options:
    """`held`: comments that wait for a moderator are listed too, which needs the channel's owner."""

    poll_every_s: int = POLL_EVERY_S
    rescan_every_s: int = RESCAN_EVERY_S
    rescan_pages: int = RESCAN_PAGES
    quota_units: int = QUOTA_UNITS
    comment_characters: int = COMMENT_CHARACTERS
    lease_s: int = LEASE_S
    held: bool = True


def options(account: Account) -> Options:
    given = account.settings
    return Options(
        poll_every_s=max(SHORTEST_POLL_S, _count(given.get("poll_every_s")) or POLL_EVERY_S),
        rescan_every_s=_count(given.get("rescan_every_s")) or RESCAN_EVERY_S,
        rescan_pages=_count(given.get("rescan_pages")) or RESCAN_PAGES,
        quota_units=_count(given.get("quota_units")) or QUOTA_UNITS,
        comment_characters=_count(given.get("comment_characters")) or COMMENT_CHARACTERS,
        lease_s=_count(given.get("lease_s")) or LEASE_S,
        held=given.get("held") != "off",
    )


def _count(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdecimal() and len(given) <= LONGEST else None
