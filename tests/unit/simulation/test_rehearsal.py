"""The verdict over a city that was set back: it forgives what was named, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulation.judge.checker import Evidence, Kept, Told
from simulation.judge.history import Fact
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from simulation.rehearsal.verdict import judge

ID = "i1"


class Message:
    """What the judge reads of an event's contents."""

    rule = ""
    round = 1


def fact(label: str, id_: str, at: float) -> Fact:
    return Fact(inquiry_id=ID, label=label, id=id_, time=at, message=Message(), teller="intake i1")


def told(id_: str, version: int) -> Told:
    return Told(
        topic="t", teller="intake i1", version=version, id=id_, inquiry_id=ID, receipt_number="r"
    )


def asked() -> dict[str, Asked]:
    """An answered call of somebody who left no contact: a life of one event."""
    return {
        ID: Asked(
            inquiry_id=ID,
            receipt_number="r",
            secret="s",
            kind=Kind.CALL,
            has_contact=False,
            acknowledged_at=0.0,
        )
    }


def evidence(**changes: Any) -> Evidence:
    whole = Evidence(
        lives={},
        told=(told("e1", 1), told("e2", 1)),
        kept={"inquiries": {ID: Kept(status="closed", receipt_number="r")}},
        unsent=(),
        mailbox=set(),
    )
    return replace(whole, **changes)


TWICE = (fact("CallAnswered", "e1", 1.0), fact("CallAnswered", "e2", 9.0))


def test_a_fact_that_was_named_may_be_told_again() -> None:
    verdict = judge(asked(), evidence(), TWICE, {"e1"}, ())
    assert (verdict.again, verdict.faults) == (1, ())


def test_a_fact_that_nobody_named_may_not() -> None:
    verdict = judge(asked(), evidence(), TWICE, (), ())
    assert verdict.again == 0
    assert [fault for fault in verdict.faults if "doubled CallAnswered" in fault]


def test_what_was_named_and_never_came_back_is_lost() -> None:
    verdict = judge(asked(), evidence(kept={}), TWICE[:1], {"e1"}, ())
    assert f"inquiries: lost {ID}" in verdict.faults


def test_another_receipt_number_is_excused_where_somebody_asked_again() -> None:
    kept = {"inquiries": {ID: Kept(status="closed", receipt_number="r2")}}
    again = judge(asked(), evidence(kept=kept), TWICE, {"e1"}, {ID})
    assert (again.renumbered, again.faults) == (1, ())
    assert judge(asked(), evidence(kept=kept), TWICE, {"e1"}, ()).faults


def test_a_message_may_tell_of_the_second_telling() -> None:
    about = replace(told("e3", 2), cause_event_id="e2", teller="notify d")
    seen = evidence(told=(*evidence().told, about))
    assert judge(asked(), seen, TWICE, {"e1"}, ()).faults == ()
