"""The rules of competence as they are written: in a pack's `competence.yaml`, or sent to an API.

Owns the form in which rules are written and the faults of that form. What the rules mean is
`services/cities/competence`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import PetitionKind, Procedure, Validity, Workload
from services.cities.city import City
from services.cities.competence.checks import Finding, check_rules
from services.cities.competence.effort import MOST_STEPS
from services.cities.competence.model import (
    DESK_RULE,
    Ask,
    Choice,
    CompetenceRule,
    Condition,
    ConditionWord,
    OfficeWord,
    PlaceClass,
    PowerBar,
    RoadWidth,
    RuleSet,
)
from services.cities.competence.values import DAY_MINUTES
from services.cities.errors import InvalidRuleSet
from services.cities.pack.files import Cell, Fault, Faults, Node, composed, document, member

FILE = "competence.yaml"
DEFAULT = Path(__file__).with_name(FILE)
DEFAULT_LANGUAGES = ("en", "ko")
MAX_RULES = 500
"""Rules and bars of a set. More: checking each against each takes too long for a request."""

_MOST_TOLD = 100
_LONGEST_TOLD = 600
"""Faults that are told, and characters of each: a fault may quote all that was sent."""

_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_RULE_NAMES = ("id", "names", "why", "when", "to", "then", "ask", "effective")
_BAR_NAMES = ("id", "why", "offices", "when")
_OF_THE_INQUIRY = frozenset({ConditionWord.ANSWER, ConditionWord.DANGER, ConditionWord.ROAD_WIDTH})
"""What a later look at a matter does not know any more: no bar may rest on it."""


class _YesNo(StrEnum):
    YES = "yes"
    NO = "no"


class _Hours(StrEnum):
    WORKING = "working"
    CLOSED = "closed"


class _Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_MEMBERS: Mapping[ConditionWord, type[StrEnum]] = {
    ConditionWord.KNOWN: _YesNo,
    ConditionWord.PERMIT: _YesNo,
    ConditionWord.ANYWHERE: _YesNo,
    ConditionWord.REFERRED: _YesNo,
    ConditionWord.DELEGATED: _YesNo,
    ConditionWord.WORKLOAD: Workload,
    ConditionWord.PROCEDURE: Procedure,
    ConditionWord.KIND: PetitionKind,
    ConditionWord.PLACE: PlaceClass,
    ConditionWord.CHANNEL: Channel,
    ConditionWord.HOURS: _Hours,
    ConditionWord.WEEKDAY: _Weekday,
    ConditionWord.ROAD_WIDTH: RoadWidth,
}
"""The words whose values are a closed list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A rule set in its written form, and the languages that it must be told in."""

    node: Node
    languages: Sequence[str]


def written_in(folder: Path, languages: Sequence[str], faults: Faults) -> Written:
    """The rules of a pack, or the library's where the pack has none."""
    if not (folder / FILE).exists():
        node = document(DEFAULT.parent, FILE, faults)
        return Written(node=node, languages=DEFAULT_LANGUAGES)
    return Written(node=document(folder, FILE, faults), languages=languages)


def parse(node: Node, languages: Sequence[str]) -> RuleSet:
    """A rule set from its written form; whatever is wrong with it is noted as a fault."""
    _known_names(node, ("version", "rules", "bars"))
    version = node.cell("version")
    if not _VERSION.fullmatch(version.text):
        version.fault(f"version {version.text!r} is no label such as 2026-11")
    entries = node.get("rules").entries()
    bars = node.get("bars").entries()
    if not entries:
        node.fault("at least one rule is needed")
    if len(entries) + len(bars) > MAX_RULES:
        node.fault(f"{len(entries) + len(bars)} rules and bars, at most {MAX_RULES} are allowed")
        return RuleSet(version=version.text, rules=())
    _distinct([entry.cell("id") for entry in [*entries, *bars]])
    return RuleSet(
        version=version.text,
        rules=tuple(_rule(entry, languages) for entry in entries),
        bars=tuple(_bar(entry, languages) for entry in bars),
    )


def note_faults(node: Node, findings: Iterable[Finding]) -> None:
    """Notes the faults that the checks found, but no warnings, at the lines of their rules."""
    lines = {
        entry.cell("id").text: entry
        for name in ("rules", "bars")
        for entry in node.get(name).entries()
    }
    for finding in findings:
        if not finding.warns:
            lines.get(finding.rule, node).fault(f"{finding.fault}: {finding.message}")


def ruleset_of(text: str, city: City) -> RuleSet:
    """A rule set from its written form (YAML), parsed and checked against the city.

    Raises InvalidRuleSet with all faults of the form at once, or where it has none all that the
    checks found, each with its line.
    """
    faults = Faults()
    node = composed(text, FILE, faults, sent=True)
    _raise(faults)
    ruleset = parse(node, city.languages)
    _raise(faults)
    note_faults(node, check_rules(ruleset, city, most_steps=MOST_STEPS))
    _raise(faults)
    return ruleset


def _raise(faults: Faults) -> None:
    """Raises InvalidRuleSet with what was found so far, if anything was."""
    if faults.found:
        ordered = sorted(set(faults.found))
        told = [_told(fault) for fault in ordered[:_MOST_TOLD]]
        more = [f"and {len(ordered) - _MOST_TOLD} more"] if len(ordered) > _MOST_TOLD else []
        raise InvalidRuleSet((*told, *more))


def _told(fault: Fault) -> str:
    message = fault.message
    if len(message) > _LONGEST_TOLD:
        message = f"{message[: _LONGEST_TOLD // 2]} … {message[-_LONGEST_TOLD // 2 :]}"
    return f"line {fault.line}: {message}" if fault.line else message


def _known_names(node: Node, names: Sequence[str]) -> None:
    for name, entry in node.pairs():
        if name not in names:
            entry.fault(f"{name!r} is none of {', '.join(names)}")


def _distinct(ids: Sequence[Cell]) -> None:
    seen: set[str] = set()
    for cell in ids:
        if not _ID.fullmatch(cell.text):
            cell.fault(f"id {cell.text!r} is no name such as district_of_place")
        elif cell.text == DESK_RULE:
            cell.fault(f"{DESK_RULE} is the rule of what no other rule gives to an office")
        elif cell.text in seen:
            cell.fault(f"{cell.text} is given twice")
        seen.add(cell.text)


def _rule(node: Node, languages: Sequence[str]) -> CompetenceRule:
    _known_names(node, _RULE_NAMES)
    rule = node.cell("id").text
    to, ask = node.get("to"), node.cell("ask")
    if bool(to.value) == bool(ask):
        node.fault(f"{rule}: either `to` names an office or `ask` a question, and not both")
    if ask and node.get("then").value:
        node.fault(f"{rule}: a rule that asks has no alternatives")
    return CompetenceRule(
        id=rule,
        names=node.get("names").names(languages),
        why=node.get("why").names(languages),
        when=_conditions(node.get("when")),
        to=_choice(to) if to.value else None,
        then=tuple(
            choice for entry in node.get("then").entries() if (choice := _choice(entry)) is not None
        ),
        ask=member(ask, Ask) if ask else None,
        effective=_effective(node.get("effective")),
    )


def _bar(node: Node, languages: Sequence[str]) -> PowerBar:
    _known_names(node, _BAR_NAMES)
    tiers = [member(cell, Workload) for cell in _cells(node.get("offices"))]
    if not tiers:
        node.fault(f"{node.cell('id').text}: a bar says for the offices of which tier it holds")
    conditions = _conditions(node.get("when"))
    for condition in conditions:
        if condition.word in _OF_THE_INQUIRY:
            node.fault(f"{node.cell('id').text}: no bar can rest on {condition.word}")
    return PowerBar(
        id=node.cell("id").text,
        why=node.get("why").names(languages),
        offices=frozenset(tier.value for tier in tiers if tier is not None),
        when=conditions,
    )


def _effective(node: Node) -> Validity:
    _known_names(node, ("from", "to"))
    start, end = node.cell("from").date(), node.cell("to").date()
    if start is not None and end is not None and end < start:
        node.fault(f"effective to {end} is before from {start}")
        return Validity(start=start)
    return Validity(start=start, end=end)


def _choice(node: Node) -> Choice | None:
    if isinstance(node.value, dict):
        return _equal(node)
    cell = node.text()
    word, _, office = cell.text.partition(":")
    if word == OfficeWord.OFFICE:
        if not office:
            cell.fault("office: needs the id of an office, such as office:c-road")
        return Choice(word=OfficeWord.OFFICE, office=office)
    found = member(cell, OfficeWord)
    if found is OfficeWord.EQUAL:
        cell.fault("equal needs a list of offices: {equal: [office:c-a, office:c-b]}")
        return None
    return None if found is None else Choice(word=found)


def _equal(node: Node) -> Choice:
    _known_names(node, (OfficeWord.EQUAL,))
    entries = node.get(OfficeWord.EQUAL).entries()
    if len(entries) < 2:
        node.fault("equal needs at least two offices")
    found = [_choice(entry) for entry in entries if isinstance(entry.value, str)]
    if len(found) != len(entries):
        node.fault("equal offices are named by single words")
    return Choice(word=OfficeWord.EQUAL, equal=tuple(c for c in found if c is not None))


def _conditions(node: Node) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for name, entry in node.pairs():
        word = member(entry.named(name), ConditionWord)
        if word is ConditionWord.ANSWER:
            found += [_answer(answer, values) for answer, values in entry.pairs()]
        elif word is not None:
            found.append(_condition(word, entry))
    return tuple(found)


def _answer(name: str, node: Node) -> Condition:
    values = frozenset(cell.text for cell in _cells(node))
    if not values:
        node.fault(f"answer {name}: at least one value is needed")
    return Condition(word=ConditionWord.ANSWER, values=values, name=name)


def _condition(word: ConditionWord, node: Node) -> Condition:
    cells = _cells(node)
    if not cells:
        node.fault(f"{word}: at least one value is needed")
    spans: list[tuple[int, int]] = []
    for cell in cells:
        if word in _MEMBERS:
            member(cell, _MEMBERS[word])
        elif word is ConditionWord.LANGUAGE and not _LANGUAGE.fullmatch(cell.text):
            cell.fault(f"{cell.text!r} is no language such as ko")
        elif word is ConditionWord.BETWEEN:
            spans += _times(cell)
        elif word is ConditionWord.DATES:
            spans += _days(cell)
        elif not cell:
            cell.fault(f"{word}: a value is empty")
    values = frozenset(cell.text for cell in cells)
    return Condition(word=word, values=values, spans=tuple(spans))


def _cells(node: Node) -> list[Cell]:
    """A single value, or those of a list."""
    if isinstance(node.value, list):
        return [entry.text() for entry in node.value]
    cell = node.text()
    return [cell] if cell else []


def _times(cell: Cell) -> list[tuple[int, int]]:
    start, dash, end = cell.text.partition("-")
    if not dash:
        cell.fault(f"{cell.text!r} is no time span such as 22:00-06:00")
        return []
    span = tuple(
        Cell(text.strip(), cell.file, cell.line, cell.faults).clock() for text in (start, end)
    )
    if span[0] == span[1]:
        cell.fault(f"{cell.text!r} begins where it ends")
    return [(span[0] % DAY_MINUTES, span[1])]


def _days(cell: Cell) -> list[tuple[int, int]]:
    first, dots, last = cell.text.partition("..")
    found: list[date | None] = [
        Cell(text.strip(), cell.file, cell.line, cell.faults).date()
        for text in ((first, last) if dots else (first, first))
    ]
    start, end = found
    if start is None or end is None:
        cell.fault(f"{cell.text!r} are no days such as 2026-12-01..2027-03-15")
        return []
    if end < start:
        cell.fault(f"{cell.text!r} ends before it begins")
    return [(start.toordinal(), end.toordinal())]
