"""What is shown of routing's decisions: the line of one sitting, and where it is added."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.cities.decisions import COLUMNS, PAGE, row
from simulation.bench.report import added

RESULTS: dict[str, dict[str, Any]] = {
    "decision_by_rules": {"stats": {"data": [n * 1e-6 for n in range(1, 101)]}},
    "decision_with_words": {"stats": {"data": [0.0005] * 98 + [0.0021, 0.0022]}},
    "words_alone": {"stats": {"data": [0.0004]}},
    "dry_run": {"stats": {"median": 0.126}},
    "load_and_warm": {"extra_info": {"seconds": 1.5, "waited": 2.04, "megabytes": 207.6}},
}


def test_a_sitting_is_a_line_of_medians_and_99_of_100() -> None:
    line = row(RESULTS, sitting="2026-11-26 22:18", commit="abc", fixed_work=0.1464)
    assert line == (
        *("2026-11-26 22:18", "abc", "146 ms", "50 µs / 99 µs", "500 µs / 2.10 ms"),
        *("400 µs / 400 µs", "0.13 s", "1.5 s / 2.0 s", "208 MB"),
    )
    assert len(line) == len(COLUMNS)


def test_it_comes_last_in_the_table() -> None:
    end = "<!-- decisions: end -->"
    page = f"| a |\n|---|\n| 1 |\n\n{end}\n\nmore\n"
    longer = f"| a |\n|---|\n| 1 |\n| 2 |\n\n{end}\n\nmore\n"
    assert added(page, "decisions", ["| 2 |"]) == longer
    whole = PAGE.read_text(encoding="utf-8")
    assert added(whole, "decisions", ["| 2 |"]).count("| 2 |") == 1
    with pytest.raises(ValueError, match="needs the line"):
        added("| a |\n", "decisions", ["| 2 |"])
