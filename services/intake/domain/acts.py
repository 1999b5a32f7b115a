"""What a citizen does about a matter that an office has: whether it may still be taken here, and
what is told of it.

An act is stored with its words before it is acknowledged, whether or not the office's side can be
reached. The case at the office decides: it may have gone on meanwhile, and then refuses by
name. What is refused here is what intake itself knows to be in vain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, TypedDict, assert_never

from services.cities import City, Due, Matter, OutOfCalendar, is_blank
from services.common.kernel import Change, DomainError, Kind
from services.intake.domain.admit import Fault, Refused
from services.intake.domain.events import (
    ActTold,
    MoreTimeAsked,
    ObjectionMade,
    SupplementSent,
    WithdrawalAsked,
)
from services.intake.domain.model import (
    Accepted,
    Answered,
    Assigned,
    Awaiting,
    CitizenAct,
    CitizenActKind,
    Closed,
    Inquiry,
    Mark,
    OfficeRequest,
    Outcome,
    Received,
    Record,
    Unrouted,
    round_of,
)

Acted: TypeAlias = Change[Inquiry, ActTold]
_WithoutOffice = Received | Awaiting | Unrouted

LONGEST_TEXT = 5_000
LONGEST_ATTACHMENT = 300
MOST_ATTACHMENTS = 10
# As districts bounds it: the law speaks of the time that is needed (Petitions Decree 24 (2)).
MOST_DAYS = 90
# How often a citizen may ask for more time for one request (Petitions Decree 24 (2)).
MOST_EXTENSIONS = 2
# Acts of one inquiry. Only one that the case refused can be repeated without end, so nobody honest
# comes near it; more would let a stranger with the link grow the document.
MOST_ACTS = 40
# The pack's limit on the time to object (Petitions Act 35 (1)).
OBJECTION = "objection"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSupplement:
    """Sends what the office asked for in the `request`th request of the round."""

    round: int
    request: int
    text: str = ""
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMoreTime:
    """Asks for so many days more to send it. `extension` says which prolongation of the request it
    is, 1 or 2: sent again, it is the same one."""

    round: int
    request: int
    extension: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawMatter:
    """Withdraws the matter in its round."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeObjection:
    """Objects to the permit that was refused in the round, with reasons."""

    round: int
    text: str


ActOrder: TypeAlias = SendSupplement | AskMoreTime | WithdrawMatter | MakeObjection


def done_before(state: Inquiry, order: ActOrder) -> CitizenAct | None:
    """The stored act that the order repeats; None where there is none. What the case has refused
    may be done again.

    Raises `act_done` (CONFLICT) where the same was done with other words.
    """
    wanted = _act(order, number=0, now=state.record.matter.received_at)
    for act in reversed(state.record.acts):
        if act.refused_at is None and _identity(act) == _identity(wanted):
            if _words(act) != _words(wanted):
                raise DomainError(
                    "act_done",
                    Kind.CONFLICT,
                    "this was done already with other words, which count; tell the office what has"
                    " changed",
                )
            return act
    return None


def act(
    state: Inquiry | None, *, inquiry_id: str, order: ActOrder, city: City, now: datetime
) -> Acted | None:
    """Stores what the citizen does and tells it without a word of theirs, a withdrawal before there
    is an office once there is one (`told_at_last`); the same again changes nothing.

    Raises `act_done`, `round_over`, `matter_ended`, `not_asked`, `time_over`,
    `prolonged_twice`, `prolonged_meanwhile`, `no_objections`, `objected_already`,
    `objection_too_late` and `too_many_acts` (each CONFLICT), Refused for words or days that are
    none.
    """
    if state is None:
        raise DomainError("unknown_inquiry", Kind.NOT_FOUND, "intake does not hold this inquiry")
    if done_before(state, order) is not None:
        return None
    _check(state, order, city, now)
    number = len(state.record.acts) + 1
    if number > MOST_ACTS:
        raise _conflict("too_many_acts", "there were too many; call the contact centre")
    made = _act(order, number=number, now=now)
    if isinstance(state, _WithoutOffice):
        made = replace(made, held=True)
        record = replace(state.record, acts=(*state.record.acts, made))
        return Change(state=replace(state, record=record))
    record = replace(state.record, acts=(*state.record.acts, made))
    return Change(state=replace(state, record=record), events=(_told(record, inquiry_id, made),))


def told_at_last(state: Inquiry, inquiry_id: str) -> tuple[Inquiry, tuple[ActTold, ...]]:
    """The inquiry, and what was held back until an office has the matter, once one has or had it:
    before, nobody could decide about it."""
    held = [one for one in state.record.acts if one.held]
    if not held or isinstance(state, _WithoutOffice):
        return state, ()
    acts = tuple(replace(one, held=False) for one in state.record.acts)
    record = replace(state.record, acts=acts)
    told = tuple(_told(record, inquiry_id, one) for one in held)
    return replace(state, record=record), told


def open_request(state: Inquiry) -> OfficeRequest | None:
    """The newest request of the round to which something may still be sent, also late; None where
    there is none, or where something is on its way."""
    request = _newest_request(state)
    if not isinstance(state, Assigned | Accepted) or request is None:
        return None
    if request.requested_at is None or request.received_at is not None:
        return None
    sent = (CitizenActKind.SUPPLEMENT, request.round, request.number, 0)
    return None if any(_identity(one) == sent for one in _standing(state.record)) else request


def waits_for_citizen(state: Inquiry, now: datetime) -> bool:
    """Whether the office waits for what it asked for before its own time was over. Meanwhile its
    period stands still (Petitions Decree 20), and is counted anew afterwards."""
    request = _newest_request(state)
    if request is None or request.requested_at is None or request.answer_by is None:
        return False
    if request.received_at is not None or request.unanswered_at is not None:
        return False
    return request.requested_at <= state.record.expected_answer_by and now <= request.answer_by


def next_extension(state: Inquiry, request: OfficeRequest, now: datetime) -> int:
    """Which prolongation of the request the citizen may ask for, 1 or 2; 0 where none."""
    if request.answer_by is None or now > request.answer_by or request.unanswered_at is not None:
        return 0
    number = _extensions(state.record, request) + 1
    return number if number <= MOST_EXTENSIONS else 0


def may_withdraw(state: Inquiry) -> bool:
    """Whether the matter is not ended, and was not withdrawn already."""
    return isinstance(state, _WithoutOffice | Assigned | Accepted) and not any(
        one.kind is CitizenActKind.WITHDRAWAL and one.round == round_of(state)
        for one in _standing(state.record)
    )


def objection_until(state: Inquiry, city: City, now: datetime) -> datetime | None:
    """Until when the citizen may object to the decision, aware UTC; None where nobody may."""
    if not isinstance(state, Answered | Closed) or _objected(state.record, round_of(state)):
        return None
    until = _objection_ends(state, city)
    return until if until is not None and now <= until else None


def _check(state: Inquiry, order: ActOrder, city: City, now: datetime) -> None:
    _check_words(order)
    if order.round != round_of(state):
        raise _conflict("round_over", "it is about a round that is over; read the inquiry")
    match order:
        case SendSupplement():
            _must_lie(state)
            _asked_for(state, order.request)
        case AskMoreTime():
            _must_lie(state)
            _check_extension(state, order, _asked_for(state, order.request), now)
        case WithdrawMatter():
            if not isinstance(state, _WithoutOffice):
                _must_lie(state)
        case MakeObjection():
            _check_objection(state, city, now)
        case _:
            assert_never(order)


def _must_lie(state: Inquiry) -> None:
    match state:
        case Assigned() | Accepted():
            return
        case Received() | Awaiting() | Unrouted():
            raise _conflict("not_asked", "no office has the inquiry yet, nor asks for anything")
        case _:
            raise _conflict("matter_ended", "the office has ended it; read the inquiry")


def _asked_for(state: Inquiry, number: int) -> OfficeRequest:
    request = _newest_request(state)
    if request is None or request.number != number or request.received_at is not None:
        raise _conflict("not_asked", "the office does not ask for this any more; read the inquiry")
    return request


def _check_extension(
    state: Inquiry, order: AskMoreTime, request: OfficeRequest, now: datetime
) -> None:
    if _extensions(state.record, request) >= MOST_EXTENSIONS:
        raise _conflict("prolonged_twice", "more time may be asked for twice for one request")
    expected = next_extension(state, request, now)
    if expected == 0:
        raise _conflict("time_over", "the time to ask for more is over; send what there is")
    if order.extension != expected:
        raise _conflict("prolonged_meanwhile", f"the next prolongation is number {expected}")


def _check_objection(state: Inquiry, city: City, now: datetime) -> None:
    if _objected(state.record, round_of(state)):
        raise _conflict("objected_already", "there is an objection to this decision already")
    until = _objection_ends(state, city)
    if until is None:
        raise _conflict("no_objections", "only to a refused permit can be objected")
    if now > until:
        raise _conflict("objection_too_late", "the time to object is over")


def _objection_ends(state: Inquiry, city: City) -> datetime | None:
    """The end of the time to object to a refused permit (Petitions Act 35 (1)), counted as
    districts counts it: from when the office says that it answered."""
    if not isinstance(state, Answered | Closed) or OBJECTION not in city.limits:
        return None
    if state.answer.outcome is not Outcome.PERMIT_REFUSED:
        return None
    try:
        due = city.due_of(city.term_within(OBJECTION, state.answer.answered_at))
    except OutOfCalendar:
        return None
    assert isinstance(due, Due), "a term without suspensions is never paused"
    return due.at


def _objected(record: Record, round_: int) -> bool:
    """Whether there is an objection to the decision of the round, entered by whomever."""
    acted = (CitizenActKind.OBJECTION, round_, 0, 0)
    return any(_identity(one) == acted for one in _standing(record)) or any(
        step.status is Mark.OBJECTION_FILED and step.round == round_ for step in record.history
    )


def _extensions(record: Record, request: OfficeRequest) -> int:
    """How often more time was given or is asked for: the citizen's own may not be heard of as
    given yet, and the office may have given some that the citizen asked for by telephone."""
    asked = [
        one.extension
        for one in _standing(record)
        if one.kind is CitizenActKind.MORE_TIME
        and (one.round, one.request) == (request.round, request.number)
    ]
    return max([len(request.prolonged_at), *asked])


def _newest_request(state: Inquiry) -> OfficeRequest | None:
    of_round = [one for one in state.record.requests if one.round == round_of(state)]
    return of_round[-1] if of_round else None


def _standing(record: Record) -> Iterator[CitizenAct]:
    """The acts that the case has not refused."""
    return (one for one in record.acts if one.refused_at is None)


def _identity(one: CitizenAct) -> tuple[CitizenActKind, int, int, int]:
    """What makes an act the same one however often it is sent."""
    return one.kind, one.round, one.request, one.extension


def _words(one: CitizenAct) -> tuple[str, tuple[str, ...], int]:
    return one.text, one.attachments, one.days


def _act(order: ActOrder, *, number: int, now: datetime) -> CitizenAct:
    match order:
        case SendSupplement():
            return CitizenAct(
                number=number,
                kind=CitizenActKind.SUPPLEMENT,
                round=order.round,
                request=order.request,
                text=order.text.strip(),
                attachments=order.attachments,
                acted_at=now,
            )
        case AskMoreTime():
            return CitizenAct(
                number=number,
                kind=CitizenActKind.MORE_TIME,
                round=order.round,
                request=order.request,
                extension=order.extension,
                days=order.days,
                acted_at=now,
            )
        case WithdrawMatter():
            kind = CitizenActKind.WITHDRAWAL
            return CitizenAct(number=number, kind=kind, round=order.round, acted_at=now)
        case MakeObjection():
            return CitizenAct(
                number=number,
                kind=CitizenActKind.OBJECTION,
                round=order.round,
                text=order.text.strip(),
                acted_at=now,
            )


class _OfAct(TypedDict):
    inquiry_id: str
    matter: Matter
    round: int
    act: int
    acted_at: datetime


def _told(record: Record, inquiry_id: str, made: CitizenAct) -> ActTold:
    of_act: _OfAct = {
        "inquiry_id": inquiry_id,
        "matter": record.matter if record.found is None else record.found.matter,
        "round": made.round,
        "act": made.number,
        "acted_at": made.acted_at,
    }
    match made.kind:
        case CitizenActKind.SUPPLEMENT:
            return SupplementSent(**of_act, request=made.request)
        case CitizenActKind.MORE_TIME:
            return MoreTimeAsked(**of_act, request=made.request, days=made.days)
        case CitizenActKind.WITHDRAWAL:
            return WithdrawalAsked(**of_act)
        case CitizenActKind.OBJECTION:
            return ObjectionMade(**of_act)


def _check_words(order: ActOrder) -> None:
    match order:
        case SendSupplement():
            if is_blank(order.text) and not order.attachments:
                raise _refused("text", "says nothing; write what was asked for, or name a document")
            _check_text(order.text)
            _check_attachments(order.attachments)
        case MakeObjection():
            if is_blank(order.text):
                raise _refused("text", "says nothing; write your reasons")
            _check_text(order.text)
        case AskMoreTime():
            if not 1 <= order.days <= MOST_DAYS:
                raise _refused("days", f"must be 1 to {MOST_DAYS}")
        case WithdrawMatter():
            pass


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise _refused("text", f"has more than {LONGEST_TEXT} characters")


def _check_attachments(attachments: tuple[str, ...]) -> None:
    if len(attachments) > MOST_ATTACHMENTS:
        raise _refused("attachments", f"are more than {MOST_ATTACHMENTS}")
    for one in attachments:
        if is_blank(one) or len(one) > LONGEST_ATTACHMENT or not one.isprintable():
            raise _refused(
                "attachments", f"must each be one line of 1 to {LONGEST_ATTACHMENT} characters"
            )


def _refused(field: str, message: str) -> Refused:
    return Refused((Fault(field=field, message=message),))


def _conflict(slug: str, message: str) -> DomainError:
    return DomainError(slug, Kind.CONFLICT, message)
