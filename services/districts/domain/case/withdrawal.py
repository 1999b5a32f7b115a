"""The citizen withdraws the matter, at any time before it is answered (Petitions Act 22 (2))."""

from __future__ import annotations

from services.common.kernel import Change
from services.districts.domain.case.changes import CaseChange, Entry, heading, occurred
from services.districts.domain.case.commands import WithdrawCase
from services.districts.domain.case.events import CaseClosed, CaseClosedCause, CaseWithdrawn
from services.districts.domain.case.model import Case, Closed, ended
from services.districts.domain.case.transitions import Act, must_allow


def withdraw(case: Case, command: WithdrawCase, entry: Entry) -> CaseChange | None:
    """Ends the round without an answer; what is withdrawn already is no change. Raises those of
    `must_allow`."""
    cause = CaseClosedCause.WITHDRAWN
    if isinstance(case, Closed) and case.cause is cause:
        return None
    must_allow(case, Act.WITHDRAW_CASE)
    at = occurred(case, command, entry)
    head = heading(case.work)
    closed = Closed(**ended(case, entry.now), closed_at=at, cause=cause)
    return Change(
        state=closed,
        events=(
            CaseWithdrawn(**head, deemed=False, withdrawn_at=at, entered_at=entry.now),
            CaseClosed(**head, cause=cause, closed_at=at, entered_at=entry.now),
        ),
    )
