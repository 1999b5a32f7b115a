"""A case at its office, as a union of the states it can be in, and what an office sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from services.cities import Workload
from services.districts.domain.events import DeclineReason, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one assignment asks of one office."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    attempt: int
    workload: Workload
    service_code: str
    permit: bool
    binding: bool
    delegated_by: str
    language: str
    received_at: datetime
    due_at: datetime
    has_contact: bool
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An office that had the case before; `reason` is None when it was taken from it unasked."""

    office_id: str
    attempt: int
    opened_at: datetime
    reason: DeclineReason | None = None
    suggested_office_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What every state has; `overdue` says that the statutory time ran out before the answer."""

    work: Work
    overdue: bool
    past: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(_Case):
    """Waits for the office to accept or decline."""

    status: Literal["open"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(_Case):
    """The office works on it."""

    accepted_at: datetime
    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(_Case):
    """Done. `answer` is personal data: it leaves this service only for a stated purpose."""

    accepted_at: datetime
    answered_at: datetime
    outcome: Outcome
    answer: str
    status: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(_Case):
    """Refused; waits for routing to name another office."""

    declined_at: datetime
    reason: DeclineReason
    suggested_office_id: str
    status: Literal["declined"] = "declined"


Case = Open | Accepted | Answered | Declined


class Stage(StrEnum):
    """Where a piece of work stands in the eyes of one office."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One case as one office sees it."""

    inquiry_id: str
    receipt_number: str
    service_code: str
    permit: bool
    binding: bool
    attempt: int
    stage: Stage
    due_at: datetime
    opened_at: datetime


def item_for(case: Case, office_id: str) -> Item | None:
    """What this office may see of the case; None when it never was its work."""
    work = case.work
    if work.office_id == office_id:
        attempt, stage, binding = work.attempt, Stage(case.status), work.binding
        opened_at = work.opened_at
    else:
        left = last_left(case, office_id)
        if left is None:
            return None
        attempt, stage, binding = left.attempt, Stage.DECLINED, False
        opened_at = left.opened_at
    return Item(
        inquiry_id=work.inquiry_id,
        receipt_number=work.receipt_number,
        service_code=work.service_code,
        permit=work.permit,
        binding=binding,
        attempt=attempt,
        stage=stage,
        due_at=work.due_at,
        opened_at=opened_at,
    )


def last_left(case: Case, office_id: str) -> Left | None:
    """The office's last turn on the case before the current one."""
    return next((left for left in reversed(case.past) if left.office_id == office_id), None)
