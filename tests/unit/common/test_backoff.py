"""Pauses double from the first to the longest and begin anew after something good."""

from __future__ import annotations

from datetime import timedelta

from services.common.process.backoff import Growing, grown


def test_pauses_double_up_to_a_limit() -> None:
    pauses = Growing(1, 60)
    assert not pauses.failing
    assert [pauses.next_seconds() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pauses.failing
    pauses.succeeded()
    assert not pauses.failing
    assert pauses.next_seconds() == 1


def test_a_limit_for_once_does_not_shorten_the_later_ones() -> None:
    pauses = Growing(1, 60)
    assert [pauses.next_seconds(5) for _ in range(5)] == [1, 2, 4, 5, 5]
    assert [pauses.next_seconds() for _ in range(4)] == [10, 20, 40, 60]


def test_a_good_run_begins_anew() -> None:
    pauses = Growing(1, 60, steady_seconds=60)
    assert [pauses.after_seconds(1) for _ in range(3)] == [1, 2, 4]
    assert pauses.after_seconds(61) == 1
    assert pauses.after_seconds(60) == 2


def test_a_pause_ends_on_the_clock_of_its_caller() -> None:
    pauses = Growing(1, 60)
    assert pauses.due(0)
    assert (pauses.failed(100), pauses.failed(200)) == (1, 2)
    assert not pauses.due(201.9)
    assert pauses.due(202)
    pauses.succeeded()
    assert pauses.due(0)


def test_the_pause_of_a_count() -> None:
    pauses = [grown(n, timedelta(seconds=1), timedelta(minutes=10)) for n in (0, 1, 2, 9, 10, 99)]
    assert [p.total_seconds() for p in pauses] == [1, 2, 4, 512, 600, 600]
