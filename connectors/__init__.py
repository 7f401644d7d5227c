"""The channels, listed: what is not here does not exist."""

from connectors.base import Connector
from connectors.facebook.connector import FACEBOOK
from connectors.telegram.connector import TELEGRAM

CONNECTORS: dict[str, Connector] = {
    FACEBOOK.channel: FACEBOOK,
    TELEGRAM.channel: TELEGRAM,
}
"""By channel, the name that accounts, endpoints and ids begin with."""
