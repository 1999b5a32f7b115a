"""`.ci/run`: the status of `make test`, and pytest's closing line last."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_with(make: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs `.ci/run` with a `make` that prints the text, and fails if that speaks of failures."""
    fake = folder / "make"
    status = 2 if "failed" in make else 0
    fake.write_text(f"#!/bin/sh\ncat <<'EOT'\n{make}\nEOT\nexit {status}\n")
    fake.chmod(0o755)
    return subprocess.run(
        [ROOT / ".ci" / "run"],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("closing", "status"),
    [
        ("======= 12 passed, 1 skipped in 3.21s =======", 0),
        ("======= 1 failed, 11 passed in 603.21s (0:10:03) =======", 2),
    ],
)
def test_the_closing_line_comes_last(tmp_path: Path, closing: str, status: int) -> None:
    result = run_with(f"all checks passed\n{closing}\nmake: *** [test] after", tmp_path)
    assert result.returncode == status
    assert result.stdout.splitlines()[-1] == closing


def test_checks_that_fail_before_the_tests_are_said_to(tmp_path: Path) -> None:
    result = run_with("ruff failed", tmp_path)
    assert result.returncode == 2
    assert result.stdout.splitlines()[-1] == "the checks before pytest failed: no test ran"
