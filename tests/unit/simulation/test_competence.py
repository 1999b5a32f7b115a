"""The judge of delegations: given what districts did and when, then who had to get each permit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from simulation.judge.competence import (
    HEARD_WITHIN_SECONDS,
    NEVER,
    RETURNED_WITHIN_SECONDS,
    Application,
    Days,
    Powers,
    Turns,
    judge,
)
from simulation.judge.history import Fact

TODAY, YESTERDAY, TOMORROW = date(2026, 11, 27), date(2026, 11, 26), date(2026, 11, 28)
DONG, DISTRICT, SERVICE = "o-1", "d-1", "bulky-waste"
ALWAYS = Days()
CHANGED_AT = 100.0
BEFORE, SOON, AFTER = CHANGED_AT - 1, CHANGED_AT + 1, CHANGED_AT + HEARD_WITHIN_SECONDS + 1


def application(received_on: date = TODAY) -> Application:
    return Application(
        service=SERVICE, dong_office=DONG, district_office=DISTRICT, received_on=received_on
    )


def powers(before: Days, after: Days | None = None) -> Powers:
    known = Powers()
    known.seed(SERVICE, DONG, before)
    if after is not None:
        known.enter(SERVICE, DONG, after, sent_at=CHANGED_AT, stored_at=CHANGED_AT)
    return known


@pytest.mark.parametrize(
    ("days", "received_on", "today", "holds"),
    [
        (ALWAYS, YESTERDAY, TODAY, True),
        (NEVER, TODAY, TODAY, False),
        (Days(since=TODAY), TODAY, TODAY, True),
        (Days(since=TODAY), YESTERDAY, TODAY, False),
        (Days(until=YESTERDAY), TODAY, TODAY, False),
        (Days(suspended=((TODAY, None),)), TODAY, TODAY, False),
        (Days(suspended=((TODAY, None),)), YESTERDAY, TODAY, True),
        (Days(suspended=((YESTERDAY, YESTERDAY),)), TODAY, TODAY, True),
        (Days(recalled_from=TODAY), YESTERDAY, TODAY, True),
        (Days(recalled_from=TODAY), TODAY, TODAY, False),
        (Days(recalled_from=TODAY, returns=True), YESTERDAY, TODAY, False),
        (Days(recalled_from=TOMORROW, returns=True), TODAY, TODAY, True),
        (Days(closes_after=TODAY), TODAY, TODAY, True),
        (Days(closes_after=TODAY), TODAY, TOMORROW, False),
    ],
)
def test_a_power_holds_by_the_day_of_receipt(
    days: Days, received_on: date, today: date, holds: bool
) -> None:
    assert days.holds(received_on, today) is holds


def test_until_everybody_has_heard_of_a_change_either_office_is_right() -> None:
    known = powers(ALWAYS, replace(ALWAYS, recalled_from=TODAY))
    right = [known.competent(application(), at, TODAY) for at in (BEFORE, SOON, AFTER)]
    assert right == [{DONG}, {DONG, DISTRICT}, {DISTRICT}]


def test_an_office_that_was_never_granted_anything_is_not_competent() -> None:
    known = Powers()
    assert known.competent(application(), AFTER, TODAY) == {DISTRICT}
    known.enter(SERVICE, DONG, Days(since=TODAY), sent_at=CHANGED_AT, stored_at=CHANGED_AT)
    assert known.competent(application(), AFTER, TODAY) == {DONG}
    assert known.competent(application(YESTERDAY), AFTER, TODAY) == {DISTRICT}


def fact(name: str, attempt: int, at: float, **said: object) -> Fact:
    message = SimpleNamespace(round=1, attempt=attempt, ruleset_version=1, **said)
    return Fact(inquiry_id="i", label=f"{name}:1:{attempt}", id=name, time=at, message=message)


def turns(*facts: Fact) -> Turns:
    folded = Turns()
    for one in facts:
        folded.add(one)
    return folded


def given(office: str, at: float, attempt: int = 1) -> Fact:
    return fact("InquiryAssigned", attempt, at, office_id=office)


def answered(at: float, attempt: int = 1) -> Fact:
    return fact("CaseAnswered", attempt, at)


def returned(at: float) -> Fact:
    return fact("CaseDeclined", 1, at, suggested_office_id=DISTRICT)


STAYS, RETURNS = (Days(recalled_from=TODAY, returns=returns) for returns in (False, True))
LONG_AFTER = CHANGED_AT + RETURNED_WITHIN_SECONDS + 1


def faults(known: Powers, *facts: Fact, received_on: date = TODAY) -> int:
    return len(judge({"i": application(received_on)}, turns(*facts), known, TODAY).faults)


def test_a_permit_that_went_to_the_wrong_office_is_a_fault_on_either_side_of_a_change() -> None:
    known = powers(ALWAYS, STAYS)
    assert not faults(known, given(DONG, BEFORE), answered(BEFORE))
    assert faults(known, given(DISTRICT, BEFORE), answered(BEFORE))
    assert not faults(known, given(DISTRICT, AFTER), answered(AFTER))
    assert faults(known, given(DONG, AFTER), answered(AFTER))
    assert not faults(known, given(DONG, AFTER), answered(AFTER), received_on=YESTERDAY)


def test_what_stays_may_not_be_taken_and_what_goes_back_may_not_be_kept() -> None:
    stays, returns = powers(ALWAYS, STAYS), powers(ALWAYS, RETURNS)
    taken = (given(DONG, BEFORE), returned(AFTER), given(DISTRICT, AFTER, 2), answered(AFTER, 2))
    kept = (given(DONG, BEFORE), answered(LONG_AFTER))
    assert faults(stays, *taken, received_on=YESTERDAY) == faults(stays, *taken) == 1
    assert not faults(stays, *kept)
    assert not faults(returns, *taken, received_on=YESTERDAY)
    assert faults(returns, *kept) == 1
    assert faults(returns, given(DONG, BEFORE)) == 1
    assert not faults(returns, given(DONG, BEFORE), answered(AFTER))


def test_turns_are_the_same_in_any_order_and_however_often_they_are_told() -> None:
    facts = (given(DONG, BEFORE), returned(AFTER), given(DISTRICT, AFTER, 2), answered(AFTER, 2))
    had = turns(*facts).of("i")
    assert [(one.office_id, one.ended_at, one.suggested) for one in had] == [
        (DONG, AFTER, DISTRICT),
        (DISTRICT, AFTER, ""),
    ]
    assert turns(*reversed(facts)).of("i") == turns(*facts, *facts).of("i") == had
