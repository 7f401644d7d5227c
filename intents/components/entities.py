"""What a message names exactly: numbers of orders, addresses, sums, dates, products, places. No model, no training."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from intents.components.amounts import amounts
from intents.components.dates import exact_dates, relative_dates
from intents.components.names import Names, named, places, products, read_places
from intents.components.orders import orders, orders_by_pattern
from intents.components.phones import phones, warm_up
from intents.components.spans import Chosen, Folded, Span, emails, handles, urls
from intents.components.text import MAX_CHARS

_DIGIT_RE = re.compile(r"[0-9]")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityFinder(EntityExtractorMixin, GraphComponent):
    """Adds `entities` of the kinds email, url, handle, order_number, amount, date, phone, product, place.

    Where two overlap, the kind that stands earlier in this list has it, and a brand's own `order_patterns` stand where
    order_number does here; order numbers by their shape come after product. Text beyond `MAX_CHARS` is not read.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException naming the setting."""
        self._day_first: bool = config["day_first"]
        self._dollar: str = config["dollar"]
        self._regions: list[str] = config["regions"]
        setting = "regions"
        try:
            warm_up(self._regions)
            setting = "order_patterns"
            self._order_patterns = [re.compile(pattern, re.IGNORECASE) for pattern in config[setting]]
            setting = "products"
            self._products = Names(named(config[setting]), plural=True)
            setting = "places"
            # the brand's names come first, so that theirs is the canonical one where both know a place
            own, known = named(config[setting]), read_places()
            self._places = Names({name: own.get(name, []) + known.get(name, []) for name in own | known}, plural=False)
        except (TypeError, ValueError, re.error) as error:
            raise InvalidConfigException(f"EntityFinder: {setting}: {error}") from error

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`products`, `places`: names, each a string or {name, also: [other names]}, places besides the built-in ones
        of places.txt; `order_patterns`: regular expressions of the brand's own numbers, without regard to case, whose
        first group is the number if there is one; `regions`: whose telephone numbers may lack the country code, the
        likeliest first; `day_first`: whether 03/04 is in April; `dollar`: the currency of a "$" alone."""
        return {
            "products": [],
            "places": [],
            "order_patterns": [],
            "regions": ["FR", "BE", "CH", "CA", "GB", "US"],
            "day_first": True,
            "dollar": "USD",
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityFinder:
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = [
                {"entity": kind, "start": start, "end": end, "value": value, "confidence_entity": 1.0}
                for kind, start, end, value in self.find(message.get(TEXT) or "")
            ]
            entities = message.get(ENTITIES, []) + self.add_extractor_name(found)
            message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def find(self, raw: str) -> list[Span]:
        """In the order of the text."""
        text = Folded.of(raw[:MAX_CHARS])
        chosen = Chosen(len(text.raw))
        has_digit = _DIGIT_RE.search(text.plain) is not None
        chosen.add(emails(text))
        chosen.add(urls(text))
        chosen.add(handles(text))
        chosen.add(orders_by_pattern(text.raw, self._order_patterns))
        chosen.add(amounts(text, self._dollar))
        if has_digit:
            chosen.add(exact_dates(text, self._day_first))
        chosen.add(relative_dates(text))
        if has_digit:
            chosen.add(phones(text, self._regions))
        chosen.add(products(text, self._products))
        if has_digit:
            chosen.add(orders(text))
        chosen.add(places(text, self._places))
        return sorted(chosen.spans, key=lambda span: span.start)
