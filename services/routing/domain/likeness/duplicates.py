"""The same citizen's same matter that lies open twice, at two offices or at one: each is shown the
other, and nothing is closed by it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from services.cities import City
from services.common.kernel import Change
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.events import LinkCause, MattersLinked
from services.routing.domain.assignment.giving import AssignmentChange
from services.routing.domain.assignment.model import Assigned, Assignment
from services.routing.domain.likeness.compare import Likeness, evidence, same_petitioner
from services.routing.domain.likeness.repeats import Known, never

# With so many others one matter is linked at most, the newest. More: who posts the same a hundred
# times fills the work of an office with links.
MOST_LINKED = 5


def duplicates_of(mine: Likeness, others: Collection[Likeness]) -> Sequence[Likeness]:
    """Those of the same citizen and the same content, the newest first, whichever came first."""
    found = [
        other
        for other in others
        if other.inquiry_id != mine.inquiry_id
        and same_petitioner(mine, other)
        and evidence(mine, other).same_content
    ]
    return sorted(found, key=lambda other: other.order, reverse=True)


def open_twice(city: City, mine: Known, others: Sequence[Known]) -> Sequence[str]:
    """The inquiries that lie open beside this one; none where it is not open itself, or where a law
    grants or certifies it: each of those is decided."""
    if not isinstance(mine.state, Assigned) or never(city, mine.state.matter) is not None:
        return []
    open_ = [one.likeness.inquiry_id for one in others if isinstance(one.state, Assigned)]
    return open_[:MOST_LINKED]


def link(
    state: Assignment | None, *, city: City, other_id: str, now: datetime
) -> AssignmentChange | None:
    """Links an open matter to another one, and tells it once. What is not open is left as it is."""
    if not isinstance(state, Assigned) or other_id in state.linked:
        return None
    if len(state.linked) >= MOST_LINKED:
        return None
    linked = replace(state, linked=(*state.linked, other_id))
    told = MattersLinked(
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        other_inquiry_id=other_id,
        cause=LinkCause.DUPLICATE,
        linked_at=now,
    )
    return Change(state=linked, events=(told,), wake_at=dates.next_step(city, linked))
