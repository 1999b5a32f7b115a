"""What a city of a given size needs, from what one inquiry costs. Pure.

The costs are measured (`capacity`); everything else that the figures rest on is an assumption with
a name, and stands in the page beside them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

SECONDS_A_DAY = 86_400

# What is planned for, over the busy hour. Larger: idle machines. Smaller: a day that is busier than
# its busy hour on average is late.
DESIGN_FACTOR = 2.0
# The part of a core that a replica may use on average at the design rate: the rest is for catching
# up after a restart, and for pauses of the garbage collector.
USED_SHARE = 0.6
REPLICAS_LEAST = 3
# deploy/k8s: so many partitions has every topic, and at most so many replicas of a service work.
PARTITIONS = 24
REPLICATION = 3
RETENTION_DAYS = 7
KEPT_DAYS = 365
# What a city of this size would set OTEL_TRACES_SAMPLER_ARG to; deploy/k8s begins with more.
TRACED_SHARE = 0.01
# Not measured here: what a primary of a replica set takes, and what a broker takes in and keeps,
# with its copies.
WRITES_A_SECOND = 5_000.0
BROKER_BYTES_A_SECOND = 50e6
BROKER_KEEPS_BYTES = 4e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What one inquiry costs, from receipt to the answered survey.

    CPU in milliseconds by process at the busy rate; `quiet_cores` is what a process uses at the
    quiet rate, in cores; `bus` bytes of the log by topic, one copy; `stored` bytes of documents by
    collection, one copy, without indexes; `writes` saved documents.
    """

    events: float
    cpu_ms: Mapping[str, float]
    quiet_cores: Mapping[str, float]
    bus: Mapping[str, float]
    stored: Mapping[str, float]
    writes: float
    messages: float
    spans: float

    @property
    def bus_bytes(self) -> float:
        """On all topics."""
        return sum(self.bus.values())

    @property
    def stored_bytes(self) -> float:
        """In all databases."""
        return sum(self.stored.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How many inquiries come. `busy_share` of a day's come in its busiest hour."""

    name: str
    inquiries_a_day: float
    busy_share: float = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a demand asks for, at the design rate where nothing else is said. Rates a second."""

    demand: Demand
    mean: float
    busy: float
    design: float
    events: float
    bus_in: float
    bus_kept: float
    stored_a_year: float
    writes: float
    spans: float
    replicas: Mapping[str, int]
    partitions: int
    shards: int
    brokers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The rate (inquiries a second) at which one part is full, and what is raised then."""

    part: str
    rate: float
    raised: str


def demands(footprint: Footprint) -> Sequence[Demand]:
    """The four cities that are sized."""
    return (
        Demand(name="Seoul 2009: 25,384 calls a day", inquiries_a_day=25_384),
        Demand(name="today: 43,000 contacts a day", inquiries_a_day=43_000),
        Demand(name="10 M a year", inquiries_a_day=10e6 / 365),
        Demand(name="1 B events a day", inquiries_a_day=1e9 / footprint.events, busy_share=0.08),
    )


def need(demand: Demand, footprint: Footprint, services: Sequence[str]) -> Need:
    """What this demand asks for."""
    mean = demand.inquiries_a_day / SECONDS_A_DAY
    busy = demand.inquiries_a_day * demand.busy_share / 3600
    design = busy * DESIGN_FACTOR
    replicas = {
        service: max(REPLICAS_LEAST, math.ceil(_cores(footprint, service, design) / USED_SHARE))
        for service in services
    }
    writes = design * footprint.writes
    bus_in = design * footprint.bus_bytes
    bus_kept = demand.inquiries_a_day * footprint.bus_bytes * RETENTION_DAYS * REPLICATION
    return Need(
        demand=demand,
        mean=mean,
        busy=busy,
        design=design,
        events=design * footprint.events,
        bus_in=bus_in,
        bus_kept=bus_kept,
        stored_a_year=demand.inquiries_a_day * footprint.stored_bytes * KEPT_DAYS * REPLICATION,
        writes=writes,
        spans=design * footprint.spans * TRACED_SHARE,
        replicas=replicas,
        partitions=PARTITIONS * math.ceil(max(replicas.values()) / PARTITIONS),
        shards=max(1, math.ceil(writes / WRITES_A_SECOND)),
        brokers=max(
            REPLICATION,
            math.ceil(bus_in * REPLICATION / BROKER_BYTES_A_SECOND),
            math.ceil(bus_kept / BROKER_KEEPS_BYTES),
        ),
    )


def _cores(footprint: Footprint, service: str, rate: float) -> float:
    """At least what it uses in a quiet hour: a process costs something by being there."""
    return max(footprint.quiet_cores[service], rate * footprint.cpu_ms[service] / 1000)


def limits(footprint: Footprint, services: Sequence[str]) -> Sequence[Limit]:
    """Where each part of what deploy/k8s has is full, the first to be full first."""
    return sorted(_limits(footprint, services), key=lambda limit: limit.rate)


def _limits(footprint: Footprint, services: Sequence[str]) -> Iterator[Limit]:
    for service in services:
        each = USED_SHARE * 1000 / footprint.cpu_ms[service]
        yield Limit(
            part=f"{service}, {REPLICAS_LEAST} replicas",
            rate=REPLICAS_LEAST * each,
            raised=f"replicas, up to {PARTITIONS}",
        )
        yield Limit(
            part=f"{service}, {PARTITIONS} replicas",
            rate=PARTITIONS * each,
            raised="PARTITIONS, and then replicas",
        )
    yield Limit(
        part="MongoDB, one replica set",
        rate=WRITES_A_SECOND / footprint.writes,
        raised="a replica set for each service, then shards by inquiry",
    )
    yield Limit(
        part=f"Kafka, {REPLICATION} brokers",
        rate=BROKER_BYTES_A_SECOND / footprint.bus_bytes,
        raised="brokers",
    )
