"""The watchdog finds a partition that stands still, and no other."""

from __future__ import annotations

from datetime import timedelta

from aiokafka import TopicPartition

from services.common.bus.watchdog import Stand, Watchdog

ONE, TWO = TopicPartition("t", 1), TopicPartition("t", 2)
MINUTE = timedelta(minutes=1)


def test_behind_and_unmoved_for_a_minute_is_a_stall() -> None:
    watchdog = Watchdog(MINUTE)
    stands = {ONE: Stand(settled=5, end=9), TWO: Stand(settled=9, end=9)}
    assert watchdog.stalled(stands, 100.0) == []
    assert watchdog.stalled(stands, 159.0) == []
    assert watchdog.stalled(stands, 160.0) == [ONE]


def test_each_partition_has_its_own_time() -> None:
    watchdog = Watchdog(MINUTE)
    watchdog.stalled({ONE: Stand(settled=5, end=9)}, 0.0)
    both = {ONE: Stand(settled=6, end=9), TWO: Stand(settled=0, end=1)}
    assert watchdog.stalled(both, 50.0) == []
    assert watchdog.stalled(both, 109.0) == []
    assert watchdog.stalled(both, 110.0) == [ONE, TWO]


def test_a_record_that_has_just_come_to_an_idle_partition_is_no_stall() -> None:
    watchdog = Watchdog(MINUTE)
    for seconds in range(0, 600, 10):
        assert watchdog.stalled({ONE: Stand(settled=9, end=9)}, seconds) == []
    assert watchdog.stalled({ONE: Stand(settled=9, end=10)}, 600.0) == []


def test_who_waits_for_something_with_a_name_is_left_alone() -> None:
    watchdog = Watchdog(MINUTE)
    for seconds in range(0, 600, 10):
        assert watchdog.stalled({ONE: Stand(settled=5, end=9, waiting=True)}, seconds) == []


def test_where_nothing_is_known_of_a_partition_it_stands_still() -> None:
    watchdog = Watchdog(MINUTE)
    watchdog.stalled({ONE: Stand(settled=None, end=9)}, 0.0)
    assert watchdog.stalled({ONE: Stand(settled=None, end=9)}, 60.0) == [ONE]
    watchdog.forget()
    assert watchdog.stalled({ONE: Stand(settled=None, end=9)}, 61.0) == []
