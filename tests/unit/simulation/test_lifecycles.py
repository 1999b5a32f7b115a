"""The table itself: every row can be kept, and names what there is."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import pytest
from dasan.districts.v1 import events_pb2

from services.common.events import contracts
from services.intake.domain import acts
from services.notify.domain import order
from services.routing.domain.assignment import asking
from simulation.judge import lifecycles
from simulation.judge.lifecycles import (
    ROWS,
    TABLE,
    Each,
    Kind,
    Row,
    Spot,
    Terms,
    delivery_label,
    label_of,
    spot_of,
)

EVENTS = {name.rpartition(".")[2] for name in contracts.events()}
LIVES = [
    Terms(
        kind=kind,
        has_contact=contact,
        survey_answered=answered,
        first_round=first,
        withdrawn=withdrawn,
    )
    for kind, (contact, answered, first, withdrawn) in product(
        Kind, product((True, False), repeat=4)
    )
    # Who wasn't invited can't have answered; what is opened again goes to an office that answers;
    # what is taken back lies at an office, and nobody is asked about it.
    if (not answered or (contact and kind is not Kind.OPEN and not withdrawn))
    and (first or kind is Kind.CASE)
    and (not withdrawn or kind is Kind.CASE)
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_row_names_an_event_and_follows_other_rows(row: Row) -> None:
    assert row.name.partition(":")[0] in EVENTS
    causes = {*row.after, *row.after_round, *filter(None, [row.after_attempt])}
    assert causes <= ROWS.keys() - {row.name}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_what_must_be_told_may_be_and_so_must_one_of_its_causes(row: Row) -> None:
    for terms in filter(row.must, LIVES):
        assert row.may(terms)
        if terms.first_round or not row.after_round:
            assert not row.after or any(ROWS[cause].must(terms) for cause in row.after)


def test_no_event_has_two_rows() -> None:
    assert len(ROWS) == len(TABLE)


def test_labels_are_those_that_events_are_told_under() -> None:
    told = SimpleNamespace(round=3, attempt=2, delivery_id="i:survey:3:1")
    for name in ("InquiryReceived", "CaseOpened", "CaseAnswered"):
        assert label_of(name, told) in set(ROWS[name].labels(3, 2))
    question = SimpleNamespace(round=1, number=2, delivery_id="i:asked:1:2")
    for name in ("PlaceAsked", "ServiceAsked", "InquirySupplemented"):
        assert label_of(name, question) in set(ROWS[name].labels(1, 1))
    act = SimpleNamespace(round=2, act=3, reason=events_pb2.ACT_REFUSAL_ANSWERED)
    for name in ("SupplementSent", "WithdrawalAsked", "CitizenActTaken"):
        assert label_of(name, act) in set(ROWS[name].labels(2, 1))
    refused = label_of("CitizenActRefused", act)
    assert refused == "CitizenActRefused:answered:2:3"
    assert refused in set(ROWS["CitizenActRefused:answered"].labels(2, 1))
    asked = ROWS["MessageSkipped:asked"]
    assert label_of("MessageSkipped", question) in set(asked.labels(1, 1))
    survey = ROWS["MessageDelivered:survey"]
    assert label_of("MessageDelivered", told) in set(survey.labels(3, 2))


def test_what_may_come_often_is_told_apart_by_its_number_or_its_date() -> None:
    second = SimpleNamespace(round=1, number=2)
    assert label_of("SupplementRequested", second) == "SupplementRequested:1:2"
    moved = SimpleNamespace(round=1, due_at=SimpleNamespace(seconds=1796083200))
    assert label_of("DeadlineRecounted", moved) == "DeadlineRecounted:1:1796083200"
    told = SimpleNamespace(delivery_id="i:recounted:1:1796083200")
    assert label_of("MessageDelivered", told) == "MessageDelivered:recounted:1:1796083200"
    longer = SimpleNamespace(
        round=1, due_at=SimpleNamespace(seconds=1), answer_by=SimpleNamespace(seconds=2)
    )
    assert label_of("SupplementProlonged", longer) == "SupplementProlonged:1:2"
    for label in ("SupplementRequested:1:7", "DeadlineRecounted:1:1796083200"):
        spot = spot_of(label)
        assert spot is not None
        assert (spot.round_, f"{spot.row.name}:1:{spot.number}") == (1, label)


def test_an_application_may_be_found_wanting_and_then_whole() -> None:
    checks = [SimpleNamespace(round=1, complete=complete) for complete in (False, True)]
    labels = [label_of("PermitChecked", check) for check in checks]
    assert labels == ["PermitChecked:missing:1", "PermitChecked:whole:1"]
    assert all(map(spot_of, labels))


def test_two_answers_told_to_one_citizen_in_one_round_are_of_one_label() -> None:
    """Whatever the attempt of the office that gave them; an assignment is told for each."""
    assert delivery_label("i:answered:1:1") == delivery_label("i:answered:1:2") == "answered:1"
    assert delivery_label("i:assigned:1:2") == "assigned:1:2"


def test_an_event_without_a_row_keeps_its_bare_name() -> None:
    assert label_of("ArbitrationOpened", SimpleNamespace(attempt=2)) == "ArbitrationOpened"
    assert spot_of("ArbitrationOpened") is None
    overdue = SimpleNamespace(delivery_id="i:overdue:1:1")
    assert label_of("MessageSkipped", overdue) == "MessageSkipped:overdue:1:1"
    assert spot_of("MessageSkipped:overdue:1:1") is None


@pytest.mark.parametrize("label", ["CaseOpened", "CaseOpened:1", "CaseAnswered:1:1", "Case:1:1:1"])
def test_a_label_with_other_numbers_than_its_row_has_belongs_nowhere(label: str) -> None:
    assert spot_of(label) is None


def test_a_label_leads_back_to_its_row_round_and_number() -> None:
    for row in TABLE:
        for number, label in enumerate(row.labels(2, 3), 1):
            round_ = 1 if row.each is Each.LIFE else 2
            which = number if row.each in (Each.ATTEMPT, Each.QUESTION, Each.ACT) else 1
            assert spot_of(label) == Spot(row, round_, which)


def test_nobody_counts_on_fewer_questions_than_routing_asks() -> None:
    """Notify looks for the messages of so many, and the judge allows no more."""
    assert order.QUESTIONS_MOST == lifecycles.QUESTIONS_MOST == asking.MOST_QUESTIONS
    assert lifecycles.ACTS_MOST == acts.MOST_ACTS
