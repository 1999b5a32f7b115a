"""Which commands a case takes from an office, by their names in the API."""

from __future__ import annotations

from services.districts.domain.case.commands import Accept, Answer, DecidePermit, Decline
from services.districts.domain.case.model import Accepted, Answered, Case, Closed, Declined, Open

ACCEPT, DECLINE = Accept.__name__, Decline.__name__
ANSWER, DECIDE_PERMIT = Answer.__name__, DecidePermit.__name__


def allowed(case: Case, office_id: str) -> tuple[str, ...]:
    """The names of the commands that would change the case if this office sent them now; none for a
    case that lies at another office or is done."""
    work = case.work
    if work.office_id != office_id:
        return ()
    match case:
        case Open():
            begin: tuple[str, ...] = (ACCEPT,)
        case Accepted():
            begin = ()
        case Answered() | Declined() | Closed():
            return ()
    refuse = () if work.binding else (DECLINE,)
    if work.to_designate:
        return (*begin, *refuse)
    decides = work.matter.permit and not work.needs_document
    return (*begin, *refuse, DECIDE_PERMIT if decides else ANSWER)
