"""The table itself: every row can be kept, and names what there is."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import pytest

from services.common import contracts
from simulation.judge.lifecycles import ROWS, TABLE, Each, Kind, Row, Terms, label_of, row_of

EVENTS = {name.rpartition(".")[2] for name in contracts.events()}
LIVES = [
    Terms(kind=kind, has_contact=contact, survey_answered=answered)
    for kind, contact, answered in product(Kind, (True, False), (True, False))
    # Who wasn't invited can't have answered.
    if not answered or (contact and kind is not Kind.OPEN)
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_row_names_an_event_and_follows_other_rows(row: Row) -> None:
    assert row.name.partition(":")[0] in EVENTS
    causes = {*row.after, *filter(None, [row.after_previous])}
    assert causes <= ROWS.keys() - {row.name}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_what_must_be_told_may_be_and_so_must_one_of_its_causes(row: Row) -> None:
    for terms in filter(row.must, LIVES):
        assert row.may(terms)
        assert not row.after or any(ROWS[cause].must(terms) for cause in row.after)


def test_no_event_has_two_rows() -> None:
    assert len(ROWS) == len(TABLE)


def test_labels_are_those_that_events_are_told_under() -> None:
    told = SimpleNamespace(attempt=2, delivery_id="i:SURVEY:1")
    assert label_of("CaseOpened", told) in set(ROWS["CaseOpened"].labels(2))
    assert label_of("CaseAnswered", told) in set(ROWS["CaseAnswered"].labels(2))
    survey = ROWS["MessageDelivered:SURVEY"]
    assert label_of("MessageDelivered", told) in set(survey.labels(2))


def test_an_event_without_a_row_keeps_its_bare_name() -> None:
    assert label_of("CaseExtended", SimpleNamespace(attempt=2)) == "CaseExtended"
    assert row_of("CaseExtended") is None
    assert row_of("MessageDelivered:OVERDUE:1") is None


def test_a_label_leads_back_to_its_row_and_number() -> None:
    for row in TABLE:
        for number, label in enumerate(row.labels(3), 1):
            assert row_of(label) == (row, number if row.each is Each.ATTEMPT else 1)
