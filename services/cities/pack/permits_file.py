"""`permits.yaml` of a pack: the kinds of permits, each entry read with its line.

A pack without the file has no kinds: its permits are decided all the same, without form, fee and
time of validity.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from services.cities.catalogue.model import Service
from services.cities.catalogue.permit import (
    LONGEST_TEXT,
    Act,
    Choice,
    Exemption,
    Fee,
    FieldType,
    FormField,
    Holding,
    Inspection,
    Paper,
    PermitKind,
    Stated,
    codes_of,
)
from services.cities.law.terms import Cause, Rules
from services.cities.pack.files import Cell, Faults, Node, certainty_of, document, member

PERMITS = "permits.yaml"
MOST_WON = 10_000_000
"""More for one application is a mistyped fee."""
MOST_MONTHS = 600
"""A permit that holds for longer holds without an end."""
MOST_FIELDS = 40
"""Fields of one form: a request may not carry more, either."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAMES_OF_KIND = frozenset(
    ("act", "fee", "documents", "seen", "departments", "inspection", "deemed", "validity", "form")
)
_NAMES_OF_FIELD = frozenset(("type", "names", "required", "personal", "least", "most", "choices"))


class PermitFault(StrEnum):
    """What can be wrong with a kind beside a missing value; a closed list."""

    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_ENTRY = "unknown_entry"
    BAD_CODE = "bad_code"
    ASKED_AND_SEEN = "asked_and_seen"
    OUT_OF_BOUNDS = "out_of_bounds"
    CHOICES = "choices"
    INSPECTION_LIMIT = "inspection_limit"


def read_kinds(
    folder: Path,
    languages: Sequence[str],
    services: Collection[Service],
    rules: Rules,
    faults: Faults,
) -> list[PermitKind]:
    """The kinds of a folder, in the file's order; `rules` say for how long an inspection stops the
    clock at most."""
    if not (folder / PERMITS).exists():
        return []
    catalogue = {service.code: service for service in services}
    reading = _Reading(languages, catalogue, rules)
    return [
        reading.kind(code, node)
        for code, node in document(folder, PERMITS, faults).get("kinds").pairs()
    ]


class _Reading:
    """Reads entries of one file."""

    def __init__(
        self, languages: Sequence[str], catalogue: Mapping[str, Service], rules: Rules
    ) -> None:
        self._languages = languages
        self._catalogue = catalogue
        self._rules = rules

    def kind(self, code: str, node: Node) -> PermitKind:
        """One kind, under the code of its service."""
        if code not in self._catalogue:
            _fault(node, PermitFault.UNKNOWN_SERVICE, f"{code!r} is not in catalogue.csv")
        _only(node, _NAMES_OF_KIND)
        kind = PermitKind(
            service=code,
            act=member(node.cell("act"), Act) or Act.APPLICATION,
            fee=self._fee(node.get("fee")),
            documents=self._papers(node.get("documents")),
            seen=self._papers(node.get("seen")),
            departments=tuple(
                one.names(self._languages) for one in node.get("departments").entries()
            ),
            inspection=self._inspection(node.get("inspection")),
            deemed=self._stated(node.get("deemed")),
            holding=_holding(node.get("validity")),
            form=tuple(self._field(name, one) for name, one in node.get("form").pairs()),
        )
        asked = {paper.code for paper in kind.documents} & {paper.code for paper in kind.seen}
        if asked:
            told = f"{', '.join(sorted(asked))}: what the office sees it must not ask for"
            _fault(node, PermitFault.ASKED_AND_SEEN, told)
        if len(kind.form) > MOST_FIELDS:
            _fault(node, PermitFault.OUT_OF_BOUNDS, f"a form has at most {MOST_FIELDS} fields")
        for given in codes_of(kind):
            if _CODE.fullmatch(given) is None:
                _fault(node, PermitFault.BAD_CODE, f"{given!r} is no code such as floor_area")
        return kind

    def _fee(self, node: Node) -> Fee:
        cell = node.cell("amount")
        amount = None
        if cell.required(
            "amount: won, 0 for none, or office where the office says how much"
        ) not in (
            "",
            "office",
        ):
            amount = _within(cell, 0, MOST_WON)
        return Fee(
            amount=amount,
            certainty=certainty_of(node.cell("status"), "the fee"),
            source=node.cell("source").required("source"),
            exemptions=tuple(
                Exemption(
                    code=code,
                    names=one.get("names").names(self._languages),
                    percent=_within(one.cell("percent"), 1, 100),
                    certainty=certainty_of(one.cell("status"), "the exemption"),
                    source=one.cell("source").required("source"),
                )
                for code, one in node.get("exemptions").pairs()
            ),
        )

    def _papers(self, node: Node) -> tuple[Paper, ...]:
        return tuple(
            Paper(code=code, names=one.names(self._languages)) for code, one in node.pairs()
        )

    def _stated(self, node: Node) -> Stated | None:
        if not node.value:
            return None
        return Stated(
            text=node.get("text").names(self._languages),
            certainty=certainty_of(node.cell("status"), "it"),
            source=node.cell("source").required("source"),
        )

    def _inspection(self, node: Node) -> Inspection | None:
        if not node.value:
            return None
        before = node.cell("before_decision").flag()
        limit = self._rules.suspension_limits.get(Cause.INSPECTION)
        most = limit.days + limit.prolonged_days if limit is not None and before else 365
        cell = node.cell("days")
        days = cell.whole()
        if not 1 <= days <= most:
            _fault(node, PermitFault.INSPECTION_LIMIT, f"days must be 1 to {most}, not {cell.text}")
        return Inspection(
            days=days,
            before_decision=before,
            certainty=certainty_of(node.cell("status"), "the inspection"),
            source=node.cell("source").required("source"),
        )

    def _field(self, code: str, node: Node) -> FormField:
        _only(node, _NAMES_OF_FIELD)
        kind = member(node.cell("type"), FieldType) or FieldType.TEXT
        choices = tuple(
            Choice(code=name, names=one.names(self._languages))
            for name, one in node.get("choices").pairs()
        )
        if (kind is FieldType.CHOICE) != (len(choices) >= 2):
            _fault(node, PermitFault.CHOICES, f"{code}: two choices or more, or no choice")
        bounds = [
            node.cell(name).whole() if node.cell(name) else None for name in ("least", "most")
        ]
        least, most = bounds
        if kind in (FieldType.YES_NO, FieldType.CHOICE) and bounds != [None, None]:
            _fault(node, PermitFault.OUT_OF_BOUNDS, f"{code}: a {kind} has no least and no most")
        if least is not None and most is not None and most < least:
            _fault(node, PermitFault.OUT_OF_BOUNDS, f"{code}: most {most} is below least {least}")
        if kind is FieldType.TEXT and most is not None and not 1 <= most <= LONGEST_TEXT:
            _fault(
                node,
                PermitFault.OUT_OF_BOUNDS,
                f"{code}: a text has at most {LONGEST_TEXT} letters",
            )
        return FormField(
            code=code,
            names=node.get("names").names(self._languages),
            type=kind,
            required=node.cell("required").flag(),
            personal=node.cell("personal").flag(),
            least=least,
            most=most,
            choices=choices,
        )


def _holding(node: Node) -> Holding | None:
    if not node.value:
        return None
    return Holding(
        months=_within(node.cell("months"), 1, MOST_MONTHS),
        certainty=certainty_of(node.cell("status"), "the validity"),
        source=node.cell("source").required("source"),
    )


def _within(cell: Cell, least: int, most: int) -> int:
    number = cell.whole()
    if not least <= number <= most:
        cell.fault(f"{PermitFault.OUT_OF_BOUNDS}: must be {least} to {most}, not {cell.text}")
    return number


def _only(node: Node, names: Collection[str]) -> None:
    for name, one in node.pairs():
        if name not in names:
            _fault(one, PermitFault.UNKNOWN_ENTRY, f"{name} is none of {', '.join(sorted(names))}")


def _fault(node: Node, fault: PermitFault, message: str) -> None:
    node.fault(f"{fault}: {message}")
