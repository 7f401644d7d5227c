"""The report's two pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from intents.measures import Bin, Verdict, calibration_error, reliability

NO_INTENT = "no intent"
FAINTEST = 0.004
DPI = 100
INK, RULE, BAR, LINE = "#222222", "#bbbbbb", "#9db8d2", "#c0392b"
FEW = 10
"""Sentences of a bin under which its accuracy says little: it is drawn pale."""
TICKS = (0.01, 0.03, 0.1, 0.3, 1.0)

plt.rcParams.update({"font.family": "DejaVu Sans", "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": RULE})


def shares(verdicts: Sequence[Verdict], names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Rows: wanted intents; columns: given ones, and one more where sentences were given none. Rows add up to 1."""
    pairs = Counter((verdict.example.intent, verdict.intent or NO_INTENT) for verdict in verdicts)
    columns = [*names, *([NO_INTENT] if any(given == NO_INTENT for _, given in pairs) else [])]
    counts = np.array([[pairs[wanted, given] for given in columns] for wanted in names], dtype=float)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), columns


def confusion(verdicts: Sequence[Verdict], groups: Mapping[str, Sequence[str]], file: Path) -> None:
    """`groups`: the intents of each group, in the order in which they are drawn."""
    names = [name for several in groups.values() for name in several]
    values, columns = shares(verdicts, names)
    figure, axes = plt.subplots(figsize=(13.5, 13.2))
    image = axes.imshow(
        np.ma.masked_equal(values, 0), cmap="YlGnBu", norm=LogNorm(FAINTEST, 1.0), aspect="equal", interpolation="none"
    )
    axes.set_xticks(range(len(columns)), columns, rotation=90, fontsize=8.5)
    axes.set_yticks(range(len(names)), names, fontsize=8.5)
    axes.tick_params(length=2, color=RULE)
    axes.set_xlabel("given by the model", fontsize=11)
    axes.set_ylabel("meant by the sentence", fontsize=11)
    _groups(axes, groups, len(columns))
    bar = figure.colorbar(image, ax=axes, shrink=0.45, pad=0.035, ticks=TICKS)
    bar.ax.set_yticklabels([f"{tick:.0%}" for tick in TICKS], fontsize=9)
    bar.ax.minorticks_off()
    bar.outline.set_edgecolor(RULE)
    bar.set_label("share of the row's sentences (white: none)", fontsize=10)
    axes.set_title(f"What {len(verdicts):,} held-out sentences were taken for", fontsize=13, pad=12)
    _save(figure, file)


def _groups(axes: Axes, groups: Mapping[str, Sequence[str]], width: int) -> None:
    """Lines between the groups, and their names on the right."""
    start = 0
    for name, members in groups.items():
        end = start + len(members)
        if end < width:
            axes.axhline(end - 0.5, color=RULE, linewidth=0.8)
            axes.axvline(end - 0.5, color=RULE, linewidth=0.8)
        turned = 270 if len(members) > 3 else 0
        axes.text(width - 0.1, (start + end - 1) / 2, name, rotation=turned, va="center", ha="left", fontsize=9)
        start = end


def reliability_diagram(verdicts: Sequence[Verdict], bar: float, file: Path) -> None:
    """`bar`: the highest calibration error that is good enough."""
    bins = reliability(verdicts)
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(6.6, 7.4), sharex=True, gridspec_kw={"height_ratios": [3, 1], "hspace": 0.08}
    )
    _accuracies(upper, bins)
    lower.bar([_middle(each) for each in bins], [each.size for each in bins], width=0.092, color=BAR)
    for each in bins:
        lower.annotate(f"{each.size:,}", (_middle(each), each.size), ha="center", va="bottom", fontsize=8)
    lower.set_yscale("log")
    lower.set_ylim(0.8, 6 * max(each.size for each in bins))
    lower.set_ylabel("sentences")
    lower.set_xlabel("the model's confidence")
    lower.set_xticks(np.arange(0, 1.01, 0.1))
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
    error = calibration_error(verdicts)
    upper.set_title(f"Is it right as often as it is sure? ECE {error:.3f} (bar {bar:.2f})", fontsize=11, pad=28)
    _save(figure, file)


def _accuracies(axes: Axes, bins: Sequence[Bin]) -> None:
    for each in bins:
        alpha = 1.0 if each.size >= FEW else 0.3
        axes.bar(_middle(each), each.accuracy, width=0.092, color=BAR, alpha=alpha)
        axes.plot(each.confidence, each.accuracy, "o", color=LINE, alpha=alpha, clip_on=False)
    axes.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1, label="as sure as right")
    axes.plot([], [], "o", color=LINE, label=f"mean confidence of a bin (pale: under {FEW} sentences)")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("share that is right")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=2, frameon=False, fontsize=9)


def _middle(each: Bin) -> float:
    """Of the tenth that the bin is."""
    return (min(int(each.confidence * 10), 9) + 0.5) / 10


def _save(figure: Figure, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=DPI, bbox_inches="tight", facecolor="white", metadata={"Software": None})
    plt.close(figure)
