"""What a district may do to its delegations: every rule, and every refusal with its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.cities import City, Office, OfficeKind, Service, Validity, is_blank
from services.cities import Delegation as PackDelegation
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.delegation.commands import (
    CancelGrant,
    Command,
    GrantTo,
    RecallGrant,
    RecordReadiness,
    Resume,
    Suspend,
)
from services.districts.domain.delegation.events import DelegationRecorded, recorded
from services.districts.domain.delegation.model import (
    Cancellation,
    Delegation,
    Entered,
    Grant,
    Readiness,
    Recall,
    RecallEffect,
    Resumption,
    Suspension,
)
from services.districts.domain.officer_code import must_be_code

# A district has some thirty community offices at most.
MOST_OFFICES = 100
# Steps that one delegation keeps at most. More: the document, and each event, grows. Fewer: a
# delegation that lives for decades could not be changed any more.
MOST_STEPS = 5_000
LONGEST_TEXT = 300

DelegationChange = Change[Delegation, DelegationRecorded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """By which district's office a command is entered, when, and on which day of the city."""

    city: City
    district: Office
    now: datetime

    @property
    def today(self) -> date:
        """The day in the city's zone."""
        return self.now.astimezone(self.city.timezone).date()


def carry_out(state: Delegation | None, *, command: Command, entry: Entry) -> DelegationChange:
    """The delegation after a command of its district. Raises DomainError; docs/offices-and-
    delegations.md lists the names."""
    delegable(entry.city, command.service_code)
    by = _entered(command, entry)
    delegation = state or _empty(str(entry.district.district), command.service_code)
    # Whoever supervises is never stopped by what was written before.
    adds = isinstance(command, RecordReadiness | GrantTo | Suspend)
    if adds and _steps(delegation) >= MOST_STEPS:
        raise DomainError(
            "too_many_steps", Kind.CONFLICT, f"at most {MOST_STEPS} steps are kept of a delegation"
        )
    match command:
        case RecordReadiness():
            changed = _record(delegation, command, entry, by)
        case GrantTo():
            changed = _grant(delegation, command, entry, by)
        case Suspend():
            changed = _with(delegation, _suspended(delegation, command, entry, by))
        case Resume():
            changed = _with(delegation, _resumed(delegation, command, entry, by))
        case RecallGrant():
            changed = _with(delegation, _recalled(delegation, command, entry, by))
        case CancelGrant():
            changed = _with(delegation, _cancelled(delegation, command, entry, by))
    return _saved(changed, entry.now)


def seed(
    state: Delegation | None,
    *,
    city: City,
    district: str,
    service_code: str,
    now: datetime,
) -> DelegationChange | None:
    """The delegation as the city's pack has it; no change where the registry has one already.

    What the pack gives to all community offices of the district goes to each that existed on a day
    of it. Whoever opens later must be made ready and granted like any other.
    """
    if state is not None:
        return None
    by = Entered(office_id="", officer_code="", at=now)
    grants: list[Grant] = []
    for given in city.delegations:
        if (given.service, given.district) != (service_code, district):
            continue
        for office in _given_to(city, given):
            days = _both(given.validity, office.validity)
            if days is None:
                continue
            grants.append(
                Grant(
                    id=len(grants) + 1,
                    office_id=office.id,
                    legal_basis=given.source,
                    since=days.start,
                    until=given.validity.end,
                    entered=by,
                    seeded=True,
                )
            )
    if not grants:
        return None
    begun = replace(_empty(district, service_code), grants=tuple(grants))
    return _saved(begun, now)


def tell_again(state: Delegation | None, *, now: datetime) -> DelegationChange | None:
    """The same delegation, told once more under a later time; None where there is none."""
    return None if state is None else _saved(state, now)


def delegable(city: City, service_code: str) -> Service:
    """The permit's kind; raises `unknown_service` and `not_delegable` (INVALID)."""
    service = city.catalogue.get(service_code)
    if service is None:
        raise _invalid("unknown_service", "not in the city's catalogue", "service_code")
    if not service.delegable:
        raise _invalid("not_delegable", "the catalogue does not call it delegable", "service_code")
    return service


def unknown_delegation() -> DomainError:
    """The refusal where the district has not delegated this kind of permit."""
    return DomainError("unknown_delegation", Kind.NOT_FOUND, "the registry has no such delegation")


def _record(
    delegation: Delegation, command: RecordReadiness, entry: Entry, by: Entered
) -> Delegation:
    for office_id in _offices(command.office_ids):
        _own(entry, office_id, on=entry.today)
    if command.monthly_capacity < 1:
        raise _invalid(
            "no_capacity",
            "an office that can decide none is not ready; say how many in a month",
            "monthly_capacity",
        )
    for field, day in (("checked_on", command.checked_on), ("trained_on", command.trained_on)):
        if day > entry.today:
            raise _invalid("in_the_future", "records what was done, today or earlier", field)
    found = tuple(
        Readiness(
            office_id=office_id,
            monthly_capacity=command.monthly_capacity,
            checked_on=command.checked_on,
            trained_on=command.trained_on,
            entered=by,
        )
        for office_id in command.office_ids
    )
    return replace(delegation, readiness=(*delegation.readiness, *found))


def _grant(delegation: Delegation, command: GrantTo, entry: Entry, by: Entered) -> Delegation:
    office_ids = _offices(command.office_ids)
    basis = _said(command.legal_basis, "no_legal_basis", "legal_basis")
    _not_past(command.since, entry)
    _in_order(command.since, command.until)
    days = Validity(start=command.since, end=command.until)
    ready = {one.office_id for one in delegation.readiness}
    for office_id in office_ids:
        _own(entry, office_id, on=command.since)
        if office_id not in ready:
            raise DomainError(
                "not_ready",
                Kind.CONFLICT,
                f"record capacity and training of {office_id} first (RecordReadiness)",
                field="office_ids",
            )
        for other in delegation.grants:
            held = other.days
            if other.office_id == office_id and held is not None and held.overlaps(days):
                raise DomainError(
                    "overlapping_grant",
                    Kind.CONFLICT,
                    f"{office_id} has it by grant {other.id} on some of these days",
                    field="valid_from",
                )
    first = len(delegation.grants) + 1
    granted = tuple(
        Grant(
            id=first + number,
            office_id=office_id,
            legal_basis=basis,
            since=command.since,
            until=command.until,
            entered=by,
        )
        for number, office_id in enumerate(office_ids)
    )
    return replace(delegation, grants=(*delegation.grants, *granted))


def _suspended(delegation: Delegation, command: Suspend, entry: Entry, by: Entered) -> Grant:
    grant = _standing(delegation, command.grant_id, command.since)
    reason = _said(command.reason, "no_reason", "reason")
    _not_past(command.since, entry)
    _in_order(command.since, command.until)
    days = Validity(start=command.since, end=command.until)
    if any(held is not None and held.overlaps(days) for held in _suspended_on(grant)):
        raise DomainError(
            "already_suspended", Kind.CONFLICT, "it is suspended on some of these days"
        )
    suspension = Suspension(since=command.since, until=command.until, reason=reason, entered=by)
    return replace(grant, suspensions=(*grant.suspensions, suspension))


def _suspended_on(grant: Grant) -> list[Validity | None]:
    return [one.days for one in grant.suspensions]


def _resumed(delegation: Delegation, command: Resume, entry: Entry, by: Entered) -> Grant:
    grant = _standing(delegation, command.grant_id, command.since)
    _not_past(command.since, entry)
    on_or_after = Validity(start=command.since)
    found = next(
        (
            one
            for one in sorted(grant.suspensions, key=lambda one: one.since)
            if one.days is not None and one.days.overlaps(on_or_after)
        ),
        None,
    )
    if found is None:
        raise DomainError(
            "not_suspended", Kind.CONFLICT, "no suspension holds on or after that day"
        )
    # Nothing that was entered is taken out of the history: the end that was planned before stays.
    planned = () if found.resumed is None else (found.resumed,)
    ended = replace(
        found,
        resumed=Resumption(since=command.since, entered=by),
        resumed_later=(*found.resumed_later, *planned),
    )
    return replace(
        grant, suspensions=tuple(ended if one is found else one for one in grant.suspensions)
    )


def _recalled(delegation: Delegation, command: RecallGrant, entry: Entry, by: Entered) -> Grant:
    grant = _standing(delegation, command.grant_id, command.since)
    _not_recalled(grant)
    reason = _said(command.reason, "no_reason", "reason")
    _not_past(command.since, entry)
    recall = Recall(since=command.since, effect=command.effect, reason=reason, entered=by)
    return replace(grant, recall=recall)


def _cancelled(delegation: Delegation, command: CancelGrant, entry: Entry, by: Entered) -> Grant:
    grant = _known(delegation, command.grant_id)
    _not_recalled(grant)
    reason = _said(command.reason, "no_reason", "reason")
    if grant.since is None or grant.since <= entry.today:
        raise DomainError("in_force", Kind.CONFLICT, "it has begun: recall it")
    return replace(grant, cancelled=Cancellation(reason=reason, entered=by))


def _known(delegation: Delegation, grant_id: int) -> Grant:
    """The grant, while it may be changed."""
    grant = delegation.grant(grant_id)
    if grant is None:
        raise DomainError(
            "unknown_grant", Kind.NOT_FOUND, "the delegation has no such grant", field="grant_id"
        )
    if grant.cancelled is not None:
        raise DomainError("already_cancelled", Kind.CONFLICT, "it was taken back")
    return grant


def _not_recalled(grant: Grant) -> None:
    if grant.recall is not None:
        raise DomainError("already_recalled", Kind.CONFLICT, "it was recalled")


def _standing(delegation: Delegation, grant_id: int, since: date) -> Grant:
    """The grant, which holds on that day. Until the day of its recall it is supervised as any
    other."""
    grant = _known(delegation, grant_id)
    days = grant.days
    if days is None or not days.holds(since):
        _not_recalled(grant)
        raise _invalid("outside_grant", "the grant does not hold on that day", "valid_from")
    return grant


def _offices(office_ids: Sequence[str]) -> Sequence[str]:
    if not 1 <= len(office_ids) <= MOST_OFFICES or len(set(office_ids)) != len(office_ids):
        raise _invalid("invalid_offices", f"1 to {MOST_OFFICES} different offices", "office_ids")
    return office_ids


def _own(entry: Entry, office_id: str, on: date) -> Office:
    """A community office of the district that exists on that day."""
    office = entry.city.offices.get(office_id)
    if office is None:
        raise _invalid("unknown_office", f"the city has no office {office_id}", "office_ids")
    if office.kind is not OfficeKind.DONG or office.district != entry.district.district:
        raise _invalid(
            "foreign_office", f"{office_id} is no community office of this district", "office_ids"
        )
    if not office.validity.holds(on):
        raise _invalid("office_closed", f"{office_id} is not open on {on}", "office_ids")
    return office


def _not_past(day: date, entry: Entry) -> None:
    if day < entry.today:
        raise _invalid(
            "in_the_past", "who was competent on a day that is over does not change", "valid_from"
        )


def _in_order(since: date, until: date | None) -> None:
    if until is not None and until < since:
        raise _invalid("dates_out_of_order", "ends before it begins", "valid_until")


def _said(text: str, slug: str, field: str) -> str:
    said = text.strip()
    if is_blank(said) or not said.isprintable() or len(said) > LONGEST_TEXT:
        raise _invalid(slug, f"must have 1 to {LONGEST_TEXT} printable characters", field)
    return said


def _entered(command: Command, entry: Entry) -> Entered:
    code = command.officer_code.strip()
    if not code:
        raise _invalid("invalid_officer", "must be the officer's code", "officer_code")
    must_be_code(code, "officer_code")
    return Entered(office_id=entry.district.id, officer_code=code, at=entry.now)


def _given_to(city: City, given: PackDelegation) -> Sequence[Office]:
    if given.office is not None:
        office = city.offices.get(given.office)
        return [] if office is None else [office]
    return [
        office
        for office in city.offices.values()
        if office.kind is OfficeKind.DONG and office.district == given.district
    ]


def _both(one: Validity, other: Validity) -> Validity | None:
    """The days that lie in both; None where no day does."""
    if not one.overlaps(other):
        return None
    starts = [day for day in (one.start, other.start) if day is not None]
    ends = [day for day in (one.end, other.end) if day is not None]
    return Validity(start=max(starts, default=None), end=min(ends, default=None))


def _empty(district: str, service_code: str) -> Delegation:
    return Delegation(district=district, service_code=service_code, revision=0)


def _with(delegation: Delegation, changed: Grant) -> Delegation:
    grants = tuple(changed if one.id == changed.id else one for one in delegation.grants)
    return replace(delegation, grants=grants)


def _steps(delegation: Delegation) -> int:
    grants = delegation.grants
    suspensions = [one for grant in grants for one in grant.suspensions]
    ends = sum(2 + len(one.resumed_later) for one in suspensions)
    return len(delegation.readiness) + 3 * len(grants) + ends


def _saved(delegation: Delegation, now: datetime) -> DelegationChange:
    returns = [
        grant.recall.since
        for grant in delegation.grants
        if grant.recall is not None and grant.recall.effect is RecallEffect.RETURN
    ]
    # Of two states the later one holds, also after the database was set back: a revision would then
    # come again. Clocks of replicas differ, so each time lies behind the one before.
    before = delegation.recorded_at
    at = now if before is None else max(now, before + timedelta(milliseconds=1))
    next_one = replace(
        delegation,
        revision=delegation.revision + 1,
        returns_last=max(returns, default=None),
        recorded_at=at,
    )
    return Change(state=next_one, events=(recorded(next_one, at),))


def _invalid(slug: str, remedy: str, field: str) -> DomainError:
    return DomainError(slug, Kind.INVALID, remedy, field=field)
