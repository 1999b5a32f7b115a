"""The city of now is the pack's with its offices as they are recorded, and is made anew only when
they change or a day begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services import cities
from services.cities.recorded import CityOfToday, OfficeRecorded
from services.common.kernel import DomainError, Kind
from tests.support.offices import FixedOffices, recorded

TOWN = cities.load("saebom")
# Midnight in Seoul, a minute later.
NOW = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)
NEW = "d-north"


def renamed_tomorrow() -> OfficeRecorded:
    """An office with another name from tomorrow on."""
    state = recorded(NEW, 1, {"ko": "북구청"}, ends=date(2026, 11, 23))
    (today,) = state.forms
    (tomorrow,) = recorded(NEW, 1, {"ko": "한강구청"}).forms
    return replace(state, forms=(today, replace(tomorrow, starts=date(2026, 11, 24))))


def test_it_is_the_same_until_an_office_is_recorded_or_a_day_begins() -> None:
    offices, now = FixedOffices(), [NOW]
    today = CityOfToday(TOWN, offices.newest, lambda: now[0])
    assert today.as_known() is TOWN
    offices.hear(renamed_tomorrow())
    city = today.as_known()
    assert city.office_name(NEW, "ko") == "북구청"
    offices.hear(renamed_tomorrow())
    assert today.as_known() is city
    now[0] += timedelta(minutes=1)
    assert today.as_known().office_name(NEW, "ko") == "한강구청"


def test_a_state_without_a_form_says_nothing() -> None:
    offices = FixedOffices()
    today = CityOfToday(TOWN, offices.newest, lambda: NOW)
    nothing = replace(recorded(NEW, 9, {"ko": "북구청"}), forms=())
    offices.hear(nothing)
    assert today.now().office_name(NEW, "ko") == NEW
    offices.hear(recorded(NEW, 1, {"ko": "북구청"}), nothing)
    assert today.now().office_name(NEW, "ko") == "북구청"


def test_until_the_record_is_read_names_are_the_packs_and_no_decision_is_made() -> None:
    offices = FixedOffices()
    today = CityOfToday(TOWN, offices.newest, lambda: NOW)
    offices.away = True
    assert today.as_known() is TOWN
    with pytest.raises(DomainError, match="view_away"):
        today.now()


def test_another_error_is_not_taken_for_an_unread_record() -> None:
    def broken() -> dict[str, OfficeRecorded]:
        raise DomainError("broken", Kind.INVALID, "something else")

    with pytest.raises(DomainError, match="broken"):
        CityOfToday(TOWN, broken, lambda: NOW).as_known()
