"""A trained Rasa model that parses many messages in one run of its graph.

Rasa's own server runs the graph once per message; the graph itself takes a list, and a run costs more than a message.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.model import get_local_model
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT

Parse = dict[str, Any]


class Model:
    """A loaded model. Not safe to call from two threads at once."""

    def __init__(self, file: str, metadata: ModelMetadata, runner: GraphRunner) -> None:
        self.file = file
        self.id = metadata.model_id
        self._target = _last_component(metadata)
        self._runner = runner

    @classmethod
    def load(cls, path: str) -> Model:
        """`path`: an archive, or a folder whose newest archive is taken. Raises rasa.exceptions.ModelNotFound."""
        archive = Path(get_local_model(path))
        with tempfile.TemporaryDirectory() as scratch:
            metadata, runner = load_predict_graph_runner(Path(scratch), archive, LocalModelStorage, DaskGraphRunner)
        return cls(archive.name, metadata, runner)

    def parse(self, texts: Sequence[str], message_ids: Sequence[str | None] | None = None) -> list[Parse]:
        """One parse per text, in order, in the shape of Rasa's `POST /model/parse`."""
        parses: list[Parse] = [
            {TEXT: text, INTENT: {"name": None, "confidence": 0.0}, ENTITIES: [], "intent_ranking": []}
            for text in texts
        ]
        if not parses:
            return parses
        ids = message_ids or [None] * len(texts)
        messages = [
            UserMessage(text, message_id=message_id, sender_id="-") for text, message_id in zip(texts, ids, strict=True)
        ]
        tracker = DialogueStateTracker.from_events("-", [])
        results = self._runner.run(
            inputs={PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: tracker}, targets=[self._target]
        )
        for parse, parsed in zip(parses, results[self._target], strict=True):
            parse.update(parsed.as_dict(only_output_properties=True))
        return parses


def _last_component(metadata: ModelMetadata) -> str:
    """The node before Rasa's RegexMessageHandler, which would let whoever writes "/praise" choose their own intent."""
    node = metadata.predict_schema.nodes[metadata.nlu_target]
    return node.needs["messages"] if issubclass(node.uses, RegexMessageHandler) else metadata.nlu_target
