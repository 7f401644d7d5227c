"""The error codes of Instagram's messages and comments.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes (checked 2026-11-27)
"""

from typing import Final

from connectors.base import Fault
from connectors.meta.errors import Codes

BY_CODE: Final[dict[tuple[int, int | None], Fault]] = {
    (190, None): "reconnect",
    (10, 2534077): "reconnect",  # the link to the page is broken, or two-factor login is due
    (200, 2534041): "reconnect",  # the owner switched access to messages off
    (10, 2534022): "window_closed",
    (10, 2018278): "window_closed",
    (100, 2534014): "contact_gone",
    (100, 2534029): "contact_gone",
    (551, None): "contact_gone",
    (100, 2534025): "refused",  # no private reply to this comment (any more)
    (100, 2534037): "refused",  # another app has the thread, which is for a person to see
    (36103, None): "refused",
    (20, 1772107): "unknown",  # seen on a comment that was made all the same
    (368, None): "pause_account",
    (4, None): "pause_account",
    (17, None): "pause_account",
    (32, None): "pause_account",
    (613, None): "pause_account",
    (80002, None): "pause_account",
    (80006, None): "pause_account",
    (1200, None): "retry",
    (1, None): "unknown",
    (2, None): "unknown",
}
CODES: Final = Codes(BY_CODE, for_policy=frozenset({(368, None)}))
