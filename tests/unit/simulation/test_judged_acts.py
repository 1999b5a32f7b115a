"""The judge on what citizens do themselves: given what the city has stored, then what must follow,
and what is found when an act is lost, doubled, taken wrongly or refused wrongly."""

from __future__ import annotations

import pytest
from dasan.districts.v1.events_pb2 import (
    OUTCOME_ANSWERED,
    OUTCOME_PERMIT_REFUSED,
    OUTCOME_RETURNED,
)

from simulation.judge.acts import Act, ActKind, Replied, misjudged
from simulation.judge.endings import otherwise
from simulation.judge.history import Life
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked, Fault, judge

BEGUN = (
    "InquiryReceived",
    *("InquiryAssigned:1:1", "CaseOpened:1:1", "CaseAccepted:1:1"),
    *("MessageDelivered:received:1", "MessageDelivered:assigned:1:1"),
)
ENDED = (
    *BEGUN,
    *("CaseAnswered:1", "SurveyInvited:1"),
    *("MessageDelivered:answered:1", "MessageDelivered:survey:1"),
)
CLOSED = (*BEGUN, "CaseWithdrawn:1", "CaseClosed:1", "MessageDelivered:withdrawn:1")
REQUESTED = ("SupplementRequested:1:1", "MessageDelivered:supplement:1:1")

SENT = Act(kind=ActKind.SUPPLEMENT, round=1, number=2, request=1)
LONGER = Act(kind=ActKind.MORE_TIME, round=1, number=1, request=1, until=1796083200)
WITHDRAWN = Act(kind=ActKind.WITHDRAWAL, round=1, number=1)
OBJECTED = Act(kind=ActKind.OBJECTION, round=1, number=1)

TAKEN = {
    "sent": (
        (LONGER, SENT),
        ("SupplementRequested:1:1",),
        (
            *(*ENDED, *REQUESTED, "SupplementProlonged:1:1796083200", "SupplementReceived:1:1"),
            *("MoreTimeAsked:1:1", "CitizenActTaken:1:1"),
            *("SupplementSent:1:2", "CitizenActTaken:1:2"),
        ),
    ),
    "withdrawn": (
        (WITHDRAWN,),
        (),
        (*CLOSED, "WithdrawalAsked:1:1", "CitizenActTaken:1:1"),
    ),
    "objected": (
        (OBJECTED,),
        ("CaseAnswered:1", "PermitDecided:1"),
        (
            *(*ENDED, "PermitDecided:1", "ObjectionFiled:1"),
            *("ObjectionMade:1:1", "CitizenActTaken:1:1"),
        ),
    ),
}
OF_ACTS = (
    "SupplementP",
    "SupplementRec",
    "SupplementS",
    "MoreTime",
    "Withdr",
    "CaseW",
    "Obj",
    "Cit",
)
"""What the names begin with of all that tells of an act of a citizen or is its effect."""
TOLD_TOO_LATE = ("WithdrawalAsked:1:1", "CitizenActRefused:answered:1:1")
REFUSED = (*ENDED, *TOLD_TOO_LATE, "MessageDelivered:act_refused:1:1")


def asked(*acts: Act, entered: tuple[str, ...] = (), has_contact: bool = True) -> Asked:
    return Asked(
        inquiry_id="i",
        receipt_number="r",
        secret="s",
        kind=Kind.CASE,
        has_contact=has_contact,
        acknowledged_at=0.0,
        acts=set(entered),
        own_acts={act.number: act for act in acts},
    )


def life(*labels: str) -> Life:
    return Life(told=dict.fromkeys(labels, 0.0))


def fault_of(ours: Asked, told: Life) -> Fault:
    fault = judge(ours, told)
    assert fault is not None
    return fault


@pytest.mark.parametrize("what", TAKEN)
def test_what_a_citizen_did_is_told_taken_and_has_its_effect(what: str) -> None:
    acts, entered, told = TAKEN[what]
    assert judge(asked(*acts, entered=entered), life(*told)) is None


@pytest.mark.parametrize(
    ("what", "label"),
    [(what, label) for what in TAKEN for label in TAKEN[what][2] if label.startswith(OF_ACTS)],
)
def test_an_act_of_which_something_is_missing_is_lost(what: str, label: str) -> None:
    acts, entered, told = TAKEN[what]
    left = life(*(one for one in told if one != label))
    assert label in fault_of(asked(*acts, entered=entered), left).lost


@pytest.mark.parametrize("what", TAKEN)
def test_an_act_that_has_its_effect_twice_is_doubled(what: str) -> None:
    acts, entered, told = TAKEN[what]
    for label in (one for one in told if one.startswith(OF_ACTS)):
        twice = life(*told)
        twice.doubled.append(label)
        assert fault_of(asked(*acts, entered=entered), twice).doubled == (label,)


def test_an_act_that_is_told_under_a_number_that_nobody_was_given_is_invented() -> None:
    """Sent twice, stored twice: the citizen knows of one."""
    acts, entered, told = TAKEN["withdrawn"]
    again = ("WithdrawalAsked:1:2", "CitizenActTaken:1:2")
    fault = fault_of(asked(*acts, entered=entered), life(*told, *again))
    assert fault.invented == tuple(sorted(again))


def test_who_withdraws_what_an_office_has_ended_is_refused_by_name_and_told() -> None:
    assert judge(asked(WITHDRAWN, entered=("CaseAnswered:1",)), life(*REFUSED)) is None
    silent = asked(WITHDRAWN, entered=("CaseAnswered:1",), has_contact=False)
    assert "MessageSkipped:act_refused:1:1" in fault_of(silent, life(*REFUSED)).lost
    left = life(*(one for one in REFUSED if "act_refused" not in one))
    fault = fault_of(asked(WITHDRAWN, entered=("CaseAnswered:1",)), left)
    assert fault.lost == ("MessageDelivered:act_refused:1:1",)


def test_an_act_that_was_taken_and_was_to_be_refused_is_found() -> None:
    _, _, told = TAKEN["withdrawn"]
    fault = fault_of(asked(WITHDRAWN, entered=("CaseAnswered:1",)), life(*told))
    assert "CitizenActRefused:answered:1:1" in fault.lost
    assert {"CitizenActTaken:1:1", "CaseWithdrawn:1"} <= set(fault.invented)


def test_an_act_that_was_refused_and_was_to_be_taken_is_found() -> None:
    fault = fault_of(asked(WITHDRAWN), life(*REFUSED))
    assert {"CitizenActTaken:1:1", "CaseWithdrawn:1"} <= set(fault.lost)
    assert "CitizenActRefused:answered:1:1" in fault.invented


def test_an_act_that_was_refused_by_another_name_is_found() -> None:
    other = (*ENDED, "WithdrawalAsked:1:1", "CitizenActRefused:not_asked:1:1")
    fault = fault_of(asked(WITHDRAWN, entered=("CaseAnswered:1",)), life(*other))
    assert "CitizenActRefused:answered:1:1" in fault.lost
    assert fault.invented == ("CitizenActRefused:not_asked:1:1",)


def test_what_an_office_has_entered_too_has_its_effect_once() -> None:
    """A withdrawal on paper is the same one; an objection that the office entered first is not."""
    _, _, told = TAKEN["withdrawn"]
    assert judge(asked(WITHDRAWN, entered=("CaseWithdrawn:1",)), life(*told)) is None
    entered = ("CaseAnswered:1", "PermitDecided:1", "ObjectionFiled:1")
    refused = ("CitizenActRefused:objected_already:1:1", "MessageDelivered:act_refused:1:1")
    told = (*ENDED, "PermitDecided:1", "ObjectionFiled:1", "ObjectionMade:1:1", *refused)
    assert judge(asked(OBJECTED, entered=entered), life(*told)) is None


def replied(*said: int | str, kind: ActKind = ActKind.WITHDRAWAL) -> Replied:
    return Replied(inquiry_id="i", kind=kind, round=1, said=said, request=1)


def test_an_act_that_was_sent_twice_and_stored_once_is_right() -> None:
    assert list(misjudged(replied(1, 1), set())) == []
    assert list(misjudged(replied(1, 2), set())) == [
        "i: the withdrawal of round 1 was sent again and stored as 1, 2"
    ]


def test_the_door_refuses_by_name_what_it_must_and_nothing_else() -> None:
    must = ("not_asked", "act_done")
    assert list(misjudged(replied("act_done"), set(), must_refuse=must)) == []
    for said in (3, "matter_ended"):
        [fault] = misjudged(replied(said), set(), must_refuse=must)
        assert "act_done or not_asked" in fault
    [fault] = misjudged(replied("matter_ended"), set())
    assert "was to be taken" in fault


@pytest.mark.parametrize(
    ("kind", "entered", "slug"),
    [
        (ActKind.SUPPLEMENT, "SupplementReceived:1:1", "not_asked"),
        (ActKind.WITHDRAWAL, "CaseAnswered:1", "matter_ended"),
        (ActKind.WITHDRAWAL, "CaseWithdrawn:1", "matter_ended"),
        (ActKind.OBJECTION, "ObjectionFiled:1", "objected_already"),
    ],
)
def test_the_door_may_refuse_where_an_office_was_first_and_only_there(
    kind: ActKind, entered: str, slug: str
) -> None:
    assert list(misjudged(replied(slug, kind=kind), {entered})) == []
    assert list(misjudged(replied(1, kind=kind), {entered})) == []
    assert len(list(misjudged(replied(slug, kind=kind), {entered.replace(":1", ":2")}))) == 1


def test_a_round_that_is_told_to_have_ended_otherwise_is_found() -> None:
    entered = {("i", 1): OUTCOME_RETURNED, ("j", 1): OUTCOME_ANSWERED}
    assert list(otherwise(entered, entered)) == []
    assert list(otherwise(entered, {})) == []
    told = {**entered, ("i", 1): OUTCOME_PERMIT_REFUSED}
    assert list(otherwise(entered, told)) == [
        "i: round 1 is told as OUTCOME_PERMIT_REFUSED, and its office ended it as OUTCOME_RETURNED"
    ]
