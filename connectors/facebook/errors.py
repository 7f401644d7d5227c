"""The error codes of Messenger and of pages.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes (checked 2026-11-22)

A code that is documented as a rejection is a certain no. Codes 1 and 2 may hide a message that went through.
"""

from typing import Final

from connectors.base import Fault
from connectors.meta.errors import Codes

BY_CODE: Final[dict[tuple[int, int | None], Fault]] = {
    (190, None): "reconnect",
    (10, 2018278): "window_closed",
    (10, 2018065): "window_closed",
    (10, 2534022): "window_closed",
    (10, 2018108): "contact_gone",
    (551, None): "contact_gone",
    (200, 1545041): "contact_gone",
    (10, 1893063): "pause_account",
    (368, None): "pause_account",
    (4, None): "pause_account",
    (17, None): "pause_account",
    (32, None): "pause_account",
    (613, None): "pause_account",
    (80001, None): "pause_account",
    (80002, None): "pause_account",
    (80006, None): "pause_account",
    (80008, None): "pause_account",
    (1200, None): "retry",  # "Temporary send message failure": it says itself that nothing went
    (2018321, None): "pause_chat",  # a question-and-answer flow of the page has the thread for a while
    (2018300, None): "refused",  # another app has the thread, which is for a person to see
    (100, 2534037): "refused",
    (9000001, None): "refused",
    (506, None): "refused",  # the same words under the same post
    (1, None): "unknown",
    (2, None): "unknown",
}

CODES: Final = Codes(BY_CODE, for_policy=frozenset({(10, 1893063), (368, None)}))
