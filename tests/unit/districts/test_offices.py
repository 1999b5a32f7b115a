"""The rulebook of the record of offices: given facts, when command, then facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities import OfficeKind
from services.common.events.wire import Wire
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.office import decide
from services.districts.domain.office.commands import RecordOffice
from services.districts.domain.office.decide import Surroundings
from services.districts.domain.office.events import OfficeRecorded
from services.districts.domain.office.model import Form, Hours, Name, Office, Origin, Team, listed

NOW = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 27)
TOMORROW = TODAY + timedelta(days=1)
YEAR_END = date(2026, 12, 31)


def names(text: str) -> tuple[Name, ...]:
    return (Name(language="ko", text=text), Name(language="en", text=f"{text} Office"))


PACKED = Form(names=names("물레동주민센터"), area=names("물레동"), district="west", dong="mill")
ORDERED = replace(PACKED, starts=TOMORROW, capacity=40, origin=Origin.COMMAND)


def seeded(office_id: str = "o-mill", *forms: Form, kind: OfficeKind = OfficeKind.DONG) -> Office:
    change = decide.seed(None, office_id=office_id, kind=kind, forms=forms or (PACKED,), now=NOW)
    assert change is not None
    return change.state


WEST = seeded("d-west", replace(PACKED, dong=""), kind=OfficeKind.DISTRICT)
QUAY = seeded("o-quay", replace(PACKED, dong="quay"))
GONE = seeded("o-gone", replace(PACKED, dong="gone", ends=TODAY - timedelta(days=1)))
NAMED: Mapping[str, Office] = {office.id: office for office in (WEST, QUAY, GONE)}
AROUND = Surroundings(languages=("ko", "en"), today=TODAY, named=NAMED)


def record(
    state: Office | None, form: Form, *, office_id: str = "o-mill", reason: str = "더 많은 직원"
) -> Change[Office, OfficeRecorded] | None:
    command = RecordOffice(office_id=office_id, form=form, reason=reason, by="city-admin")
    return decide.record(state, command=command, around=AROUND, now=NOW)


def changed(state: Office | None, form: Form, **more: Any) -> Office:
    change = record(state, form, **more)
    assert change is not None
    [told] = change.events
    assert told.forms == change.state.forms
    assert told.revision == change.state.revision
    return change.state


def refused(state: Office | None, form: Form, **more: Any) -> tuple[str, Kind, str | None]:
    with pytest.raises(DomainError) as caught:
        record(state, form, **more)
    return caught.value.slug, caught.value.kind, caught.value.field


def test_a_command_makes_a_new_form_from_its_day_and_the_past_stays() -> None:
    office = changed(seeded(), ORDERED)
    assert office.forms == (replace(PACKED, ends=TODAY), ORDERED)
    assert office.on(TODAY) == replace(PACKED, ends=TODAY)
    assert office.on(TOMORROW) == ORDERED
    [pack, command] = office.history
    assert (pack.recorded_by, command.recorded_by) == ("", "city-admin")
    assert command.reason == "더 많은 직원"


def test_what_was_planned_from_that_day_on_is_replaced_and_kept_in_the_history() -> None:
    later = replace(ORDERED, starts=YEAR_END, capacity=60)
    office = changed(changed(seeded(), later), replace(ORDERED, capacity=50))
    assert [form.capacity for form in office.forms] == [None, 50]
    assert [entry.forms[0].capacity for entry in office.history] == [None, 60, 50]


def test_the_same_again_changes_nothing() -> None:
    assert record(changed(seeded(), ORDERED), ORDERED) is None


def test_an_office_that_nobody_has_recorded_is_made() -> None:
    office = changed(None, replace(ORDERED, dong="new"), office_id="o-new")
    assert office.on(TODAY) is None
    assert office.kind is OfficeKind.DONG


def test_a_closed_office_takes_no_form_any_more() -> None:
    closing = replace(ORDERED, ends=YEAR_END, successors=("o-quay",))
    office = changed(seeded(), closing)
    assert office.closed_by(YEAR_END + timedelta(days=1))
    assert not office.closed_by(YEAR_END)
    late = replace(ORDERED, starts=YEAR_END + timedelta(days=1))
    assert refused(office, late) == ("office_closed", Kind.CONFLICT, "form.starts")
    # Until it has closed, the end may be taken back.
    assert changed(office, ORDERED).forms[-1].ends is None


@pytest.mark.parametrize(
    ("wrong", "slug", "field"),
    [
        ({"starts": None}, "invalid_date", "form.starts"),
        ({"starts": TODAY - timedelta(days=1)}, "past_date", "form.starts"),
        ({"ends": TODAY}, "date_order", "form.ends"),
        ({"successors": ("o-quay",)}, "date_order", "form.ends"),
        ({"names": ()}, "empty_names", "form.names"),
        ({"names": (Name(language="ko", text="동"),)}, "empty_names", "form.names"),
        ({"names": names(" ")}, "empty_names", "form.names"),
        ({"area": ()}, "empty_names", "form.area"),
        ({"names": names("동" * 101)}, "invalid_names", "form.names"),
        ({"names": names("동\nBcc: a@b.kr")}, "invalid_names", "form.names"),
        ({"names": names("동") * 2}, "invalid_names", "form.names"),
        (
            {"names": (*names("동"), Name(language="fr", text="Moulin"))},
            "unknown_language",
            "form.names",
        ),
        ({"capacity": 0}, "invalid_capacity", "form.capacity"),
        ({"capacity": 100_001}, "invalid_capacity", "form.capacity"),
        ({"district": "nowhere"}, "unknown_district", "form.district"),
        ({"district": ""}, "unknown_district", "form.district"),
        ({"dong": ""}, "invalid_dong", "form.dong"),
        ({"ends": YEAR_END, "successors": ("o-none",)}, "unknown_successor", "form.successors"),
        ({"ends": YEAR_END, "successors": ("o-gone",)}, "unknown_successor", "form.successors"),
        ({"ends": YEAR_END, "successors": ("o-mill",)}, "unknown_successor", "form.successors"),
        ({"teams": (Team(code="", names=names("팀")),)}, "invalid_teams", "form.teams"),
        (
            {"teams": (Team(code="a", names=names("팀")),) * 2},
            "invalid_teams",
            "form.teams",
        ),
        (
            {"duty_hours": (Hours(weekday=8, opens="09:00", closes="18:00"),)},
            "invalid_duty_hours",
            "form.duty_hours",
        ),
        (
            {"duty_hours": (Hours(weekday=1, opens="18:00", closes="09:00"),)},
            "invalid_duty_hours",
            "form.duty_hours",
        ),
        (
            {
                "duty_hours": (
                    Hours(weekday=1, opens="09:00", closes="13:00"),
                    Hours(weekday=1, opens="12:00", closes="18:00"),
                )
            },
            "invalid_duty_hours",
            "form.duty_hours",
        ),
        ({"languages": ("한국어",)}, "invalid_languages", "form.languages"),
        ({"phone": "전화"}, "invalid_phone", "form.phone"),
        ({"email": "nobody"}, "invalid_email", "form.email"),
        ({"address": "가" * 201}, "invalid_address", "form.address"),
    ],
)
def test_what_an_office_cannot_be_is_refused_by_name(
    wrong: Mapping[str, Any], slug: str, field: str
) -> None:
    assert refused(seeded(), replace(ORDERED, **wrong)) == (slug, Kind.INVALID, field)


@pytest.mark.parametrize("office_id", ["", "mill", "x-mill", "o-", "o-MILL", "o-" + "a" * 80])
def test_an_id_says_the_tier(office_id: str) -> None:
    assert refused(None, ORDERED, office_id=office_id)[0] == "invalid_office_id"


@pytest.mark.parametrize(
    ("reason", "slug"), [(" ", "empty_reason"), ("가" * 501, "invalid_reason")]
)
def test_a_command_says_why(reason: str, slug: str) -> None:
    assert refused(seeded(), ORDERED, reason=reason) == (slug, Kind.INVALID, "reason")


def test_a_department_is_in_no_district_and_a_district_office_in_its_own() -> None:
    assert refused(None, ORDERED, office_id="c-new")[0] == "invalid_area"
    department = replace(ORDERED, area=())
    assert refused(None, department, office_id="c-new")[0] == "invalid_district"
    assert refused(None, ORDERED, office_id="d-east")[0] == "unknown_district"
    assert refused(WEST, ORDERED, office_id="d-west")[0] == "invalid_dong"
    assert changed(WEST, replace(ORDERED, dong=""), office_id="d-west").kind is OfficeKind.DISTRICT


# The pack only seeds.


def seed_again(state: Office, *forms: Form) -> Change[Office, OfficeRecorded] | None:
    return decide.seed(state, office_id=state.id, kind=state.kind, forms=forms, now=NOW)


def test_a_form_of_the_pack_is_taken_in_once_whatever_came_since() -> None:
    renamed = replace(PACKED, names=names("새물레동주민센터"))
    office = seeded()
    assert seed_again(office, PACKED) is None
    change = seed_again(office, renamed)
    assert change is not None
    assert change.state.forms == (renamed,)
    # A replica with the older pack starts while the new one is rolled out.
    assert seed_again(change.state, PACKED) is None
    assert seed_again(change.state, renamed) is None


def test_from_the_day_of_a_command_on_a_new_pack_says_nothing() -> None:
    office = changed(seeded(), ORDERED)
    renamed = replace(PACKED, names=names("새물레동주민센터"))
    change = seed_again(office, renamed)
    assert change is not None
    assert change.state.forms == (replace(renamed, ends=TODAY), ORDERED)


def test_told_again_the_same_state_replaces_what_was_told_before() -> None:
    office = seeded()
    change = decide.tell_again(office, now=NOW)
    assert change is not None
    [told] = change.events
    assert told.revision > office.revision
    assert told.forms == office.forms
    assert decide.tell_again(None, now=NOW) is None


def test_after_the_database_was_set_back_the_next_telling_has_the_highest_revision() -> None:
    set_back = seeded()
    lost = set_back
    for day in range(1, 50):
        lost = changed(lost, replace(ORDERED, starts=TODAY + timedelta(days=day), capacity=day))
    change = decide.tell_again(set_back, now=NOW + timedelta(minutes=1))
    assert change is not None
    assert change.state.revision > lost.revision


def test_offices_of_a_day_are_listed_by_id() -> None:
    later = changed(None, replace(ORDERED, dong="new"), office_id="o-new")
    offices = [later, QUAY, GONE, WEST]
    assert [one.id for one in listed(offices, TODAY)] == ["d-west", "o-quay"]
    assert [one.id for one in listed(offices, TOMORROW)] == ["d-west", "o-new", "o-quay"]
    assert [one.id for one in listed(offices, TODAY, "east")] == []


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.none() | st.integers(0, 60), st.integers(1, 9)),
        max_size=12,
    )
)
def test_forms_never_overlap_and_no_past_day_changes(
    orders: list[tuple[int, int | None, int]],
) -> None:
    """Whatever is ordered: at most one form holds on a day, forms are in order, and a command
    changes no day before its first."""
    office = seeded()
    for start, length, capacity in orders:
        first = TODAY + timedelta(days=start)
        form = replace(
            ORDERED,
            starts=first,
            ends=None if length is None else first + timedelta(days=length),
            capacity=capacity,
        )
        before = office
        if office.closed_by(first):
            assert refused(office, form)[0] == "office_closed"
            continue
        change = record(office, form)
        if change is None:
            continue
        office = change.state
        days = [TODAY + timedelta(days=n) for n in range(-5, 130)]
        for day in days:
            assert sum(one.holds(day) for one in office.forms) <= 1
            if day < first:
                was, now = before.on(day), office.on(day)
                assert (was and was.capacity) == (now and now.capacity)
        assert office.revision > before.revision


def test_an_office_travels_whole() -> None:
    wire = Wire({"dasan.districts.v1.OfficeRecorded": OfficeRecorded})
    form = replace(
        ORDERED,
        ends=YEAR_END,
        successors=("o-quay",),
        teams=(Team(code="civil", names=names("민원팀")),),
        duty_hours=(Hours(weekday=1, opens="09:00", closes="18:00"),),
        languages=("ko",),
        phone="02-120",
        email="mill@example.org",
        address="물레길 1",
    )
    change = record(seeded(), form)
    assert change is not None
    [told] = change.events
    assert wire.decode(*wire.encode(told)) == told
