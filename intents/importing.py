"""Training data for Rasa, read once and never cached.

Rasa's own importers validate, copy and merge every file several times over, which takes a third of a training. Each
file is still read by Rasa's own reader, so its YAML means what Rasa says it means; `rasa train nlu` reads the same
files in Rasa's way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.caching import Cacheable, TrainingCache
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData


class ExamplesImporter(TrainingDataImporter):
    """The examples of a folder and of the folders in it, and a configuration that is already read."""

    def __init__(self, config: dict[str, Any], data: Path) -> None:
        self._config = config
        self._data = data
        self._read: TrainingData | None = None

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        if self._read is None:
            parts = [RasaYAMLReader().read(str(path)) for path in sorted(self._data.rglob("*.yml"))]
            self._read = TrainingData(
                training_examples=[example for part in parts for example in part.training_examples],
                entity_synonyms={word: name for part in parts for word, name in part.entity_synonyms.items()},
                regex_features=[feature for part in parts for feature in part.regex_features],
                lookup_tables=[table for part in parts for table in part.lookup_tables],
            )
        return self._read

    def get_config(self) -> dict[str, Any]:
        return self._config

    def get_config_file_for_auto_config(self) -> str | None:
        return None

    def get_domain(self) -> Domain:
        return Domain.empty()

    def get_stories(self, interpreter: Any = None, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        return StoryGraph([])


class NothingCached(TrainingCache):
    """Rasa's cache knows a component by its class alone and would miss a change in the modules beneath it."""

    def cache_output(
        self, fingerprint_key: str, output: Any, output_fingerprint: str, model_storage: ModelStorage
    ) -> None:
        return None

    def get_cached_output_fingerprint(self, fingerprint_key: str) -> str | None:
        return None

    def get_cached_result(
        self, output_fingerprint_key: str, node_name: str, model_storage: ModelStorage
    ) -> Cacheable | None:
        return None
