"""Outside without a city: promises, visits and facts given by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from dasan.routing.v1 import events_pb2

from services.common.events import contracts
from simulation.actors.intake_client import NotTaken
from simulation.judge.history import Fact, Observer
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from simulation.outside import Outside, WaysIn

CALL = ("CallAnswered", "SurveyInvited:1", "MessageDelivered:survey:1")
WAYS = WaysIn(
    city="saebom",
    bus="nowhere:1",
    intake="http://nowhere",
    districts="nowhere:1",
    tokens="http://nowhere",
    system_key="",
    office_keys={},
)
BODY = {"text": "?", "contact": {"email": "citizen@example.org"}}


class OpenDoor:
    """Takes everything, except what `refuses` says."""

    def __init__(self, refuses: str = "") -> None:
        self._refuses = refuses

    async def post(self, key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._refuses:
            raise NotTaken(self._refuses)
        return {"inquiry_id": key, "receipt_number": key, "status_secret": "s"}

    async def close(self) -> None:
        """Has nothing to let go of."""


def fact(label: str, inquiry_id: str = "i", at: float | None = None) -> Fact:
    return Fact(
        inquiry_id=inquiry_id,
        label=label,
        id=f"{inquiry_id} {label}",
        time=time.time() if at is None else at,
        message=None,
    )


def visit(outside: Outside, kind: Kind) -> None:
    """Somebody asks under the id `i` and goes."""

    async def ask() -> None:
        await outside.ask(kind, BODY, key="i")

    outside.start(ask())


async def test_it_rests_once_all_that_was_promised_has_been_told() -> None:
    outside = Outside(WAYS, door=OpenDoor())
    visit(outside, Kind.CALL)
    assert not await outside.rest(within_seconds=0.01)
    assert outside.waiting() == {"i": tuple(sorted(CALL))}
    resting = asyncio.create_task(outside.rest(within_seconds=30))
    for label in CALL:
        assert not resting.done()
        outside.hear(fact(label))
    assert await resting
    assert outside.faults() == ()


async def test_it_gives_up_when_nothing_that_is_lacking_can_come_in_time() -> None:
    outside = Outside(WAYS, door=OpenDoor())
    await outside.ask(Kind.CALL, BODY, key="i")
    outside.hear(fact("CallAnswered", at=0.0))
    async with asyncio.timeout(30):
        assert not await outside.rest()
    (fault,) = outside.faults()
    assert fault.lost == ("MessageDelivered:survey:1", "SurveyInvited:1")


async def test_a_life_ends_once_after_its_last_fact_was_heard() -> None:
    heard: list[str] = []
    ended: list[Asked] = []

    def end(asked: Asked) -> None:
        assert len(heard) == len(CALL)
        ended.append(asked)

    outside = Outside(
        WAYS, door=OpenDoor(), on_fact=lambda fact: heard.append(fact.label), on_end=end
    )
    asked = await outside.ask(Kind.CALL, BODY, key="i")
    for label in (*CALL, *CALL):
        outside.hear(fact(label))
    assert heard == list(CALL)
    outside.survey_answered(asked)
    assert outside.waiting() == {"i": ("SurveyAnswered:1",)}
    outside.hear(fact("SurveyAnswered:1"))
    assert outside.under_way == 0
    assert ended == [asked]


async def test_facts_may_come_before_the_receipt() -> None:
    outside = Outside(WAYS, door=OpenDoor())
    for label in CALL:
        outside.hear(fact(label))
    await outside.ask(Kind.CALL, BODY, key="i")
    assert await outside.rest(within_seconds=0)


async def test_an_inquiry_acknowledged_twice_is_one_promise() -> None:
    outside = Outside(WAYS, door=OpenDoor())
    first = await outside.ask(Kind.CASE, BODY, key="i")
    assert await outside.ask(Kind.CASE, BODY, key="i") is first
    assert len(outside.asked) == 1


async def test_a_visit_that_fails_is_a_problem_and_no_promise() -> None:
    outside = Outside(WAYS, door=OpenDoor(refuses="422: no"))
    visit(outside, Kind.CASE)
    assert await outside.rest(within_seconds=30)
    assert outside.problems() == ("422: no",)
    assert outside.asked == {}


async def test_who_is_never_done_is_a_problem() -> None:
    outside = Outside(WAYS, door=OpenDoor())
    outside.start(asyncio.sleep(3600))
    assert not await outside.rest(within_seconds=0.01)
    (problem,) = outside.problems()
    assert "never done" in problem


async def test_after_forgetting_nothing_of_before_is_judged() -> None:
    outside = Outside(WAYS, door=OpenDoor())
    await outside.ask(Kind.CALL, BODY, key="i")
    outside.hear(fact("CaseOpened:1:1"))
    assert outside.faults()
    outside.forget()
    assert outside.faults() == ()
    assert outside.under_way == 0


async def test_what_nobody_can_judge_is_noted() -> None:
    outside = Outside(WAYS, door=OpenDoor())
    outside.hear(fact("ArbitrationOpened"))
    assert outside.noted() == {"ArbitrationOpened": 1}


@pytest.mark.parametrize(
    ("name", "noted"),
    [("dasan.intake.v9.NeverHeardOf", 1), ("dasan.intake.v1.InquiryReceived", 0)],
)
def test_a_type_that_no_contract_names_is_counted_by_the_observer(name: str, noted: int) -> None:
    heard: list[Fact] = []
    observer = Observer("nowhere:1", heard.append)
    headers = [("ce_type", name.encode()), ("ce_id", b"e"), ("ce_time", b"2026-11-26T09:00:00Z")]
    message = contracts.events()["dasan.intake.v1.InquiryReceived"].message(inquiry_id="i")
    observer.read(SimpleNamespace(headers=headers, key=b"i", value=message.SerializeToString()))
    assert observer.unknown[name] == noted
    assert len(heard) == 1 - noted


CASE = (
    "InquiryReceived",
    "MessageDelivered:received:1",
    "InquiryAssigned:1:1",
    "MessageDelivered:assigned:1:1",
    "CaseOpened:1:1",
)
ANSWERED = (
    "CaseAccepted:1:1",
    "CaseAnswered:1",
    "MessageDelivered:answered:1",
    "SurveyInvited:1",
    "MessageDelivered:survey:1",
)


def at(office_id: str, label: str) -> Fact:
    """A fact that names the office."""
    return replace(
        fact(label), message=events_pb2.InquiryAssigned(office_id=office_id, rule="owner")
    )


async def test_nobody_waits_for_what_lies_at_the_office_that_is_left_to_somebody() -> None:
    outside = Outside(WAYS, door=OpenDoor(), sandbox="d-east")
    for label in CASE:
        outside.hear(at("d-east", label))
    await outside.ask(Kind.CASE, BODY, key="i")
    assert await outside.rest(within_seconds=0)
    assert outside.faults() == ()
    # Its person answers after all: then the rest of the life is promised again.
    outside.hear(at("d-east", "CaseAccepted:1:1"))
    outside.hear(at("d-east", "CaseAnswered:1"))
    assert outside.waiting() == {"i": tuple(sorted(ANSWERED[2:]))}
    for label in ANSWERED[2:]:
        outside.hear(fact(label))
    assert await outside.rest(within_seconds=0)
    assert outside.faults() == ()


async def test_what_that_office_hands_on_is_promised_again() -> None:
    outside = Outside(WAYS, door=OpenDoor(), sandbox="d-east")
    await outside.ask(Kind.CASE, BODY, key="i")
    for label in (*CASE, "CaseDeclined:1:1"):
        outside.hear(at("d-east", label))
    outside.hear(at("d-west", "InquiryAssigned:1:2"))
    assert "CaseAnswered:1" in outside.waiting()["i"]


async def test_what_lies_at_any_other_office_is_waited_for() -> None:
    outside = Outside(WAYS, door=OpenDoor(), sandbox="d-east")
    await outside.ask(Kind.CASE, BODY, key="i")
    for label in CASE:
        outside.hear(at("d-west", label))
    assert outside.waiting() == {"i": tuple(sorted(ANSWERED))}


def test_the_office_that_is_left_to_somebody_is_not_simulated() -> None:
    every = Outside(WAYS, door=OpenDoor()).office_ids()
    left = Outside(WAYS, door=OpenDoor(), sandbox="d-east").office_ids()
    assert set(every) - set(left) == {"d-east"}
