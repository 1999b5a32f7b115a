"""A matter that the same citizen asks for again and again: when it may be closed without an answer.

The Civil Petitions Treatment Act, Article 23 (1): who files the same three times or more without a
good reason has been told the result at least twice; what is received after that may be closed. One
of many petitioners goes before the mediation committee first (Enforcement Decree, Article 26).
Never what a law grants or certifies (STATUTORY). Whether there is a good reason nobody can compute:
a person confirms each. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.cities import City, Matter, PetitionKind, Procedure
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment.events import RepeatClosed
from services.routing.domain.assignment.giving import AssignmentChange, unknown
from services.routing.domain.assignment.model import Assigned, Assignment, EndCause, Ended
from services.routing.domain.likeness.compare import Likeness, evidence, same_petitioner

# So many of the same content must have come before: this one is at least the third.
LEAST_EARLIER = 2
# So many of them must have been answered before this one was received.
LEAST_ANSWERED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A matter as both sides know it: by what it is alike, and where it lies."""

    likeness: Likeness
    state: Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRepeat:
    """A person's order: `earlier` are the inquiries that this one repeats, `committee` says that
    the mediation committee has considered it."""

    earlier: tuple[str, ...]
    committee: bool = False


def same_before(mine: Likeness, others: Collection[Likeness]) -> Sequence[Likeness]:
    """Those of the same citizen and the same content that came before, in their order."""
    found = [
        other
        for other in others
        if other.order < mine.order
        and same_petitioner(mine, other)
        and evidence(mine, other).same_content
    ]
    return sorted(found, key=lambda other: other.order)


def may_close(city: City, mine: Known, earlier: Sequence[Known]) -> bool:
    """Whether it may be offered for closing, as a repetition of those earlier ones."""
    if not isinstance(mine.state, Assigned) or never(city, mine.state.matter) is not None:
        return False
    return len(earlier) >= LEAST_EARLIER and _answered(mine, earlier) >= LEAST_ANSWERED


def needs_committee(state: Assigned) -> bool:
    """Whether the mediation committee has to consider it first: it is one of a joint matter, which
    has five petitioners or more."""
    return state.joint is not None


def close(
    state: Assignment | None,
    *,
    city: City,
    order: CloseRepeat,
    mine: Likeness | None,
    earlier: Mapping[str, Known],
    now: datetime,
) -> AssignmentChange | None:
    """Closes what lies at an office, and tells it. `earlier` holds those of the named inquiries
    that are known. The same order again changes nothing.

    Raises `unknown_assignment` (NOT_FOUND), `already_ended`, `not_at_office`, `never_closed`,
    `not_repeated`, `not_answered_twice`, `committee_needed` (each CONFLICT).
    """
    if state is None:
        raise unknown()
    if isinstance(state, Ended):
        if state.cause is EndCause.REPEAT_CLOSED:
            return None
        raise _refused("already_ended", "it is answered already")
    if not isinstance(state, Assigned):
        raise _refused("not_at_office", "it has no office yet")
    if (reason := never(city, state.matter)) is not None:
        raise _refused("never_closed", reason)
    found = _repeated(order, mine, earlier)
    assert mine is not None
    if _answered(Known(likeness=mine, state=state), found) < LEAST_ANSWERED:
        raise _refused(
            "not_answered_twice",
            f"{LEAST_ANSWERED} of the earlier ones must have been answered before this one came",
        )
    if needs_committee(state) and not order.committee:
        raise _refused(
            "committee_needed",
            "it is one of a joint matter: the mediation committee has to consider it first",
        )
    return _closed(state, tuple(one.likeness.inquiry_id for one in found), order.committee, now)


def _repeated(
    order: CloseRepeat, mine: Likeness | None, earlier: Mapping[str, Known]
) -> Sequence[Known]:
    """The named ones in their order, if it repeats all of them."""
    named = set(order.earlier)
    same = (
        []
        if mine is None
        else same_before(mine, [one.likeness for id_, one in earlier.items() if id_ in named])
    )
    if len(named) < LEAST_EARLIER or len(same) != len(named):
        raise _refused(
            "not_repeated",
            f"name at least {LEAST_EARLIER} earlier inquiries of the same citizen and the same"
            " content",
        )
    return [earlier[one.inquiry_id] for one in same]


def _answered(mine: Known, earlier: Sequence[Known]) -> int:
    """How many of them were answered before this one was received."""
    return sum(
        isinstance(one.state, Ended)
        and one.state.cause is EndCause.ANSWERED
        and one.state.ended_at < mine.likeness.received_at
        for one in earlier
    )


def never(city: City, matter: Matter) -> str | None:
    """Why a matter like this one is never closed as a repetition; None where it may be. What was
    asked for by telephone is judged by what it is about."""
    service = city.catalogue.get(matter.service_code)
    if service is None:
        return "the city no longer knows this service"
    if matter.permit or PetitionKind.STATUTORY in (matter.kind, service.kind):
        return "what a law grants or certifies is decided each time"
    if service.procedure is not Procedure.PETITION:
        return "it follows a procedure of its own"
    return "a sealed matter is compared with none" if service.sealed else None


def _closed(
    state: Assigned, earlier: tuple[str, ...], committee: bool, now: datetime
) -> AssignmentChange:
    ended = Ended(
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        round=state.round,
        decision=state.decision,
        attempts=state.attempts,
        questions=state.questions,
        joint=state.joint,
        linked=state.linked,
        cause=EndCause.REPEAT_CLOSED,
        ended_at=now,
    )
    told = RepeatClosed(
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        round=state.round,
        attempt=state.current.number,
        office_id=state.current.office_id,
        earlier_inquiry_ids=earlier,
        committee=committee,
        closed_at=now,
    )
    return Change(state=ended, events=(told,))


def _refused(slug: str, remedy: str) -> DomainError:
    return DomainError(slug, Kind.CONFLICT, remedy)
