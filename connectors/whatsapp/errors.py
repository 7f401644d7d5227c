"""The error codes of the WhatsApp Cloud API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes (checked 2026-11-27)

Generic ones (131000, 131016, 135000) may hide a message that went through: they are `unknown`. What concerns marketing
alone (131049, 131050, 130472) refuses that message, and says nothing of answers to the same person.
"""

from typing import Final

from connectors.base import Fault
from connectors.meta.errors import PERMISSIONS, Codes

BY_CODE: Final[dict[tuple[int, int | None], Fault]] = {
    (0, None): "reconnect",
    (3, None): "reconnect",
    (10, None): "reconnect",
    (190, None): "reconnect",
    (131005, None): "reconnect",
    (131045, None): "reconnect",
    (133010, None): "reconnect",
    **{(permission, None): "reconnect" for permission in PERMISSIONS},
    (4, None): "pause_account",
    (80007, None): "pause_account",
    (80008, None): "pause_account",
    (130429, None): "pause_account",
    (133016, None): "pause_account",
    (131064, None): "pause_account",
    (131048, None): "pause_account",
    (368, None): "pause_account",
    (131031, None): "pause_account",
    (131042, None): "pause_account",
    (130497, None): "pause_account",
    (131057, None): "pause_account",
    (131056, None): "pause_chat",
    (131047, None): "window_closed",
    (131026, None): "contact_gone",
    (131000, None): "unknown",
    (131016, None): "unknown",
    (135000, None): "unknown",
    (1, None): "unknown",
    (2, None): "unknown",
}
CODES: Final = Codes(
    BY_CODE, for_policy=frozenset((code, None) for code in (368, 130497, 131031, 131042, 131048, 131057))
)
