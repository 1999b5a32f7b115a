"""Shows a citizen how far the inquiry has come, and why it is where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.cities import (
    Agency,
    Certainty,
    City,
    Due,
    OutOfCalendar,
    Service,
    Workload,
    provisional_due,
)
from services.common.kernel import DomainError, Kind
from services.intake.application.asking import PublicQuestion, public_question
from services.intake.application.opening import Opening
from services.intake.application.ports import Answers
from services.intake.application.proceedings import PublicProceedings, ReadProceedings
from services.intake.application.urgent import Urgent, urgent
from services.intake.domain.acts import waits_for_citizen
from services.intake.domain.admit import Expected, expected_answer
from services.intake.domain.inspections import clock_stands
from services.intake.domain.model import (
    Accepted,
    Answer,
    Answered,
    Assigned,
    Assignment,
    Closed,
    ClosedCause,
    DateChange,
    Inquiry,
    Mark,
    Outcome,
    Place,
    Record,
    RepeatClosed,
    Status,
    Withdrawn,
    answers_of,
    round_of,
)

Names = Mapping[str, str]
"""A label by the languages that the city has it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOffice:
    """An office, with its names as citizens read them; `phone` is its own number, empty where
    nobody has recorded it."""

    id: str
    names: Names
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAnswer:
    """The answer of a round as a citizen reads it. `text` is None while its words cannot be had."""

    round: int
    text: str | None
    office: NamedOffice
    outcome: Outcome
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStep:
    """One step of the history, and the office that took it; None where none did. `entered_at` is
    when the office entered it, where that was later than `at`; `deemed` says of a withdrawal that
    the citizen did not ask for it."""

    status: Status | Mark
    round: int
    at: datetime
    office: NamedOffice | None
    entered_at: datetime | None
    deemed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why the matter lies at its office: the rule of routing, the service and the area that it was
    found to be about, and who delegated a permit. What was not found is None.

    `agency` does it in the city's stead; its number is empty where the pack only assumes it.
    `anywhere` is the kind of office, each of which does it.
    """

    rule: str
    service: Names | None
    district: Names | None
    dong: Names | None
    delegated_by: Names | None
    agency: Names | None
    agency_number: str
    anywhere: Workload | None


class Standstill(StrEnum):
    """For what the clock of an office's period stands still; a closed list."""

    SUPPLEMENT = "supplement"
    """It waits for what it asked the citizen for (Petitions Decree 20)."""
    INSPECTION = "inspection"
    """It looks at the place (Petitions Decree 17)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The date by which the citizen may expect the answer.

    `due` is the account of how the date is counted. None if today's calendar would give another
    date, as after a new holiday was declared: such an account would explain nothing. `provisional`
    says that it may move once somebody knows what the matter is about, `assumed` that no law sets
    the period, `needs_document` that it is the date of being told how to file it: what was asked
    must be a document; `overdue` that it has passed without an answer; `stands` why the clock does
    not run now, None where it does; `changes` are how the date has moved.
    """

    at: datetime
    due: Due | None
    provisional: bool
    assumed: bool
    needs_document: bool
    overdue: bool
    changes: tuple[DateChange, ...]
    stands: Standstill | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStatus:
    """What the holder of the secret may know. `status` and `answer` belong to the round `round`;
    `earlier` are the answers of earlier rounds, oldest first. `language` is what the citizen
    wishes. `place` was named at receipt, `supplemented` when asked back. `urgent` is there until
    there is an answer. `deemed` says that it is withdrawn without the citizen's asking."""

    inquiry_id: str
    receipt_number: str
    language: str
    text: str
    place: Place | None
    place_names: Names | None
    supplemented: Place | None
    supplemented_names: Names | None
    urgent: Urgent | None
    question: PublicQuestion | None
    status: Status
    round: int
    office: NamedOffice | None
    grounds: Grounds | None
    received_at: datetime
    deadline: Deadline
    answer: PublicAnswer | None
    earlier: tuple[PublicAnswer, ...]
    history: tuple[PublicStep, ...]
    proceedings: PublicProceedings
    deemed: bool = False


class ReadStatus:
    """Reads what the citizen's secret or link opens. `present` gives the city of now, which names
    the offices."""

    def __init__(
        self,
        *,
        present: Callable[[], City],
        opening: Opening,
        answers: Answers,
        proceedings: ReadProceedings,
        clock: Callable[[], datetime],
    ) -> None:
        self._clock = clock
        self._present = present
        self._opening = opening
        self._answers = answers
        self._proceedings = proceedings

    @property
    def _city(self) -> City:
        return self._present()

    async def read(self, receipt_number: str, secret: str) -> PublicStatus:
        """The status as far as intake has heard of it; raises what `Opening.by_receipt` raises."""
        return await self._status(*await self._opening.by_receipt(receipt_number, secret))

    async def follow(self, token: str) -> PublicStatus:
        """The same by the token of a link; raises what `Opening.by_link` raises."""
        return await self._status(*await self._opening.by_link(token))

    async def _status(self, inquiry_id: str, state: Inquiry) -> PublicStatus:
        record, round_ = state.record, round_of(state)
        if record.found is None and not record.matter.service_code:
            await self._city.read_ahead([record.asked.text])
        answers = await self._public(inquiry_id, answers_of(state))
        place, now = record.asked.place, self._clock()
        supplemented = record.place if record.place != place else None
        ended = isinstance(state, RepeatClosed | Withdrawn | Answered | Closed)
        return PublicStatus(
            inquiry_id=inquiry_id,
            receipt_number=record.matter.receipt_number,
            language=record.matter.language,
            text=record.asked.text,
            place=place,
            place_names=self._area_of(place),
            supplemented=supplemented,
            supplemented_names=self._area_of(supplemented),
            urgent=None if ended else urgent(self._city, record.asked.danger),
            question=public_question(self._city, state, now),
            status=Status(state.status),
            round=round_,
            office=self._office(state),
            grounds=self._grounds(record),
            received_at=record.matter.received_at,
            deadline=deadline(self._city, state, now),
            answer=next((answer for answer in answers if answer.round == round_), None),
            earlier=tuple(answer for answer in answers if answer.round < round_),
            history=tuple(
                PublicStep(
                    status=step.status,
                    round=step.round,
                    at=step.at,
                    office=None if step.office_id is None else self._named(step.office_id),
                    entered_at=step.entered_at,
                    deemed=step.cause is ClosedCause.DEEMED_WITHDRAWN,
                )
                for step in record.history
            ),
            proceedings=await self._proceedings.of(inquiry_id, state, now),
            deemed=isinstance(state, Withdrawn) and state.cause is ClosedCause.DEEMED_WITHDRAWN,
        )

    async def _public(self, inquiry_id: str, answers: Sequence[Answer]) -> Sequence[PublicAnswer]:
        held = all(answer.text is not None for answer in answers)
        words = {} if held else await self._words(inquiry_id)
        return [
            PublicAnswer(
                round=answer.round,
                text=words.get(answer.round) if answer.text is None else answer.text,
                office=self._named(answer.office_id),
                outcome=answer.outcome,
                answered_at=answer.answered_at,
            )
            for answer in answers
        ]

    async def _words(self, inquiry_id: str) -> Mapping[int, str]:
        """The words of the answers by round; empty while districts is away, and the page is shown
        without them."""
        try:
            return await self._answers.words(inquiry_id)
        except DomainError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            return {}

    def _office(self, state: Inquiry) -> NamedOffice | None:
        match state:
            case (
                Assigned(office_id=office_id)
                | Accepted(office_id=office_id)
                | RepeatClosed(office_id=office_id)
                | Withdrawn(office_id=office_id)
            ):
                return self._named(office_id)
            case Answered(answer=answer) | Closed(answer=answer):
                return self._named(answer.office_id)
            case _:
                return None

    def _grounds(self, record: Record) -> Grounds | None:
        given = record.assignment
        if given is None:
            return None
        service = self._city.catalogue.get(given.matter.service_code)
        agency = self._agency(given, service)
        anywhere = given.rule == "any_office" and service is not None and service.anywhere
        return Grounds(
            rule=given.rule,
            service=None if service is None else service.names,
            district=self._area(f"d-{given.matter.district_code}"),
            dong=self._area(f"o-{given.matter.dong_code}"),
            delegated_by=self._names(given.delegated_by),
            agency=None if agency is None else agency.names,
            agency_number="" if agency is None else agency.told_number,
            anywhere=service.workload if service is not None and anywhere else None,
        )

    def _agency(self, given: Assignment, service: Service | None) -> Agency | None:
        """The agency that does it in the city's stead, where that is why it lies where it does."""
        if given.rule != "referred" or service is None:
            return None
        on = given.matter.received_at.astimezone(self._city.timezone).date()
        return self._city.referral(service, on)

    def _area_of(self, place: Place | None) -> Names | None:
        """The name of the dong or district that a place is given as."""
        if place is None or place.dong_code is None:
            return None
        return self._area(f"o-{place.dong_code}") or self._area(f"d-{place.dong_code}")

    def _area(self, office_id: str) -> Names | None:
        """The name of the area that an office is responsible for."""
        office = self._city.offices.get(office_id)
        return None if office is None else office.area or office.names

    def _names(self, office_id: str) -> Names | None:
        office = self._city.offices.get(office_id)
        return None if office is None else office.names

    def _named(self, office_id: str) -> NamedOffice:
        city = self._city
        if (known := city.offices.get(office_id)) is not None:
            return NamedOffice(id=office_id, names=known.names, phone=known.phone)
        # Nobody may know the office any more; its id still says truly who had the inquiry.
        return NamedOffice(id=office_id, names={city.languages[0]: office_id}, phone="")


def deadline(city: City, state: Inquiry, now: datetime) -> Deadline:
    """The date of an inquiry as it stands now, and how it is counted. It is overdue by the same
    rule as at the office: at the due moment itself an answer is still in time (Civil Act 159), and
    nobody is late who waits for the citizen or looks at the place."""
    record = state.record
    at = record.expected_answer_by
    ended = isinstance(state, RepeatClosed | Withdrawn | Answered | Closed)
    counted, stands = _counted(city, record), _stands(state, now)
    return Deadline(
        at=at,
        due=counted.due if counted is not None and counted.due.at == at else None,
        provisional=record.provisional,
        assumed=counted is not None and _assumed(counted.service),
        needs_document=counted is not None and _needs_document(city, record, counted.service),
        overdue=now > at and not ended and stands is None,
        changes=record.date_changes,
        stands=None if ended else stands,
    )


def _stands(state: Inquiry, now: datetime) -> Standstill | None:
    if waits_for_citizen(state, now):
        return Standstill.SUPPLEMENT
    return Standstill.INSPECTION if clock_stands(state, now) else None


def _assumed(service: Service | None) -> bool:
    """Whether the pack says of the service's period that no law sets it."""
    return service is not None and service.certainty is Certainty.ASSUMED


def _needs_document(city: City, record: Record, service: Service | None) -> bool:
    return service is not None and city.filing(service, record.matter.channel).needs_document


def _counted(city: City, record: Record) -> Expected | None:
    """How today's catalogue and calendar count the date: by the service that routing found, else by
    the one known at receipt. None if they no longer know the service or the day."""
    matter, found = record.matter, record.found
    try:
        if found is None:
            code = matter.service_code or None
            text, channel = record.asked.text, matter.channel
            if code is not None and code not in city.catalogue:
                return None
            return expected_answer(city, code, text, channel, matter.received_at)
        if not found.matter.service_code:
            due = provisional_due(city, matter.received_at, matter.channel)
            return Expected(due=due, service=None)
        service = city.catalogue.get(found.matter.service_code)
        if service is None:
            return None
        service = city.as_asked(service, matter.channel)
        return Expected(due=city.due_for(service, matter.received_at), service=service)
    except OutOfCalendar:
        return None
