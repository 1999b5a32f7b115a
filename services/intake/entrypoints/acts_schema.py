"""The bodies of what a citizen may read of their case and do about it, and how they become
commands."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.common.edge.plain_words import line_only, words_only
from services.intake.application.once import Stored
from services.intake.application.ports import IssuedDocument, ObjectionDecision, Worth
from services.intake.application.proceedings import PublicProceedings, PublicRequest
from services.intake.domain import acts
from services.intake.domain.model import ActRefusal, CitizenAct, CitizenActKind

Words = BeforeValidator(words_only)
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=acts.LONGEST_TEXT), Words]
Reference = Annotated[
    str, StringConstraints(max_length=acts.LONGEST_ATTACHMENT), BeforeValidator(line_only)
]
Round = Annotated[int, Field(ge=1, le=99_999, description="The round, as the inquiry says it")]
RequestNumber = Annotated[
    int, Field(ge=1, le=99_999, description="The number of `request`, as the inquiry says it")
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SupplementActBody(_Body):
    """Sends what the office asked for: words, documents by reference, or both."""

    kind: Literal["supplement"]
    round: Round
    request: RequestNumber
    text: Text = ""
    attachments: list[Reference] = Field(
        default_factory=list,
        max_length=acts.MOST_ATTACHMENTS,
        description="Where the documents are: an https address, or a number by which a document is"
        " verified. The office reads it as plain text",
    )

    def order(self) -> acts.ActOrder:
        """The command that the body stands for."""
        return acts.SendSupplement(
            round=self.round,
            request=self.request,
            text=self.text,
            attachments=tuple(self.attachments),
        )


class MoreTimeActBody(_Body):
    """Asks for more time to send it, twice at most for each request."""

    kind: Literal["more_time"]
    round: Round
    request: RequestNumber
    extension: int = Field(
        ge=1,
        le=acts.MOST_EXTENSIONS,
        description="Which prolongation of the request: `next_extension`. Sent again with the same"
        " number it is the same one",
    )
    days: int = Field(ge=1, le=acts.MOST_DAYS, description="How many days more are needed")

    def order(self) -> acts.ActOrder:
        """The command that the body stands for."""
        return acts.AskMoreTime(
            round=self.round, request=self.request, extension=self.extension, days=self.days
        )


class WithdrawalActBody(_Body):
    """Withdraws the matter; it ends without an answer."""

    kind: Literal["withdrawal"]
    round: Round

    def order(self) -> acts.ActOrder:
        """The command that the body stands for."""
        return acts.WithdrawMatter(round=self.round)


class ObjectionActBody(_Body):
    """Objects to a permit that was refused."""

    kind: Literal["objection"]
    round: Round
    text: Text = Field(description="The reasons")

    def order(self) -> acts.ActOrder:
        """The command that the body stands for."""
        return acts.MakeObjection(round=self.round, text=self.text)


ActBody = Annotated[
    SupplementActBody | MoreTimeActBody | WithdrawalActBody | ObjectionActBody,
    Field(discriminator="kind"),
]


class ActStanding(StrEnum):
    """How an act stands with the case."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"

    @classmethod
    def of(cls, act: CitizenAct) -> ActStanding:
        """How this one stands."""
        if act.taken_at is not None:
            return cls.TAKEN
        return cls.WAITING if act.refused_at is None else cls.REFUSED


class DoneBody(BaseModel):
    """Something that the citizen did about the matter. Its words are not repeated."""

    number: int
    kind: CitizenActKind
    round: int
    request: int | None = Field(description="The office's request that it is about")
    acted_at: datetime
    standing: ActStanding = Field(
        description="`waiting`: stored, and on its way to the case; `taken`: it has its effect;"
        " `refused`: the case had gone on before, and `refusal` says how"
    )
    refusal: ActRefusal | None

    @classmethod
    def of(cls, act: CitizenAct) -> Self:
        """The body of an act."""
        return cls(
            number=act.number,
            kind=act.kind,
            round=act.round,
            request=act.request or None,
            acted_at=act.acted_at,
            standing=ActStanding.of(act),
            refusal=act.refusal,
        )


class StoredActBody(DoneBody):
    """The act is stored. The same act again gets the very same."""

    receipt_number: str

    @classmethod
    def stored(cls, stored: Stored[CitizenAct]) -> Self:
        """The body of a stored act."""
        done = DoneBody.of(stored.said)
        return cls(receipt_number=stored.receipt_number, **done.model_dump())


class RequestBody(BaseModel):
    """What the office asks the citizen to send."""

    round: int
    number: int
    text: str | None = Field(description="Null while its words cannot be had; ask again later")
    requested_at: datetime
    answer_by: datetime
    received_at: datetime | None
    open: bool = Field(description="Whether something may be sent; also after `answer_by`, late")
    late: bool = Field(description="The time is over, and nothing has come")
    next_extension: int | None = Field(
        description="Which prolongation may be asked for; null: none"
    )

    @classmethod
    def of(cls, request: PublicRequest) -> Self:
        """The body of a request."""
        return cls(
            round=request.round,
            number=request.number,
            text=request.text,
            requested_at=request.requested_at,
            answer_by=request.answer_by,
            received_at=request.received_at,
            open=request.open,
            late=request.late,
            next_extension=request.next_extension or None,
        )


class ObjectionBody(BaseModel):
    """What the office decided on an objection."""

    round: int
    upheld: bool
    text: str
    decided_at: datetime

    @classmethod
    def of(cls, decision: ObjectionDecision) -> Self:
        """The body of a decision."""
        return cls(
            round=decision.round,
            upheld=decision.upheld,
            text=decision.text,
            decided_at=decision.decided_at,
        )


class DocumentBody(BaseModel):
    """A permit's document; get it at `/v1/inquiries/{receipt_number}/documents/{document_no}`."""

    document_no: str
    round: int
    standing: Worth = Field(description="What it is worth now; only a `valid` one holds")
    valid_until: date | None = Field(description="Its last day; null without an end")

    @classmethod
    def of(cls, document: IssuedDocument) -> Self:
        """The body of a document."""
        return cls(
            document_no=document.number,
            round=document.round,
            standing=document.worth,
            valid_until=document.valid_until,
        )


class ProceedingsBody(BaseModel):
    """What there is beside the answers, and what the citizen may do at
    `/v1/inquiries/{receipt_number}/acts`."""

    request: RequestBody | None = Field(description="The newest of the round")
    acts: list[DoneBody] = Field(description="What the citizen did, earliest first")
    may_withdraw: bool
    objection_until: datetime | None = Field(
        description="Until when an objection may be made; null where none may"
    )
    objections: list[ObjectionBody] = Field(description="Those decided, earliest first")
    documents: list[DocumentBody] = Field(description="Of the permit, earliest first")
    verify_url: str | None = Field(description="Where anybody verifies a document by its number")
    unavailable: bool = Field(
        description="What lies with the offices cannot be had now; ask again in a moment"
    )

    @classmethod
    def of(cls, found: PublicProceedings) -> Self:
        """The body of proceedings."""
        return cls(
            request=found.request and RequestBody.of(found.request),
            acts=[DoneBody.of(one) for one in found.acts],
            may_withdraw=found.may_withdraw,
            objection_until=found.objection_until,
            objections=[ObjectionBody.of(one) for one in found.objections],
            documents=[DocumentBody.of(one) for one in found.documents],
            verify_url=found.verify_url or None,
            unavailable=found.unavailable,
        )


ACTS: dict[str, Any] = {
    "supplement": {
        "summary": "What the office asked for",
        "value": {
            "kind": "supplement",
            "round": 1,
            "request": 1,
            "text": "요청하신 평면도를 보냅니다.",
            "attachments": ["https://documents.example.org/plan.pdf"],
        },
    },
    "more_time": {
        "summary": "More time to send it",
        "value": {"kind": "more_time", "round": 1, "request": 1, "extension": 1, "days": 7},
    },
    "withdrawal": {"summary": "Withdraw", "value": {"kind": "withdrawal", "round": 1}},
    "objection": {
        "summary": "Object to a refused permit",
        "value": {"kind": "objection", "round": 1, "text": "신청 요건을 모두 갖추었습니다."},
    },
}
