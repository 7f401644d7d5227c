"""The channels, listed: what is not here does not exist."""

from connectors.base import Connector
from connectors.facebook.connector import FACEBOOK
from connectors.instagram.connector import INSTAGRAM
from connectors.linkedin.connector import LINKEDIN
from connectors.telegram.connector import TELEGRAM
from connectors.tiktok.connector import TIKTOK
from connectors.webchat.connector import WEBCHAT
from connectors.webhook.connector import WEBHOOK
from connectors.whatsapp.connector import WHATSAPP
from connectors.x.connector import X
from connectors.youtube.connector import YOUTUBE

CONNECTORS: dict[str, Connector] = {
    FACEBOOK.channel: FACEBOOK,
    TELEGRAM.channel: TELEGRAM,
    WEBCHAT.channel: WEBCHAT,
    WEBHOOK.channel: WEBHOOK,
    INSTAGRAM.channel: INSTAGRAM,
    WHATSAPP.channel: WHATSAPP,
    YOUTUBE.channel: YOUTUBE,
    LINKEDIN.channel: LINKEDIN,
    X.channel: X,
    TIKTOK.channel: TIKTOK,
}
"""By channel, the name that accounts, endpoints and ids begin with."""
