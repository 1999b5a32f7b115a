"""Who at the desk is working on a matter, so that two officials do not do the same.

A claim is for the others to see and bars nobody: whoever is sure may decide all the same, and a
person who went home holds nothing up. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from services.cities import City
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.giving import AssignmentChange, unknown
from services.routing.domain.assignment.model import (
    Arbitration,
    Assigned,
    Assignment,
    Claim,
    Unrouted,
)

# Reading, a telephone call and a look at the rules. Longer: what somebody left lying looks as if it
# were worked on. Shorter: a claim ends while its holder still reads.
CLAIM_FOR = timedelta(minutes=15)


def claim_of(state: Assignment, now: datetime) -> Claim | None:
    """Who works on it at `now`; None where nobody does."""
    claim = _last(state)
    return claim if claim is not None and now < claim.until else None


def claim(
    state: Assignment | None, *, city: City, caller: str, session: str, now: datetime
) -> AssignmentChange | None:
    """Marks the matter as worked on by this session for CLAIM_FOR; again, for as long anew.

    Raises `unknown_assignment` (NOT_FOUND), `already_assigned` for what waits for no person, and
    `claimed_by_other` while another session works on it (both CONFLICT).
    """
    if state is None:
        raise unknown()
    held = claim_of(state, now)
    if held is not None and held.session != session:
        raise DomainError("claimed_by_other", Kind.CONFLICT, "somebody else is working on it")
    mine = Claim(caller=caller, session=session, until=now + CLAIM_FOR)
    return _with(state, mine, city=city, now=now)


def release(
    state: Assignment | None, *, city: City, session: str, now: datetime
) -> AssignmentChange | None:
    """Ends this session's claim; where it has none, nothing changes. Raises `unknown_assignment`
    (NOT_FOUND)."""
    if state is None:
        raise unknown()
    held = claim_of(state, now)
    if held is None or held.session != session:
        return None
    return _with(state, None, city=city, now=now)


def _last(state: Assignment) -> Claim | None:
    match state:
        case Unrouted(claim=held) | Assigned(arbitration=Arbitration(claim=held)):
            return held
        case _:
            return None


def _with(state: Assignment, claim: Claim | None, *, city: City, now: datetime) -> AssignmentChange:
    """The state with another claim, woken as it would have been."""
    match state:
        case Unrouted():
            return Change(state=replace(state, claim=claim), wake_at=dates.wake_at(state, now))
        case Assigned(arbitration=Arbitration() as open_):
            claimed = replace(state, arbitration=replace(open_, claim=claim))
            return Change(state=claimed, wake_at=dates.next_step(city, claimed))
        case _:
            raise DomainError(
                "already_assigned", Kind.CONFLICT, "it waits for no person: it has its office"
            )
