"""The file of a case: what was asked, extended, noted and done on it, over all its rounds.

The state says where a case stands, the file how it came there. Nothing is taken out of it. Words in
it are personal data and stay in this service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.districts.domain.case.events import ExtensionReason, OverdueLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """A request for what is missing, the `number`th of its round.

    The period does not run from the day of `requested_at` to the day of `stopped_until`, both
    included; that is None while the supplement is waited for. `prolonged_at` are the times at which
    the citizen asked for more time. `received_at` is None while nothing came.
    """

    round: int
    number: int
    text: str
    requested_at: datetime
    answer_by: datetime
    prolonged_at: tuple[datetime, ...] = ()
    received_at: datetime | None = None
    stopped_until: datetime | None = None

    @property
    def waited_for(self) -> bool:
        """Whether its time runs."""
        return self.stopped_until is None

    @property
    def unanswered(self) -> bool:
        """Whether its time is over and nothing came."""
        return self.stopped_until is not None and self.received_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A look at the place, for which the clock of the period stands still; one in a round.

    The period does not run from the day of `ordered_at` to the day of `stopped_until`, both
    included; that is None while the inspection runs. `ends_by` is the last moment for which the
    clock may stand still: then it runs on by itself. `prolonged_at` is None while that is the first
    limit, `done_at` where the office has not said that it looked. `finding` is personal data.
    """

    round: int
    ordered_at: datetime
    ends_by: datetime
    prolonged_at: datetime | None = None
    done_at: datetime | None = None
    stopped_until: datetime | None = None
    finding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengthening:
    """An extension of the period of a round, by `amount` in the period's unit."""

    round: int
    amount: int
    reason: ExtensionReason
    text: str
    consent: bool
    extended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """What the office that had the case asked another one, the `number`th of the case. The office
    that was asked may take more time once, at `extended_at`; `reminded` as of a case."""

    round: int
    number: int
    asking_office_id: str
    office_id: str
    question: str
    days: int
    requested_at: datetime
    due_at: datetime
    answer: str = ""
    answered_at: datetime | None = None
    extended_at: datetime | None = None
    reminded: OverdueLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection to a refused permit; `upheld` is None until it is decided, `reminded` as of a
    case."""

    round: int
    text: str
    filed_at: datetime
    decide_by: datetime
    extended_at: datetime | None = None
    upheld: bool | None = None
    decision: str = ""
    decided_at: datetime | None = None
    reminded: OverdueLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What an office noted for itself."""

    office_id: str
    officer_code: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the history. `act` is the name of an act of `transitions`; `office_id` is empty
    where time or routing acted. `at` is when it happened, `entered_at` when it was entered here."""

    act: str
    round: int
    at: datetime
    entered_at: datetime
    office_id: str = ""
    officer_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """All of it, each list earliest first. `assignee` is the code of the officer who works on the
    case in the present turn, and `started_at` when an officer began; both end with the turn."""

    supplements: tuple[Supplement, ...] = ()
    lengthenings: tuple[Lengthening, ...] = ()
    consultations: tuple[Consultation, ...] = ()
    objections: tuple[Objection, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    notes: tuple[Note, ...] = ()
    history: tuple[Step, ...] = ()
    assignee: str = ""
    started_at: datetime | None = None

    def supplements_of(self, round_: int) -> tuple[Supplement, ...]:
        """The requests of a round."""
        return tuple(one for one in self.supplements if one.round == round_)

    def lengthenings_of(self, round_: int) -> tuple[Lengthening, ...]:
        """The extensions of a round."""
        return tuple(one for one in self.lengthenings if one.round == round_)

    def last_supplement(self, round_: int) -> Supplement | None:
        """The newest request of a round."""
        found = self.supplements_of(round_)
        return found[-1] if found else None

    def waited_for(self, round_: int) -> Supplement | None:
        """The request of the round whose time runs."""
        last = self.last_supplement(round_)
        return last if last is not None and last.waited_for else None

    def inspection_of(self, round_: int) -> Inspection | None:
        """The inspection of a round, running or over."""
        return next((one for one in self.inspections if one.round == round_), None)

    def inspecting(self, round_: int) -> Inspection | None:
        """The inspection of the round for which the clock stands still now."""
        found = self.inspection_of(round_)
        return found if found is not None and found.stopped_until is None else None

    def clock_stands(self, round_: int) -> bool:
        """Whether the period of the round does not run now."""
        return self.waited_for(round_) is not None or self.inspecting(round_) is not None

    def objection_of(self, round_: int) -> Objection | None:
        """The objection to the decision of a round."""
        return next((one for one in self.objections if one.round == round_), None)

    def last_step_at(self) -> datetime | None:
        """When the last step was done whose order counts, as the office says. Notes, officers and
        consultations are the office's own affair and hold up no later entry."""
        times = [
            *(one.requested_at for one in self.supplements),
            *(at for one in self.supplements for at in one.prolonged_at),
            *(one.received_at for one in self.supplements),
            *(one.extended_at for one in self.lengthenings),
            *(one.ordered_at for one in self.inspections),
            *(one.prolonged_at for one in self.inspections),
            *(one.done_at for one in self.inspections),
            *(one.filed_at for one in self.objections),
            *(one.extended_at for one in self.objections),
            *(one.decided_at for one in self.objections),
        ]
        return max((at for at in times if at is not None), default=None)
