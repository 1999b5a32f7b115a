"""What the citizen says when asked back: whether it may still be taken, and what follows.

Owns how a question stands, and the decision on an answer to it. That a question was asked is
followed in `decide`; which office follows from the answer is routing's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from services.cities import City, Matter
from services.common.kernel import Change, DomainError, Kind
from services.intake.domain.admit import Fault, Refused, check_place
from services.intake.domain.decide import with_step
from services.intake.domain.events import InquirySupplemented
from services.intake.domain.model import (
    Accepted,
    Answered,
    AskedAbout,
    Assigned,
    Closed,
    Inquiry,
    Mark,
    Place,
    Question,
    Record,
    RepeatClosed,
    Step,
    Supplement,
    Withdrawn,
    round_of,
)

Changed: TypeAlias = Change[Inquiry, InquirySupplemented]


class Standing(StrEnum):
    """How a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
    """The time to answer is over; the matter goes on without an answer."""
    CLOSED = "closed"
    """It went on before: it has an office, or is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementInquiry:
    """The citizen's answer to the question of that number: exactly one of a place, the code of a
    service (one of those offered, or any other on the city's list), and that none is meant."""

    question: int
    place: Place | None = None
    service_code: str = ""
    none_offered: bool = False


def standing(state: Inquiry, question: Question, now: datetime) -> Standing:
    """How a question about the inquiry stands. At the moment `answer_by` itself an answer is still
    in time."""
    if _given(state.record, question.number) is not None:
        return Standing.ANSWERED
    if _went_on(state, question):
        return Standing.CLOSED
    return Standing.EXPIRED if now > question.answer_by else Standing.OPEN


def given_again(state: Inquiry, order: SupplementInquiry) -> Supplement | None:
    """The stored answer that the order repeats; None where the question has no answer yet.

    Raises `question_answered` (CONFLICT) where it has another one.
    """
    given = _given(state.record, order.question)
    if given is None:
        return None
    if (given.place, given.service_code, given.none_offered) != (
        order.place,
        order.service_code,
        order.none_offered,
    ):
        raise DomainError(
            "question_answered",
            Kind.CONFLICT,
            "this question has another answer already, which counts; tell the office or the contact"
            " centre what has changed",
            field="question",
        )
    return given


def supplement(
    state: Inquiry | None, *, inquiry_id: str, order: SupplementInquiry, city: City, now: datetime
) -> Changed | None:
    """Stores the citizen's answer and tells it in codes; the same answer again changes nothing.

    Raises `question_answered`, `question_expired` and `question_closed` (each CONFLICT), Refused
    for an answer that means nothing or is not to what was asked.
    """
    if state is None:
        raise DomainError("unknown_inquiry", Kind.NOT_FOUND, "intake does not hold this inquiry")
    if given_again(state, order) is not None:
        return None
    question = _question(state, order.question, now)
    _check(order, question, state.record.matter, city)
    given = Supplement(
        number=question.number,
        about=question.about,
        place=order.place,
        service_code=order.service_code,
        none_offered=order.none_offered,
        supplied_at=now,
    )
    supplements = sorted((*state.record.supplements, given), key=lambda one: one.number)
    record = replace(state.record, supplements=tuple(supplements))
    record = with_step(record, Step(status=Mark.SUPPLEMENTED, round=question.round, at=now))
    told = InquirySupplemented(
        inquiry_id=inquiry_id,
        matter=_matter(record, given.service_code),
        number=given.number,
        about=given.about,
        none_offered=given.none_offered,
        round=question.round,
        supplied_at=now,
    )
    return Change(state=replace(state, record=record), events=(told,))


def _question(state: Inquiry, number: int, now: datetime) -> Question:
    """The question of that number, which waits for its answer."""
    question = state.record.question
    if question is None or number > question.number:
        raise _refused("question", "was not asked; read the inquiry to see what is asked")
    if number < question.number:
        raise _closed("another question has taken its place; read the inquiry and answer that one")
    match standing(state, question, now):
        case Standing.OPEN | Standing.ANSWERED:
            return question
        case Standing.EXPIRED:
            raise DomainError(
                "question_expired",
                Kind.CONFLICT,
                "the time to answer is over and the inquiry goes on all the same; call the contact"
                " centre with the receipt number",
                field="question",
            )
        case Standing.CLOSED:
            raise _closed(
                "the inquiry has gone on without the answer; tell its office what has changed"
            )


def _given(record: Record, number: int) -> Supplement | None:
    return next((one for one in record.supplements if one.number == number), None)


def _went_on(state: Inquiry, question: Question) -> bool:
    """Whether the matter has an office, or has ended, in the question's round or a later one."""
    if isinstance(state, Assigned | Accepted | RepeatClosed | Withdrawn | Answered | Closed):
        return round_of(state) >= question.round
    return round_of(state) > question.round


def _check(order: SupplementInquiry, question: Question, matter: Matter, city: City) -> None:
    """Raises Refused for what is no answer to the question, or means nothing in the city."""
    if order.none_offered:
        return
    day = matter.received_at.astimezone(city.timezone).date()
    if question.about is AskedAbout.PLACE:
        if order.place is None:
            raise _refused("place", "is what was asked for; give it, or none_offered")
        faults: list[Fault] = []
        check_place(order.place, city, day, faults)
        if faults:
            raise Refused(tuple(faults))
    elif not order.service_code:
        raise _refused("service_code", "is what was asked for; give it, or none_offered")
    elif order.service_code not in question.candidates and not city.may_be_chosen(
        order.service_code, day
    ):
        offered = " or ".join(question.candidates)
        raise _refused(
            "service_code",
            f"is none that may be chosen: give {offered}, another one of /v1/services that is not"
            " sealed, or none_offered",
        )


def _matter(record: Record, chosen: str) -> Matter:
    """What is known of the matter by now, with the service that was chosen. That may be of another
    kind than routing took it for, which is routing's to say."""
    known = record.matter if record.found is None else record.found.matter
    if chosen in ("", known.service_code):
        return known
    return replace(known, service_code=chosen, kind=None, permit=False)


def _refused(field: str, message: str) -> Refused:
    return Refused((Fault(field=field, message=message),))


def _closed(message: str) -> DomainError:
    return DomainError("question_closed", Kind.CONFLICT, message, field="question")
