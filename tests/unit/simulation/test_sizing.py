"""From what one inquiry costs to what a city needs: the arithmetic, on round numbers."""

from __future__ import annotations

import pytest

from simulation.bench.sizing import Demand, Footprint, demands, limits, need

SERVICES = ("intake", "notify")
ONE = Footprint(
    events=10,
    cpu_ms={"intake": 6.0, "notify": 3.0},
    quiet_cores={"intake": 0.3, "notify": 0.1},
    bus={"a": 6_000.0, "b": 4_000.0},
    stored={"intake.inquiries": 5_000.0},
    writes=10,
    messages=4,
    spans=100,
)


def test_a_small_city_needs_what_safety_needs() -> None:
    small = need(Demand(name="small", inquiries_a_day=36_000), ONE, SERVICES)
    assert (small.busy, small.design) == (1.0, 2.0)
    assert small.events == 20
    assert small.replicas == {"intake": 3, "notify": 3}
    assert (small.partitions, small.brokers, small.shards) == (24, 3, 1)
    assert small.bus_kept == pytest.approx(36_000 * 10_000 * 7 * 3)
    assert small.stored_a_year == pytest.approx(36_000 * 5_000 * 365 * 3)
    assert small.spans == pytest.approx(2.0)


def test_a_large_one_needs_replicas_and_so_partitions_shards_and_brokers() -> None:
    large = need(Demand(name="large", inquiries_a_day=36e6, busy_share=0.2), ONE, SERVICES)
    assert large.design == 4_000
    # 4,000/s of 6 ms are 24 cores, of which each replica may use six tenths.
    assert large.replicas == {"intake": 40, "notify": 20}
    assert large.partitions == 48
    assert large.shards == 8
    # 120 MB a second would fit three brokers; what a week leaves, 22.7 TB, needs six.
    larger = need(Demand(name="larger", inquiries_a_day=108e6, busy_share=0.06), ONE, SERVICES)
    assert (large.brokers, larger.brokers) == (3, 6)


def test_a_process_that_is_there_costs_something_however_little_comes() -> None:
    dear = Footprint(
        events=1,
        cpu_ms={"intake": 1.0},
        quiet_cores={"intake": 2.4},
        bus={},
        stored={},
        writes=1,
        messages=0,
        spans=0,
    )
    found = need(Demand(name="tiny", inquiries_a_day=1), dear, ["intake"])
    assert found.replicas == {"intake": 4}


def test_the_part_that_is_full_first_comes_first() -> None:
    found = limits(ONE, SERVICES)
    assert [limit.rate for limit in found] == sorted(limit.rate for limit in found)
    assert found[0].part == "intake, 3 replicas"
    assert found[0].rate == pytest.approx(300)
    assert {limit.rate for limit in found if limit.part.startswith("MongoDB")} == {500}


def test_a_billion_events_are_fewer_inquiries() -> None:
    assert demands(ONE)[-1].inquiries_a_day == pytest.approx(1e8)
