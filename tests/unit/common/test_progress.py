"""What may be committed of a partition, in whatever order its records are settled."""

from __future__ import annotations

from dataclasses import dataclass

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from services.common.consuming.progress import Gap, Progress

PLACE = TopicPartition("dasan.inquiries.v1", 0)


@dataclass
class Held:
    offset: int
    settled: bool = False


def progress(*offsets: int, at: int | None = 0) -> tuple[Progress[Held], list[Held], Gap | None]:
    """A partition that has read these offsets and holds all of them."""
    made: Progress[Held] = Progress(PLACE, at=at)
    held = [Held(offset) for offset in offsets]
    gap = made.read(held)
    for one in held:
        made.hold(one)
    return made, held, gap


@given(st.sets(st.integers(0, 40), min_size=1), st.data())
def test_nothing_that_is_not_settled_is_ever_committed(
    offsets: set[int], data: st.DataObject
) -> None:
    made, held, _ = progress(*sorted(offsets))
    for one in data.draw(st.permutations(held)):
        one.settled = data.draw(st.booleans())
        open_ = [h.offset for h in held if not h.settled]
        assert made.settled_to() == min(open_, default=max(offsets) + 1)
        assert [h.offset for h in made.open()] == open_


def test_what_is_settled_behind_one_that_waits_is_let_go_of() -> None:
    made, held, _ = progress(*range(1_000))
    for one in held[1:]:
        one.settled = True
    assert made.count() == 1
    assert (made.settled_to(), made.ahead()) == (0, 1_000)
    held[0].settled = True
    assert made.count() == 0
    assert (made.settled_to(), made.ahead()) == (1_000, 0)


def test_what_is_held_of_nothing_is_committed_up_to_where_reading_stands() -> None:
    made: Progress[Held] = Progress(PLACE)
    assert made.settled_to() is None
    made.read([Held(7), Held(8)])
    assert made.settled_to() == 9
    assert made.skip_to(12) == Gap(9, 12, 3)
    assert made.settled_to() == 12


def test_offsets_that_never_came_are_told() -> None:
    assert progress(3, 4, 5, at=3)[2] is None
    assert progress(3, 5, 9, at=1)[2] == Gap(1, 10, 6)
    assert progress(3, 4, at=None)[2] is None


def test_a_partition_stands_still_while_records_wait_and_nothing_is_settled() -> None:
    made, held, _ = progress(0, 1)
    assert made.still_seconds(end=2, now=100) == 0  # the first look knows of no earlier one
    assert made.still_seconds(end=2, now=130) == 30
    held[0].settled = True
    assert made.still_seconds(end=2, now=140) == 0
    assert made.still_seconds(end=2, now=145) == 5
    held[1].settled = True
    assert made.still_seconds(end=2, now=150) == 0
    assert made.still_seconds(end=2, now=900) == 0  # nothing waits
    assert made.still_seconds(end=3, now=960) == 60
