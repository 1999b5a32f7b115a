"""What a permit takes beside its period: the form, the documents, the fee, how long it holds.

Owns the kinds of permits, reports and certificates as data, and the check of a filled form against
one. Period, tier, owner, delegation and legal basis are the catalogue's (`Service`) and are not
repeated here. Leaves to its callers what becomes of an application.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.cities.blank import is_blank
from services.cities.catalogue.model import Names
from services.cities.law.terms import Certainty

FormValue = str | int | bool
"""What a field of a form can hold, as JSON has it."""

LONGEST_TEXT = 1000
"""Characters of a text field that sets no bound of its own."""


class Act(StrEnum):
    """What the office does with the application, in the law's words; the document says it."""

    PERMIT = "permit"
    """허가: forbidden without it."""
    REPORT = "report"
    """신고: the office accepts a report (수리)."""
    CERTIFICATE = "certificate"
    """증명·발급: the office certifies what its register says."""
    APPLICATION = "application"
    """신청: the office allots or changes something on application."""


class FieldType(StrEnum):
    """What a field of a form holds, and how JSON writes it."""

    TEXT = "text"
    """One line of text."""
    INTEGER = "integer"
    MONEY = "money"
    """A whole amount of won."""
    DATE = "date"
    """A day as YYYY-MM-DD."""
    CHOICE = "choice"
    """The code of one of the field's choices."""
    YES_NO = "yes_no"
    """true or false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to choose."""

    code: str
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a kind's form.

    `least` and `most` bound a number or an amount of won, the days from the day of receipt of a
    date (negative before it), and the characters of a text; both ends included, None open.
    `choices` are of a CHOICE. `personal` says that what is filled in is personal data beyond what
    every word of a citizen is.
    """

    code: str
    names: Names
    type: FieldType
    required: bool = False
    personal: bool = False
    least: int | None = None
    most: int | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Who pays less: `percent` of the fee is waived, 1 to 100."""

    code: str
    names: Names
    percent: int
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What the applicant pays, in won. `amount` is None where an ordinance sets it by size or
    number, so that the office says how much; 0 where there is none."""

    amount: int | None
    certainty: Certainty
    source: str
    exemptions: tuple[Exemption, ...] = ()

    def due(self, exemption: str) -> int | None:
        """The won to be paid with the exemption of this code (empty: none), rounded down; None
        where the office says how much. Raises KeyError for an exemption that the kind does not
        have."""
        if not exemption:
            return self.amount
        percent = {one.code: one.percent for one in self.exemptions}[exemption]
        return None if self.amount is None else self.amount * (100 - percent) // 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document that belongs to the application."""

    code: str
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A fact with whether and where it stands written."""

    text: Names
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How many months of the calendar the permit holds from the day of the decision."""

    months: int
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The office looks at the place. For at most so many days the clock of the period stands
    still (Petitions Decree 20); `before_decision` is false where the law lets the office look only
    after it has decided, and then no clock stops."""

    days: int
    before_decision: bool
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitKind:
    """What the application for one service of the catalogue takes.

    `documents` are those that the applicant brings, `seen` those that the office sees by itself
    and must not ask for (Petitions Act 10). `departments` are whom the office must ask before it
    decides, in words; empty where it decides alone. `deemed` is what the law takes for decided when
    the period passes without a word; None where it takes nothing.
    """

    service: str
    act: Act
    fee: Fee
    documents: tuple[Paper, ...] = ()
    seen: tuple[Paper, ...] = ()
    departments: tuple[Names, ...] = ()
    inspection: Inspection | None = None
    deemed: Stated | None = None
    holding: Holding | None = None
    form: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFault:
    """A field at fault, by its code, and the remedy; never what was filled in."""

    field: str
    message: str


def filled(
    kind: PermitKind, given: Mapping[str, FormValue], received_on: date
) -> tuple[dict[str, str], tuple[FormFault, ...]]:
    """The form as it is kept, by code in the order of the form, and all its faults.

    A number is kept in digits, a date as YYYY-MM-DD, yes and no as `yes` and `no`. A field that is
    missing though required, one that the form does not have, and one out of its bounds is a fault.
    """
    fields = {field.code: field for field in kind.form}
    faults = [
        FormFault(field=code, message=f"is no field of the form; it has {', '.join(fields)}")
        for code in given
        if code not in fields
    ]
    kept: dict[str, str] = {}
    for field in kind.form:
        if field.code not in given:
            if field.required:
                faults.append(FormFault(field=field.code, message="is missing"))
            continue
        fault = _fault(field, given[field.code], received_on)
        if fault:
            faults.append(FormFault(field=field.code, message=fault))
        else:
            kept[field.code] = _kept(given[field.code])
    return kept, tuple(faults)


def _kept(value: FormValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()


def _fault(field: FormField, value: FormValue, received_on: date) -> str:
    """What is wrong with a value, empty where nothing is."""
    match field.type:
        case FieldType.YES_NO:
            return "" if isinstance(value, bool) else "must be true or false"
        case FieldType.INTEGER | FieldType.MONEY:
            if isinstance(value, bool) or not isinstance(value, int):
                return "must be a whole number"
            return "" if _within(field, value) else f"must be {_bounds(field)}"
        case FieldType.CHOICE:
            codes = [choice.code for choice in field.choices]
            return "" if value in codes else f"must be one of {', '.join(codes)}"
        case FieldType.DATE:
            return _date_fault(field, value, received_on)
        case FieldType.TEXT:
            if not isinstance(value, str) or is_blank(value):
                return "must be a text that shows something"
            if not value.strip().isprintable():
                return "must be one line of printable characters"
            at_most = LONGEST_TEXT if field.most is None else field.most
            short = field.least is not None and len(value.strip()) < field.least
            if short or len(value.strip()) > at_most:
                return f"must have {field.least or 1} to {at_most} characters"
            return ""


def _date_fault(field: FormField, value: FormValue, received_on: date) -> str:
    try:
        day = date.fromisoformat(str(value)) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != str(value).strip():
        return "must be a day such as 2026-03-01"
    if _within(field, (day - received_on).days):
        return ""
    ends = [
        f"{word} {received_on + timedelta(days=days)}"
        for word, days in (("not before", field.least), ("not after", field.most))
        if days is not None
    ]
    return f"must be {' and '.join(ends)}"


def _within(field: FormField, value: int) -> bool:
    return (field.least is None or field.least <= value) and (
        field.most is None or value <= field.most
    )


def _bounds(field: FormField) -> str:
    if field.most is None:
        return f"{field.least} or more"
    return f"up to {field.most}" if field.least is None else f"{field.least} to {field.most}"


def codes_of(kind: PermitKind) -> Iterator[str]:
    """Every code that stands in a kind."""
    yield from (paper.code for paper in (*kind.documents, *kind.seen))
    yield from (one.code for one in kind.fee.exemptions)
    for field in kind.form:
        yield field.code
        yield from (choice.code for choice in field.choices)
