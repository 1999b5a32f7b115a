"""Forms that lose messages, hide time or lean on the insides of a library are nowhere here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

SERVICES = Path(__file__).resolve().parents[3] / "services"
BANNED = {
    "Faust acks although an agent raised": r"\.agent\(",
    "acks although the agent raised": r"\bstream\w*\.(take|take_events|noack_take)\(",
    "acks before the save": r"stream\.(events|items)\(\)",
    "unsafe with Kafka's transactions from Python": r"exactly_once",
    "the clock belongs to the bootstrap": r"\b(datetime\.(now|utcnow)|time\.time)\(",
    "blocks the event loop": r"\btime\.sleep\(",
}
# The one place that reads the clock for everybody, and a command by hand, which has no event loop.
ALLOWED = {
    ("the clock belongs to the bootstrap", "common/process/clock.py"),
    ("blocks the event loop", "common/bus/rewind.py"),
}


@pytest.mark.parametrize("reason", BANNED)
def test_no_service_uses_a_form_that_is_banned(reason: str) -> None:
    pattern = re.compile(BANNED[reason])
    found = [
        f"{path.relative_to(SERVICES)}:{number}"
        for path in sorted(SERVICES.rglob("*.py"))
        if (reason, str(path.relative_to(SERVICES))) not in ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


class Private:
    """Who owns the names of one underscore: each class those that it, or a class of ours that it
    is derived from, defines. `os._exit` is a documented name."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._trees = {place: ast.parse(source) for place, source in sources.items()}
        self._defined: dict[str, set[str]] = {}
        self._bases: dict[str, set[str]] = {}
        for tree in self._trees.values():
            for one in ast.walk(tree):
                if isinstance(one, ast.ClassDef):
                    self._defined.setdefault(one.name, set()).update(defined_in(one))
                    names = {last_name(base) for base in one.bases}
                    self._bases.setdefault(one.name, set()).update(names)

    def strangers(self) -> list[str]:
        """Uses of a private name by a class that does not own it, and imports of one."""
        found = []
        for place, tree in self._trees.items():
            found += [f"{place}:{line} {name}" for line, name in self._within(tree, frozenset())]
        return sorted(found)

    def _within(self, node: ast.AST, owned: frozenset[str]) -> Iterator[tuple[int, str]]:
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.ClassDef):
                yield from self._within(one, owned | self._owned(one.name, frozenset()))
                continue
            if (
                isinstance(one, ast.Attribute)
                and is_private(one.attr)
                and one.attr not in owned
                and ast.unparse(one) != "os._exit"
            ):
                yield one.lineno, ast.unparse(one)
            if isinstance(one, ast.Import | ast.ImportFrom):
                module = getattr(one, "module", None) or ""
                for name in (part.name for part in one.names):
                    if any(map(is_private, f"{module}.{name}".split("."))):
                        yield one.lineno, f"{module}.{name}".lstrip(".")
            yield from self._within(one, owned)

    def _owned(self, name: str, seen: frozenset[str]) -> frozenset[str]:
        found = frozenset(self._defined.get(name, ()))
        for base in self._bases.get(name, set()) - seen:
            found |= self._owned(base, seen | {name})
        return found


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def last_name(base: ast.expr) -> str:
    return ast.unparse(base).partition("[")[0].rpartition(".")[2]


def defined_in(one: ast.ClassDef) -> Iterator[str]:
    """Its methods and class attributes, and what it puts on itself."""
    for node in ast.walk(one):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


def test_no_private_name_of_a_library_is_touched() -> None:
    """It may go away, or mean something else, with any release."""
    root = SERVICES.parent
    ours = [
        path for top in ("services", "deploy", "scripts") for path in (root / top).rglob("*.py")
    ]
    sources = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in ours}
    assert Private(sources).strangers() == []


STRANGE = """
import faust._cython
from aiokafka import _private
class Own(Library):
    _mine = 0
    def __init__(self, other: Own) -> None:
        self._too = other._mine
        self._too = other.client._theirs
    def look(self) -> None:
        return self._theirs
class Heir(Own):
    def look(self) -> None:
        super()._inherited()
        os._exit(self._too)
"""


def test_a_private_name_of_a_library_is_seen() -> None:
    assert Private({"x.py": STRANGE}).strangers() == [
        "x.py:10 self._theirs",
        "x.py:13 super()._inherited",
        "x.py:2 faust._cython",
        "x.py:3 aiokafka._private",
        "x.py:8 other.client._theirs",
    ]
