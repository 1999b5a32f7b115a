"""The audit judges by what was asked, and not by the tool's own word."""

from __future__ import annotations

from typing import Any

import pytest

from scripts import audit

WANTED = [("httpx", "0.28.1"), ("jinja2", "3.1.6")]


def asked(name: str, version: str, *faults: str) -> dict[str, Any]:
    vulns = [{"id": fault, "fix_versions": ["9.9"]} for fault in faults]
    return {"name": name, "version": version, "vulns": vulns}


# What the tool writes, with status 0 and "No known vulnerabilities found", where its service knows
# none of the packages.
NOBODY_KNEW = {
    "dependencies": [
        {"name": name, "skip_reason": f"Dependency not found and could not be audited: {name}"}
        for name, _ in WANTED
    ]
}


@pytest.mark.parametrize(
    "report",
    [
        None,
        {"dependencies": []},
        NOBODY_KNEW,
        {"dependencies": [asked("httpx", "0.28.1")]},
        {"dependencies": [asked("httpx", "0.28.1"), asked("jinja2", "3.0.0")]},
    ],
    ids=("no-report", "empty", "nobody-knew", "one-of-two", "another-version"),
)
def test_what_was_not_asked_about_is_no_clean_bill(report: Any) -> None:
    status, said = audit.judge(report, WANTED)
    assert status == audit.NOT_AUDITED
    assert said.startswith("NOT AUDITED: ")
    assert "\n" not in said


def test_what_is_known_is_named_with_what_mends_it_whatever_else_was_missed() -> None:
    status, said = audit.judge({"dependencies": [asked("Jinja2", "3.1.6", "CVE-1")]}, WANTED)
    assert status == audit.KNOWN
    assert said.splitlines() == [
        "jinja2 3.1.6: CVE-1, mended in 9.9",
        "and 1 package(s) were not asked about",
    ]


def test_all_asked_and_nothing_known_is_clean() -> None:
    report = {"dependencies": [asked(*pin) for pin in WANTED]}
    assert audit.judge(report, WANTED)[0] == audit.CLEAN
