"""What Aplomb knows of the brand, as one published revision: a turn names the revision it was decided with."""

from datetime import time
from typing import Literal

from bot.model.base import Value

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class OpeningHours(Value):
    """When people are there, in the brand's time zone."""

    days: tuple[Weekday, ...]
    opens: time
    closes: time


class Fact(Value):
    """One thing the brand says, by language: `{"fr": "…", "en": "…"}`. Answers come from these only."""

    text: dict[str, str]


class Product(Value):
    """`also`: what customers call it besides."""

    name: str
    also: tuple[str, ...] = ()


class Brand(Value):
    name: str
    website: str = ""
    products: tuple[Product | str, ...] = ()
    """The understanding finds them in what customers write: `config.yml` names this list in its pipeline too."""
    timezone: str = "Europe/Paris"
    languages: tuple[str, ...] = ("fr", "en")
    """Languages that replies exist in; the first is used when the customer's is not among them."""
    hours: tuple[OpeningHours, ...] = ()
    facts: dict[str, Fact] = {}
    """By name; `replies/*.yml` quote them as `facts.<name>`."""


class BrandState(Value):
    rev: str
    """A hash of the content: the same facts, the same revision."""
    brand: Brand
