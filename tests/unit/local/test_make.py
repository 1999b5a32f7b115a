"""`make` alone: a person finds every task in it, each in one line of a terminal."""

from __future__ import annotations

import re
import subprocess

from scripts.suite import ROOT

_LONGEST_LINE = 110


def test_the_list_of_tasks_has_all_of_them_in_short_lines() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (tasks,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert set(re.findall(r"^  make (\S+)", shown, re.MULTILINE)) == set(tasks.split())
    assert [line for line in shown.splitlines() if len(line) > _LONGEST_LINE] == []
