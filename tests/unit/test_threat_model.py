"""The threat model names what is there: each safeguard, and for each the test that holds it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.unit.test_docs import names_in

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
_NAMED = re.compile(r"\[`([\w.]+)`\]\(\.\./([^)]+)\)")
OPEN = "**Open**"


def rows() -> list[list[str]]:
    """The cells of every threat: of the tables that say by what it is seen."""
    found, within = [], False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        within = line.endswith("| seen by |") or (within and line.startswith("|"))
        if within and not line.endswith("| seen by |") and not line.startswith("|---"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


@cache
def defined(path: str) -> frozenset[str]:
    return frozenset(names_in(ast.parse((ROOT / path).read_text(encoding="utf-8"))))


@pytest.mark.parametrize("path", sorted({path for _, path in _NAMED.findall(PAGE.read_text())}))
def test_every_name_on_the_page_is_where_it_says(path: str) -> None:
    assert (ROOT / path).is_file()
    named = {name for name, where in _NAMED.findall(PAGE.read_text()) if where == path}
    assert named <= defined(path)


def test_every_threat_has_a_safeguard_with_its_test_or_is_called_open() -> None:
    for kind, threat, safeguard, seen_by in rows():
        assert re.fullmatch("[STRIDE](, [STRIDE])*", kind), threat
        tests = _NAMED.findall(seen_by)
        assert all(name.startswith("test_") and where.startswith("tests/") for name, where in tests)
        assert tests or OPEN in safeguard, threat


def test_every_way_through_the_city_is_looked_at() -> None:
    ways = re.findall(r"^## \d+\. .*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(ways) == 11
    assert len(rows()) > 50
