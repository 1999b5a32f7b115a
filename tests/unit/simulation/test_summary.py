"""What a person reads at the end: the verdict, and what the judge only noted."""

from __future__ import annotations

import io

from rich.console import Console

from simulation.judge.promises import Fault
from simulation.summary import Stages, Summary


def said(summary: Summary) -> str:
    page = io.StringIO()
    summary.show(Console(file=page, width=120))
    return page.getvalue()


def test_an_event_nobody_can_judge_is_said_and_fails_nothing() -> None:
    summary = Summary(
        stages=Stages(), times={}, satisfaction=None, acknowledged=3, noted={"CaseExtended": 2}
    )
    assert summary.ok
    assert "nothing lost, doubled or invented: all 3" in said(summary)
    assert "noted, not judged: CaseExtended 2×" in said(summary)


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
