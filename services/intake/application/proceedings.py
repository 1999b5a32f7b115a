"""What a citizen may read of their case and do about it, as the status shows it.

What an office asks for, what the citizen did and what became of it, until when they may object, the
permit's documents. What may be done is the rule of `domain.acts`; the words come from districts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.cities import City
from services.common.kernel import DomainError, Kind
from services.intake.application.ports import Cases, IssuedDocument, ObjectionDecision, Proceedings
from services.intake.domain import acts
from services.intake.domain.model import (
    CitizenAct,
    Inquiry,
    Mark,
    OfficeRequest,
    Outcome,
    answers_of,
    round_of,
)

_GRANTED = frozenset({Outcome.PERMIT_GRANTED, Outcome.PERMIT_GRANTED_CONDITIONALLY})


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRequest:
    """What an office asks the citizen to send. `text` is None while its words cannot be had.

    `open` says that something may still be sent, `late` that its time is over; `next_extension`
    which prolongation may be asked for, 1 or 2, and 0 for none. `final` says that the matter is
    deemed withdrawn where nothing comes in time: the request before it had no answer.
    """

    round: int
    number: int
    text: str | None
    requested_at: datetime
    answer_by: datetime
    received_at: datetime | None
    open: bool
    late: bool
    next_extension: int
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicProceedings:
    """What there is beside the answers. `request` is the newest of the round, None where nothing
    was asked for; `acts` are the citizen's, earliest first. `unavailable` says that what lies with
    the offices cannot be had now."""

    round: int
    request: PublicRequest | None
    acts: tuple[CitizenAct, ...]
    may_withdraw: bool
    objection_until: datetime | None
    objections: tuple[ObjectionDecision, ...]
    documents: tuple[IssuedDocument, ...]
    verify_url: str
    unavailable: bool


class ReadProceedings:
    """Asks districts only where there is something to ask for, and goes without it while districts
    is away."""

    def __init__(self, *, city: City, cases: Cases) -> None:
        self._city = city
        self._cases = cases

    async def of(self, inquiry_id: str, state: Inquiry, now: datetime) -> PublicProceedings:
        """Those of an inquiry at a moment."""
        found = await self._found(inquiry_id) if _has_any(state) else Proceedings(requests={})
        held = found if found is not None else Proceedings(requests={})
        return PublicProceedings(
            round=round_of(state),
            request=_request(state, held, now),
            acts=state.record.acts,
            may_withdraw=acts.may_withdraw(state),
            objection_until=acts.objection_until(state, self._city, now),
            objections=held.objections,
            documents=held.documents,
            verify_url=held.verify_url,
            unavailable=found is None,
        )

    async def _found(self, inquiry_id: str) -> Proceedings | None:
        try:
            return await self._cases.proceedings(inquiry_id)
        except DomainError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            return None


def _has_any(state: Inquiry) -> bool:
    """Whether districts holds anything of it that the citizen may read."""
    record = state.record
    return (
        bool(record.requests)
        or any(answer.outcome in _GRANTED for answer in answers_of(state))
        or any(step.status is Mark.OBJECTION_DECIDED for step in record.history)
    )


def _request(state: Inquiry, found: Proceedings, now: datetime) -> PublicRequest | None:
    """The newest request of the round that was heard of as such."""
    of_round = [one for one in state.record.requests if one.round == round_of(state)]
    if not of_round:
        return None
    newest = of_round[-1]
    if newest.requested_at is None or newest.answer_by is None:
        return None
    may_send = acts.open_request(state) is not None
    return PublicRequest(
        round=newest.round,
        number=newest.number,
        text=found.requests.get((newest.round, newest.number)),
        requested_at=newest.requested_at,
        answer_by=newest.answer_by,
        received_at=newest.received_at,
        open=may_send,
        late=_late(newest, now),
        next_extension=acts.next_extension(state, newest, now) if may_send else 0,
        final=any(one.unanswered_at and not one.received_at for one in of_round[:-1]),
    )


def _late(request: OfficeRequest, now: datetime) -> bool:
    if request.received_at is not None:
        return False
    return request.unanswered_at is not None or (
        request.answer_by is not None and now > request.answer_by
    )
