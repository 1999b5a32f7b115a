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
            survey_answered=surveyed,
        )

    def keep(self, collection: str, id_: str, status: str) -> None:
        receipt = f"R-{id_}" if collection == "inquiries" else ""
        self.kept.setdefault(collection, {})[id_] = Kept(status=status, receipt_number=receipt)


@pytest.fixture
def town() -> Town:
    """A case handed on once and surveyed, an answered call not yet surveyed, a case of somebody
    who left no contact."""
    town = Town()
    town.ask(CASE, Kind.CASE, contact=True, surveyed=True)
    town.ask(CALL, Kind.CALL, contact=True, surveyed=False)
    town.ask(SILENT, Kind.CASE, contact=False, surveyed=False)
    case = ["InquiryReceived", "InquiryAssigned:1", "CaseOpened:1", "CaseDeclined:1"]
    case += ["InquiryAssigned:2", "CaseOpened:2", "CaseAccepted", "CaseAnswered"]
    case += ["SurveyInvited", "SurveyAnswered"]
    messages = ["RECEIVED:1", "ASSIGNED:1", "ASSIGNED:2", "ANSWERED:1", "SURVEY:1"]
    silent = ["InquiryReceived", "InquiryAssigned:1", "CaseOpened:1", "CaseAccepted"]
    silent += ["CaseAnswered", "MessageFailed:RECEIVED:1"]
    labels = {
        CASE: [*case, *(f"MessageDelivered:{step}" for step in messages)],
        CALL: ["CallAnswered", "SurveyInvited", "MessageDelivered:SURVEY:1"],
        SILENT: silent,
    }
    for id_, told in labels.items():
        town.lives[id_] = Life(told={label: float(n) for n, label in enumerate(told)})
        town.told += [
            Told(teller=f"topic {id_}", id=f"{id_} {label}", sequence=n)
            for n, label in enumerate(told, 1)
        ]
    for id_, status in ((CASE, "closed"), (CALL, "answered"), (SILENT, "closed")):
        town.keep("inquiries", id_, status)
    for id_ in (CASE, SILENT):
        town.keep("assignments", id_, "assigned")
        town.keep("cases", id_, "answered")
    town.keep("surveys", CASE, "answered")
    town.keep("surveys", CALL, "invited")
    town.mailbox = {*(f"{CASE}:{step}" for step in messages), f"{CALL}:SURVEY:1"}
    for message in town.mailbox:
        town.keep("deliveries", message, "delivered")
    town.keep("deliveries", f"{SILENT}:RECEIVED:1", "failed")
    return town


def test_a_city_that_kept_its_promises_has_no_faults(town: Town) -> None:
    assert town.faults() == []


def lose_an_event(town: Town) -> None:
    del town.lives[CASE].told["CaseAnswered"]


def lose_a_whole_inquiry(town: Town) -> None:
    del town.lives[CALL]


def double_an_event(town: Town) -> None:
    town.lives[CASE].doubled.append("SurveyInvited")


def open_a_case_for_a_call(town: Town) -> None:
    town.lives[CALL].told["CaseOpened:1"] = 9.0


def invent_an_inquiry(town: Town) -> None:
    town.lives["i-ghost"] = Life(told={"InquiryReceived": 1.0})


def invent_a_document(town: Town) -> None:
    town.keep("inquiries", "i-ghost", "received")


def survey_somebody_unreachable(town: Town) -> None:
    town.keep("surveys", SILENT, "invited")


def lose_a_document(town: Town) -> None:
    del town.kept["cases"][CASE]


def leave_a_case_open(town: Town) -> None:
    town.keep("cases", CASE, "accepted")


def leave_the_public_status_behind(town: Town) -> None:
    town.keep("inquiries", CASE, "assigned")


def lose_a_message(town: Town) -> None:
    town.mailbox.remove(f"{CASE}:ANSWERED:1")


def send_a_message_too_many(town: Town) -> None:
    town.mailbox.add(f"{CASE}:SURVEY:2")


def forget_a_delivery(town: Town) -> None:
    del town.kept["deliveries"][f"{CALL}:SURVEY:1"]


def keep_an_event_back(town: Town) -> None:
    town.unsent.append("routing.assignments i-case")


def give_a_receipt_twice(town: Town) -> None:
    town.asked[CALL].receipt_number = town.asked[CASE].receipt_number


def store_another_receipt(town: Town) -> None:
    town.kept["inquiries"][CASE] = Kept(status="closed", receipt_number="R-other")


def tell_out_of_order(town: Town) -> None:
    town.told[1], town.told[2] = town.told[2], town.told[1]


PLANTED: dict[Callable[[Town], None], str] = {
    lose_an_event: f"{CASE}: lost CaseAnswered",
    lose_a_whole_inquiry: f"{CALL}: lost CallAnswered",
    double_an_event: f"{CASE}: doubled SurveyInvited",
    open_a_case_for_a_call: f"{CALL}: invented CaseOpened:1",
    invent_an_inquiry: "i-ghost: invented InquiryReceived",
    invent_a_document: "inquiries: invented i-ghost",
    survey_somebody_unreachable: f"surveys: invented {SILENT}",
    lose_a_document: f"cases: lost {CASE}",
    leave_a_case_open: f"cases: {CASE} is accepted, not answered",
    leave_the_public_status_behind: f"inquiries: {CASE} is assigned, not closed",
    lose_a_message: f"mailbox: lost {CASE}:ANSWERED:1",
    send_a_message_too_many: f"mailbox: invented {CASE}:SURVEY:2",
    forget_a_delivery: f"deliveries: lost {CALL}:SURVEY:1",
    keep_an_event_back: "unsent: routing.assignments i-case",
    give_a_receipt_twice: f"receipt R-{CASE} was given twice",
    store_another_receipt: f"inquiries: {CASE} has another receipt",
    tell_out_of_order: f"topic {CASE}: told out of order",
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_each_planted_fault_is_named(town: Town, plant: Callable[[Town], None]) -> None:
    plant(town)
    assert any(fault.startswith(PLANTED[plant]) for fault in town.faults()), town.faults()


def test_the_same_event_told_again_is_no_fault(town: Town) -> None:
    town.told.append(replace(town.told[0]))
    assert town.faults() == []


def test_a_message_of_a_kind_that_the_judge_does_not_know_is_no_fault(town: Town) -> None:
    town.lives[CASE].told["MessageDelivered:OVERDUE:1"] = 9.0
    town.mailbox.add(f"{CASE}:OVERDUE:1")
    town.keep("deliveries", f"{CASE}:OVERDUE:1", "delivered")
    assert town.faults() == []


def record(topic: str, id_: str) -> Any:
    return SimpleNamespace(topic=topic, headers=[("ce_id", id_.encode())])


def test_what_came_twice_is_counted_by_topic_and_once_for_each_event() -> None:
    told = [record("a", "1"), record("a", "2"), record("b", "1"), record("a", "1")]
    told += [record("a", "1")]
    counted = told_twice(told)
    assert counted == {"a": Repeats(events=2, twice=1), "b": Repeats(events=1, twice=0)}
    assert counted["a"].share == 0.5
