"""The public yardstick's reader and choice; the benchmark itself is run by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents.benchmark import NoData, first_of_each, main, read
from intents.examples import Example


def written(folder: Path, content: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_texts_keep_commas_lines_and_what_is_markup_elsewhere(tmp_path: Path) -> None:
    path = written(tmp_path, 'text,category\n"a, [b](c) {d}",card_arrival\n"two\nlines",top_up\n\n')
    assert read(path) == [Example("a, [b](c) {d}", "card_arrival", "en"), Example("two\nlines", "top_up", "en")]


def test_columns_may_stand_in_another_order_and_blank_texts_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, "id,category,text\n1,top_up,hello\n2,top_up,  \n")
    assert read(path) == [Example("hello", "top_up", "en")]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="lacks the column category"):
        read(written(tmp_path, "text,label\nhello,top_up\n"))


def test_missing_files_are_told_with_the_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--train", str(tmp_path / "train.csv"), "--test", str(tmp_path / "test.csv")])
    assert refused.value.code == 2
    assert "PolyAI-LDN/task-specific-datasets" in capsys.readouterr().err


def test_the_first_of_each_intent_in_the_files_order() -> None:
    examples = [Example(text, intent, "en") for text, intent in [("1", "b"), ("2", "a"), ("3", "b"), ("4", "b")]]
    assert [example.text for example in first_of_each(examples, 2)] == ["1", "2", "3"]
    assert first_of_each(examples, 0) == []
