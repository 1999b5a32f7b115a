"""Beside the record: what counts as the same office, and what as late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from simulation.replay.comparison import Comparison, Handled
from simulation.replay.records import Recorded

OPENED = datetime(2015, 1, 5, 12, tzinfo=UTC)


def recorded(**changes: object) -> Recorded:
    values: dict[str, object] = {
        "line": 2,
        "id": "7",
        "opened_at": OPENED,
        "closed_at": OPENED + timedelta(days=2),
        "target_at": OPENED + timedelta(days=3),
        "overdue": False,
        "service": "pothole",
        "text": "a hole",
        "lat": None,
        "lon": None,
        "address": "",
        "office": "c-pwdx",
        "channel": "phone",
    }
    return Recorded(**{**values, **changes})  # type: ignore[arg-type]


def handled(**changes: object) -> Handled:
    values: dict[str, object] = {
        "office": "c-pwdx",
        "due_at": OPENED + timedelta(days=3),
        "answered_at": OPENED + timedelta(days=2),
    }
    return Handled(**{**values, **changes})  # type: ignore[arg-type]


def counts(was: Recorded, became: Handled) -> Comparison:
    comparison = Comparison()
    comparison.add(was, became)
    return comparison


def test_the_recorded_department_is_counted_as_such() -> None:
    comparison = counts(recorded(), handled())
    assert comparison.counts["as recorded"] == 1
    assert not comparison.confusions


def test_another_office_is_a_confusion() -> None:
    comparison = counts(recorded(), handled(office="c-info"))
    assert comparison.confusions == {("c-pwdx", "c-info"): 1}


def test_an_answer_after_the_target_is_late_by_it() -> None:
    late = OPENED + timedelta(days=4)
    comparison = counts(recorded(overdue=True), handled(answered_at=late, overdue=True))
    assert comparison.counts["overdue by target"] == 1
    assert comparison.counts["target and record agree"] == 1
    assert comparison.counts["same verdict"] == 1


def test_without_a_target_nothing_is_late_by_it() -> None:
    comparison = counts(recorded(target_at=None), handled(overdue=True))
    assert comparison.counts["had a target"] == 0
    assert comparison.counts["overdue by our clock"] == 1


def test_an_open_request_is_neither_answered_nor_late() -> None:
    comparison = counts(recorded(closed_at=None), handled(answered_at=None))
    assert comparison.counts["open in the record"] == 1
    assert comparison.counts["answered"] == 0


def test_no_office_is_said_so() -> None:
    assert counts(recorded(), handled(office="")).counts["without an office"] == 1


def test_every_row_can_be_shown_before_anything_is_compared() -> None:
    assert {what: count for what, count, _ in Comparison().rows()}["received"] == 0
