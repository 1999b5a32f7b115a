"""The judge: given what was acknowledged and what was told, then what is wrong."""

from __future__ import annotations

import pytest

from simulation.judge.history import Fact, Life, Lives
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked, judge, judge_all, lacking

CASE = (
    "InquiryReceived",
    "InquiryAssigned:1",
    "CaseOpened:1",
    "CaseAccepted",
    "CaseAnswered",
    "SurveyInvited",
    "MessageDelivered:RECEIVED:1",
    "MessageDelivered:ASSIGNED:1",
    "MessageDelivered:ANSWERED:1",
    "MessageDelivered:SURVEY:1",
)
CALL = ("CallAnswered", "SurveyInvited", "MessageDelivered:SURVEY:1")


def asked(kind: Kind = Kind.CASE, *, has_contact: bool = True, answered: bool = False) -> Asked:
    return Asked(
        inquiry_id="i",
        receipt_number="r",
        secret="s",
        kind=kind,
        has_contact=has_contact,
        acknowledged_at=0.0,
        survey_answered=answered,
    )


def life(*labels: str) -> Life:
    return Life(told=dict.fromkeys(labels, 0.0))


@pytest.mark.parametrize(("kind", "labels"), [(Kind.CASE, CASE), (Kind.CALL, CALL)])
def test_a_whole_life_has_no_fault(kind: Kind, labels: tuple[str, ...]) -> None:
    assert judge(asked(kind), life(*labels)) is None


@pytest.mark.parametrize("label", CASE)
def test_whatever_is_missing_is_lost(label: str) -> None:
    fault = judge(asked(), life(*(told for told in CASE if told != label)))
    assert fault is not None
    assert fault.lost == (label,)


def test_an_inquiry_nobody_heard_of_lost_everything() -> None:
    fault = judge(asked(), None)
    assert fault is not None
    assert set(fault.lost) == set(CASE)


def test_a_second_event_of_one_kind_is_doubled() -> None:
    told = life(*CASE)
    told.doubled.append("CaseAnswered")
    fault = judge(asked(), told)
    assert fault is not None
    assert fault.doubled == ("CaseAnswered",)


def test_a_case_for_an_answered_call_is_invented() -> None:
    fault = judge(asked(Kind.CALL), life(*CALL, "CaseOpened:1"))
    assert fault is not None
    assert fault.invented == ("CaseOpened:1",)


def test_a_refusal_asks_for_a_second_assignment_and_message() -> None:
    assert lacking(asked(), life(*CASE, "CaseDeclined:1")) == (
        "CaseOpened:2",
        "InquiryAssigned:2",
        "MessageDelivered:ASSIGNED:2",
    )


def test_an_assignment_without_a_refusal_before_it_is_invented() -> None:
    fault = judge(asked(), life(*CASE, "InquiryAssigned:2"))
    assert fault is not None
    assert fault.invented == ("InquiryAssigned:2",)


def test_without_a_contact_no_message_and_no_survey() -> None:
    work = [label for label in CASE if "Message" not in label and "Survey" not in label]
    assert judge(asked(has_contact=False), life(*work, "MessageFailed:RECEIVED:1")) is None
    assert judge(asked(has_contact=False), life(*work, "SurveyInvited")) is not None


def test_an_answered_survey_must_be_told() -> None:
    assert lacking(asked(answered=True), life(*CASE)) == ("SurveyAnswered",)


def test_an_open_one_needs_an_office_and_no_answer() -> None:
    labels = [label for label in CASE if "Survey" not in label and "SURVEY" not in label]
    labels = [label for label in labels if "ANSWERED" not in label and "Answered" not in label]
    assert judge(asked(Kind.OPEN), life(*labels)) is None


def test_a_stranger_is_invented_only_when_the_city_was_ours_alone() -> None:
    lives = {"x": life("InquiryReceived")}
    assert judge_all([], lives, alone=False) == ()
    (fault,) = judge_all([], lives, alone=True)
    assert str(fault) == "x: invented InquiryReceived"


def test_the_same_event_again_has_no_further_effect() -> None:
    lives = Lives()
    fact = Fact(inquiry_id="i", label="CaseOpened:1", id="e1", time=1.0, message=None)
    assert lives.add(fact)
    assert not lives.add(fact)
    assert lives.by_inquiry["i"].doubled == []


def test_another_event_of_the_same_label_is_noted() -> None:
    lives = Lives()
    for number in range(2):
        lives.add(
            Fact(inquiry_id="i", label="CaseOpened:1", id=f"e{number}", time=1.0, message=None)
        )
    assert lives.by_inquiry["i"].doubled == ["CaseOpened:1"]
