"""The facts of every channel, one module each; see `base.py`."""

from tests.channels.base import ChannelFacts
from tests.channels.facebook import FACEBOOK
from tests.channels.telegram import TELEGRAM

FACTS: dict[str, ChannelFacts] = {facts.channel: facts for facts in (FACEBOOK, TELEGRAM)}
