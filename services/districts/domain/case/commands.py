"""What an office may order. An entry point makes these, and `decide.carry_out` takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.districts.domain.case.events import (
    DeclineReason,
    ExtensionReason,
    PermitDecision,
)
from services.districts.domain.case.model import Officer
from services.districts.domain.permit.model import NO_TERMS, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByOffice:
    """What every command may say.

    `occurred_at` is when the office says that it acted; None: now. `command_id` is the office's own
    id for the command: however often the command is sent under it, it takes effect once. Without an
    id a repeat is known by what it asks, within its round. `expected_version` is the version of the
    case that the office decided on; None: any.
    """

    occurred_at: datetime | None = None
    command_id: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(_ByOffice):
    """Takes responsibility."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(_ByOffice):
    """Refuses responsibility; the office may say which other one it thinks competent."""

    reason: DeclineReason
    suggested_office_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_ByOffice):
    """Answers the citizen and ends the case. The text is personal data. `officer_code` as of the
    further commands; empty: the officer who works on the case."""

    text: str
    officer: Officer
    officer_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidePermit(_ByOffice):
    """Grants or refuses a permit and ends the case. The text is personal data: the conditions if
    there are any, and for a refusal its reason. Notify adds the remedies to its message. `terms`
    are those of a grant, `officer_code` as of `Answer`."""

    decision: PermitDecision
    text: str
    officer: Officer
    terms: Terms = NO_TERMS
    officer_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckApplication(_ByOffice):
    """Says which documents are missing, by the codes of the kind; with none it is whole."""

    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFee(_ByOffice):
    """The fee was paid, in won, or waived by an exemption of the kind. `reference` is the payment's
    number at the till."""

    amount: int
    exemption: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCollection(_ByOffice):
    """The citizen has come for the document; empty: the newest of the case."""

    document_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePermit(_ByOffice):
    """Takes the permit back. The reason is personal data."""

    reason: str
    document_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByOfficer(_ByOffice):
    """What every further command may say: the office's code of the officer who did it, which is no
    name. Of the commands above only those that end a round have one, and do not show it in what
    they say of themselves (`repr`): it would make another command of one that an office sends again
    to a newer version."""

    officer_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSupplement(_ByOfficer):
    """Asks the citizen for what is missing, within so many days, the first excluded. The text is
    personal data."""

    text: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProlongSupplement(_ByOfficer):
    """Gives the citizen, who asked for it, so many days more."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveSupplement(_ByOfficer):
    """Enters that what was missing came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendCase(_ByOfficer):
    """Takes more time, so much in the unit of the period. The text is personal data."""

    amount: int
    reason: ExtensionReason
    text: str = ""
    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult(_ByOfficer):
    """Asks another office, which has so many working days. The text is personal data."""

    consulted_office_id: str
    text: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerConsultation(_ByOfficer):
    """Answers what another office asked. The text is personal data."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendConsultation(_ByOfficer):
    """The office that was asked takes so many working days more to answer."""

    number: int
    days: int
    reason: ExtensionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWork(_ByOfficer):
    """An officer begins; `assignee` is the office's code of the one who works on it, or empty."""

    assignee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignOfficer(_ByOfficer):
    """Another officer works on it from now on."""

    assignee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(_ByOfficer):
    """Notes something for the office alone. The text is personal data."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDocuments(_ByOfficer):
    """Ends the round, because what was asked for did not come. The text is personal data."""

    text: str
    officer: Officer


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCase(_ByOfficer):
    """Enters that the citizen withdrew the matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileObjection(_ByOfficer):
    """Enters that the citizen objects to a refused permit. The text is personal data."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendObjection(_ByOfficer):
    """Takes more time to decide an objection."""

    reason: ExtensionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideObjection(_ByOfficer):
    """Decides an objection. The text is personal data."""

    upheld: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInspection(_ByOfficer):
    """The office looks at the place; the clock stands still from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProlongInspection(_ByOfficer):
    """The inspection takes longer than its first limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndInspection(_ByOfficer):
    """The office has looked. `finding` is what it saw, may be empty, and is personal data."""

    finding: str = ""


SupplementCommand = RequestSupplement | ProlongSupplement | ReceiveSupplement
OfficerCommand = StartWork | AssignOfficer | AddNote
PermitCommand = CheckApplication | RecordFee | RecordCollection | RevokePermit
ConsultedCommand = AnswerConsultation | ExtendConsultation
InspectionCommand = OrderInspection | ProlongInspection | EndInspection
ObjectionCommand = FileObjection | ExtendObjection | DecideObjection
Command = (
    Accept
    | Decline
    | Answer
    | DecidePermit
    | SupplementCommand
    | ExtendCase
    | Consult
    | ConsultedCommand
    | OfficerCommand
    | ReturnDocuments
    | WithdrawCase
    | ObjectionCommand
    | InspectionCommand
)
