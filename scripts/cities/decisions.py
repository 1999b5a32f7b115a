"""Measures how fast routing decides; with --write it adds the sitting to docs/benchmarks.md.

python -m scripts.cities.decisions [--write]

Owns what is shown of tests/bench/routing, and the goals. A sitting is one line of the table, to be
compared with the others by the fixed work that stands in it: processor time, so that what else the
machine does is not measured, but a busy machine's caches are cold and its cores slower.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scripts.cities.figures import ROOT, measure
from services.cities import load
from simulation.bench import machine, report
from simulation.numbers import quantile

BENCH = "tests/bench/routing/bench_decisions.py"
PAGE = ROOT / "docs" / "benchmarks.md"
COLUMNS = (
    "sitting (UTC)",
    "commit",
    "fixed work",
    "decision by rules, p50 / p99 (≤ 300 µs)",
    "with words, p50 / p99 (≤ 1.8 ms)",
    "words alone, p50 / p99",
    "dry run of 10,000 (< 20 s)",
    "load and warm, processor / clock (< 3 s)",
    "resident (< 300 MB)",
)

Results = Mapping[str, Mapping[str, Any]]


def row(results: Results, *, sitting: str, commit: str, fixed_work: float) -> Sequence[str]:
    """One sitting, by the names of its benchmarks; `fixed_work` in seconds."""
    warm = results["load_and_warm"]["extra_info"]
    return (
        sitting,
        commit,
        f"{fixed_work * 1000:.0f} ms",
        *(
            _each(results[name]["stats"]["data"])
            for name in ("decision_by_rules", "decision_with_words", "words_alone")
        ),
        f"{results['dry_run']['stats']['median']:.2f} s",
        f"{warm['seconds']:.1f} s / {warm['waited']:.1f} s",
        f"{warm['megabytes']:.0f} MB",
    )


def _each(seconds: Sequence[float]) -> str:
    return " / ".join(_time(quantile(seconds, share)) for share in (0.5, 0.99))


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def main(write: bool) -> None:
    """Measures, prints and, where it is asked to, writes."""
    fixed_work = machine.fixed_work()
    results = {one["name"].removeprefix("test_"): one for one in measure(BENCH)}
    sitting = row(
        results,
        sitting=f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        commit=machine.revision(ROOT),
        fixed_work=fixed_work,
    )
    made_on = (
        f"{machine.processor()}, {machine.python()}, words {load('seoul').understand('').model}"
    )
    lines = report.markdown(COLUMNS, [sitting])
    print("routing decisions:", made_on, "", *lines, sep="\n")
    if write:
        report.add(PAGE, "decisions", lines[-1:])
        print(f"written to {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main(write=sys.argv[1:] == ["--write"])
