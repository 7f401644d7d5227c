"""How good the served model is on held-out sentences, and how varied the examples are that it learned from.

Writes a page for people, with two pictures; what the tests hold a model to is in `intents/tests`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from tqdm import tqdm

from intents import card, compare, details, report, tone_functions, train
from intents.components.text import fold, normalise, tokens
from intents.details import ALIKE, ALIKE_BAR
from intents.environment import prepare
from intents.examples import CALIBRATION, Example, load_yaml, read_all
from intents.judging import (
    BATCH,
    HELD_OUT,
    LARGE_BATCH,
    OTHER_LANGUAGES,
    TRAINED_LANGUAGES,
    entity_spans,
    held_out,
    parses,
    verdict,
)
from intents.measures import span_f1
from intents.page import Figures, long_tables, page, summary

if TYPE_CHECKING:
    from intents.parsing import Model, Parse

__all__ = ["ALIKE", "ALIKE_BAR", "main", "share_alike"]

CATALOGUE = Path("intents/catalogue.yml")
TIMED, PASSES = 300, 3
SHOWN_EVERY_S = 2.0
EXAMPLE = "example: intents/.venv/bin/python -m intents.evaluate --model var/models"


def share_alike(texts: Sequence[str]) -> float:
    """Which share of `texts` has another one closer than ALIKE in cosine of character n-grams."""
    import numpy as np

    from intents.components.text import pieces, plain_tokens
    from intents.components.vectors import Kind, Vectors

    if len(texts) < 2:
        return 0.0
    vectors = Vectors.fit(texts, [Kind(plain_tokens, names=pieces)]).transform(texts)
    cosines = (vectors @ vectors.T).toarray()
    np.fill_diagonal(cosines, 0.0)
    return float((cosines.max(axis=1) > ALIKE).mean())


def repeated(held: Sequence[Example], examples: Sequence[Example]) -> frozenset[str]:
    """The held-out texts that stand among the examples, be it in other case, accents or punctuation."""
    known = {_key(example.text) for example in examples}
    return frozenset(example.text for example in held if _key(example.text) in known)


def _key(text: str) -> str:
    return " ".join(tokens(fold(normalise(text)))) or text


def varieties(training: Sequence[Example]) -> dict[str, details.Variety]:
    texts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for example in training:
        texts[example.intent][example.language].append(example.text)
    return {
        intent: details.Variety(
            sum(len(several) for several in by_language.values()),
            {language: share_alike(several) for language, several in by_language.items()},
        )
        for intent, by_language in tqdm(texts.items(), desc="variety of the examples", mininterval=SHOWN_EVERY_S)
    }


def source_of(archive: Path, data: Sequence[Example], config: Path, folder: Path) -> report.Source:
    """By the model's card; without one, by the examples as they are now."""
    made = card.load(archive)
    if made is not None:
        told = made["data"]
        stale = told["fingerprint"] != train.fingerprint(config, folder)
        sizes = (told["languages"], told["calibration"], told["intents"])
        return report.Source(archive.name, archive.stat().st_size, told["fingerprint"], *sizes, stale)
    learned = [example for example in data if example.use != CALIBRATION]
    by_language = Counter(example.language for example in learned)
    intents = len({example.intent for example in learned})
    return report.Source(archive.name, archive.stat().st_size, None, by_language, len(data) - len(learned), intents)


def watched(model: Model, texts: Sequence[str], batch: int, what: str) -> list[Parse]:
    with tqdm(total=len(texts), desc=what, mininterval=SHOWN_EVERY_S) as bar:
        return parses(model, texts, batch, lambda done, _: bar.update(done - bar.n))


def judged_both_ways(model: Model, examples: Sequence[Example]) -> report.Judged:
    texts = [example.text for example in examples]
    served, fast = (
        watched(model, texts, batch, f"held-out sentences, {batch} at a time") for batch in (BATCH, LARGE_BATCH)
    )
    return report.Judged(
        [verdict(example, parse) for example, parse in zip(examples, served, strict=True)],
        [verdict(example, parse) for example, parse in zip(examples, fast, strict=True)],
    )


def tones_both_ways(model: Model, cases: Sequence[tone_functions.Case]) -> report.Tones:
    texts = [case.text for case in cases]
    served, fast = (watched(model, texts, batch, f"tone, {batch} at a time") for batch in (BATCH, LARGE_BATCH))
    return report.Tones(
        [tone_functions.reading(case, parse) for case, parse in zip(cases, served, strict=True)],
        [tone_functions.reading(case, parse) for case, parse in zip(cases, fast, strict=True)],
    )


def cost_ms(model: Model, examples: Sequence[Example]) -> float | None:
    """What a second look takes: the time with it less that of the fast models, for each message that got one."""
    texts = [example.text for example in examples[:: max(1, len(examples) // TIMED)]][:TIMED]
    costs: list[float] = []
    for _ in tqdm(range(PASSES), desc="cost of a second look", mininterval=SHOWN_EVERY_S):
        started = time.perf_counter()
        looked = sum(parse.get("cascade") == "used" for parse in parses(model, texts, BATCH))
        between = time.perf_counter()
        parses(model, texts, LARGE_BATCH)
        if looked == 0:
            return None
        costs.append((between - started - (time.perf_counter() - between)) / looked)
    return 1000 * statistics.median(costs)


def figures(options: argparse.Namespace) -> Figures:
    from rasa.model import get_local_model

    from intents.parsing import Model

    archive = Path(get_local_model(str(options.model)))
    data = read_all(options.data)
    examples = held_out(options.test, (*TRAINED_LANGUAGES, *OTHER_LANGUAGES))
    model = Model.load(str(archive))
    judged = judged_both_ways(model, examples)
    spans = entity_spans(options.test / "entities.yml")
    return Figures(
        source_of(archive, data, options.config, options.data),
        judged,
        cost_ms(model, [example for example in examples if example.language in TRAINED_LANGUAGES]),
        span_f1(spans),
        len(spans),
        tones_both_ways(model, tone_functions.load(options.test / "tone.yml")),
        varieties([example for example in data if example.use != CALIBRATION]),
        {group: list(intents) for group, intents in load_yaml(CATALOGUE).items()},
        repeated(examples, data),
        compare.load(options.report.parent / "report" / compare.FILE.name),
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m intents.evaluate", description="Judge a model on held-out sentences.", epilog=EXAMPLE
    )
    parser.add_argument(
        "--model", default="var/models", help="an archive, or a folder whose newest is taken, default: %(default)s"
    )
    parser.add_argument("--config", type=Path, default=Path("config.yml"), help="default: %(default)s")
    parser.add_argument(
        "--data", type=Path, default=Path("intents/data"), help="training examples, default: %(default)s"
    )
    parser.add_argument("--test", type=Path, default=HELD_OUT, help="held-out sentences, default: %(default)s")
    parser.add_argument(
        "--report", type=Path, default=Path("intents/report.md"),
        help="the page; its pictures lie in report/ beside it, default: %(default)s",
    )  # fmt: skip
    parser.add_argument("--details", action="store_true", help="print the page's long tables too")
    options = parser.parse_args(arguments)
    prepare()
    from rasa.exceptions import ModelNotFound

    from intents import pictures

    try:
        made = figures(options)
    except (ModelNotFound, OSError, yaml.YAMLError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    served, folder = made.judged.of(TRAINED_LANGUAGES).served, options.report.parent / "report"
    pictures.confusion(served, made.groups, folder / "confusion.png")
    pictures.reliability_diagram(served, report.ECE_BAR, folder / "reliability.png")
    options.report.write_text(page(made), encoding="utf-8")
    print(summary(made) if not options.details else f"{summary(made)}\n\n{long_tables(made)}")
    print(f"\nwritten: {options.report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
