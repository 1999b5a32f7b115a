"""The pages that lead through the code: every name they link exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.common.events import contracts

ROOT = Path(__file__).parents[2]
LIFE = ROOT / "docs" / "life-of-an-inquiry.md"
# A link whose text is code: a name in the file that it leads to.
_NAMED = re.compile(r"\[`([\w.]+)`\]\(([^)]+)\)")


def names_in(tree: ast.Module | ast.ClassDef, of: str = "") -> Iterator[str]:
    """Every class and function; a method after its class, a function inside another alone."""
    for node in ast.walk(tree) if not of else tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield of + node.name
        elif isinstance(node, ast.ClassDef) and not of:
            yield node.name
            yield from names_in(node, f"{node.name}.")


@pytest.mark.parametrize(("name", "link"), _NAMED.findall(LIFE.read_text(encoding="utf-8")))
def test_every_name_on_the_page_of_a_life_exists(name: str, link: str) -> None:
    path = (LIFE.parent / link).resolve()
    assert path.is_file(), f"{LIFE.name} leads to {link}, which is not there"
    defined = set(names_in(ast.parse(path.read_text(encoding="utf-8"))))
    assert name in defined, f"{LIFE.name} says that {name} is in {link}"


def test_the_way_to_the_offices_screen_is_twenty_files_at_most() -> None:
    page = LIFE.read_text(encoding="utf-8")
    numbered = re.findall(r"^\d+\. .*?\]\(([^)]+)\)", page, re.MULTILINE)
    assert 15 <= len(numbered) <= 20
    assert len(set(numbered)) == len(numbered)


OWNS = ["**owns**", "**publishes**", "**consumes**", "**serves**", "**asks**"]


@pytest.mark.parametrize("service", contracts.services())
def test_the_five_services_are_described_in_one_form(service: str) -> None:
    """Whoever has read one page finds everything on the others."""
    page = (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {service}\n\n")
    assert re.findall(r"^\| (\*\*\w+\*\*) \|", page, re.MULTILINE) == OWNS
    sections = re.findall(
        r"^(Read top-down: |## Promises|## Runbook|Settings: )", page, re.MULTILINE
    )
    assert sections == ["Read top-down: ", "## Promises", "## Runbook", "Settings: "]
    for path in re.findall(r"`(\w[\w/]*\.py)`", page):
        assert (ROOT / "services" / service / path).is_file(), path
