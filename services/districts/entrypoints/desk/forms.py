"""The forms of the desk: which fields each act has, and the command that they make.

Commands and the bounds of their fields are the domain's; a form only says what a person fills in.
The names of the fields are those by which a refusal names the field at fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from services.cities import Use, is_blank
from services.common.edge.plain_words import one_line, plain_words
from services.common.kernel import DomainError, Kind, to_milliseconds
from services.districts.domain.case import commands
from services.districts.domain.case.answering import LONGEST_OFFICER
from services.districts.domain.case.changes import LONGEST_ANSWER
from services.districts.domain.case.commands import Command, PermitCommand
from services.districts.domain.case.events import DeclineReason, ExtensionReason, PermitDecision
from services.districts.domain.case.model import Officer
from services.districts.domain.case.officers import LONGEST_NOTE
from services.districts.domain.permit.decide import (
    LONGEST_HOLDER,
    LONGEST_REASON,
    LONGEST_REFERENCE,
)
from services.districts.domain.permit.model import Terms

E = TypeVar("E", bound=StrEnum)

# A code that a person types; the domain says which it takes.
_LONGEST_CODE = 40
# More digits are no number that any command takes.
_DIGITS = re.compile(r"[0-9]{1,9}")
_CONDITIONS = 11_000
MISSING = "missing."
"""A document of a kind that is missing is named by the field `missing.<its code>`."""


class FieldType(StrEnum):
    """What a field is, for the template."""

    TEXT = "text"
    LINE = "line"
    NUMBER = "number"
    PHONE = "phone"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"
    CHOICE = "choice"
    OFFICE = "office"
    PAPERS = "papers"
    """Which of the kind's documents are missing."""
    EXEMPTION = "exemption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form. `most` bounds its characters; `choices` are the values of a CHOICE."""

    name: str
    type: FieldType
    required: bool = False
    most: int = 0
    choices: tuple[str, ...] = ()


Written: TypeAlias = Mapping[str, str]
"""What a person has filled in, by the names of the fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """The form of one act.

    `use` says which text blocks are offered for its field `text`, None for none; `leaves` that the
    office has nothing to do any more once it is done. `make` makes the command of what was written
    and of what all commands say alike.
    """

    act: str
    fields: tuple[Field, ...]
    make: Callable[[_Reading, dict[str, Any]], Command | PermitCommand]
    use: Use | None = None
    leaves: bool = False

    @property
    def address(self) -> str:
        """The last part of its address."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", self.act).lower()

    @property
    def texts(self) -> tuple[str, ...]:
        """The fields in which a person writes at length."""
        return tuple(one.name for one in self.fields if one.type is FieldType.TEXT)


class _Reading:
    """What was written, as the values of a command. A value that is none is refused with its field
    (`invalid_number`, `invalid_day`, `invalid_time`, `invalid_choice`; INVALID)."""

    def __init__(self, written: Written, zone: ZoneInfo) -> None:
        self._written = written
        self._zone = zone

    def words(self, name: str) -> str:
        """A text, with the line ends of this house; empty where nothing of it can be seen."""
        text = self._written.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
        return "" if is_blank(text) else plain_words(text)

    def line(self, name: str) -> str:
        return one_line(self._written.get(name, ""))

    def lines(self, name: str) -> tuple[str, ...]:
        """Each line that is not blank."""
        return tuple(one.strip() for one in self.words(name).split("\n") if one.strip())

    def number(self, name: str) -> int:
        text = self.line(name).replace(",", "")
        if _DIGITS.fullmatch(text) is None:
            raise _invalid("number", name, "must be a number in digits")
        return int(text)

    def flag(self, name: str) -> bool:
        return self._written.get(name) == "yes"

    def choice(self, name: str, kind: type[E]) -> E:
        try:
            return kind(self.line(name))
        except ValueError:
            raise _invalid("choice", name, "choose one of the list") from None

    def day(self, name: str) -> date | None:
        text = self.line(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise _invalid("day", name, "is not a day as YYYY-MM-DD") from None

    def moment(self, name: str) -> datetime | None:
        """A moment on the city's clocks; None where nothing is written."""
        text = self.line(name)
        if not text:
            return None
        try:
            local = datetime.fromisoformat(text).replace(tzinfo=self._zone)
            return to_milliseconds(local.astimezone(UTC))
        except (ValueError, OverflowError):
            raise _invalid("time", name, "is not a time") from None

    def named(self, prefix: str) -> tuple[str, ...]:
        """The rest of the names of those fields that are set and begin with this."""
        return tuple(name.removeprefix(prefix) for name in self._written if name.startswith(prefix))

    def officer(self) -> Officer:
        return Officer(
            unit=self.line("officer_unit"),
            name=self.line("officer_name"),
            phone=self.line("officer_phone"),
        )


def command_of(
    form: ActForm, written: Written, zone: ZoneInfo, *, command_id: str, expected_version: int
) -> Command | PermitCommand:
    """The command that a person has filled in. Raises DomainError INVALID with the field at
    fault."""
    read = _Reading(written, zone)
    common: dict[str, Any] = {"command_id": command_id, "expected_version": expected_version}
    if any(field.name == "occurred_at" for field in form.fields):
        common["occurred_at"] = read.moment("occurred_at")
    if any(field.name == "officer_code" for field in form.fields):
        common["officer_code"] = read.line("officer_code")
    return form.make(read, common)


def _invalid(what: str, field: str, remedy: str) -> DomainError:
    return DomainError(f"invalid_{what}", Kind.INVALID, remedy, field=field)


def _text(most: int = LONGEST_ANSWER, *, required: bool = True, name: str = "text") -> Field:
    return Field(name=name, type=FieldType.TEXT, required=required, most=most)


def _line(name: str, most: int, *, required: bool = False) -> Field:
    return Field(name=name, type=FieldType.LINE, required=required, most=most)


def _number(name: str, *, required: bool = True) -> Field:
    return Field(name=name, type=FieldType.NUMBER, required=required, most=9)


def _choice(name: str, kind: type[StrEnum]) -> Field:
    choices = tuple(one.value for one in kind)
    return Field(name=name, type=FieldType.CHOICE, required=True, choices=choices)


_CODE = _line("officer_code", _LONGEST_CODE)
# What was done on paper or at the counter is entered later.
_WHEN = Field(name="occurred_at", type=FieldType.MOMENT)
_OFFICER = (
    _line("officer_unit", LONGEST_OFFICER, required=True),
    _line("officer_name", LONGEST_OFFICER, required=True),
    Field(name="officer_phone", type=FieldType.PHONE, required=True, most=30),
)


class Upheld(StrEnum):
    """What becomes of an objection."""

    UPHELD = "upheld"
    REJECTED = "rejected"


_ALL = (
    ActForm(act="Accept", fields=(), make=lambda _, common: commands.Accept(**common)),
    ActForm(
        act="StartWork",
        fields=(_line("assignee", _LONGEST_CODE), _CODE),
        make=lambda read, common: commands.StartWork(assignee=read.line("assignee"), **common),
    ),
    ActForm(
        act="Answer",
        fields=(_text(), *_OFFICER, _CODE),
        make=lambda read, common: commands.Answer(
            text=read.words("text"), officer=read.officer(), **common
        ),
        use=Use.ANSWER,
        leaves=True,
    ),
    ActForm(
        act="DecidePermit",
        fields=(
            _choice("decision", PermitDecision),
            _text(),
            _line("holder", LONGEST_HOLDER),
            _text(_CONDITIONS, required=False, name="conditions"),
            Field(name="valid_until", type=FieldType.DAY),
            Field(name="to_be_collected", type=FieldType.FLAG),
            *_OFFICER,
            _CODE,
        ),
        make=lambda read, common: commands.DecidePermit(
            decision=read.choice("decision", PermitDecision),
            text=read.words("text"),
            officer=read.officer(),
            terms=Terms(
                holder=read.line("holder"),
                conditions=read.lines("conditions"),
                valid_until=read.day("valid_until"),
                to_be_collected=read.flag("to_be_collected"),
            ),
            **common,
        ),
        leaves=True,
    ),
    ActForm(
        act="CheckApplication",
        fields=(Field(name="missing", type=FieldType.PAPERS),),
        make=lambda read, common: commands.CheckApplication(missing=read.named(MISSING), **common),
    ),
    ActForm(
        act="RecordFee",
        fields=(
            Field(name="exemption", type=FieldType.EXEMPTION),
            _number("amount_won"),
            _line("reference", LONGEST_REFERENCE),
            _WHEN,
        ),
        make=lambda read, common: commands.RecordFee(
            amount=read.number("amount_won"),
            exemption=read.line("exemption"),
            reference=read.line("reference"),
            **common,
        ),
    ),
    ActForm(
        act="RequestSupplement",
        fields=(_text(), _number("days"), _CODE),
        make=lambda read, common: commands.RequestSupplement(
            text=read.words("text"), days=read.number("days"), **common
        ),
        use=Use.SUPPLEMENT,
    ),
    ActForm(
        act="ReceiveSupplement",
        fields=(_WHEN, _CODE),
        make=lambda _, common: commands.ReceiveSupplement(**common),
    ),
    ActForm(
        act="ProlongSupplement",
        fields=(_number("days"), _WHEN, _CODE),
        make=lambda read, common: commands.ProlongSupplement(days=read.number("days"), **common),
    ),
    ActForm(
        act="ReturnDocuments",
        fields=(_text(), *_OFFICER, _CODE),
        make=lambda read, common: commands.ReturnDocuments(
            text=read.words("text"), officer=read.officer(), **common
        ),
        use=Use.RETURN,
        leaves=True,
    ),
    ActForm(
        act="OrderInspection",
        fields=(_WHEN, _CODE),
        make=lambda _, common: commands.OrderInspection(**common),
    ),
    ActForm(
        act="ProlongInspection",
        fields=(_WHEN, _CODE),
        make=lambda _, common: commands.ProlongInspection(**common),
    ),
    ActForm(
        act="EndInspection",
        fields=(_text(required=False, name="finding"), _WHEN, _CODE),
        make=lambda read, common: commands.EndInspection(finding=read.words("finding"), **common),
    ),
    ActForm(
        act="ExtendCase",
        fields=(
            _number("amount"),
            _choice("reason", ExtensionReason),
            _text(required=False),
            Field(name="consent", type=FieldType.FLAG),
            _CODE,
        ),
        make=lambda read, common: commands.ExtendCase(
            amount=read.number("amount"),
            reason=read.choice("reason", ExtensionReason),
            text=read.words("text"),
            consent=read.flag("consent"),
            **common,
        ),
        use=Use.EXTENSION,
    ),
    ActForm(
        act="Consult",
        fields=(
            Field(name="consulted_office_id", type=FieldType.OFFICE, required=True),
            _text(),
            _number("days"),
            _CODE,
        ),
        make=lambda read, common: commands.Consult(
            consulted_office_id=read.line("consulted_office_id"),
            text=read.words("text"),
            days=read.number("days"),
            **common,
        ),
    ),
    ActForm(
        act="AssignOfficer",
        fields=(_line("assignee", _LONGEST_CODE, required=True), _CODE),
        make=lambda read, common: commands.AssignOfficer(assignee=read.line("assignee"), **common),
    ),
    ActForm(
        act="AddNote",
        fields=(_text(LONGEST_NOTE), _CODE),
        make=lambda read, common: commands.AddNote(text=read.words("text"), **common),
    ),
    ActForm(
        act="Decline",
        fields=(
            _choice("reason", DeclineReason),
            Field(name="suggested_office_id", type=FieldType.OFFICE),
        ),
        make=lambda read, common: commands.Decline(
            reason=read.choice("reason", DeclineReason),
            suggested_office_id=read.line("suggested_office_id"),
            **common,
        ),
        leaves=True,
    ),
    ActForm(
        act="WithdrawCase",
        fields=(_WHEN, _CODE),
        make=lambda _, common: commands.WithdrawCase(**common),
        leaves=True,
    ),
    ActForm(
        act="RecordCollection",
        fields=(_WHEN,),
        make=lambda _, common: commands.RecordCollection(**common),
    ),
    ActForm(
        act="RevokePermit",
        fields=(_text(LONGEST_REASON, name="reason"),),
        make=lambda read, common: commands.RevokePermit(reason=read.words("reason"), **common),
    ),
    ActForm(
        act="FileObjection",
        fields=(_text(), _WHEN, _CODE),
        make=lambda read, common: commands.FileObjection(text=read.words("text"), **common),
    ),
    ActForm(
        act="ExtendObjection",
        fields=(_choice("reason", ExtensionReason), _CODE),
        make=lambda read, common: commands.ExtendObjection(
            reason=read.choice("reason", ExtensionReason), **common
        ),
    ),
    ActForm(
        act="DecideObjection",
        fields=(_choice("upheld", Upheld), _text(), _CODE),
        make=lambda read, common: commands.DecideObjection(
            upheld=read.choice("upheld", Upheld) is Upheld.UPHELD,
            text=read.words("text"),
            **common,
        ),
    ),
)
FORMS: Mapping[str, ActForm] = {form.act: form for form in _ALL}
"""By act, in the order in which a page offers them."""
BY_ADDRESS: Mapping[str, ActForm] = {form.address: form for form in _ALL}
CONSULTATION = ActForm(
    act="AnswerConsultation",
    fields=(_text(), _CODE),
    make=lambda read, common: commands.AnswerConsultation(
        number=read.number("number"), text=read.words("text"), **common
    ),
)
"""What an office that was asked answers; it does not see the case."""
MORE_TIME = ActForm(
    act="ExtendConsultation",
    fields=(_number("days"), _choice("reason", ExtensionReason), _CODE),
    make=lambda read, common: commands.ExtendConsultation(
        number=read.number("number"),
        days=read.number("days"),
        reason=read.choice("reason", ExtensionReason),
        **common,
    ),
)
"""The same office takes more time for it."""
DECISION_USES: Mapping[str, Use] = {
    PermitDecision.GRANTED: Use.GRANTED,
    PermitDecision.GRANTED_CONDITIONALLY: Use.GRANTED_CONDITIONALLY,
    PermitDecision.REFUSED: Use.REFUSED,
}
"""Which text blocks each decision about a permit is written with."""
