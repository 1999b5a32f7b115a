"""A site inspection: given a case, when an office orders, prolongs or ends one, then the clock
stands still and runs on by itself. On Seoul's calendar; 2026-11-23 is a Monday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from pydantic import TypeAdapter

from services.cities import DayOff, Due, PetitionKind
from services.common.kernel import DomainError
from services.districts.domain.case import commands as orders
from services.districts.domain.case import dates, decide
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.events import (
    CaseOpened,
    CaseOverdue,
    DeadlineRecounted,
    DeclineReason,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    PermitDecision,
    RecountCause,
)
from services.districts.domain.case.model import Case, State, item_for, state_of
from tests.support.calendars import with_days_off
from tests.unit.districts.case import NOW, OFFICE, OFFICER, OTHER, TOWN, assigned, state
from tests.unit.districts.test_proceedings import (
    DAY,
    closing,
    does,
    last_moment,
    of,
    refused,
    woken,
)
from tests.unit.districts.test_transitions import SEOUL

ORDER, PROLONG, END = (
    orders.OrderInspection(officer_code="kim-1"),
    orders.ProlongInspection(),
    orders.EndInspection(finding="The wall leans.", officer_code="kim-1"),
)
REFUSE = orders.DecidePermit(decision=PermitDecision.REFUSED, text="No.", officer=OFFICER)


def building(service: str = "building-report", *, permit: bool = True) -> Case:
    """An accepted report of seven days, due on Tuesday of the next week."""
    event = assigned(permit=permit, period="7d", due_at=closing("2026-12-01"))
    event = replace(event, matter=replace(event.matter, service_code=service))
    case = state(decide.open_case(None, city=SEOUL, event=event, now=NOW))
    return does(case, orders.Accept())[0]


def grievance() -> Case:
    case = building("noise", permit=False)
    matter = replace(case.work.matter, kind=PetitionKind.GRIEVANCE)
    return replace(case, work=replace(case.work, matter=matter))


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00:00+09:00")


class TestTheClock:
    def test_it_stands_still_for_the_days_of_the_kind(self) -> None:
        """Seven working days, that of the order included."""
        case, told = does(building(), ORDER)
        assert of(told, InspectionOrdered).ends_by == last_moment("2026-12-01")
        assert state_of(case) is State.INSPECTION_ORDERED
        item = item_for(case, OFFICE, 3)
        assert item is not None
        assert item.inspection_by == last_moment("2026-12-01")

    def test_the_days_of_a_grievance_are_the_laws(self) -> None:
        """Petitions Decree 17 (4): fourteen; (5): seven more, once."""
        case, told = does(grievance(), ORDER)
        assert of(told, InspectionOrdered).ends_by == last_moment("2026-12-10")
        case, told = does(case, PROLONG)
        longer = of(told, InspectionProlonged)
        assert (longer.ends_before, longer.ends_by) == (
            last_moment("2026-12-10"),
            last_moment("2026-12-21"),
        )
        assert refused(case, PROLONG)[0] == "prolonged_already"

    def test_the_date_moves_by_the_days_of_the_inspection(self) -> None:
        case, _ = does(building(), ORDER)
        case, told = does(case, END, NOW + 2 * DAY)
        moved = of(told, DeadlineRecounted)
        assert (moved.cause, moved.due_before, moved.due_at) == (
            RecountCause.INSPECTED,
            closing("2026-12-01"),
            closing("2026-12-04"),
        )
        assert of(told, InspectionDone).due_at == closing("2026-12-04")
        assert state_of(case) is State.ACCEPTED

    def test_the_account_of_the_date_says_why(self) -> None:
        case, _ = does(building(), ORDER)
        case, _ = does(case, END, NOW + 2 * DAY)
        due = SEOUL.due_of(dates.term(SEOUL, case))
        assert isinstance(due, Due)
        assert due.at == case.work.due_at
        assert any("조사" in line for line in due.explain("ko"))

    def test_it_runs_on_by_itself_once_the_limit_is_over(self) -> None:
        """The first moment after the limit, however late anybody looks; told once."""
        case, _ = does(building(), ORDER)
        assert case.look_at is not None
        over = last_moment("2026-12-01") + dates.MOMENT
        assert case.look_at == over
        assert woken(case, over - dates.MOMENT)[1] == []
        case, told = woken(case, over + 2 * DAY)
        assert of(told, InspectionOverrun).overrun_at == over
        assert of(told, DeadlineRecounted).due_at == closing("2026-12-10")
        assert state_of(case) is State.ACCEPTED
        assert woken(case, over + 2 * DAY)[1] == []
        assert refused(case, ORDER, over + 2 * DAY)[0] == "inspected_already"

    def test_nobody_is_reminded_while_it_stands_still(self) -> None:
        case, _ = does(building(), ORDER, NOW + 5 * DAY)
        late = closing("2026-12-01") + timedelta(hours=1)
        case, told = does(case, orders.AddNote(text="Still looking."), late)
        assert (case.overdue, told) == (False, [])
        assert not [one for one in woken(case, late)[1] if isinstance(one, CaseOverdue)]

    def test_a_holiday_declared_meanwhile_moves_the_date_once_it_is_over(self) -> None:
        case, _ = does(building(), ORDER)
        later_city = with_days_off(
            SEOUL, [DayOff(day=date(2026, 12, 3), names={"ko": "임시공휴일"}, source="a notice")]
        )
        assert decide.recount(case, city=later_city, now=NOW + DAY) is None
        entry = decide.Entry(now=NOW + 2 * DAY, by=None)
        change = decide.carry_out(case, city=later_city, command=END, office_id=OFFICE, entry=entry)
        assert state(change).work.due_at == closing("2026-12-07")

    def test_an_overdue_case_keeps_its_date(self) -> None:
        case = building()
        late = closing("2026-12-01") + DAY
        case, told = woken(case, late)
        assert of(told, CaseOverdue)
        case, _ = does(case, ORDER, late)
        case, told = does(case, END, late + DAY)
        assert [one for one in told if isinstance(one, DeadlineRecounted)] == []
        assert case.work.due_at == closing("2026-12-01")


class TestTheOrder:
    def test_the_same_again_is_no_change(self) -> None:
        case, _ = does(building(), ORDER)
        assert does(case, ORDER, NOW + DAY)[1] == []
        case, _ = does(case, END, NOW + DAY)
        assert does(case, END, NOW + 2 * DAY)[1] == []

    @pytest.mark.parametrize(
        "command",
        [REFUSE, orders.ExtendCase(amount=1, reason="review")],  # type: ignore[arg-type]
    )
    def test_nothing_is_decided_and_extended_before_it_is_over(
        self, command: orders.Command
    ) -> None:
        case, _ = does(building(), ORDER)
        assert refused(case, command)[0] == "wrong_state"
        case, _ = does(case, END)
        assert does(case, command)[1]

    @pytest.mark.parametrize("service", ["mail-order", "food-business"])
    def test_a_kind_whose_inspection_stops_no_clock_has_none(self, service: str) -> None:
        """One kind has none at all, of the other the office looks only after it has decided."""
        case = building(service)
        assert refused(case, ORDER)[0] == "no_inspection"
        assert "OrderInspection" not in allowed(case, OFFICE, SEOUL, NOW)

    def test_a_city_without_a_limit_has_none(self) -> None:
        entry = decide.Entry(now=NOW, by=None)
        with pytest.raises(DomainError, match="no clock"):
            decide.carry_out(building(), city=TOWN, command=ORDER, office_id=OFFICE, entry=entry)

    def test_an_office_that_gets_the_case_goes_on_with_it(self) -> None:
        """Handed on while the inspection runs: the waiting goes along."""
        case, _ = does(building(), ORDER)
        case, _ = does(case, orders.Decline(reason=DeclineReason.WRONG_PLACE))
        event = assigned(2, OTHER, permit=True, period="7d", due_at=closing("2026-12-01"))
        change = decide.open_case(case, city=SEOUL, event=event, now=NOW + DAY)
        case = state(change)
        assert change is not None
        assert [type(one) for one in change.events] == [CaseOpened]
        assert state_of(case) is State.INSPECTION_ORDERED
        case, _ = does(case, orders.Accept(), NOW + DAY, OTHER)
        case, told = does(case, END, NOW + 2 * DAY, OTHER)
        assert of(told, DeadlineRecounted).due_at == closing("2026-12-04")


def test_the_history_names_each_step_and_its_officer() -> None:
    case, _ = does(building(), ORDER)
    case, _ = does(case, PROLONG)
    case, _ = woken(case, last_moment("2026-12-10") + dates.MOMENT)
    steps = [(one.act, one.officer_code) for one in case.file.history]
    assert steps[-3:] == [
        ("OrderInspection", "kim-1"),
        ("ProlongInspection", ""),
        ("OverrunInspection", ""),
    ]


def test_a_case_that_was_stored_before_there_were_inspections_is_read() -> None:
    case, _ = does(building(), ORDER)
    adapter: TypeAdapter[Case] = TypeAdapter(Case)
    stored = adapter.dump_python(case, mode="json")
    assert adapter.validate_python(stored) == case
    del stored["file"]["inspections"]
    assert adapter.validate_python(stored).file.inspections == ()
