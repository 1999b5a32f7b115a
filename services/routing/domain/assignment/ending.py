"""The end of a round: the office has answered, or decided the permit.

From then on routing tells nothing of the inquiry: every rule changes only what is `Assigned` or
`Unrouted`. Pure.
"""

from __future__ import annotations

from services.common.kernel import Change
from services.routing.domain.assignment.events import CaseAnswered, Outcome, PermitDecided
from services.routing.domain.assignment.giving import AssignmentChange, unknown
from services.routing.domain.assignment.model import Assigned, Assignment, EndCause, Ended


def end(
    state: Assignment | None, *, event: CaseAnswered | PermitDecided
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
            ended_at=event.answered_at if isinstance(event, CaseAnswered) else event.decided_at,
        )
    )


def _cause(event: CaseAnswered | PermitDecided) -> EndCause:
    """The same, whichever of the two is heard first."""
    if isinstance(event, CaseAnswered) and event.outcome is Outcome.ANSWERED:
        return EndCause.ANSWERED
    return EndCause.PERMIT_DECIDED
