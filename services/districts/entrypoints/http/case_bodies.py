"""The bodies of the further commands of an office: what `CaseService` and `PermitService` take.

Each body has the fields of its gRPC request under the same names (a test compares them), except
that an officer's unit, name and phone are one object here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from services.common.edge.plain_words import words_only
from services.districts.domain.case import commands
from services.districts.domain.case.changes import LONGEST_ANSWER
from services.districts.domain.case.commands import Command, PermitCommand
from services.districts.domain.case.consultation import MOST_DAYS as MOST_CONSULTING_DAYS
from services.districts.domain.case.events import ExtensionReason
from services.districts.domain.case.officers import LONGEST_NOTE
from services.districts.domain.case.supplement import MOST_DAYS
from services.districts.domain.permit.decide import (
    LONGEST_REASON,
    LONGEST_REFERENCE,
    MOST_WON,
)
from services.districts.entrypoints.http.schema import (
    CommandBody,
    OfficerBody,
    OfficerCommandBody,
    Words,
)

LONGEST_CODE = 64
_Code = Annotated[str, StringConstraints(max_length=LONGEST_CODE)]
_Days = Annotated[int, Field(strict=True, ge=1, le=MOST_DAYS)]
_Finding = Annotated[str, StringConstraints(max_length=LONGEST_ANSWER), BeforeValidator(words_only)]
_Note = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_NOTE),
    BeforeValidator(words_only),
]
_Why = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_REASON),
    BeforeValidator(words_only),
]


class RequestSupplementBody(OfficerCommandBody):
    """Asks the citizen for what is missing."""

    text: Words = Field(description="What is missing, as the citizen reads it")
    days: _Days = Field(description="Within how many days, the first excluded")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.RequestSupplement(text=self.text, days=self.days, **said)


class ProlongSupplementBody(OfficerCommandBody):
    """Gives the citizen, who asked for it, more time."""

    days: _Days = Field(description="So many days more")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.ProlongSupplement(days=self.days, **said)


class ReceiveSupplementBody(OfficerCommandBody):
    """Enters that what was missing came."""

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.ReceiveSupplement(**said)


class ExtendCaseBody(OfficerCommandBody):
    """Takes more time for the answer."""

    amount: int = Field(strict=True, ge=1, description="How much more, in the unit of the period")
    reason: ExtensionReason = Field(description="Why; a closed list")
    text: _Finding = Field("", description="What the citizen is told of it; may be empty")
    consent: bool = Field(False, strict=True, description="Whether the citizen has consented")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.ExtendCase(
            amount=self.amount, reason=self.reason, text=self.text, consent=self.consent, **said
        )


class ConsultBody(OfficerCommandBody):
    """Asks another office about the case."""

    consulted_office_id: str = Field(
        min_length=1, max_length=LONGEST_CODE, description="Which one", examples=["d-11680"]
    )
    text: Words = Field(description="The question; the office sees nothing else of the case")
    days: int = Field(
        strict=True, ge=1, le=MOST_CONSULTING_DAYS, description="Within how many working days"
    )

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.Consult(
            consulted_office_id=self.consulted_office_id, text=self.text, days=self.days, **said
        )


class AnswerConsultationBody(OfficerCommandBody):
    """Answers what the caller's office was asked about a case of another one."""

    number: int = Field(strict=True, ge=1, description="Which consultation of the case")
    text: Words = Field(description="The answer")

    def command(self, **said: Any) -> commands.AnswerConsultation:
        """The command."""
        return commands.AnswerConsultation(number=self.number, text=self.text, **said)


class ExtendConsultationBody(OfficerCommandBody):
    """Takes more time to answer what the caller's office was asked: once."""

    number: int = Field(strict=True, ge=1, description="Which consultation of the case")
    days: int = Field(
        strict=True, ge=1, le=MOST_CONSULTING_DAYS, description="So many working days more"
    )
    reason: ExtensionReason = Field(description="Why; a closed list")

    def command(self, **said: Any) -> commands.ExtendConsultation:
        """The command."""
        return commands.ExtendConsultation(
            number=self.number, days=self.days, reason=self.reason, **said
        )


class StartWorkBody(OfficerCommandBody):
    """Says that an officer works on the case."""

    assignee: str = Field("", max_length=40, description="The office's code of the officer")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.StartWork(assignee=self.assignee, **said)


class AssignOfficerBody(OfficerCommandBody):
    """Says which officer works on the case from now on."""

    assignee: str = Field(max_length=40, description="The office's code of the officer; or empty")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.AssignOfficer(assignee=self.assignee, **said)


class AddNoteBody(OfficerCommandBody):
    """Notes something on the case, for the office alone."""

    text: _Note = Field(description="The note")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.AddNote(text=self.text, **said)


class ReturnDocumentsBody(OfficerCommandBody):
    """Sends the documents back, because what was asked for did not come."""

    text: Words = Field(description="The reason, as the citizen reads it")
    officer: OfficerBody

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.ReturnDocuments(text=self.text, officer=self.officer.officer(), **said)


class WithdrawCaseBody(OfficerCommandBody):
    """Enters that the citizen withdrew the matter."""

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.WithdrawCase(**said)


class FileObjectionBody(OfficerCommandBody):
    """Enters that the citizen objects to a refused permit."""

    text: Words = Field(description="The objection")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.FileObjection(text=self.text, **said)


class ExtendObjectionBody(OfficerCommandBody):
    """Takes more time to decide an objection: once."""

    reason: ExtensionReason = Field(description="Why; a closed list")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.ExtendObjection(reason=self.reason, **said)


class DecideObjectionBody(OfficerCommandBody):
    """Decides an objection."""

    upheld: bool = Field(strict=True, description="Whether the citizen is right")
    text: Words = Field(description="The decision, as the citizen reads it")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.DecideObjection(upheld=self.upheld, text=self.text, **said)


class OrderInspectionBody(OfficerCommandBody):
    """Looks at the place; the period does not run from that day on."""

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.OrderInspection(**said)


class ProlongInspectionBody(OfficerCommandBody):
    """Takes longer for it: once."""

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.ProlongInspection(**said)


class EndInspectionBody(OfficerCommandBody):
    """Has looked; the period runs on from the next day."""

    finding: _Finding = Field("", description="What the officer saw; it stays with the case")

    def command(self, **said: Any) -> Command:
        """The command."""
        return commands.EndInspection(finding=self.finding, **said)


class CheckApplicationBody(CommandBody):
    """Says which documents of the application are missing, or that it is whole."""

    missing: tuple[_Code, ...] = Field(
        (), max_length=50, description="Codes of the documents of the kind; none: it is whole"
    )

    def command(self, **said: Any) -> PermitCommand:
        """The command."""
        return commands.CheckApplication(missing=self.missing, **said)


class RecordFeeBody(CommandBody):
    """Says that the fee was paid or waived."""

    amount_won: int = Field(strict=True, ge=0, le=MOST_WON, description="What was paid, in won")
    exemption: _Code = Field("", description="Code of an exemption of the kind; empty for none")
    reference: str = Field(
        "", max_length=LONGEST_REFERENCE, description="The payment's number at the till"
    )

    def command(self, **said: Any) -> PermitCommand:
        """The command."""
        return commands.RecordFee(
            amount=self.amount_won, exemption=self.exemption, reference=self.reference, **said
        )


class RecordCollectionBody(CommandBody):
    """Says that the citizen has come for the document."""

    document_no: _Code = Field("", description="Its number; empty: the newest of the case")

    def command(self, **said: Any) -> PermitCommand:
        """The command."""
        return commands.RecordCollection(document_no=self.document_no, **said)


class RevokePermitBody(CommandBody):
    """Takes a permit back."""

    reason: _Why = Field(description="Why")
    document_no: _Code = Field("", description="Its number; empty: the newest of the case")

    def command(self, **said: Any) -> PermitCommand:
        """The command."""
        return commands.RevokePermit(reason=self.reason, document_no=self.document_no, **said)


BODIES: Mapping[str, type[Any]] = {
    "RequestSupplement": RequestSupplementBody,
    "ProlongSupplement": ProlongSupplementBody,
    "ReceiveSupplement": ReceiveSupplementBody,
    "ExtendCase": ExtendCaseBody,
    "Consult": ConsultBody,
    "StartWork": StartWorkBody,
    "AssignOfficer": AssignOfficerBody,
    "AddNote": AddNoteBody,
    "ReturnDocuments": ReturnDocumentsBody,
    "WithdrawCase": WithdrawCaseBody,
    "FileObjection": FileObjectionBody,
    "ExtendObjection": ExtendObjectionBody,
    "DecideObjection": DecideObjectionBody,
    "OrderInspection": OrderInspectionBody,
    "ProlongInspection": ProlongInspectionBody,
    "EndInspection": EndInspectionBody,
    "CheckApplication": CheckApplicationBody,
    "RecordFee": RecordFeeBody,
    "RecordCollection": RecordCollectionBody,
    "RevokePermit": RevokePermitBody,
}
"""By the name of the rpc, which is also that of the command in a refusal's `allowed`."""


class AnsweredBody(BaseModel):
    """The answer to another office's question is stored."""

    answered_at: datetime = Field(description="When it was given")


class ExtendedBody(BaseModel):
    """The longer time for the answer to another office's question is stored."""

    due_at: datetime = Field(description="When the answer is due now")
