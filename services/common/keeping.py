"""How every service keeps its aggregates: store, relay and shell put together once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from services.common import telemetry
from services.common.aggregates import Aggregates
from services.common.mongo import MongoRuns, MongoStore
from services.common.publisher import Bus, Publisher, Runs
from services.common.wire import Wire

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping(Generic[S]):
    """What a bootstrap needs of it. `publisher` must be the first part of the service to start."""

    aggregates: Aggregates[S]
    publisher: Publisher
    runs: Runs
    run: str


def keep(service: str, *, store: MongoStore[S], wire: Wire, bus: Bus) -> Keeping[S]:
    """The aggregates of one service in its database, with a new run of its relay."""
    runs = MongoRuns(lambda: store.collection.database["runs"])
    run = telemetry.new_id()
    publisher = Publisher(store=store, bus=bus, runs=runs, run=run, clock=telemetry.utc_now)
    aggregates = Aggregates(
        store=store,
        wire=wire,
        source=f"/dasan/{service}",
        outgoing=publisher,
        clock=telemetry.utc_now,
        new_id=telemetry.new_id,
    )
    return Keeping(aggregates=aggregates, publisher=publisher, runs=runs, run=run)
