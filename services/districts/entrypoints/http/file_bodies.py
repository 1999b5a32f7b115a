"""The bodies of what an office reads of a case's file; their fields are those of cases.proto."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from services.districts.application.case_files import Asked
from services.districts.domain.case.events import OverdueLevel
from services.districts.domain.case.file import Consultation, File
from services.districts.entrypoints.http.schema import ID


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class HistoryStepBody(_Read):
    """One act on the case."""

    at: datetime = Field(description="When it happened, as the office says")
    entered_at: datetime = Field(description="When it was entered here")
    office_id: str = Field(
        description="Office that did it; empty where the citizen, time or routing did"
    )
    officer_code: str = Field(description="The office's code of the officer; may be empty")
    act: str = Field(
        description="What was done: a name of docs/cases.md, a command on a permit, or what time"
        " did to its document",
        examples=["RequestSupplement"],
    )
    reason: str = Field(description="Code of the reason; empty where there is none")
    round: int


class NoteBody(_Read):
    """A note of the caller's office."""

    at: datetime
    officer_code: str = Field(description="The office's code of the officer; may be empty")
    text: str


class SupplementFileBody(_Read):
    """A request to the citizen for what is missing."""

    round: int
    number: int = Field(description="Which request of the round, from 1")
    text: str = Field(description="What was asked for")
    requested_at: datetime
    answer_by: datetime = Field(description="Until when the citizen may send it")
    received_at: datetime | None = Field(description="When it came; null while it did not")


class ConsultationBody(_Read):
    """A question of one office to another."""

    inquiry_id: str = Field(description="Inquiry of the case", examples=[ID])
    number: int = Field(description="Which consultation of the case, from 1")
    asking_office_id: str
    consulted_office_id: str
    question: str
    requested_at: datetime
    due_at: datetime = Field(description="When the answer is due")
    answer: str = Field(description="Empty while there is none")
    answered_at: datetime | None
    extended_at: datetime | None = Field(
        description="When the office that is asked took more time; null where it did not"
    )
    overdue_level: OverdueLevel | None = Field(
        description="Who was told that its time is over, the highest of them"
    )

    @classmethod
    def of(cls, inquiry_id: str, one: Consultation) -> Self:
        """The body of a consultation of that case."""
        return cls(
            inquiry_id=inquiry_id,
            number=one.number,
            asking_office_id=one.asking_office_id,
            consulted_office_id=one.office_id,
            question=one.question,
            requested_at=one.requested_at,
            due_at=one.due_at,
            answer=one.answer,
            answered_at=one.answered_at,
            extended_at=one.extended_at,
            overdue_level=one.reminded,
        )


class InspectionBody(_Read):
    """A look at the place, for which the clock stands still."""

    round: int
    ordered_at: datetime
    ends_by: datetime = Field(description="The last moment for which the clock could stand still")
    prolonged_at: datetime | None
    done_at: datetime | None = Field(
        description="When the office had looked; null before, and where its time was over first"
    )
    stopped_until: datetime | None = Field(
        description="Until when the clock stood still; null while it does"
    )
    finding: str = Field(description="What the officer saw; may be empty")


class HistoryBody(BaseModel):
    """What was done on a case; each list oldest first."""

    steps: list[HistoryStepBody]
    notes: list[NoteBody] = Field(description="Of the caller's office alone")
    supplements: list[SupplementFileBody]
    consultations: list[ConsultationBody]
    inspections: list[InspectionBody] = Field(description="At most one of a round")

    @classmethod
    def of(cls, inquiry_id: str, office_id: str, file: File) -> Self:
        """The file without what other offices noted for themselves."""
        return cls(
            steps=[HistoryStepBody.model_validate(one) for one in file.history],
            notes=[
                NoteBody.model_validate(one) for one in file.notes if one.office_id == office_id
            ],
            supplements=[SupplementFileBody.model_validate(one) for one in file.supplements],
            consultations=[ConsultationBody.of(inquiry_id, one) for one in file.consultations],
            inspections=[InspectionBody.model_validate(one) for one in file.inspections],
        )


class ConsultationsBody(BaseModel):
    """What an office was asked and has not answered."""

    consultations: list[ConsultationBody] = Field(description="At most 500, due first")

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Self:
        """The body of what was asked."""
        return cls(
            consultations=[ConsultationBody.of(one.inquiry_id, one.consultation) for one in asked]
        )
