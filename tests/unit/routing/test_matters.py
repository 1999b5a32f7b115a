"""What lies at the offices: whatever the order of the events, and however often each comes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities import Workload
from services.routing.adapters.matters import Event, MattersProjection
from services.routing.domain import matters
from services.routing.domain.assignment.events import (
    CaseAnswered,
    CaseClosed,
    DeadlineRecounted,
    InquiryAssigned,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    Outcome,
    PermitDecided,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
)
from services.routing.domain.matters import ENDED_KEPT, Load, Whereabouts, loads
from tests.unit.routing.town import MATTER

SEOUL = ZoneInfo("Asia/Seoul")
# 10:00 in Seoul.
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def assigned(
    attempt: int = 1,
    office: str = "d-1",
    *,
    round_: int = 1,
    workload: Workload = Workload.DISTRICT,
    due: datetime = NOW + DAY,
    service: str = "lamp",
    dong: str = "1100",
    received: datetime = NOW - DAY,
) -> InquiryAssigned:
    return InquiryAssigned(
        inquiry_id="i-1",
        matter=replace(MATTER, service_code=service, dong_code=dong, received_at=received),
        round=round_,
        attempt=attempt,
        office_id=office,
        workload=workload,
        rule="r",
        binding=False,
        delegated_by="",
        clock_from=received,
        period="7d",
        due_at=due,
        assigned_at=received,
    )


def answered(at: datetime = NOW, round_: int = 1) -> CaseAnswered:
    return CaseAnswered(inquiry_id="i-1", round=round_, outcome=Outcome.ANSWERED, answered_at=at)


def decided(at: datetime = NOW, round_: int = 1) -> PermitDecided:
    return PermitDecided(inquiry_id="i-1", round=round_, decided_at=at)


def closed(at: datetime = NOW, round_: int = 1) -> CaseClosed:
    return CaseClosed(inquiry_id="i", round=round_, closed_at=at)


def recounted(due: datetime, round_: int = 1) -> DeadlineRecounted:
    return DeadlineRecounted(inquiry_id="i-1", round=round_, due_at=due)


def asked(at: datetime, until: datetime, round_: int = 1) -> SupplementRequested:
    return SupplementRequested(inquiry_id="i-1", round=round_, answer_by=until, requested_at=at)


def prolonged(at: datetime, until: datetime, round_: int = 1) -> SupplementProlonged:
    return SupplementProlonged(inquiry_id="i-1", round=round_, answer_by=until, prolonged_at=at)


def came(at: datetime, round_: int = 1) -> SupplementReceived:
    return SupplementReceived(inquiry_id="i-1", round=round_, received_at=at)


def never_came(at: datetime) -> SupplementUnanswered:
    return SupplementUnanswered(inquiry_id="i-1", round=1, unanswered_at=at)


def looking(at: datetime, until: datetime, round_: int = 1) -> InspectionOrdered:
    return InspectionOrdered(inquiry_id="i-1", round=round_, ends_by=until, ordered_at=at)


def looking_longer(at: datetime, until: datetime) -> InspectionProlonged:
    return InspectionProlonged(inquiry_id="i-1", round=1, ends_by=until, prolonged_at=at)


def looked(at: datetime, round_: int = 1) -> InspectionDone:
    return InspectionDone(inquiry_id="i-1", round=round_, done_at=at)


def overrun(at: datetime) -> InspectionOverrun:
    return InspectionOverrun(inquiry_id="i-1", round=1, overrun_at=at)


def after(*events: Event) -> Whereabouts:
    known: Whereabouts | None = None
    for event in events:
        known = matters.apply(event, known)
    assert known is not None
    return known


def of(*known: Whereabouts) -> Load:
    return loads(known, NOW, SEOUL).city


def test_an_assigned_matter_is_open_until_it_is_answered() -> None:
    assert of(after(assigned())).open == 1
    assert of(after(assigned(), answered())).open == 0


def test_a_decided_permit_ends_its_matter() -> None:
    assert of(after(assigned(), decided())).open == 0


def test_a_matter_that_was_withdrawn_is_over_in_whatever_order_it_is_heard() -> None:
    assert of(after(assigned(), closed())).open == 0
    assert of(after(closed(), assigned(), closed())).open == 0
    assert of(after(closed(), assigned(), assigned(round_=2))).open == 1


def test_a_new_assignment_moves_it() -> None:
    moved = after(assigned(1, "d-1"), assigned(2, "c-2", workload=Workload.CITY))
    figures = loads([moved], NOW, SEOUL)
    assert set(figures.by_office) == {"c-2"}
    assert set(figures.by_workload) == {Workload.CITY}


def test_an_end_that_comes_before_its_assignment_ends_it_nevertheless() -> None:
    assert of(after(answered(), assigned())) == Load()
    assert of(after(answered())) == Load()


def test_a_later_round_opens_it_again_until_that_is_answered() -> None:
    again = after(assigned(2, "d-1"), answered(), assigned(1, "c-2", round_=2))
    assert set(loads([again], NOW, SEOUL).by_office) == {"c-2"}
    assert of(matters.apply(answered(round_=2), again)) == Load()


def test_what_the_first_round_tells_late_does_not_end_or_move_the_second() -> None:
    again = after(assigned(1, "c-2", round_=2))
    for late in (answered(NOW + DAY), decided(NOW + DAY), assigned(3, "d-1")):
        assert set(loads([matters.apply(late, again)], NOW, SEOUL).by_office) == {"c-2"}


def test_the_end_of_a_round_before_its_assignment_is_heard_of_ends_it_nevertheless() -> None:
    assert of(after(assigned(), answered(round_=2), assigned(round_=2))) == Load()


@pytest.mark.parametrize(
    ("due", "load"),
    [
        (NOW - timedelta(microseconds=1), Load(open=1, overdue=1)),
        (NOW, Load(open=1, due_today=1)),
        # The last moment of the day in Seoul, and the first of the next.
        (NOW + 14 * HOUR - timedelta(microseconds=1), Load(open=1, due_today=1)),
        (NOW + 14 * HOUR, Load(open=1)),
    ],
)
def test_due_today_is_a_day_of_the_city_and_overdue_is_no_longer_due(
    due: datetime, load: Load
) -> None:
    assert of(after(assigned(due=due))) == load


@pytest.mark.parametrize(
    "told",
    [
        (assigned(due=NOW - HOUR), recounted(NOW + DAY)),
        (recounted(NOW + DAY), assigned(due=NOW - HOUR)),
        (recounted(NOW + DAY), assigned(due=NOW - HOUR), recounted(NOW + DAY), recounted(NOW)),
        (assigned(due=NOW - HOUR), recounted(NOW + DAY), assigned(2, "c-2", due=NOW - HOUR)),
    ],
)
def test_a_date_that_was_moved_counts_in_whatever_order_it_is_heard(told: Sequence[Event]) -> None:
    assert of(after(*told)) == Load(open=1)
    assert of(matters.apply(answered(), after(*told))) == Load()


def test_a_date_that_was_moved_in_another_round_does_not_count() -> None:
    assert of(after(recounted(NOW + DAY), assigned(round_=2, due=NOW - HOUR))).overdue == 1


@pytest.mark.parametrize("due", [NOW - HOUR, NOW + HOUR])
@pytest.mark.parametrize(
    "stop",
    [
        (asked(NOW - DAY, NOW + DAY),),
        (asked(NOW - 2 * DAY, NOW - DAY), prolonged(NOW - DAY - HOUR, NOW + DAY)),
        (prolonged(NOW - DAY - HOUR, NOW + DAY), asked(NOW - 2 * DAY, NOW - DAY)),
        (looking(NOW - DAY, NOW + DAY),),
        (looking(NOW - 2 * DAY, NOW - HOUR), looking_longer(NOW - DAY, NOW + DAY)),
        (asked(NOW - 3 * DAY, NOW), came(NOW - 2 * DAY), looking(NOW - DAY, NOW + DAY)),
        (looking(NOW - DAY, NOW + DAY), came(NOW - 2 * DAY), asked(NOW - 3 * DAY, NOW)),
    ],
)
def test_what_waits_is_open_and_neither_due_nor_overdue(
    stop: Sequence[Event], due: datetime
) -> None:
    """Its date will move. In whatever order it is heard, and also at another office."""
    assert of(after(assigned(due=due), *stop)) == Load(open=1)
    assert of(after(*stop, assigned(due=due))) == Load(open=1)
    assert of(after(assigned(due=due), *stop, assigned(2, "c-2", due=due))) == Load(open=1)


@pytest.mark.parametrize(
    "told",
    [
        (asked(NOW - DAY, NOW + DAY), came(NOW - HOUR)),
        (came(NOW - HOUR), asked(NOW - DAY, NOW + DAY)),
        (asked(NOW - DAY, NOW + DAY), came(NOW - HOUR), asked(NOW - DAY, NOW + DAY)),
        (asked(NOW - 2 * DAY, NOW - DAY), never_came(NOW - DAY)),
        (looking(NOW - DAY, NOW + DAY), looked(NOW - HOUR)),
        (looking(NOW - 2 * DAY, NOW - DAY), overrun(NOW - DAY)),
        # Nobody has told the end yet: the clock runs on by itself.
        (asked(NOW - 2 * DAY, NOW - HOUR),),
        (looking(NOW - 2 * DAY, NOW - HOUR),),
    ],
)
def test_what_waits_no_more_counts_by_its_date(told: Sequence[Event]) -> None:
    assert of(after(assigned(due=NOW - HOUR), *told)) == Load(open=1, overdue=1)
    assert of(after(assigned(due=NOW - HOUR), *told, recounted(NOW + DAY))) == Load(open=1)


def test_what_waited_in_another_round_does_not_wait_in_this_one() -> None:
    again = assigned(round_=2, due=NOW - HOUR)
    assert of(after(asked(NOW - DAY, NOW + DAY), again)).overdue == 1
    assert of(after(again, asked(NOW - DAY, NOW + DAY, 2), came(NOW, 1))) == Load(open=1)


def test_a_matter_that_an_older_release_wrote_is_read() -> None:
    assert MattersProjection().load([None, None]) == Whereabouts()


def test_no_figure_for_readers_counts_a_sealed_matter_and_the_monitor_s_does() -> None:
    """What an office has in all, less what is told of it, would be its reports of corruption."""
    figures = loads([after(assigned(office="d-1", due=NOW - HOUR))], NOW, SEOUL, {"lamp"})
    assert (figures.city, figures.by_office, figures.by_workload) == (Load(), {}, {})
    assert figures.watched == {Workload.DISTRICT: Load(open=1, overdue=1)}


def test_figures_are_added_up_by_office_and_by_workload() -> None:
    figures = loads(
        [
            after(assigned(office="d-1", due=NOW - HOUR)),
            after(assigned(office="d-1")),
            after(assigned(office="o-3", workload=Workload.DONG, due=NOW + HOUR)),
        ],
        NOW,
        SEOUL,
    )
    assert figures.city == Load(open=3, due_today=1, overdue=1)
    assert figures.by_office == {"d-1": Load(open=2, overdue=1), "o-3": Load(open=1, due_today=1)}
    assert figures.by_workload == {
        Workload.DISTRICT: Load(open=2, overdue=1),
        Workload.DONG: Load(open=1, due_today=1),
    }


def test_an_open_matter_is_never_forgotten_and_an_ended_one_after_its_topic_has() -> None:
    assert matters.forget_at(after(assigned())) is None
    assert matters.forget_at(after(assigned(), answered(NOW))) == NOW + ENDED_KEPT
    again = after(assigned(), answered(NOW), assigned(round_=2))
    assert matters.forget_at(again) is None
    assert matters.forget_at(matters.apply(answered(NOW + DAY, 2), again)) == NOW + DAY + ENDED_KEPT
    assert timedelta(days=14) < ENDED_KEPT


TIMES = st.timedeltas(-900 * DAY, 3_000 * DAY).map(lambda ago: NOW + ago)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """The events of one inquiry; of one attempt of a round there is one assignment."""
    told: list[Event] = []
    for round_ in range(1, draw(st.integers(1, 3)) + 1):
        told += [
            assigned(
                attempt,
                draw(st.sampled_from(["d-1", "c-2", "o-3"])),
                round_=round_,
                due=draw(TIMES),
            )
            for attempt in range(1, draw(st.integers(1, 3)) + 1)
        ]
        told += [recounted(due, round_) for due in draw(st.lists(TIMES, max_size=2))]
        told += [asked(at, at + DAY, round_) for at in draw(st.lists(TIMES, max_size=2))]
        told += [came(at, round_) for at in draw(st.lists(TIMES, max_size=2))]
        told += [looking(at, at + DAY, round_) for at in draw(st.lists(TIMES, max_size=1))]
        told += [looked(at, round_) for at in draw(st.lists(TIMES, max_size=1))]
        told += [answered(at, round_) for at in draw(st.lists(TIMES, max_size=2))]
        told += [decided(at, round_) for at in draw(st.lists(TIMES, max_size=2))]
    return told


@given(lives(), st.data())
def test_repeated_late_and_swapped_events_make_the_same_matter(
    told: Sequence[Event], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=6))
    shuffled = data.draw(st.permutations([*told, *again]))
    assert after(*shuffled) == after(*told)


@given(lives())
def test_a_matter_comes_back_from_its_log_as_it_was(told: Sequence[Event]) -> None:
    projection = MattersProjection()
    for number in range(1, len(told) + 1):
        known = after(*told[-number:])
        assert projection.load(json.loads(json.dumps(projection.dump(known)))) == known
