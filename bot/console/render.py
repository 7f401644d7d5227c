"""Pages from templates. Whatever a customer wrote is escaped; there is no way around it in here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console.reasons import in_words, named
from bot.console.times import Lang, ago, clock, due, span
from bot.console.words import WORDS, coded, teller
from bot.model.ids import ConversationId

TEMPLATES = Path(__file__).parent / "templates"
PREFIX = "/console"

CHANNELS = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "tiktok": "TikTok",
    "whatsapp": "WhatsApp",
    "x": "X",
    "youtube": "YouTube",
}
"""How brands that aren't spelt like their key are spelt."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """For whom a page is made, and when. `agent` and `form_token` are empty where nobody is logged in."""

    lang: Lang
    now: datetime
    agent: str = ""
    form_token: str = ""
    path: str = PREFIX


class Renderer:
    """`folders` hold templates beside the console's own, `words` sentences beside its own."""

    def __init__(
        self, timezone: str, *folders: Path, words: dict[str, tuple[str, str]] | None = None, sandbox: bool = False
    ) -> None:
        self._zone = ZoneInfo(timezone)
        self._words = WORDS | (words or {})
        self._environment = Environment(
            loader=FileSystemLoader([TEMPLATES, *folders]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            conversation_path=conversation_path,
            live_path=live_path,
            channel_name=channel_name,
            initials=initials,
            percent=percent,
            has_sandbox=sandbox,
        )

    def __call__(self, template: str, visitor: Visitor, **values: object) -> str:
        return self._environment.get_template(template).render(self._context(visitor) | values)

    def _context(self, visitor: Visitor) -> dict[str, object]:
        lang, now, zone = visitor.lang, visitor.now, self._zone
        say = teller(self._words, lang)
        moment: dict[str, Callable[..., str]] = {
            "ago": lambda at: ago(at, now, lang),
            "due": lambda at: due(at, now, lang),
            "span": lambda seconds: span(seconds, lang),
            "since": lambda at: span((now - at).total_seconds(), lang),
            "clock": lambda at: clock(at, now, lang, zone),
            "reason": lambda given: in_words(given, lang),
            "named": lambda kind, code: named(kind, code, lang),
            "stale_why": lambda code: coded("stale", code, say),
            "say": say,
        }
        return {"visitor": visitor, "lang": lang, "now": now, **moment}


def conversation_path(conversation: ConversationId) -> str:
    """The id's own percent signs are encoded again: it arrives as it is."""
    return f"{PREFIX}/c/{quote(conversation, safe='/')}"


def live_path(conversation: ConversationId, seen_version: int) -> str:
    return f"{PREFIX}/live/c/{quote(conversation, safe='/')}?seen={seen_version}"


def channel_name(channel: str) -> str:
    return CHANNELS.get(channel, channel.capitalize())


def initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0].upper() for word in words[:2]) or "?"


def percent(probability: float) -> str:
    return f"{round(probability * 100)} %"
