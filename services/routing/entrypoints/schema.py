"""The bodies of the HTTP API, and what turns decisions and figures into them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from services.cities import (
    Agency,
    Certainty,
    City,
    Guess,
    Matter,
    PetitionKind,
    PlaceClass,
    PlaceQuestion,
    Procedure,
    Service,
    Split,
    Target,
    provisional_due,
)
from services.common.edge.openapi import Refusal
from services.routing.application.ports import DeskState, QueueState
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.events import AskedAbout, UnroutedReason
from services.routing.domain.assignment.model import (
    Arbitration,
    Asked,
    Assigned,
    Assignment,
    Attempt,
    Ended,
    Inputs,
    PlaceForm,
    QuestionEnd,
    Unclear,
    Unrouted,
    Urgency,
)

InquiryId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        description="As on the inquiry's events",
        examples=["0198d5f0-5b7a-7c3e-9d53-2f6a3c1e8b40"],
    ),
]
UNKNOWN = Refusal(
    status=404, slug="unknown_assignment", meaning="Routing has no such inquiry, or not for you"
)
_ROUND = "1 until the inquiry is answered, one more each time it is opened again"


class OfficeBody(BaseModel):
    """An office with its names by language."""

    id: str
    names: Mapping[str, str]

    @classmethod
    def of(cls, city: City, office_id: str) -> Self:
        """The body of an office; one that the city no longer knows has no names."""
        known = city.offices.get(office_id)
        return cls(id=office_id, names=known.names if known is not None else {})


class UnclearBody(BaseModel):
    """What the place leaves open, in the city's words."""

    asks: PlaceQuestion | None = Field(description="Which question it is; null if nothing is open")
    question: Mapping[str, str] = Field(
        description="By language: to ask the citizen; empty when nothing is open"
    )
    candidates: list[str] = Field(description="Ids of the offices that the question is between")
    suggestion: Mapping[str, str] | None = Field(
        description="By language: what a word may have been meant for; it decided nothing"
    )

    @classmethod
    def of(cls, city: City, unclear: Unclear | None) -> Self | None:
        """The body of what is unclear, if anything is."""
        if unclear is None:
            return None
        asked = city.ask(unclear.asks) if unclear.asks is PlaceQuestion.WHERE else {}
        return cls(
            asks=unclear.asks,
            question=unclear.question or asked,
            candidates=list(unclear.candidates),
            suggestion=unclear.suggestion,
        )


class GuessBody(BaseModel):
    """A service that the words may mean."""

    service_code: str
    names: Mapping[str, str]
    probability: float = Field(description="That it is meant, between 0 and 1")
    terms: list[str] = Field(description="The words that spoke for it")

    @classmethod
    def of(cls, city: City, guess: Guess) -> Self:
        """The body of a guess; a service that the city no longer knows has no names."""
        known = city.catalogue.get(guess.service)
        return cls(
            service_code=guess.service,
            names=known.names if known is not None else {},
            probability=guess.probability,
            terms=list(guess.terms),
        )

    @classmethod
    def shown(cls, city: City, inputs: Inputs, hidden: Collection[str]) -> list[Self]:
        """The bodies of the guesses without those of the services `hidden`."""
        return [cls.of(city, guess) for guess in inputs.guesses if guess.service not in hidden]


class QuestionBody(BaseModel):
    """A question to the citizen, in the city's words where it is about the place."""

    number: int = Field(description="Which question about this inquiry, from 1")
    about: AskedAbout
    question: PlaceQuestion | None = Field(description="Null where the service is asked for")
    text: Mapping[str, str] = Field(description="By language; empty where the service is asked for")
    candidates: list[str] = Field(
        description="What was offered: ids of offices for a place, codes of services for a service"
    )
    asked_at: datetime
    answer_by: datetime
    ended: QuestionEnd | None = Field(description="Null while the answer is waited for")
    ended_at: datetime | None

    @classmethod
    def of(cls, city: City, asked: Asked, matter: Matter) -> Self:
        """The body of a question about a matter."""
        text = {} if asked.question is None else city.ask(asked.question, matter.district_code)
        return cls(
            number=asked.number,
            about=asked.about,
            question=asked.question,
            text=text,
            candidates=list(asked.candidates),
            asked_at=asked.asked_at,
            answer_by=asked.answer_by,
            ended=asked.ended,
            ended_at=asked.ended_at,
        )


class FilingBody(BaseModel):
    """What kind the matter has by the channel on which it came."""

    kind: PetitionKind = Field(description="The kind that it is treated as")
    asked: PetitionKind = Field(description="The kind that it is once it is a document")
    needs_document: bool = Field(
        description="What was asked is filed only when it is written: have it written, or write it"
        " down and have it signed"
    )
    source: str = Field(description="The article that says so; empty where no document is needed")

    @classmethod
    def of(cls, city: City, matter: Matter) -> Self | None:
        """The body of a matter's filing; null while its service is not known."""
        service = city.catalogue.get(matter.service_code)
        if service is None:
            return None
        filing = city.filing(service, matter.channel)
        return cls(
            kind=filing.kind,
            asked=filing.asked,
            needs_document=filing.needs_document,
            source=filing.source,
        )


class AgencyBody(BaseModel):
    """The agency that does the matter in the city's stead. The city gives the agency no work."""

    id: str
    names: Mapping[str, str]
    number: str = Field(description="Telephone number to refer the citizen to")
    number_status: Certainty = Field(description="`assumed`: check the number before you give it")
    hours: str

    @classmethod
    def of(cls, agency: Agency) -> Self:
        """The body of an agency."""
        return cls(
            id=agency.id,
            names=agency.names,
            number=agency.number,
            number_status=agency.certainty,
            hours=agency.hours,
        )


class UnroutedBody(BaseModel):
    """One inquiry without an office."""

    inquiry_id: str
    receipt_number: str
    round: int = Field(description=_ROUND)
    reason: str
    service_code: str = Field(description="Category found so far; empty when none was")
    filing: FilingBody | None = Field(description="Null while the category is not known")
    unclear: UnclearBody | None = Field(description="What to ask about the place; null if nothing")
    guesses: list[GuessBody] = Field(
        description="Services that the words may mean, likeliest first"
    )
    asked: QuestionBody | None = Field(
        description="What the citizen is asked; null while a person must look"
    )
    questions: list[QuestionBody] = Field(description="Those that have ended, in order")
    received_at: datetime
    unrouted_at: datetime = Field(description="Since when it waits for whom it waits for")
    due_at: datetime
    provisional: bool = Field(
        description="`due_at` is the earliest that the law could set, as nobody knows the category"
    )
    urgency: Urgency

    @classmethod
    def of(cls, city: City, unrouted: Unrouted, now: datetime, hidden: Collection[str]) -> Self:
        """The body of an entry of the queue, as it presses now; no guess is of a service
        `hidden`."""
        matter, inputs = unrouted.matter, unrouted.decision.inputs
        asked = unrouted.asked
        return cls(
            inquiry_id=unrouted.inquiry_id,
            receipt_number=unrouted.matter.receipt_number,
            round=unrouted.round,
            reason=unrouted.decision.reason,
            service_code=unrouted.matter.service_code,
            received_at=unrouted.matter.received_at,
            unrouted_at=unrouted.unrouted_at,
            filing=FilingBody.of(city, unrouted.matter),
            unclear=UnclearBody.of(city, inputs.unclear),
            guesses=GuessBody.shown(city, inputs, hidden),
            asked=None if asked is None else QuestionBody.of(city, asked, matter),
            questions=[QuestionBody.of(city, one, matter) for one in unrouted.questions],
            due_at=unrouted.decision.due_at,
            provisional=not unrouted.matter.service_code,
            urgency=dates.urgency(unrouted, now),
        )


class QueueBody(BaseModel):
    """What has no office and waits for a person, or for the citizens: what is due first stands
    first."""

    waiting: int
    overdue: int = Field(description="Of these, those whose answer was due")
    oldest_seconds: float | None = Field(description="How long the oldest waits; null when none")
    items: list[UnroutedBody]

    @classmethod
    def of(cls, state: QueueState, items: list[UnroutedBody], now: datetime) -> Self:
        """The body of the queue as it is now."""
        oldest = None if state.oldest is None else (now - state.oldest).total_seconds()
        return cls(waiting=state.waiting, overdue=state.overdue, oldest_seconds=oldest, items=items)


class AssignBody(BaseModel):
    """A person's decision on an unrouted inquiry."""

    model_config = ConfigDict(extra="forbid")
    office: str = Field(
        min_length=1,
        max_length=100,
        description="Id of the office that gets it",
        examples=["d-11680"],
    )
    service_code: str = Field(
        min_length=1,
        max_length=100,
        description="Code of the catalogue; it decides the due time",
        examples=["street-light"],
    )


class DesignateBody(BaseModel):
    """The arbitration desk's decision."""

    model_config = ConfigDict(extra="forbid")
    office: str = Field(
        min_length=1,
        max_length=100,
        examples=["d-11680"],
        description="Id of the office: a department of the city, which may not decline, or an"
        " office of a district, to which the matter is transferred",
    )


class AttemptBody(BaseModel):
    """One office that the inquiry was given to."""

    round: int = Field(description=_ROUND)
    attempt: int = Field(description="1 for the first office of the round, one more for each next")
    office: OfficeBody
    workload: str
    rule: str
    binding: bool
    delegated_by: str | None
    assigned_at: datetime
    refused: str | None = Field(description="Why the office refused; null when it did not")
    take_by: datetime | None = Field(
        description="By when it accepts or refuses; null where it may not refuse"
    )
    taken_at: datetime | None = Field(description="When it accepted, as it says; null if not heard")
    escalated: str | None = Field(
        description="Who was told that it had not, the highest of them; null when nobody was"
    )

    @classmethod
    def of(cls, city: City, round_: int, attempt: Attempt) -> Self:
        """The body of an attempt of that round."""
        return cls(
            round=round_,
            attempt=attempt.number,
            office=OfficeBody.of(city, attempt.office_id),
            workload=attempt.workload,
            rule=attempt.rule,
            binding=attempt.binding,
            delegated_by=attempt.delegated_by or None,
            assigned_at=attempt.assigned_at,
            refused=attempt.refused,
            take_by=attempt.take_by,
            taken_at=attempt.taken_at,
            escalated=attempt.escalated,
        )


class ArbitrationBody(BaseModel):
    """Why a matter lies with the arbitration desk, and by when the desk names an office."""

    cause: str
    refused: list[OfficeBody] = Field(description="Who refused it in this round, in their order")
    opened_at: datetime
    decide_by: datetime

    @classmethod
    def of(cls, city: City, arbitration: Arbitration) -> Self:
        """The body of an arbitration."""
        return cls(
            cause=arbitration.cause,
            refused=[OfficeBody.of(city, id_) for id_ in arbitration.refused],
            opened_at=arbitration.opened_at,
            decide_by=arbitration.decide_by,
        )


class OpenArbitrationBody(ArbitrationBody):
    """One matter of the list."""

    inquiry_id: str
    receipt_number: str
    service_code: str
    round: int = Field(description=_ROUND)
    attempt: int = Field(description="The turn of the arbitration desk within the round")
    hops: int = Field(description="How often it was handed on")
    overdue: bool
    due_at: datetime = Field(description="When the answer to the citizen is due all the same")


class ArbitrationsBody(BaseModel):
    """The open arbitrations: what must be decided first stands first."""

    open: int
    overdue: int = Field(description="Of these, those whose time to decide is over")
    items: list[OpenArbitrationBody]

    @classmethod
    def of(cls, city: City, state: DeskState, found: Sequence[Assigned], now: datetime) -> Self:
        """The body of the list as it is now."""
        items = [
            OpenArbitrationBody(
                **dict(ArbitrationBody.of(city, one.arbitration)),
                inquiry_id=one.inquiry_id,
                receipt_number=one.matter.receipt_number,
                service_code=one.matter.service_code,
                round=one.round,
                attempt=one.current.number,
                hops=one.hops,
                overdue=now > one.arbitration.decide_by,
                due_at=one.decision.due_at,
            )
            for one in found
            if one.arbitration is not None
        ]
        return cls(open=state.open, overdue=state.overdue, items=items)


class InputsBody(BaseModel):
    """What the decision stood on, and the place that it led to."""

    category: str
    terms: list[str] = Field(description="The catalogue's terms that the words matched")
    guesses: list[GuessBody] = Field(
        description="Services that the words may mean, likeliest first"
    )
    others: list[str] = Field(description="Services of further matters in the same text")
    model: str = Field(description="Version of the trained words; empty where terms alone decided")
    danger: str | None = Field(description="Id of the danger that the words speak of; null if none")
    place_form: PlaceForm = Field(description="How the citizen named the place")
    place: PlaceClass = Field(description="How much of the place is known")
    place_evidence: list[str]
    district_code: str | None
    dong_code: str | None
    unclear: UnclearBody | None = Field(description="What the place leaves open; null if nothing")

    @classmethod
    def of(cls, city: City, assignment: Assignment, hidden: Collection[str]) -> Self:
        """The body of an assignment's inputs, which names none of the services `hidden`."""
        inputs = assignment.decision.inputs
        return cls(
            category=inputs.category,
            terms=list(inputs.terms),
            guesses=GuessBody.shown(city, inputs, hidden),
            others=[code for code in inputs.others if code not in hidden],
            model=inputs.model,
            danger=assignment.decision.facts.danger or None,
            place_form=inputs.place_form,
            place=assignment.decision.facts.place,
            place_evidence=list(inputs.place_evidence),
            district_code=assignment.matter.district_code or None,
            dong_code=assignment.matter.dong_code or None,
            unclear=UnclearBody.of(city, inputs.unclear),
        )


class TargetBody(BaseModel):
    """How soon the city wants it done, by the clock on the wall, beside the date by law."""

    wanted_by: datetime
    status: Certainty = Field(description="`assumed`: the city was not found to say so")
    source: str

    @classmethod
    def of(cls, target: Target, received_at: datetime) -> Self:
        """The body of a service's target for what was received then."""
        return cls(
            wanted_by=received_at + target.within, status=target.certainty, source=target.source
        )


class PracticeBody(BaseModel):
    """What the city does where the law leaves it a choice or says nothing."""

    value: str
    status: Certainty
    source: str

    @classmethod
    def of(cls, city: City, name: str) -> Self | None:
        """The body of a practice; null where the city has none."""
        practice = city.practices.get(name)
        if practice is None:
            return None
        return cls(value=practice.value, status=practice.certainty, source=practice.source)


class DueBody(BaseModel):
    """When the answer is due, what that date is, and the account of how it was counted."""

    at: datetime
    label: Mapping[str, str] = Field(
        description="What the date is called, by language: a statutory period or an expectation"
    )
    period: str
    status: Certainty = Field(
        description="`assumed`: no law was found that sets the period; never call it one"
    )
    source: str = Field(description="What sets the period, or why it is assumed")
    provisional: bool = Field(
        description="The category is not known: the earliest date that the law could set"
    )
    counted_from: datetime
    legal_basis: str = Field(description="The law of the matter itself, not of the period")
    explanation: list[str]
    target: TargetBody | None = Field(description="Null where the city has set no target")
    transfer_restarts_clock: PracticeBody | None = Field(
        description="The city's practice when another agency gets the matter; no article sets it"
    )

    @classmethod
    def of(cls, city: City, assignment: Assignment, language: str) -> Self:
        """The stored due time, and the account of it as it was when it was counted."""
        service = city.catalogue.get(assignment.matter.service_code)
        if service is None:
            return cls._provisional(city, assignment, language)
        service = city.as_asked(service, assignment.matter.channel)
        clock_from = _clock_from(assignment)
        target = service.target
        return cls(
            at=assignment.decision.due_at,
            label=city.period_label(service),
            period=str(service.period),
            status=service.certainty,
            source=service.source,
            provisional=False,
            counted_from=clock_from,
            legal_basis=service.legal_basis,
            explanation=list(assignment.decision.account[language]),
            target=None if target is None else TargetBody.of(target, assignment.matter.received_at),
            transfer_restarts_clock=PracticeBody.of(city, "transfer_restarts_clock"),
        )

    @classmethod
    def _provisional(cls, city: City, assignment: Assignment, language: str) -> Self:
        matter = assignment.matter
        due = provisional_due(city, matter.received_at, matter.channel)
        return cls(
            at=assignment.decision.due_at,
            label=city.clock.provisional_label(),
            period=str(due.period),
            status=Certainty.ASSUMED,
            source="",
            provisional=True,
            counted_from=matter.received_at,
            legal_basis="",
            explanation=list(assignment.decision.account[language]),
            target=None,
            transfer_restarts_clock=PracticeBody.of(city, "transfer_restarts_clock"),
        )


class SplitBody(BaseModel):
    """Another office is competent in the case that `when` describes."""

    office: OfficeBody
    when: Mapping[str, str]
    status: Certainty

    @classmethod
    def of(cls, city: City, split: Split) -> Self:
        """The body of a split."""
        return cls(
            office=OfficeBody.of(city, split.office), when=split.when, status=split.certainty
        )


class AssignmentBody(BaseModel):
    """The decision on one inquiry, explained."""

    inquiry_id: str
    receipt_number: str
    status: Literal["assigned", "unrouted", "ended"]
    round: int = Field(description=_ROUND)
    rule: str | None = Field(description="The rule that named the office; null when none was found")
    reason: str | None = Field(description="Why no office was found; null when one was")
    service_code: str | None
    kind: str | None = Field(description="Kind of petition; null while the category is not known")
    permit: bool
    inputs: InputsBody
    asked: QuestionBody | None = Field(description="What the citizen is asked; null if nothing")
    questions: list[QuestionBody] = Field(description="Those that have ended, in order")
    attempts: list[AttemptBody]
    hops: int = Field(description="How often it was handed on")
    arbitration: ArbitrationBody | None = Field(
        description="While it lies with the arbitration desk; else null"
    )
    ended_at: datetime | None = Field(description="When it was answered; null until then")
    alternatives: list[OfficeBody] = Field(description="Offices not tried yet, in order")
    consulted: list[OfficeBody] = Field(
        description="Offices that the one which has it asks, for further matters in the same text"
    )
    linked: list[str] = Field(
        description="Ids of open inquiries of the same citizen that ask for the same"
    )
    received_at: datetime
    procedure: Procedure | None = Field(
        description="Only a `petition` follows the Civil Petitions Treatment Act; null while the"
        " category is not known"
    )
    filing: FilingBody | None = Field(description="Null while the category is not known")
    refer_to: AgencyBody | None = Field(
        description="Who does it in the city's stead: tell the citizen the number; null if nobody"
    )
    split: SplitBody | None = Field(description="A case in which another office is competent")
    due: DueBody

    @classmethod
    def of(cls, city: City, assignment: Assignment, language: str, hidden: Collection[str]) -> Self:
        """The body of an assignment, with the account of its due time in that language; it names
        none of the services `hidden`."""
        rule: str | None = None
        asked: Asked | None = None
        reason: UnroutedReason | None = None
        attempts: list[AttemptBody] = []
        alternatives: list[OfficeBody] = []
        consulted: tuple[str, ...] = ()
        linked: tuple[str, ...] = ()
        match assignment:
            case Assigned(round=round_) | Ended(round=round_):
                rule = assignment.current.rule
                attempts = [AttemptBody.of(city, round_, tried) for tried in assignment.attempts]
                alternatives = [OfficeBody.of(city, id_) for id_ in _not_tried(assignment)]
                consulted = assignment.decision.consulted
                linked = assignment.linked
            case Unrouted():
                reason, asked = assignment.decision.reason, assignment.asked
        matter = assignment.matter
        service = city.catalogue.get(matter.service_code)
        return cls(
            inquiry_id=assignment.inquiry_id,
            receipt_number=matter.receipt_number,
            status=assignment.status,
            round=assignment.round,
            rule=rule,
            reason=reason,
            service_code=matter.service_code or None,
            kind=matter.kind,
            permit=matter.permit,
            inputs=InputsBody.of(city, assignment, hidden),
            asked=None if asked is None else QuestionBody.of(city, asked, matter),
            questions=[QuestionBody.of(city, one, matter) for one in assignment.questions],
            attempts=attempts,
            hops=max(0, len(attempts) - 1),
            arbitration=_arbitration(city, assignment),
            ended_at=assignment.ended_at if isinstance(assignment, Ended) else None,
            alternatives=alternatives,
            consulted=[OfficeBody.of(city, id_) for id_ in consulted],
            linked=list(linked),
            received_at=matter.received_at,
            procedure=service.procedure if service is not None else None,
            filing=FilingBody.of(city, matter),
            refer_to=_referral(city, service, matter),
            split=SplitBody.of(city, service.split) if service and service.split else None,
            due=DueBody.of(city, assignment, language),
        )


def _clock_from(assignment: Assignment) -> datetime:
    match assignment:
        case Assigned() | Ended():
            return assignment.decision.clock_from
        case Unrouted():
            return assignment.matter.received_at


def _referral(city: City, service: Service | None, matter: Matter) -> AgencyBody | None:
    if service is None:
        return None
    agency = city.referral(service, matter.received_at.astimezone(city.timezone).date())
    return AgencyBody.of(agency) if agency is not None else None


def _arbitration(city: City, assignment: Assignment) -> ArbitrationBody | None:
    match assignment:
        case Assigned(arbitration=Arbitration() as arbitration):
            return ArbitrationBody.of(city, arbitration)
        case _:
            return None


def _not_tried(assigned: Assigned | Ended) -> list[str]:
    tried = {attempt.office_id for attempt in assigned.attempts}
    return [office_id for office_id in assigned.decision.offices if office_id not in tried]
