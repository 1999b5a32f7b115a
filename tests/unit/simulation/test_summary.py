"""What a person reads at the end: the verdict, and what the judge only noted."""

from __future__ import annotations

import io

from rich.console import Console

from simulation.judge.promises import Fault
from simulation.judge.reach import Astray, Reach
from simulation.summary import Stages, Summary


def said(summary: Summary) -> str:
    page = io.StringIO()
    summary.show(Console(file=page, width=140))
    return page.getvalue()


def test_an_event_nobody_can_judge_is_said_and_fails_nothing() -> None:
    summary = Summary(
        stages=Stages(), times={}, satisfaction=None, acknowledged=3, noted={"ArbitrationOpened": 2}
    )
    assert summary.ok
    assert "nothing lost, doubled or invented: all 3" in said(summary)
    assert "noted, not judged: ArbitrationOpened 2×" in said(summary)


def test_a_fault_and_a_failed_visit_are_each_named() -> None:
    summary = Summary(
        stages=Stages(),
        times={},
        satisfaction=None,
        acknowledged=3,
        faults=(Fault(inquiry_id="i", lost=("CaseAnswered",)),),
        problems=("422: no",),
    )
    assert not summary.ok
    assert "i: lost CaseAnswered" in said(summary)
    assert "422: no" in said(summary)


def test_who_found_the_office_is_said_with_the_first_that_went_astray() -> None:
    astray = tuple(
        Astray(inquiry_id=f"i{n}", office_id="d-2", competent=("d-1",)) for n in range(7)
    )
    summary = Summary(
        stages=Stages(),
        times={},
        satisfaction=None,
        acknowledged=1_300,
        reaches={"all": Reach(matters=1_250, unaided=1_225, astray=astray)},
    )
    assert summary.ok, "it is told, and no promise hangs on it"
    page = said(summary)
    assert "all: 1,225 of 1,250 matters reached an office without a person's help (98.0%)" in page
    assert "1,218 the right one and 7 a wrong one" in page
    assert "i4: d-2 instead of d-1" in page
    assert "i5:" not in page
    assert "… and 2 more" in page
