"""Matters with the same aim from many citizens: when they are offered to be dealt with together,
and what joining them does.

The Enforcement Decree of the Civil Petitions Treatment Act, Article 6 (6): with five petitioners or
more of the same aim they may be dealt with as one. Each of them is still answered, and none is told
of another. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.cities import City, RuleSet
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.events import MattersJoined
from services.routing.domain.assignment.giving import AssignmentChange, day_of, give, unknown
from services.routing.domain.assignment.model import Assigned, Assignment, Joint, Rule
from services.routing.domain.competence import may_take
from services.routing.domain.likeness.compare import Likeness, SamePlace, evidence
from services.routing.domain.likeness.repeats import Known

# So many different citizens make a joint matter.
LEAST_PETITIONERS = 5
# Within this time they must have come. Longer: what happened again is taken for one matter.
# Shorter: citizens who sign one after the other are not seen together.
TOGETHER_WITHIN = timedelta(days=30)
# So many are joined at most. More: one order writes for too long.
MOST_MEMBERS = 200

_PLACES = (SamePlace.DONG, SamePlace.DISTRICT)


def same_aim(mine: Likeness, others: Collection[Likeness]) -> Sequence[Likeness]:
    """The matter and those of other citizens with the same aim, the earliest first: one of each
    citizen, the latest before or after; empty where there are fewer than five petitioners."""
    if not mine.petitioner:
        return []
    found = {mine.petitioner: mine}
    for other in sorted(others, key=lambda one: one.order):
        if other.petitioner and other.petitioner != mine.petitioner and _same_aim(mine, other):
            found[other.petitioner] = other
    if len(found) < LEAST_PETITIONERS:
        return []
    return sorted(found.values(), key=lambda one: one.order)


def check(city: City, lead_id: str, known: Mapping[str, Known], members: Collection[str]) -> None:
    """Refuses to join what is no joint matter: other services, too few citizens, unknown matters,
    or what a procedure of its own or a seal keeps apart. Whether the aim is the same, the person
    who joins them says.

    Raises `unknown_assignment` (NOT_FOUND), `not_joint` (CONFLICT), `too_many_members` (INVALID).
    """
    ids = {lead_id, *members}
    if len(ids) > MOST_MEMBERS:
        raise DomainError(
            "too_many_members", Kind.INVALID, f"at most {MOST_MEMBERS} at once", field="members"
        )
    if ids - known.keys():
        raise unknown()
    service_code = known[lead_id].state.matter.service_code
    if service_code in city.sealed or any(
        known[id_].state.matter.service_code != service_code for id_ in ids
    ):
        raise _refused("not_joint", "all must be of one service")
    already = known[lead_id].state
    joined = already.joint.members if isinstance(already, Assigned) and already.joint else ()
    petitioners = {known[id_].likeness.petitioner for id_ in ids} - {""}
    if not joined and len(petitioners) < LEAST_PETITIONERS:
        raise _refused(
            "not_joint", f"{LEAST_PETITIONERS} different citizens, or more, make a joint matter"
        )


def lead(
    state: Assignment | None, *, city: City, members: Collection[str]
) -> AssignmentChange | None:
    """Makes the matter the lead of these, beside those that it leads already. Raises as `join`."""
    state = _open(state)
    if state.joint is not None and state.joint.lead != state.inquiry_id:
        raise _elsewhere()
    before = () if state.joint is None else state.joint.members
    after = tuple(dict.fromkeys((*before, *sorted(members))))
    if after == before:
        return None
    led = replace(state, joint=Joint(lead=state.inquiry_id, members=after))
    return Change(state=led, wake_at=dates.next_step(city, led))


def join(
    state: Assignment | None,
    *,
    city: City,
    ruleset: RuleSet,
    lead_id: str,
    office_id: str,
    now: datetime,
) -> AssignmentChange | None:
    """Joins the matter to its lead, which lies at `office_id`. It moves there if that office may
    take it, and stays where it is if not. The same order again changes nothing.

    Raises `unknown_assignment` (NOT_FOUND), `not_open`, `joined_elsewhere` (CONFLICT).
    """
    state = _open(state)
    if state.joint is not None:
        if state.joint.lead != lead_id:
            raise _elsewhere()
        return None
    joined = replace(state, joint=Joint(lead=lead_id))
    told = MattersJoined(
        inquiry_id=state.inquiry_id, matter=state.matter, lead_inquiry_id=lead_id, joined_at=now
    )
    office = city.offices.get(office_id)
    stays = (
        office is None
        or office_id == state.current.office_id
        or state.arbitration is not None
        or office_id == city.arbitration_office.id
        or not may_take(ruleset, city, state.matter, office, day_of(city, now))
    )
    if stays or office is None:
        return Change(state=joined, events=(told,), wake_at=dates.next_step(city, joined))
    change = give(city, joined, office=office, rule=Rule.JOINED, now=now)
    return replace(change, events=(told, *change.events))


def _same_aim(one: Likeness, other: Likeness) -> bool:
    found = evidence(one, other)
    near = abs(one.received_at - other.received_at) <= TOGETHER_WITHIN
    return near and found.same_content and found.place in _PLACES


def _open(state: Assignment | None) -> Assigned:
    if state is None:
        raise unknown()
    if not isinstance(state, Assigned):
        raise _refused("not_open", "it lies at no office, or is answered already")
    return state


def _elsewhere() -> DomainError:
    return _refused("joined_elsewhere", "it is joined under another lead already")


def _refused(slug: str, remedy: str) -> DomainError:
    return DomainError(slug, Kind.CONFLICT, remedy)
