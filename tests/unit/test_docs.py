"""The pages: every name they link exists, and what they have a reader type can be meant.

`tests/e2e/test_docs.py` types it.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from dasan.districts.v1 import work_pb2
from google.protobuf import json_format, message_factory

from services.common.events import contracts
from tests.support.pages import NOT_RUN, PAGES, commands

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


COMMANDS = [(page.name, block) for page in PAGES for block in commands(page.read_text("utf-8"))]


def test_pages_show_commands() -> None:
    assert len(COMMANDS) > 5
    assert all(any(re.match(known, line) for _, block in COMMANDS for line in block.splitlines())
               for known in NOT_RUN)  # fmt: skip


# A runbook's commands run in a pod, whose only Python is the image's.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name != "runbooks"], ids=lambda p: p.name
)
def test_no_page_takes_an_activated_environment_for_granted(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"(?:^ {4}|`)python3? [^`\n]*", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_target_that_a_page_names_exists(page: Path) -> None:
    known = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(
        re.findall(r"(?:`|^ {4})make ([a-z0-9-]+)\b", page.read_text("utf-8"), re.MULTILINE)
    )
    assert named <= known


def calls_by_hand() -> Iterator[tuple[str, str]]:
    """The JSON and the method of each call with grpcurl."""
    for _, block in COMMANDS:
        for line in re.sub(r"\\\n", " ", block.replace("'$ID'", "0")).split("grpcurl ")[1:]:
            words = shlex.split(line, comments=True)
            yield words[words.index("-d") + 1] if "-d" in words else "{}", words[-1]


@pytest.mark.parametrize(("body", "method"), [*calls_by_hand()])
def test_calls_by_hand_are_calls_of_the_contracts(body: str, method: str) -> None:
    service, _, name = method.partition("/")
    described = work_pb2.DESCRIPTOR.services_by_name[service.rpartition(".")[2]]
    assert described.full_name == service
    request = message_factory.GetMessageClass(described.methods_by_name[name].input_type)
    json_format.Parse(body, request())
