"""What the server has done since it started, for Prometheus. No texts and no ids are in it."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

PATHS = frozenset({"/model/parse", "/model/parse/batch", "/model", "/status", "/version", "/metrics"})
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Counts:
    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter("nlu_requests", "Answered, by path and status", ["path", "status"], registry=registry)
        self._texts = Counter("nlu_texts", "Texts parsed", registry=registry)
        self._cascade = Counter("nlu_cascade", "Texts, by how the second look went", ["state"], registry=registry)
        self._sizes = Histogram("nlu_batch_texts", "Texts in one run of the graph", buckets=SIZES, registry=registry)
        self._seconds = Histogram("nlu_batch_seconds", "Time of one run", buckets=SECONDS, registry=registry)
        self._queued = Gauge("nlu_queued_texts", "Texts that wait for a reader", registry=registry)
        self._model = Gauge("nlu_model", "1 for the model that serves", ["file"], registry=registry)

    def request(self, path: str, status: int) -> None:
        self._requests.labels(path if path in PATHS else "other", str(status)).inc()

    def batch(self, texts: int, seconds: float, cascade: Mapping[str, int]) -> None:
        self._texts.inc(texts)
        self._sizes.observe(texts)
        self._seconds.observe(seconds)
        for state, times in cascade.items():
            self._cascade.labels(state).inc(times)

    def exposition(self, queued: int, model_file: str) -> bytes:
        self._queued.set(queued)
        self._model.clear()
        self._model.labels(model_file).set(1)
        return generate_latest(self._registry)
