"""All topics' partition p of a service lie with one member, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from services.common.bus.reader import ASSIGNOR
from services.common.events.contracts import PARTITIONS

TOPICS = ("dasan.assignments.v1", "dasan.cases.v1", "dasan.inquiries.v1", "dasan.surveys.v1")


class Cluster:
    """What an assignor asks of the cluster."""

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(PARTITIONS))


def owners(members: Iterable[str]) -> dict[tuple[str, int], str]:
    """Who gets what."""
    said = {member: ASSIGNOR.metadata(TOPICS) for member in members}
    cluster: Any = Cluster()
    found = {}
    for member, assignment in ASSIGNOR.assign(cluster, said).items():
        for topic, partitions in assignment.assignment:
            for partition in partitions:
                assert (topic, partition) not in found
                found[topic, partition] = member
    return found


@pytest.mark.parametrize("count", range(1, 8))
def test_what_is_told_of_one_inquiry_comes_to_one_member(count: int) -> None:
    found = owners(f"member-{n}" for n in range(count))
    assert len(found) == len(TOPICS) * PARTITIONS
    for partition in range(PARTITIONS):
        assert len({found[topic, partition] for topic in TOPICS}) == 1
    assert len(set(found.values())) == min(count, PARTITIONS)
