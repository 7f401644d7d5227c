"""What can go wrong, by what the caller does next.

AplombError
├── ConfigurationError     stop and show it: it says the line, the key and the cure
├── NotAuthentic           401, keep nothing
├── TooLarge               413
├── StoreUnavailable       503, or wait and try again
├── Conflict               load again, decide again
├── IllegalMove            refuse the act and say what happened meanwhile
├── ReplyMissing           a reply that the configuration promises is not in the files
├── NotifyFailed           a person was not reached: tell the next one
└── TransportError         an HTTP request got no answer
    ├── NothingSent        not a byte left: it may be sent again
    └── NoAnswer           it may have arrived: it must not be sent again
"""


class AplombError(Exception):
    """Messages name the account and the case, never a secret, a token or a customer's words."""


class ConfigurationError(AplombError):
    """The message has one line per problem: place, key, what is wrong, the cure."""


class NotAuthentic(AplombError):
    """The delivery can't be shown to come from the platform."""


class TooLarge(AplombError):
    """The body is over the size that any platform sends."""


class StoreUnavailable(AplombError):
    """Redis does not answer, or refuses to keep what it is given."""


class Conflict(AplombError):
    """Somebody else changed it meanwhile; nothing was written."""


class IllegalMove(AplombError):
    """The state machine has no such line."""


class ReplyMissing(AplombError):
    """No wording for this key in any language of the brand."""


class NotifyFailed(AplombError):
    """This person could not be told; the message names the recipient and the case."""


class TransportError(AplombError):
    """The root of what can happen to a request on its way."""


class NothingSent(TransportError):
    """The connection was never made."""


class NoAnswer(TransportError):
    """The request left, and no complete answer came."""
