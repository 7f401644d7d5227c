"""Trains a pipeline on examples in hand, through Rasa's graph as `intents.train` does: for the benchmark and the
comparison."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from intents.environment import prepare

prepare()

from rasa.engine.recipes.recipe import Recipe  # noqa: E402
from rasa.engine.runner.dask import DaskGraphRunner  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.training.graph_trainer import GraphTrainer  # noqa: E402
from rasa.engine.validation import validate  # noqa: E402
from rasa.shared.data import TrainingType  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402

from intents.importing import ExamplesImporter, NothingCached  # noqa: E402

RECIPE = "default.v1"


class GivenExamples(ExamplesImporter):
    """A configuration and examples that are already in memory."""

    def __init__(self, config: dict[str, Any], examples: TrainingData) -> None:
        super().__init__(config, Path())
        self._read = examples


def labelled(rows: Iterable[tuple[str, str]], language: str) -> TrainingData:
    """Examples of texts and their intents; whatever stands in a text, no markup is read from it."""
    metadata = {"language": language}
    return TrainingData([Message.build(text, intent, intent_metadata=metadata) for text, intent in rows])


def train(pipeline: Sequence[Mapping[str, Any]], examples: TrainingData, archive: Path, language: str = "en") -> float:
    """Writes the model's archive; the seconds that it took, without Rasa's imports and the reading of files."""
    started = time.monotonic()
    config = {
        "recipe": RECIPE, "assistant_id": "trial", "language": language, "pipeline": [dict(each) for each in pipeline]
    }  # fmt: skip
    importer = GivenExamples(config, examples)
    recipe = Recipe.recipe_for_name(RECIPE)
    config, _, _ = recipe.auto_configure(None, config, TrainingType.NLU)
    graph = recipe.graph_config_for_recipe(config, {}, training_type=TrainingType.NLU)
    validate(graph)
    with tempfile.TemporaryDirectory() as storage:
        trainer = GraphTrainer(LocalModelStorage(Path(storage)), NothingCached(), DaskGraphRunner)
        trainer.train(graph, importer, archive, force_retraining=True)
    return time.monotonic() - started
