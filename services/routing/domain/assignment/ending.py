"""The end of a round: the office has answered, decided the permit, or the matter was withdrawn.

From then on routing tells nothing of the inquiry: every rule changes only what is `Assigned` or
`Unrouted`. Pure.
"""

from __future__ import annotations

from datetime import datetime

from services.common.kernel import Change
from services.routing.domain.assignment.events import (
    CaseAnswered,
    CaseClosed,
    Outcome,
    PermitDecided,
)
from services.routing.domain.assignment.giving import AssignmentChange, unknown
from services.routing.domain.assignment.model import Assigned, Assignment, EndCause, Ended


def end(
    state: Assignment | None, *, event: CaseAnswered | PermitDecided | CaseClosed
) -> AssignmentChange | None:
    """Ends the round, wherever the inquiry lies by now: an office that answered while its time to
    take the inquiry ended has answered all the same. An open arbitration ends with it.

    The end of an earlier round, and one that came twice, change nothing. Raises
    `unknown_assignment` (NOT_FOUND).
    """
    if state is None:
        raise unknown()
    if not isinstance(state, Assigned) or event.round < state.round:
        return None
    return Change(
        state=Ended(
            inquiry_id=state.inquiry_id,
            matter=state.matter,
            round=state.round,
            decision=state.decision,
            attempts=state.attempts,
            questions=state.questions,
            joint=state.joint,
            linked=state.linked,
            cause=_cause(event),
            ended_at=_ended_at(event),
        )
    )


def _ended_at(event: CaseAnswered | PermitDecided | CaseClosed) -> datetime:
    match event:
        case CaseAnswered():
            return event.answered_at
        case PermitDecided():
            return event.decided_at
        case CaseClosed():
            return event.closed_at


def _cause(event: CaseAnswered | PermitDecided | CaseClosed) -> EndCause:
    """The same, whichever of an answer and a decision on a permit is heard first."""
    match event:
        case CaseClosed():
            return EndCause.WITHDRAWN
        case CaseAnswered(outcome=Outcome.ANSWERED):
            return EndCause.ANSWERED
        case CaseAnswered(outcome=Outcome.RETURNED):
            return EndCause.RETURNED
        case _:
            return EndCause.PERMIT_DECIDED
