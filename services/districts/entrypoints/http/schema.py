"""The bodies of the work of offices, and how they become commands, and items become bodies."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import Path
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from services.cities import PetitionKind
from services.common.aggregates.command_id import LONGEST_COMMAND_ID
from services.common.edge.plain_words import words_only
from services.common.kernel import DomainError, Kind, to_milliseconds
from services.districts.application.listing import WorkPage
from services.districts.application.office_work import CaseToHandle, CitizenAct
from services.districts.domain.case import commands
from services.districts.domain.case.answering import LONGEST_OFFICER
from services.districts.domain.case.changes import LONGEST_ANSWER
from services.districts.domain.case.events import (
    CitizenActKind,
    DeclineReason,
    OverdueLevel,
    PermitDecision,
)
from services.districts.domain.case.model import Item, Officer, Stage, State
from services.districts.domain.permit.decide import (
    LONGEST_CONDITION,
    LONGEST_HOLDER,
    MOST_CONDITIONS,
)
from services.districts.domain.permit.model import Terms
from services.districts.entrypoints.days import day_of

ID = "0198d5f0-5b7a-7c3e-9d53-2f6a3c1e8b40"
# Versions count from 1; BSON holds no larger number.
LARGEST_VERSION = 2**63 - 1


# The library would take a number, also one in quotes, for seconds since 1970.
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


def _text_only(value: object) -> object:
    if not isinstance(value, str) or not _DATED.match(value):
        raise ValueError("write it as text with an offset, such as 2026-11-23T09:00:00+09:00")
    return value


def _to_utc(time: datetime) -> datetime:
    try:
        return to_milliseconds(time.astimezone(UTC))
    except OverflowError as error:
        raise ValueError("is out of range") from error


Moment = Annotated[AwareDatetime, BeforeValidator(_text_only), AfterValidator(_to_utc)]
InquiryId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        description="`inquiry_id` of an item of the list",
        examples=[ID],
    ),
]
Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ANSWER),
    BeforeValidator(words_only),
]
Condition = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_CONDITION),
    BeforeValidator(words_only),
]


def _day_text_only(value: object) -> object:
    """A day as text alone: the library would take a number for seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("write it as text, such as 2026-12-01")
    try:
        return day_of(value, "valid_until")
    except DomainError as error:
        raise ValueError(error.message) from error


Day = Annotated[date, BeforeValidator(_day_text_only)]
_Named = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_OFFICER)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfficerBody(_Body):
    """Who answers for it; the citizen is told (Petitions Decree, Article 31)."""

    unit: _Named = Field(description="Unit of the officer", examples=["도로관리과"])
    name: _Named = Field(description="How the unit calls the officer", examples=["홍길동 주무관"])
    phone: str = Field(
        min_length=2, max_length=30, description="As it is dialled", examples=["02-120"]
    )

    def officer(self) -> Officer:
        """The officer."""
        return Officer(unit=self.unit, name=self.name, phone=self.phone)


class CommandBody(_Body):
    """What every command may say; an empty object says nothing of it."""

    occurred_at: Moment | None = Field(
        None,
        description="When the office did it; now when absent. Never in the future, nor before the"
        " inquiry was received or what was done last on the case, nor further back than the city"
        " lets offices enter",
        examples=["2026-11-23T10:00:00+09:00"],
    )
    command_id: str = Field(
        "",
        max_length=LONGEST_COMMAND_ID,
        description="Made by the caller, 1 to 64 printable characters, instead of the header"
        " Idempotency-Key: sent again with the same id, the command has its effect once",
    )
    expected_version: int | None = Field(
        None,
        strict=True,
        ge=1,
        le=LARGEST_VERSION,
        description="Version of the case that the caller decided on, instead of the header"
        " If-Match; if the case has changed since, nothing happens (412)",
    )

    def by_office(self, idempotency_key: str | None, if_match: str | None) -> dict[str, Any]:
        """What a command says of itself, by its body and its headers. Raises `invalid_command_id`
        and `invalid_expected_version` (INVALID) where the two contradict each other."""
        header_version = int(if_match.strip('"')) if if_match is not None else None
        return {
            "occurred_at": self.occurred_at,
            "command_id": _one_of(self.command_id, idempotency_key, "command_id") or "",
            "expected_version": _one_of(self.expected_version, header_version, "expected_version"),
        }

    def said(self, idempotency_key: str | None, if_match: str | None) -> dict[str, Any]:
        """All that the command says of itself beside what it orders. Raises as `by_office`."""
        return self.by_office(idempotency_key, if_match)


def _one_of(body: Any, header: Any, field: str) -> Any:
    if body and header and body != header:
        raise DomainError(
            f"invalid_{field}",
            Kind.INVALID,
            "the header says another value; send it in one place",
            field=field,
        )
    return body or header


class OfficerCommandBody(CommandBody):
    """What every command that names its officer may say."""

    officer_code: str = Field(
        "",
        max_length=40,
        description="The office's code of the officer who did it, never a name; may be empty",
        examples=["kim-1"],
    )

    def said(self, idempotency_key: str | None, if_match: str | None) -> dict[str, Any]:
        """What the command says of itself. Raises as `by_office`."""
        return {**self.by_office(idempotency_key, if_match), "officer_code": self.officer_code}


class AcceptBody(CommandBody):
    """Takes responsibility."""

    def command(self, **by_office: Any) -> commands.Command:
        """The command."""
        return commands.Accept(**by_office)


class DeclineBody(CommandBody):
    """Refuses responsibility, also after it was accepted, until it is answered."""

    reason: DeclineReason = Field(description="Why; a closed list")
    suggested_office_id: str = Field(
        "", max_length=64, description="Office held competent; may be empty"
    )

    def command(self, **by_office: Any) -> commands.Command:
        """The command."""
        return commands.Decline(
            reason=self.reason, suggested_office_id=self.suggested_office_id, **by_office
        )


class AnswerBody(OfficerCommandBody):
    """Answers the citizen and ends the case."""

    text: Words = Field(description="The answer")
    officer: OfficerBody

    def command(self, **by_office: Any) -> commands.Command:
        """The command."""
        return commands.Answer(text=self.text, officer=self.officer.officer(), **by_office)


class DecideBody(OfficerCommandBody):
    """Grants or refuses a permit and ends the case."""

    decision: PermitDecision = Field(description="What the office decides")
    text: Words = Field(
        description="What the citizen is told: the conditions, if there are any, and for a refusal"
        " the reason (Petitions Act, Article 27). The remedies are not the office's to write: the"
        " message to the citizen adds them to every refusal"
    )
    officer: OfficerBody
    conditions: tuple[Condition, ...] = Field(
        (), max_length=MOST_CONDITIONS, description="One by one, only of a conditional grant"
    )
    valid_until: Day | None = Field(
        None, description="Last day on which it holds; absent: as the city's pack has it"
    )
    holder: str = Field("", max_length=LONGEST_HOLDER, description="Who may do what is permitted")
    to_be_collected: bool = Field(
        False, strict=True, description="Whether the citizen comes for the document"
    )

    def command(self, **by_office: Any) -> commands.Command:
        """The command."""
        return commands.DecidePermit(
            decision=self.decision,
            text=self.text,
            officer=self.officer.officer(),
            terms=Terms(
                holder=self.holder,
                conditions=self.conditions,
                valid_until=self.valid_until,
                to_be_collected=self.to_be_collected,
            ),
            **by_office,
        )


class ItemBody(BaseModel):
    """One case as the office sees it; the fields are those of `WorkItem` in work.proto."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    inquiry_id: str = Field(description="Id of the inquiry", examples=[ID])
    receipt_number: str = Field(description="What a citizen reads out over the phone")
    service_code: str = Field(description="Code of the matter in the city's catalogue")
    kind: PetitionKind | None = Field(description="Kind of petition; it sets the period")
    language: str = Field(description="BCP 47 tag of the language that the citizen wants")
    permit: bool = Field(description="Whether it ends with a decision on a permit")
    binding: bool = Field(description="Whether declining is not possible")
    to_designate: bool = Field(description="Whether the office is the arbitration desk")
    needs_document: bool = Field(
        description="Whether what was asked by word of mouth must become a document first"
    )
    round: int = Field(description="1 until it is answered, one more each time it is opened again")
    attempt: int = Field(description="Turn of an office within the round, from 1")
    state: Stage = Field(validation_alias="stage", description="Where it stands at the office")
    due_at: datetime = Field(description="When the answer is due")
    opened_at: datetime = Field(description="When it reached the office")
    overdue_level: OverdueLevel | None = Field(
        validation_alias="reminded", description="Who was told that its time is over"
    )
    progress_notices: int = Field(
        validation_alias="notices", description="Number of the newest progress notice"
    )
    take_by: datetime | None = Field(description="By when the office accepts or declines it")
    consulted_office_ids: tuple[str, ...] = Field(
        validation_alias="consulted", description="Offices that are competent for a part"
    )
    joined_inquiry_ids: tuple[str, ...] = Field(
        validation_alias="joined", description="Inquiries of others that this one leads"
    )
    linked_inquiry_ids: tuple[str, ...] = Field(
        validation_alias="linked", description="Open inquiries of the same citizen"
    )
    version: int = Field(description="Rises with each change of the case, from 1")
    case_state: State | None = Field(
        validation_alias="state",
        description="Where it stands by the transition table (docs/cases.md); finer than `state`",
    )
    supplement_by: datetime | None = Field(
        description="Until when the citizen may send the supplement that is waited for"
    )
    extensions: int = Field(description="How often the period was extended in this round")
    assignee: str = Field(description="Code of the officer who works on it; empty for none")
    objection_decide_by: datetime | None = Field(
        validation_alias="objection_by", description="When the open objection is to be decided"
    )
    awaited_office_ids: tuple[str, ...] = Field(
        validation_alias="awaited", description="Offices that were asked and have not answered"
    )
    document_no: str = Field(description="Number of the permit's newest document; empty for none")
    inspection_by: datetime | None = Field(
        description="Until when an inspection that runs may stop the period"
    )
    objection_overdue_level: OverdueLevel | None = Field(
        validation_alias="objection_reminded",
        description="Who was told that the open objection is not decided in time",
    )

    @classmethod
    def of(cls, item: Item) -> Self:
        """The body of an item."""
        return cls.model_validate(item)


class PageBody(BaseModel):
    """One page of the office's work."""

    items: list[ItemBody]
    next_page_token: str = Field(description="Where the next page begins; empty after the last")

    @classmethod
    def of(cls, page: WorkPage) -> Self:
        """The body of a page."""
        return cls(
            items=[ItemBody.of(item) for item in page.items], next_page_token=page.next_token
        )


class ActBody(BaseModel):
    """What the citizen did about the matter since, in their words."""

    number: int
    kind: CitizenActKind
    round: int
    request: int = Field(description="Which request for a supplement it answers; 0 for none")
    text: str
    attachments: list[str] = Field(
        description="Where documents are: an address, or a number. Plain text that nobody opened"
    )
    days: int = Field(description="How many days more the citizen asks for; 0 for any other act")
    acted_at: datetime
    standing: Literal["waiting", "taken", "refused"] = Field(
        description="`refused`: the case had gone on before; the citizen is told"
    )

    @classmethod
    def of(cls, act: CitizenAct) -> Self:
        """The body of an act."""
        said, decided = act.said, act.decided
        return cls(
            number=said.number,
            kind=said.kind,
            round=said.round,
            request=said.request,
            text=said.text,
            attachments=list(said.attachments),
            days=said.days,
            acted_at=said.acted_at,
            standing="waiting"
            if decided is None
            else "taken"
            if decided.refusal is None
            else "refused",
        )


class FormAnswerBody(BaseModel):
    """One field of the form of an application."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    code: str = Field(description="Code of the field, such as `items`")
    name: str = Field(description="What the city's first language calls it")
    value: str = Field(description="As the citizen filled it in; of a choice its code")
    choice_name: str = Field(description="What a chosen value is called; empty for any other")


class CaseBody(BaseModel):
    """A case with what the citizen wrote, fetched for handling."""

    item: ItemBody
    text: str = Field(description="The citizen's words")
    address: str = Field(description="Address text; may be empty")
    lat: float | None = Field(description="Latitude, WGS 84")
    lon: float | None = Field(description="Longitude, WGS 84")
    dong_code: str = Field(description="Code of a dong or district; may be empty")
    dong_name: str = Field(description="What the place of that code is called; may be empty")
    service_name: str = Field(description="What the catalogue calls the matter")
    office_id: str = Field(
        description="Office that has the case: the caller's, or a community office of the caller's"
        " district"
    )
    read_only: bool = Field(
        description="Whether it is another office's, so that the caller can do nothing about it"
    )
    form: list[FormAnswerBody] = Field(
        description="The form as the citizen filled it in, in its order; empty where none was sent"
    )
    acts: list[ActBody] = Field(description="What the citizen did since, earliest first")

    @classmethod
    def of(cls, case: CaseToHandle) -> Self:
        """The body of a case."""
        words = case.words
        return cls(
            item=ItemBody.of(case.item),
            text=words.text,
            address=words.address,
            lat=words.lat,
            lon=words.lon,
            dong_code=words.dong_code,
            dong_name=case.dong_name,
            service_name=case.service_name,
            office_id=case.office_id,
            read_only=case.read_only,
            form=[FormAnswerBody.model_validate(one) for one in case.form],
            acts=[ActBody.of(one) for one in case.acts],
        )
