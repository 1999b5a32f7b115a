"""Reading a pack's files so that every fault has a file and a line.

Tables are CSV with a header; the rest is YAML whose scalars stay text (so that 09:00 is not a
number). Readers note faults and go on, so that all of them are told at once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml

from services.cities.catalogue.model import Validity
from services.cities.errors import InvalidPeriod
from services.cities.law.period import Period
from services.cities.law.terms import Certainty

E = TypeVar("E", bound=StrEnum)

MOST_LEVELS = 50
"""Lists and mappings within each other in a YAML text that a caller sent. More: Python's own depth
of calls ends first, as an error of ours. Fewer: rules that are written by hand have seven."""
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{1,2})")
# PyYAML has its quick loader only where it was built with libyaml.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """Something wrong in a pack; line 0 is the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class PackFaults(Exception):
    """A pack that cannot be loaded, with every fault found in it."""

    def __init__(self, pack: str, faults: Sequence[Fault]) -> None:
        self.pack = pack
        self.faults = tuple(sorted(set(faults)))
        told = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"{len(self.faults)} fault(s) in pack {pack}\n{told}")


@dataclass(slots=True)
class Faults:
    """The faults found so far."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, line: int, message: str) -> None:
        """Notes one fault."""
        self.found.append(Fault(file=file, line=line, message=message))


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with the place it was read from; the way a value leaves a file."""

    text: str
    file: str
    line: int
    faults: Faults

    def fault(self, message: str) -> None:
        """Notes a fault at this place."""
        self.faults.add(self.file, self.line, message)

    def __bool__(self) -> bool:
        return bool(self.text)

    def required(self, what: str) -> str:
        """The text; a fault when there is none."""
        if not self.text:
            self.fault(f"{what} is missing")
        return self.text

    def date(self) -> date | None:
        """A day as YYYY-MM-DD, or None when empty."""
        if not self.text:
            return None
        try:
            return date.fromisoformat(self.text)
        except ValueError:
            self.fault(f"{self.text!r} is not a date such as 2026-03-01")
            return None

    def period(self) -> Period | None:
        """A period, or None when empty."""
        if not self.text:
            return None
        try:
            return Period.parse(self.text)
        except InvalidPeriod as error:
            self.fault(error.message)
            return None

    def number(self) -> float:
        """A number; 0 with a fault when it is not one."""
        try:
            return float(self.text)
        except ValueError:
            self.fault(f"{self.text!r} is not a number")
            return 0.0

    def whole(self) -> int:
        """A whole number; 0 with a fault when it is not one."""
        try:
            return int(self.text)
        except ValueError:
            self.fault(f"{self.text!r} is not a whole number")
            return 0

    def flag(self) -> bool:
        """`yes` or empty."""
        if self.text not in ("", "yes", "no"):
            self.fault(f"{self.text!r} must be yes, no or empty")
        return self.text == "yes"

    def items(self) -> tuple[str, ...]:
        """Texts between semicolons."""
        return tuple(item.strip() for item in self.text.split(";") if item.strip())

    def clock(self) -> int:
        """Minutes since midnight of HH:MM, up to 24:00."""
        written = _CLOCK.fullmatch(self.text)
        if written is None or int(written[1]) * 60 + int(written[2]) > 1440:
            self.fault(f"{self.text!r} is not a time such as 09:00")
            return 0
        return int(written[1]) * 60 + int(written[2])


def member(cell: Cell, kind: type[E]) -> E | None:
    """The member of an enumeration that a cell names; None, with a fault, when it names none."""
    try:
        return kind(cell.text)
    except ValueError:
        cell.fault(f"{cell.text!r} is none of {', '.join(kind)}")
        return None


def certainty_of(cell: Cell, what: str) -> Certainty:
    """Whether a fact is sourced or assumed; a fault, and assumed, where the cell does not say."""
    if not cell:
        cell.fault(f"status is missing: is {what} sourced or assumed?")
        return Certainty.ASSUMED
    return member(cell, Certainty) or Certainty.ASSUMED


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    values: Mapping[str, str]
    file: str
    line: int
    faults: Faults

    def cell(self, column: str) -> Cell:
        """The cell of a column; empty when the table has no such column."""
        return Cell(self.values.get(column, ""), self.file, self.line, self.faults)

    def fault(self, message: str) -> None:
        """Notes a fault on this line."""
        self.faults.add(self.file, self.line, message)

    def names(self, languages: Sequence[str], column: str = "name") -> dict[str, str]:
        """The columns `name.<language>`; a fault for each language without one."""
        columns = {language: f"{column}.{language}" for language in languages}
        return {language: self.cell(name).required(name) for language, name in columns.items()}

    def validity(self) -> Validity:
        """The columns valid_from and valid_to."""
        start, end = self.cell("valid_from").date(), self.cell("valid_to").date()
        if start is not None and end is not None and end < start:
            self.fault(f"valid_to {end} is before valid_from {start}")
            return Validity(start=start)
        return Validity(start=start, end=end)


def table(folder: Path, name: str, columns: Sequence[str], faults: Faults) -> list[Row]:
    """The rows of a CSV file; empty when there is no such file.

    Faults: a missing column of `columns`, a row with more or fewer cells than the header.
    """
    path = folder / name
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return list(_rows(handle, name, columns, faults))
    except (UnicodeDecodeError, csv.Error) as error:
        faults.add(name, 0, f"not a CSV file in UTF-8: {error}")
        return []


def _rows(
    handle: Iterable[str], name: str, columns: Sequence[str], faults: Faults
) -> Iterator[Row]:
    reader = csv.reader(handle)
    header = next(reader, [])
    for column in columns:
        if column not in header:
            faults.add(name, 1, f"column {column} is missing")
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            message = f"{len(cells)} cells, the header has {len(header)}"
            faults.add(name, reader.line_num, message)
            continue
        values = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
        yield Row(values, name, reader.line_num, faults)


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a YAML file: a text, a list or a mapping of nodes, with its line."""

    value: str | list[Node] | dict[str, Node]
    file: str
    line: int
    faults: Faults

    def fault(self, message: str) -> None:
        """Notes a fault at this place."""
        self.faults.add(self.file, self.line, message)

    def get(self, name: str) -> Node:
        """The node under a name; an empty text when there is none."""
        if isinstance(self.value, dict) and name in self.value:
            return self.value[name]
        return Node("", self.file, self.line, self.faults)

    def has(self, name: str) -> bool:
        """Whether a mapping has a name."""
        return isinstance(self.value, dict) and name in self.value

    def cell(self, name: str) -> Cell:
        """The scalar under a name; empty when there is none."""
        node = self.get(name)
        if not isinstance(node.value, str):
            node.fault(f"{name} must be a single value")
            return Cell("", node.file, node.line, node.faults)
        return Cell(node.value, node.file, node.line, node.faults)

    def named(self, name: str) -> Cell:
        """The name under which this node was found, as a value."""
        return Cell(name, self.file, self.line, self.faults)

    def text(self) -> Cell:
        """This node as a scalar."""
        if not isinstance(self.value, str):
            self.fault("a single value is expected here")
            return Cell("", self.file, self.line, self.faults)
        return Cell(self.value, self.file, self.line, self.faults)

    def entries(self) -> list[Node]:
        """The entries of a list; none when empty."""
        if self.value == "":
            return []
        if not isinstance(self.value, list):
            self.fault("a list is expected here")
            return []
        return self.value

    def pairs(self) -> Iterator[tuple[str, Node]]:
        """The names and nodes of a mapping; none when empty."""
        if self.value == "":
            return
        if not isinstance(self.value, dict):
            self.fault("names with values are expected here")
            return
        yield from self.value.items()

    def texts(self) -> tuple[str, ...]:
        """The scalars of a list."""
        return tuple(node.text().text for node in self.entries())

    def names(self, languages: Sequence[str]) -> dict[str, str]:
        """A text for each language; a fault for each that lacks one."""
        found = {}
        for language in languages:
            cell = self.cell(language)
            found[language] = cell.required(f"the name in {language}")
        return found

    def validity(self) -> Validity:
        """The entries valid_from and valid_to."""
        return Validity(start=self.cell("valid_from").date(), end=self.cell("valid_to").date())


def document(folder: Path, name: str, faults: Faults) -> Node:
    """A YAML file as nodes; an empty mapping, with a fault, when it cannot be read."""
    try:
        return composed((folder / name).read_text(encoding="utf-8"), name, faults)
    except FileNotFoundError:
        faults.add(name, 0, "the file is missing")
    except UnicodeDecodeError as error:
        faults.add(name, 0, f"not a text in UTF-8: {error}")
    return Node({}, name, 0, faults)


def composed(text: str, name: str, faults: Faults, *, sent: bool = False) -> Node:
    """A YAML text as nodes; an empty mapping, with a fault, when it is none. One that was `sent` by
    a caller may not repeat a part by its name: a short text could become a huge one."""
    empty = Node({}, name, 0, faults)
    try:
        root = yaml.compose(text, Loader=_SentLoader if sent else _LOADER)
    except yaml.MarkedYAMLError as error:
        line = 0 if error.problem_mark is None else error.problem_mark.line + 1
        faults.add(name, line, f"not YAML: {error.problem}")
        return empty
    except yaml.reader.ReaderError as error:
        faults.add(name, 0, f"not YAML: {error.reason}")
        return empty
    return empty if root is None else _node(root, name, faults)


class _SentLoader(yaml.SafeLoader):
    """Reads YAML without aliases, and not deeper than MOST_LEVELS."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._level = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise self._refused("an alias: write the part out")
        if self._level == MOST_LEVELS:
            raise self._refused(f"more than {MOST_LEVELS} levels")
        self._level += 1
        node = super().compose_node(parent, index)
        self._level -= 1
        return node

    def _refused(self, problem: str) -> yaml.MarkedYAMLError:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _node(node: yaml.Node, file: str, faults: Faults) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, Node] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                faults.add(file, name.start_mark.line + 1, "a name must be a single value")
                continue
            if name.value in entries:
                faults.add(file, name.start_mark.line + 1, f"{name.value} is given twice")
            entries[str(name.value)] = _node(value, file, faults)
        return Node(entries, file, line, faults)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(value, file, faults) for value in node.value], file, line, faults)
    plain_null = node.tag.endswith(":null")
    return Node("" if plain_null else str(node.value), file, line, faults)
