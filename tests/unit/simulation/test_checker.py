"""The judge itself: a good city passes, and each planted fault is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from simulation.judge.checker import Evidence, Kept, Told, faults
from simulation.judge.evidence import Repeats, told_twice
from simulation.judge.history import Life
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked

CASE, CALL, SILENT = "i-case", "i-call", "i-silent"


@dataclass(slots=True)
class Town:
    """A city at rest in which three inquiries went well; tests spoil it."""

    asked: dict[str, Asked] = field(default_factory=dict)
    lives: dict[str, Life] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    kept: dict[str, dict[str, Kept]] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)
    mailbox: set[str] = field(default_factory=set)

    def faults(self) -> list[str]:
        evidence = Evidence(
            lives=self.lives,
            told=tuple(self.told),
            kept=self.kept,
            unsent=tuple(self.unsent),
            mailbox=self.mailbox,
        )
        return faults(self.asked.values(), evidence)

    def ask(self, id_: str, kind: Kind, *, contact: bool, surveyed: bool) -> None:
        self.asked[id_] = Asked(
            inquiry_id=id_,
            receipt_number=f"R-{id_}",
            secret="s",
            kind=kind,
            has_contact=contact,
            acknowledged_at=0.0,
            surveys_answered={1} if surveyed else set(),
        )

    def keep(self, collection: str, id_: str, status: str) -> None:
        receipt = f"R-{id_}" if collection == "inquiries" else ""
        self.kept.setdefault(collection, {})[id_] = Kept(status=status, receipt_number=receipt)


def labels(*names: str, round_: int = 1) -> list[str]:
    """Of one round: `CaseOpened:2` is its second attempt's, `CaseAnswered` the round's."""
    return [":".join((name, str(round_), *rest)) for name, *rest in (n.split(":") for n in names)]


@pytest.fixture
def town() -> Town:
    """A case whose citizen was asked where it is, handed on once, surveyed, opened again and
    answered by the same office; an answered call not yet surveyed; a case of somebody who left no
    contact."""
    town = Town()
    town.ask(CASE, Kind.CASE, contact=True, surveyed=True)
    town.asked[CASE].rounds = 2
    town.ask(CALL, Kind.CALL, contact=True, surveyed=False)
    town.ask(SILENT, Kind.CASE, contact=False, surveyed=False)
    town.asked[CASE].questions_answered.add((1, 1))
    case = ["InquiryReceived", *labels("PlaceAsked:1", "InquirySupplemented:1")]
    case += labels("InquiryAssigned:1", "CaseOpened:1", "CaseDeclined:1", "InquiryAssigned:2")
    case += labels("CaseOpened:2", "CaseAccepted:2", "CaseAnswered", "SurveyInvited")
    case += labels("SurveyAnswered")
    again = labels("InquiryAssigned:1", "CaseOpened:1", "CaseAccepted:1", "CaseAnswered", round_=2)
    again += labels("SurveyInvited", round_=2)
    messages = ["received:1", "asked:1:1", "assigned:1:1", "assigned:1:2", "answered:1", "survey:1"]
    messages += ["assigned:2:1", "answered:2", "survey:2"]
    silent = ["InquiryReceived", *labels("InquiryAssigned:1", "CaseOpened:1", "CaseAccepted:1")]
    silent += labels("CaseAnswered")
    unheard = ["received:1", "assigned:1:1", "answered:1"]
    told_of = {
        CASE: [*case, *again, *(f"MessageDelivered:{message}" for message in messages)],
        CALL: ["CallAnswered", "SurveyInvited:1", "MessageDelivered:survey:1"],
        SILENT: [*silent, *(f"MessageSkipped:{message}" for message in unheard)],
    }
    for id_, told in told_of.items():
        town.lives[id_] = Life(told={label: float(n) for n, label in enumerate(told)})
        town.told += [
            Told(
                topic="topic",
                teller=f"/dasan/any {id_}",
                version=n,
                id=f"{id_} {label}",
                inquiry_id=id_,
                receipt_number=f"R-{id_}",
                cause_event_id=f"{id_} {told[0]}" if label.startswith("Message") else "",
            )
            for n, label in enumerate(told, 1)
        ]
    for id_, status in ((CASE, "answered"), (CALL, "answered"), (SILENT, "closed")):
        town.keep("inquiries", id_, status)
    for id_ in (CASE, SILENT):
        town.keep("assignments", id_, "ended")
        town.keep("cases", id_, "answered")
    town.keep("surveys", f"{CASE}-1", "answered")
    town.keep("surveys", f"{CASE}-2", "invited")
    town.keep("surveys", f"{CALL}-1", "invited")
    town.mailbox = {delivery(CASE, message) for message in messages}
    town.mailbox.add(delivery(CALL, "survey:1"))
    for id_ in town.mailbox:
        town.keep("deliveries", id_, "delivered")
    for message in unheard:
        town.keep("deliveries", delivery(SILENT, message), "skipped")
    return town


def delivery(inquiry_id: str, message: str) -> str:
    """The id of a delivery: all have an attempt, also of messages that are told once a round."""
    return f"{inquiry_id}:{message}" + (":1" if message.count(":") == 1 else "")


def test_a_city_that_kept_its_promises_has_no_faults(town: Town) -> None:
    assert town.faults() == []


def test_what_was_taken_back_is_stored_as_withdrawn_everywhere(town: Town) -> None:
    """Somebody without a contact takes the matter back; then the city keeps an answer after all."""
    asked, life = town.asked[SILENT], town.lives[SILENT]
    asked.acts.add("CaseWithdrawn:1")
    for label in ("CaseAnswered:1", "MessageSkipped:answered:1"):
        del life.told[label]
    for label in ("CaseWithdrawn:1", "CaseClosed:1", "MessageSkipped:withdrawn:1"):
        life.told[label] = 9.0
    del town.kept["deliveries"][delivery(SILENT, "answered:1")]
    town.keep("deliveries", delivery(SILENT, "withdrawn:1"), "skipped")
    town.keep("inquiries", SILENT, "withdrawn")
    town.keep("cases", SILENT, "closed")
    assert town.faults() == []
    town.keep("cases", SILENT, "answered")
    assert town.faults() == [f"cases: {SILENT} is answered, not closed"]


def lose_an_event(town: Town) -> None:
    del town.lives[CASE].told["CaseAnswered:1"]


def lose_a_whole_inquiry(town: Town) -> None:
    del town.lives[CALL]


def double_an_event(town: Town) -> None:
    town.lives[CASE].doubled.append("SurveyInvited:1")


def open_a_case_for_a_call(town: Town) -> None:
    town.lives[CALL].told["CaseOpened:1:1"] = 9.0


def invent_an_inquiry(town: Town) -> None:
    town.lives["i-ghost"] = Life(told={"InquiryReceived": 1.0})


def invent_a_document(town: Town) -> None:
    town.keep("inquiries", "i-ghost", "received")


def survey_somebody_unreachable(town: Town) -> None:
    town.keep("surveys", f"{SILENT}-1", "invited")


def lose_a_document(town: Town) -> None:
    del town.kept["cases"][CASE]


def leave_a_case_open(town: Town) -> None:
    town.keep("cases", CASE, "accepted")


def leave_the_public_status_behind(town: Town) -> None:
    town.keep("inquiries", CASE, "assigned")


def lose_a_message(town: Town) -> None:
    town.mailbox.remove(f"{CASE}:answered:1:1")


def lose_a_question(town: Town) -> None:
    town.mailbox.remove(f"{CASE}:asked:1:1")


def lose_an_acknowledged_reply(town: Town) -> None:
    del town.lives[CASE].told["InquirySupplemented:1:1"]


def send_a_message_too_many(town: Town) -> None:
    town.mailbox.add(f"{CASE}:survey:3:1")


def forget_a_delivery(town: Town) -> None:
    del town.kept["deliveries"][f"{CALL}:survey:1:1"]


def keep_an_event_back(town: Town) -> None:
    town.unsent.append("routing.assignments i-case")


def give_a_receipt_twice(town: Town) -> None:
    town.asked[CALL].receipt_number = town.asked[CASE].receipt_number


def store_another_receipt(town: Town) -> None:
    town.kept["inquiries"][CASE] = Kept(status="closed", receipt_number="R-other")


def ask_once_for_two_answers(town: Town) -> None:
    del town.kept["surveys"][f"{CASE}-2"]


def send_an_answer_twice(town: Town) -> None:
    town.mailbox.add(f"{CASE}:answered:1:2")


def fail_to_tell(town: Town) -> None:
    town.keep("deliveries", f"{CASE}:answered:2:1", "failed")


def forget_to_skip(town: Town) -> None:
    del town.lives[SILENT].told["MessageSkipped:answered:1"]


def answer_a_round_that_nobody_opened(town: Town) -> None:
    town.lives[SILENT].told["CaseAnswered:2"] = 99.0


def tell_of_another_matter(town: Town) -> None:
    town.told[3] = replace(town.told[3], receipt_number="R-other")


def tell_of_what_never_was(town: Town) -> None:
    town.told[-1] = replace(town.told[-1], cause_event_id="e-ghost")


def tell_out_of_order(town: Town) -> None:
    town.told[1], town.told[2] = town.told[2], town.told[1]


PLANTED: dict[Callable[[Town], None], str] = {
    lose_an_event: f"{CASE}: lost CaseAnswered:1",
    lose_a_whole_inquiry: f"{CALL}: lost CallAnswered",
    double_an_event: f"{CASE}: doubled SurveyInvited:1",
    open_a_case_for_a_call: f"{CALL}: invented CaseOpened:1:1",
    invent_an_inquiry: "i-ghost: invented InquiryReceived",
    invent_a_document: "inquiries: invented i-ghost",
    survey_somebody_unreachable: f"surveys: invented {SILENT}-1",
    lose_a_document: f"cases: lost {CASE}",
    leave_a_case_open: f"cases: {CASE} is accepted, not answered",
    leave_the_public_status_behind: f"inquiries: {CASE} is assigned, not answered",
    lose_a_message: f"mailbox: lost {CASE}:answered:1",
    lose_a_question: f"mailbox: lost {CASE}:asked:1:1",
    lose_an_acknowledged_reply: f"{CASE}: lost InquirySupplemented:1:1",
    send_a_message_too_many: f"mailbox: invented {CASE}:survey:3",
    forget_a_delivery: f"deliveries: lost {CALL}:survey:1",
    keep_an_event_back: "unsent: routing.assignments i-case",
    give_a_receipt_twice: f"receipt R-{CASE} was given twice",
    store_another_receipt: f"inquiries: {CASE} has another receipt",
    ask_once_for_two_answers: f"surveys: lost {CASE}-2",
    send_an_answer_twice: f"mailbox: doubled {CASE}:answered:1",
    fail_to_tell: f"deliveries: {CASE}:answered:2 is failed, not delivered",
    forget_to_skip: f"{SILENT}: lost MessageSkipped:answered:1",
    answer_a_round_that_nobody_opened: f"{SILENT}: invented CaseAnswered:2",
    tell_of_another_matter: f"{CASE}: topic tells of another receipt",
    tell_of_what_never_was: f"{SILENT}: a message tells of an event that nobody told",
    tell_out_of_order: f"topic /dasan/any {CASE}: told out of order",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_each_planted_fault_is_named(town: Town, plant: Callable[[Town], None]) -> None:
    plant(town)
    assert any(fault.startswith(PLANTED[plant]) for fault in town.faults()), town.faults()


def test_the_same_event_told_again_is_no_fault(town: Town) -> None:
    town.told.append(replace(town.told[0]))
    assert town.faults() == []


def test_a_message_of_a_kind_that_the_judge_does_not_know_is_no_fault(town: Town) -> None:
    town.lives[CASE].told["MessageDelivered:overdue:1:1"] = 9.0
    town.mailbox.add(f"{CASE}:overdue:1:1")
    town.keep("deliveries", f"{CASE}:overdue:1:1", "delivered")
    town.lives[SILENT].told["MessageSkipped:overdue:1:1"] = 9.0
    town.keep("deliveries", f"{SILENT}:overdue:1:1", "skipped")
    assert town.faults() == []


def test_the_events_of_one_change_share_its_version_and_topics_have_no_order(town: Town) -> None:
    town.told[1] = replace(town.told[1], version=town.told[2].version)
    late = replace(town.told[0], topic="another", id="e-late")
    town.told.append(late)
    assert town.faults() == []


def record(topic: str, id_: str) -> Any:
    return SimpleNamespace(topic=topic, headers=[("ce_id", id_.encode())])


def test_what_came_twice_is_counted_by_topic_and_once_for_each_event() -> None:
    told = [record("a", "1"), record("a", "2"), record("b", "1"), record("a", "1")]
    told += [record("a", "1")]
    counted = told_twice(told)
    assert counted == {"a": Repeats(events=2, twice=1), "b": Repeats(events=1, twice=0)}
    assert counted["a"].share == 0.5
