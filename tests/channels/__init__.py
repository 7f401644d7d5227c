"""The facts of every channel, one module each; see `base.py`."""

from tests.channels.base import ChannelFacts
from tests.channels.facebook import FACEBOOK
from tests.channels.instagram import INSTAGRAM
from tests.channels.linkedin import LINKEDIN
from tests.channels.telegram import TELEGRAM
from tests.channels.tiktok import TIKTOK
from tests.channels.webchat import WEBCHAT
from tests.channels.webhook import WEBHOOK
from tests.channels.whatsapp import WHATSAPP
from tests.channels.x import X
from tests.channels.youtube import YOUTUBE

_ALL = (FACEBOOK, INSTAGRAM, TELEGRAM, WEBCHAT, WEBHOOK, WHATSAPP, LINKEDIN, YOUTUBE, X, TIKTOK)
FACTS: dict[str, ChannelFacts] = {facts.channel: facts for facts in _ALL}
