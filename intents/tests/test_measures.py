"""What verdicts amount to, and how a report says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents import compare, details, measures, pictures, report, tables
from intents.details import Variety
from intents.examples import Example
from intents.measures import Bin, Verdict
from intents.tone_functions import (
    Case,
    Reading,
    Share,
    functions,
    harmless_left_alone,
    in_a_word,
    reading,
    targets,
    toxic_found,
)


def said(
    wanted: str, given: str | None, confidence: float = 0.9, text: str = "a", language: str = "fr", cascade: str = ""
) -> Verdict:
    return Verdict(Example(text, wanted, language), given, confidence, language, cascade)


RIGHT = said("greet", "greet", 0.9)
WRONG = said("thank", "greet", 0.5)


def test_accuracy_and_macro_f1() -> None:
    assert measures.accuracy([RIGHT, WRONG]) == 0.5
    assert measures.macro_f1([RIGHT, WRONG]) == pytest.approx((2 / 3 + 0) / 2)


def test_no_intent_is_wrong_and_no_class_of_its_own() -> None:
    verdicts = [said("greet", None, 0.0), RIGHT]
    assert measures.accuracy(verdicts) == 0.5
    assert measures.macro_f1(verdicts) == pytest.approx(2 / 3)


def test_calibration_error_is_the_weighted_gap() -> None:
    assert measures.calibration_error([RIGHT, WRONG]) == pytest.approx((0.1 + 0.5) / 2)
    assert measures.calibration_error([said("greet", "greet", 1.0)] * 3) == 0.0


def test_reliability_leaves_empty_bins_out_and_keeps_certainty_in_the_last() -> None:
    verdicts = [said("greet", "greet", 1.0), said("greet", "thank", 0.96), said("greet", "greet", 0.05)]
    assert measures.reliability(verdicts) == [Bin(0.05, 1.0, 1), Bin(0.98, 0.5, 2)]


ABUSE = frozenset({"insult", "threat"})
MIXED = [said("insult", "insult"), said("insult", "threat"), said("threat", "praise"), said("praise", "insult")]


def test_recall_asks_for_the_own_intent_and_noticed_for_any() -> None:
    assert measures.recall(MIXED, ABUSE) == (1, 3)
    assert measures.noticed(MIXED, ABUSE) == (2, 3)
    assert measures.recall(MIXED, frozenset({"spam"})) == (0, 0)


def test_false_alarms_are_among_the_others() -> None:
    assert measures.false_alarms(MIXED, "insult") == (1, 2)


@pytest.mark.parametrize(
    ("hits", "of", "bound"),
    [(0, 0, 0.0), (0, 10, 0.0), (10, 10, 0.7225), (95, 100, 0.8882), (950, 1000, 0.9347)],
    ids=["of nothing", "none", "all of few", "of a hundred", "of a thousand"],
)
def test_lower_bound(hits: int, of: int, bound: float) -> None:
    assert measures.lower_bound(hits, of) == pytest.approx(bound, abs=1e-4)


def test_confusions_come_by_number_with_their_first_sentence() -> None:
    verdicts = [
        said("insult", "threat", text="once"),
        said("thank", "praise", text="first"),
        said("thank", "praise", text="second"),
        said("greet", None, text="nothing"),
        RIGHT,
    ]
    assert measures.confusions(verdicts) == [
        ("thank", "praise", 2, "first"),
        ("insult", "threat", 1, "once"),
        ("greet", "none", 1, "nothing"),
    ]


def test_span_f1_by_kind_and_of_all() -> None:
    found = frozenset({("date", 0, 5), ("email", 6, 9)})
    wanted = frozenset({("date", 0, 5), ("email", 6, 10), ("place", 20, 24)})
    scores = measures.span_f1([(found, wanted)])
    assert list(scores) == ["date", "email", "place", "all"]
    assert scores == {"date": 1.0, "email": 0.0, "place": 0.0, "all": pytest.approx(2 / 5)}


def test_a_table_is_padded_and_aligns_numbers() -> None:
    assert tables.table(["", "share"], [["one", "9.5 %"], ["`three`", "**100.0 %**"]]) == (
        "|         |       share |\n"
        "| ------- | ----------: |\n"
        "| one     |       9.5 % |\n"
        "| `three` | **100.0 %** |"
    )  # fmt: skip


def test_a_table_without_rows_is_its_head() -> None:
    assert tables.table(["a", "b"], []).splitlines()[0] == "| a   |   b |"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain words", "plain words"),
        ("a | b\nc", "a \\| b c"),
        ("<b>*x*</b>", "\\<b\\>\\*x\\*\\</b\\>"),
        ("http://a.example", "http\\://a.example"),
        ("x" * 200, "x" * 109 + "…"),
    ],
    ids=["plain", "a cell's edge", "markup", "link", "long"],
)
def test_customers_words_cannot_break_a_table(text: str, quoted: str) -> None:
    assert tables.quoted(text) == quoted


@pytest.mark.parametrize(
    ("share", "cell"), [(0.9, "90.0 %"), (0.899, "**89.9 % ✗**"), (1.0, "100.0 %")], ids=["at", "under", "over"]
)
def test_what_misses_its_floor_is_marked(share: float, cell: str) -> None:
    assert tables.floor(share, 0.9) == cell


def test_what_is_over_its_ceiling_is_marked() -> None:
    assert tables.ceiling(0.05, 0.05, "0.050") == "0.050"
    assert tables.ceiling(0.06, 0.05, "0.060") == "**0.060 ✗**"


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


SERVED = [
    said("insult", "insult", 0.95, "i", cascade="used"),
    said("out_of_scope", "insult", 0.95, "o"),
    said("praise", "praise", 0.95, "p", "en"),
    said("praise", "praise", 0.95, "q", "en"),
]
FAST = [said("insult", "praise", 0.95, "i"), *SERVED[1:]]
JUDGED = report.Judged(SERVED, FAST)


def test_languages_stand_one_a_row_and_together() -> None:
    lines = report.languages(JUDGED, ("fr", "en"), 0.9, 0.05).splitlines()
    assert cells(lines[0])[:4] == ["", "sentences", "accuracy (≥ 90 %)", "fast"]
    assert cells(lines[2])[:4] == ["French", "2", "**50.0 % ✗**", "0.0 %"]
    assert cells(lines[3])[:4] == ["English", "2", "100.0 %", "100.0 %"]
    assert cells(lines[4])[:4] == ["together", "4", "**75.0 % ✗**", "50.0 %"]
    assert [cells(line)[-1] for line in lines[2:]] == ["50.0 %", "0.0 %", "25.0 %"]


def test_languages_without_sentences_have_no_row() -> None:
    assert len(report.languages(JUDGED, ("fr", "de"), 0.9, None).splitlines()) == 4


def test_safety_tells_hits_and_both_ways() -> None:
    rows = {cells(line)[0]: cells(line)[1:] for line in report.safety(JUDGED).splitlines()[2:]}
    assert rows["`insult`"] == ["1/1", "100.0 %", "20.7 %", "100.0 %", "0.0 %", "0.0 %"]
    assert rows["**together**"][0] == "1/1"
    assert rows["`spam`"][0] == "0/0"


def test_outside_tells_recall_and_false_alarms() -> None:
    row = cells(report.outside(JUDGED).splitlines()[2])
    assert row == ["served", "0/1", "**0.0 % ✗**", "0.0 %", "0/3", "0.0 %"]


def test_sentences_that_are_examples_too_are_told_and_left_out() -> None:
    told = report.repeated(JUDGED, frozenset({"o"}))
    assert told.startswith("1 of these sentences (25.0 %)")
    assert cells(told.splitlines()[-1])[:3] == ["together", "3", "100.0 %"]
    assert "None" in report.repeated(JUDGED, frozenset())


def test_without_a_second_look_the_report_says_so() -> None:
    assert report.cascade(JUDGED, None).startswith("No message got a second look")
    assert "**27 ms**" in report.cascade(JUDGED, 27.4)


def test_each_intent_stands_in_its_group_and_marks_twins() -> None:
    groups = {"safety": ["insult", "threat"], "outside": ["out_of_scope"]}
    variety = {"insult": Variety(40, {"fr": 0.3, "en": 0.1})}
    lines = details.per_intent(SERVED, groups, variety, 0.25).splitlines()[2:]
    assert cells(lines[0]) == ["safety", "`insult`", "100 %", "–", "1", "**30 % ✗**", "10 %", "40"]
    assert cells(lines[1]) == ["", "`threat`", "–", "–", "0", "–", "–", "0"]
    assert cells(lines[2])[:3] == ["outside", "`out_of_scope`", "0 %"]


def test_pictures_are_drawn_small_and_the_same_each_time(tmp_path: Path) -> None:
    groups = {"safety": ["insult", "threat"], "outside": ["out_of_scope", "praise"]}
    drawn = []
    for name in ("first", "second"):
        pictures.confusion([*SERVED, said("threat", None, 0.0)], groups, tmp_path / name / "confusion.png")
        pictures.reliability_diagram(SERVED, 0.05, tmp_path / name / "reliability.png")
        drawn.append([path.read_bytes() for path in sorted((tmp_path / name).iterdir())])
    assert drawn[0] == drawn[1]
    assert all(len(content) < 300_000 for content in drawn[0])


INSULT = Case("direct", "fr", "a", "insult", target="person", sentiment="negative")
HARMLESS = Case("idiom", "en", "b", "none")


def test_a_reading_is_right_by_kind_target_and_sentiment() -> None:
    found = reading(INSULT, {"toxicity": [{"kind": "insult", "target": "brand", "score": 0.9}], "sentiment": -0.9})
    assert found == Reading(INSULT, {"insult": "brand"}, "negative")
    assert (found.kind_right, found.target_right, found.sentiment_right) == (True, False, True)
    assert reading(HARMLESS, {"toxicity": []}).kind_right
    assert not reading(HARMLESS, {"toxicity": [{"kind": "insult", "target": "brand", "score": 0.9}]}).kind_right


@pytest.mark.parametrize(
    ("sentiment", "word"),
    [(-0.21, "negative"), (-0.2, "neutral"), (0.0, "neutral"), (0.2, "neutral"), (0.21, "positive")],
)
def test_sentiment_in_a_word(sentiment: float, word: str) -> None:
    assert in_a_word(sentiment) == word


def test_functions_count_targets_only_where_the_kind_was_found() -> None:
    readings = [
        Reading(INSULT, {"insult": "person"}, "negative"),
        Reading(INSULT, {}, "neutral"),
        Reading(HARMLESS, {"threat": "brand"}, "neutral"),
    ]
    direct, idiom = functions(readings)
    assert (direct.name, direct.kinds["fr"].hits, direct.kinds["fr"].of) == ("direct", 1, 2)
    assert direct.target == targets(readings) == Share(1, 1)
    assert (idiom.target, idiom.sentiment) == (None, None)
    assert toxic_found(readings) == Share(1, 2)
    assert harmless_left_alone(readings) == Share(0, 1)
    assert cells(details.tone_by_function(readings).splitlines()[2])[:3] == ["`direct`", "insult", "50 %"]


def row(pipeline: str, sample: int | None = None, training_s: float = 1.0) -> compare.Row:
    return compare.Row(
        pipeline, None, sample, 10, {"fr": 0.5, "en": 0.5, "all": 0.5}, 0.5, 0.5, 0.1, 0.9, training_s, 1.0, 1.0, 1.0,
        1.0, 1.0, 1.0, "2026-11-27",
    )  # fmt: skip


def test_comparisons_replace_their_like_and_keep_the_rest() -> None:
    first = compare.merged(None, "d", [row("diet", 20), row("ours", 20)])
    second = compare.merged(first, "d", [row("ours", 20, 2.0), row("ours")])
    told = [(each["pipeline"], each["sample"], each["training_s"]) for each in second["rows"]]
    assert told == [("ours", None, 1.0), ("ours", 20, 2.0), ("diet", 20, 1.0)]
    assert [each["pipeline"] for each in compare.merged(second, "other", [row("diet")])["rows"]] == ["diet"]
    assert "**ours**, 20 examples of each intent and language" in report.comparison(second)


def test_a_sample_is_the_same_each_time_and_even() -> None:
    groups = ["a"] * 50 + ["b"] * 3
    chosen = compare.stratified(groups, 5)
    assert chosen == compare.stratified(groups, 5) == sorted(set(chosen))
    assert [sum(groups[place] == name for place in chosen) for name in "ab"] == [5, 3]
