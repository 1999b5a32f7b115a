"""The judge: given what was acknowledged and what was told, then what is wrong."""

from __future__ import annotations

import pytest

from simulation.judge.history import Fact, Life, Lives
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked, in_time, judge, judge_all, lacking, noted

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


@pytest.mark.parametrize(
    ("effect", "cause"),
    [
        ("CaseOpened:1", "InquiryAssigned:1"),
        ("CaseAccepted", "CaseOpened:1"),
        ("MessageDelivered:ANSWERED:1", "CaseAnswered"),
        ("SurveyInvited", "CaseAnswered"),
    ],
)
def test_what_comes_without_its_cause_or_before_it_is_unfounded(effect: str, cause: str) -> None:
    without = judge(asked(), life(*(label for label in CASE if label != cause)))
    assert without is not None
    assert effect in without.unfounded
    early = life(*CASE)
    early.told[cause] = 1.0
    fault = judge(asked(), early)
    assert fault is not None
    assert fault.lost == ()
    assert effect in fault.unfounded


def test_a_later_attempt_is_founded_on_the_refusal_before_it() -> None:
    second = ("InquiryAssigned:2", "CaseOpened:2", "MessageDelivered:ASSIGNED:2")
    handed_on = life(*CASE, "CaseDeclined:1", *second)
    assert judge(asked(), handed_on) is None
    handed_on.told["CaseDeclined:1"] = 1.0
    fault = judge(asked(), handed_on)
    assert fault is not None
    assert fault.unfounded == ("InquiryAssigned:2",)


def test_an_event_that_no_row_names_is_noted_and_never_a_fault() -> None:
    told = life(*CASE, "CaseExtended", "MessageDelivered:OVERDUE:1")
    told.doubled.append("CaseExtended")
    assert judge(asked(), told) is None
    assert noted([told]) == {"CaseExtended": 1, "MessageDelivered:OVERDUE:1": 1}
    assert judge_all([], {"stranger": life("CaseExtended")}, alone=True) == ()


@pytest.mark.parametrize(("now", "hope"), [(90, True), (91, False)])
def test_a_service_has_its_time_from_the_cause_on(now: float, hope: bool) -> None:
    labels = [label for label in CASE if label != "MessageDelivered:SURVEY:1"]
    assert in_time(asked(), life(*labels), now) is hope


def test_a_persons_step_has_the_persons_time_too() -> None:
    opened = life(*CASE[:3], "MessageDelivered:RECEIVED:1", "MessageDelivered:ASSIGNED:1")
    assert not in_time(asked(), opened, 100)
    assert in_time(asked(), opened, 100, person_seconds=20)


def test_nothing_has_time_once_nothing_is_lacking_and_a_receipt_alone_has_some() -> None:
    assert not in_time(asked(), life(*CASE), 0)
    assert in_time(asked(), life(), 90)
    assert not in_time(asked(), life(), 91)


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
