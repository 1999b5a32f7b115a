"""What is heard of an office that looks at the place, and whether the clock stands still for it.

An inspection stops the clock of a grievance, and of the permits whose kind says so (Petitions
Decree 17 (4), (5)); districts counts for how long. The date that follows comes as
`DeadlineRecounted`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.intake.domain.events import (
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
)
from services.intake.domain.model import Accepted, Assigned, Inquiry, Record, SiteInspection

OfInspection = InspectionOrdered | InspectionProlonged | InspectionDone | InspectionOverrun


def heard(record: Record, event: OfInspection) -> Record:
    """The record with what the event says of the inspection of its round; said again, it changes
    nothing."""
    known = next((one for one in record.inspections if one.round == event.round), None)
    after = _with(known or SiteInspection(round=event.round), event)
    others = (one for one in record.inspections if one.round != event.round)
    inspections = sorted((*others, after), key=lambda one: one.round)
    return replace(record, inspections=tuple(inspections))


def clock_stands(state: Inquiry, now: datetime) -> bool:
    """Whether the office looks at the place, and began to before its own time was over. Meanwhile
    its period stands still, and is counted anew afterwards."""
    if not isinstance(state, Assigned | Accepted):
        return False
    one = next((one for one in state.record.inspections if one.round == state.round), None)
    if one is None or one.ordered_at is None or one.ends_by is None or one.over_at is not None:
        return False
    return one.ordered_at <= state.record.expected_answer_by and now <= one.ends_by


def _with(known: SiteInspection, event: OfInspection) -> SiteInspection:
    """Time is only ever added, so that of two ends the later one is the newer."""
    match event:
        case InspectionOrdered():
            ends_by = max(known.ends_by or event.ends_by, event.ends_by)
            return replace(known, ordered_at=event.ordered_at, ends_by=ends_by)
        case InspectionProlonged():
            return replace(known, ends_by=max(known.ends_by or event.ends_by, event.ends_by))
        case InspectionDone():
            return replace(known, over_at=min(known.over_at or event.done_at, event.done_at))
        case InspectionOverrun():
            return replace(known, over_at=min(known.over_at or event.overrun_at, event.overrun_at))
