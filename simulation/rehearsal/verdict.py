"""Whether a city that forgot has converged: strictly, but for what the services said they forgot.

Pure. A service that was set back tells some facts a second time, as other events: who listens has
been told to expect that (docs/disaster-recovery.md). These are taken out, and then the judge's
usual verdict must be spotless. So a fact that is doubled, lost or out of order and was not named by
`forgotten` is a fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from simulation.judge.checker import Evidence, faults
from simulation.judge.history import Fact, Lives
from simulation.judge.promises import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`again` counts the facts that were told a second time, `renumbered` the inquiries that got
    another receipt number when they were asked again; `faults` is what remains."""

    again: int
    renumbered: int
    faults: tuple[str, ...]


def judge(
    asked: Mapping[str, Asked],
    evidence: Evidence,
    facts: Iterable[Fact],
    forgotten: Collection[str],
    asked_again: Collection[str],
) -> Verdict:
    """The verdict over all that lies on the bus and in the stores.

    `facts` are all that were told, in the order of each partition; `forgotten` the ids of the
    events that a service named; `asked_again` the inquiries that a person posted once more.
    """
    facts = list(facts)
    named = {(f.inquiry_id, f.label) for f in facts if f.id in forgotten}
    lives = Lives()
    again: set[str] = set()
    for fact in facts:
        if (fact.inquiry_id, fact.label) in named and fact.id not in forgotten:
            again.add(fact.id)
        else:
            lives.add(fact)
    told = tuple(
        # What a message tells of may be the second telling, which is known all the same.
        replace(event, cause_event_id="") if event.cause_event_id in again else event
        for event in evidence.told
        if event.id not in again
    )
    found = faults(asked.values(), replace(evidence, lives=lives.by_inquiry, told=told))
    excused = {f"inquiries: {id_} has another receipt than was given" for id_ in asked_again}
    return Verdict(
        again=len(again),
        renumbered=len(excused & set(found)),
        faults=tuple(fault for fault in found if fault not in excused),
    )
