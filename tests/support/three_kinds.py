"""A service with three kinds of aggregates, as a process of its own.

    python -m tests.support.three_kinds DATABASE_URL DATABASE BROKERS PREFIX STEPS

Steps ten aggregates of each kind in turn, STEPS times each kind, and prints `KIND KEY CAUSE` once a
step is stored; then it lives on until SIGTERM. PREFIX keeps the keys of one test apart.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from uuid import uuid4

from services.common.aggregates import mongo
from services.common.aggregates.mongo import MongoStore
from services.common.aggregates.mongo_runs import MongoRuns
from services.common.aggregates.persistence import Persistence
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.run.service import running
from tests.adapters.common.conftest import WIRE, Counting, Ended, step

ALIAS = "three_kinds"
KINDS = ("cases", "permits", "delegations")
KEYS = 10


async def main(url: str, database: str, bootstrap: str, prefix: str, steps: int) -> None:
    """See the module."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    mongo.connect(url, database, ALIAS)
    bus = KafkaBus(Brokers(bootstrap), "three-kinds")
    persistence = Persistence(service="kit", wire=WIRE, bus=bus, runs=MongoRuns(ALIAS))
    kinds = {
        kind: persistence.aggregates(MongoStore[Counting | Ended](ALIAS, kind, Counting))
        for kind in KINDS
    }
    async with running([persistence]):
        print("started", flush=True)
        for number in range(steps):
            for kind, aggregates in kinds.items():
                key, cause = f"{prefix}-{kind}-{number % KEYS}", str(uuid4())
                (settled,) = await aggregates.settle([step(key, cause)])
                assert settled.applied
                print(kind, key, cause, flush=True)
        await stop.wait()
    bus.close()


if __name__ == "__main__":
    url, database, bootstrap, prefix, steps = sys.argv[1:]
    asyncio.run(main(url, database, bootstrap, prefix, int(steps)))
