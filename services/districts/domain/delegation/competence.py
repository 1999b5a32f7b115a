"""Who is competent for a permit at a place on a day, and why, by what the registry holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.cities import City, Office, Workload
from services.common.kernel import DomainError, Kind
from services.districts.domain.delegation.model import (
    Delegation,
    Entered,
    Grant,
    Period,
    RecallEffect,
    periods,
)


class Reason(StrEnum):
    """Why an office is competent."""

    DELEGATED = "delegated"
    NOT_GRANTED = "not_granted"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    RECALLED = "recalled"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    OFFICE_CLOSED = "office_closed"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True, kw_only=True)
class Competent:
    """The competent office, why it is, and the grant that decides it with its legal basis where it
    was delegated. `dong_office` is the community office of the place; None for a district."""

    office_id: str
    reason: Reason
    district: str
    dong_office: str | None
    legal_basis: str = ""
    grant_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAsked:
    """The district of a place, and the community office where a dong was named."""

    district: Office
    dong_office: Office | None


def place_of(city: City, code: str) -> PlaceAsked:
    """The offices of a dong or a district by its code; raises `unknown_dong` (INVALID)."""
    district = city.offices.get(f"d-{code}")
    if district is not None:
        return PlaceAsked(district=district, dong_office=None)
    office = city.offices.get(f"o-{code}")
    over = city.offices.get(f"d-{office.district}") if office is not None else None
    if office is None or over is None:
        raise DomainError(
            "unknown_dong",
            Kind.INVALID,
            "must be the code of an administrative dong or district of this city",
            field="place_code",
        )
    return PlaceAsked(district=over, dong_office=office)


def must_be_permit(city: City, service_code: str) -> None:
    """Raises `unknown_service` and `not_a_permit` (INVALID): who does what needs no permit, and
    what the city itself decides, is for the rules of competence to say."""
    service = city.catalogue.get(service_code)
    if service is None:
        raise DomainError(
            "unknown_service", Kind.INVALID, "not in the city's catalogue", field="service_code"
        )
    if not service.permit or service.workload is Workload.CITY:
        raise DomainError(
            "not_a_permit",
            Kind.INVALID,
            "no permit of the districts: routing's rules say who does it",
            field="service_code",
        )


def competent(
    delegation: Delegation | None, place: PlaceAsked, received: date, as_of: date
) -> Competent:
    """Who decides on the day `as_of` what was received on a day that is not later. With both the
    same it is the office that was, is or will be competent on that day, by what is on record."""
    district, office = place.district, place.dong_office
    code = str(district.district)
    if office is None:
        return Competent(
            office_id=district.id, reason=Reason.DISTRICT, district=code, dong_office=None
        )
    period, reason = _at(delegation, office, received, as_of)
    if period is not None:
        return Competent(
            office_id=office.id,
            reason=Reason.DELEGATED,
            district=code,
            dong_office=office.id,
            legal_basis=period.legal_basis,
            grant_id=period.grant_id,
        )
    return Competent(office_id=district.id, reason=reason, district=code, dong_office=office.id)


def _at(
    delegation: Delegation | None, office: Office, on: date, today: date
) -> tuple[Period | None, Reason]:
    """The period by which the office decides, or None and why."""
    # A delegated power ends with the office that had it, also for what was received before.
    if not office.validity.holds(on) or not office.validity.holds(today):
        return None, Reason.OFFICE_CLOSED
    if delegation is None:
        return None, Reason.NOT_GRANTED
    for period in periods(delegation):
        if period.office_id == office.id and period.holds(on, today):
            return period, Reason.DELEGATED
    grants = [grant for grant in delegation.grants if grant.office_id == office.id]
    return None, _why_not(grants, on)


def _why_not(grants: list[Grant], on: date) -> Reason:
    """Why none of an office's grants holds on a day, by the one that was entered last before what
    begins later."""
    reasons = [_why(grant, on) for grant in reversed(grants)]
    begun = [reason for reason in reasons if reason not in (Reason.NOT_YET, Reason.CANCELLED)]
    return next(iter(begun or reasons), Reason.NOT_GRANTED)


def _why(grant: Grant, on: date) -> Reason:
    if grant.cancelled is not None:
        return Reason.CANCELLED
    if grant.since is not None and on < grant.since:
        return Reason.NOT_YET
    if grant.until is not None and grant.until < on:
        return Reason.EXPIRED
    recall = grant.recall
    if recall is not None and recall.since <= on:
        return Reason.RECALLED
    if any(one.days is not None and one.days.holds(on) for one in grant.suspensions):
        return Reason.SUSPENDED
    return Reason.RETURNED


def must_return(delegation: Delegation, office: Office, received: date, today: date) -> bool:
    """Whether an undecided case at an office goes back to the district: a grant under which it may
    have come was recalled with that effect, and no other one lets the office decide it.

    A case that was received on the very day of the recall, before it was entered, goes back, too.
    """
    recalled = any(
        grant.recall is not None
        and grant.recall.effect is RecallEffect.RETURN
        and grant.recall.since <= today
        and (grant.since is None or grant.since <= received)
        for grant in delegation.grants
        if grant.office_id == office.id
    )
    return recalled and _at(delegation, office, received, today)[0] is None


class Step(StrEnum):
    """What was done to a delegation."""

    READINESS = "readiness"
    GRANTED = "granted"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    RECALLED = "recalled"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One step, by whom it was entered, and on which days it has effect; `detail` as in the
    contract."""

    step: Step
    grant_id: int
    office_id: str
    entered: Entered
    since: date | None
    until: date | None
    detail: str


def history(delegation: Delegation) -> list[Happened]:
    """Every step in the order of its entry."""
    return sorted(_steps(delegation), key=lambda one: one.entered.at)


def _steps(delegation: Delegation) -> Iterator[Happened]:
    for ready in delegation.readiness:
        yield Happened(
            step=Step.READINESS,
            grant_id=0,
            office_id=ready.office_id,
            entered=ready.entered,
            since=max(ready.checked_on, ready.trained_on),
            until=None,
            detail=str(ready.monthly_capacity),
        )
    for grant in delegation.grants:
        yield _happened(
            Step.GRANTED, grant, grant.entered, grant.since, grant.until, grant.legal_basis
        )
        for one in grant.suspensions:
            yield _happened(Step.SUSPENDED, grant, one.entered, one.since, one.until, one.reason)
            for again in (*one.resumed_later, *(() if one.resumed is None else (one.resumed,))):
                yield _happened(Step.RESUMED, grant, again.entered, again.since, None, "")
        if grant.recall is not None:
            recall = grant.recall
            yield _happened(Step.RECALLED, grant, recall.entered, recall.since, None, recall.reason)
        if grant.cancelled is not None:
            cancelled = grant.cancelled
            yield _happened(
                Step.CANCELLED, grant, cancelled.entered, grant.since, None, cancelled.reason
            )


def _happened(
    step: Step, grant: Grant, entered: Entered, since: date | None, until: date | None, detail: str
) -> Happened:
    return Happened(
        step=step,
        grant_id=grant.id,
        office_id=grant.office_id,
        entered=entered,
        since=since,
        until=until,
        detail=detail,
    )
