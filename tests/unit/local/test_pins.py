"""requirements.lock pins exactly what requirements.in asks for, and names no index."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text()
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_every_line_of_the_lock_is_one_exact_pin() -> None:
    assert [
        line for line in lines("requirements.lock") if not re.fullmatch(r"[\w.-]+==[\w.+]+", line)
    ] == []


def test_the_lock_satisfies_what_is_asked_for() -> None:
    locked = {
        canonicalize_name(name): version
        for name, _, version in (line.partition("==") for line in lines("requirements.lock"))
    }
    asked = [Requirement(line) for line in lines("requirements.in")]
    unmet = [
        str(requirement)
        for requirement in asked
        if not requirement.specifier.contains(
            locked.get(canonicalize_name(requirement.name), "0"), prereleases=True
        )
    ]
    assert unmet == []
