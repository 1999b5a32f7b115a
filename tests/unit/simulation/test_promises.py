"""The judge: given what was acknowledged and what was told, then what is wrong."""

from __future__ import annotations

import pytest
from dasan.routing.v1 import events_pb2

from simulation.judge.history import Fact, Life, Lives
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked, in_time, judge, judge_all, lacking, noted

CASE = (
    "InquiryReceived",
    "InquiryAssigned:1:1",
    "CaseOpened:1:1",
    "CaseAccepted:1:1",
    "CaseAnswered:1",
    "SurveyInvited:1",
    "MessageDelivered:received:1",
    "MessageDelivered:assigned:1:1",
    "MessageDelivered:answered:1",
    "MessageDelivered:survey:1",
)
CALL = ("CallAnswered", "SurveyInvited:1", "MessageDelivered:survey:1")


SECOND_ROUND = (
    "InquiryAssigned:2:1",
    "CaseOpened:2:1",
    "CaseAccepted:2:1",
    "CaseAnswered:2",
    "SurveyInvited:2",
    "MessageDelivered:assigned:2:1",
    "MessageDelivered:answered:2",
    "MessageDelivered:survey:2",
)
SKIPPED = ("MessageSkipped:received:1", "MessageSkipped:assigned:1:1", "MessageSkipped:answered:1")


def asked(
    kind: Kind = Kind.CASE,
    *,
    has_contact: bool = True,
    answered: bool = False,
    rounds: int = 1,
) -> Asked:
    return Asked(
        inquiry_id="i",
        receipt_number="r",
        secret="s",
        kind=kind,
        has_contact=has_contact,
        acknowledged_at=0.0,
        rounds=rounds,
        surveys_answered={1} if answered else set(),
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
    told.doubled.append("CaseAnswered:1")
    fault = judge(asked(), told)
    assert fault is not None
    assert fault.doubled == ("CaseAnswered:1",)


def test_a_case_for_an_answered_call_is_invented() -> None:
    fault = judge(asked(Kind.CALL), life(*CALL, "CaseOpened:1:1"))
    assert fault is not None
    assert fault.invented == ("CaseOpened:1:1",)


def test_a_refusal_asks_for_a_second_assignment_and_message() -> None:
    assert lacking(asked(), life(*CASE, "CaseDeclined:1:1")) == (
        "CaseAccepted:1:2",
        "CaseOpened:1:2",
        "InquiryAssigned:1:2",
        "MessageDelivered:assigned:1:2",
    )


@pytest.mark.parametrize(
    ("effect", "cause"),
    [
        ("CaseOpened:1:1", "InquiryAssigned:1:1"),
        ("CaseAccepted:1:1", "CaseOpened:1:1"),
        ("MessageDelivered:answered:1", "CaseAnswered:1"),
        ("SurveyInvited:1", "CaseAnswered:1"),
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
    second = (
        "InquiryAssigned:1:2",
        "CaseOpened:1:2",
        "MessageDelivered:assigned:1:2",
        "CaseAccepted:1:2",
    )
    handed_on = life(*CASE, "CaseDeclined:1:1", *second)
    assert judge(asked(), handed_on) is None
    handed_on.told["CaseDeclined:1:1"] = 1.0
    fault = judge(asked(), handed_on)
    assert fault is not None
    assert fault.unfounded == ("InquiryAssigned:1:2",)


def test_an_event_that_no_row_names_is_noted_and_never_a_fault() -> None:
    told = life(*CASE, "ArbitrationOpened", "MessageDelivered:overdue:1:1")
    told.doubled.append("ArbitrationOpened")
    assert judge(asked(), told) is None
    assert noted([told]) == {"ArbitrationOpened": 1, "MessageDelivered:overdue:1:1": 1}
    assert judge_all([], {"stranger": life("ArbitrationOpened")}, alone=True) == ()


@pytest.mark.parametrize(("now", "hope"), [(90, True), (91, False)])
def test_a_service_has_its_time_from_the_cause_on(now: float, hope: bool) -> None:
    labels = [label for label in CASE if label != "MessageDelivered:survey:1"]
    assert in_time(asked(), life(*labels), now) is hope


def test_a_persons_step_has_the_persons_time_too() -> None:
    opened = life(*CASE[:3], "MessageDelivered:received:1", "MessageDelivered:assigned:1:1")
    assert not in_time(asked(), opened, 100)
    assert in_time(asked(), opened, 100, person_seconds=20)


def test_nothing_has_time_once_nothing_is_lacking_and_a_receipt_alone_has_some() -> None:
    assert not in_time(asked(), life(*CASE), 0)
    assert in_time(asked(), life(), 90)
    assert not in_time(asked(), life(), 91)


def test_an_assignment_without_a_refusal_before_it_is_invented() -> None:
    fault = judge(asked(), life(*CASE, "InquiryAssigned:1:2"))
    assert fault is not None
    assert fault.invented == ("InquiryAssigned:1:2",)


def test_without_a_contact_every_message_is_skipped_and_nobody_is_surveyed() -> None:
    work = [label for label in CASE if "Message" not in label and "Survey" not in label]
    silent = asked(has_contact=False)
    assert judge(silent, life(*work, *SKIPPED)) is None
    assert lacking(silent, life(*work, *SKIPPED[1:])) == SKIPPED[:1]
    for invented in ("SurveyInvited:1", "MessageSkipped:survey:1", "MessageDelivered:answered:1"):
        fault = judge(silent, life(*work, *SKIPPED, invented))
        assert fault is not None
        assert fault.invented == (invented,)


@pytest.mark.parametrize("what", ["MessageSkipped:answered:1", "MessageFailed:answered:1"])
def test_who_left_a_contact_is_told_and_nothing_else_is_said_of_it(what: str) -> None:
    without = [label for label in CASE if label != "MessageDelivered:answered:1"]
    fault = judge(asked(), life(*without, what))
    assert fault is not None
    assert fault.lost == ("MessageDelivered:answered:1",)
    assert fault.invented == (what,)


@pytest.mark.parametrize(("kind", "first"), [(Kind.CASE, CASE), (Kind.CALL, CALL)])
def test_what_is_opened_again_is_assigned_answered_surveyed_and_told_again(
    kind: Kind, first: tuple[str, ...]
) -> None:
    reopened = asked(kind, rounds=2)
    assert lacking(reopened, life(*first)) == tuple(sorted(SECOND_ROUND))
    assert judge(reopened, life(*first, *SECOND_ROUND)) is None
    for label in SECOND_ROUND:
        left = [told for told in SECOND_ROUND if told != label]
        assert lacking(reopened, life(*first, *left)) == (label,)


def test_a_round_that_nobody_was_promised_is_invented() -> None:
    fault = judge(asked(), life(*CASE, *SECOND_ROUND))
    assert fault is not None
    assert fault.invented == tuple(sorted(SECOND_ROUND))


def test_each_round_counts_its_own_attempts_and_its_own_survey() -> None:
    reopened = asked(rounds=2)
    reopened.surveys_answered.add(2)
    told = life(*CASE, *SECOND_ROUND, "CaseDeclined:2:1")
    assert lacking(reopened, told) == (
        "CaseAccepted:2:2",
        "CaseOpened:2:2",
        "InquiryAssigned:2:2",
        "MessageDelivered:assigned:2:2",
        "SurveyAnswered:2",
    )


def test_a_further_round_is_founded_on_the_answer_of_the_round_before() -> None:
    late = life(*CASE, *SECOND_ROUND)
    late.told["CaseAnswered:1"] = 1.0
    fault = judge(asked(rounds=2), late)
    assert fault is not None
    assert "InquiryAssigned:2:1" in fault.unfounded
    second_alone = life(*CASE, *SECOND_ROUND)
    second_alone.told["CaseAnswered:2"] = 1.0
    fault = judge(asked(rounds=2), second_alone)
    assert fault is not None
    assert fault.unfounded == ("MessageDelivered:answered:2", "SurveyInvited:2")


def test_a_further_round_has_its_time_from_the_answer_before_it_on() -> None:
    assert in_time(asked(rounds=2), life(*CASE), 90)
    assert not in_time(asked(rounds=2), life(*CASE), 91)


def test_an_answered_survey_must_be_told() -> None:
    assert lacking(asked(answered=True), life(*CASE)) == ("SurveyAnswered:1",)


ASKED = ("ServiceAsked:1:1", "MessageDelivered:asked:1:1")


@pytest.mark.parametrize("what", ["PlaceAsked", "ServiceAsked"])
def test_who_is_asked_is_told_of_it_or_it_was_of_no_use_any_more(what: str) -> None:
    question = f"{what}:1:1"
    assert lacking(asked(), life(*CASE, question)) == ("MessageDelivered:asked:1:1",)
    for message in ("MessageDelivered:asked:1:1", "MessageSkipped:asked:1:1"):
        assert judge(asked(), life(*CASE, question, message)) is None
    silent = asked(has_contact=False)
    assert "MessageSkipped:asked:1:1" in lacking(silent, life(*CASE, question))


def test_a_message_about_a_question_that_was_both_sent_and_skipped_is_doubled() -> None:
    fault = judge(asked(), life(*CASE, *ASKED, "MessageSkipped:asked:1:1"))
    assert fault is not None
    assert fault.doubled == ("MessageDelivered:asked:1:1",)


def test_a_message_about_a_question_that_nobody_asked_is_unfounded() -> None:
    fault = judge(asked(), life(*CASE, "MessageDelivered:asked:1:1"))
    assert fault is not None
    assert fault.unfounded == ("MessageDelivered:asked:1:1",)


def test_an_answer_that_was_acknowledged_must_be_told_once() -> None:
    answered = asked()
    answered.questions_answered.add((1, 1))
    assert lacking(answered, life(*CASE, *ASKED)) == ("InquirySupplemented:1:1",)
    told = life(*CASE, *ASKED, "InquirySupplemented:1:1")
    assert judge(answered, told) is None
    told.doubled.append("InquirySupplemented:1:1")
    fault = judge(answered, told)
    assert fault is not None
    assert fault.doubled == ("InquirySupplemented:1:1",)


def test_an_answer_to_what_was_not_asked_is_unfounded() -> None:
    fault = judge(asked(), life(*CASE, *ASKED, "InquirySupplemented:1:2"))
    assert fault is not None
    assert fault.unfounded == ("InquirySupplemented:1:2",)


def test_nobody_is_asked_a_third_time() -> None:
    told = life(*CASE, "PlaceAsked:1:3", "MessageDelivered:asked:1:3")
    fault = judge(asked(), told)
    assert fault is not None
    assert "PlaceAsked:1:3" in fault.invented


def test_nobody_is_asked_once_there_is_an_office() -> None:
    told = life(*CASE, *ASKED)
    told.told["ServiceAsked:1:1"] = told.told["MessageDelivered:asked:1:1"] = 1.0
    fault = judge(asked(), told)
    assert fault is not None
    assert fault.unfounded == ("ServiceAsked:1:1",)


def test_the_office_has_its_time_from_the_question_and_the_answer_on() -> None:
    told = life("InquiryReceived", "MessageDelivered:received:1", *ASKED)
    told.told["ServiceAsked:1:1"] = told.told["MessageDelivered:asked:1:1"] = 50.0
    assert not in_time(asked(), told, 141)
    assert in_time(asked(), told, 141, person_seconds=20)
    told.told["InquirySupplemented:1:1"] = 100.0
    assert in_time(asked(), told, 141)


def test_an_open_one_needs_an_office_and_no_answer() -> None:
    labels = [label for label in CASE if "Survey" not in label and "survey" not in label]
    labels = [label for label in labels if "answered" not in label and "Answered" not in label]
    assert judge(asked(Kind.OPEN), life(*labels)) is None


def test_a_stranger_is_invented_only_when_the_city_was_ours_alone() -> None:
    lives = {"x": life("InquiryReceived")}
    assert judge_all([], lives, alone=False) == ()
    (fault,) = judge_all([], lives, alone=True)
    assert str(fault) == "x: invented InquiryReceived"


def test_the_same_event_again_has_no_further_effect() -> None:
    lives = Lives()
    fact = Fact(inquiry_id="i", label="CaseOpened:1:1", id="e1", time=1.0, message=None)
    assert lives.add(fact)
    assert not lives.add(fact)
    assert lives.by_inquiry["i"].doubled == []


def test_another_event_of_the_same_label_is_noted() -> None:
    lives = Lives()
    for number in range(2):
        lives.add(
            Fact(inquiry_id="i", label="CaseOpened:1:1", id=f"e{number}", time=1.0, message=None)
        )
    assert lives.by_inquiry["i"].doubled == ["CaseOpened:1:1"]


@pytest.mark.parametrize(("rule", "right"), [("designated", True), ("next_alternative", False)])
def test_an_office_that_arbitration_names_begins_an_attempt_without_a_refusal(
    rule: str, right: bool
) -> None:
    lives = Lives()
    further = (
        "InquiryAssigned:1:2",
        "CaseOpened:1:2",
        "MessageDelivered:assigned:1:2",
        "CaseAccepted:1:2",
    )
    for label in (*CASE, *further):
        named = label == "InquiryAssigned:1:2"
        message = events_pb2.InquiryAssigned(round=1, attempt=2, rule=rule) if named else None
        if label == "InquiryAssigned:1:1":
            message = events_pb2.InquiryAssigned(round=1, attempt=1, rule="arbitration")
        lives.add(Fact(inquiry_id="i", label=label, id=label, time=0.0, message=message))
    fault = judge(asked(), lives.by_inquiry["i"])
    assert (fault is None) is right
    if fault is not None:
        assert set(fault.invented) == set(further)


ACTS = {
    "SupplementRequested:1:1",
    "SupplementReceived:1:1",
    "CaseExtended:1:1",
    "PermitChecked:missing:1",
    "PermitChecked:whole:1",
    "PermitFeePaid:1",
    "ConsultationRequested:1:1",
    "ConsultationAnswered:1:1",
}
FOLLOWS = (
    "DeadlineRecounted:1:100",
    "DeadlineRecounted:1:200",
    "MessageDelivered:supplement:1:1",
    "MessageDelivered:recounted:1:100",
    "MessageSkipped:recounted:1:200",
)


def with_acts(*labels: str) -> Asked:
    ours = asked()
    ours.acts.update(labels)
    return ours


def test_each_act_that_was_stored_is_told_and_what_follows_from_it() -> None:
    assert judge(with_acts(*ACTS), life(*CASE, *ACTS, *FOLLOWS)) is None


@pytest.mark.parametrize("label", sorted(ACTS))
def test_an_act_that_nobody_is_told_of_is_lost_and_one_that_nobody_did_is_invented(
    label: str,
) -> None:
    told = (*CASE, *ACTS, *FOLLOWS)
    lost = judge(with_acts(*ACTS), life(*(one for one in told if one != label)))
    assert lost is not None
    assert label in lost.lost
    invented = judge(with_acts(*ACTS - {label}), life(*told))
    assert invented is not None
    assert label in invented.invented


@pytest.mark.parametrize("what", ["supplement:1:1", "recounted:1:100", "recounted:1:200"])
def test_a_message_of_use_for_a_while_is_delivered_or_skipped_and_never_both(what: str) -> None:
    others = [label for label in FOLLOWS if not label.endswith(what)]
    lost = judge(with_acts(*ACTS), life(*CASE, *ACTS, *others))
    assert lost is not None
    assert lost.lost == (f"MessageDelivered:{what}",)
    both = (f"MessageDelivered:{what}", f"MessageSkipped:{what}")
    doubled = judge(with_acts(*ACTS), life(*CASE, *ACTS, *others, *both))
    assert doubled is not None
    assert doubled.doubled == (f"MessageDelivered:{what}",)


def test_a_date_that_moved_without_a_cause_is_unfounded() -> None:
    told = life(*CASE, "DeadlineRecounted:1:100", "MessageDelivered:recounted:1:100")
    told.told["CaseOpened:1:1"] = 1.0
    told.told["CaseAccepted:1:1"] = told.told["CaseAnswered:1"] = 1.0
    for label in ("SurveyInvited:1", "MessageDelivered:answered:1", "MessageDelivered:survey:1"):
        told.told[label] = 1.0
    fault = judge(asked(), told)
    assert fault is not None
    assert fault.unfounded == ("DeadlineRecounted:1:100",)


WITHDRAWN = (
    *CASE[:4],
    *("CaseWithdrawn:1", "CaseClosed:1"),
    *("MessageDelivered:received:1", "MessageDelivered:assigned:1:1"),
    "MessageDelivered:withdrawn:1",
)


def test_what_the_citizen_took_back_is_closed_and_told_and_nobody_is_asked_about_it() -> None:
    ours = with_acts("CaseWithdrawn:1")
    assert judge(ours, life(*WITHDRAWN)) is None
    for label in ("CaseClosed:1", "MessageDelivered:withdrawn:1", "CaseWithdrawn:1"):
        fault = judge(ours, life(*(one for one in WITHDRAWN if one != label)))
        assert fault is not None
        assert label in fault.lost
    fault = judge(ours, life(*CASE, *WITHDRAWN))
    assert fault is not None
    assert {"CaseAnswered:1", "SurveyInvited:1"} <= set(fault.invented)


def test_a_case_that_nobody_took_back_must_not_be_closed() -> None:
    fault = judge(asked(), life(*CASE, "CaseWithdrawn:1", "CaseClosed:1"))
    assert fault is not None
    assert fault.invented == ("CaseClosed:1", "CaseWithdrawn:1")


def test_an_office_may_take_a_case_that_goes_on_and_the_last_one_must() -> None:
    """A recall takes the case back from whoever has accepted it, and the district accepts it."""
    moved = (
        *(label for label in CASE if label != "CaseAccepted:1:1"),
        *("CaseDeclined:1:1", "InquiryAssigned:1:2", "CaseOpened:1:2"),
        "MessageDelivered:assigned:1:2",
    )
    assert judge(asked(), life(*moved, "CaseAccepted:1:1", "CaseAccepted:1:2")) is None
    assert judge(asked(), life(*moved, "CaseAccepted:1:2")) is None
    fault = judge(asked(), life(*moved, "CaseAccepted:1:1"))
    assert fault is not None
    assert fault.lost == ("CaseAccepted:1:2",)
