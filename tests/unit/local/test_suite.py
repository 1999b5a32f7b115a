"""`make test` leaves no test out and no failure unsaid."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts import suite
from scripts.suite import ALONE, PARTS, SERVICES, Suite, cities


def test_every_folder_of_tests_is_run_once() -> None:
    run = (*ALONE, *SERVICES, *PARTS, *cities())
    there = {str(path.relative_to(suite.ROOT)) for path in suite.ROOT.glob("tests/**/test_*.py")}
    assert {path for path in there if not path.startswith(run)} == set()
    assert len(set(run)) == len(run)


def test_a_new_folder_is_run_with_the_cities(tmp_path: Path) -> None:
    for folder in ("unit", "new", "support"):
        (tmp_path / "tests" / folder).mkdir(parents=True)
    (tmp_path / "tests/new/test_it.py").touch()
    (tmp_path / "tests/unit/test_it.py").touch()
    assert cities(tmp_path) == ("tests/new",)


def test_no_two_lanes_look_for_the_same_ports() -> None:
    parts = suite.shares(3)
    assert len({port for part in parts for port in part}) == sum(map(len, parts)) == 12_000


def test_all_closings_make_one() -> None:
    done = Suite()
    done.note(0, ["= 5 passed, 1 skipped, 2 warnings in 3.42s ="])
    done.note(1, ["FAILED tests/x.py", "= 1 failed, 2 passed, 1 error in 61.00s (0:01:01) ="])
    assert done.status == 1
    assert done.closing(812.3).strip("= ") == (
        "1 failed, 1 error, 7 passed, 1 skipped, 2 warnings in 812.30s (13:32)"
    )


@pytest.mark.parametrize("end", ["sys.exit(2)", "import os; os.kill(os.getpid(), 9)"])
def test_what_ends_badly_counts_and_the_lane_goes_on(
    end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = Suite()
    bad = "import sys; print('tests/a.py .F [ 50%]'); print('what was wrong'); "
    done.lane([[sys.executable, "-c", bad + end], [sys.executable, "-c", "print('after')"]])
    assert done.status > 0
    said = capsys.readouterr().out.splitlines()
    shown = [line for line in said if line and "s of processors: -c " not in line]
    assert shown == ["tests/a.py .F [ 50%]", "what was wrong", "after"]


def test_what_a_command_took_of_the_processors_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    work = "import time\nwhile time.process_time() < 1.1: pass"
    Suite().lane([[sys.executable, "-c", work]])
    said = capsys.readouterr().out
    assert " s, 1 s of processors: -c import time" in said
