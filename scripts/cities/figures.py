"""Measures the city library and writes the table into docs/cities.md.

python -m scripts.cities.figures
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.cities.page import put

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cities.md"
BENCH = "tests/bench/cities/bench_cities.py"
PYTEST = (sys.executable, "-m", "pytest", "-q", "--benchmark-timer=time.process_time")
"""Processor time, so that what else the machine does is not measured."""

GOALS = {
    "load_and_warm_seoul": "< 1.5 s, < 150 MB",
    "place_by_point": "< 60 µs",
    "place_by_code": "< 2 µs",
    "place_by_address": "< 300 µs",
    "deadline": "< 20 µs",
    "explain": "< 200 µs",
}


def measure(bench: str) -> list[dict[str, Any]]:
    """Runs a file of benchmarks; their results as pytest-benchmark writes them."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "figures.json"
        subprocess.run(
            [*PYTEST, bench, f"--benchmark-json={result}"],
            cwd=ROOT,
            check=True,
        )
        benchmarks: list[dict[str, Any]] = json.loads(result.read_text())["benchmarks"]
        return benchmarks


def table(results: Iterable[dict[str, Any]]) -> str:
    """A Markdown table of medians, with the goal where there is one."""
    lines = ["| what | median | goal |", "|---|---|---|"]
    for result in results:
        name = result["name"].removeprefix("test_").replace("_in_a_new_process", "")
        goal = next((goal for key, goal in GOALS.items() if name.startswith(key)), "")
        seconds = result["extra_info"].get("seconds", result["stats"]["median"])
        figure = f"{seconds:.2f} s" if seconds > 0.1 else f"{seconds * 1e6:.1f} µs"
        if "megabytes" in result["extra_info"]:
            figure += f", {result['extra_info']['megabytes']:.0f} MB at most"
        lines.append(f"| {name.replace('_', ' ')} | {figure} | {goal} |")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints and writes."""
    figures = table(measure(BENCH))
    print(figures)
    put(PAGE, "figures", figures)


if __name__ == "__main__":
    main()
