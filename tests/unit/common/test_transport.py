"""What the transport acks and what it gives back, without a broker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IllegalStateError, KafkaError
from faust.types import TP

from services.common.service import faust_app
from services.common.transport import Gulp
from services.common.wire import Wire

PLACE = TP("dasan.inquiries.v1", 3)
CHANGES = TP("dasan-kit-changelog", 3)


def record(offset: int) -> Any:
    return SimpleNamespace(offset=offset, timestamp=0, timestamp_type=0, headers=[])


@pytest.fixture
def consumer() -> Any:
    app = faust_app("intake", "127.0.0.1:1", Wire({}))
    app.topics.acking_topics.add(PLACE.topic)
    return app.consumer


def gulp(consumer: Any, first: int, last: int) -> Gulp:
    message = consumer._to_message(PLACE, [record(offset) for offset in range(first, last + 1)])
    assert isinstance(message, Gulp)
    return message


def at_once(consumer: Any) -> Any:
    """An agent that acks what it is given."""

    async def take(message: Any) -> None:
        consumer.ack(message)

    return take


async def test_a_gulp_is_acked_whole(consumer: Any) -> None:
    assert consumer.ack(gulp(consumer, 0, 9))
    assert consumer._new_offset(PLACE) == 10


@pytest.mark.parametrize("later", [(5, 14), (5, 9), (0, 9), (8, 30)])
async def test_gulps_that_overlap_hold_up_nothing(consumer: Any, later: tuple[int, int]) -> None:
    """The first was read before a rebalance, the second after it."""
    consumer.ack(gulp(consumer, 0, 9))
    consumer.ack(gulp(consumer, *later))
    assert consumer._new_offset(PLACE) == max(9, later[1]) + 1
    assert not consumer._acked[PLACE]


async def test_what_is_committed_is_not_acked_again(consumer: Any) -> None:
    """Neither whole nor in part, or what comes after it would wait for another round."""
    consumer._committed_offset[PLACE] = 6
    consumer.ack(gulp(consumer, 0, 3))
    assert not consumer._acked[PLACE]
    consumer.ack(gulp(consumer, 2, 9))
    assert consumer._acked[PLACE] == [9, 6, 7, 8]
    assert consumer._new_offset(PLACE) == 10


@pytest.mark.parametrize("committed", [None, 0, 5])
async def test_what_lies_behind_a_gap_is_not_committed(
    consumer: Any, monkeypatch: pytest.MonkeyPatch, committed: int | None
) -> None:
    """Also where nothing was ever committed; and the watchdog hears of it."""
    monkeypatch.setattr(consumer, "assignment", lambda: {PLACE})
    consumer._committed_offset[PLACE] = committed
    consumer.ack(gulp(consumer, 20, 29))
    assert consumer._filter_committable_offsets([PLACE]) == {}
    since = consumer.held_seconds()
    assert since > 0
    consumer.ack(gulp(consumer, committed or 0, 9))
    assert consumer._filter_committable_offsets([PLACE]) == {PLACE: 10}
    assert consumer.held_seconds() > since
    consumer._committed_offset[PLACE] = 10
    consumer.ack(gulp(consumer, 10, 19))
    assert consumer._filter_committable_offsets([PLACE]) == {PLACE: 30}
    assert consumer.held_seconds() == 0


@pytest.mark.parametrize("committed", [None, 10])
async def test_a_single_record_is_a_gap(consumer: Any, committed: int | None) -> None:
    consumer._committed_offset[PLACE] = committed
    following = committed or 0
    consumer.ack(gulp(consumer, following + 1, 19))
    assert consumer._new_offset(PLACE) is None
    consumer.ack(gulp(consumer, following, following))
    assert consumer._new_offset(PLACE) == 20


@pytest.mark.parametrize("begin", [None, 4])
async def test_offsets_that_the_broker_left_out_are_no_gap(
    consumer: Any, monkeypatch: pytest.MonkeyPatch, begin: int | None
) -> None:
    """Compacted away, or a mark of the broker's own."""
    monkeypatch.setattr(consumer, "callback", at_once(consumer))
    consumer._read_offset[PLACE] = consumer._committed_offset[PLACE] = begin
    await consumer._hand_over([(PLACE, gulp(consumer, 6, 9)), (PLACE, gulp(consumer, 12, 14))])
    assert consumer._new_offset(PLACE) == 15


async def test_what_retention_took_while_we_were_away_costs_no_memory(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "assignment", lambda: {PLACE})
    monkeypatch.setattr(consumer, "callback", at_once(consumer))
    consumer._read_offset[PLACE] = consumer._committed_offset[PLACE] = 7
    await consumer._hand_over([(PLACE, gulp(consumer, 1_000_000, 1_000_009))])
    assert len(consumer._acked[PLACE]) == 10
    assert consumer._filter_committable_offsets([PLACE]) == {PLACE: 1_000_010}


async def test_a_gap_in_a_partition_of_somebody_else_is_not_ours(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "assignment", set)
    consumer.ack(gulp(consumer, 20, 29))
    assert consumer._filter_committable_offsets([PLACE]) == {}
    assert consumer.held_seconds() == 0


class Broker:
    """Gives one record after the other, and goes back when asked to."""

    def __init__(self, consumer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.position = 0
        self.away: KafkaError | AssertionError | None = None

        async def fetch(active: Any, timeout: float) -> Any:
            self.position += 1
            return {PLACE: [record(self.position)], CHANGES: [record(self.position)]}

        async def seek() -> None:
            if self.away:
                raise self.away
            self.position = 0

        monkeypatch.setattr(consumer, "_gather", fetch)
        monkeypatch.setattr(consumer, "perform_seek", seek)


async def offsets(consumer: Any) -> tuple[list[int], list[int]]:
    """Of the events and of the changes of a table that one poll hands over."""
    found = await consumer._getmany(None, 1.0)
    return (
        [record.offset for part in found.get(PLACE, ()) for record in part],
        [record.offset for record in found.get(CHANGES, ())],
    )


@pytest.mark.parametrize("error", [IllegalStateError(), AssertionError(), KafkaError()])
async def test_what_comes_during_a_rebalance_is_read_again_after_it(
    consumer: Any, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    broker = Broker(consumer, monkeypatch)
    assert await offsets(consumer) == ([1], [1])
    consumer.app.rebalancing = True
    assert await offsets(consumer) == ([], [2])
    consumer.app.rebalancing = False
    broker.away = error
    assert await offsets(consumer) == ([], [3])
    broker.away = None
    assert await offsets(consumer) == ([1], [1])
    assert await offsets(consumer) == ([2], [2])


async def test_a_poll_that_a_rebalance_overtook_counts_as_one_during_it(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the one after it, if it was under way when the rebalance ended."""
    Broker(consumer, monkeypatch)
    fetch = consumer._gather

    async def overtaken(active: Any, timeout: float) -> Any:
        consumer.app.rebalancing = not consumer.app.rebalancing
        return await fetch(active, timeout)

    monkeypatch.setattr(consumer, "_gather", overtaken)
    assert await offsets(consumer) == ([], [1])
    assert await offsets(consumer) == ([], [2])
    monkeypatch.setattr(consumer, "_gather", fetch)
    assert await offsets(consumer) == ([1], [1])
